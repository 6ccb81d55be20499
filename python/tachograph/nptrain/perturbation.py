"""A model's loss at parameters moved a little, and the model as it was afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.nptrain.model_protocol import Model, Parameters, check_model, parameters_of
from tachograph.nptrain.real_arrays import Floats, single_number

__all__ = ["LossFunction", "PerturbedLoss", "perturbed"]

LossFunction = Callable[[Any, Any], float]


class PerturbedLoss:
    """The loss as a function of the parameters, which are float64 copies in `values`.

    Attributes:
        values: The parameters by name; moved in place by the caller, who moves them back.
        kept_as: The type in which the model keeps each of them.
    """

    def __init__(self, model: Model, X: Any, y: Any, loss_fn: LossFunction) -> None:
        """Looks at the model's parameters; `X` and `y` are the batch of all losses to come."""
        self._model, self._X, self._y, self._loss_fn = model, X, y, loss_fn
        self.values: dict[str, Floats] = {
            name: array.astype(np.float64) for name, array in parameters_of(model).items()
        }
        self._put()
        self.kept_as = {name: array.dtype for name, array in parameters_of(model).items()}
        self._refuse_integers()

    def __call__(self) -> float:
        """The loss at `values`.

        Raises:
            ArgumentTypeError: The loss function gave no number.
        """
        self._put()
        outputs = self._model.forward(self._X, return_sequences=False)
        return single_number(self._loss_fn(outputs, self._y), "the loss that loss_fn gives")

    def steps(self, name: str, epsilon: float) -> Floats:
        """How far to move each scalar of a parameter, of its shape.

        ``epsilon * max(1, |value|)``. In a narrower type than float64 the rounding of so small a
        step would be the larger part of the error: there epsilon is at least the cube root of the
        type's resolution, which balances both (0.005 in float32).

        Raises:
            InvalidArgumentError: So small a step would be lost in rounding.
        """
        kind = self.kept_as[name]
        if kind.itemsize < np.dtype(np.float64).itemsize:
            epsilon = max(epsilon, float(np.cbrt(np.finfo(kind).eps)))
        values = self.values[name]
        with np.errstate(over="ignore"):
            steps = epsilon * np.maximum(1.0, np.abs(values))
            if (values + steps == values).any():
                message = f"epsilon must be large enough to move {name!r}; {epsilon:g} is not"
                raise InvalidArgumentError(message, argument="epsilon")
        return steps

    def kept(self, name: str, value: float) -> float:
        """A scalar of a parameter as the model keeps it, which may round it."""
        return float(self.kept_as[name].type(value))

    def _put(self) -> None:
        # Copies: a model may keep what it is given, and `values` are about to be moved.
        self._model.set_params({name: array.copy() for name, array in self.values.items()})

    def _refuse_integers(self) -> None:
        for name, kind in self.kept_as.items():
            if kind.kind != "f":
                message = (
                    f"the model keeps parameter {name!r} as {kind}, in which no small step can be "
                    "taken; give it parameters of floats"
                )
                raise InvalidArgumentError(message, argument="model")


@contextmanager
def perturbed(model: Model, X: Any, y: Any, loss_fn: LossFunction) -> Iterator[PerturbedLoss]:
    """The loss as a function of the parameters; afterwards the model has its own ones again.

    They come back to the bit and in their type, whatever is raised, and where the model gave out
    the arrays that it computes with, these same arrays come back.

    Raises:
        ArgumentTypeError: The model is none, or `loss_fn` cannot be called.
        InvalidArgumentError: The model's parameters are no arrays of floats.
    """
    check_model(model)
    if not callable(loss_fn):
        message = f"loss_fn must be a function of outputs and y, not {type(loss_fn).__name__}"
        raise ArgumentTypeError(message, argument="loss_fn")
    given = parameters_of(model)
    snapshot = {name: array.copy() for name, array in given.items()}
    try:
        yield PerturbedLoss(model, X, y, loss_fn)
    finally:
        _restore(model, given, snapshot)


def _restore(model: Model, given: Parameters, snapshot: dict[str, NDArray[Any]]) -> None:
    for name, array in given.items():
        # A model that copies into its arrays has written into those that it gave out.
        if array.flags.writeable:
            array[...] = snapshot[name]
    model.set_params(given)
