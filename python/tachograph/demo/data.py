"""The demo's data: 1,797 handwritten digits of 8 x 8 pixels, bundled with scikit-learn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tachograph._optional import require

N_PIXELS = 64
N_CLASSES = 10
_BRIGHTEST_PIXEL = 16.0

Images = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Digits:
    """Images, each a row of 64 pixels in 0..1, and their labels, split once into two parts."""

    train_images: Images
    train_labels: Labels
    val_images: Images
    val_labels: Labels


def load(seed: int, *, val_fraction: float = 0.2) -> Digits:
    """The digits, split so that each class has the same share in both parts.

    Args:
        seed: Of the split; the same seed gives the same split.
        val_fraction: Share of each class that is held back for validation.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    images, labels = require("sklearn.datasets", "demo").load_digits(return_X_y=True)
    pixels = np.ascontiguousarray(images / _BRIGHTEST_PIXEL, dtype=np.float32)
    targets = np.ascontiguousarray(labels, dtype=np.int64)
    in_val = _stratified(targets, val_fraction, np.random.default_rng(seed))
    return Digits(pixels[~in_val], targets[~in_val], pixels[in_val], targets[in_val])


def _stratified(labels: Labels, fraction: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Marks `fraction` of the rows of each class, chosen at random."""
    chosen = np.zeros(len(labels), dtype=np.bool_)
    for label in range(N_CLASSES):
        rows = np.flatnonzero(labels == label)
        chosen[rng.permutation(rows)[: round(len(rows) * fraction)]] = True
    return chosen
