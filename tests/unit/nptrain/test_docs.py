"""The code of the toolkit's page runs, from the first block to the last."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "nptrain.md"


def test_the_pages_code_runs(tmp_path):
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) == 3
    trained = "train_model(Line(), (X[:200], y[:200]), (X[200:], y[200:]), 2, seed=0)\n"

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join([*blocks, trained])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Epoch 2/2" in done.stdout
