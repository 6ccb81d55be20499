"""Scaled dot-product attention, of one head and of several.

Vaswani et al., "Attention is all you need" (2017), section 3.2.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tachograph.analysis.arrays import whole_number
from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain.losses import softmax
from tachograph.nptrain.models.parameter_checks import model_size
from tachograph.nptrain.real_arrays import Floats, as_float64, real_array

__all__ = [
    "create_causal_mask",
    "divisible_heads",
    "multi_head_attention",
    "scaled_dot_product_attention",
]

_N_AXES = 3  # samples, positions, features
_LARGEST = np.finfo(np.float64).max


def scaled_dot_product_attention(Q: Any, K: Any, V: Any, mask: Any = None) -> tuple[Floats, Floats]:
    """``softmax(Q K^T / sqrt(d) + mask) V``.

    Args:
        Q: Queries [..., n, d].
        K: Keys [..., m, d].
        V: Values [..., m, e].
        mask: Floats that are added to the scores [..., n, m], with as many dimensions or fewer: 0
            where a query may look, -inf where not; or None. Masks of booleans or integers are
            refused: some programs mean by True what may be seen, others what may not.

    Returns:
        What each query found, [..., n, e], and the weights it gave to the keys, [..., n, m].

    Raises:
        InvalidArgumentError: Shapes that do not fit each other, a mask that is not of floats, one
            that holds NaN or +inf, or one that leaves a query no key at all.
    """
    queries, keys, values = _floats(Q, "Q"), _floats(K, "K"), _floats(V, "V")
    _check_shapes(queries, keys, values)
    with np.errstate(all="ignore"):
        scores = np.matmul(queries, keys.swapaxes(-1, -2) / math.sqrt(queries.shape[-1]))
        weights = softmax(_masked(scores, mask))
        return np.matmul(weights, values), weights


def multi_head_attention(
    Q: Any,
    K: Any,
    V: Any,
    *,
    num_heads: int,
    W_q: Any,
    W_k: Any,
    W_v: Any,
    W_o: Any,
    mask: Any = None,
) -> tuple[Floats, Floats]:
    """Attention of several heads, each with its part of the features: ``concat(heads) W_o``.

    Args:
        Q: What asks, [B, n, D].
        K: What is looked at, [B, m, D].
        V: What is found there, [B, m, D].
        num_heads: Heads, of D / num_heads features each.
        W_q: Of the queries, ``Q W_q``, [D, D].
        W_k: Of the keys.
        W_v: Of the values.
        W_o: Of the output.
        mask: As for `scaled_dot_product_attention`: [n, m] for all samples, [B, n, m] for all
            heads, or [B, num_heads, n, m].

    Returns:
        The output [B, n, D] and the weights [B, num_heads, n, m].

    Raises:
        ArgumentTypeError: `num_heads` is no integer.
        InvalidArgumentError: D is no multiple of it, shapes that do not fit each other, or a mask
            that is not of floats or leaves a query no key at all.
    """
    inputs = [_floats(array, name) for array, name in ((Q, "Q"), (K, "K"), (V, "V"))]
    size = inputs[0].shape[-1] if inputs[0].ndim else 0
    for array, name in zip(inputs, "QKV", strict=True):
        if array.ndim != _N_AXES or array.shape[-1] != size:
            _refuse(name, f"the shape (samples, positions, {size or 'features'})", array)
    _check_shapes(*inputs)
    num_heads = divisible_heads(num_heads, size, "the features of Q")
    weights = [
        _square(array, name, size)
        for array, name in ((W_q, "W_q"), (W_k, "W_k"), (W_v, "W_v"), (W_o, "W_o"))
    ]
    with np.errstate(all="ignore"):
        queries, keys, values = (
            _split(array @ weight, num_heads)
            for array, weight in zip(inputs, weights[:-1], strict=True)
        )
        found, shares = scaled_dot_product_attention(
            queries, keys, values, _over_heads(mask, len(inputs[0]))
        )
        together = found.transpose(0, 2, 1, 3).reshape(inputs[0].shape)
        return together @ weights[-1], shares


def create_causal_mask(seq_len: int) -> Floats:
    """A mask [seq_len, seq_len] under which each position sees itself and those before it.

    Args:
        seq_len: Positions.

    Returns:
        0 on the diagonal and below it, -inf above.

    Raises:
        ArgumentTypeError: `seq_len` is no integer.
        InvalidArgumentError: It is below 1 or beyond 2^20.

    Example:
        >>> create_causal_mask(2)
        array([[  0., -inf],
               [  0.,   0.]])
    """
    seq_len = model_size(seq_len, "seq_len")
    mask = np.zeros((seq_len, seq_len))
    mask[np.triu_indices(seq_len, 1)] = -np.inf
    return mask


def divisible_heads(num_heads: Any, width: int, what: str) -> int:
    """The number of heads.

    Raises:
        ArgumentTypeError: It is no integer.
        InvalidArgumentError: It is below 1, or `width` is no multiple of it.
    """
    heads = whole_number(num_heads, "num_heads", at_least=1)
    if width % heads:
        message = f"num_heads must divide {what}, which are {width}; it is {heads}"
        raise InvalidArgumentError(message, argument="num_heads")
    return heads


def _check_shapes(queries: Floats, keys: Floats, values: Floats) -> None:
    """Refuses arrays whose products would broadcast, or fail."""
    for array, name in ((queries, "Q"), (keys, "K"), (values, "V")):
        if array.ndim < 2 or not array.size:  # noqa: PLR2004 -- positions, features
            _refuse(name, "positions and features along its last two axes", array)
    before = queries.shape[:-2]
    if keys.shape[:-2] != before or keys.shape[-1] != queries.shape[-1]:
        expected = ", ".join(map(str, (*before, "positions", queries.shape[-1])))
        _refuse("K", f"the shape ({expected}), to go with Q", keys)
    if values.shape[:-1] != keys.shape[:-1]:
        expected = ", ".join(map(str, (*keys.shape[:-1], "features")))
        _refuse("V", f"the shape ({expected}), to go with K", values)


def _masked(scores: Floats, mask: Any) -> Floats:
    """Scores with the mask added; only it takes a key away, never a score beyond float64."""
    if mask is None:
        return np.clip(scores, -_LARGEST, _LARGEST)
    array = _added(mask)
    try:
        np.broadcast_to(array, scores.shape)
    except ValueError:
        _refuse("mask", f"a shape that fits the scores' {scores.shape}", array)
    if np.isnan(array).any() or (array == np.inf).any():
        message = "mask must hold 0 or -inf, or other numbers to add to scores; it has NaN or +inf"
        raise InvalidArgumentError(message, argument="mask")
    hidden = array == -np.inf
    if np.atleast_1d(hidden).all(axis=-1).any():
        message = "mask must leave each query one key at least; a row of it is all -inf"
        raise InvalidArgumentError(message, argument="mask")
    return np.where(hidden, -np.inf, np.clip(scores + array, -_LARGEST, _LARGEST))


def _over_heads(mask: Any, n_samples: int) -> Any:
    """A mask a sample, [B, n, m], as one for all its heads, [B, 1, n, m]."""
    if mask is None:
        return None
    array = _added(mask)
    if array.ndim != _N_AXES:
        return array
    if array.shape[0] not in {1, n_samples}:
        _refuse("mask", f"1 or {n_samples} samples along the first of its three axes", array)
    return array[:, np.newaxis]


def _added(mask: Any) -> Floats:
    """A mask to add to scores.

    Raises:
        InvalidArgumentError: It is not of floats, without which nothing can be hidden.
    """
    array = real_array(mask, "mask")
    if array.dtype.kind != "f":
        message = (
            "mask must be of floats, 0 where a query may look and -inf where not, as "
            f"np.where(visible, 0.0, -np.inf) makes it; it is of {array.dtype}"
        )
        raise InvalidArgumentError(message, argument="mask")
    return as_float64(array)


def _split(array: Floats, num_heads: int) -> Floats:
    """[B, n, D] as [B, heads, n, D / heads]."""
    n_samples, n_positions, size = array.shape
    return array.reshape(n_samples, n_positions, num_heads, size // num_heads).swapaxes(1, 2)


def _square(weight: Any, name: str, size: int) -> Floats:
    array = _floats(weight, name)
    if array.shape != (size, size):
        _refuse(name, f"the shape ({size}, {size})", array)
    return array


def _floats(values: Any, argument: str) -> Floats:
    return as_float64(real_array(values, argument))


def _refuse(argument: str, expected: str, array: Floats) -> None:
    message = f"{argument} must have {expected}; its shape is {array.shape}"
    raise InvalidArgumentError(message, argument=argument)
