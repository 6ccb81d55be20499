"""Runs to draw, and what must not change while they are drawn."""

import sys
import warnings
from pathlib import Path

import matplotlib as mpl
import pytest

from tachograph.plots import TrainingVisualizer

# Tests are imported by path; the module that reads figures stands beside them.
sys.path.append(str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _in_own_directory(own_directory):
    pass


@pytest.fixture(autouse=True)
def _leaves_matplotlib_alone():
    """After each test matplotlib's settings, backend and open figures are what they were."""
    from matplotlib import pyplot as plt

    before = dict(mpl.rcParams)
    backend = mpl.get_backend(auto_select=False) if _can_ask() else None
    figures = plt.get_fignums()
    yield
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == figures
    if _can_ask():
        assert mpl.get_backend(auto_select=False) == backend


def _can_ask():
    return "auto_select" in mpl.get_backend.__code__.co_varnames


@pytest.fixture(scope="session")
def visualizer():
    return TrainingVisualizer()


@pytest.fixture
def draw():
    """Draws a figure to the last pixel, with warnings as errors."""

    def to_the_end(figure, *, lay_out=True):
        if not lay_out:
            figure.set_layout_engine("none")
        figure.set_dpi(40)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figure.canvas.draw()
        return figure

    return to_the_end
