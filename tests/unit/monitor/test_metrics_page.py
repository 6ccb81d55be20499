"""The page about the metrics: its code runs, its names are those of the library."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tachograph.monitor.metric_names import is_built_in

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "monitor-metrics.md").read_text()


def test_the_pages_code_runs(tmp_path):
    pytest.importorskip("torch")
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Validation Metrics - Epoch 5" in done.stdout
    assert 0 <= float(done.stdout.splitlines()[-1]) <= 1


def test_every_name_in_its_tables_is_taken():
    cells = re.findall(r"^\| (`[^|]*) \|", PAGE, flags=re.MULTILINE)
    names = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert len(names) > 20

    # `_std` and the like go on from the name before them.
    whole = [name.replace("_X_", "_0_") for name in names if not name.startswith("_")]
    assert [name for name in whole if not is_built_in(name)] == []


def test_its_pictures_are_there():
    for name in re.findall(r"\]\((pictures/[^)]+)\)", PAGE):
        assert (DOCS / name).is_file()
