"""What is taken for a number, and what becomes of structured values."""

import enum
import json
from argparse import Namespace
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.records.exact_number import epoch_label, exact_float, optional_float
from tachograph.records.plain_value import plain_value


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Layer:
    width: int
    path: Path


@pytest.mark.parametrize(
    "value",
    [
        1,
        True,
        0.1,
        -0.0,
        float("inf"),
        np.float32(0.1),
        np.float16(0.1),
        np.int64(3),
        np.bool_(True),
        np.array(2.5),
        Decimal("0.5"),
        Fraction(1, 4),
    ],
)
def test_anything_that_equals_a_float_is_a_number(value):
    number = exact_float(value, "x")

    assert type(number) is float
    assert number == value


def test_nan_is_a_number():
    assert exact_float(np.float32("nan"), "x") != exact_float(float("nan"), "x")


@pytest.mark.parametrize(
    "value", [2**53 + 1, Decimal("0.1"), Fraction(1, 3), np.int64(2**53 + 1), 10**400]
)
def test_what_a_float_would_round_is_refused_by_name(value):
    with pytest.raises(InvalidArgumentError, match="train_loss"):
        exact_float(value, "train_loss")


@pytest.mark.parametrize("value", ["1.0", None, [1.0], {}, 1j, np.arange(2.0), object(), b"1"])
def test_what_is_no_number_is_a_type_error(value):
    with pytest.raises(ArgumentTypeError, match="train_loss"):
        exact_float(value, "train_loss")


def test_an_optional_number_may_be_none():
    assert optional_float(None, "x") is None


@pytest.mark.parametrize("value", [0, -5, 2**63 - 1, np.int32(7), np.uint8(7)])
def test_labels_are_integers(value):
    assert type(epoch_label(value)) is int
    assert epoch_label(value) == value


@pytest.mark.parametrize("value", [True, np.bool_(True), 1.0, np.float64(1), "1", None])
def test_labels_are_nothing_else(value):
    with pytest.raises(TypeError, match="epoch"):
        epoch_label(value)


def test_labels_fit_64_bits():
    with pytest.raises(ValueError, match="64 bits"):
        epoch_label(2**63)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Color.RED, "red"),
        (Level.LOW, 1),
        (Path("a") / "b", str(Path("a") / "b")),
        (Layer(3, Path("x")), {"width": 3, "path": "x"}),
        (Namespace(lr=0.1), {"lr": 0.1}),
        (MappingProxyType({"a": (1, 2)}), {"a": [1, 2]}),
        ({"b", "a"}, ["a", "b"]),
        ({1: 2, None: 3, (1, 2): 4}, {1: 2, None: 3, "(1, 2)": 4}),
        (int, "builtins.int"),
        (json.dumps, "json.dumps"),
        (np.array(["a", "b"]), ["a", "b"]),
        ([None, True, 1, 1.5, "x", b"y"], [None, True, 1, 1.5, "x", b"y"]),
    ],
)
def test_objects_become_plain(value, plain):
    assert plain_value(value, "config") == plain


def test_arrays_of_numbers_stay_arrays():
    array = np.arange(3, dtype=np.float32)

    assert plain_value(array, "x") is array


def test_what_contains_itself_is_refused():
    loop = {}
    loop["loop"] = [loop]

    with pytest.raises(InvalidArgumentError, match="model_config contains itself"):
        plain_value(loop, "model_config")
