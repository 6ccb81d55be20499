"""Reads the norms of a model's gradients: in one call where they lie in this process's memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tachograph._core import GradientBuffers
from tachograph.monitor.gradient_kinds import NormVector, norm_vector
from tachograph.monitor.gradient_norms import Norms

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GradientReader"]

_NOTHING: Final = Norms(0.0, 0)


class GradientReader:
    """The gradients of some parameters.

    Args:
        parameters: The parameters, each once; frozen ones as well, which may thaw.
        each: Whether the norm of every gradient is wanted, or only that of all together.
    """

    def __init__(self, parameters: Sequence[Tensor], *, each: bool) -> None:
        self.parameters: Final = tuple(parameters)
        self.places: Final = {id(parameter): place for place, parameter in enumerate(parameters)}
        self._ids: Final = [*map(id, parameters)]
        self._each: Final = each
        self._buffers: Final = GradientBuffers()

    def has_any(self, parameters: Sequence[Tensor]) -> bool:
        """Whether a parameter is one of these."""
        return any(id(parameter) in self.places for parameter in parameters)

    def wants_total_over(self, parameters: Sequence[Tensor]) -> bool:
        """Whether the norm over these parameters' gradients is all that is wanted."""
        return not self._each and [*map(id, parameters)] == self._ids

    def read(self) -> Norms | NormVector:
        """The norms: numbers where that waits for nothing, else a vector on its way.

        Dense float32 and float64 gradients on the CPU are read where they lie, and summed in
        float64.
        """
        norms = self._buffers.norms(self.parameters, each=self._each)
        return self._read_anywhere() if norms is None else Norms(*norms)

    def norms_of(self, values: Sequence[float], members: Sequence[int]) -> Norms:
        """What a vector of `read` says when its values have come."""
        each: list[float | None] = [None] * len(self.parameters)
        for place, value in zip(members, values, strict=True):
            each[place] = value
        return Norms.of_each(each)

    def _read_anywhere(self) -> Norms | NormVector:
        vector = norm_vector([parameter.grad for parameter in self.parameters])
        if vector is None:
            return Norms.of_each([None] * len(self.parameters)) if self._each else _NOTHING
        if vector.values.is_cpu:
            return self.norms_of(vector.values.tolist(), vector.members)
        return vector
