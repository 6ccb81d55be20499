"""Trainings on the digits, one that is well and others made ill on purpose, each in its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tachograph.demo.data import N_CLASSES, N_PIXELS, Digits, Images
from tachograph.examples.layered_network import Activation, LayeredNetwork
from tachograph.examples.watched_training import Training

__all__ = ["FAILURES", "Failure", "healthy"]

_MIB: Final = 2**20
_LEAK_MIB: Final = 24
_SHOCK_STEP: Final = 150
_WRONG: Final = 0.3
_N_RARE: Final = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """A way of failing.

    Attributes:
        what: What is done wrong, in words.
        code: The finding that tells it.
        make: The training, of the digits and a seed.
        with_it: What else it may bring about.
    """

    what: str
    code: str
    make: Callable[[Digits, int], Training]
    with_it: frozenset[str] = frozenset()


def healthy(digits: Digits, seed: int, *, activation: Activation = "relu") -> Training:
    """A training that is well: nothing is found in it that need be looked at."""
    network = LayeredNetwork((N_PIXELS, 32, N_CLASSES), seed, activation=activation)
    return Training(network, digits, seed=seed, decay=1e-3)


def _exploding(digits: Digits, seed: int) -> Training:
    network = LayeredNetwork((N_PIXELS, 32, 32, 32, N_CLASSES), seed)
    for weights in network.weights:
        np.multiply(weights, 4, out=weights)
    return Training(network, digits, seed=seed, epochs=4, rate=lambda _epoch: 0.5)


def _vanishing(digits: Digits, seed: int) -> Training:
    sizes = (N_PIXELS, 32, 32, 32, 32, N_CLASSES)
    network = LayeredNetwork(sizes, seed, activation="sigmoid", output="sigmoid")
    network.biases[-1] -= 30
    return Training(network, digits, seed=seed, epochs=3)


def _dead_layer(digits: Digits, seed: int) -> Training:
    network = LayeredNetwork((N_PIXELS, 32, 32, N_CLASSES), seed)
    network.biases[1] -= 1000
    return Training(network, digits, seed=seed, epochs=3)


def _frozen(digits: Digits, seed: int) -> Training:
    network = LayeredNetwork((N_PIXELS, 32, N_CLASSES), seed)
    return Training(network, digits, seed=seed, epochs=4, rate=lambda _epoch: 1e-9)


def _not_a_number(digits: Digits, seed: int) -> Training:
    def logarithm_of_nothing(images: Images, step: int) -> Images:
        return images if step != _SHOCK_STEP else np.log(images)

    return replace(healthy(digits, seed), epochs=4, prepare=logarithm_of_nothing)


def _diverging(digits: Digits, seed: int) -> Training:
    return replace(healthy(digits, seed), epochs=8, rate=_changing(0.05, 3.0, at=4))


def _shaken(digits: Digits, seed: int) -> Training:
    def inverted(images: Images, step: int) -> Images:
        return 255 - 255 * images if step == _SHOCK_STEP else images

    return replace(healthy(digits, seed), clip=1.0, prepare=inverted)


def _turned_round(digits: Digits, seed: int) -> Training:
    def negative(images: Images, step: int) -> Images:
        return np.float32(-20) * images if step == _SHOCK_STEP else images

    return replace(healthy(digits, seed), clip=1.0, prepare=negative)


def _thrown_about(digits: Digits, seed: int) -> Training:
    return replace(healthy(digits, seed), epochs=5, clip=1.0, decay=0.1, rate=lambda _epoch: 1.0)


def _level(digits: Digits, seed: int) -> Training:
    few = _part(digits, 400)
    training = healthy(few, seed)
    return replace(training, epochs=40, rate=_changing(0.01, 1e-7, at=8))


def _overfitting(digits: Digits, seed: int) -> Training:
    few = _with_wrong_labels(_part(digits, 60), seed)
    network = LayeredNetwork((N_PIXELS, 128, N_CLASSES), seed)
    return Training(network, few, seed=seed, epochs=60)


def _overconfident(digits: Digits, seed: int) -> Training:
    not_scaled = replace(digits, val_images=digits.val_images * np.float32(16))
    return healthy(not_scaled, seed)


def _underconfident(digits: Digits, seed: int) -> Training:
    return replace(healthy(digits, seed), smoothing=0.96)


def _dominated(digits: Digits, seed: int) -> Training:
    rare = np.isin(digits.train_labels, (8, 9))
    kept = np.flatnonzero(~rare | (np.cumsum(rare) <= _N_RARE))
    images, labels = digits.train_images[kept], digits.train_labels[kept]
    few = replace(digits, train_images=images, train_labels=labels)
    return replace(healthy(few, seed), epochs=6)


def _lopsided(digits: Digits, seed: int) -> Training:
    weights = np.ones(N_CLASSES)
    weights[8] = 200.0
    training = healthy(digits, seed)
    return replace(training, class_weights=weights, clip=1.0, rate=lambda _epoch: 0.003)


def _leaking(digits: Digits, seed: int) -> Training:
    kept: list[bytes] = []

    def keep(_epoch: int) -> None:
        kept.append(b"\1" * (_LEAK_MIB * _MIB))

    return replace(healthy(digits, seed), epochs=12, after_epoch=keep)


def _changing(before: float, after: float, *, at: int) -> Callable[[int], float]:
    """A learning rate that changes at an epoch."""
    return lambda epoch: before if epoch < at else after


def _part(digits: Digits, n_images: int) -> Digits:
    """The first images of the training alone."""
    images, labels = digits.train_images[:n_images], digits.train_labels[:n_images]
    return replace(digits, train_images=images, train_labels=labels)


def _with_wrong_labels(digits: Digits, seed: int) -> Digits:
    """Some labels of the training are drawn by lot."""
    rng = np.random.default_rng(seed)
    labels = digits.train_labels.copy()
    drawn = rng.random(len(labels)) < _WRONG
    labels[drawn] = rng.integers(0, N_CLASSES, drawn.sum())
    return replace(digits, train_labels=labels)


_CLASSES: Final = frozenset({"class_dominance", "precision_recall_gap"})
_STANDSTILL: Final = _CLASSES | {"dead_layer", "weights_frozen", "plateau", "underconfident"}
_LEAPS: Final = frozenset({"gradient_spike", "loss_spike", "divergence", "weights_erratic"})

FAILURES: Final = (
    Failure(
        "weights too large, rate too high, no clipping",
        "exploding_gradients",
        _exploding,
        _STANDSTILL | _LEAPS,
    ),
    Failure("sigmoids that are saturated", "vanishing_gradients", _vanishing, _STANDSTILL),
    Failure("ReLUs that never open", "dead_layer", _dead_layer, _STANDSTILL),
    Failure("a learning rate of 1e-9", "weights_frozen", _frozen, _STANDSTILL),
    Failure("the logarithm of a black pixel", "not_finite", _not_a_number, _CLASSES),
    Failure("a learning rate that leaps", "divergence", _diverging, _STANDSTILL | _LEAPS),
    Failure(
        "one batch inverted, in other units", "gradient_spike", _shaken, frozenset({"loss_spike"})
    ),
    Failure(
        "one batch turned into its negative",
        "loss_spike",
        _turned_round,
        frozenset({"gradient_spike"}),
    ),
    Failure("a high rate that clipping hides", "weights_erratic", _thrown_about, _LEAPS | _CLASSES),
    Failure("a rate that falls too early", "plateau", _level, _CLASSES),
    Failure("60 images, some labels wrong, a large network", "overfitting", _overfitting, _CLASSES),
    Failure(
        "validation images that are not scaled",
        "overconfident",
        _overconfident,
        frozenset({"overfitting"}),
    ),
    Failure("labels smoothed away", "underconfident", _underconfident, _CLASSES),
    Failure("two classes that are rare", "class_dominance", _dominated, _CLASSES),
    Failure("a class that counts 200 times", "precision_recall_gap", _lopsided, _CLASSES),
    Failure("a list that grows", "memory_growth", _leaking),
)
