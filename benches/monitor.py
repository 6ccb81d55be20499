"""What a monitor costs the training that it watches.

    python benches/monitor.py

On the CPU, steps of about a millisecond of a small perceptron with six parameters: bare, with a
hook that only calls `torch._foreach_norm` over the gradients (the least that a norm can cost in
torch), and with a monitor attached; in turns, a few steps each, one thread. A hook's own time is
measured inside of the loop, so with the caches as a training leaves them. The figure to look at is
`min`, the least over the turns: others on the machine only ever add. The goal is at most what the
foreach hook takes, plus 15 microseconds.

With a GPU, a transformer of about a hundred million parameters: bare, watched, and with the usual
loop that calls `.item()` for each parameter; and how often torch's profiler sees the host wait for
the device, with and without a monitor.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import torch

from report import Report, options
from tachograph import TrainingRecorder
from tachograph.monitor import attach

Step = Callable[[], None]
WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "aten::item")


def perceptron() -> tuple[torch.nn.Module, Any, Step]:
    """A step of about a millisecond on one core."""
    torch.manual_seed(0)
    sizes = (64, 128, 128, 10)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters())
    inputs, targets = torch.randn(256, 64), torch.randint(10, (256,))

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()

    return model, optimizer, step


def transformer(device: str) -> tuple[torch.nn.Module, Any, Step]:
    """About a hundred million parameters in more than a hundred tensors."""
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(768, 12, 3072, batch_first=True, dropout=0.0)
    model = torch.nn.TransformerEncoder(layer, 14).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    inputs = torch.randn(16, 256, 768, device=device)

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast(device, torch.bfloat16):
            loss = model(inputs).square().mean()
        loss.backward()
        optimizer.step()

    return model, optimizer, step


@contextmanager
def nothing(_model: torch.nn.Module, _optimizer: Any, _root: Path) -> Iterator[None]:
    yield


@contextmanager
def foreach_norm(model: torch.nn.Module, optimizer: Any, _root: Path) -> Iterator[None]:
    parameters = list(model.parameters())

    def hook(*_: object) -> None:
        torch._foreach_norm([parameter.grad for parameter in parameters])

    handle = optimizer.register_step_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def item_each(model: torch.nn.Module, optimizer: Any, root: Path) -> Iterator[None]:
    """The loop that people write."""
    with TrainingRecorder("items", dir=root, capture_environment=False) as recorder:

        def hook(*_: object) -> None:
            total = 0.0
            for parameter in model.parameters():
                if parameter.grad is not None:
                    total += parameter.grad.norm(2).item() ** 2
            recorder.log_step(None, {"grad_norm": total**0.5})

        handle = optimizer.register_step_pre_hook(hook)
        try:
            yield
        finally:
            handle.remove()


@contextmanager
def monitor(model: torch.nn.Module, optimizer: Any, root: Path) -> Iterator[None]:
    with (
        TrainingRecorder("watched", dir=root, capture_environment=False) as recorder,
        attach(model, recorder, optimizer, budget=100.0),
    ):
        yield


def turns(
    made: tuple[torch.nn.Module, Any, Step],
    hooks: dict[str, Any],
    root: Path,
    *,
    n_turns: int,
    n_steps: int,
    wait: Callable[[], None],
) -> dict[str, list[float]]:
    """Microseconds of a step, by hook, one figure a turn."""
    model, optimizer, step = made
    spans: dict[str, list[float]] = {name: [] for name in hooks}
    for _ in range(n_turns):
        for name, hook in hooks.items():
            with hook(model, optimizer, root):
                for _ in range(3):  # the first steps allocate
                    step()
                wait()
                begin = perf_counter_ns()
                for _ in range(n_steps):
                    step()
                wait()
                spans[name].append((perf_counter_ns() - begin) / n_steps / 1000)
    return spans


def own_times(root: Path, n_steps: int) -> dict[str, list[float]]:
    """Microseconds inside the hooks alone, step by step, in the middle of a training."""
    found: dict[str, list[float]] = {"foreach_norm": [], "monitor": []}
    model, optimizer, step = perceptron()
    parameters = list(model.parameters())
    with (
        TrainingRecorder("own", dir=root, capture_environment=False) as recorder,
        attach(model, recorder, optimizer, budget=100.0) as watching,
    ):
        hooks = watching._hooks
        hooks.remove()  # to call them here, with a clock around them

        def timed(optimizer: Any, args: Any, kwargs: Any) -> None:
            begin = perf_counter_ns()
            hooks._on_step(optimizer, args, kwargs)
            hooks._on_stepped(optimizer, args, kwargs)
            found["monitor"].append((perf_counter_ns() - begin) / 1000)

        def foreach(*_: object) -> None:
            begin = perf_counter_ns()
            torch._foreach_norm([parameter.grad for parameter in parameters])
            found["foreach_norm"].append((perf_counter_ns() - begin) / 1000)

        for number in range(2 * n_steps):  # in turns, so that none finds what the other has cached
            handle = optimizer.register_step_pre_hook(timed if number % 2 else foreach)
            step()
            handle.remove()
    return found


def add(report: Report, case: str, spans: dict[str, list[float]]) -> None:
    base = next(iter(spans.values()))
    for name, micros in spans.items():
        report.add(
            case=case,
            hook=name,
            min_us=min(micros),
            median_us=statistics.median(micros),
            min_over_first_us=min(micros) - min(base),
        )


def waits(made: tuple[torch.nn.Module, Any, Step], hook: Any, root: Path) -> int:
    """How often the host waits for the device in ten steps."""
    model, optimizer, step = made
    activities = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
    with hook(model, optimizer, root):
        for _ in range(5):
            step()
        torch.cuda.synchronize()
        with torch.profiler.profile(activities=activities) as profile:
            for _ in range(10):
                step()
    return sum(event.count for event in profile.key_averages() if event.key in WAITS)


def on_gpu(report: Report, root: Path, *, small: bool) -> None:
    made = transformer("cuda")
    hooks = {"none": nothing, "monitor": monitor, "item() each": item_each}
    spans = turns(
        made, hooks, root, n_turns=2 if small else 7, n_steps=20, wait=torch.cuda.synchronize
    )
    add(report, "transformer, GPU", spans)
    least = {name: min(micros) for name, micros in spans.items()}
    share = (least["monitor"] - least["none"]) / least["none"]
    report.note(f"monitor: {share:.2%} of the step (goal: under 1 %)")
    more = least["monitor"] - least["none"], least["item() each"] - least["none"]
    report.note(f"item() each costs {more[1] / max(more[0], 1e-3):,.1f} times as much (goal: 10)")
    for name in ("none", "monitor"):
        n = waits(made, hooks[name], root)
        report.note(f"waits for the device in ten steps, {name}: {n}")


def main() -> None:
    arguments = options(__doc__).parse_args()
    small = arguments.smoke
    torch.set_num_threads(1)
    report = Report("a training with a monitor")
    report.note(f"torch {torch.__version__}, one thread")
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        root = Path(directory)
        hooks = {"none": nothing, "foreach_norm": foreach_norm, "monitor": monitor}
        spans = turns(
            perceptron(),
            hooks,
            root,
            n_turns=3 if small else 100,
            n_steps=5 if small else 20,
            wait=lambda: None,
        )
        add(report, "perceptron, whole step", spans)
        add(report, "perceptron, inside the hook", own_times(root, 50 if small else 2000))
        if torch.cuda.is_available():
            on_gpu(report, root, small=small)
        else:
            report.note("no GPU here: the transformer was left out")
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
