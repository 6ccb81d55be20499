"""The contract of the monitored training, row by row; the numbers are those of its rows.

The recorder's rows on gradients (S0-11, S0-61) stand here, too, because they need torch.

Each row is judged by a computation of its own, written out here, or by the library of the field.
"""

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from tachograph import TrainingRecorder
from tachograph.health import diagnose

torch = pytest.importorskip("torch")

from tachograph import monitor  # noqa: E402 -- its names need torch
from tachograph.monitor.train.model import CriticalityTransformer  # noqa: E402

TRAIN_KEYS = {
    "loss", "acc", "grad_norm_mean", "grad_norm_std", "grad_norm_max", "grad_norm_nonfinite",
    "grad_norm_param_mean", "grad_norm_param_max", "batch_loss_std", "confidence_mean",
    "confidence_std", "confidence_min", "confidence_max", "weight_mean_after", "weight_std_after",
    "weight_max_after", "weight_change", "weight_change_l2", "lr",
}  # fmt: skip
VAL_KEYS = {
    "loss", "acc", "confidence_mean", "confidence_std", "confidence_min", "confidence_max",
    "confidence_wrong_mean",
}  # fmt: skip


def batches(n_classes, *, n=7, seed=0, labels_below=None):
    rng = torch.Generator().manual_seed(seed)
    below = n_classes if labels_below is None else labels_below
    return [
        (torch.randn(5 + at, 6, generator=rng), torch.randint(below, (5 + at,), generator=rng))
        for at in range(n)
    ]


def perceptron(n_classes, seed=1):
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, n_classes)
    )


class Written:
    """An epoch of training as a plain loop, which keeps everything."""

    def __init__(self, model, loader, optimizer):
        self.losses, self.sizes, self.norms, self.outputs, self.labels = [], [], [], [], []
        self.before = self.weights(model)
        for inputs, labels in loader:
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = torch.nn.functional.cross_entropy(outputs, labels)
            loss.backward()
            grads = [p.grad.double().flatten() for p in model.parameters()]
            self.norms.append(torch.cat(grads).norm().item())
            optimizer.step()
            self.losses.append(loss.item())
            self.sizes.append(len(labels))
            self.outputs.append(outputs.detach())
            self.labels.append(labels)
        self.after = self.weights(model)
        self.shares = torch.softmax(torch.cat(self.outputs).double(), 1).numpy()
        self.true = torch.cat(self.labels).numpy()
        self.taken = self.shares.argmax(1)

    @staticmethod
    def weights(model):
        return torch.cat([p.detach().double().flatten() for p in model.parameters()]).numpy()


@pytest.fixture
def epoch():
    """One epoch of three classes, by the package and written out, from the same beginning."""
    loader = batches(3)
    one, other = perceptron(3), perceptron(3)
    optimizers = [torch.optim.SGD(model.parameters(), lr=0.1) for model in (one, other)]
    metrics = monitor.train_one_epoch(one, loader, optimizers[0], "cpu")
    written = Written(other, loader, optimizers[1])
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    return metrics, written


def close(value, wanted, *, to=1e-6):
    assert value == pytest.approx(wanted, rel=to, abs=1e-9)


def test_s0_11_one_gradient_norm():
    model = perceptron(3)
    assert monitor.calculate_gradient_norm(model) == 0.0
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        model = model.to(dtype)
        for parameter in model.parameters():
            parameter.grad = torch.randn_like(parameter)
        wide = torch.cat([p.grad.double().flatten() for p in model.parameters()]).norm().item()
        close(monitor.calculate_gradient_norm(model), wide)
    wanted = torch.nn.utils.clip_grad_norm_(model.double().parameters(), math.inf).item()
    close(monitor.calculate_gradient_norm(model), wanted)


def test_s0_61_hooks_that_come_and_go(tmp_path):
    loader = batches(3)
    model, other = perceptron(3), perceptron(3)
    optimizers = [torch.optim.SGD(each.parameters(), lr=0.1) for each in (model, other)]
    written = Written(other, loader, optimizers[1])
    hooks = [dict(vars(module)) for module in model.modules()]
    recorder = TrainingRecorder("watched", dir=tmp_path, capture_environment=False)
    with recorder, monitor.attach(model, recorder, optimizers[0], budget=1.0):
        for step, (inputs, labels) in enumerate(loader):
            optimizers[0].zero_grad()
            torch.nn.functional.cross_entropy(model(inputs), labels).backward()
            optimizers[0].step()
            recorder.log_step(step, n=len(labels))
        recorder.log_epoch(1, 0.5)
    assert [row.metrics["n"] for row in recorder.steps] == written.sizes
    norms = [row.metrics["grad_norm"] for row in recorder.steps]
    assert norms == pytest.approx(written.norms, rel=1e-6)
    (record,) = recorder.epochs
    close(record.gradient_norm, np.mean(norms))
    for name, wanted in (
        ("mean", np.mean(norms)),
        ("std", np.std(norms)),
        ("max", np.max(norms)),
        ("last", norms[-1]),
    ):
        close(record.train_metrics[f"grad_norm_{name}"], wanted)
    assert [dict(vars(module)) for module in model.modules()] == hooks
    assert not optimizers[0]._optimizer_step_pre_hooks
    assert not optimizers[0]._optimizer_step_post_hooks


