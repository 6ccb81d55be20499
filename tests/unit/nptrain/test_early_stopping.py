"""When to stop, and what is kept."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph.nptrain import EarlyStopping


def test_it_stops_after_patience_epochs_without_improvement():
    stopping = EarlyStopping(patience=3)

    answers = [stopping(loss) for loss in (1.0, 0.9, 0.8, 0.85, 0.84, 0.83, 0.1)]

    assert answers == [False] * 5 + [True, True]
    assert stopping.should_stop_training


def test_its_attributes_before_anything():
    stopping = EarlyStopping()

    assert (stopping.patience, stopping.min_delta) == (10, 1e-4)
    assert (stopping.best_loss, stopping.counter, stopping.best_params) == (math.inf, 0, None)
    assert stopping.should_stop_training is False
    assert stopping.get_best_params() is None


def test_the_best_parameters_are_copies_both_ways():
    stopping, params = EarlyStopping(), {"W": np.array([1.0, 2.0])}
    stopping(0.5, params)
    params["W"][0] = 9.0
    stopping.get_best_params()["W"][1] = 9.0
    stopping(0.7, params)

    assert stopping.get_best_params()["W"].tolist() == [1.0, 2.0]
    assert stopping.best_loss == 0.5


def test_an_improvement_must_be_larger_than_min_delta_but_adds_up():
    stopping = EarlyStopping(patience=5, min_delta=0.1)

    for loss in (1.0, 0.9375, 0.90625):
        stopping(loss)
    assert (stopping.best_loss, stopping.counter) == (1.0, 2)
    stopping(0.875)
    assert (stopping.best_loss, stopping.counter) == (0.875, 0)


@given(st.lists(st.floats(), max_size=40), st.integers(1, 5), st.floats(0, 1))
def test_it_follows_its_rule_for_any_losses(losses, patience, min_delta):
    stopping = EarlyStopping(patience, min_delta)
    best, counter, stopped = math.inf, 0, False
    for loss in losses:
        if loss < best - min_delta:
            best, counter = loss, 0
        else:
            counter += 1
        stopped = stopped or counter >= patience

        assert stopping(loss) is stopped
        assert (stopping.best_loss, stopping.counter) == (best, counter)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((0,), ValueError), ((1.5,), TypeError), ((1, -1.0), ValueError), ((1, math.nan), ValueError)],
)
def test_what_cannot_be_is_refused(arguments, error):
    with pytest.raises(error):
        EarlyStopping(*arguments)
