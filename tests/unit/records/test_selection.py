"""Some columns and labels: the rows of the whole frame, and nothing else read."""

import numpy as np
import pytest

import tachograph
from tachograph import UnknownMetricError
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError


@pytest.fixture
def steps(anywhere):
    for step in range(100):
        anywhere.log_step(step, {"loss": step / 2, "accuracy": step})
        if step % 2 == 0:
            anywhere.log_step(step, {"gpu": 1.0})
    return anywhere.steps


def test_columns_come_in_the_order_asked_for_behind_the_leading_ones(steps):
    chosen = steps.select(["gpu", "loss"])

    columns = chosen.to_numpy()
    assert chosen.columns == list(columns) == ["step", "attempt", "wall_time", "gpu", "loss"]
    assert len(chosen) == len(steps) == 100
    whole = steps.to_numpy()
    for name, values in columns.items():
        assert values.tobytes() == whole[name].tobytes()


@pytest.mark.parametrize(
    ("start", "stop"),
    [(None, None), (10, 20), (None, 5), (95, None), (-5, 0), (200, 300), (20, 10), (3, 4)],
)
def test_a_range_is_half_open(steps, start, stop):
    chosen = steps.select(start=start, stop=stop)

    expected = [
        step
        for step in range(100)
        if (start is None or step >= start) and (stop is None or step < stop)
    ]
    assert chosen.to_numpy()["step"].tolist() == expected
    assert len(chosen) == len(expected)


def test_rows_that_a_range_brings_together_are_not_merged(anywhere):
    for step, name in [(1, "a"), *[(5, "a")] * 256, (1, "b")]:
        anywhere.log_step(step, {name: 1.0})

    assert anywhere.steps.select(start=0, stop=3).to_numpy()["step"].tolist() == [1, 1]


def test_rows_do_not_depend_on_the_columns_chosen(anywhere):
    for name in ["a", "b", "a"]:
        anywhere.log_step(0, {name: 1.0})

    for name in ["a", "b"]:
        assert len(anywhere.steps.select([name]).to_numpy()["step"]) == len(anywhere.steps) == 2
    assert len(anywhere.steps.raw.select(["b"])) == 3


def test_epochs_are_chosen_by_the_names_of_history(anywhere):
    anywhere.log_epoch(3, 0.5, train_metrics={"acc": 1.0}, val_metrics={"note": "x"})
    anywhere.log_epoch(4, 0.25)

    chosen = anywhere.epochs.select(["val/note", "train_loss", "val_loss", "train/acc"], start=3)
    assert chosen.columns == [
        "epoch", "timestamp", "val_note", "train_loss", "val_loss", "train_acc",
    ]  # fmt: skip
    assert chosen.to_numpy()["val_note"].tolist() == ["x", None]


def test_the_attempts_of_epochs_are_a_column_if_asked_for(make_recorder):
    for attempt in range(3):
        with make_recorder(run_id="r", resume="allow") as recorder:
            recorder.log_epoch(2 * attempt, 0.5)
            recorder.log_epoch(2 * attempt + 1, 0.25)

    run = tachograph.open(recorder.path)
    chosen = run.epochs.select(["train_loss", "attempt"], start=1)

    assert chosen.columns == ["epoch", "attempt", "timestamp", "train_loss"]
    frame = chosen.to_numpy()
    assert frame["attempt"].tolist() == [1, 2, 2, 3, 3]
    assert frame["timestamp"].dtype == "datetime64[us]"
    assert chosen.to_polars()["attempt"].to_list() == [1, 2, 2, 3, 3]
    assert run.epochs.select(["attempt"]).columns == ["epoch", "attempt", "timestamp"]


def test_an_unknown_metric_lists_near_names(steps):
    with pytest.raises(UnknownMetricError, match="accuracy") as caught:
        steps.select(["acuracy"])
    assert caught.value.near == ("accuracy",)
    with pytest.raises(UnknownMetricError, match="nothing is recorded in epochs"):
        tachograph.TrainingRecorder("e", dir=None, capture_environment=False).epochs.select(["x"])


