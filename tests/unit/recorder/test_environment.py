"""The environment: complete, bounded in time, silent, and without secrets."""

import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import tachograph
from tachograph import TrainingRecorder
from tachograph.recorder.environment import EnvironmentCapture, capture, git
from tachograph.recorder.environment.accelerators import torch_versions
from tachograph.recorder.environment.git import is_dirty, read_git_state
from tachograph.recorder.environment.packages import installed_packages

GIT_NAMES = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def run_git(directory, *arguments):
    answer = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env={**os.environ, **GIT_NAMES},
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    run_git(tmp_path, "init", "-b", "trunk")
    (tmp_path / "tracked.txt").write_text("one")
    run_git(tmp_path, "add", ".")
    run_git(tmp_path, "commit", "-m", "first")
    return tmp_path


def captured(**options):
    with TrainingRecorder("b", **options) as recorder:
        pass
    return recorder.experiment_metadata


def test_it_has_the_keys_that_programs_know():
    metadata = captured(dir=None)

    assert {
        "git_commit",
        "python_version",
        "pytorch_version",
        "cuda_version",
        "device_info",
        "system_info",
    } <= metadata.keys()
    assert {"cuda_available", "cuda_device_count"} <= metadata["device_info"].keys()
    assert metadata["system_info"].keys() == {"cpu_count", "memory_total", "platform"}
    assert metadata["python_version"] == ".".join(map(str, sys.version_info[:3]))
    json.dumps(metadata, allow_nan=False)


def test_it_is_in_the_log_of_a_short_run(recorder):
    with TrainingRecorder("short") as short:
        short.log_step(0, {"a": 1.0})

    assert tachograph.open(short.path).environment["python_version"]


def test_outside_a_repository_there_is_no_commit(capfd):
    metadata = captured(dir=None)

    assert metadata["git_commit"] is None
    assert metadata["git_dirty"] is None
    assert capfd.readouterr() == ("", "")


def test_inside_a_repository(repository, monkeypatch):
    (repository / "below" / "here").mkdir(parents=True)
    monkeypatch.chdir(repository / "below" / "here")

    state = read_git_state(repository / "below" / "here")

    assert state.commit == run_git(repository, "rev-parse", "HEAD")
    assert state.branch == "trunk"
    assert state.remote is None
    assert captured(dir=None)["git_commit"] == state.commit


def test_dirty_means_that_a_tracked_file_differs(repository):
    state = read_git_state(repository)
    assert is_dirty(state) is False
    (repository / "untracked.txt").write_text("")
    assert is_dirty(state) is False

    (repository / "tracked.txt").write_text("two")

    assert is_dirty(state) is True


@pytest.mark.parametrize(
    "form", ["packed", "detached", "tagged", "worktree", "separate", "empty", "damaged"]
)
def test_every_form_of_a_repository(repository, tmp_path_factory, form):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    place = repository
    if form == "packed":
        run_git(repository, "pack-refs", "--all")
    elif form == "detached":
        run_git(repository, "checkout", "--detach")
    elif form == "tagged":
        run_git(repository, "tag", "trunk")  # a tag of the branch's name
    elif form == "worktree":
        place = elsewhere / "tree"
        run_git(repository, "worktree", "add", "-b", "other", str(place))
    elif form == "separate":
        run_git(repository, "init", "--separate-git-dir", str(elsewhere / "git"))
    elif form == "empty":
        place = elsewhere
        run_git(place, "init", "-b", "trunk")
    elif form == "damaged":
        (repository / ".git" / "refs" / "heads" / "trunk").write_bytes(b"\xff\xfe")

    state = read_git_state(place)

    if form in ("empty", "damaged"):
        assert state.commit is None
    else:
        assert state.commit == run_git(place, "rev-parse", "HEAD")
        assert state.branch == {"detached": None, "worktree": "other"}.get(form, "trunk")


def test_a_remote_shows_no_credentials(repository):
    run_git(repository, "remote", "add", "other", "https://example.org/other")
    run_git(repository, "remote", "add", "origin", "https://me:s3cret@example.org/x.git?token=abc")
    run_git(repository, "config", "submodule.x.url", "https://example.org/submodule")

    assert read_git_state(repository).remote == "https://***@example.org/x.git?token=***"


def join_the_capture():
    for thread in threading.enumerate():
        if thread.name == "tachograph-environment":
            thread.join(60)
            assert not thread.is_alive()


