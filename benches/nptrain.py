"""How long a training step of the NumPy toolkit takes, beside torch on the same processor.

    OPENBLAS_NUM_THREADS=1 python benches/nptrain.py

A step is loss, gradients through time, clipping and an update by SGD, all in float64 and on one
thread: `train_step` of an LSTM beside nn.LSTM, nn.Linear, cross-entropy, clip_grad_norm_ and
torch's SGD. Beside both the floor: the step's matrix products alone, in NumPy, with everything in
place. The relational network has no peer there; it has its floor. All take turns; medians and
minima of the turns are printed. Without torch its columns are left out, and that is said.

NumPy's BLAS reads its number of threads when it is loaded: the variable has to be there before.
"""

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from report import Report, options
from tachograph.nptrain import LSTM, RelationalRNN, train_step

RATE, CLIP = 0.01, 5.0

Work = Callable[[], object]
Products = list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int]]


@dataclass(frozen=True)
class Sizes:
    """A model, and a batch for it."""

    inputs: int
    hidden: int
    outputs: int
    samples: int
    steps: int

    def __str__(self) -> str:
        model = f"({self.inputs},{self.hidden},{self.outputs})"
        return f"{model}, batch {self.samples}, {self.steps} steps"


ROWS_OF_IMAGES = Sizes(28, 128, 10, 64, 28)
DIGITS = Sizes(8, 64, 10, 64, 8)
TINY = Sizes(3, 4, 2, 5, 2)


def turns(works: list[Work | None], repeats: int) -> list[list[float]]:
    """Milliseconds of calls of each, in turns, after one each that does not count."""
    spans: list[list[float]] = [[] for _ in works]
    for turn in range(repeats + 1):
        for work, kept in zip(works, spans, strict=True):
            if work is None:
                continue
            begin = perf_counter()
            work()
            if turn:
                kept.append((perf_counter() - begin) * 1e3)
    return spans


def batch(sizes: Sizes) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((sizes.samples, sizes.steps, sizes.inputs))
    return inputs, rng.integers(0, sizes.outputs, sizes.samples)


def torch_step(sizes: Sizes) -> Work | None:
    """The same step in torch; None where it is not installed."""
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        return None
    torch.set_num_threads(1)
    layer = torch.nn.LSTM(sizes.inputs, sizes.hidden, batch_first=True, dtype=torch.float64)
    linear = torch.nn.Linear(sizes.hidden, sizes.outputs, dtype=torch.float64)
    parameters = [*layer.parameters(), *linear.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=RATE)
    inputs, classes = (torch.from_numpy(array) for array in batch(sizes))

    def step() -> None:
        optimizer.zero_grad()
        hiddens, _ = layer(inputs)
        loss = torch.nn.functional.cross_entropy(linear(hiddens[:, -1]), classes)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        loss.item()

    return step


def product(rows: int, inner: int, columns: int, times: int = 1) -> Products:
    """Matrices of a product, and how often a step takes it."""
    rng = np.random.default_rng(0)
    return [(rng.standard_normal((rows, inner)), rng.standard_normal((inner, columns)), times)]


def lstm_products(sizes: Sizes) -> Products:
    rows, gates = sizes.samples * sizes.steps, 4 * sizes.hidden
    return [
        *product(rows, sizes.inputs, gates),
        *product(sizes.samples, sizes.hidden, gates, sizes.steps),  # forward
        *product(sizes.samples, gates, sizes.hidden, sizes.steps),  # and back
        *product(gates, rows, sizes.inputs + sizes.hidden),
    ]


def memory_products(sizes: Sizes, slots: int = 4, size: int = 64) -> Products:
    at_once, rows = sizes.samples * slots, sizes.samples * slots * sizes.steps
    inputs = sizes.samples * sizes.steps
    per_step = (3 * size, size, 2 * size)  # queries, keys, values; output; update and gate
    found = [p for width in per_step for p in product(at_once, size, width, sizes.steps)]
    back = [p for width in per_step for p in product(at_once, width, size, sizes.steps)]
    weights = [p for width in per_step for p in product(size, rows, width)]
    of_inputs = product(inputs, sizes.hidden, 2 * size) + product(inputs, 2 * size, sizes.hidden)
    return [*found, *back, *weights, *of_inputs, *product(2 * size, inputs, sizes.hidden)]


def floor(products: Products) -> Work:
    """Takes the products, into arrays that are there already."""
    ready = [(a, b, np.empty((len(a), b.shape[1])), times) for a, b, times in products]

    def work() -> None:
        for a, b, out, times in ready:
            for _ in range(times):
                np.matmul(a, b, out=out)

    return work


def compare(report: Report, sizes: Sizes, repeats: int) -> None:
    inputs, classes = batch(sizes)
    lstm = LSTM(sizes.inputs, sizes.hidden, sizes.outputs, rng=0)
    relational = RelationalRNN(sizes.inputs, sizes.hidden, sizes.outputs, rng=0)
    of_lstm = lstm_products(sizes)
    theirs = torch_step(sizes)
    spans = turns(
        [
            lambda: train_step(lstm, inputs, classes, RATE, CLIP),
            theirs,
            floor(of_lstm),
            lambda: train_step(relational, inputs, classes, RATE, CLIP),
            floor([*of_lstm, *memory_products(sizes)]),
        ],
        repeats,
    )
    for name, own, peer, least in (
        ("LSTM", spans[0], spans[1], spans[2]),
        ("RelationalRNN", spans[3], [], spans[4]),
    ):
        report.add(
            step=f"{name}{sizes}",
            ms=float(np.median(own)),
            ms_min=min(own),
            torch_ms=float(np.median(peer)) if peer else None,
            by_torch=float(np.median(own) / np.median(peer)) if peer else None,
            by_torch_min=min(own) / min(peer) if peer else None,
            products_ms=float(np.median(least)),
            by_products_min=min(own) / min(least),
        )
    if theirs is None:
        report.note("torch is not installed: its columns are left out")


def main() -> None:
    arguments = options(__doc__).parse_args()
    report = Report("a training step, float64")
    for sizes in (TINY,) if arguments.smoke else (ROWS_OF_IMAGES, DIGITS):
        compare(report, sizes, 2 if arguments.smoke else 41)
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        report.note("OPENBLAS_NUM_THREADS was not 1: NumPy may have used more threads than torch")
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
