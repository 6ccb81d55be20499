"""Draws the pictures of docs/monitor-metrics.md from real trainings; takes about a minute.

    python tools/monitor_pictures.py [FOLDER]

Small networks learn scikit-learn's digits, once as they should and once each with a mistake made on
purpose. Everything that is drawn is what `train_one_epoch` and `evaluate` returned.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from make_pictures import PICTURES, save
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from torch import nn

from tachograph.monitor import evaluate, record_epoch, train_one_epoch
from tachograph.recorder import TrainingRecorder

BLUE, ORANGE, RED, GREY = "#2563c9", "#d9660a", "#b3261e", "#667085"
N_TRAIN = 1200

Epochs = list[dict[str, Any]]


@dataclass(frozen=True)
class Training:
    """What is varied.

    Attributes:
        rate: Learning rate at the beginning; a cosine takes it to 0.
        n_samples: How many of the training samples are used.
        epochs: How many times.
        rare: Train on whether a digit is an 8, with one 8 kept of this many; 0 for all digits.
    """

    rate: float = 0.05
    n_samples: int = N_TRAIN
    epochs: int = 30
    rare: int = 0


def digits(training: Training) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Any]]]:
    """Batches to train on, and to validate on."""
    images, targets = load_digits(return_X_y=True)
    inputs = torch.tensor(images, dtype=torch.float32) / 16
    labels = torch.tensor(targets)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    train, val = order[:N_TRAIN], order[N_TRAIN:]
    if training.rare:
        labels = (labels == 8).long()
        eights = train[labels[train] == 1][:: training.rare]
        train = torch.cat([train[labels[train] == 0], eights])
        train = train[torch.randperm(len(train), generator=torch.Generator().manual_seed(1))]
    train = train[: training.n_samples]
    train_batches, val_batches = (
        [(inputs[rows], labels[rows]) for rows in part.split(32)] for part in (train, val)
    )
    return train_batches, val_batches


def trained(name: str, training: Training, root: Path) -> tuple[Epochs, Epochs]:
    """The metrics of a training's epochs, which is recorded as any would be."""
    torch.manual_seed(0)
    n_classes = 2 if training.rare else 10
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, n_classes))
    optimizer = torch.optim.SGD(model.parameters(), lr=training.rate, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, training.epochs)
    batches, val_batches = digits(training)
    train: Epochs = []
    val: Epochs = []
    with TrainingRecorder(name, dir=root, capture_environment=False) as recorder:
        for epoch in range(1, training.epochs + 1):
            train.append(train_one_epoch(model, batches, optimizer, "cpu", epoch=epoch))
            val.append(evaluate(model, val_batches, "cpu", epoch=epoch))
            record_epoch(recorder, train[-1], val[-1])
            schedule.step()
    return train, val


def sheet(titles: Sequence[str]) -> tuple[Figure, Any]:
    """A figure of two panels with one scale."""
    figure = Figure(figsize=(11, 3.6), layout="constrained", facecolor="white")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, title in zip(panels, titles, strict=True):
        panel.set_title(title, fontsize=12, loc="left")
        panel.set_xlabel("epoch")
        panel.grid(color="#e4e7ec", linewidth=0.8)
        panel.set_axisbelow(True)
        for side in ("top", "right"):
            panel.spines[side].set_visible(False)
    return figure, panels


def curve(panel: Any, epochs: Epochs, name: str, color: str, *, style: str = "-") -> None:
    """One metric, by its name."""
    values = [epoch[name] for epoch in epochs]
    labels = [epoch["epoch"] for epoch in epochs]
    panel.plot(labels, values, style, color=color, linewidth=1.8, label=name)


def gradients(good: Epochs, bad: Epochs) -> Figure:
    """Gradient norms of a steady training, and of one whose rate is too high."""
    figure, panels = sheet(["learning rate 0.05", "learning rate 1"])
    for panel, epochs in zip(panels, (good, bad), strict=True):
        curve(panel, epochs, "grad_norm_max", RED, style="--")
        curve(panel, epochs, "grad_norm_mean", BLUE)
        curve(panel, epochs, "batch_loss_std", GREY, style=":")
        panel.set_yscale("log")
    panels[0].legend(frameon=False)
    return figure


def confidence(good: Epochs, bad: Epochs) -> Figure:
    """Confidence in validation, of a training with enough data, and of one with too few."""
    figure, panels = sheet(["1,200 samples, 30 epochs", "60 samples, 300 epochs"])
    for panel, epochs in zip(panels, (good, bad), strict=True):
        curve(panel, epochs, "confidence_mean", BLUE)
        curve(panel, epochs, "acc", GREY)
        curve(panel, epochs, "confidence_wrong_mean", RED, style="--")
        curve(panel, epochs, "calibration_error", ORANGE, style=":")
    panels[0].legend(frameon=False)
    return figure


def weights(good: Epochs, slow: Epochs, bad: Epochs) -> Figure:
    """How far an epoch moves the weights at three rates, and what that does to the loss."""
    figure = Figure(figsize=(11, 3.6), layout="constrained", facecolor="white")
    panels = figure.subplots(1, 2)
    cases = ((good, "0.05", BLUE, "-"), (slow, "0.00005", GREY, ":"), (bad, "1", RED, "--"))
    for panel, name in zip(panels, ("weight_change_l2", "loss"), strict=True):
        for epochs, rate, color, style in cases:
            values = [epoch[name] for epoch in epochs]
            labels = [epoch["epoch"] for epoch in epochs]
            label = f"learning rate {rate}"
            panel.plot(labels, values, style, color=color, linewidth=1.8, label=label)
        panel.set_title(name, fontsize=12, loc="left")
        panel.set_xlabel("epoch")
        panel.set_yscale("log")
        panel.grid(color="#e4e7ec", linewidth=0.8)
    panels[0].legend(frameon=False)
    return figure


def classes(good: Epochs, bad: Epochs) -> Figure:
    """Precision and recall of 8 or not 8, with every 8 and with one of forty."""
    figure, panels = sheet(["every 8 is trained on", "one 8 of forty is trained on"])
    for panel, epochs in zip(panels, (good, bad), strict=True):
        curve(panel, epochs, "acc", GREY, style=":")
        curve(panel, epochs, "class_0_recall", BLUE)
        curve(panel, epochs, "class_1_precision", ORANGE)
        curve(panel, epochs, "class_1_recall", RED, style="--")
    panels[1].legend(frameon=False)
    return figure


def main() -> None:
    """Trains and draws them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=PICTURES)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        good, good_val = trained("good", Training(), root)
        wild, _ = trained("wild", Training(rate=1.0), root)
        slow, _ = trained("slow", Training(rate=5e-5), root)
        _, few = trained("few", Training(n_samples=60, epochs=300), root)
        _, all_eights = trained("eights", Training(rare=1), root)
        _, few_eights = trained("few-eights", Training(rare=40), root)
    save(gradients(good, wild), folder / "monitor-gradients.png")
    save(confidence(good_val, few), folder / "monitor-confidence.png")
    save(weights(good, slow, wild), folder / "monitor-weights.png")
    save(classes(all_eights, few_eights), folder / "monitor-classes.png")


if __name__ == "__main__":
    main()
