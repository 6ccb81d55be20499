"""JSON Lines, files that are compressed as their name says, and CSV in other readers."""

import base64
import csv
import gzip
import json
import math

import numpy as np
import pytest
import zstandard

from tachograph import TrainingRecorder


def strict(text):
    def refuse(token):
        raise AssertionError(f"{token} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture
def recorder(tmp_path):
    with TrainingRecorder("files", dir=tmp_path / "runs") as recorder:
        for step in range(3000):
            recorder.log_step(step, loss=1 / (step + 1))
            if step % 2 == 0:
                recorder.log_step(step, {"extra": math.nan, "step": step})
        for epoch in range(5):
            recorder.log_epoch(epoch, 0.5, None, {"note": "a\nb", "acc": 0.25})
        yield recorder


def test_lines_of_epochs_are_the_objects_of_the_record(recorder, tmp_path):
    recorder.export_to_json(tmp_path / "epochs.jsonl")
    recorder.export_to_json(tmp_path / "record.json")

    lines = [strict(line) for line in (tmp_path / "epochs.jsonl").read_text().splitlines()]
    assert lines == strict((tmp_path / "record.json").read_text())["epochs"]
    assert len(lines) == 5


def test_lines_of_steps_are_merged_and_leave_out_what_was_not_recorded(recorder, tmp_path):
    recorder.export_to_json(tmp_path / "steps.jsonl", table="steps")

    lines = [strict(line) for line in (tmp_path / "steps.jsonl").read_text().splitlines()]
    assert len(lines) == len(recorder.steps) == 3000
    assert lines[1]["loss"] == 0.5
    assert "extra" not in lines[1]
    first = lines[0]
    assert [first[name] for name in ("step", "metric.step", "loss", "extra")] == [0, 0, 1.0, "NaN"]


def test_lists_of_steps_are_merged(recorder, tmp_path):
    recorder.export_to_json(tmp_path / "steps.json", table="steps")

    steps = strict((tmp_path / "steps.json").read_text())["steps"]
    assert steps["step"] == list(range(3000))
    assert steps["metrics"]["loss"] == [1 / (step + 1) for step in range(3000)]
    assert steps["metrics"]["step"][:4] == [0, None, 2, None]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("a.json", "steps"),
        ("a.jsonl", "steps"),
        ("a.jsonl", "epochs"),
        ("a.csv", "steps"),
        ("a.csv", "epochs"),
    ],
)
def test_endings_compress(recorder, tmp_path, name, table):
    write = recorder.export_to_csv if name == "a.csv" else recorder.export_to_json
    write(tmp_path / name, table)
    plain = (tmp_path / name).read_bytes()

    write(tmp_path / f"{name}.gz", table)
    assert gzip.decompress((tmp_path / f"{name}.gz").read_bytes()) == plain
    write(tmp_path / f"{name}.zst", table)
    packed = (tmp_path / f"{name}.zst").read_bytes()
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed) == plain
    assert len(packed) < len(plain)


def test_python_reads_long_arrays_out_of_csv_with_a_higher_limit(tmp_path):
    recorder = TrainingRecorder("arrays", dir=None, capture_environment=False)
    recorder.log_epoch(0, 0.5, train_metrics={"a": np.arange(20_000.0)})
    recorder.export_to_csv(tmp_path / "epochs.csv")

    before = csv.field_size_limit()
    with (tmp_path / "epochs.csv").open(newline="") as file:
        with pytest.raises(csv.Error, match="field larger than field limit"):
            list(csv.DictReader(file))
        file.seek(0)
        try:
            csv.field_size_limit(1 << 24)
            [row] = csv.DictReader(file)
        finally:
            csv.field_size_limit(before)
    array = json.loads(row["train_a"])["__ndarray__"]
    stored = np.frombuffer(base64.b64decode(array["data"]), array["dtype"])
    assert stored.tolist() == list(range(20_000))


def test_polars_reads_a_metric_that_begins_late_as_numbers_if_it_looks_at_all_rows(tmp_path):
    polars = pytest.importorskip("polars")
    recorder = TrainingRecorder("late", dir=None, capture_environment=False)
    for step in range(300):
        recorder.log_step(step, {"loss": 0.5} if step < 200 else {"late": 0.25})
    recorder.export_to_csv(tmp_path / "steps.csv", "steps")

    assert polars.read_csv(tmp_path / "steps.csv")["late"].dtype == polars.String
    whole = polars.read_csv(tmp_path / "steps.csv", infer_schema_length=None)
    assert whole["late"].to_list() == [None] * 200 + [0.25] * 100