def test_what_git_says_after_a_run_was_closed_is_said_by_nobody(repository, monkeypatch, tmp_path):
    asked, answers = threading.Event(), threading.Event()

    def slow(_state):
        asked.set()
        answers.wait(60)
        return True

    monkeypatch.setattr(capture, "is_dirty", slow)
    monkeypatch.chdir(repository)
    with TrainingRecorder("slow", dir=tmp_path) as recorder:
        recorder.log_step(0, loss=1.0)
        assert asked.wait(60)
    answers.set()
    join_the_capture()

    assert recorder.experiment_metadata["git_dirty"] is None
    assert tachograph.open(recorder.path).environment == recorder.experiment_metadata


def test_facts_that_come_after_a_run_was_closed_are_said_by_nobody(monkeypatch, tmp_path):
    answers = threading.Event()

    def slow(*_):
        answers.wait(60)
        return {"hostname": "late"}

    monkeypatch.setattr(capture, "_facts", slow)
    monkeypatch.setattr(capture, "_FACTS_SECS", 0.01)
    with TrainingRecorder("slow", dir=tmp_path) as recorder:
        recorder.log_step(0, loss=1.0)
    answers.set()
    join_the_capture()

    assert tachograph.open(recorder.path).environment == {} == recorder.experiment_metadata


def test_without_git_on_the_path(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(repository)

    metadata = captured(dir=None)

    assert len(metadata["git_commit"]) == 40
    assert metadata["git_dirty"] is None


def test_a_git_that_hangs_is_given_up(repository, monkeypatch, tmp_path):
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    (bin_dir / "git").write_text("#!/bin/sh\nexec sleep 1000\n")
    (bin_dir / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_dir}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git, "_STATUS_SECS", 0.2)
    monkeypatch.chdir(repository)

    recorder = TrainingRecorder("b", dir=None)
    metadata = recorder.experiment_metadata
    recorder.close()

    join_the_capture()  # which a git that it waits for would not let end
    assert metadata["git_dirty"] is None
    assert metadata["git_commit"]


def test_closing_does_not_wait_for_a_slow_git(repository, monkeypatch):
    release, answered = threading.Event(), threading.Event()

    def slow(_state):
        release.wait(60)
        answered.set()
        return True

    monkeypatch.setattr(capture, "is_dirty", slow)
    monkeypatch.chdir(repository)

    recorder = TrainingRecorder("b")
    recorder.close()
    has_waited = answered.is_set()
    release.set()
    join_the_capture()

    assert not has_waited
    environment = tachograph.open(recorder.path).environment
    assert environment["git_commit"]
    assert environment["git_dirty"] is None


def test_a_fact_that_fails_takes_no_other_with_it(monkeypatch):
    def fail(*_):
        raise RuntimeError("no")

    for name in ("system_info", "installed_packages", "device_info", "read_git_state", "redacted"):
        monkeypatch.setattr(capture, name, fail)

    metadata = captured(dir=None)

    assert metadata["python_version"]
    assert metadata["packages"] == {}
    assert metadata["system_info"].keys() == {"cpu_count", "memory_total", "platform"}


def test_nothing_of_the_environment_variables_is_kept(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "v3ry-s3cret")

    assert "v3ry-s3cret" not in json.dumps(captured(dir=None))


def test_a_deleted_working_directory_does_no_harm(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    assert captured(dir=None)["git_commit"] is None


def test_installed_packages_are_named_with_their_versions(tmp_path, monkeypatch):
    (tmp_path / "Some_Package-1.2.dist-info").mkdir()
    (tmp_path / "old-3.0-py3.11.egg-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    packages = installed_packages()

    assert packages["numpy"] == np.__version__
    assert (packages["some-package"], packages["old"]) == ("1.2", "3.0")
    assert list(packages) == sorted(packages)


def test_torch_is_named_and_never_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert torch_versions({"torch": "2.5"}) == ("2.5", None)
    assert "torch" not in sys.modules

    monkeypatch.setitem(sys.modules, "torch", None)  # blocked
    assert torch_versions({"torch": "2.5"}) == (None, None)


def test_a_dropped_recorder_is_not_kept_alive_by_its_capture(monkeypatch):
    import gc
    import weakref

    release = threading.Event()
    monkeypatch.setattr(capture, "installed_packages", lambda: release.wait(60) and {})

    recorder = TrainingRecorder("b", dir=None)
    reference = weakref.ref(recorder)
    del recorder
    gc.collect()

    assert reference() is None
    release.set()


def test_the_capture_ends_where_its_log_is_closed():
    def closed(_):
        raise tachograph.RecorderClosedError("closed")

    started = EnvironmentCapture(closed)

    assert started.result() == {}  # what the log does not say, nobody says
    started.finish()


def test_it_can_be_left_out():
    assert captured(dir=None, capture_environment=False) == {}
