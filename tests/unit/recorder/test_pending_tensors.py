"""Tensors on a device given to `log_step`: not waited for, and not lost."""

import copy
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tachograph
from tachograph import TrainingRecorder
from tachograph.exceptions import RecordingWarning, UnsupportedValueError
from tachograph.recorder.pending_rows import MAX_PENDING

torch = pytest.importorskip("torch")


def values_of(recorder, name):
    """The values of a metric, in order of steps."""
    return [step.metrics[name] for step in recorder.steps if name in step.metrics]


def metrics_of(recorder):
    return {step.step: dict(step.metrics) for step in recorder.steps}


def test_what_is_on_the_host_is_kept_at_once_and_the_rest_follows(recorder, device):
    recorder.log_step(3, {"lr": 0.5, "loss": device.tensor(1.5)})

    assert metrics_of(tachograph.open(recorder.path)) == {3: {"lr": 0.5}}
    assert recorder.status.pending == 1

    device.finish()

    assert recorder.status.pending == 0
    run = tachograph.open(recorder.path)
    assert metrics_of(run) == {3: {"lr": 0.5, "loss": 1.5}}
    assert device.waits == 0


def test_a_value_that_came_late_has_the_time_of_its_call(recorder, device):
    recorder.log_step(0, lr=0.5, loss=device.tensor(1.5))
    recorder.log_step(1, lr=0.5)
    device.finish()

    whole = recorder.steps[0]

    assert dict(whole.metrics) == {"lr": 0.5, "loss": 1.5}
    assert whole.wall_time <= recorder.steps[1].wall_time
    assert [step.step for step in recorder.steps] == [0, 1]


def test_a_loop_never_waits_for_a_device_that_keeps_up(recorder, device):
    for step in range(100):
        recorder.log_step(step, loss=device.tensor(float(step)), lr=0.1)
        device.finish()

    assert values_of(recorder, "loss") == [float(step) for step in range(100)]
    assert device.waits == 0


def test_calls_of_tensors_alone_count_steps(recorder, device):
    for value in range(3):
        recorder.log_step(None, loss=device.tensor(float(value)))
    device.finish(1)
    assert recorder.status.pending == 2
    recorder.log_step(None, lr=0.5)
    device.finish()

    assert metrics_of(recorder) == {
        0: {"loss": 0.0},
        1: {"loss": 1.0},
        2: {"loss": 2.0},
        3: {"lr": 0.5},
    }


def test_no_more_rows_than_the_most_are_pending(recorder, device):
    device.patience = 2
    for step in range(5 * MAX_PENDING):
        recorder.log_step(step, loss=device.tensor(float(step)))
        assert len(recorder._pending) <= MAX_PENDING

    assert values_of(recorder, "loss") == [float(i) for i in range(5 * MAX_PENDING)]
    assert device.waits == 0


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (0.1, torch.float64, 0.1),
        (0.1, torch.float32, torch.tensor(0.1).item()),
        (1.25, torch.bfloat16, 1.25),
        (65504.0, torch.float16, 65504.0),
        (5e-324, torch.float64, 5e-324),
        (float("inf"), torch.float32, float("inf")),
        (2**53 + 1, torch.int64, 2**53 + 1),
        (-(2**63), torch.int64, -(2**63)),
        (200, torch.uint8, 200),
        (True, torch.bool, 1),
    ],
)
def test_numbers_of_each_type_are_kept_exactly(recorder, device, value, dtype, expected):
    recorder.log_step(0, x=device.tensor(value, dtype))
    device.finish()

    kept = values_of(recorder, "x")

    assert kept == [expected]
    assert type(kept[0]) is type(expected)


NUMBERS = st.one_of(
    st.tuples(st.floats(width=32), st.just(torch.float32)),
    st.tuples(st.floats(), st.just(torch.float64)),
    st.tuples(st.integers(-(2**53), 2**53), st.just(torch.int64)),
    st.tuples(st.booleans(), st.just(torch.bool)),
)


@given(
    calls=st.lists(
        st.tuples(
            st.dictionaries(st.text("abc", min_size=1, max_size=2), NUMBERS, max_size=4),
            st.dictionaries(st.text("xyz", min_size=1, max_size=2), st.floats(), max_size=2),
        ),
        max_size=30,
    ),
    patience=st.integers(0, 3),
)
def test_whatever_a_loop_logs_is_there_in_the_end(stand_in, calls, patience):
    device = stand_in.StandInDevice(patience=patience)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, stand_in.KIND, device, raising=False)
        patch.setattr(
            "tachograph.recorder.device_copies._pinned",
            lambda torch, like: torch.empty(like.shape, dtype=like.dtype),
        )
        recorder = TrainingRecorder("x", dir=None, capture_environment=False)
        expected = []
        for on_device, on_host in calls:
            tensors = {
                name: device.tensor(value, dtype) for name, (value, dtype) in on_device.items()
            }
            recorder.log_step(None, {**on_host, **tensors})
            numbers = {
                name: torch.tensor(value, dtype=dtype).item()
                for name, (value, dtype) in on_device.items()
            }
            expected.append({**on_host, **numbers})
        recorder.close()
        kept = [dict(step.metrics) for step in recorder.steps]

    assert [{k: repr(float(v)) for k, v in row.items()} for row in kept] == [
        {k: repr(float(v)) for k, v in row.items()} for row in expected
    ]
    assert recorder.status.dropped == 0


