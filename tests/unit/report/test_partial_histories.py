"""Whatever a run lacks, its report is written, and says so."""

import base64

import numpy as np
import pytest

import tachograph
from tachograph.report.run_facts import trained_secs

NAN, INF = float("nan"), float("inf")


def nothing(recorder):
    pass


def one_step(recorder):
    recorder.log_step(0, {"loss": 1.0})


def one_epoch(recorder):
    recorder.log_epoch(7, 1.0)


def one_validation(recorder):
    for epoch in range(12):
        recorder.log_epoch(epoch, 1.0 / (epoch + 1), 0.5 if epoch == 5 else None)


def nan_only(recorder):
    for epoch in range(12):
        recorder.log_epoch(epoch, NAN, NAN, {"a": NAN})
        recorder.log_step(epoch, {"loss": NAN})


def infinities(recorder):
    for epoch in range(12):
        recorder.log_epoch(epoch, INF, -INF, {"a": 1e308})
    recorder.log_steps(np.arange(30_000), {"loss": np.full(30_000, 1e308)})


def arrays(recorder):
    recorder.log_epoch(0, 1.0, 2.0, {"matrix": np.eye(2), "text": "<b>", "both": 1})
    recorder.log_epoch(1, 1.0, 2.0, {"matrix": [1, 2], "both": "none"})


def labels_that_go_back(recorder):
    for epoch in (5, 3, 9, 3):
        recorder.log_epoch(epoch, float(epoch), 1.0)
        recorder.log_step(epoch, {"loss": 1.0})


def constant(recorder):
    recorder.log_steps(np.arange(5000), {"loss": np.full(5000, 3.0), "lr": np.zeros(5000)})


def huge_labels(recorder):
    recorder.log_step(2**62, {"loss": 1.0})
    recorder.log_epoch(-(2**62), 1.0)


def integers(recorder):
    for step in range(5):
        recorder.log_step(step, {"count": step * 2**50})


CASES = [
    nothing,
    one_step,
    one_epoch,
    one_validation,
    nan_only,
    infinities,
    arrays,
    labels_that_go_back,
    constant,
    huge_labels,
    integers,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_alone_and_beside_another(case, make_recorder, report):
    recorder, other = make_recorder(), make_recorder("other")
    case(recorder)
    one_epoch(other)

    alone = report(recorder)
    cells = {cell.casefold() for _, row in alone.all_rows for cell in row}
    shown = (
        {"nan", "inf", "-inf"} if case in (nan_only, infinities) else set()
    )  # the last value as it is
    assert cells & {"nan", "inf", "-inf", "none", "undefined"} <= shown
    both = report(recorder, other)
    assert len(both.payload["runs"]) == 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_closed_and_in_memory(case, make_recorder, report):
    memory, disk = make_recorder(dir=None), make_recorder()
    case(memory)
    case(disk)
    disk.close()

    assert len(report(memory).charts) == len(report(tachograph.open(disk.path)).charts)
    assert "in memory" in report(memory).text


def test_an_empty_run_says_so(recorder, report):
    page = report(recorder)

    assert "No numbers are recorded." in page.text
    assert page.charts == {}


def test_values_that_are_no_numbers_are_named(recorder, report):
    arrays(recorder)

    page = report(recorder)

    assert "Not drawn, since values are no numbers:" in page.text
    assert {"matrix", "text"} <= set(page.text.split())
    assert "epochs:both" in page.charts
    assert "both" not in page.text.partition("Not drawn")[2].partition("Log")[0]


def test_extremes_of_the_floats_overflow_nothing(recorder, report):
    infinities(recorder)

    page = report(recorder)

    (trace,) = page.charts["steps:loss"]["traces"]
    assert trace["notFinite"] == 0
    for part in ("points", "means"):
        packed = base64.b64decode(trace[part]["y"])
        assert np.isfinite(np.frombuffer(packed, dtype="<f8")).all()
    (row,) = [row for row in page.rows("metrics") if row[:2] == ["loss", "steps"]]
    assert row[2:6] == ["1e308"] * 4


def test_the_last_value_is_the_one_that_was_logged_last(recorder, report):
    labels_that_go_back(recorder)

    (row,) = [row for row in report(recorder).rows("metrics") if row[0] == "train_loss"]

    assert row[1:7] == ["epochs", "3", "3", "9", "5", "4"]  # last, lowest, highest, mean, count


def test_without_validation_the_best_loss_is_the_trainings(make_recorder, report):
    first, second = make_recorder("a"), make_recorder("b")
    for one in (first, second):
        one.log_epoch(0, 0.25)

    assert report(first).tiles["best training loss"] == "0.25 epoch 0"
    assert "best train loss" in report(first, second).rows("summary")[0]
    second.log_epoch(1, 0.25, 0.5)
    assert report(second).tiles["its training loss"] == "0.25 epoch 1"
    assert "its train loss" in report(first, second).rows("summary")[0]


def test_the_pace_leaves_out_the_time_until_a_run_was_resumed(recorder):
    micros = {1: np.arange(11) * 1_000_000, 2: 3_600_000_000 + np.arange(10) * 1_000_000}
    steps = np.arange(21), np.concatenate([*micros.values()]), np.repeat([1, 2], [11, 10])
    none = [np.empty(0, dtype=np.int64)] * 4

    class Clocked:
        def index(self, table):
            return [*steps, np.arange(21)] if table == "steps" else none

    assert trained_secs(Clocked()) == 19


def test_many_metrics_are_grouped_folded_and_limited(recorder, report):
    names = [f"{'train' if at % 2 else 'val'}/m{at}" for at in range(2300)]
    for step in range(3):
        recorder.log_step(step, dict.fromkeys(names, float(step)))

    page = report(recorder)

    assert len(page.charts) == 2000
    assert "300 charts beyond the limit of a report are left out." in page.text
    groups = [attributes for tag, attributes in page.tags if attributes.get("class") == "group"]
    assert ["open" in group for group in groups] == [True, False]
    assert page.path.stat().st_size < 9e6
