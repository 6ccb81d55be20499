"""Recorders and processes: exit, fork, threads."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import tachograph
from tachograph import RecorderClosedError, TrainingRecorder

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def run_python(code, directory):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize(
    ("ending", "returns"),
    [("", 0), ("raise SystemExit(3)", 3), ("raise ValueError", 1), ("raise KeyboardInterrupt", -2)],
)
def test_a_recorder_that_was_not_closed_is_closed_at_exit(tmp_path, ending, returns):
    code = f"""
from tachograph import TrainingRecorder
recorder = TrainingRecorder("b", run_id="r")
recorder.log_step(0, loss=1.0)
{ending}
"""
    done = run_python(code, tmp_path)

    run = tachograph.open(tmp_path / "runs" / "b" / "r")
    assert run.status.state == "closed"
    assert run.history("loss")[1].tolist() == [1.0]
    assert done.returncode == returns
    assert "RecorderClosedError" not in done.stderr


def test_nothing_is_lost_where_nothing_is_closed(tmp_path):
    code = """
import os
from tachograph import TrainingRecorder
recorder = TrainingRecorder("b", run_id="r")
recorder.log_step(0, loss=1.0)
recorder.log_epoch(0, 1.0)
os._exit(0)
"""
    run_python(code, tmp_path)

    run = tachograph.open(tmp_path / "runs" / "b" / "r")
    assert run.status.state == "crashed"
    assert (len(run.steps), len(run.epochs)) == (1, 1)


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_gets_a_clear_error_and_harms_nothing(recorder):
    recorder.log_step(0, loss=1.0)
    recorder.log_epoch(0, 1.0)
    child = os.fork()
    if not child:
        failures = 0
        for call in (
            lambda: recorder.log_step(1, loss=1.0),
            lambda: recorder.log_epoch(1, 1.0),
            lambda: setattr(recorder.epochs[0], "val_loss", 1.0),
        ):
            try:
                call()
            except RecorderClosedError:
                failures += 1
        os._exit(0 if failures == 3 and recorder.close() else 1)
    _, status = os.waitpid(child, 0)

    recorder.log_step(1, loss=2.0)
    recorder.close()
    assert os.waitstatus_to_exitcode(status) == 0
    run = tachograph.open(recorder.path)
    assert run.status.state == "closed"
    assert run.history("loss")[1].tolist() == [1.0, 2.0]
    assert len(run.attempts) == 1


@needs_fork
def test_a_forked_child_that_exits_in_order_does_not_close_its_parents_run(tmp_path):
    code = """
import os, sys
from tachograph import TrainingRecorder
recorder = TrainingRecorder("b", run_id="r")
recorder.log_step(0, loss=1.0)
child = os.fork()
if not child:
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
recorder.log_step(1, loss=2.0)
"""
    done = run_python("import warnings; warnings.simplefilter('ignore')" + code, tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    run = tachograph.open(tmp_path / "runs" / "b" / "r")
    assert run.status.state == "closed"
    assert run.history("loss")[1].tolist() == [1.0, 2.0]


def test_many_threads_log_epochs_at_once(make_recorder):
    recorder = make_recorder(dir=None)
    barrier = threading.Barrier(8)

    def work(start):
        barrier.wait()
        for label in range(start, start + 50):
            recorder.log_epoch(label, 1.0 / (label + 1))

    threads = [threading.Thread(target=work, args=(at * 50,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(record.epoch for record in recorder.epochs) == list(range(400))
    stamps = [record.timestamp for record in recorder.epochs]
    assert stamps == sorted(stamps)
    best = [record for record in recorder.epochs if record.is_best]
    losses = [record.train_loss for record in best]
    assert losses == sorted(losses, reverse=True)
    assert best[-1].epoch == recorder.best_epoch == 399


def test_closing_twice_at_once_is_harmless(recorder):
    threads = [threading.Thread(target=recorder.close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert tachograph.open(recorder.path).status.state == "closed"


def test_a_recorder_that_was_dropped_lets_go_of_its_run(make_recorder):
    import gc

    recorder = TrainingRecorder("b", run_id="r", capture_environment=False)
    recorder.log_step(0, loss=1.0)
    del recorder
    gc.collect()

    resumed = make_recorder("b", run_id="r", resume="must")
    assert resumed.run_id == "r"


@pytest.mark.parametrize("timeout", [None, 60, float("inf")])
def test_a_second_close_waits_for_what_the_first_left(tmp_path, timeout):
    values = np.random.default_rng(0).standard_normal(1_000_000)
    # Where this thread has to wait for a core, the one that writes may be done by itself.
    for _ in range(20):
        recorder = TrainingRecorder("b", dir=tmp_path, capture_environment=False)
        recorder.log_steps(None, {"loss": values})
        if not recorder.close(timeout=0):
            break
    else:
        pytest.fail("a close that waits for nothing has always written all")

    assert recorder.close(timeout=timeout) is True
    assert tachograph.open(recorder.path).status.state == "closed"
