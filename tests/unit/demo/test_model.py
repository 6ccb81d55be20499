"""The demo's model: its gradients against differences, its learning, its data."""

import numpy as np
import pytest

from tachograph.demo import data
from tachograph.demo.model import Momentum, Perceptron


@pytest.fixture(scope="module")
def digits():
    return data.load(0)


def test_gradients_agree_with_central_differences():
    rng = np.random.default_rng(0)
    model = Perceptron((6, 5, 4, 3), rng)
    images = rng.standard_normal((7, 6)).astype(np.float32)
    labels = rng.integers(0, 3, 7)
    model.train_batch(images, labels)
    gradients = model.gradients.astype(np.float64)

    def loss_at(place: int, shift: float) -> float:
        before = model.parameters[place]
        model.parameters[place] = before + shift
        loss = model.evaluate(images, labels).loss
        model.parameters[place] = before
        return loss

    shift = 1e-2
    differences = [
        (loss_at(place, shift) - loss_at(place, -shift)) / (2 * shift)
        for place in range(len(model.parameters))
    ]

    np.testing.assert_allclose(gradients, differences, atol=5e-3)


def test_reported_norm_is_that_of_the_gradients():
    rng = np.random.default_rng(0)
    model = Perceptron((6, 5, 3), rng)

    outcome = model.train_batch(np.ones((2, 6), np.float32), np.array([0, 1]))

    assert outcome.gradient_norm == pytest.approx(np.linalg.norm(model.gradients), rel=1e-6)


def test_schedule_falls_from_the_peak_to_almost_nothing():
    model = Perceptron((2, 2), np.random.default_rng(0))
    momentum = Momentum(model, n_steps=100, peak_rate=0.5, momentum=0.9, weight_decay=0.0)

    rates = [momentum.rate(step) for step in range(100)]

    assert rates[0] == 0.5
    assert rates[-1] < 0.001
    assert rates == sorted(rates, reverse=True)


def test_split_is_stratified_and_seeded(digits):
    again, other = data.load(0), data.load(1)

    assert len(digits.train_labels) + len(digits.val_labels) == 1797
    np.testing.assert_array_equal(digits.val_images, again.val_images)
    assert not np.array_equal(digits.val_labels, other.val_labels)
    shares = np.bincount(digits.val_labels) / np.bincount(
        np.concatenate([digits.train_labels, digits.val_labels])
    )
    np.testing.assert_allclose(shares, 0.2, atol=0.003)


def test_pixels_are_scaled(digits):
    assert digits.train_images.min() == 0.0
    assert digits.train_images.max() == 1.0
    assert digits.train_images.dtype == np.float32
