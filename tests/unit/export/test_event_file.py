"""Event files, read by TensorBoard's own reader and by TensorBoard itself."""

import json
import math
import os
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

import tachograph
from tachograph import TrainingRecorder

accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

EPOCH_TAGS = {
    "Loss/train",
    "Loss/val",
    "Learning_Rate",
    "Epoch_Time",
    "Gradient_Norm",
    "Memory_Usage_MB",
    "Metrics/train_acc",
    "Metrics/val_acc",
}


def read(log_dir):
    """(step, wall time, value) of each tag, as TensorBoard's reader gives them."""
    events = accumulator.EventAccumulator(str(log_dir), size_guidance={"scalars": 0})
    events.Reload()
    return {
        tag: [(e.step, e.wall_time, e.value) for e in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


def record(recorder, first=0, epochs=3):
    for epoch in range(first, first + epochs):
        for step in range(epoch * 10, epoch * 10 + 10):
            recorder.log_step(step, {"loss": 1 / (step + 1), "tokens": 8192 * step})
        recorder.log_epoch(
            epoch,
            0.9 / (epoch + 1),
            None if epoch == 1 else 1 / (epoch + 1),
            {"acc": 0.5, "note": "text"},
            {"acc": math.nan},
            0.1,
            1.5,
            gradient_norm=0.0,
            memory_usage=12.5,
        )


def test_tags_steps_wall_times_and_values(tmp_path):
    with TrainingRecorder("events", dir=tmp_path / "runs") as recorder:
        record(recorder)
    path = recorder.export_to_tensorboard(tmp_path / "events")

    assert path.parent == tmp_path / "events"
    assert "tfevents" in path.name
    scalars = read(tmp_path / "events")
    assert set(scalars) == EPOCH_TAGS | {"loss", "tokens"}
    run = tachograph.open(recorder.path)
    steps, loss = run.history("loss")
    assert [step for step, _, _ in scalars["loss"]] == steps.tolist()
    assert [value for _, _, value in scalars["loss"]] == loss.astype(np.float32).tolist()
    assert [value for _, _, value in scalars["tokens"]] == [8192.0 * step for step in steps]
    wall = [row.wall_time.timestamp() for row in run.steps]
    assert [time for _, time, _ in scalars["loss"]] == pytest.approx(wall, abs=1e-6)
    assert [(step, value) for step, _, value in scalars["Loss/val"]] == [
        (0, 1.0),
        (2, np.float32(1 / 3)),
    ]
    assert [time for _, time, _ in scalars["Loss/train"]] == pytest.approx(
        [epoch.timestamp.timestamp() for epoch in run.epochs], abs=1e-6
    )
    assert all(math.isnan(value) for _, _, value in scalars["Metrics/val_acc"])
    assert [value for _, _, value in scalars["Gradient_Norm"]] == [0.0] * 3


def test_a_second_export_doubles_no_point(tmp_path):
    with TrainingRecorder("events", dir=tmp_path / "runs") as recorder:
        record(recorder)
        recorder.export_to_tensorboard(tmp_path / "events")
        before = read(tmp_path / "events")
        record(recorder, first=3)
    recorder.export_to_tensorboard(tmp_path / "events")

    after = read(tmp_path / "events")
    assert len(list((tmp_path / "events").iterdir())) == 1
    assert len(after["loss"]) == 60
    for tag, points in before.items():
        np.testing.assert_equal(after[tag][: len(points)], points)


def test_a_metric_called_like_an_epochs_tag_has_a_curve_of_its_own(tmp_path):
    with TrainingRecorder("events", dir=tmp_path / "runs") as recorder:
        recorder.log_step(5, {"Loss/train": 7.0, "metric.Loss/train": 8.0, "Loss/val": 9.0})
        recorder.log_epoch(0, 0.5)
    recorder.export_to_tensorboard(tmp_path / "events")

    points = {
        tag: [(step, value) for step, _, value in scalars]
        for tag, scalars in read(tmp_path / "events").items()
    }
    assert points["Loss/train"] == [(0, 0.5)]
    assert points["metric.metric.Loss/train"] == [(5, 7.0)]
    assert points["metric.Loss/train"] == [(5, 8.0)]
    assert points["Loss/val"] == [(5, 9.0)]


def test_values_that_are_hard_on_a_writer(tmp_path):
    values = [math.nan, math.inf, -math.inf, -0.0, 1e300, 5e-324, 2**53, True]
    odd = ["", "é☃" * 50, "a/b", "x" * 300]
    with TrainingRecorder("events", dir=tmp_path / "runs") as recorder:
        for step, value in zip([-3, 2**62, 0, 0, -(2**63), 7, 8, 9], values, strict=True):
            recorder.log_step(step, dict.fromkeys(odd, value))
    recorder.export_to_tensorboard(tmp_path / "events")

    scalars = read(tmp_path / "events")
    with np.errstate(over="ignore"):
        expected = np.array(values, np.float64).astype(np.float32)
    for name in odd:
        if name:  # TensorBoard's reader has no place for a curve without a name
            points = scalars[name]
            assert [step for step, _, _ in points] == [-3, 2**62, 0, 0, -(2**63), 7, 8, 9]
            np.testing.assert_array_equal([value for _, _, value in points], expected)


def test_a_run_without_rows_and_one_in_memory(tmp_path):
    with TrainingRecorder("events", dir=tmp_path / "runs") as recorder:
        recorder.export_to_tensorboard(tmp_path / "empty")
    assert read(tmp_path / "empty") == {}

    with TrainingRecorder("events", dir=None) as recorder:
        record(recorder)
        recorder.export_to_tensorboard(tmp_path / "memory")
    assert set(read(tmp_path / "memory")) == EPOCH_TAGS | {"loss", "tokens"}


def test_a_crashed_run_is_exported_too(tmp_path):
    code = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from tachograph import TrainingRecorder
recorder = TrainingRecorder("events", dir={str(tmp_path / "runs")!r}, run_id="run")
for step in range(1000):
    recorder.log_step(step, loss=step / 8)
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code], check=False, timeout=240)
    with tachograph.open(tmp_path / "runs" / "events" / "run") as run:
        run.export_to_tensorboard(tmp_path / "events")

    points = read(tmp_path / "events")["loss"]
    assert [(step, value) for step, _, value in points] == [(s, s / 8) for s in range(1000)]


