"""The best epoch, asked for again and again, is the one that a look at all epochs finds."""

import math
import random

import pytest

import tachograph
from tachograph import TrainingRecorder

LOSSES = [0.1, 0.2, 0.5, 0.5, 1.0, math.nan, math.inf, None]


def agree(*records):
    for record in records:
        reader = record._columns()
        found = reader.best()
        assert found == reader.losses()["best"]
        assert found == reader.best()


def logged(recorder, rng, labels, *watchers):
    for label in labels:
        train = rng.choice(LOSSES[:-1])
        recorder.log_epoch(label, train, rng.choice(LOSSES) if rng.random() < 0.5 else None)
        if rng.random() < 0.3:
            agree(recorder, *watchers)
    agree(recorder, *watchers)


@pytest.mark.parametrize("seed", range(5))
def test_while_epochs_come_and_attempts_hide_them(tmp_path, seed):
    rng = random.Random(seed)
    with TrainingRecorder("best", dir=tmp_path, capture_environment=False) as recorder:
        logged(recorder, rng, range(60))
        path = recorder.path
    with tachograph.open(path) as run:
        agree(run)
        for _ in range(3):
            with TrainingRecorder.load(path) as recorder:
                start = rng.randrange(50)
                logged(recorder, rng, range(start, start + 40), run)


def test_while_epochs_are_amended(tmp_path):
    rng = random.Random(0)
    with (
        TrainingRecorder("best", dir=tmp_path, capture_environment=False) as recorder,
        tachograph.open(recorder.path) as run,
    ):
        for start in range(0, 100, 10):
            logged(recorder, rng, range(start, start + 10), run)
            recorder.epochs[rng.randrange(start + 10)].val_loss = rng.choice(LOSSES[:3])
            agree(recorder, run)


def test_over_many_blocks(tmp_path):
    with TrainingRecorder("best", dir=tmp_path, capture_environment=False) as recorder:
        for epoch in range(20_000):
            recorder.log_epoch(epoch, 1 / (1 + epoch % 7_000))
            if epoch % 1_999 == 0:
                agree(recorder)
        agree(recorder)
        assert recorder._columns().best() == (6_999, 6_999, 1 / 7_000)
