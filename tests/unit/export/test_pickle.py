"""Pickles hold built-in and NumPy types only, and nothing else is ever run."""

import collections
import datetime as dt
import functools
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from tachograph import RecordFormatError, TrainingRecorder
from tachograph.export.pickle_file import read_pickle, write_pickle
from tachograph.records.equality import same_value

CONTENT = {
    "plain": [None, True, 1, 2**100, 1.5, float("nan"), "x", b"y", (1, 2), {3, 4}, 1j],
    "frozen": frozenset({1}),
    "bytes": bytearray(b"z"),
    "when": dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
    "ordered": collections.OrderedDict(a=1),
    "arrays": [
        np.arange(6, dtype=dtype).reshape(2, 3) for dtype in ("f2", "f4", ">f8", "i1", "u8", "c16")
    ],
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "text": np.array(["a", "bc"]),
    "bool": np.array([True, False]),
    "objects": np.array([None, "x", {"deep": np.arange(2)}], dtype=object),
    "zero-d": np.array(3.0),
    "empty": np.empty((0, 4), dtype=np.int16),
    "scalars": [np.float32(1.5), np.int64(3), np.bool_(True), np.complex64(1j)],
    "big": np.random.default_rng(0).normal(size=5000).astype("f4"),
}


def forged(function, *arguments):
    class Forged:
        def __reduce__(self):
            return function, arguments

    return Forged()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_builtin_and_numpy_types_come_back(tmp_path, protocol):
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps(CONTENT, protocol=protocol))

    assert same_value(read_pickle(path), CONTENT)


@pytest.mark.parametrize("name", ["numpy.core", "numpy._core"])
def test_pickles_of_numpy_1_and_2_are_read(tmp_path, name):
    core = "numpy._core" if hasattr(np, "_core") else "numpy.core"
    content = pickle.dumps({"a": np.arange(3), "b": np.float32(2)}, protocol=2)
    # Protocol 2 names modules in plain lines, so the length may change.
    (tmp_path / "x.pkl").write_bytes(content.replace(core.encode(), name.encode()))

    assert same_value(read_pickle(tmp_path / "x.pkl"), {"a": np.arange(3), "b": np.float32(2)})


@pytest.mark.parametrize(
    ("attack", "named"),
    [
        (forged(os.system, "touch hit"), "system"),
        (forged(subprocess.Popen, ["touch", "hit"]), "subprocess.Popen"),
        (forged(eval, "open('hit', 'w')"), "builtins.eval"),
        (forged(getattr, "x", "upper"), "builtins.getattr"),
        (forged(functools.partial, print), "functools.partial"),
        (forged(__import__, "antigravity"), "builtins.__import__"),
        (forged(np.load, "x"), "numpy"),
        (forged(open, "hit", "w"), "open"),
        (forged(type, "X", (), {}), "builtins.type"),
        (forged(range, 10**12), "builtins.range"),
        (sys.exit, "exit"),
        (collections.Counter("aab"), "collections.Counter"),
    ],
)
def test_any_other_global_is_refused_by_name_and_not_run(tmp_path, attack, named):
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps({"epochs": [attack]}))

    with pytest.raises(RecordFormatError, match=named) as caught:
        TrainingRecorder.load(path)

    assert str(path) in str(caught.value)
    assert not (tmp_path / "hit").exists()


@pytest.mark.parametrize(
    "attack",
    [
        forged(bytes, 10**14),
        forged(bytearray, 10**14),
        forged(np.ndarray, (10**14,)),
        forged(np.dtype, [("f", "O")]),
        np.zeros(2, dtype=[("a", "f4"), ("b", "O")]),
        np.array(["2020-01-01"], dtype="M8[D]"),
    ],
)
def test_what_could_take_all_memory_or_forge_objects_is_refused(tmp_path, attack):
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(attack))

    with pytest.raises(RecordFormatError):
        read_pickle(tmp_path / "x.pkl")


def test_every_truncation_is_a_clear_error(tmp_path):
    whole = pickle.dumps({"a": np.arange(3), "b": [1, "x"]}, protocol=4)
    for length in range(1, len(whole)):
        (tmp_path / "x.pkl").write_bytes(whole[:length])

        with pytest.raises(RecordFormatError):
            read_pickle(tmp_path / "x.pkl")


def test_changed_bytes_are_an_error_or_some_value(tmp_path):
    whole = pickle.dumps({"a": np.arange(3), "b": [1, "x"], "c": np.float32(1)}, protocol=4)
    for at in range(len(whole)):
        for flip in (1, 0x80):
            changed = bytearray(whole)
            changed[at] ^= flip
            (tmp_path / "x.pkl").write_bytes(changed)
            try:
                read_pickle(tmp_path / "x.pkl")
            except RecordFormatError:
                continue


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.pkl"
    write_pickle(path, [1])

    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        write_pickle(path, [lambda: None])

    assert read_pickle(path) == [1]
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.pkl"]


def test_nothing_of_ours_is_in_a_pickle(recorder, tmp_path):
    recorder.log_epoch(0, 1.0, 0.5, {"a": np.arange(3)})
    path = recorder.export_to_pickle(tmp_path / "x.pkl")

    assert b"tachograph." not in path.read_bytes()
    with path.open("rb") as file:
        content = pickle.load(file)
    assert type(content["epochs"][0]) is dict
    assert len(TrainingRecorder.load_pickle(path).epochs) == 1
