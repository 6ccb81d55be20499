"""What recording the metrics of a training on a GPU costs it.

    python benches/pending_on_gpu.py

A training of a small MLP whose metrics are tensors on the device: recorded as they are, made
numbers one by one before (`.item()` each, as loops do), and not recorded. In turns; the least of
the rounds. `call` is the time of the training's thread in what it does for the record, `step` that
of a whole step, the device waited for at the end of the round. Where there is no GPU it says so.
"""

import gc
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from report import Report, options
from tachograph import TrainingRecorder

Record = Callable[[TrainingRecorder, int, dict[str, Any]], None]


def as_they_are(recorder: TrainingRecorder, step: int, metrics: dict[str, Any]) -> None:
    recorder.log_step(step, metrics)


def item_by_item(recorder: TrainingRecorder, step: int, metrics: dict[str, Any]) -> None:
    recorder.log_step(step, {name: value.item() for name, value in metrics.items()})


def not_at_all(recorder: TrainingRecorder, step: int, metrics: dict[str, Any]) -> None:
    pass


def turn(torch: Any, root: Path, record: Record, *, n_metrics: int, n: int) -> tuple[float, float]:
    """Microseconds of a step, and of what is done in it for the record."""
    torch.manual_seed(0)
    layers = [torch.nn.Linear(512, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10)]
    model = torch.nn.Sequential(*layers).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    x = torch.randn(256, 512, device="cuda")
    y = torch.randint(0, 10, (256,), device="cuda")
    gc.collect()  # the last turn's recorder
    with TrainingRecorder("gpu", dir=root, capture_environment=False) as recorder:
        torch.cuda.synchronize()
        in_calls = 0
        begin = perf_counter_ns()
        for step in range(n):
            loss = torch.nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            metrics = {f"metric_{at}": loss.detach() * at for at in range(n_metrics)}
            call = perf_counter_ns()
            record(recorder, step, metrics)
            in_calls += perf_counter_ns() - call
        torch.cuda.synchronize()
        return (perf_counter_ns() - begin) / n / 1e3, in_calls / n / 1e3


def measure(report: Report, torch: Any, root: Path, *, n: int, rounds: int) -> None:
    ways: dict[str, Record] = {
        "not recorded": not_at_all,
        "as they are": as_they_are,
        "item() each": item_by_item,
    }
    for n_metrics in (1, 10):
        spans: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, record in ways.items():
                spans[name].append(turn(torch, root, record, n_metrics=n_metrics, n=n))
        for name, of_rounds in spans.items():
            report.add(
                metrics=n_metrics,
                recorded=name,
                us_a_step=min(step for step, _ in of_rounds),
                us_a_call=min(call for _, call in of_rounds),
            )


def main() -> None:
    arguments = options(__doc__).parse_args()
    small = arguments.smoke
    try:
        import torch
    except ImportError:
        print("torch is not installed: nothing to measure")
        return
    if not torch.cuda.is_available():
        print("no CUDA device here: nothing to measure")
        return
    report = Report(f"metrics on {torch.cuda.get_device_name()}, torch {torch.__version__}")
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        measure(report, torch, Path(directory), n=50 if small else 500, rounds=2 if small else 7)
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
