"""Rows of steps out of a CSV file."""

# ruff: noqa: SLF001 -- what the core's writer offers to the package is private to it

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice, repeat

import numpy as np

from tachograph._core import whole_numbers_in_cells
from tachograph.importers.csv_cells import micros_in
from tachograph.importers.csv_names import original_names
from tachograph.importers.csv_table import CsvTable
from tachograph.importers.csv_tally import CsvTally
from tachograph.importers.formula_guard import unguarded_names
from tachograph.importers.new_run import NewRun

__all__ = ["import_steps"]

_OWN_HEADER = ["step", "attempt", "wall_time"]
_ATTEMPT_AT, _WALL_AT = 1, 2
_CHUNK_CELLS = 1 << 16


def import_steps(table: CsvTable, run: NewRun, file_micros: int) -> CsvTally:
    """Records a file with a column ``step``; every other column is a metric.

    In our own exports ``attempt`` and ``wall_time`` mean what they say; other files know no wall
    times, and their rows get that of the file.

    Args:
        table: The file.
        run: The new run.
        file_micros: When the file was last written, microseconds since 1970 UTC.

    Returns:
        What came of it.
    """
    is_own = table.header[: len(_OWN_HEADER)] == _OWN_HEADER
    step_at = table.header.index("step")
    leading = _OWN_HEADER if is_own else ["step"]
    places = {name: at for at, name in enumerate(table.header) if name not in leading}
    if is_own:
        plain = unguarded_names(places)
        names = original_names(plain.values(), head="", again="metric.", reserved=_OWN_HEADER)
        places = {names[plain[column]]: at for column, at in places.items()}
    tally = CsvTally()
    wall, last_attempt = file_micros, ""
    for rows in table.chunks(max(1, _CHUNK_CELLS // len(table.header))):
        steps, columns = _with_steps(rows, step_at, tally)
        if not steps:
            continue
        for attempt, part in _attempts(columns[_ATTEMPT_AT] if is_own else [""] * len(steps)):
            if last_attempt not in ("", attempt):
                run.begin_attempt()
                tally.attempts += 1
            last_attempt = attempt
            given = map(micros_in, columns[_WALL_AT][part]) if is_own else repeat(file_micros)
            walls = tally.rows_at(islice(given, len(steps[part])), wall)
            wall = walls[-1]
            metrics = {name: columns[at][part] for name, at in places.items()}
            numbers, texts = run.writer._log_cells_at(
                np.array(steps[part]), np.array(walls), metrics
            )
            tally.values += numbers
            tally.skipped["text"] += texts
    return tally


def _with_steps(
    rows: Iterable[Sequence[str]], step_at: int, tally: CsvTally
) -> tuple[list[int], list[tuple[str, ...]]]:
    """The steps and the columns of the rows that have a step."""
    rows = list(rows)
    steps = whole_numbers_in_cells(tuple(row[step_at] for row in rows))
    sound = [step for step in steps if step is not None]
    if len(sound) < len(rows):
        tally.malformed += len(rows) - len(sound)
        rows = [row for step, row in zip(steps, rows, strict=True) if step is not None]
    return sound, list(zip(*rows, strict=True))


def _attempts(cells: Iterable[str]) -> Iterator[tuple[str, slice]]:
    """Each stretch of rows with the same attempt."""
    begin = 0
    for attempt, stretch in groupby(cells):
        end = begin + sum(1 for _ in stretch)
        yield attempt, slice(begin, end)
        begin = end
