"""Takes the formula guard of our own CSV files off again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

__all__ = ["unguarded", "unguarded_names"]

_GUARD: Final = "'"
_CONTROLS: Final = ("\t", "\r", "\n")
_OPERATORS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 -- the wide ones too
# Unicode's White_Space, which is what the export looks behind; `str.lstrip` takes more.
_BLANKS: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def unguarded(text: str) -> str:
    """The text that an export put an apostrophe before; other text as it is.

    Text that really began with an apostrophe and a formula cannot be told from it.
    """
    rest = text.removeprefix(_GUARD)
    is_guarded = rest.startswith(_CONTROLS) or rest.lstrip(_BLANKS).startswith(_OPERATORS)
    return rest if is_guarded else text


def unguarded_names(columns: Iterable[str]) -> dict[str, str]:
    """The name that each column had without the guard, as long as no other column is called so."""
    names = list(columns)
    taken = set(names)
    plain = {name: unguarded(name) for name in names}
    return {name: name if plain[name] in taken else plain[name] for name in names}
