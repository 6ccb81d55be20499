#!/usr/bin/env bash
# Installs a wheel or a source distribution into an environment of its own and runs the tests from
# there: what a user gets, not what the clone holds.
#
#     tools/from_dist.sh dist/tachograph-*.whl [pytest arguments]
#
# With a wheel there is no Rust on PATH: it must need none. PYTHON chooses the interpreter.
set -euo pipefail

if [[ $# -eq 0 || ! -f $1 ]]; then
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
dist=$(realpath "$1")
shift
clone=$(realpath "$(dirname "$0")/..")
python=$(command -v "${PYTHON:-python3}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset TACHO_DIR TACHO_RUN_ID TACHO_DISABLED VIRTUAL_ENV PYTHONPATH

"$python" -m venv "$scratch/venv"
if [[ $dist == *.whl ]]; then
    PATH=$scratch/venv/bin:/usr/bin:/bin
    if command -v cargo; then
        echo "cargo is on the system's own PATH: this would not show that it is not needed" >&2
        exit 1
    fi
else
    PATH=$scratch/venv/bin:$PATH
fi
export PATH

pip install --quiet --disable-pip-version-check "$dist[test]"
cd "$clone"
python - <<'check'
import sys, tachograph
print(tachograph.__file__)
if not tachograph.__file__.startswith(sys.prefix):
    sys.exit("not the installed package")
check
pytest -p no:cacheprovider "$@"
