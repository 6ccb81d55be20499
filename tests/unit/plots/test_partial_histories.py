"""Every figure of every history, however little of it there is, is drawn without a complaint."""

import math

import numpy as np
import pytest

from tachograph import TrainingRecorder

NAN, INF = float("nan"), float("inf")
HOSTILE = [
    "$\\frac{1}{0}$",
    "_hidden",
    "^{",
    "\\",
    "a\nb\tc\r",
    "\x1b[31m\u202ereversed",
    "<script>alert(1)</script>",
    "",
    " ",
    "x" * 5000,
    "损失 🔥 loss",
    "%d {0} $",
    "\ud7ff\ue000\U000fffff",
]


def each(recorder, n, **epoch):
    for label in range(n):
        given = {key: value(label) if callable(value) else value for key, value in epoch.items()}
        recorder.log_epoch(label, **{"train_loss": 1 / (label + 1), **given})


HISTORIES = {
    "nothing": lambda r: None,
    "one epoch": lambda r: each(r, 1),
    "one full epoch": lambda r: each(
        r, 1, val_loss=2.0, train_metrics={"mae": 1.0}, learning_rate=0.1, epoch_time=1.0
    ),
    "no validation": lambda r: each(r, 5, learning_rate=0.1, epoch_time=2.0),
    "one validation": lambda r: each(r, 5, val_loss=lambda at: 1.0 if at == 2 else None),
    "one NaN validation": lambda r: each(r, 5, val_loss=lambda at: NAN if at == 2 else None),
    "rates of zero": lambda r: each(r, 3, learning_rate=0.0, gradient_norm=0.0),
    "all NaN": lambda r: each(
        r, 4, train_loss=NAN, val_loss=NAN, gradient_norm=NAN, train_metrics={"mae": NAN}
    ),
    "infinite": lambda r: each(
        r, 4, train_loss=lambda at: (INF, -INF, 1.0, INF)[at], val_loss=-INF, gradient_norm=INF
    ),
    "huge": lambda r: each(
        r,
        6,
        train_loss=lambda at: (1.7e308, -1.7e308, 1.0, 0.0, 5e-324, -5e-324)[at],
        val_loss=lambda at: 1e308 if at else -1e308,
        gradient_norm=lambda at: (5e-324, 1.7e308, 1.0, 1e-300, 1e300, 2.0)[at],
        epoch_time=1e308,
        learning_rate=5e-324,
        train_metrics={"mae": 1.7e308},
    ),
    "negative": lambda r: each(r, 5, train_loss=lambda at: -float(at), gradient_norm=-1.0),
    "constant": lambda r: each(r, 5, train_loss=1.0, val_loss=1.0, gradient_norm=3.0),
    "arrays": lambda r: each(
        r,
        3,
        val_loss=1.0,
        train_metrics={"matrix": np.eye(3), "words": "good", "list": [1, 2], "none": None},
        val_metrics={"matrix": np.zeros((0, 2)), "mae": np.array(0.5)},
    ),
    "sometimes an array": lambda r: each(
        r, 4, train_metrics=lambda at: {"mae": np.ones(3) if at % 2 else 1.0}
    ),
    "hostile names": lambda r: each(r, 3, val_loss=1.0, train_metrics=dict.fromkeys(HOSTILE, 1.0)),
    "labels of any size": lambda r: [
        r.log_epoch(label, 1.0, 2.0, learning_rate=1.0) for label in (-(2**62), 0, 2**62)
    ],
    "long": lambda r: each(
        r,
        2600,
        train_loss=math.sin,
        val_loss=lambda at: math.cos(at) if at % 3 else NAN,
        train_metrics=lambda at: {"mae": math.sin(at)},
        val_metrics=lambda at: {"mae": INF if at % 5 == 0 else 1.0},
        gradient_norm=lambda at: 1.0 + at,
        learning_rate=0.5,
        epoch_time=1.0,
    ),
    "labels that repeat": lambda r: [
        r.log_epoch(label, 1.0, 2.0 if label else None) for label in (0, 1, 1, 0, 2, 1)
    ],
    "metrics that come late": lambda r: each(
        r, 6, train_metrics=lambda at: {"mae": 1.0} if at > 3 else {"first": 1.0}
    ),
}