@pytest.fixture
def tensorboard(tmp_path):
    """Asks a TensorBoard that shows `tmp_path`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(tmp_path)]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )

    def ask(path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/data/plugin/{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    if found := json.load(answer):
                        return found
            except OSError:  # it does not listen yet, or is slow to answer
                pass
            assert time.monotonic() < deadline, f"TensorBoard does not answer {path}"
            time.sleep(0.2)

    try:
        yield ask
    finally:
        server.kill()
        server.wait()


def test_tensorboard_shows_curves_and_hyperparameters(tmp_path, tensorboard):
    model = {"layers": [64, 10], "deep": {"activation": "relu", "dropout": 0.5}}
    training = {"lr": 0.1, "amp": True, "seed": 2**62 + 1}
    with TrainingRecorder("events", model, training, dir=None) as recorder:
        record(recorder)
        recorder.export_to_tensorboard(tmp_path / "one")

    assert set(tensorboard("scalars/tags")["one"]) == EPOCH_TAGS | {"loss", "tokens"}
    curve = tensorboard("scalars/scalars?run=one&tag=Loss%2Fval")
    assert [point[1:] for point in curve] == [[0, 1.0], [2, np.float32(1 / 3)]]
    asked = {"experimentName": "", "colParams": [], "startIndex": 0, "sliceSize": 10}
    statuses = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]
    groups = tensorboard("hparams/session_groups", {**asked, "allowedStatuses": statuses})
    (group,) = groups["sessionGroups"]
    assert group["hparams"] == {
        "model.layers": "[64,10]",
        "model.deep.activation": "relu",
        "model.deep.dropout": 0.5,
        "training.lr": 0.1,
        "training.amp": True,
        "training.seed": str(2**62 + 1),  # no double equals it
    }
    assert group["sessions"][0]["status"] == "STATUS_RUNNING"


def test_runs_of_ids_that_look_alike_have_files_of_their_own(tmp_path):
    for run_id in ("a.b", "a_b", "x" * 127 + "1", "x" * 127 + "2"):
        with TrainingRecorder("events", dir=None, run_id=run_id) as recorder:
            recorder.export_to_tensorboard(tmp_path)

    assert len(list(tmp_path.iterdir())) == 4
