"""The fonts of figures: matplotlib's own, then those that have what it lacks."""

from __future__ import annotations

from functools import cache
from typing import Final

from matplotlib.font_manager import fontManager

__all__ = ["families"]

# matplotlib brings it, so that figures look the same everywhere.
_FIRST: Final = "DejaVu Sans"

# Fonts of systems for scripts that it lacks; only those that are installed are named.
_OTHERS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "Noto Sans",
    "Noto Emoji",
)


@cache
def families() -> list[str]:
    """The families to draw text with, first choice first."""
    installed = set(fontManager.get_font_names())
    return [_FIRST, *(name for name in _OTHERS if name in installed)]
