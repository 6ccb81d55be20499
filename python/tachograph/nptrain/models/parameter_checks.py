"""Parameters that a caller hands in, held against those that a model has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tachograph.analysis.arrays import whole_number
from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain.real_arrays import Floats, as_float64, real_array

__all__ = ["checked_parameters", "model_size"]

_LARGEST = 2**20


def model_size(value: Any, argument: str) -> int:
    """A length of arrays, from 1 to 2^20: a guard against sizes that NumPy cannot index.

    Raises:
        ArgumentTypeError: It is no integer.
        InvalidArgumentError: It is out of bounds.
    """
    length = whole_number(value, argument, at_least=1)
    if length > _LARGEST:
        message = f"{argument} must be at most {_LARGEST}, not {value}"
        raise InvalidArgumentError(message, argument=argument)
    return length


def checked_parameters(given: Any, present: Mapping[str, Floats]) -> dict[str, Floats]:
    """Copies of the given arrays as float64, in the order of those present.

    Args:
        given: A mapping from names to arrays of real numbers.
        present: The parameters that they are to replace.

    Raises:
        InvalidArgumentError: They are no mapping, names are missing or unknown, or an array has
            another shape than its name's, or is not of real numbers.
    """
    if not isinstance(given, Mapping):
        message = f"params must be a dict of arrays by name, not {type(given).__name__}"
        raise InvalidArgumentError(message, argument="params")
    missing = [name for name in present if name not in given]
    unknown = [str(name) for name in given if name not in present]
    if missing or unknown:
        found = {"missing": missing, "unknown": unknown}
        listed = "; ".join(f"{what}: {', '.join(names)}" for what, names in found.items() if names)
        message = f"params must name the model's parameters; {listed}"
        raise InvalidArgumentError(message, argument="params")
    return {name: _fitting(given[name], name, array.shape) for name, array in present.items()}


def _fitting(value: Any, name: str, shape: tuple[int, ...]) -> Floats:
    argument = f"params[{name!r}]"
    array = real_array(value, argument)
    if array.shape != shape:
        message = f"{argument} must have the shape {shape}; its shape is {array.shape}"
        raise InvalidArgumentError(message, argument=argument)
    return as_float64(array).copy()
