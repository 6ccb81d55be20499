"""What a model must offer to be trained: any object with these methods will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.nptrain.real_arrays import real_array

__all__ = [
    "ExactGradients",
    "Model",
    "Parameters",
    "check_methods",
    "check_model",
    "checked_gradients",
    "float_copy",
    "parameters_of",
]

Parameters: TypeAlias = dict[str, NDArray[Any]]


class Model(Protocol):
    """A model as the toolkit sees it.

    `get_params` may give the arrays that the model computes with, or copies of them.
    """

    def forward(self, X: Any, return_sequences: bool = False) -> Any:
        """Outputs [B, O] for inputs [B, T, I], or [B, T, O] with `return_sequences`."""

    def get_params(self) -> Mapping[str, Any]:
        """Parameters by name."""

    def set_params(self, params: Any) -> Any:
        """Takes the parameters of such a mapping for its own."""


class ExactGradients(Model, Protocol):
    """A model that knows the derivatives of its loss."""

    def loss_and_grads(self, X: Any, y: Any, task: str) -> tuple[float, float, Mapping[str, Any]]:
        """Loss, metric, and the loss's gradient by each parameter, at the current parameters."""


def has_exact_gradients(model: Model) -> TypeGuard[ExactGradients]:
    """Whether the model has a method `loss_and_grads`."""
    return callable(getattr(model, "loss_and_grads", None))


def parameters_of(model: Model) -> Parameters:
    """The model's parameters, as it gave them.

    Raises:
        InvalidArgumentError: They are no mapping of names to arrays of real numbers.
    """
    params = model.get_params()
    if not isinstance(params, Mapping):
        message = f"model.get_params() must give a dict of arrays, not {type(params).__name__}"
        raise InvalidArgumentError(message, argument="model")
    return {name: real_array(value, f"model parameter {name!r}") for name, value in params.items()}


def check_methods(value: Any, argument: str, methods: Sequence[str]) -> None:
    """Refuses what cannot do what is asked of it.

    Args:
        value: An object of any class.
        argument: What the caller names it.
        methods: Names of methods that it must have.

    Raises:
        ArgumentTypeError: It lacks one, or is a class and no object of it.
    """
    lacking = [name for name in methods if not callable(getattr(value, name, None))]
    if isinstance(value, type):
        came = f"the class {value.__name__} itself"
    elif lacking:
        came = f"{type(value).__name__}, which lacks {_listed(lacking)}"
    else:
        return
    message = f"{argument} must be an object with {_listed(methods)}, not {came}"
    raise ArgumentTypeError(message, argument=argument)


def check_model(model: Any) -> None:
    """Refuses what is no model.

    Raises:
        ArgumentTypeError: It lacks a method.
    """
    check_methods(model, "model", ("forward", "get_params", "set_params"))


def checked_gradients(grads: Any, params: Parameters, argument: str = "model") -> Parameters:
    """The gradients that a model or a caller gave, one for each parameter and of its shape.

    Args:
        grads: The gradients.
        params: The parameters.
        argument: What the caller names that from which they came.

    Raises:
        InvalidArgumentError: A name or a shape differs.
    """
    if not isinstance(grads, Mapping) or grads.keys() != params.keys():
        names = sorted(map(str, grads)) if isinstance(grads, Mapping) else type(grads).__name__
        expected = sorted(map(str, params))
        message = f"gradients ({argument}) must have the parameters' names {expected}, not {names}"
        raise InvalidArgumentError(message, argument=argument)
    arrays = {name: real_array(grads[name], f"gradient of {name!r}") for name in params}
    for name, array in arrays.items():
        if array.shape != params[name].shape:
            message = (
                f"the gradient of {name!r} ({argument}) must have its parameter's shape "
                f"{params[name].shape}, not {array.shape}"
            )
            raise InvalidArgumentError(message, argument=argument)
    return arrays


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def float_copy(array: NDArray[Any]) -> NDArray[Any]:
    """A copy of its own: of floats in their type, of integers as float64."""
    return array.astype(array.dtype if array.dtype.kind == "f" else np.float64, copy=True)
