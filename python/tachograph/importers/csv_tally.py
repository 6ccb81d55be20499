"""What came of a CSV file's lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tachograph.importers.csv_cells import NOT_A_NUMBER

__all__ = ["CsvTally"]


@dataclass(slots=True)
class CsvTally:
    """What came of a CSV file's lines, counted while they are read.

    Attributes:
        rows: Lines that became rows.
        values: Numbers and other values in them.
        malformed: Lines without a readable step or epoch.
        odd_wall_times: Rows whose time is none that a calendar has.
        attempts: Attempts that were begun after the first.
        first_micros: The first row's wall time.
        skipped: Cells that were left out, by kind.
    """

    rows: int = 0
    values: int = 0
    malformed: int = 0
    odd_wall_times: int = 0
    attempts: int = 0
    first_micros: int | None = None
    skipped: Counter[str] = field(default_factory=Counter)

    def row_at(self, micros: int | None, otherwise: int) -> int:
        """Counts a row; returns its wall time, `otherwise` where it has none."""
        if micros is None:
            self.odd_wall_times += 1
            micros = otherwise
        if self.first_micros is None:
            self.first_micros = micros
        self.rows += 1
        return micros

    def rows_at(self, micros: Iterable[int | None], otherwise: int) -> list[int]:
        """Counts rows; one without a wall time has that of the row before, or `otherwise`."""
        walls = []
        for own in micros:
            otherwise = self.row_at(own, otherwise)
            walls.append(otherwise)
        return walls

    def number(self, value: Any) -> Any:
        """Counts a value; returns it, or None for what is no number."""
        if value is NOT_A_NUMBER:
            self.skipped["text"] += 1
            return None
        self.values += value is not None
        return value
