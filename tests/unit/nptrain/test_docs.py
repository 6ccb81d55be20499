"""The code of the toolkit's pages runs, from the first block to the last."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"

# By page: how many blocks there are, what is run after them, and what must then be printed.
PAGES = {
    "nptrain.md": (
        3,
        "train_model(Line(), (X[:200], y[:200]), (X[200:], y[200:]), 2, seed=0)",
        "Epoch 2/2",
    ),
    "nptrain-models.md": (
        1,
        "print(model.forward(X, return_sequences=True).shape, sorted(history))",
        "(200, 12, 2) ['grad_norms', 'learning_rates', ",
    ),
}


def code_of(page):
    return re.findall(
        r"^```python\n(.*?)^```", (DOCS / page).read_text(), flags=re.DOTALL | re.MULTILINE
    )


def test_no_page_of_the_toolkit_is_left_out():
    assert {path.name for path in DOCS.glob("nptrain*.md")} == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_code_runs(tmp_path, page):
    n_blocks, after, printed = PAGES[page]
    blocks = code_of(page)
    assert len(blocks) == n_blocks

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join([*blocks, after])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert printed in done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_the_modules_that_a_page_runs_are_there(page):
    modules = re.findall(r"python -m (tachograph[\w.]+)", (DOCS / page).read_text())
    assert modules
    assert all(importlib.util.find_spec(name) for name in modules)
