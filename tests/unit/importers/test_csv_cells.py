"""What cells of CSV files stand for; Python's own float and int are the judges."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import tachograph
from tachograph.importers import import_csv
from tachograph.importers.csv_cells import NOT_A_NUMBER, number_in, value_in, whole_number_in

ODD = "True false 1_000 ٣ ٣.5 +7 -0 007 1,5 - 9.0 1. .5 text Infinity -inf NAN 0x10 5e-324 1e400"
BIG = ["9007199254740993", "-9223372036854775808", "9223372036854775808", "9" * 5000]
CELLS = st.one_of(
    st.floats().map(repr),
    st.integers().map(str),
    st.sampled_from([*ODD.split(" "), *BIG, "", " 1", "1 ", "\x00"]),
)


def judged(cell):
    cell = cell.strip(" ")
    if cell in ("", "True", "False", "true", "false"):
        return {"": None}.get(cell, int(cell.lower() == "true"))
    if "_" in cell or not cell.isascii():
        return NOT_A_NUMBER
    try:
        if not cell.lstrip("+-").isdecimal():
            return float(cell)
        number = int(cell)
    except ValueError:
        return NOT_A_NUMBER
    return number if -(2**63) <= number < 2**63 else NOT_A_NUMBER


def same(left, right):
    return left is right or (
        type(left) is type(right) and np.float64(left).tobytes() == np.float64(right).tobytes()
    )


@given(cell=CELLS | st.text())
@example(cell="0.1")
@example(cell="1e22")
@example(cell="2.2250738585072011e-308")
def test_a_number(cell):
    expected = judged(cell) if cell.isprintable() else number_in(cell)
    assert same(number_in(cell), expected)


@given(value=st.floats(allow_nan=False))
def test_every_float_comes_back_to_the_bit(value):
    assert same(number_in(repr(value)), value)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("7", 7), ("-7.0", -7), ("7.", 7), (" 8", 8), ("7.5", None), ("nan", None), ("", None)],
)
def test_a_whole_number(cell, number):
    assert whole_number_in(cell) == number


def test_a_value_of_an_epoch():
    assert value_in('[1, {"a": 2.5}]') == [1, {"a": 2.5}]
    assert value_in("[1") == "[1"
    assert value_in("hello") == "hello"
    assert value_in("") is None


@given(cells=st.lists(CELLS, min_size=1, max_size=6))
def test_a_column(tmp_path_factory, cells):
    numbers = [number_in(cell) for cell in cells]
    kept = [(at, n) for at, n in enumerate(numbers) if n is not None and n is not NOT_A_NUMBER]
    is_float = any(isinstance(number, float) for _, number in kept)
    if is_float and any(isinstance(n, int) and abs(n) > 2**53 for _, n in kept):
        return  # refused by name
    directory = tmp_path_factory.mktemp("column")
    lines = "".join(f'{step},"{cell}",0\n' for step, cell in enumerate(cells))
    (directory / "a.csv").write_text(f"step,a,always\n{lines}", newline="")

    report = import_csv(directory / "a.csv", directory / "run")

    run = tachograph.open(report.path)
    if kept:
        steps, values = run.history("a")
        assert steps.tolist() == [step for step, _ in kept]
        assert values.dtype == (np.float64 if is_float else np.int64)
        assert all(map(same, values.tolist(), [float(n) if is_float else n for _, n in kept]))
    else:
        assert run.metrics == ["always"]
    assert report.values == len(kept) + len(cells)
    assert report.skipped.get("text", 0) == numbers.count(NOT_A_NUMBER)
    assert not any(math.isnan(row.metrics["always"]) for row in run.steps)
