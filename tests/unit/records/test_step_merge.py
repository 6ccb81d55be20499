"""Several calls at one step are one merged row where their columns do not overlap."""

import random

import pytest

import tachograph


def merged_slowly(rows):
    """The rule, row by row."""
    merged = []
    for step, metrics in rows:
        if merged and merged[-1][0] == step and not merged[-1][1].keys() & metrics.keys():
            merged[-1][1].update(metrics)
        else:
            merged.append((step, dict(metrics)))
    return merged


def logged(recorder, rows):
    for step, metrics in rows:
        recorder.log_step(step, metrics)
    run = tachograph.open(recorder.path)
    assert [(row.step, row.metrics) for row in run.steps.raw] == rows
    return run.steps


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(0, {"a": 1.0})],
        [(0, {"a": 1.0}), (1, {"a": 2.0})],
        [(0, {"a": 1.0}), (0, {"b": 2.0})],
        [(0, {"a": 1.0}), (0, {"a": 2.0})],
        [(0, {"a": 1.0}), (0, {"b": 2.0}), (0, {"a": 3.0})],
        [(0, {"a": 1.0}), (0, {"b": 2.0}), (0, {"b": 3.0}), (0, {"a": 4.0})],
        [(0, {"a": 1.0}), (1, {"a": 2.0}), (0, {"b": 3.0})],
        [(5, {"a": 1.0}), (5, {}), (5, {"b": 1.0})],
        [(5, {}), (5, {})],
    ],
)
def test_by_example(recorder, rows):
    steps = logged(recorder, rows)

    assert [(row.step, row.metrics) for row in steps] == merged_slowly(rows)
    assert len(steps) == len(merged_slowly(rows))


@pytest.mark.parametrize("n_names", [3, 40, 70])
def test_by_chance(recorder, n_names):
    chance = random.Random(n_names)
    names = [f"m{at}" for at in range(n_names)]
    rows = [
        (
            chance.randrange(3) + at // 5,
            {name: float(at) for name in chance.sample(names, chance.randrange(n_names // 2))},
        )
        for at in range(600)
    ]

    steps = logged(recorder, rows)

    expected = merged_slowly(rows)
    assert [(row.step, row.metrics) for row in steps] == expected
    assert [(row.step, row.metrics) for row in steps[3:9]] == expected[3:9]
    assert (steps[-1].step, steps[-1].metrics) == expected[-1]


def test_rows_of_two_attempts_stay_apart(make_recorder):
    with make_recorder(run_id="r") as recorder:
        recorder.log_step(0, {"a": 1.0})
    with make_recorder(run_id="r", resume="must") as recorder:
        recorder.log_step(1, {"b": 1.0})

    steps = tachograph.open(recorder.path).steps

    assert [row.step for row in steps] == [0, 1]
    assert steps[0].attempt != steps[1].attempt


def test_it_follows_a_live_run(recorder):
    recorder.log_step(0, {"a": 1.0})
    steps = tachograph.open(recorder.path).steps
    assert len(steps) == 1

    recorder.log_step(0, {"b": 2.0})
    recorder.log_step(1, {"b": 2.0})

    assert [row.metrics for row in steps] == [{"a": 1.0, "b": 2.0}, {"b": 2.0}]
    assert len(steps.raw) == 3
    assert steps[0].wall_time <= steps[1].wall_time


def test_a_position_outside_is_an_index_error(recorder):
    recorder.log_step(0, {"a": 1.0})
    steps = tachograph.open(recorder.path).steps

    with pytest.raises(IndexError, match="1 steps"):
        steps[1]
