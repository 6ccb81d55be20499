"""What is printed: hostile text, strict JSON, numbers."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph.cli.output import to_json
from tachograph.overview.wording import age, duration, number, pace, printable, size


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("loss", "loss"),
        ("val/größe 中文 🚀", "val/größe 中文 🚀"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("a\u2066b", r"a\u2066b"),
        ("line\u2028break", r"line\u2028break"),
        ("nul\0", r"nul\x00"),
        ("lone \ud800", r"lone \ud800"),
        ("[bold]x[/] :smile:", "[bold]x[/] :smile:"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_text_that_would_act_on_a_terminal_is_escaped(raw, shown):
    assert printable(raw) == shown


@given(st.text())
def test_nothing_unprintable_is_left(raw):
    shown = printable(raw)

    assert all(char.isprintable() or char in "\u200c\u200d" or char.isspace() for char in shown)
    assert "\x1b" not in shown
    assert len(shown.splitlines()) <= 1


def test_long_text_is_cut_and_marked():
    shown = printable("x" * 65536)

    assert len(shown) == 80
    assert shown.endswith("x...")


@dataclass
class Example:
    when: datetime
    where: Path


def test_json_knows_what_runs_are_made_of():
    value = {
        "nan": math.nan,
        "infinities": (math.inf, -math.inf),
        "numpy": [np.float32(0.5), np.int64(3), np.bool_(True), np.array([1.0, math.nan])],
        "example": Example(datetime(2026, 1, 2, tzinfo=UTC), Path("a/b")),
        3: None,
    }

    plain = to_json(value)

    assert json.loads(json.dumps(plain, allow_nan=False)) == {
        "nan": "NaN",
        "infinities": ["Infinity", "-Infinity"],
        "numpy": [0.5, 3, True, [1.0, "NaN"]],
        "example": {"when": "2026-01-02T00:00:00+00:00", "where": "a/b"},
        "3": None,
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((None, "-"), (True, "True"), (0, "0"), (123456789, "123,456,789")),
        *((0.1234567, "0.123457"), (math.nan, "nan"), (-math.inf, "-inf")),
        *((1e-5, "1e-5"), (-1.5e-300, "-1.5e-300"), (1e6, "1e6"), (1e100, "1e100")),
    ],
)
def test_numbers_for_people(value, shown):
    assert number(value) == shown


def test_sizes_and_spans_for_people():
    assert [size(n) for n in (0, 1023, 1024, 1 << 20, 5 << 40)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.0 MiB",
        "5.0 TiB",
    ]
    assert [duration(s) for s in (0.0123, 5, 90, 7200)] == [
        "12 ms",
        "5.0 s",
        "1 min 30 s",
        "2 h 0 min",
    ]


def test_ages_have_one_unit():
    secs = (-5, 0, 59, 60, 3599, 3600, 47 * 3600, 49 * 3600)
    assert [age(s) for s in secs] == ["0 s", "0 s", "59 s", "1 min", "59 min", "1 h", "47 h", "2 d"]


def test_spans_that_are_no_spans():
    assert [duration(s) for s in (math.nan, math.inf, -math.inf, None)] == ["-"] * 4


@pytest.mark.parametrize(
    ("secs", "shown"),
    [
        (0, "0 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (119.99, "1 min 59 s"),
        (3599.99, "59 min 59 s"),
        (86_399.99, "23 h 59 min"),
        (86_400, "1 d 0 h"),
        (-5, "-5.0 s"),
        (-0.25, "-250 ms"),
        (-0.001, "-1 ms"),
        (-0.0001, "0 ms"),
        (-0.0, "0 ms"),
    ],
)
def test_spans_at_the_edges_of_their_units(secs, shown):
    assert duration(secs) == shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_span_has_as_many_of_a_unit_as_make_the_next(secs):
    *_, smaller, unit = duration(secs).replace("-", " ").split()
    assert float(smaller) < {"ms": 1000, "s": 60, "min": 60, "h": 24}[unit]


def test_sizes_and_paces_at_the_edges_of_their_units():
    sizes = ((1 << 20) - 1, (1 << 30) - 1, (1 << 40) - 1)
    assert [size(n) for n in sizes] == ["1.0 MiB", "1.0 GiB", "1.0 TiB"]
    assert [pace(n) for n in (99.94, 99.97, 100.4)] == [
        "99.9 steps/s",
        "100 steps/s",
        "100 steps/s",
    ]
