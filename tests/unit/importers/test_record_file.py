"""Records as JSON and pickle become runs."""

import json

import pytest

from tachograph import Run, TrainingRecorder
from tachograph.exceptions import RecordFormatError
from tachograph.importers import import_record


def record(tmp_path):
    with TrainingRecorder("trip", {"layers": (1, 2)}, {"lr": 0.1}, dir=tmp_path) as recorder:
        for epoch in range(5):
            recorder.log_epoch(epoch, 1 / (epoch + 1), None, {"acc": epoch, "note": "x"})
        recorder.early_stopping_info = {"patience": 3}
    return recorder


@pytest.mark.parametrize("form", ["json", "pickle"])
def test_a_record_comes_back(tmp_path, form):
    recorder = record(tmp_path / "runs")
    path = tmp_path / f"record.{form}"
    (recorder.save if form == "json" else recorder.export_to_pickle)(path)

    run = Run.from_record(path, dest=tmp_path / "run")

    assert [repr(epoch) for epoch in run.epochs] == [repr(epoch) for epoch in recorder.epochs]
    assert run.model_config == {"layers": [1, 2]}
    assert run.training_config == {"lr": 0.1}
    assert run.early_stopping_info == {"patience": 3}
    assert run.environment == recorder.experiment_metadata
    assert run.experiment_name == "trip"
    assert run.status.state == "closed"


def test_json_of_an_older_recorder(tmp_path):
    epochs = [{"epoch": 1, "train_loss": 0.5, "timestamp": "2024-05-01T10:00:00"}]
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"experiment_name": "old", "epochs": epochs}))

    run = Run.from_record(path, dest=tmp_path / "run")

    assert (run.experiment_name, run.epochs[0].train_loss) == ("old", 0.5)
    assert run.imported["epochs"] == 1


def test_what_is_no_record_or_a_run_already(tmp_path):
    recorder = record(tmp_path / "runs")
    (tmp_path / "a.json").write_text('{"some": "json"}')

    with pytest.raises(RecordFormatError, match="no list of epochs"):
        import_record(tmp_path / "a.json", tmp_path / "run")
    with pytest.raises(RecordFormatError, match="a run already"):
        import_record(recorder.path, tmp_path / "run")
    assert not (tmp_path / "run").exists()