def test_the_leading_columns_may_be_named(anywhere):
    anywhere.log_step(0, {"loss": 1.0})
    anywhere.log_step(1, {"gpu": 2.0})
    anywhere.log_epoch(0, 0.5)
    leading = ["step", "attempt", "wall_time"]

    assert anywhere.steps.select(["wall_time"]).columns == leading
    assert anywhere.steps.select(["loss", *leading]).columns == [*leading, "loss"]
    assert len(anywhere.steps.select(leading).to_numpy()["step"]) == 2
    for names in (["timestamp"], ["epoch"], ["timestamp", "epoch"]):
        assert anywhere.epochs.select(names).columns == ["epoch", "timestamp"]
    assert anywhere.epochs.select(["timestamp", "attempt"]).columns == [
        "epoch", "attempt", "timestamp",
    ]  # fmt: skip
    with pytest.raises(UnknownMetricError):
        anywhere.epochs.select(["wall_time"])
    with pytest.raises(InvalidArgumentError, match="'step' twice"):
        anywhere.steps.select(["step", "step"])


def test_a_metric_called_like_a_leading_column_is_meant_by_its_name(anywhere):
    anywhere.log_step(7, {"step": 0.5})

    assert anywhere.steps.select(["step"]).to_numpy()["metric.step"].tolist() == [0.5]


def test_an_unknown_name_lists_text_and_arrays_too(recorder):
    recorder.log_epoch(0, 0.5, train_metrics={"note": "x"}, val_metrics={"confusion": [[1, 0]]})

    with pytest.raises(UnknownMetricError, match="'train/note', 'val/confusion'"):
        recorder.epochs.select(["zzz"])
    with pytest.raises(UnknownMetricError) as caught:
        recorder.epochs.select(["confusoin"])
    assert caught.value.near == ("val/confusion",)
    with pytest.raises(UnknownMetricError) as caught:
        tachograph.open(recorder.path).history("confusoin", table="epochs")
    assert caught.value.near == ()


@pytest.mark.parametrize("columns", ["loss", b"loss", 3, [1], [None]])
def test_columns_must_be_a_list_of_names(steps, columns):
    with pytest.raises(ArgumentTypeError, match="columns"):
        steps.select(columns)


def test_a_column_twice_is_refused(steps):
    with pytest.raises(InvalidArgumentError, match="'loss' twice"):
        steps.select(["loss", "gpu", "loss"])


@pytest.mark.parametrize(
    ("bounds", "kind"),
    [({"start": 1.5}, ArgumentTypeError), ({"stop": "3"}, ArgumentTypeError),
     ({"start": 2**63}, InvalidArgumentError)],
)  # fmt: skip
def test_bounds_are_integers(steps, bounds, kind):
    with pytest.raises(kind, match=next(iter(bounds))):
        steps.select(**bounds)


def test_nothing_is_decoded_that_is_not_asked_for(make_recorder):
    """Damage in what is not read is not met."""
    with make_recorder() as recorder:
        for start in (0, 200_000):
            random = np.random.default_rng(start)
            steps = np.arange(start, start + 200_000)
            recorder.log_steps(steps, {"x": random.random(200_000), "y": random.random(200_000)})
            recorder.sync()
    log = recorder.path / "run.tacho"
    sound = log.read_bytes()
    met = set()
    for part in range(1, 20):
        content = bytearray(sound)
        content[len(content) * part // 20] ^= 1
        log.write_bytes(content)
        run = tachograph.open(recorder.path)
        run.steps.select(["x"], stop=200_000).to_numpy()
        first = bool(run.report["damage"])
        run.steps.to_numpy()
        met.add((first, bool(run.report["damage"])))
    assert met == {(False, True), (True, True)}


def test_it_says_what_it_is(steps):
    assert repr(steps.select(["loss"], start=3)) == (
        "<Selection of steps: 'loss', start=3, stop=None>"
    )
    assert repr(steps.select()) == "<Selection of steps: all columns>"


def test_a_selection_is_live(recorder):
    recorder.log_step(0, {"a": 1.0})
    chosen = tachograph.open(recorder.path).steps.select(["a"])
    assert len(chosen) == 1
    recorder.log_step(1, {"a": 2.0})
    assert chosen.to_numpy()["a"].tolist() == [1.0, 2.0]
