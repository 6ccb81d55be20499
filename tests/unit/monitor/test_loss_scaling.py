"""Under a GradScaler norms are those of unscaled gradients, and skipped steps are seen."""

import math

import pytest

from tachograph import TrainingRecorder

torch = pytest.importorskip("torch")
from tachograph.monitor import attach  # noqa: E402 -- needs torch

SCALE = 2.0**10


@pytest.fixture
def recorder():
    with TrainingRecorder("scaled", dir=None, capture_environment=False) as recorder:
        yield recorder


@pytest.fixture
def model():
    torch.manual_seed(0)
    return torch.nn.Linear(3, 4)


@pytest.fixture
def scaler():
    return torch.amp.GradScaler("cpu", init_scale=SCALE)


OPTIMIZERS = {
    "plain": lambda p: torch.optim.SGD(p, lr=0.1),
    "fused, which divides by itself": lambda p: torch.optim.Adam(p, lr=0.1, fused=True),
}
each_optimizer = pytest.mark.parametrize("make_optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)


def loss_of(model):
    return model(torch.ones(2, 3)).square().sum()


def unscaled_norm(model):
    grads = torch.autograd.grad(loss_of(model), list(model.parameters()))
    return torch.cat([grad.flatten() for grad in grads]).double().norm().item()


def step(model, optimizer, scaler, between=None):
    optimizer.zero_grad()
    norm = unscaled_norm(model)
    scaler.scale(loss_of(model)).backward()
    if between is not None:
        between()
    scaler.step(optimizer)
    scaler.update()
    return norm


@each_optimizer
@pytest.mark.parametrize("per_layer", [False, True])
def test_norms_are_unscaled(recorder, model, scaler, make_optimizer, per_layer):
    optimizer = make_optimizer(model.parameters())
    with attach(model, recorder, optimizer, per_layer=per_layer):
        norms = [step(model, optimizer, scaler) for _ in range(3)]

    rows = [one.metrics for one in recorder.steps]
    assert [row["grad_norm"] for row in rows] == pytest.approx(norms, rel=1e-6)
    assert rows[-1]["step_skipped"] == 0
    if per_layer:
        layers = rows[0]["grad_norm/weight"], rows[0]["grad_norm/bias"]
        assert math.hypot(*layers) == pytest.approx(norms[0], rel=1e-6)


@each_optimizer
@pytest.mark.parametrize("unscaled", ["before clipping", "after clipping", "never"])
def test_norms_before_clipping_are_unscaled(recorder, model, scaler, make_optimizer, unscaled):
    optimizer = make_optimizer(model.parameters())

    def clip():
        if unscaled == "before clipping":
            scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01)
        if unscaled == "after clipping":
            scaler.unscale_(optimizer)

    with attach(model, recorder, optimizer):
        norm = step(model, optimizer, scaler, clip)

    row = recorder.steps[0].metrics
    assert row["grad_norm"] == pytest.approx(norm, rel=1e-5)
    applied = 0.01 if unscaled == "before clipping" else 0.01 / SCALE
    assert row["grad_norm_applied"] == pytest.approx(applied, rel=1e-3)


@each_optimizer
def test_a_skipped_step_has_a_row_of_its_own(recorder, model, scaler, make_optimizer):
    optimizer = make_optimizer(model.parameters())

    def spoil():
        model.weight.grad[0, 0] = math.inf

    with attach(model, recorder, optimizer):
        step(model, optimizer, scaler)
        before = model.weight.detach().clone()
        step(model, optimizer, scaler, spoil)
        assert torch.equal(model.weight, before)
        step(model, optimizer, scaler)

    rows = [one.metrics for one in recorder.steps]
    assert [one.step for one in recorder.steps] == [0, 1, 2]
    assert [row.get("step_skipped", 0) for row in rows] == [0, 1, 0]
    assert [row["grad_nonfinite"] for row in rows] == [0, 1, 0]
    assert [math.isfinite(row["grad_norm"]) for row in rows] == [True, False, True]


def test_a_scaler_that_is_off_changes_nothing(recorder, model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    with attach(model, recorder, optimizer):
        norm = step(model, optimizer, scaler)
        scaler.unscale_(optimizer)

    row = recorder.steps[0].metrics
    assert row["grad_norm"] == pytest.approx(norm, rel=1e-6)
    assert "step_skipped" not in row


def test_scalers_of_other_models_are_not_ours(recorder, model, scaler):
    other = torch.nn.Linear(3, 4)
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1)
    mine = torch.optim.SGD(model.parameters(), lr=0.1)
    with attach(model, recorder, mine):
        step(other, optimizer, scaler, lambda: other.weight.grad.fill_(math.inf))

    assert len(recorder.steps) == 0
