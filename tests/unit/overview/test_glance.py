"""Where a run stands: the last values, the pace, what is left."""

from datetime import UTC, datetime, timedelta

import pytest

import tachograph
from tachograph.overview.glance import _span, glance_of
from tachograph.overview.totals import totals_of


def test_nothing_logged_yet(recorder):
    glance = glance_of(recorder)

    assert glance.step is None
    assert glance.epoch is None
    assert glance.values == {}
    assert glance.share is None
    assert glance.remaining_secs is None


def test_last_values_best_epoch_and_share(make_recorder):
    recorder = make_recorder("x", None, {"total_steps": 200})
    for step in range(50):
        recorder.log_step(step, {"loss": 1.0 - step / 100})
        recorder.log_step(step, {"lr": 0.1})
    recorder.log_epoch(0, 1.0, 2.0, {"acc": 0.5, "name": "text"})
    recorder.log_epoch(1, 1.0, 3.0, learning_rate=0.25)
    glance = glance_of(recorder)

    assert (glance.step, glance.epoch, glance.n_epochs) == (49, 1, 2)
    assert glance.values == {"loss": 0.51, "lr": 0.1}
    assert (glance.best_epoch, glance.best_loss) == (0, 2.0)
    assert glance.share == 0.25
    assert glance.epoch_values["learning_rate"] == 0.25
    assert glance.experiment_name == "x"
    with tachograph.open(recorder.path) as run:
        assert glance_of(run) == glance


BEGAN = datetime(2026, 1, 2, tzinfo=UTC)


class Clocked:
    """A reader whose steps came at given times."""

    def __init__(self, reader, secs_of):
        self._reader = reader
        self._secs_of = secs_of

    def __getattr__(self, name):
        return getattr(self._reader, name)

    def rows(self, table, start, stop):
        rows = self._reader.rows(table, start, stop)
        micros = [BEGAN.timestamp() * 1e6 + self._secs_of(row["label"]) * 1e6 for row in rows]
        return [{**row, "wall_micros": int(at)} for row, at in zip(rows, micros, strict=True)]


@pytest.fixture
def clocked(monkeypatch):
    def clock(recorder, secs_of):
        real = recorder._columns()
        monkeypatch.setattr(recorder, "_columns", lambda: Clocked(real, secs_of))

    return clock


def test_pace_and_what_is_left(recorder, clocked):
    for step in range(0, 60, 2):
        recorder.log_step(step, {"loss": 1.0})
    clocked(recorder, lambda step: step / 400)

    glance = glance_of(recorder, total_steps=159)

    assert glance.steps_per_sec == pytest.approx(400.0)
    assert glance.remaining_secs == pytest.approx(100 / 400)


def test_the_pace_is_that_of_the_last_ten_seconds(recorder, clocked):
    for step in range(2_000):
        recorder.log_step(step, {"loss": 1.0})
    # Fifty a second, then a hundred: the last thousand steps take ten seconds.
    clocked(recorder, lambda step: step / 50 if step < 1_000 else 10 + step / 100)

    assert glance_of(recorder).steps_per_sec == pytest.approx(100.0, rel=0.01)


def test_what_is_left_by_epochs(make_recorder):
    recorder = make_recorder("x", None, {"epochs": 10})
    for epoch in range(3):
        recorder.log_epoch(epoch, 1.0, timestamp=BEGAN + timedelta(seconds=20 * epoch))

    glance = glance_of(recorder)

    assert glance.share == pytest.approx(0.3)
    assert glance.remaining_secs == pytest.approx(140.0)


def test_epochs_count_where_no_step_is_logged(make_recorder):
    recorder = make_recorder("x", None, {"total_steps": 1000, "epochs": 4})
    assert glance_of(recorder).share == 0.0
    recorder.log_epoch(0, 1.0)
    assert glance_of(recorder).share == 0.25
    recorder.log_step(9, {"loss": 1.0})

    assert glance_of(recorder).share == 0.01


def test_the_pace_is_that_of_the_attempt_that_writes(make_recorder, clocked):
    with make_recorder("x", run_id="r") as first:
        first.log_step(0, {"loss": 1.0})
    second = make_recorder("x", run_id="r", resume="must")
    second.log_step(1, {"loss": 1.0})
    clocked(second, lambda step: (0, 100, 100.5)[step])
    assert glance_of(second).steps_per_sec is None
    second.log_step(2, {"loss": 1.0})
    second._columns().refresh()

    assert glance_of(second).steps_per_sec == pytest.approx(2.0)


def test_steps_that_stand_still_have_no_pace(recorder):
    for _ in range(5):
        recorder.log_step(7, {"loss": 1.0})

    assert glance_of(recorder, total_steps=10).remaining_secs is None


@pytest.mark.parametrize("n_left", range(1, 60, 7))
def test_rows_that_are_hidden_while_they_are_looked_at_have_no_pace(recorder, n_left):
    for step in range(60):
        recorder.log_step(step, {"loss": 1.0})

    class Shrinking:
        """As another thread's look at the same run leaves a reader: with fewer rows than before."""

        def length(self, table):
            return 60

        def rows(self, table, start, stop):
            return recorder._columns().rows(table, start, min(stop, n_left))

    assert _span(Shrinking(), "steps", 59) is None


@pytest.mark.parametrize(
    ("records", "config", "given", "expected"),
    [
        ({}, {}, None, (None, None)),
        ({}, {"max_steps": 7, "epochs": 3}, None, (7, 3)),
        ({}, {"max_steps": -1, "n_steps": 5}, None, (5, None)),
        ({"progress": {"total_steps": 9}}, {"max_steps": 7}, None, (9, None)),
        ({"progress": {"total_steps": 9}}, {"max_steps": 7}, 11, (11, None)),
        ({"progress": "odd"}, "odd", None, (None, None)),
        ({}, {"epochs": True, "max_steps": "7"}, None, (None, None)),
    ],
)
def test_totals(records, config, given, expected):
    found = totals_of(records, config, total_steps=given)

    assert (found.steps, found.epochs) == expected
