"""The tutorial says what its code says now."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "build_tutorial.py"


def test_the_page_and_its_pictures_are_up_to_date():
    done = subprocess.run(
        [sys.executable, TOOL, "--check"], capture_output=True, text=True, check=False, timeout=240
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_page_that_is_stale_is_noticed(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "tutorial.md").write_text("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\nEnd.\n")
    (tmp_path / "tools").mkdir()
    tool = tmp_path / "tools" / TOOL.name
    tool.write_text(TOOL.read_text(encoding="utf-8"), encoding="utf-8")

    def build(*words):
        return subprocess.run(
            [sys.executable, tool, *words], capture_output=True, text=True, check=False, timeout=240
        )

    assert build("--check").returncode == 1
    assert build().returncode == 0
    assert (docs / "tutorial.md").read_text() == (
        "```python\nprint(1 + 1)\n```\n\n```text\n2\n```\nEnd.\n"
    )
    assert build("--check").returncode == 0
