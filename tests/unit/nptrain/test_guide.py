"""Existing programs of `training_utils` as they stand, and what they rely on, one by one."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tachograph import nptrain
from tachograph.nptrain import (
    LSTM,
    EarlyStopping,
    RelationalRNN,
    clip_gradients,
    cross_entropy_loss,
    evaluate,
    learning_rate_schedule,
    mse_loss,
    numerical_gradients,
    train_model,
    train_step,
)

MODULES = Path(__file__).parents[3] / "examples" / "guide"

DATA = """
import numpy as np
rng = np.random.default_rng(0)
def data(n):
    y = rng.integers(0, 3, n)
    X = rng.standard_normal((n, 5, 10))
    X[:, :, :3] += 2.0 * np.eye(3)[y][:, None]
    return X, y
X_train, y_train = data(360)
X_val, y_val = data(40)
X_test, y_test = data(40)
"""

BASIC = """
from lstm_baseline import LSTM
from training_utils import train_model, evaluate

model = LSTM(input_size=10, hidden_size=32, output_size=3)

history = train_model(
    model,
    train_data=(X_train, y_train),
    val_data=(X_val, y_val),
    epochs=50,
    batch_size=32,
    learning_rate=0.01,
    task='classification'
)

test_loss, test_acc = evaluate(model, X_test, y_test)
print(f"test accuracy: {test_acc:.4f}")
"""

OWN_LOOP = """
from lstm_baseline import LSTM
from training_utils import create_batches
from training_utils import train_step, clip_gradients

num_epochs = 2
model = LSTM(input_size=10, hidden_size=32, output_size=3)

for epoch in range(num_epochs):
    for X_batch, y_batch in create_batches(X_train, y_train, batch_size=32):
        loss, acc, grad_norm = train_step(
            model, X_batch, y_batch,
            learning_rate=0.01,
            clip_norm=5.0
        )
        print(f"batch loss: {loss:.4f}, accuracy: {acc:.4f}")
"""

REGRESSION = """
from lstm_baseline import LSTM
from training_utils import train_model

model = LSTM(input_size=10, hidden_size=32, output_size=2)
y_train, y_val = X_train[:, -1, :2], X_val[:, -1, :2]

history = train_model(
    model,
    train_data=(X_train, y_train),
    val_data=(X_val, y_val),
    task='regression',
    epochs=100
)
"""

RELATIONAL = """
from relational_rnn import RelationalRNN
from training_utils import train_model

model = RelationalRNN(input_size=10, hidden_size=32, output_size=3)

history = train_model(
    model,
    train_data=(X_train, y_train),
    val_data=(X_val, y_val),
    epochs=50
)
"""

TOOLS = """
from lstm_baseline import LSTM
from training_utils import (
    cross_entropy_loss, mse_loss, softmax, accuracy, compute_numerical_gradient,
    compute_numerical_gradient_fast, clip_gradients, learning_rate_schedule, EarlyStopping,
    evaluate, train_model, plot_training_curves,
)

model = LSTM(input_size=10, hidden_size=2, output_size=3)
X_batch, y_batch, loss_fn = X_train[:4], y_train[:4], cross_entropy_loss
predictions, targets = model.forward(X_batch), y_batch

