"""Rows that come late: more of a step that an earlier call logged."""

import time

import numpy as np
import pytest

import tachograph
from tachograph.exceptions import (
    InvalidArgumentError,
    RecorderClosedError,
    UnsupportedValueError,
)
from tachograph.overview.glance import glance_of


def raw(recorder):
    return [(row.step, row.metrics) for row in recorder.steps.raw]


def test_a_late_row_has_the_label_and_the_time_of_its_call(recorder):
    recorder.log_step(5, loss=0.5)
    recorder.log_step(6, loss=0.25)
    micros = recorder._reader().index("steps")[1][0]
    recorder._log_late(5, int(micros), {"norm": 2.0, "clipped": True, "scale": np.float32(8)})
    assert raw(recorder)[2] == (5, {"norm": 2.0, "clipped": 1, "scale": 8.0})
    assert recorder._reader().index("steps")[1][2] == micros


def test_a_late_row_leaves_the_next_step_as_it_is(recorder):
    recorder.log_step(5, loss=0.5)
    recorder.log_step(6, loss=0.25)
    recorder._log_late(5, 1, {"norm": 2.0})
    assert recorder._next_step == 7
    recorder.log_step(loss=0.125)
    assert [step for step, _ in raw(recorder)] == [5, 6, 5, 7]


def test_a_late_row_is_counted(recorder):
    recorder.log_step(0, loss=0.5)
    recorder._log_late(0, 1, {"norm": 2.0})
    assert (recorder.status.steps, recorder.status.rows) == (2, 2)


def times(recorder):
    return recorder._reader().index("steps")[1].tolist()


def test_a_late_row_of_another_step_does_not_tie_with_the_last_call(recorder):
    recorder.log_step(0, loss=0.5)
    recorder.log_step(1, loss=0.5)
    last = times(recorder)[1]
    recorder._log_late(0, last, {"norm": 2.0})
    recorder._log_late(1, last, {"norm": 2.0})
    assert times(recorder)[2:] == [last - 1, last]


def test_a_late_row_is_not_of_a_time_to_come(recorder):
    recorder._log_late(0, 2**62, {"norm": 2.0})
    recorder.log_step(1, loss=0.5)
    assert times(recorder) == sorted(times(recorder))


def merged(steps):
    return [(row.step, row.metrics) for row in steps]


def test_a_late_row_is_one_with_its_call(recorder):
    for step in range(4):
        recorder.log_step(step, loss=step / 2)
    moments = times(recorder)
    for step in range(3):
        recorder._log_late(step, moments[step], {"norm": 2.0})
    expected = [(step, {"loss": step / 2, "norm": 2.0}) for step in range(3)] + [(3, {"loss": 1.5})]
    assert merged(recorder.steps) == expected
    assert [round(row.wall_time.timestamp() * 1e6) for row in recorder.steps] == moments
    recorder.close()
    assert merged(tachograph.open(recorder.path).steps) == expected


def test_a_resumed_run_goes_on_behind_the_last_call(make_recorder):
    with make_recorder(run_id="r") as recorder:
        for step in range(10):
            recorder.log_step(step, loss=1.0)
        for step in range(5, 9):
            recorder._log_late(step, times(recorder)[step], {"norm": 2.0})
        assert recorder._next_step == 10
    loaded = tachograph.TrainingRecorder.load(recorder.path)
    assert loaded.state_dict()["next_step"] == 10
    with make_recorder(run_id="r", resume="must") as resumed:
        assert resumed._next_step == 10
        resumed.log_step(loss=0.5)
        assert merged(resumed.steps)[-1] == (10, {"loss": 0.5})


def test_a_run_of_late_rows_alone_goes_on_behind_the_latest(make_recorder):
    with make_recorder(run_id="r") as recorder:
        for step in range(3):
            recorder._log_late(step, 1000 + step, {"norm": 2.0})
    with make_recorder(run_id="r", resume="must") as resumed:
        assert resumed._next_step == 3


def test_late_rows_of_an_attempt_are_hidden_by_their_own_step(make_recorder):
    with make_recorder(run_id="r") as recorder:
        for step in range(6):
            recorder.log_step(step, loss=1.0)
        for step in (2, 4):
            recorder._log_late(step, times(recorder)[step], {"norm": 2.0})
    with make_recorder(run_id="r", resume="must") as resumed:
        resumed.log_step(4, loss=0.5)
        resumed._log_late(4, times(resumed)[-1], {"norm": 0.25})
    assert merged(tachograph.open(recorder.path).steps) == [
        (0, {"loss": 1.0}),
        (1, {"loss": 1.0}),
        (2, {"loss": 1.0, "norm": 2.0}),
        (3, {"loss": 1.0}),
        (4, {"loss": 0.5, "norm": 0.25}),
    ]


def test_a_look_at_the_run_tells_the_last_call(recorder):
    for step in range(10):
        recorder.log_step(step, loss=1.0)
    recorder._log_late(7, times(recorder)[7], {"norm": 2.0})
    glance = glance_of(recorder)
    assert (glance.step, glance.last_micros) == (9, times(recorder)[9])
    assert glance.values == {"loss": 1.0, "norm": 2.0}


def test_a_row_of_a_step_that_no_call_has_come_to_keeps_its_time(recorder):
    recorder.log_step(0, loss=0.5)
    last = int(recorder._reader().index("steps")[1][0])
    while (present := time.time_ns() // 1000) <= last:
        pass
    recorder._log_late(7, present, {"norm": 2.0})
    assert recorder._reader().index("steps")[1][1] == present
    assert recorder._next_step == 1


@pytest.mark.parametrize(
    "metrics",
    [{}, {"a": 1.5}, {"a": 1}, {"a": None, "b": 2.0}, {f"m{i}": i / 2 for i in range(70)}],
)
def test_values_come_back_however_often_the_names_did(recorder, metrics):
    recorder.log_step(0)
    for _ in range(3):
        recorder._log_late(0, 1, metrics)
    kept = {name: value for name, value in metrics.items() if value is not None}
    assert raw(recorder)[1:] == [(0, kept)] * 3


def test_late_rows_and_calls_take_turns(recorder):
    for step in range(2000):
        recorder.log_step(step, loss=float(step))
        if step:
            recorder._log_late(step - 1, 1, {"norm": float(step - 1), "count": step - 1})
    late = [(step, metrics) for step, metrics in raw(recorder) if "norm" in metrics]
    assert late == [(step, {"norm": float(step), "count": step}) for step in range(1999)]


def test_what_is_no_row_is_refused_and_nothing_is_logged(recorder):
    recorder.log_step(0, loss=1.0)
    with pytest.raises(UnsupportedValueError, match="norm"):
        recorder._log_late(0, 1, {"norm": "large"})
    with pytest.raises(InvalidArgumentError):
        recorder._log_late(0, 1, {"loss": 2**60})
    with pytest.raises(TypeError):
        recorder._log_late(0.5, 1, {"norm": 1.0})
    with pytest.raises(TypeError):
        recorder._log_late(0, 1, [("norm", 1.0)])
    assert len(recorder.steps.raw) == 1


def test_a_closed_recorder_refuses_late_rows(recorder):
    recorder.log_step(0, loss=1.0)
    recorder.close()
    with pytest.raises(RecorderClosedError):
        recorder._log_late(0, 1, {"norm": 1.0})


def test_a_disabled_recorder_ignores_late_rows(make_recorder, monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", "1")
    recorder = make_recorder()
    recorder._log_late(0, 1, {"norm": 1.0})
    assert len(recorder.steps.raw) == 0
