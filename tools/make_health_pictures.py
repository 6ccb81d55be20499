"""Draws the pictures of docs/health.md from the trainings of tachograph.examples.unwell.

    python tools/make_health_pictures.py [FOLDER]

Takes about ten seconds.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from make_pictures import PICTURES, save
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tachograph import TrainingRecorder
from tachograph.demo import data
from tachograph.examples.ill_trainings import FAILURES, healthy
from tachograph.examples.watched_training import Training, train
from tachograph.health import thresholds

LIMIT: dict[str, Any] = {"color": "0.5", "linestyle": "--", "linewidth": 1}
LEVEL: dict[str, Any] = {"color": "0.9"}


def recorded(training: Training) -> TrainingRecorder:
    """The training, done."""
    recorder = TrainingRecorder("unwell", dir=None, capture_environment=False)
    train(training, recorder)
    return recorder


def draw(axes: Axes, title: str, recorder: TrainingRecorder, columns: Sequence[str]) -> None:
    """Columns of a training, with the places at which something was found."""
    names = {name.removeprefix("val/") for name in columns}
    # What was told of the columns themselves, else what was told first.
    of_these = dict.fromkeys(one.code for one in recorder.health if one.metric in names)
    codes = ", ".join(of_these or recorder.health.codes[:2]) or "no findings"
    for name in columns:
        is_epoch = name.startswith(("train_", "val"))
        if is_epoch:
            labels, values = recorder.get_series(name)
        else:
            rows = [row for row in recorder.steps if name in row.metrics]
            labels, values = [row.step for row in rows], [row.metrics[name] for row in rows]
        axes.plot(labels, values, linewidth=1.2, label=name.removeprefix("val/"))
        for finding in recorder.health:
            label = finding.epoch if is_epoch else finding.step
            if label is not None and finding.metric == name.removeprefix("val/"):
                axes.axvline(label, color="tab:red", linewidth=1)
    axes.set_title(f"{title}\n{codes}", fontsize=10)
    axes.set_xlabel("epoch" if columns[0].startswith(("train_", "val")) else "step")
    axes.legend(fontsize=8)


def figure_of(n_panels: int) -> tuple[Figure, list[Axes]]:
    """A row of panels."""
    figure = Figure(figsize=(4.2 * n_panels, 3.4), dpi=160, layout="constrained")
    return figure, list(figure.subplots(1, n_panels))


def main() -> None:
    """Draws them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=PICTURES)
    folder = parser.parse_args().folder
    digits, limits = data.load(0), thresholds()
    ill = {one.code: one for one in FAILURES}
    well = recorded(healthy(digits, 0))

    figure, panels = figure_of(3)
    codes = ("exploding_gradients", "vanishing_gradients")
    runs = [("well", well), *((ill[c].what, recorded(ill[c].make(digits, 0))) for c in codes)]
    for axes, (title, recorder) in zip(panels, runs, strict=True):
        draw(axes, title, recorder, ["grad_norm"])
        axes.set_yscale("log")
        axes.axhspan(limits["stable_gradients_low"], limits["stable_gradients_high"], **LEVEL)
        axes.axhline(limits["exploding_gradients"], **LIMIT)
        axes.axhline(limits["vanishing_gradients"], **LIMIT)
    save(figure, folder / "health-gradients.png")

    figure, panels = figure_of(4)
    draw(panels[0], "well", well, ["loss"])
    for axes, code in zip(panels[1:3], ("loss_spike", "divergence"), strict=True):
        draw(axes, ill[code].what, recorded(ill[code].make(digits, 0)), ["loss"])
    overfitted = recorded(ill["overfitting"].make(digits, 0))
    draw(panels[3], ill["overfitting"].what, overfitted, ["train_loss", "val_loss"])
    save(figure, folder / "health-losses.png")

    figure, panels = figure_of(2)
    sure = recorded(ill["overconfident"].make(digits, 0))
    for axes, (title, recorder) in zip(
        panels, [("well", well), (ill["overconfident"].what, sure)], strict=True
    ):
        draw(axes, title, recorder, ["val/confidence_wrong_mean", "val/confidence_mean"])
        axes.axhline(limits["overconfident"], **LIMIT)
        axes.set_ylim(0, 1.02)
    save(figure, folder / "health-confidence.png")


if __name__ == "__main__":
    main()
