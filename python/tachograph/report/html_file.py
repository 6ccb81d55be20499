"""Writes the report."""

from __future__ import annotations

from collections.abc import Iterable

from tachograph.curves import Source, opened
from tachograph.exceptions import InvalidArgumentError
from tachograph.export.target import PathLike, Sink, checked_target, writing
from tachograph.report.chart_library import chart_library
from tachograph.report.gathering import gather
from tachograph.report.page import page

__all__ = ["write_html"]


def write_html(runs: Source | Iterable[Source], path: PathLike | Sink) -> None:
    """Writes an HTML report of one run, or of several side by side.

    The file has everything in it and loads nothing: it opens without a network. A run that is
    damaged is shown as far as it can be read; the report says what is missing.

    Args:
        runs: A recorder, a run, the path of one, or several of them.
        path: The file; parent directories are made, an older file stays until the new one is
            whole. Or a binary file object.

    Raises:
        MissingExtraError: plotly is not installed.
        InvalidArgumentError: There is no run at all.
        ArgumentTypeError: An argument has the wrong type.
        RunNotFoundError: There is nothing at a path.
        LogIOError: The file cannot be written.
    """
    from tachograph import __version__

    target = checked_target(path)
    library = chart_library()
    with opened(runs) as sources:
        if not sources:
            raise InvalidArgumentError("runs is empty: give at least one run", argument="runs")
        with writing(target) as out:
            for part in page(gather(sources, __version__), library):
                out.write(part.encode("utf-8"))
