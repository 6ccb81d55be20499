"""First values of weights."""

from __future__ import annotations

import math

import numpy as np

from tachograph.nptrain.real_arrays import Floats

__all__ = ["glorot_uniform", "identity_rows", "orthogonal"]


def glorot_uniform(rng: np.random.Generator, n_out: int, n_in: int) -> Floats:
    """Weights [n_out, n_in], uniform within ``sqrt(6 / (n_in + n_out))`` of zero.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks"
    (2010), equation 16.
    """
    limit = math.sqrt(6.0 / (n_in + n_out))
    return rng.uniform(-limit, limit, (n_out, n_in))


def orthogonal(rng: np.random.Generator, size: int) -> Floats:
    """An orthogonal matrix [size, size], from the singular vectors of a Gaussian one.

    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks" (2014): what it is multiplied with keeps its length through time.
    """
    left, _, right = np.linalg.svd(rng.standard_normal((size, size)))
    return np.asarray(left @ right)


def identity_rows(n_rows: int, size: int) -> Floats:
    """Rows [n_rows, size] of the identity, no two alike.

    Where there are more rows than `size`, they begin again with halves, then thirds.
    """
    rows = np.arange(n_rows)
    first = np.zeros((n_rows, size))
    first[rows, rows % size] = 1.0 / (1 + rows // size)
    return first
