"""What a step's metric measures, told by its name.

| | names |
|---|---|
| learning rate | the word `lr`, or `learning_rate`; with a group: `lr/group0`, `lr-AdamW/pg1` |
| gradient norm | `grad` or `gradient`, and `norm` |
| loss | the word `loss` |
| memory | the word `mem` or `memory` |
| throughput | something `per` a time: `tokens_per_sec`, `tokens/sec`; or `throughput` |

Words are those of `tachograph.curves.name_words`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, Literal, TypeAlias

from tachograph.curves import name_words, unit_of

__all__ = ["Quantity", "quantity_of"]

Quantity: TypeAlias = Literal["loss", "learning_rate", "gradient_norm", "memory", "throughput"]

_TIMES: Final = frozenset({"s", "sec", "secs", "second", "minute", "min", "hour", "h"})


def quantity_of(name: str) -> Quantity | None:
    """What a metric measures; None where its name does not tell.

    Args:
        name: As it was logged.
    """
    words = name_words(name)
    pairs = set(pairwise(words))
    if "norm" in words and {"grad", "gradient", "gradients"} & set(words):
        return "gradient_norm"
    if "lr" in words or ("learning", "rate") in pairs:
        return "learning_rate"
    is_rate = (unit_of(name) or "").endswith("/s")
    if is_rate or "throughput" in words or any(("per", time) in pairs for time in _TIMES):
        return "throughput"
    if {"mem", "memory"} & set(words):
        return "memory"
    return "loss" if "loss" in words else None
