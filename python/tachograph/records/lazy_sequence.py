"""What the sequences of a run have in common with lists, without being taken for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, TypeVar

__all__ = ["LazySequence", "read_positions"]

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)
# Further apart than so many positions, reading what lies between two would not pay.
_NEAR: Final = 8


class LazySequence(Generic[_T_co]):
    """The methods of `collections.abc.Sequence`, for a class with ``__len__`` and ``__getitem__``.

    It is no `Sequence` by type: data frame libraries look for that first, and would make a frame of
    the records one by one where they can take the columns as they are.
    """

    __slots__ = ()

    def __len__(self) -> int:
        raise NotImplementedError

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError

    def __iter__(self) -> Iterator[_T_co]:
        raise NotImplementedError

    def __reversed__(self) -> Iterator[_T_co]:
        """The records from the last to the first."""
        return (self[at] for at in range(len(self) - 1, -1, -1))

    def __contains__(self, value: object) -> bool:
        return any(value is item or value == item for item in self)

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """The position of the first record that equals `value`.

        Args:
            value: What to look for.
            start: The position to begin at.
            stop: The position to end before; None for the end.

        Raises:
            ValueError: There is none.
        """
        positions = range(*slice(start, stop).indices(len(self)))
        for at, item in enumerate(self):
            if at in positions and (value is item or value == item):
                return at
        raise ValueError(f"{value!r} is not among the records")

    def count(self, value: Any) -> int:
        """How many records equal `value`."""
        return sum(1 for item in self if value is item or value == item)


def read_positions(positions: range, read: Callable[[int, int], list[_T]]) -> list[_T]:
    """The records at some positions, read at once where they lie close together.

    Args:
        positions: Which.
        read: Gives the records from one position to before another.
    """
    if not positions:
        return []
    low, high = sorted((positions[0], positions[-1]))
    if len(positions) * _NEAR < high - low:
        return [read(at, at + 1)[0] for at in positions]
    records = read(low, high + 1)
    return [records[at - low] for at in positions]
