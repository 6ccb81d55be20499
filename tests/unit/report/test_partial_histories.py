"""Whatever a run lacks, its report is written, and says so."""

import math

import numpy as np
import pytest

import tachograph

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
    assert "nan" not in alone.text.replace("NaN", "").lower().split()
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


def test_extremes_of_the_floats_overflow_nothing(recorder, report):
    infinities(recorder)

    (trace,) = report(recorder).charts["steps:loss"]["traces"]

    assert trace["notFinite"] == 0
    assert math.isfinite(trace["values"])


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
