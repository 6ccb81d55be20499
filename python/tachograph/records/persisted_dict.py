"""A dict whose changes are written down before they take effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Self, final

__all__ = ["REMOVED", "PersistedDict"]


@final
class _Removed:
    """Says that a key goes away."""

    def __repr__(self) -> str:
        return "REMOVED"


REMOVED: Final = _Removed()


class PersistedDict(dict[str, Any]):
    """A dict that hands each change to a callback first; if that raises, nothing changes.

    Copies, pickles and deep copies are plain dicts.
    """

    __slots__ = ("_persist",)

    _persist: Callable[[Mapping[str, Any]], None]

    @classmethod
    def over(
        cls, content: Mapping[str, Any], persist: Callable[[Mapping[str, Any]], None]
    ) -> PersistedDict:
        """Makes a dict that persists its changes.

        Args:
            content: What it holds at first.
            persist: Called with the changed keys and their values; `REMOVED` for keys that go.
        """
        made = cls(content)
        made._persist = persist
        return made

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return (dict, (dict(self),))

    def __setitem__(self, key: str, value: Any) -> None:
        self._apply({key: value})

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._apply({key: REMOVED})

    def __ior__(self, other: Any) -> Self:  # type: ignore[override, misc]
        self.update(other)
        return self

    def update(self, *args: Any, **kwargs: Any) -> None:
        """As `dict.update`."""
        self._apply(dict(*args, **kwargs))

    def setdefault(self, key: str, default: Any = None) -> Any:
        """As `dict.setdefault`."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        """As `dict.pop`."""
        if key not in self:
            return super().pop(key, *default)
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """As `dict.popitem`."""
        if not self:
            raise KeyError("popitem(): dictionary is empty")
        key = next(reversed(self))
        return key, self.pop(key)

    def clear(self) -> None:
        """As `dict.clear`."""
        self._apply(dict.fromkeys(self, REMOVED))

    def _apply(self, changes: Mapping[str, Any]) -> None:
        persist = getattr(self, "_persist", None)
        if persist is not None and changes:
            persist(changes)
        for key, value in changes.items():
            if value is REMOVED:
                super().__delitem__(key)
            else:
                super().__setitem__(key, value)
