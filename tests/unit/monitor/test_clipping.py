"""Clipping is seen, whoever calls it under whatever name, and changes nothing of what it does."""

import inspect
import math

import pytest

from tachograph import TrainingRecorder

torch = pytest.importorskip("torch")
from torch.nn.utils import clip_grad_norm_ as imported_before  # noqa: E402 -- needs torch

from tachograph.monitor import attach  # noqa: E402 -- needs torch

clip_grad = torch.nn.utils.clip_grad
NAMES = ["clip_grad_norm_", "clip_grad_value_", "_clip_grads_with_norm_"]


@pytest.fixture
def recorder():
    with TrainingRecorder("clipped", dir=None, capture_environment=False) as recorder:
        yield recorder


@pytest.fixture
def model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2)).double()


@pytest.fixture
def optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.1)


def backward(model, scale=1.0):
    model.zero_grad()
    (model(torch.ones(2, 3, dtype=torch.float64)).square().sum() * scale).backward()


def flat_norm(model):
    grads = [one.grad.flatten() for one in model.parameters() if one.grad is not None]
    return torch.cat(grads).norm().item()


CLIPPINGS = {
    "by norm": lambda model: torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1),
    "by a name imported before": lambda model: imported_before(model.parameters(), 0.1),
    "by keywords": lambda model: torch.nn.utils.clip_grad_norm_(
        parameters=list(model.parameters()), max_norm=0.1, norm_type=2
    ),
    "by another norm": lambda model: torch.nn.utils.clip_grad_norm_(
        model.parameters(), 0.1, norm_type=math.inf
    ),
    "a part": lambda model: torch.nn.utils.clip_grad_norm_(model[0].parameters(), 0.1),
    "one tensor": lambda model: torch.nn.utils.clip_grad_norm_(model[0].weight, 0.1),
    "by value": lambda model: torch.nn.utils.clip_grad_value_(model.parameters(), 0.1),
    "by value, then by norm": lambda model: (
        torch.nn.utils.clip_grad_value_(model.parameters(), 0.1),
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1),
    ),
    "part by part": lambda model: [
        torch.nn.utils.clip_grad_norm_(part.parameters(), 0.1) for part in model
    ],
    "with a given norm": lambda model: clip_grad._clip_grads_with_norm_(
        (one for one in model.parameters()), 0.1, torch.tensor(7.0, dtype=torch.float64)
    ),
}


@pytest.mark.parametrize("per_layer", [False, True])
@pytest.mark.parametrize("clip", CLIPPINGS.values(), ids=CLIPPINGS)
def test_norms_before_and_after(recorder, model, optimizer, clip, per_layer):
    backward(model)
    before = flat_norm(model)
    untouched = [one.grad.clone() for one in model.parameters()]
    with attach(model, recorder, optimizer, per_layer=per_layer):
        clip(model)
        applied = flat_norm(model)
        grads = [one.grad.clone() for one in model.parameters()]
        optimizer.step()

    row = recorder.steps[0].metrics
    assert applied < before
    assert row["grad_norm"] == pytest.approx(before, rel=1e-14)
    assert row["grad_norm_applied"] == pytest.approx(applied, rel=1e-14)
    for one, grad in zip(model.parameters(), untouched, strict=True):
        one.grad = grad
    clip(model)  # with nobody watching
    assert all(map(torch.equal, grads, (one.grad for one in model.parameters())))


def test_the_applied_norm_is_recorded_from_the_first_clipping_on(recorder, model, optimizer):
    with attach(model, recorder, optimizer):
        for clips in (False, True, False):
            backward(model)
            if clips:
                imported_before(model.parameters(), 0.1)
            norm = flat_norm(model)
            optimizer.step()

    applied = [step.metrics.get("grad_norm_applied") for step in recorder.steps]
    assert applied[0] is None
    assert applied[1] == pytest.approx(0.1, rel=1e-4)
    assert applied[2] == pytest.approx(norm)


def test_a_clipped_step_that_was_not_made_says_nothing_of_the_next(recorder, model, optimizer):
    with attach(model, recorder, optimizer):
        backward(model, scale=100.0)
        imported_before(model.parameters(), 0.1)
        backward(model)  # the step was left out
        norm = flat_norm(model)
        optimizer.step()

    assert recorder.steps[0].metrics["grad_norm"] == pytest.approx(norm)


def test_clipping_between_accumulated_passes_counts_the_last(recorder, model, optimizer):
    with attach(model, recorder, optimizer):
        backward(model)
        imported_before(model.parameters(), 0.1)
        model(torch.ones(2, 3, dtype=torch.float64)).square().sum().backward()
        norm = flat_norm(model)
        imported_before(model.parameters(), 0.1)
        optimizer.step()

    assert recorder.steps[0].metrics["grad_norm"] == pytest.approx(norm)


def test_what_is_not_finite_is_counted_before_clipping_spreads_it(recorder, model, optimizer):
    with attach(model, recorder, optimizer):
        backward(model)
        model[0].bias.grad[0] = math.nan
        imported_before(model.parameters(), 0.1)
        optimizer.step()

    assert recorder.steps[0].metrics["grad_nonfinite"] == 1


def test_clipping_of_another_model_is_not_ours(recorder, model, optimizer):
    other = torch.nn.Linear(2, 2)
    other(torch.ones(1, 2)).sum().backward()
    with attach(model, recorder, optimizer):
        backward(model)
        imported_before(other.parameters(), 0.1)
        optimizer.step()

    assert "grad_norm_applied" not in recorder.steps[0].metrics


def test_the_call_is_what_it_was(recorder, model, optimizer):
    with attach(model, recorder, optimizer):
        backward(model)
        norm = flat_norm(model)
        assert imported_before(model.parameters(), math.inf).item() == pytest.approx(norm)
        with pytest.warns(UserWarning, match="empty generator"):
            imported_before((one for one in ()), 1.0)
        assert inspect.signature(imported_before).parameters["max_norm"]
        model[0].bias.grad[0] = math.nan
        with pytest.raises(RuntimeError, match="non-finite"):
            imported_before(model.parameters(), 1.0, error_if_nonfinite=True)
        with pytest.raises(TypeError):
            imported_before()


def test_torchs_functions_are_as_before_when_the_last_has_gone(recorder, model, optimizer):
    def state():
        found = [getattr(clip_grad, name) for name in NAMES]
        return found, [[c.cell_contents for c in one.__closure__ or ()] for one in found]

    before = state()
    first, second = attach(model, recorder, optimizer), attach(model, None, optimizer)
    assert state() != before
    first.detach()
    assert state() != before
    second.detach()
    second.detach()
    assert state() == before
    assert [getattr(torch.nn.utils, n) for n in NAMES[:2]] == before[0][:2]
