"""Statistics of columns: the functions over arrays, over all steps or some."""

import numpy as np
import pytest

import tachograph
from tachograph import UnknownMetricError, analysis
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

STEPS = np.arange(1000, 3000, 2)


@pytest.fixture
def loss():
    values = np.random.default_rng(0).standard_normal(1000) + 5 - STEPS / 1000
    values[[100, 101, 600]] = np.nan, np.inf, 900.0
    return values


@pytest.fixture(params=["recorder", "run"])
def source(request, make_recorder, loss):
    recorder = make_recorder()
    recorder.log_steps(STEPS, {"loss": loss})
    for epoch in range(12):
        recorder.log_epoch(epoch, 1 / (epoch + 1))
    if request.param == "recorder":
        return recorder
    recorder.close()
    return tachograph.open(recorder.path)


def test_statistics_are_those_of_the_column(source, loss):
    assert source.trend("loss", level=0.9) == analysis.trend(loss, STEPS, level=0.9)
    assert source.theil_sen("loss") == analysis.theil_sen(loss, STEPS)
    assert source.mann_kendall("loss") == analysis.mann_kendall(loss)
    assert source.volatility("loss", method="mad") == analysis.volatility(loss, method="mad")
    steps, slopes = source.rolling("loss", window=30, statistic="slope")
    assert steps.tolist() == STEPS.tolist()
    expected = analysis.rolling(loss, STEPS, window=30, statistic="slope")
    assert slopes == pytest.approx(expected, nan_ok=True)
    _, smoothed = source.smooth("loss", method="tensorboard", weight=0.9)
    expected = analysis.smooth(loss, method="tensorboard", weight=0.9)
    assert smoothed == pytest.approx(expected, nan_ok=True)
    assert source.trend("train_loss", table="epochs").n == 12


def test_statistics_of_some_steps(source, loss):
    part = slice(50, 500)
    chosen = (1100, 2000)

    assert source.trend("loss", steps=chosen) == analysis.trend(loss[part], STEPS[part])
    assert source.volatility("loss", steps=chosen) == analysis.volatility(loss[part])
    steps, means = source.rolling("loss", window=9, steps=chosen)
    assert (steps[0], steps[-1]) == (1100, 1998)
    assert means == pytest.approx(analysis.rolling(loss[part], window=9))
    assert source.trend("loss", steps=(None, 2000)).n == 498
    assert source.trend("loss", steps=(2000, None)).n == 500
    assert source.trend("loss", steps=(5, 5)).n == 0


def test_events_are_told_by_step(source):
    steps, found = source.spikes("loss", steps=(1800, 2600))
    assert 2200 in steps
    assert len(steps) == len(found.rows)
    assert source.nan_runs("loss") == [(1200, 1202)]
    assert source.plateaus("train_loss", table="epochs", window=3, tolerance=0.2)[-1][1] == 11
    step, found = source.divergence("loss", window=5)
    assert (step, found.is_lost) == (int(STEPS[found.row]), False)
    assert source.divergence("train_loss", table="epochs", window=2)[0] is None


def test_where_curves_stand(source, loss):
    assert source.convergence("loss") == analysis.convergence(loss)
    assert source.convergence("train_loss", table="epochs").progress == "converging"
    assert source.convergence("loss", steps=(1000, 1006)).status == "insufficient_data"


def test_overfitting_pairs_the_steps(make_recorder):
    recorder = make_recorder(dir=None)
    train = [1 / (epoch + 1) for epoch in range(20)]
    for epoch, loss in enumerate(train):
        recorder.log_epoch(epoch, loss, epoch / 10 if epoch % 2 else None)
    found = recorder.overfitting()
    assert found.score == recorder.analyze_training_stability()["overfitting_score"] > 0
    assert found.n == 10
    assert recorder.overfitting(steps=(0, 9)).n == 4

    recorder.log_steps(range(0, 40, 2), {"loss": train})
    recorder.log_steps([2, 38, 6, 7, 4, 6], {"other": [1.0, 9.0, 7.0, 8.0, 2.0, 3.0]})
    others = np.full(20, np.nan)
    others[[1, 2, 3, 19]] = 1.0, 2.0, 3.0, 9.0
    found = recorder.overfitting("loss", "other", table="steps")
    assert found == analysis.overfitting(train, others)
    assert found.n == 4
    with pytest.raises(UnknownMetricError, match="no metric 'val_loss' in steps"):
        recorder.overfitting("loss", table="steps")


def test_points_for_drawing(source, loss):
    steps, values = source.downsample("loss", 100)
    chosen = analysis.downsample(STEPS, loss, 100)

    assert steps.tolist() == STEPS[chosen].tolist()
    assert values.tolist() == loss[chosen].tolist()


def test_steps_in_any_order_are_drawn_in_theirs(make_recorder):
    recorder = make_recorder(dir=None)
    order = np.random.default_rng(0).permutation(500)
    recorder.log_steps(order, {"loss": order / 2})
    steps, values = recorder.downsample("loss", 50)

    assert (np.diff(steps) > 0).all()
    assert values.tolist() == (steps / 2).tolist()


def test_what_is_not_there_is_refused(source):
    with pytest.raises(UnknownMetricError, match="no metric 'los'"):
        source.trend("los")
    with pytest.raises(InvalidArgumentError, match="table must be"):
        source.trend("loss", table="batches")
    with pytest.raises(ArgumentTypeError, match="name must be a str"):
        source.trend(3)
    for steps in (5, (1, 2, 3), (1.0, 2), "ab", (True, 4)):
        with pytest.raises(ArgumentTypeError, match="steps must"):
            source.trend("loss", steps=steps)
    with pytest.raises(InvalidArgumentError, match="steps must ascend"):
        source.trend("loss", steps=(9, 3))
