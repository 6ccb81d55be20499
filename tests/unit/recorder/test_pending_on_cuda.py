"""Tensors of a real device given to `log_step`; skipped where there is none."""

import subprocess
import sys
import time

import pytest

import tachograph
from tachograph import TrainingRecorder

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")

LIMIT_SECS = 60.0  # which only something broken reaches


@pytest.fixture
def no_synchronisation():
    """Whatever would wait for the device raises."""
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    yield
    torch.cuda.set_sync_debug_mode(before)


def losses(path):
    return [step.metrics.get("loss") for step in tachograph.open(path).steps]


def test_a_loop_logs_without_synchronisation_and_keeps_every_value(recorder, no_synchronisation):
    weight = torch.full((256, 256), 0.01, device="cuda")
    logged = []
    for step in range(200):
        weight = torch.tanh(weight @ weight + 0.01)
        loss = weight.sum()
        logged.append(loss)
        recorder.log_step(step, loss=loss, largest=weight.max(), lr=0.1)
    torch.cuda.set_sync_debug_mode("default")
    recorder.close()

    expected = [value.item() for value in logged]
    run = tachograph.open(recorder.path)
    assert [step.step for step in run.steps] == list(range(200))
    assert losses(recorder.path) == expected
    assert all(set(step.metrics) == {"loss", "largest", "lr"} for step in run.steps)
    assert recorder.status.dropped == 0


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (0.1, torch.float64),
        (0.1, torch.float32),
        (0.1, torch.bfloat16),
        (0.1, torch.float16),
        (2**53 + 1, torch.int64),
        (True, torch.bool),
        (float("inf"), torch.float32),
    ],
)
def test_numbers_of_each_type_are_kept_exactly(recorder, value, dtype):
    recorder.log_step(0, x=torch.tensor(value, dtype=dtype, device="cuda"))

    assert recorder.steps[0].metrics["x"] == torch.tensor(value, dtype=dtype).item()


def test_a_tensor_that_is_changed_in_place_was_what_it_was(recorder):
    total = torch.zeros((), device="cuda")
    for step in range(50):
        total += 1
        recorder.log_step(step, loss=total)
    recorder.close()

    assert losses(recorder.path) == [float(step) for step in range(1, 51)]


def test_tensors_of_another_stream_are_copied_behind_their_work(recorder):
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for step in range(20):
            torch.cuda._sleep(1_000_000)
            recorder.log_step(step, loss=torch.full((), float(step), device="cuda"))
    recorder.close()

    assert losses(recorder.path) == [float(step) for step in range(20)]


def test_a_value_that_no_call_comes_back_for_is_written_all_the_same(recorder):
    recorder.log_step(0, loss=torch.tensor(1.5, device="cuda"))

    deadline = time.monotonic() + LIMIT_SECS
    while losses(recorder.path) != [1.5]:
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.01)


def test_a_graph_is_captured_while_values_are_pending(recorder):
    x = torch.ones(64, device="cuda")
    (x * 2).sum()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    torch.cuda._sleep(200_000_000)
    recorder.log_step(0, loss=x.sum())
    with torch.cuda.graph(graph):
        doubled = (x * 2).sum()
        time.sleep(0.5)  # in which the thread beside the training asks the device
        with pytest.raises(TypeError, match="captured"):
            recorder.log_step(1, loss=doubled)
    graph.replay()
    recorder.log_step(1, loss=doubled)
    recorder.close()

    assert losses(recorder.path) == [64.0, 128.0]


def test_an_interpreter_that_exits_gets_the_values_first(tmp_path):
    code = """
import torch
from tachograph import TrainingRecorder
recorder = TrainingRecorder("b", run_id="r", capture_environment=False)
for step in range(40):
    torch.cuda._sleep(1_000_000)
    recorder.log_step(step, loss=torch.full((), float(step), device="cuda"))
raise ValueError
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, timeout=240, check=False)

    path = tmp_path / "runs" / "b" / "r"
    assert losses(path) == [float(step) for step in range(40)]
    assert tachograph.open(path).status.state == "closed"


def test_an_epoch_takes_tensors_of_the_device():
    with TrainingRecorder("tensors", dir=None, capture_environment=False) as recorder:
        recorder.log_epoch(
            0,
            torch.tensor(1.5, device="cuda"),
            val_metrics={"accuracy": torch.tensor(0.25, device="cuda")},
        )

    assert recorder.epochs[0].train_loss == 1.5
    assert recorder.epochs[0].val_metrics == {"accuracy": 0.25}


def test_whole_arrays_are_copied_from_the_device(recorder):
    recorder.log_steps(
        torch.arange(5, device="cuda"), {"loss": torch.linspace(0, 1, 5, device="cuda")}
    )
    recorder.close()

    assert losses(recorder.path) == torch.linspace(0, 1, 5).tolist()
