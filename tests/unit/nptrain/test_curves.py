"""A history's picture, and the table in its place."""

import subprocess
import sys

import numpy as np
import pytest

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.nptrain import plot_training_curves

HISTORY = {
    "train_loss": [1.0, 0.6, 0.4],
    "train_metric": [0.3, 0.6, 0.9],
    "val_loss": [1.1, 0.7, 0.8],
    "val_metric": [0.2, 0.5, 0.6],
    "learning_rates": [0.1, 0.1, 0.05],
    "grad_norms": [3.0, 1.0, 0.5],
}


@pytest.fixture
def matplotlib():
    return pytest.importorskip("matplotlib")


def lines(axes):
    return {
        line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines
    }


def test_four_panels_hold_the_lists_by_epoch_from_one(matplotlib):
    loss, metric, rate, norm = plot_training_curves(HISTORY).axes

    assert lines(loss)["Training"] == ([1, 2, 3], HISTORY["train_loss"])
    assert lines(loss)["Validation"] == ([1, 2, 3], HISTORY["val_loss"])
    assert lines(loss)["Best (epoch 2)"] == ([2], [0.7])
    assert lines(metric)["Training"] == ([1, 2, 3], HISTORY["train_metric"])
    assert lines(metric)["Validation"] == ([1, 2, 3], HISTORY["val_metric"])
    assert list(lines(rate).values()) == [([1, 2, 3], HISTORY["learning_rates"])]
    assert list(lines(norm).values()) == [([1, 2, 3], HISTORY["grad_norms"])]
    assert [axes.get_yscale() for axes in (loss, metric, rate, norm)] == [
        "linear",
        "linear",
        "log",
        "log",
    ]


def test_rates_of_zero_keep_a_linear_axis(matplotlib):
    figure = plot_training_curves({**HISTORY, "learning_rates": [0.1, 0.0, 0.0]})

    assert figure.axes[2].get_yscale() == "linear"


@pytest.mark.parametrize(
    "history",
    [
        {},
        {key: [] for key in HISTORY},
        {**HISTORY, "val_loss": []},
        {**HISTORY, "train_loss": [np.nan] * 3, "val_loss": [np.inf, np.nan, 1e300]},
        {**HISTORY, "learning_rates": [0.0] * 3, "grad_norms": [0.0, np.nan, np.inf]},
        {key: values[:1] for key, values in HISTORY.items()},
        {key: np.array(values, dtype=np.float32) for key, values in HISTORY.items()},
    ],
)
def test_what_a_training_may_leave_is_drawn(matplotlib, tmp_path, history):
    plot_training_curves(history, tmp_path / "curves.png")

    assert (tmp_path / "curves.png").stat().st_size > 10_000


def test_folders_are_made_and_nothing_of_the_session_is_touched(matplotlib, tmp_path):
    settings = dict(matplotlib.rcParams)
    path = tmp_path / "deep" / "er" / "curves.svg"

    figure = plot_training_curves(HISTORY, save_path=path)

    assert path.read_text().startswith("<?xml")
    assert dict(matplotlib.rcParams) == settings
    assert figure.canvas.manager is None


@pytest.mark.parametrize(
    ("history", "error", "says"),
    [
        ([1, 2], TypeError, "history must be a dict"),
        ({"val_loss": ["a"]}, ValueError, r"history\['val_loss'\] must be an array of real"),
        ({"val_loss": [[1.0]]}, ValueError, r"its shape is \(1, 1\)"),
    ],
)
def test_what_is_no_history_is_refused(history, error, says):
    with pytest.raises(error, match=says):
        plot_training_curves(history)


def without_matplotlib(code):
    blocked = f"import sys\nsys.modules['matplotlib'] = None\nhistory = {HISTORY!r}\n{code}"
    return subprocess.run(
        [sys.executable, "-c", blocked], capture_output=True, text=True, check=True
    ).stdout


def test_without_matplotlib_there_is_a_table(tmp_path):
    path = tmp_path / "deep" / "curves.png"
    printed = without_matplotlib(
        "from tachograph.nptrain import plot_training_curves\n"
        f"assert plot_training_curves(history, {str(path)!r}) is None\n"
    )
    heading, *rows = printed.splitlines()

    for words in ("Epoch", "Train Loss", "Val Loss", "Train Metric", "Val Metric", "LR", "Grad"):
        assert words in heading
    assert [row.split() for row in rows] == [
        ["1", "1", "1.1", "0.3", "0.2", "0.1", "3"],
        ["2", "0.6", "0.7", "0.6", "0.5", "0.1", "1"],
        ["3", "0.4", "0.8", "0.9", "0.6", "0.05", "0.5"],
    ]
    assert path.with_suffix(".txt").read_text() == printed


def test_the_table_of_nothing_is_its_heading():
    printed = without_matplotlib(
        "from tachograph.nptrain import plot_training_curves\nplot_training_curves({})\n"
    )

    assert len(printed.splitlines()) == 1


@pytest.mark.parametrize("save_path", ["", ".", "/", "a\0b.png"])
def test_a_path_without_a_name_is_refused(save_path):
    with pytest.raises(InvalidArgumentError, match="save_path must name a file, not") as caught:
        plot_training_curves(HISTORY, save_path)
    assert caught.value.argument == "save_path"


def test_a_path_of_bytes_is_refused():
    class OfBytes:
        def __fspath__(self):
            return b"curves.png"

    for save_path in (b"curves.png", OfBytes(), 3):
        with pytest.raises(ArgumentTypeError, match="save_path must be a str or a path"):
            plot_training_curves(HISTORY, save_path)
