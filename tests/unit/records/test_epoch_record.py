import copy
import dataclasses
import pickle
from datetime import UTC, datetime

import numpy as np
import pytest

from tachograph import EpochRecord

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def test_metrics_are_never_none():
    record = EpochRecord(0, NOW, 1.0, train_metrics=None, val_metrics=None)

    assert record.train_metrics == record.val_metrics == record.sample_predictions == {}


def test_is_best_is_a_real_bool():
    assert EpochRecord(0, NOW, 1.0, is_best=np.bool_(True)).is_best is True


def test_nan_equals_nan():
    first, second = (EpochRecord(0, NOW, float("nan"), val_loss=float("nan")) for _ in range(2))

    assert first == second


def test_arrays_compare_by_type_shape_and_content():
    def record(array):
        return EpochRecord(0, NOW, 1.0, sample_predictions={"x": array})

    assert record(np.array([1.0, np.nan])) == record(np.array([1.0, np.nan]))
    assert record(np.array([1.0])) != record(np.array([1.0], dtype=np.float32))
    assert record(np.array([1.0])) != record(np.array([[1.0]]))
    assert record(np.array([1.0])) != record([1.0])


def test_a_record_is_not_equal_to_anything_else():
    assert EpochRecord(0, NOW, 1.0) != (0, NOW, 1.0)


def test_a_name_that_is_no_field_is_refused_on_write():
    record = EpochRecord(0, NOW, 1.0)

    with pytest.raises(AttributeError, match="val_los"):
        record.val_los = 1.0


def test_vars_are_exactly_the_fields(recorder):
    recorder.log_epoch(0, 1.0)

    names = [field.name for field in dataclasses.fields(EpochRecord)]
    assert list(vars(recorder.epochs[0])) == names


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        lambda record: pickle.loads(pickle.dumps(record)),
        dataclasses.replace,
        lambda record: EpochRecord(**dataclasses.asdict(record)),
    ],
)
def test_copies_are_equal_plain_and_write_nothing(recorder, duplicate):
    recorder.log_epoch(0, 1.0, train_metrics={"mae": 2.0})
    original = recorder.epochs[0]

    twin = duplicate(original)
    assert twin == original
    twin.val_loss = 7.0
    twin.train_metrics["mae"] = 8.0

    assert type(twin.train_metrics) is dict
    assert recorder.epochs[0].val_loss is None
    assert recorder.epochs[0].train_metrics == {"mae": 2.0}
