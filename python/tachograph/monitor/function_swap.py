"""Functions of torch that are exchanged for others while somebody watches, and put back."""

from __future__ import annotations

from collections.abc import Callable
from types import CellType
from typing import Any, Final

__all__ = ["AttributeSwap", "CellSwap", "FunctionSwap", "swap_of"]

_Function = Callable[..., Any]


class FunctionSwap:
    """A place that holds a function: another is put there, and taken out again.

    Args:
        watched: Makes the function to put there, from the one that is there.
    """

    def __init__(self, watched: Callable[[_Function], _Function]) -> None:
        self._watched: Final = watched
        self._original: _Function | None = None
        self._ours: _Function | None = None

    def put(self) -> None:
        """Puts the watched function there, unless it is there."""
        if self._ours is None:
            self._original = self._held()
            self._ours = self._watched(self._original)
            self._hold(self._ours)

    def take_out(self) -> None:
        """Puts back what was there.

        Where somebody has put another one over ours since, ours stays under it: it calls the
        original, and tells nobody.
        """
        if self._ours is not None and self._held() is self._ours:
            self._restore()
        self._original = self._ours = None

    def _held(self) -> _Function:
        raise NotImplementedError

    def _hold(self, function: _Function) -> None:
        raise NotImplementedError

    def _restore(self) -> None:
        assert self._original is not None  # noqa: S101 -- `take_out` has seen it
        self._hold(self._original)


class CellSwap(FunctionSwap):
    """The function that a decorated one calls.

    Every name of the decorated one is watched then, those that were imported long before as well.
    """

    def __init__(self, cell: CellType, watched: Callable[[_Function], _Function]) -> None:
        super().__init__(watched)
        self._cell: Final = cell

    def _held(self) -> _Function:
        function: _Function = self._cell.cell_contents
        return function

    def _hold(self, function: _Function) -> None:
        self._cell.cell_contents = function


class AttributeSwap(FunctionSwap):
    """A function that is looked up by its name at each call: a method, or one of a module."""

    def __init__(self, owner: Any, name: str, watched: Callable[[_Function], _Function]) -> None:
        super().__init__(watched)
        self._owner: Final = owner
        self._name: Final = name

    def _held(self) -> _Function:
        function: _Function = vars(self._owner)[self._name]
        return function

    def _hold(self, function: _Function) -> None:
        setattr(self._owner, self._name, function)


def swap_of(
    module: Any, name: str, watched: Callable[[_Function], _Function]
) -> FunctionSwap | None:
    """The best place to watch a function of a module; None where it has none of that name.

    Torch's functions that change gradients are decorated with its ``_no_grad``, whose wrapper holds
    the function in a cell. Where a release does not do so, the module's attribute is exchanged, and
    names that were imported before are not watched.
    """
    function = vars(module).get(name)
    if function is None:
        return None
    for cell in function.__closure__ or ():
        held = cell.cell_contents
        if callable(held) and getattr(held, "__name__", None) == name:
            return CellSwap(cell, watched)
    return AttributeSwap(module, name, watched)
