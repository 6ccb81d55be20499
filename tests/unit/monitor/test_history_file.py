"""Histories as files: strict JSON that reads back as it was, whatever was in it."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph import (
    ArgumentTypeError,
    InvalidArgumentError,
    LogIOError,
    RecordFormatError,
    RunNotFoundError,
    UnsupportedValueError,
)
from tachograph.monitor import read_history, write_history

numbers = st.integers(-(2**80), 2**80) | st.floats()
values = st.recursive(
    numbers | st.booleans() | st.text().filter(lambda t: t not in {"Infinity", "-Infinity"}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
epochs = st.lists(st.dictionaries(st.text().filter(lambda key: key != "epoch"), values), max_size=4)


def strictly(text):
    def refuse(literal):
        pytest.fail(f"{literal} is no JSON")

    return json.loads(text, parse_constant=refuse)


def numbered(rows):
    return [{**row, "epoch": place} for place, row in enumerate(rows, start=1)]


@given(train=epochs, val=epochs)
def test_what_was_written_is_read(tmp_path_factory, train, val):
    path = tmp_path_factory.mktemp("any") / "history.json"
    history = {"train": numbered(train), "val": numbered(val)}

    assert write_history(path, history) == path

    strictly(path.read_bytes().decode("utf-8"))
    # NaN equals itself only as text.
    assert repr(read_history(path)) == repr(history)


def test_numbers_of_numpy_are_plain_ones_in_the_file(tmp_path):
    row = {
        "epoch": np.int64(1),
        "loss": np.float32(0.5),
        "acc": np.array(0.25),
        "true_pos": np.uint8(3),
        "confusion_matrix": np.array([[3, 1], [0, 2]]),
        "class_1_recall": np.float64("nan"),
        "improved": np.bool_(True),
    }
    path = write_history(tmp_path / "history.json", {"train": [row]})

    assert strictly(path.read_text()) == {
        "train": [
            {
                "epoch": 1,
                "loss": 0.5,
                "acc": 0.25,
                "true_pos": 3,
                "confusion_matrix": [[3, 1], [0, 2]],
                "class_1_recall": None,
                "improved": True,
            }
        ],
        "val": [],
    }


def test_a_metric_that_is_not_defined_is_null_in_the_file_and_nan_in_memory(tmp_path):
    row = {"epoch": 1, "recall": math.nan, "absent": None, "loss": math.inf, "low": -math.inf}
    path = write_history(tmp_path / "history.json", {"train": [row], "val": [row]})

    written = strictly(path.read_text())["val"][0]
    assert written == {
        "epoch": 1,
        "recall": None,
        "absent": None,
        "loss": "Infinity",
        "low": "-Infinity",
    }
    read = read_history(path)["val"][0]
    assert math.isnan(read["recall"])
    assert math.isnan(read["absent"])
    assert (read["loss"], read["low"]) == (math.inf, -math.inf)


def test_parents_are_made_and_nothing_is_left_beside_the_file(tmp_path):
    path = tmp_path / "checkpoints" / "deeper" / "history.json"
    for n_epochs in (1, 2):
        write_history(path, {"train": [{"epoch": e + 1} for e in range(n_epochs)]})

    assert list(path.parent.iterdir()) == [path]
    assert len(read_history(path)["train"]) == 2


def test_a_value_that_cannot_be_kept_leaves_the_file_of_before(tmp_path):
    path = write_history(tmp_path / "history.json", {"train": [{"epoch": 1, "loss": 0.5}]})
    before = path.read_bytes()

    with pytest.raises(UnsupportedValueError, match="not object: model") as caught:
        write_history(path, {"train": [{"epoch": 1, "model": object()}]})

    assert caught.value.metric == "model"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "value", [1j, b"bytes", {1, 2}, np.datetime64("2024-01-01"), np.array([None, object()]), print]
)
def test_values_without_a_form_in_json_are_refused_by_name(tmp_path, value):
    with pytest.raises(UnsupportedValueError, match="strange"):
        write_history(tmp_path / "h.json", {"train": [{"strange": value}]})


def test_a_name_that_is_no_text_is_refused(tmp_path):
    with pytest.raises(UnsupportedValueError, match="must be a str, not int: 3"):
        write_history(tmp_path / "h.json", {"train": [{3: 0.5}]})


def test_a_list_within_itself_is_refused(tmp_path):
    endless = []
    endless.append(endless)
    with pytest.raises(UnsupportedValueError, match="too deep"):
        write_history(tmp_path / "h.json", {"train": [{"loop": endless}]})


@pytest.mark.parametrize("history", [None, [], "train", {"train": {}}, {"train": [1]}])
def test_another_shape_is_refused_before_anything_is_written(tmp_path, history):
    with pytest.raises(ArgumentTypeError) as caught:
        write_history(tmp_path / "h.json", history)

    assert caught.value.argument == "history"
    assert list(tmp_path.iterdir()) == []


def test_a_history_without_training_is_refused(tmp_path):
    with pytest.raises(InvalidArgumentError, match="'train'"):
        write_history(tmp_path / "h.json", {"val": []})


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LogIOError) as caught:
        write_history(tmp_path / "file" / "h.json", {"train": []})

    assert str(tmp_path / "file") in str(caught.value)


def test_no_file_says_how_to_get_one(tmp_path):
    with pytest.raises(RunNotFoundError, match="--save-history") as caught:
        read_history(tmp_path / "none.json")

    assert caught.value.path == str(tmp_path / "none.json")


def test_a_directory_is_an_error_of_the_disk(tmp_path):
    with pytest.raises(LogIOError, match="cannot read"):
        read_history(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b'{"train": [', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "an object with the keys"),
        (b"{}", "no key 'train'"),
        (b'{"train": {}}', "'train' is no list"),
        (b'{"train": [], "val": 3}', "'val' is no list"),
        (b'{"train": [{}, 7]}', "epoch 2 of 'train' is no object"),
        (b'{"train": [{"epoch": "one"}]}', "'epoch' in place 1 of 'train' is no integer"),
        (b'{"train": [{"epoch": 1.5}]}', "no integer"),
        (b'{"train": [{"epoch": 1e999}]}', "no integer"),
        (b'{"train": [{"epoch": null}]}', "no integer"),
        (b'{"train": [{"epoch": true}]}', "no integer"),
    ],
)
def test_what_is_no_history_is_refused_with_the_reason(tmp_path, content, reason):
    path = tmp_path / "h.json"
    path.write_bytes(content)

    with pytest.raises(RecordFormatError, match=reason) as caught:
        read_history(path)

    assert caught.value.path == str(path)


def test_histories_of_other_programs_are_read(tmp_path):
    path = tmp_path / "h.json"
    # Python's json writes bare NaN unless told not to; numbers may be missing or floats.
    path.write_text('\ufeff{"train": [{"loss": NaN}, {"epoch": 2.0}], "config": {}}', "utf-8")

    history = read_history(path)

    assert [row["epoch"] for row in history["train"]] == [1, 2]
    assert math.isnan(history["train"][0]["loss"])
    assert history["val"] == []
