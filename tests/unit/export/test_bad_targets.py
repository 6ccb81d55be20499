"""What cannot be written says so by its name, and the older file stays whole, in every format."""

import errno
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import tachograph
from tachograph import ArgumentTypeError, LogIOError, TrainingRecorder
from tachograph.export.target import writing

pytest.importorskip("pyarrow")

N_STEPS = 20_000
FILES = {
    "record.json": lambda run, path: run.save(path),
    "epochs.json": lambda run, path: run.export_to_json(path),
    "steps.json": lambda run, path: run.export_to_json(path, "steps"),
    "steps.jsonl": lambda run, path: run.export_to_json(path, "steps"),
    "steps.csv": lambda run, path: run.export_to_csv(path, "steps"),
    "long.csv": lambda run, path: run.export_to_csv(path, "steps", layout="long"),
    "steps.json.gz": lambda run, path: run.export_to_json(path, "steps"),
    "steps.csv.zst": lambda run, path: run.export_to_csv(path, "steps"),
    "steps.parquet": lambda run, path: run.export_to_parquet(path, "steps"),
    "record.pkl": lambda run, path: run.export_to_pickle(path),
}
FORMATS = {
    **FILES,
    "events": lambda run, path: run.export_to_tensorboard(path),
}


def names(directory):
    return [entry.name for entry in directory.iterdir()]


every_file = pytest.mark.parametrize(("name", "export"), FILES.items(), ids=FILES)
every_format = pytest.mark.parametrize(("name", "export"), FORMATS.items(), ids=FORMATS)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A closed run, so that nothing but exports writes; each file of it is over 100 KB."""
    directory = tmp_path_factory.mktemp("runs")
    values = np.random.default_rng(0).standard_normal(N_STEPS)
    with TrainingRecorder("x", {"layers": 2}, dir=directory, capture_environment=False) as recorder:
        recorder.log_steps(np.arange(N_STEPS), {"loss": values, "other": -values})
        for epoch in range(20):
            text = values[epoch * 900 : epoch * 900 + 900].tobytes()
            recorder.log_epoch(epoch, 0.5, train_metrics={"noise": text})
    return tachograph.open(recorder.path)


@contextmanager
def file_size_limit(n_bytes):
    """As a disk on which there is room for so much."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@every_format
def test_a_disk_that_is_full_half_way(run, tmp_path, name, export):
    path = export(run, tmp_path / name)
    before = path.read_bytes()
    assert len(before) > 100_000

    with file_size_limit(80_000), pytest.raises(OSError, match=path.name) as caught:
        export(run, tmp_path / name)

    assert isinstance(caught.value, LogIOError)
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(path))
    assert path.read_bytes() == before
    assert names(path.parent) == [path.name]


@every_file
def test_a_device_is_written_to_and_says_that_it_is_full(run, tmp_path, name, export):
    link = tmp_path / name
    link.symlink_to("/dev/full")

    with pytest.raises(LogIOError, match="No space left") as caught:
        export(run, link)

    assert caught.value.errno == errno.ENOSPC
    assert link.is_symlink()
    assert Path("/dev/full").is_char_device()
    assert names(tmp_path) == [name]


def test_a_file_that_cannot_be_closed_has_not_been_written(run, tmp_path, monkeypatch):
    opened = Path.open

    def shut(path, *args, **options):
        file = opened(path, *args, **options)
        os.close(file.fileno())  # as where a quota is told at the end: closing fails
        return file

    monkeypatch.setattr(Path, "open", shut)
    with pytest.raises(LogIOError, match=r"a\.csv"), writing(tmp_path / "a.csv"):
        pass
    assert names(tmp_path) == []


@every_file
def test_a_directory(run, tmp_path, name, export):
    (tmp_path / name).mkdir()

    with pytest.raises(LogIOError, match=name) as caught:
        export(run, tmp_path / name)

    assert caught.value.errno == errno.EISDIR
    assert names(tmp_path) == [name]
    assert names(tmp_path / name) == []


