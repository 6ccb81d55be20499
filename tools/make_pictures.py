"""Draws the pictures of docs/plots.md and docs/nptrain.md from real trainings; takes some minutes.

    python tools/make_pictures.py [FOLDER]

Runs `tacho demo`'s training twice, a classifier that logs a confusion matrix an epoch, a forecast,
the training command of `tachograph.monitor`, which needs torch, and five trainings each of two
networks, all on data that scikit-learn brings or that is made here from a seed. Pictures are made
small: half the size of the figures, with few colours.
"""

import argparse
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import Ridge, SGDClassifier
from sklearn.metrics import confusion_matrix, log_loss

import tachograph
from tachograph import TrainingRecorder, TrainingVisualizer
from tachograph.demo import Settings
from tachograph.demo import run as train_demo
from tachograph.examples import relational
from tachograph.examples.spread_figure import draw_spread
from tachograph.records import Run

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
N_STEPS = 6_000
WIDTH = 1100


def demo_runs(root: Path) -> list[Run]:
    """Two trainings of the demo, with different peak rates."""
    settings = (Settings(n_steps=N_STEPS), Settings(n_steps=N_STEPS // 2, peak_rate=0.01))
    return [tachograph.open(train_demo(each, root=root).run_dir) for each in settings]


def classifier_run(root: Path) -> Run:
    """A linear classifier of digits, with a confusion matrix an epoch."""
    images, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(images))
    held_back, train = order[:600], order[600:]
    model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=2e-5, random_state=0)
    with TrainingRecorder("digits-linear", {"model": "SGDClassifier"}, dir=root) as recorder:
        for epoch in range(15):
            model.partial_fit(images[train], labels[train], classes=range(10))
            train_loss, val_loss = (
                log_loss(labels[rows], model.predict_proba(images[rows]), labels=range(10))
                for rows in (train, held_back)
            )
            counts = confusion_matrix(labels[held_back], model.predict(images[held_back]))
            metrics = {"confusion_matrix": counts}
            recorder.log_epoch(epoch, train_loss, val_loss, val_metrics=metrics)
    return tachograph.open(recorder.path or "")


def forecast() -> tuple[np.ndarray, np.ndarray]:
    """Three noisy series, and what a linear model of their last day says of the next hour."""
    rng = np.random.default_rng(0)
    hours = np.arange(900)
    day, week = hours * 2 * np.pi / 24, hours * 2 * np.pi / 168
    series = np.stack(
        [
            20 + 6 * np.sin(day) + 2 * np.sin(week) + 0.6 * rng.standard_normal(len(hours)),
            30 + 9 * np.sin(day - 1) * np.sin(week) + 1.5 * rng.standard_normal(len(hours)),
            12 + np.cumsum(0.25 * rng.standard_normal(len(hours))),
        ],
        axis=1,
    )
    past = np.stack([series[at : at + 24].ravel() for at in range(len(series) - 24)])
    ahead = series[24:]
    model = Ridge(10.0).fit(past[:600], ahead[:600])
    return model.predict(past[600:]), ahead[600:]


def watched_history(root: Path) -> Path:
    """A small transformer on synthetic windows of an EEG, watched from inside."""
    sizes = {"epochs": 10, "batch-size": 16, "d-model": 64, "nhead": 2, "num-layers": 2}
    options = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
    command = [sys.executable, "-m", "tachograph.monitor.train", *options, "--workers", "0"]
    subprocess.run([*command, "--save-history"], cwd=root, stdout=subprocess.DEVNULL, check=True)
    return root / "checkpoints" / "training_history.json"


def networks(root: Path) -> object:
    """Two networks of equal size, five trainings each."""
    scores = relational.scores_of(relational.run(root=root))
    return draw_spread(scores, steps_an_epoch=relational.STEPS_AN_EPOCH)


def pictures(root: Path) -> Iterator[tuple[str, Callable[[TrainingVisualizer], object]]]:
    """Names, and what draws them."""
    demo, slower = demo_runs(root)
    classifier = classifier_run(root)
    watched = watched_history(root)
    predicted, true = forecast()
    names = ["temperature", "load", "price"]
    yield "basic", lambda v: v.plot_basic_training_curves(demo)
    yield "dashboard", lambda v: v.plot_training_dashboard(demo)
    yield "advanced", lambda v: v.plot_advanced_metrics(demo)
    yield "comparison", lambda v: v.plot_experiment_comparison([demo, slower])
    yield (
        "evolution",
        lambda v: v.plot_metric_evolution([demo, slower], ["accuracy"], None, (12, 6)),
    )
    yield "metrics", lambda v: v.plot_metrics([demo, slower], ["loss", "accuracy"])
    yield "steps", lambda v: v.plot_step_dashboard(demo)
    yield "monitoring", lambda v: v.plot_monitoring(watched)
    yield "classification", lambda v: v.plot_classification(classifier)
    yield "predictions", lambda v: v.plot_predictions(predicted, true, feature_names=names)
    yield "networks", lambda _: networks(root)


def save(figure: object, path: Path) -> None:
    """Writes a figure as a small PNG."""
    content = io.BytesIO()
    figure.savefig(content, format="png")  # type: ignore[attr-defined]
    picture = Image.open(content).convert("RGB")
    size = (WIDTH, round(picture.height * WIDTH / picture.width))
    small = picture.resize(size, Image.Resampling.LANCZOS)
    palette = small.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    palette.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")


def main() -> None:
    """Draws them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=PICTURES)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    light, dark = TrainingVisualizer(), TrainingVisualizer("dark")
    with tempfile.TemporaryDirectory() as root:
        for name, draw in pictures(Path(root)):
            save(draw(light), folder / f"{name}.png")
            if name in ("dashboard", "metrics"):
                save(draw(dark), folder / f"{name}-dark.png")


if __name__ == "__main__":
    main()
