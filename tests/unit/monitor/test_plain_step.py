"""A step that is taken as a whole and one that is taken by parts are recorded alike."""

import math

import pytest

from tachograph import TrainingRecorder

torch = pytest.importorskip("torch")
from tachograph.monitor import attach  # noqa: E402 -- needs torch
from tachograph.monitor.plain_step import PlainStep  # noqa: E402

TIMES = {"step_time", "steps_per_second", "samples_per_second", "step_time_mean", "monitor_share"}


def clipped(number, model, optimizer):
    if number >= 5:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01)


def frozen(number, model, optimizer):
    for parameter in model[0].parameters():
        parameter.requires_grad_(number % 3 != 1)
        if number % 3 == 1:
            parameter.grad = None


def lost(number, model, optimizer):
    if number == 4:
        model[0].weight.grad[0, 0] = math.nan  # and all weights are, from then on


def strided(number, model, optimizer):
    if number % 2:
        parameter = model[0].weight
        parameter.grad = parameter.grad.t().contiguous().t()


def scheduled(number, model, optimizer):
    optimizer.param_groups[0]["lr"] = 0.1 / (number + 1) if number < 5 else torch.tensor(0.01)


def grown(number, model, optimizer):
    if number == 5:
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(2))], "name": "more"})


def nothing(number, model, optimizer):
    pass


def recorded(happening, n_epochs=2):
    """Steps and epochs of a training, without what a clock says."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with TrainingRecorder("alike", dir=None, capture_environment=False) as recorder:
        with attach(model, recorder, optimizer, batch_size=4, budget=1e9) as monitor:
            latest = []
            for epoch in range(n_epochs):
                for number in range(8):
                    optimizer.zero_grad()
                    model(torch.randn(4, 5)).square().mean().backward()
                    happening(number, model, optimizer)
                    optimizer.step()
                    recorder.log_step(n=number)
                    latest.append(monitor.latest)
                recorder.log_epoch(epoch, 0.5)
        steps = [(step.step, without_times(step.metrics)) for step in recorder.steps]
        epochs = [
            (epoch.gradient_norm, without_times(epoch.train_metrics)) for epoch in recorder.epochs
        ]
        names = [sorted(row) for row in latest]
    return steps, epochs, names, [without_times(row) for row in latest]


def without_times(metrics):
    return {name: repr(value) for name, value in sorted(metrics.items()) if name not in TIMES}


@pytest.mark.parametrize(
    "happening",
    [nothing, clipped, frozen, lost, strided, scheduled, grown],
    ids=lambda f: f.__name__,
)
def test_whole_and_by_parts_are_alike(monkeypatch, happening):
    taken = []
    take = PlainStep.take

    def counted(self, *arguments):
        row = take(self, *arguments)
        taken.append(row is not None)
        return row

    with monkeypatch.context() as patch:
        patch.setattr(PlainStep, "take", counted)
        whole = recorded(happening)
    with monkeypatch.context() as patch:
        patch.setattr(PlainStep, "take", lambda *_: None)
        by_parts = recorded(happening)

    assert whole == by_parts
    assert any(taken)
    assert len(whole[0]) == 16
