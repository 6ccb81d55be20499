"""Regression metrics against scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
skm = pytest.importorskip("sklearn.metrics")

from tachograph import ArgumentTypeError, InvalidArgumentError  # noqa: E402 -- behind the skip
from tachograph.monitor import RegressionMetrics  # noqa: E402 -- behind the skip


def streamed(predictions, targets, batch, **options):
    metrics = RegressionMetrics(1 if targets.ndim == 1 else targets.shape[1], **options)
    for start in range(0, len(targets), batch):
        metrics.update(predictions[start : start + batch], targets[start : start + batch])
    return metrics


def scikit_learns(predictions, targets, multioutput="uniform_average"):
    truth, found = targets.double().numpy(), predictions.double().numpy()
    names = {
        "mae": skm.mean_absolute_error,
        "mse": skm.mean_squared_error,
        "rmse": skm.root_mean_squared_error,
        "r2": skm.r2_score,
    }
    return {
        name: function(truth, found, multioutput=multioutput) for name, function in names.items()
    }


@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_every_metric_is_scikit_learns(n_outputs, offset):
    generator = torch.Generator().manual_seed(0)
    targets = torch.randn(2000, n_outputs, generator=generator, dtype=torch.float64) + offset
    noise = torch.randn(2000, n_outputs, generator=generator, dtype=torch.float64)
    predictions = targets + noise * torch.arange(1, n_outputs + 1)

    found = streamed(predictions, targets, 33).compute()

    for name, value in scikit_learns(predictions, targets).items():
        assert found[name] == pytest.approx(value, abs=1e-9), name
    for name, values in scikit_learns(predictions, targets, "raw_values").items():
        for index, value in enumerate(values if n_outputs > 1 else ()):
            assert found[f"output_{index}_{name}"] == pytest.approx(value, abs=1e-9), name


numbers = st.floats(-1e3, 1e3, width=32)


@settings(max_examples=50)  # each is dozens of small operations
@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=40), st.integers(1, 40))
def test_streams_equal_arrays(pairs, batch):
    predictions, targets = torch.tensor(pairs).T
    found = streamed(predictions, targets, batch).compute()
    expected = scikit_learns(predictions, targets)
    truth = targets.double().numpy()
    # Where targets all but agree, both sides divide rounding errors by one another.
    if np.ptp(truth) == 0:
        assert math.isnan(found.pop("r2"))
        expected.pop("r2")
    elif np.ptp(truth) < 1e-3 * np.abs(truth).max():
        expected.pop("r2")

    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name


@given(st.integers(1, 30), st.floats(-1e6, 1e6))
def test_r2_of_targets_that_are_all_equal_is_undefined(n, target):
    targets = torch.full((n,), target, dtype=torch.float64)

    assert math.isnan(streamed(targets + 1, targets, 7).compute()["r2"])


def test_parts_merge_into_the_whole():
    targets = torch.randn(50, 2, generator=torch.Generator().manual_seed(0)).double() + 100
    predictions = targets + 1
    first = streamed(predictions[:20], targets[:20], 3)
    first.merge(streamed(predictions[20:], targets[20:], 4))

    assert first.compute() == pytest.approx(streamed(predictions, targets, 50).compute())


def test_losses_come_along():
    metrics = RegressionMetrics()
    for n, loss in ((1, 1.0), (3, 3.0)):
        metrics.update(torch.zeros(n), torch.ones(n), torch.tensor(loss))

    found = metrics.compute()

    assert (found["loss"], found["batch_loss_std"], found["batch_loss_nonfinite"]) == (2.5, 1.0, 0)
    assert (
        "batch_loss_std" not in streamed(torch.zeros(2), torch.zeros(2), 1, split="val").compute()
    )


def test_samples_that_are_not_finite_are_counted_and_poison_nothing():
    predictions = torch.tensor([[1.0, 2.0], [math.nan, 0.0], [3.0, 3.0], [4.0, 4.0]])
    targets = torch.tensor([[1.0, 2.0], [0.0, 0.0], [3.0, math.inf], [5.0, 5.0]])
    found = streamed(predictions, targets, 3).compute()

    assert found["nonfinite_samples"] == 2
    assert found["mse"] == 0.5
    assert found["output_1_r2"] == pytest.approx(1 - 1 / 4.5)


def test_one_output_may_or_may_not_have_an_axis():
    metrics = RegressionMetrics()
    metrics.update(torch.tensor([[1.0], [2.0]]), torch.tensor([1, 3]))  # integers are numbers

    assert metrics.compute()["mae"] == 0.5


def test_a_batch_reads_nothing_from_the_device():
    metrics = RegressionMetrics(2)
    batch = torch.empty(8, 2, device="meta")
    for n in (8, 8, 5):
        metrics.update(batch[:n], batch[:n], batch[0, 0])

    with pytest.raises(NotImplementedError):
        metrics.compute()


@pytest.mark.parametrize(
    ("predictions", "targets", "error", "argument"),
    [
        (torch.zeros(4, 2), torch.zeros(4, 3), InvalidArgumentError, "targets"),
        (torch.zeros(4), torch.zeros(4, 2), InvalidArgumentError, "predictions"),
        (torch.zeros(4, 2), torch.zeros(5, 2), InvalidArgumentError, "targets"),
        (torch.zeros(4, 2, 1), torch.zeros(4, 2, 1), InvalidArgumentError, "predictions"),
        (
            torch.zeros(4, 2, dtype=torch.complex64),
            torch.zeros(4, 2),
            ArgumentTypeError,
            "predictions",
        ),
        (np.zeros((4, 2)), torch.zeros(4, 2), ArgumentTypeError, "predictions"),
    ],
)
def test_what_is_no_batch_is_refused(predictions, targets, error, argument):
    with pytest.raises(error) as raised:
        RegressionMetrics(2).update(predictions, targets)
    assert raised.value.argument == argument
