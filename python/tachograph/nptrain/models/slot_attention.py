"""Attention of a memory's slots to each other, of all samples and heads at once, and its gradients.

The scores' divisor is taken into the weights of the queries.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tachograph.nptrain.real_arrays import Floats

__all__ = ["apart", "attend", "attend_back", "side_by_side"]


def side_by_side(parameters: Mapping[str, Floats], num_heads: int) -> Floats:
    """W_q / sqrt(d), W_k and W_v, [D, 3 D], for one product that gives all three."""
    queries = parameters["W_q"] / _root(len(parameters["W_q"]), num_heads)
    return np.concatenate([queries, parameters["W_k"], parameters["W_v"]], axis=1)


def apart(d_weights: Floats, num_heads: int) -> dict[str, Floats]:
    """Gradients by W_q, W_k and W_v, from that by what `side_by_side` gave."""
    d_queries, d_keys, d_values = np.split(d_weights, 3, axis=1)
    return {
        "W_q": d_queries / _root(len(d_weights), num_heads),
        "W_k": d_keys,
        "W_v": d_values,
    }


def attend(queries: Floats, keys: Floats, shares: Floats) -> None:
    """Writes ``softmax(queries keys^T)`` into the shares."""
    np.matmul(queries, keys.swapaxes(-1, -2), out=shares)
    shares -= np.maximum.reduce(shares, axis=-1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= np.add.reduce(shares, axis=-1, keepdims=True)


def attend_back(projected: Floats, shares: Floats, d_found: Floats) -> None:
    """Writes the derivatives by queries, keys and values over them."""
    queries, keys, values = projected.transpose(2, 0, 3, 1, 4)
    d_scores = np.matmul(d_found, values.swapaxes(-1, -2))
    d_scores *= shares
    d_scores -= shares * np.add.reduce(d_scores, axis=-1, keepdims=True)
    d_queries = np.matmul(d_scores, keys)
    keys[...] = np.matmul(d_scores.swapaxes(-1, -2), queries)
    queries[...] = d_queries
    values[...] = np.matmul(shares.swapaxes(-1, -2), d_found)


def _root(size: int, num_heads: int) -> float:
    """What scores are divided by: the square root of a head's width."""
    return math.sqrt(size // num_heads)
