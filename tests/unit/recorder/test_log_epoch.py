import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tachograph import ArgumentTypeError, InvalidArgumentError, RecorderClosedError
from tachograph.recorder.best_tracker import BestTracker

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("0", 1.0), "epoch"),
        ((0, "1.0"), "train_loss"),
        ((0, None), "train_loss"),
        ((0, 1.0, "x"), "val_loss"),
        ((0, 1.0, None, [1]), "train_metrics"),
        ((0, 1.0, None, {3: 1}), "train_metrics"),
        ((0, 1.0, None, None, "x"), "val_metrics"),
        ((0, 1.0, None, None, None, None), "learning_rate"),
        ((0, 1.0, None, None, None, 0.0, "1s"), "epoch_time"),
        ((0, 1.0, None, None, None, 0.0, 0.0, "n"), "gradient_norm"),
    ],
)
def test_a_wrong_argument_is_refused_by_name_and_nothing_is_logged(recorder, arguments, named):
    with pytest.raises(ArgumentTypeError, match=named) as caught:
        recorder.log_epoch(*arguments)

    assert caught.value.argument == named
    assert len(recorder.epochs) == 0


@pytest.mark.parametrize(
    "option", [{"memory_usage": "x"}, {"timestamp": 3.0}, {"sample_predictions": [1]}]
)
def test_a_wrong_keyword_is_refused_by_name(recorder, option):
    with pytest.raises(ArgumentTypeError, match=next(iter(option))):
        recorder.log_epoch(0, 1.0, **option)


def test_an_inexact_loss_is_refused(recorder):
    with pytest.raises(InvalidArgumentError, match="train_loss"):
        recorder.log_epoch(0, 2**53 + 1)


def test_a_metric_that_is_none_is_absent(anywhere):
    anywhere.log_epoch(0, 1.0, train_metrics={"a": None, "b": 1.0})

    assert anywhere.epochs[0].train_metrics == {"b": 1.0}


def test_timestamps_never_go_back(anywhere):
    future = datetime.now(UTC) + timedelta(hours=1)
    anywhere.log_epoch(0, 1.0, timestamp=future)
    anywhere.log_epoch(1, 1.0)
    anywhere.log_epoch(2, 1.0, timestamp=datetime(2020, 1, 1, tzinfo=UTC))
    anywhere.log_epoch(3, 1.0)

    stamps = [record.timestamp for record in anywhere.epochs]
    assert stamps[1] == stamps[0] == future
    assert stamps[2].year == 2020  # as it was given
    assert stamps[3] == future


def test_a_timestamp_without_a_zone_is_local_time(anywhere):
    local = datetime(2026, 3, 4, 5, 6, 7, 8)  # noqa: DTZ001

    anywhere.log_epoch(0, 1.0, timestamp=local)

    assert anywhere.epochs[0].timestamp == local.astimezone(UTC)


def test_nothing_is_returned(anywhere):
    assert anywhere.log_epoch(0, 1.0) is None


def test_a_closed_recorder_refuses_and_can_still_be_read(anywhere):
    anywhere.log_epoch(0, 1.0)
    assert anywhere.close() is True
    assert anywhere.close() is True

    for call in (
        lambda: anywhere.log_epoch(1, 1.0),
        lambda: anywhere.log_step(1, {"a": 1.0}),
        lambda: setattr(anywhere.epochs[0], "val_loss", 1.0),
    ):
        with pytest.raises(RecorderClosedError):
            call()
    assert anywhere.epochs[0].val_loss is None
    assert anywhere.status.closed
    assert anywhere.get_training_summary()["total_epochs"] == 1


@pytest.mark.parametrize(
    "losses",
    [
        [(1.0, None), (0.9, None), (0.95, None), (0.85, None)],
        [(0.1, None), (9.0, 0.3), (0.05, None), (9.0, 0.3), (9.0, 0.2)],
        [(NAN, None), (1.0, None), (NAN, None), (0.5, None)],
        [(INF, None), (NAN, NAN), (1.0, NAN), (2.0, None)],
        [(1.0, INF), (1.0, NAN), (1.0, 5.0), (0.1, None)],
        [(-INF, None), (0.0, None), (0.0, 1.0)],
        [(0.0, -INF), (0.0, 0.0)],
    ],
)
def test_the_flag_and_the_core_follow_one_rule(make_recorder, losses):
    recorder = make_recorder(dir=None)
    best = None
    tracker = BestTracker()
    for label, (train, val) in enumerate(losses):
        recorder.log_epoch(label, train, val)
        best = label if tracker.wins(train, val) else best
        tracker.push(train, val)

        assert recorder.epochs[-1].is_best is (best == label)
        assert recorder.best_epoch == best


def test_a_context_closes_and_lets_the_exception_go(make_recorder):
    recorder = make_recorder()

    with pytest.raises(ZeroDivisionError), recorder:
        _ = 1 / 0

    assert recorder.status.closed
    assert recorder._columns().records()["outcome"]["exception"] == "ZeroDivisionError"


def test_a_big_array_metric_is_copied(anywhere):
    array = np.zeros(5000, dtype=np.float32)
    anywhere.log_epoch(0, 1.0, val_metrics={"x": array})
    array[:] = 1

    assert not anywhere.epochs[0].val_metrics["x"].any()


def test_status(anywhere):
    anywhere.log_step(0, {"a": 1.0})
    anywhere.log_epoch(0, 1.0)

    status = anywhere.status

    assert (status.rows, status.steps, status.epochs) == (2, 1, 1)
    assert (status.dropped, status.pending, status.last_error) == (0, 0, None)
    assert status.mechanism == ("memory" if anywhere.path is None else status.mechanism)
    assert not status.closed
    with pytest.raises(AttributeError):
        status.rows = 3


def test_sync_returns(anywhere):
    anywhere.log_step(0, {"a": 1.0})

    assert anywhere.sync() is None


def test_half_surrogate_pairs_in_text_are_escaped_and_not_replaced(anywhere):
    metrics = {"note": "a\udcff", "nested": ["\ud800", {"k\udc01": "\udfff"}]}
    anywhere.log_epoch(1, 1.0, train_metrics=metrics)
    assert anywhere.epochs[0].train_metrics == {
        "note": r"a\udcff",
        "nested": [r"\ud800", {r"k\udc01": r"\udfff"}],
    }
