"""Rows that come late are one with their step, whichever way a run is read."""

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tachograph
from tachograph import TrainingRecorder

NAMES = ("a", "b", "c")

calls = st.lists(
    st.tuples(
        st.integers(0, 4) | st.integers(-3, 12),
        st.sets(st.sampled_from(NAMES)),
        st.booleans(),
        st.integers(1, 200),
    ),
    max_size=40,
)


def merged_slowly(rows):
    """The rule, row by row; a row is (step, metrics)."""
    merged = []
    for at, (step, metrics) in enumerate(rows):
        latest = next((row for row in reversed(merged) if row[0] == step), None)
        if (
            latest is not None
            and (at - latest[2] <= 256 or at - latest[3] == 1)
            and not latest[1].keys() & metrics.keys()
        ):
            latest[1].update(metrics)
            latest[3] = at
        else:
            merged.append([step, dict(metrics), at, at])
    return [(step, metrics) for step, metrics, _, _ in merged]


def log(recorder, calls):
    """Logs calls, some of them late and some many times; returns the rows."""
    rows = []
    for step, names, is_late, times in calls:
        for _ in range(times if times > 190 else 1):
            metrics = {name: float(len(rows)) for name in sorted(names)}
            if is_late:
                recorder._log_late(step, 1, metrics)
            else:
                recorder.log_step(step, metrics)
            rows.append((step, metrics))
    return rows


def present(columns):
    """Rows of columns with absent values: (step, metrics)."""
    names = [name for name in columns if name in NAMES]
    return [
        (int(step), {name: columns[name][at] for name in names if not np.isnan(columns[name][at])})
        for at, step in enumerate(columns["step"])
    ]


def of_csv(text):
    return [
        (int(row["step"]), {name: float(row[name]) for name in NAMES if row.get(name)})
        for row in csv.DictReader(io.StringIO(text))
    ]


def of_lines(text):
    rows = map(json.loads, text.splitlines())
    return [
        (row["step"], {name: row[name] for name in NAMES if row.get(name) is not None})
        for row in rows
    ]


@settings(max_examples=60, deadline=None)
@given(calls=calls)
def test_every_way_of_reading_agrees(tmp_path_factory, calls):
    directory = tmp_path_factory.mktemp("late")
    with TrainingRecorder("late", dir=directory, capture_environment=False) as recorder:
        rows = log(recorder, calls)
        expected = merged_slowly(rows)
        assert [(row.step, row.metrics) for row in recorder.steps] == expected
        path = recorder.path
    with tachograph.open(path) as run:
        assert [(row.step, row.metrics) for row in run.steps] == expected
        assert [(row.step, row.metrics) for row in run.steps.raw] == rows
        assert len(run.steps) == len(expected)
        middle = len(expected) // 2
        assert [(row.step, row.metrics) for row in run.steps[middle:]] == expected[middle:]
        assert present(run.steps.to_numpy()) == expected
        part = run.steps.select(start=1, stop=4)
        assert present(part.to_numpy()) == [row for row in expected if 1 <= row[0] < 4]
        assert len(part) == sum(1 <= step < 4 for step, _ in expected)
        run.export_to_csv(directory / "steps.csv", "steps")
        assert of_csv((directory / "steps.csv").read_text()) == expected
        run.export_to_json(directory / "steps.jsonl", "steps", lines=True)
        assert of_lines((directory / "steps.jsonl").read_text()) == expected
        for name in NAMES:
            if not any(name in metrics for _, metrics in rows):
                continue
            steps, values = run.history(name, "steps")
            logged = [(step, metrics[name]) for step, metrics in rows if name in metrics]
            assert list(zip(steps.tolist(), values.tolist(), strict=True)) == logged


@pytest.mark.parametrize("lag", [1, 3, 100])
def test_a_long_run_with_a_monitor(make_recorder, lag):
    n_steps = 30_000
    with make_recorder(run_id="r") as recorder:
        for step in range(n_steps):
            recorder.log_step(step, loss=step / 2)
            if step >= lag:
                recorder._log_late(step - lag, 1, {"norm": float(step - lag)})
        for step in range(n_steps - lag, n_steps):
            recorder._log_late(step, 1, {"norm": float(step)})
    with tachograph.open(recorder.path) as run:
        columns = run.steps.to_numpy()
        assert columns["step"].tolist() == list(range(n_steps))
        assert (columns["loss"] == np.arange(n_steps) / 2).all()
        assert (columns["norm"] == np.arange(n_steps)).all()
        assert run.steps[12_345].metrics == {"loss": 12_345 / 2, "norm": 12_345.0}
        assert (np.diff(columns["wall_time"].astype(np.int64)) >= 0).all()
