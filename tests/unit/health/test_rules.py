"""The rules of health as the core gives them; its own tests look at each rule."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph._core import HealthWatch
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.health import Finding

NUMBERS = st.one_of(st.floats(), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.none())


def test_a_finding_has_all_its_fields():
    watch = HealthWatch()
    assert watch.step(3, {"loss": 0.5}) == []

    (record,) = watch.step(4, {"loss": math.inf})

    finding = Finding.from_record(record)
    assert (finding.code, finding.severity, finding.metric) == ("not_finite", "error", "loss")
    assert (finding.step, finding.epoch, finding.split) == (4, None, "train")
    assert finding.value == math.inf
    assert str(finding).startswith("error at step 4: loss is inf (not_finite). Find ")


def test_defaults_are_those_of_the_guide():
    limits = HealthWatch.thresholds()

    assert limits["exploding_gradients"] == 100
    assert limits["vanishing_gradients"] == 1e-6
    assert limits["gradient_spike"] == 10
    assert (limits["stable_gradients_low"], limits["stable_gradients_high"]) == (1e-3, 10)


def test_parameters_replace_defaults():
    (found,) = HealthWatch({"exploding_gradients": 5}).epoch(1, {}, {"grad_norm_mean": 6}, {})

    assert (found["code"], found["threshold"]) == ("exploding_gradients", 5.0)


@pytest.mark.parametrize(
    "thresholds", [{"explode": 1.0}, {"divergence": -1}, {"plateau": math.nan}]
)
def test_parameters_that_make_no_sense_are_refused_by_name(thresholds):
    with pytest.raises(InvalidArgumentError, match=next(iter(thresholds))) as caught:
        HealthWatch(thresholds)
    assert caught.value.argument == "thresholds"


@pytest.mark.parametrize("thresholds", [{1: 1.0}, {"divergence": "much"}])
def test_parameters_of_the_wrong_type_are_refused(thresholds):
    with pytest.raises(ArgumentTypeError, match="thresholds maps names to numbers"):
        HealthWatch(thresholds)


def test_what_is_no_number_tells_nothing():
    watch = HealthWatch()

    assert watch.step(0, {"loss": "nan", "grad_norm": None, "note": [1, 2]}) == []
    assert watch.epoch(0, {"train_loss": None}, {"confusion_matrix": [[1, 2], [3, 4]]}, {}) == []


@given(
    rows=st.lists(
        st.dictionaries(
            st.sampled_from(["loss", "grad_norm", "grad_norm/a", "update_ratio", "other"]), NUMBERS
        ),
        max_size=40,
    )
)
def test_any_numbers_are_taken(rows):
    watch = HealthWatch()

    for step, row in enumerate(rows):
        for record in watch.step(step, row):
            assert record["step"] == step
            assert record["metric"] in row
        epoch = watch.epoch(step, {"train_loss": row.get("loss")}, row, row)
        assert all(record["epoch"] == step for record in epoch)