def test_a_tensor_that_is_changed_later_was_what_it_was(recorder, device):
    loss = device.tensor(1.0)
    recorder.log_step(0, loss=loss)
    loss.inner.add_(1)
    recorder.log_step(1, loss=loss)
    device.finish()

    assert values_of(recorder, "loss") == [1.0, 2.0]


def test_a_tensor_with_a_history_is_detached(recorder, device):
    recorder.log_step(0, loss=device.tensor(1.0).requires_grad_())
    device.finish()

    assert values_of(recorder, "loss") == [1.0]


@pytest.mark.parametrize(
    "read",
    [
        lambda recorder: recorder.steps[0],
        lambda recorder: recorder.get_metric_history("loss"),
        lambda recorder: recorder.log_epoch(0, 1.0),
        lambda recorder: recorder.sync(),
        lambda recorder: recorder.close(),
        lambda recorder: recorder.state_dict(),
        copy.copy,
    ],
    ids=["steps", "get_metric_history", "log_epoch", "sync", "close", "state_dict", "copy"],
)
def test_whoever_reads_or_ends_something_gets_the_values_first(recorder, device, read):
    device.patience = 3
    recorder.log_step(0, loss=device.tensor(1.5))

    read(recorder)

    assert recorder.status.pending == 0
    assert metrics_of(tachograph.open(recorder.path)) == {0: {"loss": 1.5}}
    assert device.waits == 0


def test_an_exception_takes_nothing_with_it(make_recorder, device):
    device.patience = 3
    with suppress(ZeroDivisionError), make_recorder() as recorder:
        recorder.log_step(0, loss=device.tensor(1.5))
        raise ZeroDivisionError

    run = tachograph.open(recorder.path)
    assert metrics_of(run) == {0: {"loss": 1.5}}
    assert run.status.state == "closed"


def test_a_close_without_time_leaves_what_is_pending_to_the_next(recorder, device):
    recorder.log_step(0, loss=device.tensor(1.5))

    assert recorder.close(timeout=0) is False
    assert recorder.status.pending == 1
    device.finish()
    assert recorder.close() is True
    assert metrics_of(tachograph.open(recorder.path)) == {0: {"loss": 1.5}}


def test_a_checkpoint_goes_on_behind_what_was_pending(make_recorder, device):
    device.patience = 1
    first = make_recorder(run_id="r")
    first.log_step(7, loss=device.tensor(1.0))
    state = first.state_dict()
    first.close()

    second = make_recorder(run_id="other")
    second.load_state_dict(state)
    second.log_step(None, loss=device.tensor(2.0))
    second.close()

    assert metrics_of(tachograph.open(first.path)) == {7: {"loss": 1.0}, 8: {"loss": 2.0}}


def test_a_loaded_run_takes_tensors(recorder, device):
    recorder.log_step(0, loss=1.0)
    recorder.close()
    device.patience = 0

    loaded = TrainingRecorder.load(recorder.path)
    loaded.log_step(1, loss=device.tensor(2.0))
    loaded.close()

    assert metrics_of(tachograph.open(recorder.path)) == {0: {"loss": 1.0}, 1: {"loss": 2.0}}


def test_a_disabled_recorder_leaves_the_device_alone(make_recorder, device, monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", "1")
    recorder = make_recorder()
    recorder.log_step(0, loss=device.tensor(1.0))

    assert recorder.status.pending == 0
    assert device.n_enqueued() == 0


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda device: device.tensor([1.0, 2.0]), "log_step takes numbers"),
        (lambda device: device.tensor(1j), "complex"),
        (lambda device: torch.zeros((), device="meta"), "meta"),
    ],
    ids=["several", "complex", "meta"],
)
def test_what_is_no_number_is_refused_and_nothing_of_the_call_is_kept(
    recorder, device, make, reason
):
    with pytest.raises(UnsupportedValueError, match=f'"x".*{reason}') as refusal:
        recorder.log_step(0, {"loss": device.tensor(1.0), "lr": 1.0, "x": make(device)})

    assert refusal.value.metric == "x"
    assert recorder.status.rows == 0
    assert recorder.status.pending == 0


