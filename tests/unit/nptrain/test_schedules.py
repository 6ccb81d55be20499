"""Learning rates by epoch, by their formulas and beside torch's schedulers."""

import math
from functools import partial

import pytest

from tachograph import InvalidArgumentError
from tachograph.nptrain import (
    PlateauSchedule,
    cosine_schedule,
    learning_rate_schedule,
    warmup_schedule,
)


@pytest.mark.parametrize(("epoch", "falls"), [(0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (50, 5)])
def test_exponential_decay_in_steps(epoch, falls):
    assert learning_rate_schedule(epoch, 0.1, 0.95, 10) == 0.1 * 0.95**falls


def test_the_second_fall_is_exact():
    assert learning_rate_schedule(20, 0.1, 0.9, 10) == 0.1 * 0.9**2


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((-1,), ValueError),
        ((0, 0.1, 0.95, 0), ValueError),
        ((0, -0.1), ValueError),
        ((0, math.nan), ValueError),
        ((0, 0.1, 1.5), ValueError),
        ((0, 0.1, 0.0), ValueError),
        ((1.5,), TypeError),
        ((0, "fast"), TypeError),
    ],
)
def test_what_cannot_be_is_refused(arguments, error):
    with pytest.raises(error):
        learning_rate_schedule(*arguments)


def test_a_cosine_ends_where_it_should_and_stays():
    rates = [cosine_schedule(epoch, 0.2, 10, 0.02) for epoch in range(13)]

    assert rates[0] == pytest.approx(0.2)
    assert rates[5] == pytest.approx(0.11)
    assert rates[10:] == [0.02, 0.02, 0.02]
    assert rates == sorted(rates, reverse=True)


def torchs_rates(make_scheduler, initial_lr, n_epochs, losses=None):
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=initial_lr)
    scheduler = make_scheduler(torch.optim.lr_scheduler, optimizer)
    rates = []
    for epoch in range(n_epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*(() if losses is None else (losses[epoch],)))
    return rates


def test_a_cosine_is_torchs():
    pytest.importorskip("torch")
    theirs = torchs_rates(
        lambda kinds, optimizer: kinds.CosineAnnealingLR(optimizer, T_max=30, eta_min=0.01), 0.3, 31
    )

    assert [cosine_schedule(e, 0.3, 30, 0.01) for e in range(31)] == pytest.approx(theirs, rel=1e-9)


def test_a_warm_up_is_torchs():
    pytest.importorskip("torch")
    theirs = torchs_rates(
        lambda kinds, optimizer: kinds.LinearLR(optimizer, start_factor=0.2, total_iters=7), 0.3, 12
    )

    assert [warmup_schedule(e, 0.3, 7, 0.2) for e in range(12)] == pytest.approx(theirs, rel=1e-9)


@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")  # torch, of itself
def test_a_warm_up_before_a_cosine_is_torchs():
    pytest.importorskip("torch")

    def chained(kinds, optimizer):
        parts = [
            kinds.LinearLR(optimizer, start_factor=0.1, total_iters=4),
            kinds.CosineAnnealingLR(optimizer, T_max=20),
        ]
        return kinds.SequentialLR(optimizer, parts, milestones=[4])

    theirs = torchs_rates(chained, 0.3, 24)
    then = partial(cosine_schedule, initial_lr=0.3, total_epochs=20)

    ours = [warmup_schedule(epoch, 0.3, 4, 0.1, then=then) for epoch in range(24)]

    assert ours == pytest.approx(theirs, rel=1e-6)


def plateau_rates(schedule, losses):
    rates = []
    for epoch, loss in enumerate(losses):
        rates.append(schedule(epoch))
        schedule.observe(loss)
    return rates


# Falls, stands still, falls by less than counts, is no number, rises.
LOSSES = [1.0, 0.8, 0.8, 0.8, 0.79995, 0.8, 0.7, math.nan, 0.9, 0.9, 0.9, 0.9, 0.6, *[0.6] * 12]


def test_a_plateau_lowers_the_rate():
    schedule = PlateauSchedule(0.1, 0.5, 2, min_lr=0.02)

    rates = plateau_rates(schedule, LOSSES)

    assert rates[:5] == [0.1] * 5
    assert rates[5] == 0.05
    assert rates[-1] == 0.02


def test_a_plateau_is_torchs():
    pytest.importorskip("torch")
    theirs = torchs_rates(
        lambda kinds, optimizer: kinds.ReduceLROnPlateau(
            optimizer, factor=0.5, patience=2, threshold=1e-4, threshold_mode="abs", min_lr=0.003
        ),
        0.1,
        len(LOSSES),
        LOSSES,
    )

    assert plateau_rates(PlateauSchedule(0.1, 0.5, 2, 1e-4, min_lr=0.003), LOSSES) == pytest.approx(
        theirs, rel=1e-9
    )


def test_a_least_rate_above_the_first_one_raises_nothing():
    schedule = PlateauSchedule(0.01, 0.5, 0, min_lr=0.1)

    assert plateau_rates(schedule, [1.0, 1.0, 1.0]) == [0.01] * 3


def test_a_warm_up_is_followed_by_no_schedule_that_must_be_told_losses():
    with pytest.raises(InvalidArgumentError, match="then"):
        warmup_schedule(0, 0.1, then=PlateauSchedule(0.1))
