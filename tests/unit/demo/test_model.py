"""The demo's model: its gradients against differences, its learning, its data."""

import numpy as np
import pytest

from tachograph.demo import data
from tachograph.demo.model import Perceptron
from tachograph.nptrain import compute_numerical_gradient, cross_entropy_loss, train_step


@pytest.fixture(scope="module")
def digits():
    return data.load(0)


def test_gradients_agree_with_central_differences():
    rng = np.random.default_rng(0)
    model = Perceptron((6, 5, 4, 3), rng)
    images = rng.standard_normal((7, 6)).astype(np.float32)
    labels = rng.integers(0, 3, 7)

    _, _, grads = model.loss_and_grads(images, labels, "classification")
    (exact,) = (grad.copy() for grad in grads.values())
    (differences,) = compute_numerical_gradient(
        model, images, labels, cross_entropy_loss, 1e-2
    ).values()

    np.testing.assert_allclose(exact, differences, atol=5e-3)


def test_a_training_step_of_the_toolkit_moves_it():
    rng = np.random.default_rng(0)
    model = Perceptron((6, 5, 3), rng)
    images = rng.standard_normal((8, 6)).astype(np.float32)
    labels = rng.integers(0, 3, 8)

    losses = [train_step(model, images, labels, 0.1)[0] for _ in range(50)]

    assert losses[-1] < 0.5 * losses[0]
    (parameters,) = model.get_params().values()
    assert parameters.dtype == np.float32


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
