"""The examples of the docstrings and of the guide are true."""

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

from tachograph import analysis

GUIDE = Path(__file__).parents[3] / "docs" / "statistics.md"


@pytest.mark.parametrize("name", ["events", "smoothing", "spread", "thinning", "trends"])
def test_docstrings(name):
    tried = doctest.testmod(import_module(f"tachograph.analysis.{name}"))

    assert tried.attempted >= 1
    assert tried.failed == 0


def test_the_guides_code_runs(capsys):
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    exec("\n".join(blocks), {})

    assert "a spike of" in capsys.readouterr().out


def test_the_guide_names_every_function_and_stream():
    text = GUIDE.read_text(encoding="utf-8")
    older = {"compare_runs", "loss_history", "metric_history", "series", "training_summary"}
    callables = {
        name for name in set(analysis.__all__) - older if name[0].islower() or "Stream" in name
    }
    assert len(callables) == 19
    assert {name for name in callables if f"`{name}(" not in text} == set()
