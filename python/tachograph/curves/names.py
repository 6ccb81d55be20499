"""What a metric's name tells: its words, and whether it is of training or of validation."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

__all__ = ["Role", "name_words", "role_of"]

Role: TypeAlias = Literal["train", "val", "value"]

_MOST_CHARS: Final = 200
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ROLES: Final[dict[str, Role]] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "eval", "dev", "test"), "val"),
}


def name_words(name: str) -> list[str]:
    """The words of a name, in small letters.

    They end where anything but a letter stands, and where a capital begins: ``gradNorm`` has two.

    Args:
        name: As it was logged; its first 200 characters count.
    """
    return [word.casefold() for word in _WORD.findall(name[:_MOST_CHARS])]


def role_of(name: str) -> Role:
    """Whether a column is of training, of validation, or neither, by its name.

    The first of its words that tells counts: ``val_loss``, ``eval/acc``, ``loss/test``,
    ``trainLoss``. ``loss`` alone is the training's.

    Args:
        name: As it was logged.
    """
    words = name_words(name)
    told: Role = "train" if words == ["loss"] else "value"
    return next((_ROLES[word] for word in words if word in _ROLES), told)