def test_s3_01_an_epoch_is_a_flat_dict_of_plain_numbers(epoch):
    metrics, written = epoch
    assert set(metrics) >= TRAIN_KEYS
    assert all(type(value) in {int, float} for value in metrics.values())
    close(metrics["loss"], np.average(written.losses, weights=written.sizes))
    close(metrics["acc"], (written.taken == written.true).mean())
    model = perceptron(3)
    for run in (
        lambda: monitor.train_one_epoch(model, [], torch.optim.SGD(model.parameters()), "cpu"),
        lambda: monitor.evaluate(model, [], "cpu"),
    ):
        with pytest.raises(ValueError, match="loader"):
            run()


def test_s3_02_gradient_norms_are_over_the_batches_before_the_step(epoch):
    metrics, written = epoch
    close(metrics["grad_norm_mean"], np.mean(written.norms))
    close(metrics["grad_norm_std"], np.std(written.norms))
    close(metrics["grad_norm_max"], np.max(written.norms))
    assert metrics["grad_norm_nonfinite"] == 0


def test_s3_02_batches_that_are_not_finite_are_counted_and_left_out():
    loader = batches(3)
    loader[-1][0][0, 0] = math.inf
    metrics, alone = (
        monitor.train_one_epoch(model, these, torch.optim.SGD(model.parameters(), lr=0.0), "cpu")
        for model, these in ((perceptron(3), loader), (perceptron(3), loader[:-1]))
    )
    assert metrics["grad_norm_nonfinite"] == 1
    close(metrics["grad_norm_mean"], alone["grad_norm_mean"])


def test_s3_03_the_spread_of_the_batches_losses(epoch):
    metrics, written = epoch
    close(metrics["batch_loss_std"], np.std(written.losses))


