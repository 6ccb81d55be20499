"""What every benchmark here shares: its options, its table, its JSON, the machine it ran on."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import tachograph

Value = float | int | str | None


class Report:
    """Rows of figures, printed as a table or as JSON at the end."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.rows: list[dict[str, Value]] = []
        self.notes: list[str] = []

    def add(self, **figures: Value) -> None:
        self.rows.append(figures)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def print(self, *, as_json: bool) -> None:
        if as_json:
            print(json.dumps(self._document(), indent=2))
            return
        print(f"{self.title}\n")
        for columns, rows in _tables(self.rows):
            _print_table(columns, rows)
        for text in self.notes:
            print(text)
        print(", ".join(f"{name} {value}" for name, value in machine().items()))

    def _document(self) -> dict[str, object]:
        return {
            "benchmark": self.title,
            "command": " ".join(["python", *sys.argv]),
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "rows": self.rows,
            "notes": self.notes,
        }


def options(description: str | None) -> argparse.ArgumentParser:
    """The options that all benchmarks have."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--smoke", action="store_true", help="a small size, to see that it runs")
    parser.add_argument("--dir", type=Path, help="where runs are written; a temporary directory")
    return parser


def machine() -> dict[str, Value]:
    """What the figures depend on."""
    return {
        "tachograph": tachograph.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(aliased=True, terse=True),
    }


def _cpu_model() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _tables(
    rows: Sequence[Mapping[str, Value]],
) -> list[tuple[tuple[str, ...], list[Mapping[str, Value]]]]:
    """Consecutive rows with the same columns make one table."""
    tables: list[tuple[tuple[str, ...], list[Mapping[str, Value]]]] = []
    for row in rows:
        columns = tuple(row)
        if not tables or tables[-1][0] != columns:
            tables.append((columns, []))
        tables[-1][1].append(row)
    return tables


def _print_table(columns: Sequence[str], rows: Sequence[Mapping[str, Value]]) -> None:
    cells = [[name.replace("_", " ") for name in columns]]
    cells += [[_shown(row[name]) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        first, *rest = (
            text.ljust(width) if index == 0 else text.rjust(width)
            for index, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *rest]).rstrip())
    print()


def _shown(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else value
