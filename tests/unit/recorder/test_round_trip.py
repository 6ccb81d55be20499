"""Whatever was logged is read back: from the recorder, a run, JSON and pickle."""

import string
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tachograph
from tachograph import EpochRecord, TrainingRecorder
from tachograph.records.instants import micros_of, moment_of

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
floats = st.floats(width=64)
ints = st.integers(-(2**53), 2**53)
arrays = st.builds(
    lambda values, kind: np.array(values, dtype=kind),
    st.lists(st.integers(0, 100), max_size=5),
    st.sampled_from(["f4", "f8", "i8", "u1", "?"]),
)
nested = st.recursive(
    st.none() | st.booleans() | ints | floats | names | arrays,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)
# A metric's kind is its column's: a name whose values are of one kind keeps it.
metrics = st.dictionaries(
    st.sampled_from(string.ascii_uppercase), floats, max_size=4
) | st.dictionaries(
    st.sampled_from(string.ascii_lowercase),
    names | arrays | st.lists(nested, max_size=3) | st.dictionaries(names, nested, max_size=3),
    max_size=2,
)
optional = st.none() | floats
moments = st.integers(0, 4 * 10**15).map(moment_of)

epochs = st.builds(
    EpochRecord,
    epoch=st.integers(-(2**63), 2**63 - 1),
    timestamp=moments,
    train_loss=floats,
    val_loss=optional,
    train_metrics=metrics,
    val_metrics=metrics,
    learning_rate=floats,
    epoch_time=floats,
    memory_usage=floats,
    gradient_norm=optional,
    sample_predictions=st.dictionaries(names, nested, max_size=2),
)
relaxed = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def log(recorder, record):
    recorder.log_epoch(
        record.epoch,
        record.train_loss,
        record.val_loss,
        record.train_metrics,
        record.val_metrics,
        record.learning_rate,
        record.epoch_time,
        record.gradient_norm,
        memory_usage=record.memory_usage,
        timestamp=record.timestamp,
        sample_predictions=record.sample_predictions,
    )
    record.is_best = recorder.epochs[-1].is_best


@relaxed
@given(records=st.lists(epochs, max_size=4))
def test_through_memory_json_and_pickle(records, tmp_path):
    recorder = TrainingRecorder("b", dir=None, capture_environment=False)
    for record in records:
        log(recorder, record)

    assert recorder.epochs == records
    assert TrainingRecorder.load(recorder.save(tmp_path / "a.json")).epochs == records
    assert TrainingRecorder.load(recorder.export_to_pickle(tmp_path / "a.pkl")).epochs == records


@settings(relaxed, max_examples=25)
@given(records=st.lists(epochs, max_size=4))
def test_through_a_file(records, tmp_path):
    with TrainingRecorder("b", dir=tmp_path, capture_environment=False) as recorder:
        for record in records:
            log(recorder, record)
        assert tachograph.open(recorder.path).epochs == records

    assert tachograph.open(recorder.path).epochs == records
    assert TrainingRecorder.load(recorder.path).epochs == records


@relaxed
@given(config=st.dictionaries(names, nested, max_size=4))
def test_configurations(config, tmp_path):
    from tachograph.records.equality import same_value

    with TrainingRecorder("b", config, dir=tmp_path, capture_environment=False) as recorder:
        assert same_value(recorder.model_config, config)
    assert same_value(tachograph.open(recorder.path).model_config, config)
    for path in (recorder.save(tmp_path / "a.json"), recorder.export_to_pickle(tmp_path / "a.pkl")):
        assert same_value(TrainingRecorder.load(path).model_config, config)


@relaxed
@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_experiment_names(name, tmp_path):
    with TrainingRecorder(name, dir=tmp_path / "runs", capture_environment=False) as recorder:
        pass

    assert tachograph.open(recorder.path).experiment_name == name
    assert recorder.path.parent.parent == tmp_path / "runs"
    assert {entry.name for entry in tmp_path.iterdir()} == {"runs"}


@given(seconds=st.integers(0, 10**9), micros=st.integers(0, 999_999))
def test_timestamps_keep_their_microseconds(seconds, micros):
    moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=micros)

    assert moment_of(micros_of(moment)) == moment
