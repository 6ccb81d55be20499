"""Figures of a run of 1M steps and ten metrics, beside those of a run of 2,000 steps.

    python benches/plots.py

Both are closed runs, read, drawn and written as PNG, in turns in one process. A million epochs is a
run whose epochs are as many (`--epochs`), beside one of 2,000.
"""

import io
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

import tachograph
from curves import ten_curves
from report import Report, options
from tachograph import TrainingRecorder, TrainingVisualizer
from tachograph.records import Run

FEW = 2_000
GOAL_RATIO = 1.5

Draw = Callable[[TrainingVisualizer, Run], object]

STEP_FIGURES: dict[str, Draw] = {
    "plot_metrics, ten": lambda visualizer, run: visualizer.plot_metrics(run),
    "plot_metrics, one": lambda visualizer, run: visualizer.plot_metrics(run, "train/loss"),
    "plot_step_dashboard": lambda visualizer, run: visualizer.plot_step_dashboard(run),
}
EPOCH_FIGURES: dict[str, Draw] = {
    "plot_basic_training_curves": lambda visualizer, run: visualizer.plot_basic_training_curves(
        run
    ),
    "plot_training_dashboard": lambda visualizer, run: visualizer.plot_training_dashboard(run),
    "plot_advanced_metrics": lambda visualizer, run: visualizer.plot_advanced_metrics(run),
    "plot_experiment_comparison": (
        lambda visualizer, run: visualizer.plot_experiment_comparison([run, run])
    ),
    "plot_metric_evolution": (
        lambda visualizer, run: visualizer.plot_metric_evolution(run, ["mae", "r2"])
    ),
}


def steps(directory: Path, n: int) -> Run:
    with TrainingRecorder(f"steps-{n}", dir=directory) as recorder:
        columns = ten_curves(n)
        for start in range(0, n, max(n // 100, 1)):
            part = slice(start, start + max(n // 100, 1))
            recorder.log_steps(
                np.arange(n)[part], {name: column[part] for name, column in columns.items()}
            )
        # What ten epochs leave behind, so that no figure is an empty one.
        for epoch in range(10):
            recorder.log_epoch(epoch, 1 / (epoch + 1), 2 / (epoch + 1))
    return tachograph.open(str(recorder.path))


def epochs(directory: Path, n: int) -> Run:
    rng = np.random.default_rng(0)
    losses = (2 * np.exp(-np.arange(n) * 5 / n) + 0.05 * rng.standard_normal(n)).tolist()
    with TrainingRecorder(f"epochs-{n}", dir=directory, capture_environment=False) as recorder:
        for epoch, loss in enumerate(losses):
            metrics = {"mae": loss / 2, "r2": 1 - loss}
            recorder.log_epoch(
                epoch, loss, loss * 1.1, metrics, metrics, 0.1, 1.0, 0.5, memory_usage=100.0
            )
    return tachograph.open(str(recorder.path))


def seconds(draw: Draw, visualizer: TrainingVisualizer, run: Run) -> float:
    began = perf_counter()
    figure = draw(visualizer, run)
    figure.savefig(io.BytesIO(), format="png")  # type: ignore[attr-defined]
    return perf_counter() - began


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--epochs", type=int, default=0, help="epochs of a second run; 0 for none")
    arguments = parser.parse_args()
    n_steps, repeats = (20_000, 1) if arguments.smoke else (arguments.steps, 7)
    n_epochs = 5_000 if arguments.smoke else arguments.epochs
    visualizer = TrainingVisualizer()
    report = Report("figures")
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        root = Path(directory)
        pairs = [(STEP_FIGURES, steps(root, FEW), steps(root, n_steps))]
        if n_epochs:
            pairs.append((EPOCH_FIGURES, epochs(root, FEW), epochs(root, n_epochs)))
        for figures, few, many in pairs:
            for name, draw in figures.items():
                seconds(draw, visualizer, few)
                spans = [
                    (seconds(draw, visualizer, few), seconds(draw, visualizer, many))
                    for _ in range(repeats)
                ]
                report.add(
                    figure=name,
                    points=many.status.rows,
                    few_ms=min(few_secs for few_secs, _ in spans) * 1000,
                    many_ms=min(many_secs for _, many_secs in spans) * 1000,
                    ratio=statistics.median(many / few for few, many in spans),
                    goal=GOAL_RATIO,
                )
    report.note(f"{repeats} turns each; the run beside it has {FEW:,} points a metric")
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
