"""Damage is a gap of a curve on every axis; what was logged again is none."""

import math

import numpy as np
import pytest

import tachograph
from tachograph.curves import Curve, broken_curve, curve, with_lost_rows

N = 12_000


@pytest.fixture
def damaged(recorder, damage_column):
    for at in range(N):
        recorder.log_step(at, {"loss": math.sin(at), "other": math.cos(at)})
        if at % 1000 == 0:
            recorder.log_epoch(at // 1000, 1.0)
    recorder.close()
    damage_column(recorder.path, "steps", "loss")
    with tachograph.open(recorder.path) as run:
        yield run


def test_only_what_lies_between_two_points_is_lost():
    place = {"table": "steps", "first_step": 2, "last_step": 4}
    labels = np.array([0, 1, 5, 6])
    found = Curve("loss", "step", labels, labels * 1.0)
    again = Curve("loss", "step", np.arange(7), np.arange(7.0))

    broken = with_lost_rows(found, labels, "steps", [place])
    assert broken.x.tolist() == [0, 1, 3, 5, 6]
    np.testing.assert_array_equal(broken.y, [0, 1, np.nan, 5, 6])
    assert len(with_lost_rows(again, again.x, "steps", [place])) == 7
    assert len(with_lost_rows(found, labels, "epochs", [place])) == 4
    before, end = ({**place, "first_step": at, "last_step": at + 2} for at in (-5, 7))
    assert len(with_lost_rows(found, labels, "steps", [before, end, {"table": None}])) == 4


def test_only_the_column_that_is_damaged_has_a_gap():
    labels = np.array([0, 100, 200])
    place = {"table": "epochs", "first_step": 110, "last_step": 120, "rows": 0, "column": "mae"}

    def n_points(name, **more):
        found = Curve(name, "epoch", labels, labels * 1.0)
        return len(with_lost_rows(found, labels, "epochs", [{**place, **more}]))

    assert (n_points("train/mae"), n_points("val/f1"), n_points("val_loss")) == (4, 3, 3)
    assert n_points("val_loss", rows=11) == 4  # the rows themselves are gone


def test_a_place_within_another_and_two_in_one_gap_are_one_gap():
    labels = np.array([0, 10, 20, 30])
    found = Curve("loss", "step", labels, labels * 1.0)
    places = [(1, 25), (12, 13), (15, 16), (22, 40)]
    damage = [{"table": "steps", "first_step": a, "last_step": b} for a, b in places]
    broken = with_lost_rows(found, labels, "steps", damage)

    # Labels within a lost place were logged again, those around them were not.
    assert broken.x.tolist() == [0, 5, 10, 15, 20, 25, 30]


def test_what_was_logged_again_in_part_leaves_a_gap():
    place = {"table": "steps", "first_step": 100, "last_step": 199}

    def gaps(*labels):
        at = np.array(labels)
        found = Curve("loss", "step", at, at * 1.0)
        broken = with_lost_rows(found, at, "steps", [place])
        return broken.x[np.isnan(broken.y)].tolist()

    assert gaps(98, 99, 150, 151, 199, 200) == [124]  # a run that went on from 150
    assert gaps(99, 100, 150, 201) == [175]  # one that ended before the last
    assert gaps(99, 130, 160, 201) == [114, 180]
    assert gaps(99, 100, 120, 140, 160, 180, 199, 200) == []


def test_the_middle_of_labels_that_are_far_apart_lies_between_them():
    labels = np.array([-(2**62) - 2, 2**62 + 2, 2**63 - 3, 2**63 - 1])
    found = Curve("loss", "step", labels, np.ones(4))
    damage = [{"table": "steps", "first_step": a, "last_step": a} for a in (0, 2**63 - 2)]

    broken = with_lost_rows(found, labels, "steps", damage)

    assert broken.x.tolist() == [labels[0], 0, *labels[1:3], 2**63 - 2, labels[3]]


def test_what_was_logged_again_later_is_a_gap_of_time():
    place = {"table": "steps", "first_step": 2, "last_step": 3}
    labels = np.array([0, 1, 4, 2, 3, 4])  # a run that went on from 2, in the order of time
    found = Curve("loss", "wall_time", np.arange(6) * 10.0, np.arange(6.0))

    broken = with_lost_rows(found, labels, "steps", [place])

    assert broken.x.tolist() == [0, 10, 15, 20, 30, 40, 50]


@pytest.mark.parametrize("axis", ["step", "epoch", "wall_time"])
def test_the_gap_of_a_damaged_log(damaged, axis):
    whole = curve(damaged, "loss", axis=axis)
    broken = broken_curve(damaged, "loss", axis=axis)
    (place,) = damaged._columns().report()["damage"]
    (gap,) = np.flatnonzero(np.isnan(broken.y))

    assert len(broken) == len(whole) + 1
    steps, _ = damaged.history("loss")
    assert steps[gap - 1] < place["first_step"] <= place["last_step"] < steps[gap]
    assert broken.x[gap - 1] < broken.x[gap] < broken.x[gap + 1]
    assert broken.x.dtype == whole.x.dtype


def test_another_column_is_whole(damaged):
    damaged.history("loss")
    assert np.isfinite(broken_curve(damaged, "other").y).all()
