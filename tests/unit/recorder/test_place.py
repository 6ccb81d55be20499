"""Where runs go: names are data, never paths."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import tachograph
from tachograph import ArgumentTypeError, InvalidArgumentError, TrainingRecorder
from tachograph.recorder.directory_name import directory_name
from tachograph.recorder.run_ids import check_run_id, made_at, new_run_id

HOSTILE = [
    "",
    ".",
    "..",
    "../x",
    "/x",
    "a/b",
    "a\\b",
    "C:\\x",
    "CON",
    "con.txt",
    "nul",
    "Lpt1",
    "COM0.log",
    "a" * 4096,
    "ä" * 4096,
    "\u202eevil",
    "שלום\u200f",
    "nul\0byte",
    "new\nline",
    "trailing.",
    "trailing ",
    ".hidden",
    "-rf",
    "~",
    "*?<>|\"'`$()",
    "e\u0301",
    "\U0001f600",
]
PLAIN = ["baseline", "Base-line_2.1", "实验1", "größe", "x" * 80]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_kept_exactly_and_stays_inside(name, tmp_path, make_recorder):
    recorder = make_recorder(name)
    recorder.log_step(0, {name or "empty": 1.0})
    recorder.close()

    runs = (tmp_path / "runs").resolve()
    assert recorder.path.resolve().parent.parent == runs
    assert {entry.name for entry in tmp_path.iterdir()} == {"runs"}
    run = tachograph.open(recorder.path)
    assert (recorder.experiment_name, run.experiment_name) == (name, name)
    assert run.metrics == [name or "empty"]


@pytest.mark.parametrize("name", HOSTILE)
def test_the_directory_of_a_hostile_name_is_safe_everywhere(name):
    directory = directory_name(name)

    assert 0 < len(directory.encode()) <= 80
    assert not set(directory) & set('/\\:*?"<>|\0\n\r\t ')
    assert directory[0] not in ".-"
    assert directory[-1] not in ". "
    assert directory.isprintable()
    assert directory.split(".")[0].lower() not in ("con", "prn", "aux", "nul", "lpt1", "com0")


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_name_is_its_own_directory(name):
    assert directory_name(name) == name


def test_no_two_names_share_a_directory():
    names = [*HOSTILE, *PLAIN, "a b", "a-b", "a  b", "a" * 4095, "ä" * 4095]

    assert len({directory_name(name) for name in names}) == len(names)


def test_a_name_must_be_text():
    with pytest.raises(ArgumentTypeError, match="experiment_name"):
        TrainingRecorder(3)
    with pytest.raises(InvalidArgumentError, match="experiment_name"):
        TrainingRecorder("half \ud800 pair")


def test_the_default_place(tmp_path, make_recorder):
    recorder = make_recorder("baseline")

    assert isinstance(recorder.path, Path)
    assert recorder.path == tmp_path / "runs" / "baseline" / recorder.run_id
    assert recorder.path.is_dir()


def test_variables_are_read_when_a_recorder_is_made(tmp_path, make_recorder, monkeypatch):
    monkeypatch.setenv("TACHO_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("TACHO_RUN_ID", "chosen")

    assert make_recorder("b").path == tmp_path / "elsewhere" / "b" / "chosen"


def test_arguments_come_before_variables(tmp_path, make_recorder, monkeypatch):
    monkeypatch.setenv("TACHO_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("TACHO_RUN_ID", "chosen")

    recorder = make_recorder("b", dir=tmp_path / "here", run_id="mine")

    assert recorder.path == tmp_path / "here" / "b" / "mine"


def test_in_memory_nothing_is_written(tmp_path, make_recorder):
    recorder = make_recorder(dir=None)
    recorder.log_step(0, {"a": 1.0})
    recorder.log_epoch(0, 1.0)
    recorder.close()

    assert recorder.path is None
    assert len(recorder.epochs) == 1
    assert not list(tmp_path.iterdir())


def test_a_run_keeps_its_place_when_the_program_changes_directory(
    tmp_path, make_recorder, monkeypatch
):
    recorder = make_recorder()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    recorder.log_epoch(0, 1.0)
    recorder.close()

    assert len(tachograph.open(recorder.path).epochs) == 1
    assert not list((tmp_path / "elsewhere").iterdir())


def test_new_ids_sort_by_time_and_differ():
    before = datetime.now(UTC)
    ids = [new_run_id() for _ in range(1000)]
    after = datetime.now(UTC)

    assert len(set(ids)) == 1000
    assert [made_at(run_id) for run_id in ids] == sorted(made_at(run_id) for run_id in ids)
    assert sorted(ids, key=lambda run_id: run_id[:22]) == ids
    assert before - timedelta(seconds=5) < made_at(ids[-1]) < after + timedelta(seconds=5)
    assert all(check_run_id(run_id) == run_id == run_id.lower() for run_id in ids)


@pytest.mark.parametrize("run_id", ["a", "A.b_c-1", "x" * 128, "20261121-093012-123456-k3v7q2ab"])
def test_ids_that_are_safe_file_names_are_taken(run_id):
    assert check_run_id(run_id) == run_id


@pytest.mark.parametrize(
    "run_id",
    ["", ".", "..", "../x", "a/b", ".a", "-a", "a.", "x" * 129, "a b", "ä", "CON", "nul.x", "a\n"],
)
def test_other_ids_are_refused(run_id, tmp_path):
    with pytest.raises(InvalidArgumentError, match="run_id"):
        TrainingRecorder("b", run_id=run_id)
    assert not list(tmp_path.iterdir())


def test_an_id_must_be_text():
    with pytest.raises(ArgumentTypeError, match="run_id"):
        TrainingRecorder("b", run_id=3)


@pytest.mark.parametrize(
    "option",
    [
        {"resume": "maybe"},
        {"durability": "some"},
        {"on_error": "ignore"},
        {"mechanism": "pigeon"},
        {"on_duplicate": "drop"},
        {"sync_interval_secs": 0},
        {"sync_interval_secs": float("nan")},
        {"sync_interval_secs": "1"},
    ],
)
def test_an_option_without_such_a_value_is_refused_by_name(option, tmp_path):
    with pytest.raises(InvalidArgumentError, match=next(iter(option))):
        TrainingRecorder("b", **option)
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cannot_be_made_is_an_os_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(OSError, match="file"):
        TrainingRecorder("b", dir=tmp_path / "file")