FIGURES = {
    "basic": lambda v, r: v.plot_basic_training_curves(r),
    "dashboard": lambda v, r: v.plot_training_dashboard(r),
    "advanced": lambda v, r: v.plot_advanced_metrics(r),
    "comparison": lambda v, r: v.plot_experiment_comparison([r, r]),
    "metrics": lambda v, r: v.plot_metrics(r),
    "monitoring": lambda v, r: v.plot_monitoring(r),
}
# Panels of the figures above, or of steps alone.
OTHERS = {
    "evolution": lambda v, r: v.plot_metric_evolution(r, ["mae", "matrix", *HOSTILE[:3]]),
    "steps": lambda v, r: v.plot_step_dashboard(r),
    "classification": lambda v, r: v.plot_classification(r, "matrix"),
}
CASES = [
    *((figure, history) for figure in FIGURES for history in HISTORIES),
    *((figure, history) for figure in OTHERS for history in ("nothing", "arrays", "huge")),
]
# Laying out takes half of the time, and depends on texts alone.
LAID_OUT = {"hostile names", "huge"}


@pytest.mark.parametrize(("figure", "history"), CASES)
def test_is_drawn(visualizer, make_recorder, draw, figure, history):
    recorder = make_recorder(HOSTILE[0], dir=None)
    HISTORIES[history](recorder)

    drawn = draw({**FIGURES, **OTHERS}[figure](visualizer, recorder), lay_out=history in LAID_OUT)

    assert drawn.axes
    for axes in drawn.axes:
        for line in axes.get_lines():
            assert not np.isinf(np.asarray(line.get_ydata(), dtype=float)).any()
        assert all(math.isfinite(bound) for bound in (*axes.get_xlim(), *axes.get_ylim()))


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_and_nothing_else(visualizer, make_recorder, name):
    recorder = make_recorder(name or "empty", dir=None)
    recorder.log_step(0, {name: 1.0})
    recorder.log_epoch(0, 1.0, 2.0, {name: 1.0}, {name: 2.0})

    for figure in (
        visualizer.plot_training_dashboard(recorder),
        visualizer.plot_experiment_comparison([recorder, recorder]),
        visualizer.plot_metrics(recorder, [name]),
        visualizer.plot_monitoring(recorder),
    ):
        texts = [text.get_text() for axes in figure.axes for text in axes.texts]
        texts += [axes.get_title(loc="left") for axes in figure.axes]
        assert not any(char in text for text in texts for char in "\n\r\t\x1b\u202e")


def test_no_runs_at_all(visualizer, draw, tmp_path):
    figure = draw(visualizer.plot_experiment_comparison([], tmp_path / "none.png"))

    assert len(figure.axes) == 4
    assert (tmp_path / "none.png").stat().st_size > 1000


def test_an_empty_recorder_is_saved(visualizer, recorder, tmp_path):
    visualizer.plot_basic_training_curves(recorder, tmp_path / "deep" / "er" / "basic.png")

    assert (tmp_path / "deep" / "er" / "basic.png").read_bytes().startswith(b"\x89PNG")


def test_a_million_steps(visualizer, draw):
    n = 1_000_000
    with TrainingRecorder("many", dir=None, capture_environment=False) as recorder:
        for label in range(3):
            recorder.log_epoch(label, 1.0)
        recorder.log_steps(np.arange(n), {"loss": np.random.default_rng(0).standard_normal(n)})

        draw(visualizer.plot_metrics(recorder, "loss"))
        draw(visualizer.plot_step_dashboard(recorder))
