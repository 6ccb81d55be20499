import pytest

import tachograph
from tachograph import ArgumentTypeError, TrainingRecorder


def test_writes_of_all_kinds_persist(recorder):
    recorder.early_stopping_info = {"patience": 5, "gone": 1}
    recorder.early_stopping_info["best"] = None
    recorder.early_stopping_info.update(stopped=True)
    del recorder.early_stopping_info["gone"]

    expected = {"patience": 5, "best": None, "stopped": True}
    assert recorder.early_stopping_info == expected
    assert tachograph.open(recorder.path).early_stopping_info == expected
    recorder.close()
    assert TrainingRecorder.load(recorder.path).early_stopping_info == expected


def test_it_must_be_a_mapping(recorder):
    with pytest.raises(ArgumentTypeError, match="early_stopping_info"):
        recorder.early_stopping_info = [1]


def test_what_was_passed_is_copied(recorder):
    info = {"a": 1}
    recorder.early_stopping_info = info
    info["a"] = 2

    assert recorder.early_stopping_info == {"a": 1}
