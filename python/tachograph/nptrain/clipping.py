"""Gradients kept within a global norm."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tachograph.exceptions import InvalidArgumentError, NonFiniteGradientError
from tachograph.nptrain.model_protocol import float_copy
from tachograph.nptrain.real_arrays import named_arrays, single_number

__all__ = ["clip_gradients", "global_norm", "norm_bound"]

Scale: TypeAlias = float | np.floating[Any]

# A sum of squares between these has lost nothing to overflow or underflow, by the type of its
# elements; those of other types are summed in float64.
_SOUND_SUMS = {"d": (1e-280, 1e300), "f": (1e-15, 1e30)}


def clip_gradients(
    grads: Mapping[str, Any], max_norm: float = 5.0
) -> tuple[dict[str, NDArray[Any]], float]:
    """Scales all gradients by one factor where their global norm is too large.

    ``g * min(1, max_norm / norm)``, after Pascanu et al., "On the difficulty of training recurrent
    neural networks" (2013); without overflow, whatever the elements are.

    Args:
        grads: Arrays by name.
        max_norm: The largest norm to leave, above 0; inf leaves all.

    Returns:
        New arrays (those of floats in their own type, others in float64), and the global norm
        before clipping: the root of the sum of all squares; inf where that is beyond float64.

    Raises:
        NonFiniteGradientError: A gradient holds NaN or an infinity; the message names it.
        ArgumentTypeError: `grads` is no mapping, or `max_norm` no number.
        InvalidArgumentError: `max_norm` is not above 0, or a gradient is no array of real numbers.

    Example:
        >>> clip_gradients({"w": [3.0, 4.0]}, max_norm=1.0)
        ({'w': array([0.6, 0.8])}, 5.0)
    """
    max_norm = norm_bound(max_norm, "max_norm")
    arrays = named_arrays(grads, "grads")
    scale, scaled_norm = _scale_and_norm(arrays)
    norm = _product(scale, scaled_norm)
    if norm <= max_norm:
        return {name: float_copy(array) for name, array in arrays.items()}, norm
    factor = max_norm / scaled_norm
    return {name: _scaled(array, scale, factor) for name, array in arrays.items()}, norm


def norm_bound(value: Any, argument: str) -> float:
    """A bound of a norm: above 0; inf is none.

    Raises:
        ArgumentTypeError: It is no number.
        InvalidArgumentError: It is not above 0.
    """
    bound = single_number(value, argument)
    if not bound > 0:
        raise InvalidArgumentError(f"{argument} must be above 0, not {bound:g}", argument=argument)
    return bound


def global_norm(grads: Mapping[str, NDArray[Any]]) -> float:
    """The root of the sum of the squares of all elements; inf where that is beyond float64.

    Raises:
        NonFiniteGradientError: A gradient holds NaN or an infinity; the message names it.
    """
    return _product(*_scale_and_norm(grads))


def _scale_and_norm(grads: Mapping[str, NDArray[Any]]) -> tuple[Scale, float]:
    """A scale, and the norm of the gradients divided by it; the scale is 1 as a rule."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        total = sum(map(_sum_of_squares, grads.values()))
    if math.isfinite(total):
        return 1.0, math.sqrt(total)
    _refuse_non_finite(grads)
    flat = [array.astype(_wide(array), copy=False).ravel() for array in grads.values()]
    scale: Scale = max((np.abs(array).max() for array in flat if array.size), default=0.0)
    if not scale:
        return 1.0, 0.0
    with np.errstate(under="ignore"):
        squares = (np.square(array / scale).sum() for array in flat)
        return scale, math.sqrt(math.fsum(map(float, squares)))


def _product(scale: Scale, norm: float) -> float:
    """The norm; inf where a scale of longdoubles carries it beyond float64."""
    with np.errstate(over="ignore", under="ignore"):
        return float(scale * norm)


def _wide(array: NDArray[Any]) -> Any:
    """The type to take an array's largest element in: no narrower than float64, nor than its."""
    return np.promote_types(array.dtype, np.float64)


def _sum_of_squares(array: NDArray[Any]) -> float:
    """The sum, or NaN where too much of it would be lost."""
    sound = _SOUND_SUMS.get(array.dtype.char)
    if sound is not None:
        flat = array.reshape(-1)
        total = float(flat @ flat)
        if sound[0] < total < sound[1]:
            return total
    if array.dtype.char != "d":
        return _sum_of_squares(array.astype(np.float64))
    return math.nan if array.any() else 0.0


def _refuse_non_finite(grads: Mapping[str, NDArray[Any]]) -> None:
    for name, array in grads.items():
        wrong = int(np.count_nonzero(~np.isfinite(array)))
        if wrong:
            message = (
                f"the gradient of {name!r} holds {wrong} of {array.size} values that are NaN or "
                "infinite: the training has diverged, or its data hold such values"
            )
            raise NonFiniteGradientError(message, parameter=name)


def _scaled(array: NDArray[Any], scale: Scale, factor: float) -> NDArray[Any]:
    """``array / scale * factor``, in the array's type if that is one of floats."""
    kind: Any = array.dtype if array.dtype.kind == "f" else np.float64
    with np.errstate(under="ignore"):
        if scale == 1.0:
            return np.asarray(array * factor, dtype=kind)
        return np.asarray(array.astype(_wide(array)) / scale * factor, dtype=kind)
