"""Histories as event files, read by TensorBoard's own reader."""

import math

import numpy as np
import pytest

from tachograph import ArgumentTypeError, RecordFormatError, RunNotFoundError, UnsupportedValueError
from tachograph.monitor import export_history_to_tensorboard, write_history

accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")


def read(log_dir):
    """[(step, value)] of each tag."""
    events = accumulator.EventAccumulator(str(log_dir), size_guidance={"scalars": 0})
    events.Reload()
    return {
        tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]
    }


def test_every_number_becomes_a_scalar_at_its_epoch(tmp_path):
    history = {
        "train": [
            {"epoch": 1, "loss": 0.5, "lr": np.float32(0.1), "seen": np.int64(64)},
            {"epoch": 2, "loss": np.array(0.25), "lr": np.float64(0.01), "seen": 128},
        ],
        "val": [{"epoch": 1, "acc": 1}, {"epoch": 2, "acc": 0.75}],
    }

    path = export_history_to_tensorboard(history, tmp_path / "events")

    assert path.parent == tmp_path / "events"
    assert read(tmp_path / "events") == {
        "train/epoch": [(1, 1.0), (2, 2.0)],
        "train/loss": [(1, 0.5), (2, 0.25)],
        "train/lr": [(1, np.float32(0.1)), (2, np.float32(0.01))],
        "train/seen": [(1, 64.0), (2, 128.0)],
        "val/epoch": [(1, 1.0), (2, 2.0)],
        "val/acc": [(1, 1.0), (2, 0.75)],
    }


def test_what_is_no_curve_is_left_out(tmp_path):
    history = {
        "train": [
            {
                "improved": True,
                "also": np.bool_(True),
                "note": "text",
                "absent": None,
                "recall": math.nan,
                "recall_too": np.float32("nan"),
                "confusion_matrix": [[1, 2], [3, 4]],
                "array": np.zeros(3),
                "kept": 1.0,
            }
        ]
    }

    export_history_to_tensorboard(history, tmp_path)

    assert read(tmp_path) == {"train/kept": [(1, 1.0)]}


def test_a_gap_is_a_missing_point_and_an_infinity_a_point(tmp_path):
    losses = [0.5, math.nan, math.inf]
    export_history_to_tensorboard({"train": [{"loss": loss} for loss in losses]}, tmp_path)

    assert read(tmp_path)["train/loss"] == [(1, 0.5), (3, math.inf)]


def test_tensors_of_one_value_are_scalars(tmp_path):
    torch = pytest.importorskip("torch")
    row = {"loss": torch.tensor(0.5), "one": torch.tensor([[2.0]]), "two": torch.zeros(2)}

    export_history_to_tensorboard({"train": [row]}, tmp_path)

    assert read(tmp_path) == {"train/loss": [(1, 0.5)], "train/one": [(1, 2.0)]}


def test_a_file_gives_what_its_history_gives(tmp_path):
    history = {"train": [{"epoch": 3, "loss": 0.5, "recall": math.nan}], "val": []}
    file = write_history(tmp_path / "history.json", history)

    export_history_to_tensorboard(file, tmp_path / "a")
    export_history_to_tensorboard(history, tmp_path / "b")

    assert read(tmp_path / "a") == read(tmp_path / "b")
    assert read(tmp_path / "a")["train/loss"] == [(3, 0.5)]


def test_a_second_export_doubles_no_point(tmp_path):
    for n_epochs in (1, 2):
        export_history_to_tensorboard({"train": [{"loss": 1.0}] * n_epochs}, tmp_path)

    assert read(tmp_path)["train/loss"] == [(1, 1.0), (2, 1.0)]


def test_recording_turned_off_does_not_empty_an_export(tmp_path, monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", "1")

    export_history_to_tensorboard({"train": [{"loss": 1.0}]}, tmp_path)

    assert read(tmp_path) == {"train/loss": [(1, 1.0)]}


def test_keys_of_any_text_are_told_apart(tmp_path):
    row = {"Loss/train": 1.0, "step": 2.0, "Füße 🦶": 3.0, "": 4.0}
    export_history_to_tensorboard({"train": [row], "val": [row]}, tmp_path)

    assert read(tmp_path) == {
        f"{split}/{key}": [(1, value)] for split in ("train", "val") for key, value in row.items()
    }


@pytest.mark.parametrize("epoch", [1.5, "one", None, math.nan, math.inf, 2**63, True])
def test_an_epoch_without_a_place_is_refused(tmp_path, epoch):
    with pytest.raises(UnsupportedValueError, match="integer of 64 bits"):
        export_history_to_tensorboard({"train": [{"epoch": epoch}]}, tmp_path)


def test_a_number_beyond_every_float_is_refused_by_name(tmp_path):
    with pytest.raises(UnsupportedValueError, match="seen"):
        export_history_to_tensorboard({"train": [{"seen": 10**400}]}, tmp_path)


@pytest.mark.parametrize("history", [None, 3, [], {"train": 3}, {"val": [1]}])
def test_another_shape_is_refused_and_nothing_written(tmp_path, history):
    with pytest.raises(ArgumentTypeError) as caught:
        export_history_to_tensorboard(history, tmp_path / "events")

    assert caught.value.argument == "history"
    assert not (tmp_path / "events").exists()


def test_a_directory_that_is_no_path_is_refused():
    with pytest.raises(ArgumentTypeError) as caught:
        export_history_to_tensorboard({"train": []}, 3)

    assert caught.value.argument == "directory"


def test_a_history_file_is_looked_at(tmp_path):
    with pytest.raises(RunNotFoundError):
        export_history_to_tensorboard(tmp_path / "none.json", tmp_path)
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(RecordFormatError):
        export_history_to_tensorboard(tmp_path / "other.json", tmp_path)