def test_a_tensor_spread_over_processes_is_refused_by_name(recorder, device):
    tensor = device.tensor(1.0)
    tensor.full_tensor = lambda: None  # as DTensor has it

    with pytest.raises(UnsupportedValueError, match=r"full_tensor\(\)"):
        recorder.log_step(0, loss=tensor)


class TestADeviceThatFails:
    def test_while_it_computes_costs_its_rows_and_no_others(self, recorder, device):
        recorder.log_step(0, lr=0.5, loss=device.tensor(1.0))
        recorder.log_step(1, loss=device.tensor(2.0))
        device.failure = RuntimeError("CUDA error: unspecified launch failure")
        recorder.log_step(2, lr=0.25)
        with pytest.warns(RecordingWarning, match="unspecified launch failure"):
            recorder.sync()
        recorder.close()  # and no second warning, which would be an error here

        assert recorder.status.dropped == 2
        assert recorder.status.pending == 0
        run = tachograph.open(recorder.path)
        assert run.history("lr")[1].tolist() == [0.5, 0.25]

    def test_when_it_is_given_the_copies(self, recorder, device):
        loss = device.tensor(1.0)
        device.failure = RuntimeError("CUDA error: an illegal memory access was encountered")

        with pytest.warns(RecordingWarning, match="step 0: .*illegal memory access"):
            recorder.log_step(0, loss=loss, lr=0.5)
        device.failure = None
        recorder.log_step(1, loss=loss)
        device.finish()

        assert metrics_of(recorder) == {0: {"lr": 0.5}, 1: {"loss": 1.0}}
        assert recorder.status.dropped == 1


def test_a_value_that_cannot_be_kept_does_not_take_the_others_with_it(recorder, device):
    recorder.log_step(0, count=2**60)
    recorder.log_step(1, count=device.tensor(0.5), loss=device.tensor(1.5))
    device.finish()
    with pytest.warns(RecordingWarning, match="count"):
        recorder.sync()

    assert metrics_of(recorder) == {0: {"count": 2**60}, 1: {"loss": 1.5}}
    assert recorder.status.dropped == 1


class TestADeviceWithoutEvents:
    def test_is_read_when_something_is_read(self, recorder, plain_device):
        loss = plain_device.tensor(1.5)
        recorder.log_step(0, loss=loss)
        loss.inner.add_(1)

        assert recorder.status.pending == 1
        assert plain_device.waits == 0
        assert metrics_of(recorder) == {0: {"loss": 1.5}}
        assert plain_device.waits == 1

    def test_is_waited_for_once_for_many_rows(self, recorder, plain_device):
        for step in range(MAX_PENDING):
            recorder.log_step(step, loss=plain_device.tensor(float(step)))
        assert (plain_device.waits, recorder.status.pending) == (0, MAX_PENDING)

        recorder.log_step(MAX_PENDING, loss=plain_device.tensor(0.0))

        assert recorder.status.pending == 0
        assert len(recorder.steps) == MAX_PENDING + 1


def test_many_threads_log_tensors_at_once(recorder, device):
    device.patience = 1
    barrier = threading.Barrier(8)

    def work(start):
        barrier.wait()
        for step in range(start, start + 25):
            recorder.log_step(step, loss=device.tensor(float(step)), lr=0.5)

    threads = [threading.Thread(target=work, args=(at * 25,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    kept = metrics_of(recorder)
    assert kept == {step: {"lr": 0.5, "loss": float(step)} for step in range(200)}
    assert recorder.status.dropped == 0


def test_epochs_wait_once_for_all_their_tensors(recorder, device):
    recorder.log_epoch(
        0,
        device.tensor(1.5),
        device.tensor(2.5),
        train_metrics={"accuracy": device.tensor(0.25), "n": 3},
        val_metrics={"accuracy": device.tensor(0.5)},
        gradient_norm=device.tensor(0.1),
    )

    record = recorder.epochs[0]
    assert (record.train_loss, record.val_loss) == (1.5, 2.5)
    assert record.gradient_norm == torch.tensor(0.1).item()
    assert record.train_metrics == {"accuracy": 0.25, "n": 3}
    assert record.val_metrics == {"accuracy": 0.5}
    assert device.waits == 1


def test_whole_arrays_are_copied_from_the_device(recorder, device):
    recorder.log_steps(
        device.tensor([4, 5]),
        {
            "loss": device.tensor([0.5, 1.5]),
            "half": device.tensor([0.5, 1.5], torch.bfloat16),
        },
    )

    assert metrics_of(recorder) == {
        4: {"loss": 0.5, "half": 0.5},
        5: {"loss": 1.5, "half": 1.5},
    }
