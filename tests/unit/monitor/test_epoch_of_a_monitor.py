"""Epochs get what their steps came to."""

import math

import numpy as np
import pytest

from tachograph import TrainingRecorder

torch = pytest.importorskip("torch")
from tachograph.monitor import attach  # noqa: E402 -- needs torch


@pytest.fixture
def recorder():
    with TrainingRecorder("epochs", dir=None, capture_environment=False) as recorder:
        yield recorder


@pytest.fixture
def model():
    return torch.nn.Linear(1, 1, bias=False)


@pytest.fixture
def optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.5)


def steps(model, optimizer, norms):
    for norm in norms:
        model.weight.grad = torch.full((1, 1), norm)
        optimizer.step()


def test_an_epoch_has_the_moments_of_its_steps(recorder, model, optimizer):
    epochs = [[3.0, 1.0, 2.0, 8.0], [5.0, 7.0]]
    with attach(model, recorder, optimizer):
        for number, norms in enumerate(epochs):
            steps(model, optimizer, norms)
            recorder.log_epoch(number, train_loss=1.0)

    for epoch, norms in zip(recorder.epochs, epochs, strict=True):
        metrics = epoch.train_metrics
        assert metrics["grad_norm_mean"] == pytest.approx(np.mean(norms))
        assert metrics["grad_norm_std"] == pytest.approx(np.std(norms))
        assert metrics["grad_norm_max"] == max(norms)
        assert metrics["grad_norm_last"] == norms[-1]
        assert metrics["grad_norm_nonfinite"] == 0
        assert metrics["lr"] == 0.5
        assert metrics["monitor_share"] >= 0
        assert epoch.gradient_norm == pytest.approx(np.mean(norms))


def test_what_is_not_finite_is_counted_and_left_out(recorder, model, optimizer):
    with attach(model, recorder, optimizer) as monitor:
        steps(model, optimizer, [1.0, math.nan, 3.0, math.inf])
        values = monitor.epoch_values()
        steps(model, optimizer, [math.nan])
        recorder.log_epoch(0, train_loss=1.0)

    assert values["grad_norm_nonfinite"] == 2
    assert (values["grad_norm_mean"], values["grad_norm_max"]) == (2.0, 3.0)
    assert values["grad_norm_last"] == math.inf
    assert recorder.epochs[0].gradient_norm is None
    assert recorder.epochs[0].train_metrics["grad_norm_nonfinite"] == 1


def test_what_the_loop_says_itself_stays(recorder, model, optimizer):
    with attach(model, recorder, optimizer):
        steps(model, optimizer, [1.0])
        recorder.log_epoch(0, 1.0, train_metrics={"grad_norm_mean": 9.0}, gradient_norm=0.0)

    assert recorder.epochs[0].train_metrics["grad_norm_mean"] == 9.0
    assert recorder.epochs[0].train_metrics["grad_norm_max"] == 1.0
    assert recorder.epochs[0].gradient_norm == 0.0


def test_an_epoch_without_a_step_gets_nothing(recorder, model, optimizer):
    with attach(model, recorder, optimizer) as monitor:
        recorder.log_epoch(0, 1.0)
        assert monitor.epoch_values() == {}
    steps(model, optimizer, [1.0])
    recorder.log_epoch(1, 1.0)

    for epoch in recorder.epochs:
        assert epoch.train_metrics == {}
        assert epoch.gradient_norm is None


def test_weights_after_the_epoch(recorder):
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 3).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    before = np.concatenate([p.detach().numpy().ravel() for p in model.parameters()])
    with attach(model, recorder, optimizer, weights=True):
        for _ in range(3):
            optimizer.zero_grad()
            model(torch.ones(1, 4, dtype=torch.float64)).square().sum().backward()
            optimizer.step()
        recorder.log_epoch(0, 1.0)

    after = np.concatenate([p.detach().numpy().ravel() for p in model.parameters()])
    metrics = recorder.epochs[0].train_metrics
    assert metrics["weight_mean_after"] == pytest.approx(after.mean())
    assert metrics["weight_std_after"] == pytest.approx(after.std())
    assert metrics["weight_max_after"] == np.abs(after).max()
    assert metrics["weight_change"] == pytest.approx(abs(after.mean() - before.mean()))
    change = np.linalg.norm(after - before) / np.linalg.norm(before)
    assert metrics["weight_change_l2"] == pytest.approx(change)


def test_an_epoch_on_disk_is_read_back(tmp_path, model, optimizer):
    import tachograph

    with (
        TrainingRecorder("e", dir=tmp_path, capture_environment=False) as recorder,
        attach(model, recorder, optimizer),
    ):
        steps(model, optimizer, [3.0, 4.0])
        recorder.log_epoch(1, 1.0)

    run = tachograph.open(recorder.path)
    assert run.epochs[0].gradient_norm == 3.5
    assert [step.metrics["grad_norm"] for step in run.steps] == [3.0, 4.0]
