"""The training as a whole: what it prints, what it keeps, and that a seed decides everything."""

import math

import numpy as np
import pytest

import tachograph
from tachograph import InvalidArgumentError
from tachograph.monitor import read_history, register_metric, unregister_metric
from tachograph.monitor.train.arguments import TrainArguments

torch = pytest.importorskip("torch")

from tachograph.monitor.train.loop import Training  # noqa: E402 -- it needs torch
from tachograph.monitor.train.model import CriticalityTransformer  # noqa: E402

TRAIN_KEYS = {
    *("epoch", "loss", "acc", "lr", "batch_loss_std", "class_0_acc", "class_1_acc"),
    *("grad_norm_mean", "grad_norm_std", "grad_norm_max"),
    *("confidence_mean", "confidence_std", "confidence_min", "confidence_max"),
    *("weight_mean_after", "weight_std_after", "weight_max_after"),
    *("weight_change", "weight_change_l2"),
}
VAL_KEYS = {
    *("epoch", "loss", "acc"),
    *("confidence_mean", "confidence_std", "confidence_min", "confidence_max"),
    *("true_neg", "false_pos", "false_neg", "true_pos"),
    *(f"class_{c}_{what}" for c in (0, 1) for what in ("acc", "precision", "recall")),
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TACHO_DIR", raising=False)
    monkeypatch.delenv("TACHO_RUN_ID", raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # threads that spin are slow on a busy machine
    yield tmp_path
    torch.set_num_threads(before)


def tiny(**changed):
    sizes = {
        "epochs": 2,
        "max_files": 24,
        "channels": 2,
        "window_sec": 0.5,
        "workers": 0,
        "d_model": 8,
        "nhead": 2,
        "num_layers": 1,
        "ff": 8,
        "patch_size": 32,
        "device": "cpu",
    }
    return TrainArguments(**{**sizes, **changed})


def trained(show=lambda headline, metrics: None, **changed):
    training = Training(tiny(**changed))
    training.run(show)
    return training


def test_history_checkpoint_and_run_hold_the_same(elsewhere):
    shown = []
    training = trained(lambda *block: shown.append(block), save_history=True)

    history = read_history(elsewhere / "checkpoints" / "training_history.json")
    assert repr(history) == repr(training.history)
    assert [row["epoch"] for row in history["train"]] == [1, 2]
    assert [headline for headline, _ in shown] == [
        "Training Metrics - Epoch 1",
        "Validation Metrics - Epoch 1",
        "Training Metrics - Epoch 2",
        "Validation Metrics - Epoch 2",
    ]
    assert [metrics for _, metrics in shown[::2]] == training.history["train"]

    best = torch.load(elsewhere / "checkpoints" / "best.pt", weights_only=True)
    place = max(range(2), key=lambda i: history["val"][i]["acc"])  # the first of equals
    assert best["epoch"] == place + 1
    assert repr(best["val_metrics"]) == repr(training.history["val"][place])
    assert best["best_val_acc"] == history["val"][place]["acc"]
    assert best["config"]["d_model"] == 8

    run = tachograph.open(training.run_dir)
    assert training.run_dir.parent == elsewhere / "runs" / "eeg-criticality"
    assert [epoch.epoch for epoch in run.epochs] == [1, 2]
    for epoch, train, val in zip(run.epochs, history["train"], history["val"], strict=True):
        assert (epoch.train_loss, epoch.val_loss) == (train["loss"], val["loss"])
        assert (epoch.learning_rate, epoch.gradient_norm) == (3e-4, train["grad_norm_mean"])
        assert epoch.val_metrics["true_pos"] == val["true_pos"]
        assert epoch.train_metrics["weight_change"] == train["weight_change"]


def test_every_step_has_its_loss_and_its_gradient_norm():
    training = trained(batch_size=8)
    run = tachograph.open(training.run_dir)
    steps, losses = run.history("loss")
    norm_steps, norms = run.history("grad_norm")

    per_epoch = -(-20 // 8)  # of 24 windows 20 train
    assert steps.tolist() == norm_steps.tolist() == list(range(2 * per_epoch))
    for i, row in enumerate(training.history["train"]):
        mine = slice(i * per_epoch, (i + 1) * per_epoch)
        assert losses[mine].std() == pytest.approx(row["batch_loss_std"], rel=1e-5)
        assert norms[mine].max() == pytest.approx(row["grad_norm_max"], rel=1e-5)
    assert len(run.steps) == 2 * per_epoch  # the loop's rows and the monitor's are one


def test_the_keys_are_those_of_the_guide_from_the_first_epoch():
    history = trained().history

    for train, val in zip(history["train"], history["val"], strict=True):
        assert set(train) >= TRAIN_KEYS
        assert set(val) >= VAL_KEYS
        assert all(type(value) in (int, float) for value in [*train.values(), *val.values()])


def test_without_the_flag_there_is_no_history(elsewhere):
    trained(epochs=1)

    assert [file.name for file in (elsewhere / "checkpoints").iterdir()] == ["best.pt"]


def test_files_go_where_they_are_sent(elsewhere):
    training = trained(
        epochs=1, save_history=True, checkpoint_dir=elsewhere / "c", dir=elsewhere / "r"
    )

    assert {file.name for file in (elsewhere / "c").iterdir()} == {
        "best.pt",
        "training_history.json",
    }
    assert training.run_dir.is_relative_to(elsewhere / "r")
    assert not (elsewhere / "checkpoints").exists()
    assert not (elsewhere / "runs").exists()


def test_the_seed_decides_every_metric():
    first, again, other = (trained(seed=seed).history for seed in (3, 3, 4))

    assert repr(first) == repr(again)
    assert repr(first) != repr(other)


def test_the_best_model_gives_the_metrics_that_were_kept(elsewhere):
    # The kept weights themselves are asked: the model must be that of the kept epoch.
    from tachograph.monitor import evaluate
    from tachograph.monitor.train.loaders import batches, windows

    given = tiny(epochs=3)
    Training(given).run(lambda headline, metrics: None)
    best = torch.load(elsewhere / "checkpoints" / "best.pt", weights_only=True)
    model = CriticalityTransformer(
        channels=2, patch_size=32, d_model=8, nhead=2, num_layers=1, dim_feedforward=8
    )
    model.load_state_dict(best["model"])
    with batches(windows(given), given, torch.device("cpu")) as (_, val):
        again = evaluate(model, val, "cpu", epoch=best["epoch"])

    assert again == pytest.approx(best["val_metrics"], nan_ok=True)


def test_accuracy_rises_on_synthetic_windows():
    # Small enough for a test, and still hard enough that the first epoch does not tell them all.
    history = trained(
        epochs=4, max_files=160, channels=6, window_sec=5, d_model=32, ff=64, patch_size=64, lr=2e-3
    ).history
    accuracies = [row["acc"] for row in history["train"]]

    assert accuracies[0] < 0.85
    assert accuracies[-1] > accuracies[0] + 0.1


def test_recordings_train_with_as_many_classes_as_they_have(elsewhere):
    rng = np.random.default_rng(0)
    data = elsewhere / "data"
    data.mkdir()
    lines = ["file,label"]
    for i in range(18):
        np.save(data / f"{i}.npy", rng.normal(size=(2, 128)) + np.sin(np.arange(128) * (i % 3)))
        lines.append(f"{i}.npy,{i % 3}")
    (data / "annotations.csv").write_text("\n".join(lines))

    history = trained(data_dir=data, max_files=None, save_history=True).history

    assert np.shape(history["val"][-1]["confusion_matrix"]) == (3, 3)
    assert "class_2_recall" in history["val"][0]
    best = torch.load(elsewhere / "checkpoints" / "best.pt", weights_only=True)
    assert best["config"]["num_classes"] == 3
    assert best["config"]["data_dir"] == str(data)


def test_a_label_that_no_class_can_have_is_refused(elsewhere):
    for i in range(4):
        np.save(elsewhere / f"{i}.npy", np.zeros((2, 128)))
    table = elsewhere / "annotations.csv"
    table.write_text("file,label\n0.npy,0\n1.npy,0\n2.npy,1\n3.npy,999999999\n")

    with pytest.raises(InvalidArgumentError, match="999999999"):
        trained(data_dir=elsewhere, max_files=None)


def test_registered_metrics_reach_history_run_and_checkpoint(elsewhere):
    register_metric("half", lambda result: result.metrics["acc"] / 2, split="val")
    try:
        training = trained(save_history=True)
    finally:
        unregister_metric("half")

    row = read_history(elsewhere / "checkpoints" / "training_history.json")["val"][-1]
    assert row["half"] == row["acc"] / 2
    assert tachograph.open(training.run_dir).epochs[-1].val_metrics["half"] == row["half"]
    best = torch.load(elsewhere / "checkpoints" / "best.pt", weights_only=True)
    assert "half" in best["val_metrics"]


def test_a_training_that_recording_is_turned_off_for_goes_on(elsewhere, monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", "1")
    training = trained(epochs=1, save_history=True)

    assert training.run_dir is None
    assert not (elsewhere / "runs").exists()
    assert len(read_history(training.history_path)["train"]) == 1


def test_a_diverged_training_is_kept_as_it_was(elsewhere):
    training = trained(lr=1e30, save_history=True)

    last = training.history["train"][-1]
    assert not math.isfinite(last["loss"])
    assert repr(read_history(training.history_path)) == repr(training.history)
    assert len(tachograph.open(training.run_dir).epochs) == 2
