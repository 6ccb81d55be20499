"""Gradients kept within a global norm."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError, NonFiniteGradientError
from tachograph.nptrain.model_protocol import float_copy
from tachograph.nptrain.real_arrays import real_array

__all__ = ["clip_gradients", "global_norm"]

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
        InvalidArgumentError: `max_norm` is not above 0, or a gradient is no array of real numbers.

    Example:
        >>> clip_gradients({"w": [3.0, 4.0]}, max_norm=1.0)
        ({'w': array([0.6, 0.8])}, 5.0)
    """
    if isinstance(max_norm, bool) or not isinstance(
        max_norm, int | float | np.integer | np.floating
    ):
        message = f"max_norm must be a float, not {type(max_norm).__name__}"
        raise ArgumentTypeError(message, argument="max_norm")
    if not max_norm > 0:
        message = f"max_norm must be above 0, not {max_norm}"
        raise InvalidArgumentError(message, argument="max_norm")
    arrays = {name: real_array(value, f"grads[{name!r}]") for name, value in grads.items()}
    scale, scaled_norm = _scale_and_norm(arrays)
    norm = scale * scaled_norm
    if norm <= max_norm:
        return {name: float_copy(array) for name, array in arrays.items()}, norm
    factor = float(max_norm) / scaled_norm
    return {name: _scaled(array, scale, factor) for name, array in arrays.items()}, norm


def global_norm(grads: Mapping[str, NDArray[Any]]) -> float:
    """The root of the sum of the squares of all elements; inf where that is beyond float64.

    Raises:
        NonFiniteGradientError: A gradient holds NaN or an infinity; the message names it.
    """
    scale, scaled_norm = _scale_and_norm(grads)
    return scale * scaled_norm


def _scale_and_norm(grads: Mapping[str, NDArray[Any]]) -> tuple[float, float]:
    """A scale, and the norm of the gradients divided by it; the scale is 1 as a rule."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        total = sum(map(_sum_of_squares, grads.values()))
    if math.isfinite(total):
        return 1.0, math.sqrt(total)
    _refuse_non_finite(grads)
    flat = [array.astype(np.float64, copy=False).ravel() for array in grads.values()]
    scale = max((float(np.abs(array).max()) for array in flat if array.size), default=0.0)
    if not scale:
        return 1.0, 0.0
    with np.errstate(under="ignore"):
        squares = (np.square(array / scale).sum() for array in flat)
        return scale, math.sqrt(math.fsum(map(float, squares)))


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


def _scaled(array: NDArray[Any], scale: float, factor: float) -> NDArray[Any]:
    """``array / scale * factor``, in the array's type if that is one of floats."""
    kind: Any = array.dtype if array.dtype.kind == "f" else np.float64
    with np.errstate(under="ignore"):
        if scale == 1.0:
            return np.asarray(array * factor, dtype=kind)
        return np.asarray(array.astype(np.float64) / scale * factor, dtype=kind)