@every_format
def test_a_file_where_a_directory_should_be(run, tmp_path, name, export):
    (tmp_path / "file").write_text("old")

    with pytest.raises(LogIOError, match="file"):
        export(run, tmp_path / "file" / name)

    assert (tmp_path / "file").read_text() == "old"


def test_events_into_a_file(run, tmp_path):
    (tmp_path / "file").write_text("old")

    with pytest.raises(LogIOError, match="file"):
        run.export_to_tensorboard(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "old"
    with pytest.raises(ArgumentTypeError, match="log_dir"):
        run.export_to_tensorboard(3)
    with pytest.raises(ArgumentTypeError, match="path"):
        run.export_to_pickle(3)


@every_format
def test_where_nothing_may_be_written(nobody, run, tmp_path, name, export):
    path = export(run, tmp_path / name)
    before = path.read_bytes()
    path.parent.chmod(0o555)
    tmp_path.chmod(0o555)

    with nobody(run.path, tmp_path), pytest.raises(LogIOError, match=str(tmp_path)) as caught:
        export(run, tmp_path / name)
    with nobody(), pytest.raises(LogIOError, match="new"):
        export(run, tmp_path / "new" / name)

    path.parent.chmod(0o755)
    tmp_path.chmod(0o755)
    assert caught.value.errno == errno.EACCES
    assert path.read_bytes() == before
    assert not (tmp_path / "new").exists()


@every_file
def test_a_file_that_is_protected_is_not_replaced(nobody, run, tmp_path, name, export):
    (tmp_path / name).write_text("old")
    (tmp_path / name).chmod(0o444)
    tmp_path.chmod(0o777)

    with nobody(run.path, tmp_path), pytest.raises(LogIOError, match=name):
        export(run, tmp_path / name)

    assert (tmp_path / name).read_text() == "old"


@every_file
def test_a_link_leads_where_it_led(run, tmp_path, name, export):
    (tmp_path / "there").mkdir()
    there = export(run, tmp_path / "there" / name)
    there.chmod(0o600)
    inode = there.stat().st_ino
    (tmp_path / name).symlink_to(there)

    assert export(run, tmp_path / name) == tmp_path / name

    assert (tmp_path / name).is_symlink()
    assert there.stat().st_ino != inode
    assert there.stat().st_mode & 0o777 == 0o600


KILLED = """
import os, signal, sys, tachograph
run = tachograph.open(sys.argv[1])
calls = []
def die(done, total):
    calls.append(done)
    if done:
        os.kill(os.getpid(), signal.SIGKILL)
run.export_to_csv(sys.argv[2], "steps", progress=die)
"""


def test_a_kill_leaves_the_older_file(run, tmp_path):
    path = tmp_path / "steps.csv"
    path.write_text("old")

    child = subprocess.run([sys.executable, "-c", KILLED, run.path, path], check=False)

    assert child.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_nothing_that_tensorboard_reads_is_there_before_it_is_whole(run, tmp_path):
    seen = []
    run.export_to_tensorboard(tmp_path, progress=lambda *_: seen.append(names(tmp_path)))

    assert not any("tfevents" in name for name in seen[0])


@pytest.mark.parametrize(
    "export",
    [
        lambda run, path: run.save(path, progress="x"),
        lambda run, path: run.export_to_json(path, progress="x"),
        lambda run, path: run.export_to_json(path, "steps", lines=True, progress=True),
        lambda run, path: run.export_to_csv(path, progress=3),
        lambda run, path: run.export_to_parquet(path, progress="x"),
        lambda run, path: run.export_to_tensorboard(path, progress=[]),
    ],
)
def test_a_progress_that_cannot_be_called(run, tmp_path, export):
    with pytest.raises(ArgumentTypeError, match="progress must be a function") as caught:
        export(run, tmp_path / "out")

    assert caught.value.argument == "progress"
    assert names(tmp_path) == []
