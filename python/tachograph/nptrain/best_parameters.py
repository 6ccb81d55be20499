"""The parameters of the epoch with the lowest validation loss."""

from __future__ import annotations

from tachograph.nptrain.model_protocol import Model, Parameters, parameters_of

__all__ = ["BestParameters"]


class BestParameters:
    """Keeps a copy of a model's best parameters, and gives them back to it.

    Unlike early stopping's patience, it asks for no least improvement: the lowest loss is best.

    Attributes:
        epoch: The best epoch, counted from 0; None where no loss was finite.
        loss: Its validation loss; inf before there is one.
    """

    def __init__(self, model: Model) -> None:
        """Until an epoch is better, the best parameters are those that the model came with."""
        self._model = model
        self._params = _copies(model)
        self.epoch: int | None = None
        self.loss = float("inf")

    def consider(self, epoch: int, val_loss: float) -> None:
        """Copies the model's parameters if the epoch's validation loss is the lowest so far."""
        if val_loss < self.loss:
            self.epoch, self.loss = epoch, val_loss
            self._params = _copies(self._model)

    def restore(self) -> None:
        """Gives the model copies of its best parameters."""
        self._model.set_params({name: array.copy() for name, array in self._params.items()})


def _copies(model: Model) -> Parameters:
    return {name: array.copy() for name, array in parameters_of(model).items()}
