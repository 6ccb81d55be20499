"""Figures look as they did: their panels are compared with pictures that were once looked at.

References are small grey pictures of the insides of panels, made by `python
tests/unit/plots/test_pictures.py` after looking at the figures. Matplotlib 3.8.4 differs from
3.11 by 0.023 at most, which is digits in a confusion matrix; curves that stand elsewhere by a
tenth of their height by 0.034 and more.
"""

import io
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread, imsave

from tachograph import TrainingRecorder
from tachograph.plots import TrainingVisualizer

GOLDEN = Path(__file__).parents[2] / "golden" / "plots"
SIZE = (9.0, 6.0)
BLOCKS = 24  # of a panel, each way
TOLERANCE = 0.03


def recorded():
    """A run of 30 epochs and 3,000 steps that is the same everywhere."""
    recorder = TrainingRecorder("golden", dir=None, run_id="g-1", capture_environment=False)
    rng = np.random.default_rng(7)
    steps = np.arange(3000)
    loss = 2 * np.exp(-steps / 700) + 0.2 + 0.1 * rng.standard_normal(3000)
    norms = rng.lognormal(0, 0.7, 3000)
    recorder.log_steps(steps, {"loss": loss, "lr": 0.1 / (1 + steps), "grad_norm": norms})
    for epoch in range(30):
        train = 2 * float(np.exp(-epoch / 6)) + 0.1
        recorder.log_epoch(
            epoch,
            train,
            train + 0.02 * epoch if epoch % 2 else None,
            {"mae": train / 2},
            {"mae": train, "confusion_matrix": np.eye(4) * epoch + 1},
            learning_rate=0.1 * 0.9**epoch,
            epoch_time=10.0 + epoch % 3,
            gradient_norm=10.0 ** (1 - epoch / 15),
            memory_usage=1000.0 + 10 * epoch,
        )
    recorder.close()
    return recorder


def forecast():
    """Two series and what was predicted of them."""
    hours = np.arange(200)
    true = np.stack([np.sin(hours / 12), 2 * np.cos(hours / 30)], axis=1)
    return true + 0.2 * np.cos(hours / 5)[:, None], true


FIGURES = {
    "basic": lambda v, r: v.plot_basic_training_curves(r, figsize=SIZE),
    "dashboard": lambda v, r: v.plot_training_dashboard(r, figsize=SIZE),
    "advanced": lambda v, r: v.plot_advanced_metrics(r, figsize=SIZE),
    "comparison": lambda v, r: v.plot_experiment_comparison([r, r], figsize=SIZE),
    "evolution": lambda v, r: v.plot_metric_evolution(r, ["mae", "mse"], figsize=SIZE),
    "metrics": lambda v, r: v.plot_metrics(r, figsize=SIZE),
    "steps": lambda v, r: v.plot_step_dashboard(r, axis="epoch", figsize=SIZE),
    "predictions": lambda v, r: v.plot_predictions(*forecast(), figsize=SIZE),
    "classification": lambda v, r: v.plot_classification(r, figsize=SIZE),
}
LOOKS = {"light": "seaborn-v0_8", "dark": "dark"}
PICTURES = [(name, "light") for name in FIGURES] + [("basic", "dark")]


def coarse(figure):
    """The insides of all panels, one below the other, in shades of grey, a value a block."""
    content = io.BytesIO()
    figure.savefig(content, format="png")
    content.seek(0)
    grey = imread(content)[:, :, :3].mean(axis=2)
    panels = []
    for axes in figure.axes:
        frame = axes.get_window_extent()
        inside = grey[
            round(len(grey) - frame.y1) : round(len(grey) - frame.y0),
            round(frame.x0) : round(frame.x1),
        ]
        panels.append(blocks(blocks(inside, BLOCKS).T, BLOCKS).T)
    return np.concatenate(panels)


def blocks(picture, n):
    """The means of n bands of rows of about equal height."""
    edges = np.linspace(0, len(picture), n + 1).round().astype(int)
    return np.stack([picture[at:to].mean(axis=0) for at, to in pairwise(edges)])


def distance(one, other):
    """The largest of the panels' differences: roots of mean squares, black to white being 1."""
    squares = ((one - other) ** 2).reshape(-1, BLOCKS * BLOCKS)
    return float(np.sqrt(squares.mean(axis=1)).max())


@pytest.fixture(scope="module")
def run():
    return recorded()


@pytest.mark.parametrize(("name", "look"), PICTURES)
def test_it_looks_as_it_did(run, name, look):
    reference = imread(GOLDEN / f"{name}-{look}.png")[:, :, 0]

    drawn = coarse(FIGURES[name](TrainingVisualizer(LOOKS[look]), run))

    assert drawn.shape == reference.shape
    assert distance(drawn, reference) < TOLERANCE


def test_a_curve_elsewhere_would_be_seen(run):
    reference = imread(GOLDEN / "basic-light.png")[:, :, 0]
    figure = FIGURES["basic"](TrainingVisualizer(), run)
    for axes in figure.axes:
        for line in axes.get_lines():
            line.set_ydata(np.asarray(line.get_ydata())[::-1])

    assert distance(coarse(figure), reference) > TOLERANCE


def main():
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, look in PICTURES:
        grey = coarse(FIGURES[name](TrainingVisualizer(LOOKS[look]), recorded()))
        imsave(GOLDEN / f"{name}-{look}.png", np.repeat(grey[:, :, None], 3, axis=2))
        sys.stdout.write(f"{name}-{look}\n")


if __name__ == "__main__":
    main()
