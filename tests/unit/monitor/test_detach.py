"""The end of a monitor leaves no trace, however it comes; the training is what it would be."""

import copy
import gc
import importlib
import weakref

import pytest

from tachograph import RecordingWarning, TrainingRecorder

torch = pytest.importorskip("torch")
from tachograph.monitor import attach  # noqa: E402 -- needs torch

HOOKS = [
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_state_dict_hooks",
]


@pytest.fixture
def recorder():
    with TrainingRecorder("traces", dir=None, capture_environment=False) as recorder:
        yield recorder


def mlp(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(5, 8), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(8, 3)
    )


def traces(model, optimizer):
    scaler = torch.amp.GradScaler
    optimizers = importlib.import_module("torch.optim.optimizer")
    return {
        "modules": [[dict(getattr(m, name)) for name in HOOKS] for m in model.modules()],
        "parameters": [
            (p._backward_hooks, p._post_accumulate_grad_hooks) for p in model.parameters()
        ],
        "optimizer": (
            dict(optimizer._optimizer_step_pre_hooks),
            dict(optimizer._optimizer_step_post_hooks),
        ),
        "everywhere": (
            dict(optimizers._global_optimizer_pre_hooks),
            dict(optimizers._global_optimizer_post_hooks),
        ),
        "names": (set(vars(model)), set(vars(optimizer)), set(vars(scaler))),
        "scaler": (vars(scaler)["step"], vars(scaler)["unscale_"]),
        "step": (type(optimizer).step, type(optimizer).__dict__["step"]),
    }


@pytest.mark.parametrize("given", [True, False])
def test_every_hook_is_gone(recorder, given):
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = traces(model, optimizer)
    with attach(model, recorder, optimizer if given else None, weights=True) as monitor:
        model(torch.ones(2, 5)).sum().backward()
        optimizer.step()
        assert traces(model, optimizer) != before
        assert monitor.is_attached
    monitor.detach()

    assert traces(model, optimizer) == before
    assert not monitor.is_attached
    optimizer.step()
    assert len(recorder.steps) == 1


def test_an_exception_in_the_body_ends_it_too(recorder):
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = traces(model, optimizer)

    def body():
        with attach(model, recorder, optimizer):
            optimizer.step()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        body()

    assert traces(model, optimizer) == before
    assert len(recorder.steps) == 1


@pytest.mark.parametrize("given", [True, False])
def test_a_monitor_that_nobody_kept_works_until_its_model_goes(recorder, given):
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = traces(model, optimizer)
    attach(model, recorder, optimizer if given else None)
    gc.collect()
    optimizer.step()
    assert len(recorder.steps) == 1

    gone = weakref.ref(model)
    twin = mlp()
    del model
    assert gone() is None
    assert traces(twin, optimizer)["everywhere"] == before["everywhere"]
    assert traces(twin, optimizer)["scaler"] == before["scaler"]
    optimizer.step()
    assert len(recorder.steps) == 1


def test_parameters_are_not_kept_after_the_end(recorder):
    model = mlp()
    parameter = weakref.ref(model[0].weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    monitor = attach(model, recorder, optimizer, weights=True)
    optimizer.step()
    monitor.detach()
    del model, optimizer
    gc.collect()

    assert parameter() is None
    assert monitor.latest["grad_norm"] == 0.0


def test_a_recorder_that_was_closed_is_let_go_with_a_warning():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    recorder = TrainingRecorder("closed", dir=None, capture_environment=False)
    with attach(model, recorder, optimizer) as monitor:
        optimizer.step()
        recorder.close()
        with pytest.warns(RecordingWarning, match="from step 1 on"):
            optimizer.step()
        optimizer.step()
        assert monitor.latest["grad_norm"] == 0.0
    assert len(recorder.steps) == 1


def test_models_and_optimizers_are_still_copied(recorder):
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters())
    with attach(model, recorder, optimizer):
        copied, state = copy.deepcopy(model), copy.deepcopy(optimizer.state_dict())
        other = torch.optim.Adam(copied.parameters())
        other.load_state_dict(state)
        other.step()

    assert len(recorder.steps) == 0


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, foreach=True),
}


def trained(make_optimizer, *, clip, amp, watch):
    """Parameters and random state after 200 steps."""
    model = mlp(3)
    optimizer = make_optimizer(model.parameters())
    scaler = torch.amp.GradScaler("cpu", enabled=amp, init_scale=2.0**60, growth_interval=20)
    monitor = watch(model, optimizer)
    for _ in range(200):
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=amp):
            loss = model(torch.randn(6, 5)).square().mean()
        scaler.scale(loss).backward()
        if clip:
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.05)
        scaler.step(optimizer)
        scaler.update()
    if monitor is not None:
        monitor.detach()
    return [p.detach() for p in model.parameters()], torch.get_rng_state(), scaler.state_dict()


@pytest.mark.parametrize("amp", [False, True])
@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("make_optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_200_steps_are_bit_for_bit_the_same(recorder, make_optimizer, clip, amp):
    def watch(model, optimizer):
        return attach(model, recorder, optimizer, per_layer=True, weights=True, budget=1e9)

    bare = trained(make_optimizer, clip=clip, amp=amp, watch=lambda *_: None)
    watched = trained(make_optimizer, clip=clip, amp=amp, watch=watch)

    assert all(map(torch.equal, bare[0], watched[0]))
    assert torch.equal(bare[1], watched[1])
    assert bare[2] == watched[2]
    assert len(recorder.steps) == 200
