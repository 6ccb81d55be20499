"""Rows of steps out of a CSV file."""

# ruff: noqa: SLF001 -- what the core's writer offers to the package is private to it

from __future__ import annotations

from typing import Any

from tachograph.importers.csv_cells import micros_in, number_in, whole_number_in
from tachograph.importers.csv_names import original_names
from tachograph.importers.csv_table import CsvTable
from tachograph.importers.csv_tally import CsvTally
from tachograph.importers.new_run import NewRun

__all__ = ["import_steps"]

_OWN_HEADER = ["step", "attempt", "wall_time"]
_CHUNK_CELLS = 1 << 18


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
    metrics = {name: at for at, name in enumerate(table.header) if name not in leading}
    names = {name: name for name in metrics}
    if is_own:
        names = original_names(metrics, head="", again="metric.", reserved=_OWN_HEADER)
    tally = CsvTally()
    chunk = _Chunk(run, [names[name] for name in metrics])
    wall, attempt = file_micros, ""
    for row in table.rows():
        step = whole_number_in(row[step_at])
        if step is None:
            tally.malformed += 1
            continue
        if is_own and attempt not in ("", row[1]):
            chunk.write()
            run.begin_attempt()
            tally.attempts += 1
        attempt = row[1] if is_own else ""
        wall = tally.row_at(micros_in(row[2]) if is_own else file_micros, wall)
        values = [tally.number(number_in(row[at])) for at in metrics.values()]
        chunk.add(step, wall, values)
    chunk.write()
    return tally


class _Chunk:
    """Rows that are recorded together."""

    def __init__(self, run: NewRun, names: list[str]) -> None:
        self._run = run
        self._names = names
        self._max_rows = max(1, _CHUNK_CELLS // (len(names) + 2))
        self._steps: list[int] = []
        self._walls: list[int] = []
        self._rows: list[list[Any]] = []

    def add(self, step: int, wall_micros: int, values: list[Any]) -> None:
        self._steps.append(step)
        self._walls.append(wall_micros)
        self._rows.append(values)
        if len(self._steps) >= self._max_rows:
            self.write()

    def write(self) -> None:
        if not self._steps:
            return
        columns = zip(self._names, zip(*self._rows, strict=True), strict=True)
        # A column without a value here need not be known yet.
        metrics = {name: cells for name, cells in columns if any(c is not None for c in cells)}
        self._run.writer._log_steps_at(self._steps, self._walls, metrics)
        self._steps, self._walls, self._rows = [], [], []