loss = cross_entropy_loss(predictions, targets)
loss = mse_loss(predictions, predictions)
probs = softmax(predictions)
acc = accuracy(predictions, targets)
gradients = compute_numerical_gradient(model, X_batch, y_batch, loss_fn)
grads = compute_numerical_gradient_fast(model, X_batch, y_batch, loss_fn)
clipped_grads, global_norm = clip_gradients(grads, max_norm=5.0)
lr = learning_rate_schedule(3, initial_lr=0.001, decay=0.95, decay_every=10)
early_stopping = EarlyStopping(patience=10, min_delta=1e-4)
should_stop = early_stopping(loss, model.get_params())
best_params = early_stopping.get_best_params()
avg_loss, avg_metric = evaluate(model, X_test, y_test, task='classification', batch_size=32)
history = train_model(
    model,
    train_data=(X_train, y_train),
    val_data=(X_val, y_val),
    epochs=2,
    batch_size=32,
    learning_rate=0.001,
    lr_decay=0.95,
    lr_decay_every=10,
    clip_norm=5.0,
    patience=10,
    task='classification',
    verbose=True
)
plot_training_curves(history, save_path='training_curves.png')
"""

PROGRAMS = {
    "basic": BASIC,
    "own loop": OWN_LOOP,
    "regression": REGRESSION,
    "relational": RELATIONAL,
    "tools": TOOLS,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_existing_programs_run_beside_three_modules(tmp_path, name):
    for module in MODULES.glob("*.py"):
        shutil.copy(module, tmp_path)
    (tmp_path / "script.py").write_text(DATA + PROGRAMS[name])

    done = subprocess.run(
        [sys.executable, "-W", "error", "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    if name == "basic":
        assert float(done.stdout.rpartition("test accuracy: ")[2]) > 0.9
    if name == "tools":
        assert (tmp_path / "training_curves.png").exists() or (
            tmp_path / "training_curves.txt"
        ).exists()


def test_the_three_modules_only_pass_names_on():
    assert {module.stem for module in MODULES.glob("*.py")} == {
        "training_utils",
        "lstm_baseline",
        "relational_rnn",
    }
    for module in MODULES.glob("*.py"):
        docstring, imports, names = ast.parse(module.read_text()).body
        assert isinstance(docstring, ast.Expr)
        assert isinstance(imports, ast.ImportFrom)
        assert imports.module == "tachograph.nptrain"
        assert isinstance(names, ast.Assign)
        for alias in imports.names:
            assert alias.name in nptrain.__all__


@pytest.fixture
def data(separable):
    X, y = separable
    return (X[:70], y[:70]), (X[70:], y[70:])


def test_perfect_predictions_have_a_cross_entropy_near_zero():
    assert cross_entropy_loss([[10.0, 0.0, 0.0], [0.0, 10.0, 0.0]], [0, 1]) < 0.01


def test_perfect_predictions_have_a_squared_error_of_zero():
    assert mse_loss([[1.0, 2.0]], [[1.0, 2.0]]) == 0.0


def test_sparse_and_one_hot_targets_give_the_same():
    logits = np.random.default_rng(0).standard_normal((8, 4))
    labels = np.arange(8) % 4

    assert cross_entropy_loss(logits, labels) == pytest.approx(
        cross_entropy_loss(logits, np.eye(4)[labels]), abs=1e-12
    )


def test_small_gradients_stay_and_large_ones_come_down_to_max_norm():
    small, large = {"W": np.array([0.3, 0.4])}, {"W": np.array([30.0, 40.0])}

    assert clip_gradients(small, max_norm=5.0)[0]["W"].tolist() == [0.3, 0.4]
    clipped, norm = clip_gradients(large, max_norm=5.0)
    assert (norm, np.linalg.norm(clipped["W"])) == (50.0, pytest.approx(5.0, rel=1e-12))


def test_the_learning_rate_decays_exponentially():
    rates = [learning_rate_schedule(epoch, 0.1, 0.95, 10) for epoch in (0, 9, 10, 19, 20)]

    assert rates == [0.1, 0.1, 0.1 * 0.95, 0.1 * 0.95, 0.1 * 0.95**2]


def test_early_stopping_stops_after_patience_epochs_without_improvement():
    stopping = EarlyStopping(patience=3)

    assert [stopping(loss) for loss in (1.0, 0.9, 0.8, 0.85, 0.84, 0.83)].index(True) == 5
    assert stopping.best_loss == 0.8


MODELS = {
    "LSTM": lambda: LSTM(3, 4, 2, rng=0),
    "RelationalRNN": lambda: RelationalRNN(3, 4, 2, num_slots=2, slot_size=4, rng=0),
}


@pytest.fixture(params=list(MODELS))
def model(request):
    return MODELS[request.param]()


def test_a_step_updates_the_parameters(model, data):
    X, y = data[0]
    before = model.get_params()
    _, _, grads = model.loss_and_grads(X, y, "classification")

    train_step(model, X, y, learning_rate=0.01, clip_norm=None)

    for name, array in model.get_params().items():
        assert np.array_equal(array, before[name] - 0.01 * grads[name])


def test_evaluation_updates_nothing(model, data):
    before = model.get_params()

    evaluate(model, *data[1])

    assert all(np.array_equal(array, before[name]) for name, array in model.get_params().items())


def test_the_loss_falls_and_the_history_is_complete(model, data):
    history = train_model(model, *data, epochs=8, learning_rate=0.5, seed=0, verbose=False)

    assert history["train_loss"][-1] < 0.8 * history["train_loss"][0]
    assert {key: len(values) for key, values in history.items()} == dict.fromkeys(
        ["train_loss", "train_metric", "val_loss", "val_metric", "learning_rates", "grad_norms"], 8
    )


def test_the_packages_models_never_get_a_numerical_gradient_by_themselves(model, data, monkeypatch):
    def forbidden(*_args, **_kwargs):
        raise AssertionError("a numerical gradient for a model that has exact ones")

    for name in ("compute_numerical_gradient", "compute_numerical_gradient_fast"):
        monkeypatch.setattr(numerical_gradients, name, forbidden)
        monkeypatch.setattr(nptrain, name, forbidden)

    train_step(model, *data[0])
    train_model(model, *data, epochs=1, verbose=False)
    with pytest.raises(AssertionError, match="numerical gradient"):
        train_step(model, *data[0], gradient="fast")
