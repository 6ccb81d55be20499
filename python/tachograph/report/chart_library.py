"""The source of plotly.js, which a report carries with it, made to load faster."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

from tachograph._optional import require

__all__ = ["chart_library", "lines_only", "parsed_once"]

# plotly.js ends with a list of all its kinds of charts, maps and solids among them, each of which
# is set up while the page loads. Lines are in its core.
_ALL_KINDS: Final = re.compile(r"\.register\(\[(?:\w+\(\),?){10,}\]\)")

# All of it is one function, which is called at once. Browsers skim a function before they read it
# where it is called, unless it stands in parentheses.
_ALL_IN_ONE: Final = re.compile(r'(?<=\(typeof self !== "undefined" \? self : this, )\(\) => \{')
_ITS_END: Final = "}));"

# What HTML takes for a script's end, or for a comment in it, stands in texts and patterns of the
# library if at all, where its first character may be written as its number.
_END_OF_SCRIPT: Final = re.compile(r"<(/script|!--)", re.IGNORECASE)


def chart_library() -> str:
    """JavaScript that can stand in a script element as it is, and makes `Plotly`.

    A release of plotly that has another form than expected is taken as it is: reports work, and
    open more slowly.

    Raises:
        MissingExtraError: plotly is not installed.
    """
    require("plotly", "report")
    source = resources.files("plotly").joinpath("package_data", "plotly.min.js")
    library = parsed_once(lines_only(source.read_text(encoding="utf-8")))
    return _END_OF_SCRIPT.sub(r"\\x3c\1", library)


def lines_only(source: str) -> str:
    """The library without charts other than lines."""
    return _ALL_KINDS.sub(".register([])", source)


def parsed_once(source: str) -> str:
    """The library with parentheses around the function that holds all of it."""
    body = source.rstrip()
    begins = list(_ALL_IN_ONE.finditer(source))
    if len(begins) != 1 or not body.endswith(_ITS_END):
        return source
    begin = begins[0].start()
    return f"{body[:begin]}({body[begin : -len(_ITS_END)]}}})));\n"
