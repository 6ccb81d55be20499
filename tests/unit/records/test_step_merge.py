"""Several calls at one step are one merged row where they are near and no column comes twice."""

import random

import pytest

import tachograph

REACH = 256


def merged_slowly(rows):
    """The rule, row by row."""
    merged = []
    for at, (step, metrics) in enumerate(rows):
        latest = next((row for row in reversed(merged) if row[0] == step), None)
        if (
            latest is not None
            and (at - latest[2] <= REACH or at - latest[3] == 1)
            and not latest[1].keys() & metrics.keys()
        ):
            latest[1].update(metrics)
            latest[3] = at
        else:
            merged.append([step, dict(metrics), at, at])
    return [(step, metrics) for step, metrics, _, _ in merged]


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
        [(0, {"a": 1.0}), (1, {"a": 2.0}), (0, {"a": 3.0}), (0, {"b": 4.0}), (1, {"b": 5.0})],
        [(5, {"a": 1.0}), (6, {"a": 1.0}), (5, {"a": 1.0}), (6, {"a": 1.0})],
        [(0, {"a": 1.0}), *[(1, {"a": 1.0})] * 255, (0, {"b": 2.0})],
        [(0, {"a": 1.0}), *[(1, {"a": 1.0})] * 256, (0, {"b": 2.0})],
        [(0, {f"m{at}": 1.0}) for at in range(600)],
        [(0, {"a": 1.0}), (1, {}), *[(0, {f"m{at}": 1.0}) for at in range(600)], (1, {"a": 2.0})],
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
