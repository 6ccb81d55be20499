"""Recorders with pending values, and the ends of processes, threads and recorders."""

import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import tachograph
from tachograph import RecorderClosedError, TrainingRecorder
from tachograph.exceptions import LogIOError
from tachograph.recorder.pending_rows import PendingRows

pytest.importorskip("torch")

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
LIMIT_SECS = 60.0  # which only something broken reaches


def wait_until(is_so):
    deadline = time.monotonic() + LIMIT_SECS
    while not is_so():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.01)


def losses(path):
    run = tachograph.open(path)
    return [step.metrics.get("loss") for step in run.steps]


def test_a_value_that_no_call_comes_back_for_is_written_all_the_same(recorder, device):
    recorder.log_step(0, loss=device.tensor(1.5))
    device.finish()

    wait_until(lambda: losses(recorder.path) == [1.5])

    assert device.waits == 0


def test_a_recorder_that_was_dropped_stays_until_its_values_have_come(tmp_path, device):
    recorder = TrainingRecorder("b", dir=tmp_path, capture_environment=False)
    path = recorder.path
    recorder.log_step(0, loss=device.tensor(1.5))
    del recorder
    gc.collect()
    assert tachograph.open(path).status.state == "running"

    device.finish()

    def is_closed():
        gc.collect()
        return tachograph.open(path).status.state == "closed"

    wait_until(is_closed)
    assert losses(path) == [1.5]


@pytest.mark.parametrize(
    ("patience", "ending", "returns"), [(3, "", 0), (0, "raise ValueError", 1)]
)
def test_an_interpreter_that_exits_gets_the_values_first(tmp_path, patience, ending, returns):
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import torch, stand_in_device
import tachograph.recorder.device_copies as copies
from tachograph import TrainingRecorder
device = stand_in_device.StandInDevice(patience={patience})
setattr(torch, stand_in_device.KIND, device)
copies._pinned = lambda torch, like: torch.empty(like.shape, dtype=like.dtype)
recorder = TrainingRecorder("b", run_id="r", capture_environment=False)
recorder.log_step(0, loss=device.tensor(1.5))
{ending}
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == returns, done.stderr
    assert losses(tmp_path / "runs" / "b" / "r") == [1.5]
    assert tachograph.open(tmp_path / "runs" / "b" / "r").status.state == "closed"


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_touch_the_device(recorder, device):
    recorder.log_step(0, loss=device.tensor(1.0))
    # Held while the process forks, by a thread that the child does not have.
    recorder._pending._writing.acquire()
    child = os.fork()
    if not child:
        asked = device.queries
        refused = False
        try:
            recorder.log_step(1, loss=device.tensor(2.0))
        except RecorderClosedError:
            refused = True
        steps = list(recorder.steps)
        recorder.status  # noqa: B018 -- it must not hang
        fine = refused and len(steps) == 1 and recorder.close() and device.queries == asked
        os._exit(0 if fine else 1)
    _, status = os.waitpid(child, 0)
    recorder._pending._writing.release()
    device.finish()
    recorder.close()

    assert os.waitstatus_to_exitcode(status) == 0
    assert losses(recorder.path) == [1.0]


def test_a_signal_that_closes_the_recorder_while_it_waits_takes_and_doubles_nothing(
    recorder, device
):
    recorder.log_step(0, loss=device.tensor(1.0))
    recorder.log_step(1, loss=device.tensor(2.0))
    device.patience = 1
    device.on_query = recorder.close

    with pytest.raises(RecorderClosedError):
        recorder.log_epoch(0, 1.0)

    assert losses(recorder.path) == [1.0, 2.0]
    assert recorder.status.dropped == 0


def test_an_interrupted_wait_keeps_what_is_pending(recorder, device):
    def interrupt():
        raise KeyboardInterrupt

    recorder.log_step(0, loss=device.tensor(1.5))
    device.on_query = interrupt
    with pytest.raises(KeyboardInterrupt):
        recorder.sync()
    assert recorder.status.pending == 1
    device.finish()
    recorder.close()

    assert losses(recorder.path) == [1.5]


class FullDisk:
    def _log_late(self, step, wall_micros, metrics):
        raise LogIOError("no space")


class SlowLog:
    def __init__(self):
        self.is_writing = threading.Event()
        self.may_end = threading.Event()
        self.kept = []

    def _log_late(self, step, wall_micros, metrics):
        self.is_writing.set()
        assert self.may_end.wait(LIMIT_SECS)
        self.kept.append((step, wall_micros, metrics))


def test_a_row_that_another_thread_is_writing_is_not_taken_for_written(device):
    from tachograph.recorder.device_copies import begin

    rows, writer = PendingRows(), SlowLog()
    rows.add(writer, 7, 11, begin({"loss": device.tensor(1.0)}))
    device.finish()
    thread = threading.Thread(target=rows.collect, args=(writer,))
    thread.start()
    assert writer.is_writing.wait(LIMIT_SECS)

    assert rows.settle(writer, timeout=0) is False
    assert len(rows) == 1
    writer.may_end.set()
    assert rows.settle(writer)

    assert writer.kept == [(7, 11, {"loss": 1.0})]
    thread.join()


def test_what_fails_beside_the_training_is_raised_by_its_next_call(stand_in, device):
    from tachograph.recorder.device_copies import begin

    rows, writer = PendingRows(), FullDisk()
    rows.add(writer, 0, 0, begin({"loss": device.tensor(1.0)}))
    device.finish()
    rows.collect(writer)
    assert not rows

    with pytest.raises(LogIOError, match="no space"):
        rows.settle(writer)
    assert rows.settle(writer)
