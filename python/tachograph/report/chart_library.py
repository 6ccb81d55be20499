"""The source of plotly.js, which a report carries with it."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

from tachograph._optional import require

__all__ = ["chart_library"]

# plotly.js ends with a list of all its kinds of charts, maps and solids among them, each of which
# is set up while the page loads. Lines are in its core. Without the list a report opens in half the
# time; where a release has none of this form, its source stays as it is.
_ALL_KINDS: Final = re.compile(r"\.register\(\[(?:\w+\(\),?){10,}\]\)")

# What HTML takes for a script's end, or for a comment in it, stands in texts and patterns of the
# library if at all, where its first character may be written as its number.
_END_OF_SCRIPT: Final = re.compile(r"<(/script|!--)", re.IGNORECASE)


def chart_library() -> str:
    """JavaScript that can stand in a script element as it is, and makes `Plotly`.

    Raises:
        MissingExtraError: plotly is not installed.
    """
    require("plotly", "report")
    source = resources.files("plotly").joinpath("package_data", "plotly.min.js")
    lines_only = _ALL_KINDS.sub(".register([])", source.read_text(encoding="utf-8"))
    return _END_OF_SCRIPT.sub(r"\\x3c\1", lines_only)
