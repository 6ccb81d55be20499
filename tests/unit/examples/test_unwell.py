"""Real trainings: each failure is told, and those that are well are left alone."""

import pytest

pytest.importorskip("sklearn")

from tachograph import TrainingRecorder
from tachograph.demo import data
from tachograph.examples import unwell
from tachograph.examples.ill_trainings import FAILURES, healthy
from tachograph.examples.watched_training import train


@pytest.fixture(scope="module")
def digits():
    return data.load(0)


def health_of(training):
    with TrainingRecorder("unwell", dir=None, capture_environment=False) as recorder:
        train(training, recorder)
        return recorder.health


@pytest.mark.parametrize("seed", range(6))
def test_a_training_that_is_well_gives_no_alarm(digits, seed):
    report = health_of(healthy(digits, seed))

    assert list(report) == []


@pytest.mark.parametrize("seed", range(3))
def test_nor_does_a_slow_one_of_sigmoids(digits, seed):
    report = health_of(healthy(digits, seed, activation="sigmoid"))

    assert report.ok, str(report)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda one: f"{one.code}")
def test_each_failure_is_told_and_little_else(digits, failure):
    report = health_of(failure.make(digits, 1))

    assert failure.code in report.codes, str(report)
    assert set(report.codes) <= {failure.code, *failure.with_it}, str(report)


def test_the_table_of_the_example(tmp_path, capsys):
    unwell.main(["--only", "not_finite", "--dir", str(tmp_path)])

    shown = capsys.readouterr().out
    assert "the logarithm of a black pixel" in shown
    assert "1 of 1 as expected" in shown
    assert "MISSED" not in shown


def test_what_is_missed_and_what_is_told_wrongly_is_marked(tmp_path):
    (result,) = unwell.run(only="not_finite", root=tmp_path)
    missed = unwell.Result(result.what, "plateau", result.report, tmp_path)
    alarm = unwell.Result("nothing", None, result.report, tmp_path)

    lines = unwell.table([result, missed, alarm]).splitlines()

    assert "MISSED" not in lines[1]
    assert lines[2].endswith("MISSED")
    assert lines[3].endswith("FALSE ALARM")
