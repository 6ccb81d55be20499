"""A monitor knows what it costs; the times here are given, not measured."""

import pytest

from tachograph import MonitorWarning, TrainingRecorder

torch = pytest.importorskip("torch")
from tachograph.monitor import attach  # noqa: E402 -- needs torch
from tachograph.monitor.cost import CostMeter  # noqa: E402 -- needs torch

MILLISECOND = 1_000_000


def verdicts(meter, n, own, whole):
    return sum(meter.add(own, whole) for _ in range(n))


def test_a_share_of_the_time():
    meter = CostMeter(budget=0.01)
    verdicts(meter, 3, 500 * MILLISECOND, 1)  # loading and allocating is no step's cost
    verdicts(meter, 10, 3 * MILLISECOND, 100 * MILLISECOND)

    cost = meter.cost(log_every_n_steps=1)
    assert (cost.share, cost.microseconds_per_step, cost.measured_steps) == (0.03, 3000.0, 10)


def test_before_anything_is_known():
    assert CostMeter(0.01).cost(4).share == 0.0


@pytest.mark.parametrize(("own", "expected"), [(100_000, 0), (100_001, 2), (50_000_000, 2)])
def test_the_budget_itself_is_within_the_budget(own, expected):
    meter = CostMeter(budget=0.01)

    assert verdicts(meter, 203, own, 10 * MILLISECOND) == expected


def test_a_training_of_less_than_a_second_is_left_in_peace():
    assert verdicts(CostMeter(0.01), 900, MILLISECOND, MILLISECOND) == 0


def test_windows_forget_what_was_before():
    meter = CostMeter(budget=0.01)
    assert verdicts(meter, 103, 10 * MILLISECOND, 10 * MILLISECOND) == 1
    assert verdicts(meter, 400, 1, 10 * MILLISECOND) == 0


class Ticking:
    """A clock that goes on by as much each time it is read."""

    def __init__(self, tick):
        self.now = 0
        self.tick = tick

    def __call__(self):
        self.now += self.tick
        return self.now


def steps(optimizer, n):
    for _ in range(n):
        optimizer.step()


@pytest.mark.parametrize("thins", [False, True])
def test_above_the_budget_it_says_so_once(monkeypatch, thins):
    from tachograph.monitor import monitor, plain_step

    ticking = Ticking(20 * MILLISECOND)
    for module in (monitor, plain_step):
        monkeypatch.setattr(module, "perf_counter_ns", ticking)
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with TrainingRecorder("dear", dir=None, capture_environment=False) as recorder:
        options = {"on_budget": "thin"} if thins else {}
        with attach(model, recorder, optimizer, budget=0.4, **options) as monitor:
            with pytest.warns(MonitorWarning, match="more than its budget of 40.0%") as caught:
                steps(optimizer, 400)
            assert len(caught) == 1
            assert thins or monitor.cost.share > 0.4
            assert (monitor.cost.log_every_n_steps > 1) == thins
        assert (len(recorder.steps) < 400) == thins
