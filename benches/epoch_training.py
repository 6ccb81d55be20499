"""What train_one_epoch costs beside the same loop without measuring.

    OMP_NUM_THREADS=1 python benches/epoch_training.py [--device cuda]

The plain loop zeroes gradients, computes cross entropy, goes back, and steps; it measures nothing,
and so reads nothing from the device. `usual` is that loop as it is written by hand to know the
same things: `.item()` for each loss and each parameter's norm, predictions kept and put together
at the end. All train copies of one model on the same batches, in turns; `min` is the least of all
rounds, for each way, and says what the code needs; the median of the rounds' ratios is what one
gets. On the CPU it is processor time of the process, which a busy machine stretches less.
"""

import copy
import gc
import math
from collections.abc import Callable
from time import perf_counter_ns, process_time_ns
from typing import Any

import numpy as np
import torch
from torch import nn

from report import Report, options
from tachograph.monitor import train_one_epoch

Batches = list[tuple[Any, Any]]
Way = Callable[[Any, Batches, Any, Any], object]

# Name, inputs, hidden units, layers, classes, samples a batch.
MODELS = [
    ("tiny", 20, 64, 2, 2, 32),
    ("small", 64, 256, 3, 10, 128),
    ("deep", 64, 128, 20, 10, 128),
]


def network(n_inputs: int, n_hidden: int, n_layers: int, n_classes: int) -> Any:
    layers: list[Any] = []
    for index in range(n_layers):
        layers += [nn.Linear(n_hidden if index else n_inputs, n_hidden), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(n_hidden, n_classes))


def plain(model: Any, batches: Batches, optimizer: Any, device: Any) -> None:
    model.train()
    for inputs, labels in batches:
        inputs, labels = inputs.to(device), labels.to(device)  # noqa: PLW2901
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()


def usual(model: Any, batches: Batches, optimizer: Any, device: Any) -> dict[str, Any]:
    model.train()
    losses, norms, predictions, truth, confidence = [], [], [], [], []
    for inputs, labels in batches:
        inputs, labels = inputs.to(device), labels.to(device)  # noqa: PLW2901
        optimizer.zero_grad(set_to_none=True)
        logits = model(inputs)
        loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        total = 0.0
        for parameter in model.parameters():
            total += parameter.grad.norm().item() ** 2
        norms.append(math.sqrt(total))
        optimizer.step()
        losses.append(loss.item())
        probabilities = logits.detach().softmax(1)
        confidence.append(probabilities.amax(1).cpu().numpy())
        predictions.append(probabilities.argmax(1).cpu().numpy())
        truth.append(labels.cpu().numpy())
    return {
        "loss": np.mean(losses),
        "grad_norm_mean": np.mean(norms),
        "confidence_mean": np.concatenate(confidence).mean(),
        "acc": (np.concatenate(predictions) == np.concatenate(truth)).mean(),
    }


WAYS: dict[str, Way] = {"plain": plain, "usual": usual, "train_one_epoch": train_one_epoch}


def milliseconds(way: Way, model: Any, batches: Batches, device: Any) -> float:
    twin = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(twin.parameters(), lr=1e-3)
    way(twin, batches[:2], optimizer, device)  # the optimizer's state is made
    gc.collect()
    clock = process_time_ns if device.type == "cpu" else perf_counter_ns
    wait(device)
    begin = clock()
    way(twin, batches, optimizer, device)
    wait(device)
    return (clock() - begin) / 1e6 / len(batches)


def wait(device: Any) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=60, help="epochs of each way")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    n_batches, n_rounds = (3, 2) if arguments.smoke else (50, arguments.rounds)
    torch.manual_seed(0)
    report = Report(f"an epoch of {n_batches} batches on {device}")
    for name, n_inputs, n_hidden, n_layers, n_classes, n_samples in MODELS:
        model = network(n_inputs, n_hidden, n_layers, n_classes).to(device)
        batches = [
            (torch.randn(n_samples, n_inputs), torch.randint(0, n_classes, (n_samples,)))
            for _ in range(n_batches)
        ]
        spans: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(n_rounds):
            for label, way in WAYS.items():
                spans[label].append(milliseconds(way, model, batches, device))
        for label, found in spans.items():
            report.add(
                model=name,
                way=label,
                ms_a_step=min(found),
                ratio=min(found) / min(spans["plain"]),
                median_ratio=float(np.median(np.divide(found, spans["plain"]))),
            )
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
