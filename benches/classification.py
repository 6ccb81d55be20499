"""What an epoch's classification metrics cost, beside torchmetrics and predictions kept for later.

    OMP_NUM_THREADS=1 python benches/classification.py

Each way takes the same batches of logits and labels, and tells the confusion matrix, accuracy and
recall of the classes, the calibration error, and the confidences' mean and spread. `torchmetrics`
is a collection of its metrics that share their states where they can; `kept` keeps predictions and
confidences of each batch, and calls scikit-learn and NumPy at the end, as is written by hand. The
least of all rounds.
"""

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

import numpy as np
import sklearn.metrics
import torch
import torchmetrics
from torchmetrics import classification

from report import Report, options
from tachograph.monitor import ClassificationMetrics

Batch = tuple[Any, Any]
Update = Callable[[Any, Any], object]
Compute = Callable[[], object]

# Samples a batch, classes.
SHAPES = [(32, 2), (128, 10), (1024, 10), (128, 1000)]


def ours(n_classes: int) -> tuple[Update, Compute]:
    metrics = ClassificationMetrics(n_classes, split="val")
    return metrics.update, metrics.compute


def by_torchmetrics(n_classes: int) -> tuple[Update, Compute]:
    collection = torchmetrics.MetricCollection(
        {
            "confusion_matrix": classification.MulticlassConfusionMatrix(n_classes),
            "acc": classification.MulticlassAccuracy(n_classes, average="micro"),
            "recall": classification.MulticlassRecall(n_classes, average="none"),
            "calibration_error": classification.MulticlassCalibrationError(n_classes),
        }
    )
    mean, spread = torchmetrics.MeanMetric(), torchmetrics.MeanMetric()

    def update(logits: Any, labels: Any) -> None:
        collection.update(logits, labels)
        confidence = logits.softmax(1).amax(1)
        mean.update(confidence)
        spread.update(confidence.square())

    return update, lambda: (collection.compute(), mean.compute(), spread.compute())


def kept(n_classes: int) -> tuple[Update, Compute]:
    predictions: list[Any] = []
    confidences: list[Any] = []
    truth: list[Any] = []

    def update(logits: Any, labels: Any) -> None:
        confidence, predicted = logits.softmax(1).max(1)
        predictions.append(predicted.numpy())
        confidences.append(confidence.numpy())
        truth.append(labels.numpy())

    def compute() -> object:
        labels, predicted = np.concatenate(truth), np.concatenate(predictions)
        confidence = np.concatenate(confidences)
        matrix = sklearn.metrics.confusion_matrix(labels, predicted, labels=range(n_classes))
        bins = np.clip(np.ceil(confidence * 15) - 1, 0, 14).astype(int)
        right = np.bincount(bins, predicted == labels, 15)
        gap = np.abs(right - np.bincount(bins, confidence, 15)).sum() / len(labels)
        recall = np.diagonal(matrix) / np.maximum(matrix.sum(1), 1)
        return matrix, recall, gap, confidence.mean(), confidence.std()

    return update, compute


WAYS = {"tachograph": ours, "torchmetrics": by_torchmetrics, "kept": kept}


def microseconds(way: Callable[[int], tuple[Update, Compute]], n: int, batches: list[Batch]) -> Any:
    update, compute = way(n)
    begin = perf_counter_ns()
    for logits, labels in batches:
        update(logits, labels)
    updated = perf_counter_ns()
    compute()
    return (updated - begin) / 1e3 / len(batches), (perf_counter_ns() - updated) / 1e3


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    n_batches, n_rounds = (5, 2) if arguments.smoke else (200, arguments.rounds)
    generator = torch.Generator().manual_seed(0)
    report = Report(f"{n_batches} batches on the CPU, and then a reading")
    for n_samples, n_classes in SHAPES:
        batches = [
            (
                torch.randn(n_samples, n_classes, generator=generator),
                torch.randint(0, n_classes, (n_samples,), generator=generator),
            )
            for _ in range(n_batches)
        ]
        least: dict[str, Any] = {}
        for _ in range(n_rounds):
            for label, way in WAYS.items():
                found = microseconds(way, n_classes, batches)
                least[label] = np.minimum(least.get(label, np.inf), found)
        for label, (each, reading) in least.items():
            whole = each * n_batches + reading
            report.add(
                batch=f"{n_samples} x {n_classes}",
                way=label,
                us_a_batch=float(each),
                us_reading=float(reading),
                ratio=float(whole / (least["tachograph"] @ [n_batches, 1])),
            )
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
