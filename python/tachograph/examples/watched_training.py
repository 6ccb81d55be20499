"""A training that logs what a monitor would: norms, weights, classes, confidence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from tachograph.demo.data import N_CLASSES, Digits, Images, Labels
from tachograph.examples.layered_network import Floats, LayeredNetwork, norm
from tachograph.recorder import TrainingRecorder

__all__ = ["Training", "train"]

_MOMENTUM: Final = 0.9


def _as_it_is(images: Images, _step: int) -> Images:
    return images


def _nothing(_epoch: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Training:
    """How a network is trained.

    Attributes:
        network: What is trained; it is changed.
        data: With what.
        epochs: How many.
        rate: The learning rate of an epoch, from 0.
        batch_size: Images a step.
        clip: The largest gradient norm that a step follows; None for any.
        decay: The share of the weights, times the rate, that a step takes away.
        smoothing: How much of each label is given to all classes alike, from 0 to 1.
        class_weights: What a sample of each class counts [classes].
        seed: Of the order of the images.
        prepare: What becomes of a batch before its step.
        after_epoch: What else is done once an epoch.
    """

    network: LayeredNetwork
    data: Digits
    epochs: int = 10
    rate: Callable[[int], float] = lambda _epoch: 0.05
    batch_size: int = 32
    clip: float | None = None
    decay: float = 0.0
    smoothing: float = 0.0
    class_weights: Floats = field(default_factory=lambda: np.ones(N_CLASSES))
    seed: int = 0
    prepare: Callable[[Images, int], Images] = _as_it_is
    after_epoch: Callable[[int], None] = _nothing


def train(training: Training, recorder: TrainingRecorder) -> None:
    """Trains with momentum, and logs each step and epoch.

    Args:
        training: What is trained, and how.
        recorder: Where it is logged. A network that gives NaN is trained to the end.
    """
    network, data = training.network, training.data
    rng = np.random.default_rng(training.seed)
    speeds = [np.zeros_like(one) for one in network.parameters]
    n_batches = math.ceil(len(data.train_labels) / training.batch_size)
    step = 0
    with np.errstate(all="ignore"):  # which the findings tell of
        for epoch in range(training.epochs):
            before = [one.copy() for one in network.parameters]
            norms: list[float] = []
            for rows in np.array_split(rng.permutation(len(data.train_labels)), n_batches):
                images = training.prepare(data.train_images[rows], step)
                batch = (images, _aims(training, data.train_labels[rows]))
                row = _step(training, speeds, batch, training.rate(epoch))
                recorder.log_step(step, row)
                norms.append(row["grad_norm"])
                step += 1
            training.after_epoch(epoch)
            moved = norm([new - old for new, old in zip(network.parameters, before, strict=True)])
            of_norms = {**_of_norms(norms), "weight_change_l2": moved / norm(before)}
            _log_epoch(recorder, training, epoch, of_norms)


def _step(
    training: Training, speeds: list[Floats], batch: tuple[Images, Floats], rate: float
) -> dict[str, float]:
    """Takes a step; what there is to log of it."""
    network = training.network
    loss, gradients = network.gradients(*batch)
    size, before = norm(gradients), norm(network.parameters)
    clipped = 1.0 if training.clip is None else min(1.0, training.clip / max(size, 1e-12))
    for parameter, speed, gradient in zip(network.parameters, speeds, gradients, strict=True):
        change = rate * (clipped * gradient + training.decay * parameter)
        np.subtract(_MOMENTUM * speed, change, out=speed)
        np.add(parameter, speed, out=parameter)
    layers = {
        f"grad_norm/layer_{at}": norm(gradients[2 * at : 2 * at + 2])
        for at in range(len(network.weights))
    }
    return {
        "loss": loss,
        "grad_norm": size,
        "update_ratio": norm(speeds) / before,
        "lr": rate,
        **layers,
    }


def _aims(training: Training, labels: Labels) -> Floats:
    """What each class should be given [N, classes], times what the sample counts."""
    share = training.smoothing / N_CLASSES
    aims = np.full((len(labels), N_CLASSES), share)
    aims[np.arange(len(labels)), labels] += 1 - training.smoothing
    return aims * training.class_weights[labels][:, np.newaxis]


def _of_norms(norms: list[float]) -> dict[str, float]:
    return {
        "grad_norm_mean": float(np.mean(norms)),
        "grad_norm_std": float(np.std(norms)),
        "grad_norm_max": float(np.max(norms)),
    }


def _log_epoch(
    recorder: TrainingRecorder, training: Training, epoch: int, of_steps: dict[str, float]
) -> None:
    data = training.data
    train_loss, of_train = _judged(training, data.train_images, data.train_labels)
    val_loss, of_val = _judged(training, data.val_images, data.val_labels)
    recorder.log_epoch(
        epoch,
        train_loss,
        val_loss,
        {**of_train, **of_steps},
        of_val,
        learning_rate=training.rate(epoch),
    )


def _judged(training: Training, images: Images, labels: Labels) -> tuple[float, dict[str, Any]]:
    """The loss, and accuracy, confidence, recall and precision; NaN where nothing defines it."""
    given = training.network.predict(images)
    predicted, confidence = given.argmax(axis=1), given.max(axis=1)
    is_wrong = predicted != labels
    metrics: dict[str, Any] = {
        "acc": 1 - float(is_wrong.mean()),
        "confidence_mean": float(confidence.mean()),
        "confidence_wrong_mean": float(confidence[is_wrong].mean()) if is_wrong.any() else math.nan,
    }
    for label in range(N_CLASSES):
        hits = int(((predicted == label) & (labels == label)).sum())
        n_true, n_predicted = int((labels == label).sum()), int((predicted == label).sum())
        metrics[f"class_{label}_recall"] = hits / n_true if n_true else math.nan
        metrics[f"class_{label}_precision"] = hits / n_predicted if n_predicted else math.nan
    return training.network.loss(given, _aims(training, labels)), metrics
