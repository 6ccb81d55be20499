"""Rows that come while a report is made do no harm."""

import numpy as np

from tachograph.report.run_facts import facts_of
from tachograph.report.run_reading import RunReading


def test_rows_that_came_later_are_left_for_the_next_report(recorder):
    recorder.log_steps(np.arange(10), {"loss": np.ones(10)})
    recorder.log_epoch(0, 2.0, 2.0)
    reading = RunReading.begin(recorder, 0)
    recorder.log_steps(np.arange(10, 5000), {"loss": np.zeros(4990)})
    recorder.log_epoch(1, 1.0, 1.0)

    steps = reading.trace("steps", "loss", 2000)
    epochs = reading.trace("epochs", "val_loss", 2000)

    assert steps.points.y.tolist() == [1.0] * 10
    assert steps.n_values == 10
    assert epochs.points.y.tolist() == [2.0]
    assert epochs.best is None
    assert facts_of(reading).n_steps == 5000


def test_a_metric_whose_rows_all_came_later(recorder):
    recorder.log_step(0, {"loss": 1.0})
    reading = RunReading.begin(recorder, 0)
    recorder.log_step(1, {"late": 1.0})
    reading.names["steps"]["late"] = None

    assert reading.trace("steps", "late", 2000) is None
    assert reading.trace("epochs", "late", 2000) is None