def test_s3_04_accuracy_by_class_is_there_for_every_class(epoch):
    metrics, written = epoch
    for label in range(3):
        close(metrics[f"class_{label}_acc"], (written.taken == label)[written.true == label].mean())
    model = perceptron(3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    missing = monitor.train_one_epoch(model, batches(3, labels_below=2), optimizer, "cpu")
    assert math.isnan(missing["class_2_acc"])


def test_s3_05_confidence_over_all_samples(epoch):
    metrics, written = epoch
    confidence = written.shares.max(1)
    for name in ("mean", "std", "min", "max"):
        close(metrics[f"confidence_{name}"], getattr(confidence, name)())


def test_s3_06_and_07_weights_as_one_array(epoch):
    metrics, written = epoch
    close(metrics["weight_mean_after"], written.after.mean())
    close(metrics["weight_std_after"], written.after.std())
    close(metrics["weight_max_after"], np.abs(written.after).max())
    close(metrics["weight_change"], abs(written.after.mean() - written.before.mean()), to=1e-5)
    moved = np.linalg.norm(written.after - written.before) / np.linalg.norm(written.before)
    close(metrics["weight_change_l2"], moved)


def test_s3_08_the_rate_is_the_epochs_own(epoch):
    assert epoch[0]["lr"] == 0.1


@pytest.mark.parametrize("n_classes", [2, 4])
def test_s3_09_and_10_classes_and_confusion_as_scikit_learn_has_them(n_classes):
    loader, model = batches(n_classes), perceptron(n_classes)
    metrics = monitor.evaluate(model, loader, "cpu")
    assert set(metrics) >= VAL_KEYS
    with torch.no_grad():
        taken = torch.cat([model(inputs).argmax(1) for inputs, _ in loader]).numpy()
    true = torch.cat([labels for _, labels in loader]).numpy()
    labels = list(range(n_classes))
    precisions = precision_score(true, taken, labels=labels, average=None, zero_division=math.nan)
    recalls = recall_score(true, taken, labels=labels, average=None, zero_division=math.nan)
    for label in labels:
        assert metrics[f"class_{label}_precision"] == pytest.approx(
            precisions[label], abs=1e-9, nan_ok=True
        )
        for name in ("recall", "acc"):
            assert metrics[f"class_{label}_{name}"] == pytest.approx(
                recalls[label], abs=1e-9, nan_ok=True
            )
    matrix = confusion_matrix(true, taken, labels=labels)
    if n_classes == 2:
        names = ("true_neg", "false_pos", "false_neg", "true_pos")
        assert [metrics[name] for name in names] == matrix.ravel().tolist()
        assert all(type(metrics[name]) is int for name in names)
    else:
        assert metrics["confusion_matrix"] == matrix.tolist()


def test_s3_10_two_classes_have_their_counts_though_one_never_occurs():
    metrics = monitor.evaluate(perceptron(2), batches(2, labels_below=1), "cpu")
    assert metrics["true_pos"] == metrics["false_neg"] == 0
    assert math.isnan(metrics["class_1_recall"])


def test_s3_14_the_models_shapes():
    model = CriticalityTransformer(channels=3, patch_size=8, d_model=16, nhead=2, num_layers=1)
    for n_samples in (16, 17, 3):
        assert model(torch.randn(2, 3, n_samples)).shape == (2, 2)
    # Zeros behind the end are what is put there anyway.
    model.eval()
    window = torch.randn(2, 3, 13)
    padded = torch.nn.functional.pad(window, (0, 3))
    assert torch.allclose(model(window), model(padded), atol=1e-6)


def test_s3_13_15_16_18_and_20_the_commands(tmp_path):
    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        return done.returncode, done.stdout, done.stderr

    small = "--epochs 2 --batch-size 8 --d-model 8 --nhead 2 --num-layers 1 --max-files 32"
    quick = "--channels 2 --window-sec 0.5 --workers 0 --save-history"
    train = ["-m", "tachograph.monitor.train", *small.split(), *quick.split()]
    code, told, error = run(*train)
    assert code == 0, error
    assert "Training Metrics - Epoch 2".center(80).strip() in told

    def refuse(token):
        raise AssertionError(token)

    text = (tmp_path / "checkpoints/training_history.json").read_text(encoding="utf-8")
    history = json.loads(text, parse_constant=refuse)
    assert [row["epoch"] for row in history["train"]] == [1, 2]
    assert set(history["train"][0]) >= TRAIN_KEYS
    assert set(history["val"][0]) >= VAL_KEYS | {"true_neg", "class_1_precision"}

    best = torch.load(tmp_path / "checkpoints/best.pt", weights_only=True)
    assert set(best) == {
        "epoch", "model", "optimizer", "config", "train_metrics", "val_metrics", "best_val_acc",
    }  # fmt: skip
    assert best["best_val_acc"] == max(row["acc"] for row in history["val"])

    tacho = ["-c", "from tachograph.cli import main; main()"]
    code, told, error = run(*tacho, "visualize", "--summary-only")
    assert code == 0, error
    assert f"{history['val'][-1]['loss']:.4f}"[:5] in told
    code, told, error = run(*tacho, "visualize", "nothing.json", "--summary-only")
    assert code == 1
    assert "nothing.json" in error


def test_s3_22_and_23_diagnoses_and_their_limits():
    def codes(**row):
        rows = [{"epoch": at, **row} for at in range(1, 7)]
        return {one.code for one in diagnose({"train": rows, "val": rows})}

    assert "exploding_gradients" not in codes(grad_norm_mean=100.0)
    assert "exploding_gradients" in codes(grad_norm_mean=np.nextafter(100.0, 200.0))
    assert "vanishing_gradients" not in codes(grad_norm_mean=1e-6)
    assert "vanishing_gradients" in codes(grad_norm_mean=np.nextafter(1e-6, 0.0))
    assert "ok" in codes(grad_norm_mean=1e-3)
    strict = diagnose({"train": [{"grad_norm_mean": 50.0}]}, exploding_gradients=10.0)
    assert [one.code for one in strict] == ["exploding_gradients"]
    assert "overconfident" in codes(confidence_wrong_mean=0.99)
    assert "weights_frozen" in codes(weight_change_l2=1e-12, loss=1.0)


def test_s3_24_a_metric_that_is_registered_reaches_everything(tmp_path, capsys):
    @monitor.register_metric("n_wrong")
    def _(epoch):
        counts = epoch.totals.confusion_matrix
        return int(counts.sum() - counts.trace())

    try:
        metrics = monitor.evaluate(perceptron(2), batches(2), "cpu", epoch=1)
    finally:
        monitor.unregister_metric("n_wrong")
    wrong = metrics["false_pos"] + metrics["false_neg"]
    assert metrics["n_wrong"] == wrong
    monitor.print_metrics("Validation", metrics)
    shown = capsys.readouterr().out
    assert f"    {'n_wrong':18s}: {wrong}" in shown.partition("Other Metrics")[2]
    path = monitor.write_history(tmp_path / "history.json", {"train": [], "val": [metrics]})
    assert monitor.read_history(path)["val"][0]["n_wrong"] == wrong
