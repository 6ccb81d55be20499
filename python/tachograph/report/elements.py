"""HTML made of elements: whatever is no element is text, and is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final, TypeAlias

from tachograph.overview.wording import printable

__all__ = ["Child", "Markup", "element", "joined", "visible"]

_VOID: Final = frozenset({"input", "br"})


class Markup(str):
    """HTML; any other text is not."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"


def visible(text: object, *, max_chars: int = 4000) -> str:
    r"""Text from a log with hostile characters as their escapes (`\u202e`), cut where it is long.

    Args:
        text: Anything; its `str()` is shown.
        max_chars: What is kept of it.
    """
    return printable(text, max_chars=max_chars, keeps="\n\t", ellipsis="…")


def element(name: str, *children: Child, **attributes: object) -> Markup:
    """One element.

    Args:
        name: Its tag.
        children: Elements, or text, which is escaped; None is nothing.
        attributes: `class_` is `class`, `data_value` is `data-value`; True is an attribute
            without value; None and False are none.
    """
    begin = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    if name in _VOID:
        return Markup(begin)
    return Markup(f"{begin}{joined(*children)}</{name}>")


def joined(*children: Child) -> Markup:
    """Elements and text one after the other."""
    return Markup("".join(_markup(child) for child in children))


def _markup(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str | int):
        return escape(visible(child), quote=True)
    return joined(*child)


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(visible(value), quote=True)}"'
