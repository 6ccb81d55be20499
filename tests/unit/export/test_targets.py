"""Exports to file objects, who is told how far they are, and CSV with a line a value."""

import csv
import errno
import gzip
import io
import json

import pytest

import tachograph
from tachograph import ArgumentTypeError, InvalidArgumentError, LogIOError, TrainingRecorder


@pytest.fixture
def run(make_recorder):
    recorder = make_recorder("name")
    recorder.log_steps(range(100_000), {"loss": [n / 7 for n in range(100_000)]})
    recorder.log_step(100_000, {"late": float("nan"), "=danger": 3})
    for epoch in range(3):
        recorder.log_epoch(epoch, 1 / (epoch + 1), train_metrics={"note": "a,b"})
    recorder.close()
    return tachograph.open(recorder.path)


EXPORTS = {
    "csv": lambda run, target, **options: run.export_to_csv(target, "steps", **options),
    "epochs csv": lambda run, target, **options: run.export_to_csv(target, **options),
    "json": lambda run, target, **options: run.export_to_json(target, "steps", **options),
    "lines": lambda run, target, **options: run.export_to_json(
        target, "steps", lines=True, **options
    ),
    "parquet": lambda run, target, **options: run.export_to_parquet(target, "steps", **options),
}


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
def test_a_file_object_gets_what_a_path_gets(run, tmp_path, export):
    path = export(run, tmp_path / "file")
    memory = io.BytesIO()

    assert export(run, memory) is memory
    assert memory.getvalue() == path.read_bytes()
    with gzip.open(tmp_path / "own.gz", "wb") as file:
        export(run, file)
    with gzip.open(tmp_path / "own.gz") as file:
        assert file.read() == path.read_bytes()


def test_a_record_goes_to_a_file_object(run):
    memory = run.save(io.BytesIO())

    assert len(json.loads(memory.getvalue())["epochs"]) == 3


@pytest.mark.parametrize("target", [io.StringIO(), 3, None])
def test_what_takes_no_bytes_is_refused(run, target):
    with pytest.raises(ArgumentTypeError, match="binary file object"):
        run.save(target)


class Raw(io.RawIOBase):
    """A stream whose `write` does what is given."""

    def __init__(self, take):
        self.take = take

    def writable(self):
        return True

    def write(self, data):
        return self.take(data)


def refuse(_data):
    raise OSError(28, "no space")


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
@pytest.mark.parametrize(
    ("write", "error"),
    [
        (refuse, (OSError, "no space")),
        (lambda data: None, (BlockingIOError, "non-blocking")),
        (lambda data: len(data) + 1, (ValueError, r"took \d+ of \d+ bytes")),
        (lambda data: "all", (TypeError, "str")),
    ],
)
def test_a_file_object_that_fails(run, export, write, error):
    with pytest.raises(error[0], match=error[1]):
        export(run, Raw(write))


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
def test_a_file_object_that_takes_a_part_gets_all(run, tmp_path, export):
    taken = bytearray()

    def write(data):
        taken.extend(data[:10_000])
        return min(len(data), 10_000)

    export(run, Raw(write))

    assert taken == export(run, tmp_path / "file").read_bytes()


def test_half_a_parquet_file_gets_no_end(run):
    memory = io.BytesIO()

    def stop(done, _total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.export_to_parquet(memory, "steps", progress=stop)

    assert not memory.getvalue().endswith(b"PAR1") or len(memory.getvalue()) <= 4


def test_lines_are_asked_for_or_said_by_the_name(run, tmp_path):
    asked = run.export_to_json(io.BytesIO(), "steps", lines=True).getvalue()

    assert run.export_to_json(tmp_path / "a.jsonl", "steps").read_bytes() == asked
    document = run.export_to_json(tmp_path / "b.jsonl", "steps", lines=False).read_bytes()
    assert len(json.loads(document)["steps"]["step"]) == asked.count(b"\n") == 100_001


PROGRESS = {
    **EXPORTS,
    "record": lambda run, target, **options: run.save(target, **options),
    "events": lambda run, target, **options: run.export_to_tensorboard(target, **options),
}


@pytest.mark.parametrize("export", PROGRESS.values(), ids=PROGRESS)
def test_progress_goes_from_nothing_to_all(run, tmp_path, export):
    told = []

    export(run, tmp_path / "file", progress=lambda done, total: told.append((done, total)))

    assert told == sorted(told)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1] > 0
    assert len({total for _, total in told}) == 1


@pytest.mark.parametrize("export", PROGRESS.values(), ids=PROGRESS)
def test_what_progress_raises_ends_the_export_and_the_older_file_stays(run, tmp_path, export):
    path = export(run, tmp_path / "out" / "file")
    before = path.read_bytes()

    def stop(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(run, tmp_path / "out" / "file", progress=stop)

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("export", PROGRESS.values(), ids=PROGRESS)
def test_an_error_of_progress_is_not_taken_for_one_of_the_file(run, tmp_path, export):
    def stop(_done, _total):
        raise OSError(errno.ENOSPC, "of somebody else")

    with pytest.raises(OSError, match="of somebody else") as caught:
        export(run, tmp_path / "file", progress=stop)

    assert not isinstance(caught.value, LogIOError)


def test_nothing_comes_behind_a_write_that_failed(run):
    taken = []

    def write(data):
        taken.append(len(data))
        if len(taken) == 3:
            raise OSError(errno.EIO, "gone")
        return len(data)

    with pytest.raises(OSError, match="gone"):
        run.export_to_csv(Raw(write), "steps")

    assert len(taken) == 3


def test_who_is_told_may_ask_the_run(make_recorder):
    recorder = make_recorder("name")
    recorder.log_steps(range(1000), {"loss": [0.5] * 1000})
    rows = []

    def ask(_done, _total):
        recorder.log_step(None, loss=0.25)
        rows.append(len(recorder.steps))

    recorder.export_to_csv(io.BytesIO(), "steps", progress=ask)

    assert rows == [1001, 1002]


def test_a_line_a_value(run, tmp_path):
    path = run.export_to_csv(tmp_path / "long.csv", "steps", layout="long")

    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["step", "attempt", "wall_time", "metric", "value"]
    assert len(rows) == 1 + 100_000 + 2
    assert [(int(row[0]), row[3], float(row[4])) for row in rows[1:-2]] == [
        (n, "loss", n / 7) for n in range(100_000)
    ]
    assert [row[3:] for row in rows[-2:]] == [["late", "NaN"], ["'=danger", "3"]]
    assert rows[-1][:3] == rows[-2][:3]


def test_a_line_a_value_of_an_epoch(run, tmp_path):
    path = run.export_to_csv(tmp_path / "long.csv", layout="long")

    with path.open(newline="") as file:
        values = [row["value"] for row in csv.DictReader(file) if row["metric"] == "train_note"]
    assert values == ["a,b"] * 3


def test_an_unknown_layout_is_refused(run, tmp_path):
    with pytest.raises(InvalidArgumentError, match="wide") as caught:
        run.export_to_csv(tmp_path / "x.csv", layout="tall")

    assert caught.value.argument == "layout"


def test_an_empty_recorder_is_told_of_too():
    told = []
    with TrainingRecorder("name", dir=None) as recorder:
        recorder.export_to_csv(io.BytesIO(), progress=lambda *far: told.append(far))

    assert told == [(0, 0)]
