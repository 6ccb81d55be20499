"""Runs of every released version of the format are still read, to the bit.

The files come from tools/make_golden.py, run once for each version; no test writes them.
"""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import tachograph
from tachograph._core import Reader, Writer, verify

GOLDEN = Path(__file__).parents[1] / "golden" / "v1"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())
PLAIN = [name for name, run in EXPECTED.items() if "steps" in run]
ROLES = ["fields", "metrics", "train", "val"]


def text_of(value):
    return str(value) if isinstance(value, int) else f"0x{np.float64(value).view(np.uint64):016x}"


def rows_of(reader, table):
    return [
        {
            "seq": row["seq"],
            "attempt": row["attempt"],
            "label": row["label"],
            "values": {
                f"{role} {name}": text_of(value)
                for role, group in enumerate(ROLES)
                for name, value in row[group].items()
            },
        }
        for row in reader.rows(table, 0, reader.length(table))
    ]


def assert_as_expected(path, expected):
    reader = Reader.open(str(path))
    assert rows_of(reader, "steps") == expected["steps"]
    assert rows_of(reader, "epochs") == expected["epochs"]
    assert reader.records().get("note") == expected["note"]
    assert reader.closed == expected["closed"]
    report = reader.report()
    assert (report["rows_lost"], report["damage"]) == (0, [])


@pytest.mark.parametrize("name", PLAIN)
def test_rows_and_records_are_what_was_logged(name):
    assert_as_expected(GOLDEN / name, EXPECTED[name])


def test_every_codec_gives_back_every_bit():
    reader = Reader.open(str(GOLDEN / "codecs.tacho"))
    expected = EXPECTED["codecs"]
    assert reader.length("steps") == expected["n_steps"]
    for name, digest in expected["sha256"].items():
        _, values = reader.column("steps", 1, name)
        assert (
            hashlib.sha256(values.astype(values.dtype.newbyteorder("<")).tobytes()).hexdigest()
            == digest
        )
    assert len(expected["sha256"]) > 10


@pytest.mark.parametrize("name", [*PLAIN, "codecs.tacho"])
def test_they_verify(name):
    assert verify(str(GOLDEN / name))["ok"]


@pytest.mark.parametrize("name", PLAIN)
def test_they_are_resumed_and_lose_nothing(tmp_path, name):
    run = tmp_path / "run"
    shutil.copytree(GOLDEN / name, run)
    writer = Writer()
    writer._open(str(run), run_id="run", create=False)
    writer.log_step(1000, {"new": 1})
    writer._close()

    rows = rows_of(Reader.open(str(run)), "steps")
    assert rows[:-1] == EXPECTED[name]["steps"]
    assert rows[-1]["values"] == {"1 new": "1"}


def test_the_golden_files_are_small():
    assert sum(file.stat().st_size for file in GOLDEN.rglob("*") if file.is_file()) < 100_000


def test_structured_values_without_places_come_behind_the_numbers():
    """As the first writers laid them down: the directories of frames do not name their columns."""
    run = tachograph.open(GOLDEN / "structured.tacho")
    names = ["mse", "mae", "note", "last", "per", "shape", "late"]
    assert list(run.epochs.to_numpy())[9:] == [f"{s}_{n}" for s in ("train", "val") for n in names]
    metrics = [epoch.train_metrics for epoch in run.epochs]
    assert np.array_equal(metrics[0].pop("per"), [0.1, 0.2])
    assert metrics == [
        {"mse": 1.0, "note": "warm"},
        {"mse": 2.0, "mae": 0.5, "note": 7, "shape": [3, 4]},
        {"mae": "none", "last": 0.25, "late": {"a": 1}},
    ]
