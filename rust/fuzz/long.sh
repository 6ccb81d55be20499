#!/usr/bin/env bash
# Every fuzz target for many executions, two targets at a time:
#
#     rust/fuzz/long.sh [EXECUTIONS]        # 10,000,000 of each
#
# Without a sanitizer and without traced comparisons, which are three quarters of the time; short
# runs with both belong to .ci/run. Needs the nightly toolchain and cargo-fuzz. What a target finds
# is left under rust/fuzz/artifacts, and the script fails.
set -euo pipefail
cd "$(dirname "$0")/../.."

executions=${1:-10000000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cargo +nightly fuzz build --fuzz-dir rust/fuzz --target-dir rust/fuzz/target --sanitizer none \
    --no-trace-compares
binaries=rust/fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release

fuzz() {
    local target=$1
    mkdir -p "$scratch/$target" "rust/fuzz/artifacts/$target"
    "$binaries/$target" "$scratch/$target" -runs="$executions" -rss_limit_mb=4096 -verbosity=0 \
        -print_final_stats=1 -artifact_prefix="rust/fuzz/artifacts/$target/" \
        >"$scratch/$target.log" 2>&1 || { tail -50 "$scratch/$target.log"; return 1; }
    printf '%-16s %s\n' "$target" "$(grep number_of_executed_units "$scratch/$target.log")"
}
export -f fuzz
export binaries scratch executions

cargo +nightly fuzz list --fuzz-dir rust/fuzz | xargs -P 2 -I {} bash -c 'set -euo pipefail; fuzz {}'
