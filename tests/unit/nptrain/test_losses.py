"""Losses and metrics, against their formulas in longer floats and against torch."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain import (
    accuracy,
    cross_entropy_loss,
    mse_loss,
    objective,
    smooth_targets,
    softmax,
)

any_float = st.floats(width=64)
finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
shapes = st.tuples(st.integers(1, 6), st.integers(1, 5))


@st.composite
def logits_and_labels(draw, elements=finite):
    shape = draw(shapes)
    logits = draw(hnp.arrays(np.float64, shape, elements=elements))
    labels = draw(hnp.arrays(np.int64, shape[0], elements=st.integers(0, shape[1] - 1)))
    return logits, labels


def slow_cross_entropy(logits, weights):
    z = np.asarray(logits, dtype=np.longdouble)
    top = z.max(axis=1, keepdims=True)
    total = np.log(np.exp(z - top).sum(axis=1, keepdims=True)) + top
    return float((weights * (total - z)).sum(axis=1).mean())


def test_cross_entropy_by_hand():
    assert cross_entropy_loss([[0.0, 0.0]], [1]) == pytest.approx(math.log(2), rel=1e-15)
    assert cross_entropy_loss([[1e4, 0.0]], [0]) == 0.0
    assert cross_entropy_loss([[1e4, 0.0]], [1]) == 1e4


@given(logits_and_labels(st.floats(-50, 50)))
def test_cross_entropy_is_that_of_longer_floats_for_both_kinds_of_targets(case):
    logits, labels = case
    one_hot = np.eye(logits.shape[1])[labels]

    loss = cross_entropy_loss(logits, labels)

    assert loss == pytest.approx(slow_cross_entropy(logits, one_hot), rel=1e-12, abs=1e-14)
    assert cross_entropy_loss(logits, labels[:, None]) == loss
    if logits.shape[1] > 1:
        for targets in (one_hot, one_hot.astype(np.int8), one_hot.astype(bool)):
            assert cross_entropy_loss(logits, targets) == pytest.approx(loss, rel=1e-12)


@given(logits_and_labels())
def test_no_finite_logits_are_too_large(case):
    logits, labels = case

    loss = cross_entropy_loss(logits, labels)
    gradient = objective("classification").gradient(logits, labels)

    assert type(loss) is float
    assert loss >= 0.0
    assert 0.0 <= accuracy(logits, labels) <= 1.0
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() <= 1.0 / len(logits) + 1e-15
    assert softmax(logits).sum(axis=1) == pytest.approx(np.ones(len(logits)), rel=1e-12)


@given(logits_and_labels(any_float))
def test_logits_that_are_no_numbers_give_a_loss_that_is_none_and_no_warning(case):
    logits, labels = case
    if (logits.max(axis=1) == -np.inf).any():
        with pytest.raises(InvalidArgumentError, match="all -inf"):
            cross_entropy_loss(logits, labels)
        return
    loss = cross_entropy_loss(logits, labels)
    lost = np.isnan(logits).any() or (logits == np.inf).any()

    assert math.isnan(loss) == lost
    assert 0.0 <= accuracy(logits, labels) <= 1.0


def test_a_class_that_is_ruled_out_costs_nothing_unless_it_is_the_target():
    assert cross_entropy_loss([[1.0, -np.inf]], [[1, 0]]) == 0.0
    assert cross_entropy_loss([[1.0, -np.inf]], [0]) == 0.0
    assert cross_entropy_loss([[1.0, -np.inf]], [1]) == math.inf


def test_the_mean_of_large_losses_does_not_overflow():
    assert cross_entropy_loss([[1e308, 0.0]] * 3, [1, 1, 1]) == pytest.approx(1e308)
    assert mse_loss([1.2e154] * 5, [0.0] * 5) == pytest.approx(1.44e308)
    assert mse_loss([1e200], [0.0]) == math.inf


@pytest.mark.parametrize(
    ("predictions", "targets", "says"),
    [
        ([[1.0, 2.0]], [-1], "from 0 to 1"),
        ([[1.0, 2.0]], [2], "there is 2"),
        ([[1.0, 2.0]], [0.0], "must be integers"),
        ([[1.0, 2.0]], [[0.5]], r"shape \(1,\) or weights of shape \(1, 2\)"),
        ([[1.0, 2.0]], [0, 1], r"their shape is \(2,\)"),
        ([[1.0, 2.0]], [[1, 0, 0]], r"their shape is \(1, 3\)"),
        ([[1.0, 2.0]], [[0.0, 0.0]], "row 0 is all zeros"),
        ([[1.0, 2.0]], [[1.5, -0.5]], "at least 0"),
        ([[1.0, 2.0]], [[np.nan, 1.0]], "finite"),
        ([[1.0, 2.0]], ["a"], "not of <U1"),
        ([1.0, 2.0], [0, 1], r"shape \(samples, classes\)"),
        (np.empty((0, 2)), np.empty(0, dtype=int), r"their shape is \(0, 2\)"),
        (np.empty((2, 0)), [0, 0], r"their shape is \(2, 0\)"),
        ([[1j, 2.0]], [0], "not of complex128"),
        ([[1.0, 2.0], [1.0]], [0, 0], "predictions must be an array of real numbers"),
        (np.ma.masked_array([[1.0, 2.0]], mask=[[True, False]]), [0], "masked"),
        ([[-np.inf, -np.inf]], [0], "all -inf"),
    ],
)
def test_what_cannot_be_is_refused_with_what_came(predictions, targets, says):
    with pytest.raises(ValueError, match=says):
        cross_entropy_loss(predictions, targets)


@pytest.mark.parametrize("targets", [[-1], [2], [0.0], [0, 1], [[0.5]]])
def test_accuracy_refuses_the_same_targets(targets):
    with pytest.raises(InvalidArgumentError, match="targets"):
        accuracy([[1.0, 2.0]], targets)


def test_probabilities_are_not_taken_for_logits_where_the_caller_says_so():
    assert cross_entropy_loss([[0.2, 0.8]], [1], from_logits=False) == -math.log(0.8)
    assert cross_entropy_loss([[1.0, 0.0]], [1], from_logits=False) == -math.log(1e-12)
    with pytest.raises(InvalidArgumentError, match="probabilities"):
        cross_entropy_loss([[2.0, -1.0]], [1], from_logits=False)


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=4), elements=finite))
def test_softmax_is_a_distribution_of_the_same_shape_that_no_shift_changes(logits):
    probabilities = softmax(logits)

    assert probabilities.shape == logits.shape
    assert probabilities.min() >= 0.0
    assert np.abs(probabilities.sum(axis=-1) - 1.0).max() <= 1e-12


def test_softmax_at_its_edges():
    assert softmax([1e4, 0.0]).tolist() == [1.0, 0.0]
    assert softmax([1.0, 2.0]) == pytest.approx(softmax([1001.0, 1002.0]), rel=1e-12)
    assert np.isnan(softmax([[np.nan, 1.0], [0.0, 0.0]])).tolist() == [[True, True], [False, False]]
    for logits in (1.0, [], [[-np.inf, -np.inf]]):
        with pytest.raises(InvalidArgumentError, match="logits"):
            softmax(logits)


def test_accuracy_counts_rows_and_takes_the_first_of_equals():
    assert accuracy([[0.9, 0.1], [0.2, 0.8]], [0, 0]) == 0.5
    assert accuracy([[0.9, 0.1], [0.2, 0.8]], [[0], [1]]) == 1.0
    assert accuracy([[1.0, 1.0]], [0]) == 1.0
    assert accuracy([[1.0, 1.0]], [[0.0, 1.0]]) == 0.0
    assert accuracy([[np.nan, 1.0]], [0]) == 0.0


@given(shapes, st.data())
def test_mse_is_the_mean_of_the_squares(shape, data):
    elements = st.floats(-1e3, 1e3)
    predictions = data.draw(hnp.arrays(np.float64, shape, elements=elements))
    targets = data.draw(hnp.arrays(np.float64, shape, elements=elements))
    wide = (predictions.astype(np.longdouble) - targets) ** 2

    loss = mse_loss(predictions, targets)

    assert type(loss) is float
    assert loss == pytest.approx(float(wide.mean()), rel=1e-12, abs=1e-300)
    assert mse_loss(predictions, predictions) == 0.0


def test_mse_of_unsigned_integers_does_not_wrap():
    small, large = np.array([1], dtype=np.uint8), np.array([2], dtype=np.uint8)

    assert mse_loss(small, large) == mse_loss(large, small) == 1.0


@pytest.mark.parametrize(
    ("predictions", "targets"), [([[1.0], [2.0]], [1.0, 2.0]), ([1.0], [1.0, 2.0]), ([], [])]
)
def test_mse_broadcasts_nothing(predictions, targets):
    with pytest.raises(InvalidArgumentError, match="shape"):
        mse_loss(predictions, targets)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_gradient_of_an_objective_is_that_of_its_loss(task):
    rng = np.random.default_rng(3)
    outputs = rng.standard_normal((5, 4))
    y = rng.integers(0, 4, 5) if task == "classification" else rng.standard_normal((5, 4))
    aim = objective(task)
    expected = np.empty_like(outputs)
    for index in np.ndindex(outputs.shape):
        moved = [outputs.copy(), outputs.copy()]
        moved[0][index] += 1e-5
        moved[1][index] -= 1e-5
        expected[index] = (aim.loss(moved[0], y) - aim.loss(moved[1], y)) / 2e-5

    gradient = aim.gradient(outputs, y)
    evaluation = aim.evaluate(outputs, y)

    assert gradient == pytest.approx(expected, abs=1e-9)
    assert (evaluation.loss, evaluation.metric) == (aim.loss(outputs, y), aim.metric(outputs, y))
    assert np.array_equal(evaluation.gradient, gradient)


def test_a_model_of_float32_gets_gradients_of_float32():
    outputs = np.zeros((2, 2), dtype=np.float32)

    assert objective("classification").gradient(outputs, [0, 1]).dtype == np.float32
    assert objective("regression").gradient(outputs, outputs).dtype == np.float32
    assert objective("regression").gradient([[1.0]], [[0]]).dtype == np.float64


def test_an_unknown_task_is_refused():
    with pytest.raises(ValueError, match="'classification' or 'regression', not 'ranking'"):
        objective("ranking")


def test_smoothed_targets_keep_their_weight():
    soft = smooth_targets([0, 2], 3, 0.3)

    assert soft == pytest.approx(np.array([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]]))
    assert smooth_targets(np.eye(3), 3, 0.0) == pytest.approx(np.eye(3))
    with pytest.raises(ValueError, match="label_smoothing"):
        smooth_targets([0], 3, 1.0)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("soft", [False, True])
def test_loss_smoothing_and_gradient_are_those_of_torch(label_smoothing, soft):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(11)
    logits = 5.0 * rng.standard_normal((9, 4))
    targets = softmax(rng.standard_normal((9, 4))) if soft else rng.integers(0, 4, 9)
    theirs = torch.tensor(logits, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(
        theirs, torch.tensor(targets), label_smoothing=label_smoothing
    )
    loss.backward()

    ours = cross_entropy_loss(logits, targets, label_smoothing=label_smoothing)
    gradient = objective("classification").gradient(
        logits, smooth_targets(targets, 4, label_smoothing)
    )

    assert ours == pytest.approx(loss.item(), rel=1e-12)
    assert gradient == pytest.approx(theirs.grad.numpy(), abs=1e-12)
