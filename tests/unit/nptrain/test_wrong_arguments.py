"""Every public name with arguments of every wrong kind: a typed error that names the argument.

A new name, or a new argument of an old one, fails here until it is given its line.
"""

import inspect
from functools import partial

import numpy as np
import pytest

from tachograph import nptrain
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError, TachographError
from tachograph.nptrain import LSTM, SGD, EarlyStopping, PlateauSchedule, objective

JUNK = {
    "None": None,
    "text": "text",
    "empty text": "",
    "bytes": b"bytes",
    "object": object(),
    "class": LSTM,
    "function": len,
    "dict": {"a": 1},
    "set": {1, 2},
    "ragged": [[1.0], [1.0, 2.0]],
    "texts": ["a", "b"],
    "one in a list": [0.5],
    "empty list": [],
    "three": (0.1, 0.2, 0.3),
    "object array": np.array([object()], dtype=object),
    "complex array": np.array([1j, 2.0]),
    "masked array": np.ma.masked_invalid([[1.0, np.nan]]),
    "empty array": np.zeros((0, 2)),
    "five axes": np.zeros((1, 1, 1, 1, 1)),
    "times": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "complex": 1j,
    "True": True,
    "minus one": -1,
    "minus a half": -0.5,
    "zero": 0,
    "one": 1,
    "a half": 0.5,
    "NaN": float("nan"),
    "inf": float("inf"),
    "minus inf": float("-inf"),
    "huge": 10**400,
    "NumPy int": np.int64(3),
    "NumPy float": np.float32(0.25),
    "NumPy scalar array": np.array(0.5),
}
NUMBERS = {"zero", "one", "a half", "NumPy int", "NumPy float"}  # at least 0
ANY_NUMBERS = NUMBERS | {"minus one", "minus a half", "NaN", "inf", "minus inf"}
SIZE = {"one", "NumPy int"}
COUNTS = SIZE | {"huge"}  # at least 1
FRACTIONS = {"a half", "NumPy float"}  # between 0 and 1
FLAGS = {"True", "one", "zero"}
SEEDS = {"None", "zero", "one", "NumPy int", "huge"}
ARRAYS = frozenset()  # none of it has the shape that is asked for
TASK = MODEL = frozenset()

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((4, 3, 2)), np.array([0, 1, 1, 0])
LOGITS = RNG.standard_normal((4, 2))
Q = RNG.standard_normal((2, 3, 4))
SQUARE = np.eye(4)


def lstm(**changed):
    return LSTM(**{"input_size": 2, "hidden_size": 2, "output_size": 2, "rng": 0} | changed)


def params():
    return {"w": np.ones((2, 2))}


def loss(outputs, y):
    return nptrain.cross_entropy_loss(outputs, y)


STEP = {
    "learning_rate": (0.1, NUMBERS),
    "clip_norm": (
        5.0,
        {"None", "one", "a half", "inf", "NumPy int", "NumPy float"} | {"NumPy scalar array"},
    ),
    "task": ("classification", TASK),
    "gradient": ("auto", frozenset()),
    "optimizer": (None, {"None"}),
    "label_smoothing": (0.0, FRACTIONS | {"zero"}),
    "accumulation_steps": (1, COUNTS),
    "rng": (None, SEEDS),
}
SIZES = {
    "input_size": (2, SIZE),
    "hidden_size": (2, SIZE),
    "output_size": (2, SIZE | {"None"}),
    "rng": (None, SEEDS),
}
OPTIMIZER = {"epsilon": (1e-8, NUMBERS - {"zero"}), "weight_decay": (0.0, NUMBERS)}
BETAS = {"betas": ((0.9, 0.999), frozenset())}
UPDATE = {
    "params": (params(), frozenset()),
    "grads": (params(), frozenset()),
    "learning_rate": (0.1, NUMBERS),
}
NUMERICAL = {
    "model": (lstm(), MODEL),
    "X_batch": (X, ARRAYS),
    "y_batch": (Y, ARRAYS),
    "loss_fn": (loss, {"function", "class"}),
    "epsilon": (1e-5, NUMBERS - {"zero"}),
}
TARGETS = {"predictions": (LOGITS, ARRAYS), "targets": (Y, ARRAYS)}
HEADS = {
    "W_q": (SQUARE, ARRAYS),
    "W_k": (SQUARE, ARRAYS),
    "W_v": (SQUARE, ARRAYS),
    "W_o": (SQUARE, ARRAYS),
    "num_heads": (2, {"one"}),
}
ATTENTION = {
    "Q": (Q, ARRAYS),
    "K": (Q, ARRAYS),
    "V": (Q, ARRAYS),
    "mask": (
        None,
        {
            "None",
            "one in a list",
            "minus a half",
            "a half",
            "NumPy float",
            "NumPy scalar array",
            "three",
        },
    ),
}
OUTPUTS = {"outputs": (LOGITS, ARRAYS), "y": (Y, ARRAYS)}
EPOCHS = {"epoch": (0, {"zero", "one", "NumPy int", "huge"})}

# By name: how to call it, and for each argument a good value and the junk that is good too.
CALLS = {
    "LSTM": (LSTM, SIZES),
    "RelationalRNN": (
        nptrain.RelationalRNN,
        {
            **SIZES,
            "num_slots": (2, SIZE),
            "slot_size": (4, {"one", "NumPy int"}),
            "num_heads": (1, {"one"}),
        },
    ),
    "SGD": (SGD, {"momentum": (0.0, FRACTIONS | {"zero"}), "weight_decay": (0.0, NUMBERS)}),
    "Adam": (nptrain.Adam, BETAS | OPTIMIZER),
    "AdamW": (nptrain.AdamW, BETAS | OPTIMIZER),
    "EarlyStopping": (EarlyStopping, {"patience": (3, COUNTS), "min_delta": (0.0, NUMBERS)}),
    "PlateauSchedule": (
        PlateauSchedule,
        {
            "initial_lr": (0.1, NUMBERS),
            "factor": (0.1, FRACTIONS),
            "patience": (3, COUNTS | {"zero"}),
            "min_delta": (0.0, NUMBERS),
            "min_lr": (0.0, NUMBERS),
        },
    ),
    "accuracy": (nptrain.accuracy, TARGETS),
    "clip_gradients": (
        nptrain.clip_gradients,
        {"grads": (params(), {"dict"}), "max_norm": STEP["clip_norm"]},
    ),
    "compute_numerical_gradient": (nptrain.compute_numerical_gradient, NUMERICAL),
    "compute_numerical_gradient_fast": (
        nptrain.compute_numerical_gradient_fast,
        {**NUMERICAL, "num_samples": (1, COUNTS), "rng": (0, SEEDS)},
    ),
    "cosine_schedule": (
        nptrain.cosine_schedule,
        {
            **EPOCHS,
            "initial_lr": (0.1, NUMBERS),
            "total_epochs": (3, COUNTS),
            "final_lr": (0.0, NUMBERS),
        },
    ),
    "learning_rate_schedule": (
        nptrain.learning_rate_schedule,
        {
            **EPOCHS,
            "initial_lr": (0.1, NUMBERS),
            "decay": (0.5, FRACTIONS | {"one"}),
            "decay_every": (3, COUNTS),
        },
    ),
    "warmup_schedule": (
        nptrain.warmup_schedule,
        {
            **EPOCHS,
            "initial_lr": (0.1, NUMBERS),
            "warmup_epochs": (3, COUNTS),
            "start_factor": (0.1, FRACTIONS | {"zero", "one"}),
            "then": (None, {"None", "function", "class"}),
        },
    ),
    "create_batches": (
        nptrain.create_batches,
        {
            "X": (X, ARRAYS),
            "y": (Y, ARRAYS),
            "batch_size": (2, COUNTS),
            "shuffle": (True, FLAGS),
            "rng": (0, SEEDS),
        },
    ),
    "create_causal_mask": (nptrain.create_causal_mask, {"seq_len": (2, SIZE)}),
    "cross_entropy_loss": (
        nptrain.cross_entropy_loss,
        {**TARGETS, "from_logits": (True, FLAGS), "label_smoothing": STEP["label_smoothing"]},
    ),
    "mse_loss": (nptrain.mse_loss, {"predictions": (Q, ARRAYS), "targets": (Q, ARRAYS)}),
    "softmax": (
        nptrain.softmax,
        {"logits": (LOGITS, {"one in a list", "three", "five axes", "empty array"})},
    ),
    "smooth_targets": (
        nptrain.smooth_targets,
        {
            "targets": (Y, {"empty array"}),
            "num_classes": (2, {"huge", "NumPy int"}),
            "label_smoothing": STEP["label_smoothing"],
        },
    ),
    "evaluate": (
        nptrain.evaluate,
        {
            "model": (lstm(), MODEL),
            "X_test": (X, ARRAYS),
            "y_test": (Y, ARRAYS),
            "task": ("classification", TASK),
            "batch_size": (2, COUNTS),
        },
    ),
    "train_step": (
        nptrain.train_step,
        {"model": (lstm(), MODEL), "X_batch": (X, ARRAYS), "y_batch": (Y, ARRAYS), **STEP},
    ),
    "train_model": (
        partial(nptrain.train_model),
        {
            "model": (lstm(), MODEL),
            "train_data": ((X, Y), frozenset()),
            "val_data": ((X, Y), frozenset()),
            "epochs": (0, COUNTS | {"zero"}),
            "batch_size": (2, COUNTS),
            **STEP,
            "lr_decay": (0.5, FRACTIONS | {"one"}),
            "lr_decay_every": (2, COUNTS),
            "patience": (3, COUNTS),
            "verbose": (False, FLAGS),
            "shuffle": (True, FLAGS),
            "seed": (None, SEEDS),
            "min_delta": (0.0, NUMBERS),
            "restore_best": (True, FLAGS),
            "schedule": (None, {"None", "function", "class"}),
            "recorder": (None, {"None"}),
            "log_every": (1, COUNTS),
        },
    ),
    "scaled_dot_product_attention": (nptrain.scaled_dot_product_attention, ATTENTION),
    "multi_head_attention": (nptrain.multi_head_attention, ATTENTION | HEADS),
    "objective": (objective, {"task": ("regression", TASK)}),
    "plot_training_curves": (
        nptrain.plot_training_curves,
        {"history": ({}, {"dict"}), "save_path": (None, {"None", "text"})},
    ),
    # Methods, which are public with their classes.
    "LSTM.forward": (
        lstm().forward,
        {"X": (X, ARRAYS), "return_sequences": (False, FLAGS), "return_state": (False, FLAGS)},
    ),
    "LSTM.loss_and_grads": (
        lstm().loss_and_grads,
        {"X": (X, ARRAYS), "y": (Y, ARRAYS), "task": STEP["task"]},
    ),
    "LSTM.set_params": (lstm().set_params, {"params": (lstm().get_params(), frozenset())}),
    "SGD.update": (lambda **given: SGD(0.9).update(**given), UPDATE),
    "Adam.update": (lambda **given: nptrain.Adam().update(**given), UPDATE),
    "AdamW.update": (lambda **given: nptrain.AdamW().update(**given), UPDATE),
    "EarlyStopping.__call__": (
        EarlyStopping(),
        {
            "val_loss": (0.5, ANY_NUMBERS | {"NumPy scalar array"}),
            "model_params": (params(), {"None", "dict"}),
        },
    ),
    "PlateauSchedule.__call__": (PlateauSchedule(), EPOCHS),
    "PlateauSchedule.observe": (
        PlateauSchedule().observe,
        {"loss": (0.5, ANY_NUMBERS | {"NumPy scalar array"})},
    ),
    **{
        f"objective('classification').{name}": (getattr(objective("classification"), name), OUTPUTS)
        for name in ("loss", "metric", "loss_and_metric", "gradient", "evaluate")
    },
    **{
        f"objective('regression').{name}": (
            getattr(objective("regression"), name),
            {"outputs": (Q, ARRAYS), "y": (Q, ARRAYS)},
        )
        for name in ("loss", "metric", "loss_and_metric", "gradient", "evaluate")
    },
}
PROTOCOLS = {"ExactGradients", "Model", "Objective", "Optimizer"}
# What a function calls what its caller named otherwise.
OTHER_NAMES = {
    "outputs": "predictions",
    "y": "targets",
    "X_batch": "X",
    "y_batch": "targets",
    "num_classes": "targets",
    "params": "grads",
}
CASES = [(name, argument) for name, (_, table) in CALLS.items() for argument in table]


def test_every_public_name_and_each_of_its_arguments_has_its_line():
    assert {name for name in CALLS if "." not in name} == set(nptrain.__all__) - PROTOCOLS
    for name in set(nptrain.__all__) - PROTOCOLS:
        assert set(inspect.signature(getattr(nptrain, name)).parameters) == set(CALLS[name][1])


@pytest.mark.parametrize("name", CALLS)
def test_good_arguments_are_taken(name):
    call, table = CALLS[name]
    call(**{argument: good for argument, (good, _) in table.items()})


@pytest.mark.parametrize(("name", "argument"), CASES, ids=map(".".join, CASES))
def test_junk_is_a_typed_error_that_names_the_argument(name, argument, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, table = CALLS[name]
    good = {other: value for other, (value, _) in table.items()}
    wrong = []
    for kind, junk in JUNK.items():
        if kind in table[argument][1]:
            continue
        try:
            call(**good | {argument: junk})
        except TachographError as error:
            if not isinstance(error, ValueError | TypeError):
                wrong.append(f"{kind}: {type(error).__name__}")
            text = str(error)
            if not {argument, OTHER_NAMES.get(argument, argument)} & names_in(text):
                wrong.append(f"{kind}: {argument} is not named: {text}")
            if "must" not in text:
                wrong.append(f"{kind}: what was expected is not said: {text}")
        except Exception as error:  # noqa: BLE001 -- all that is not typed
            wrong.append(f"{kind}: {type(error).__name__}: {error}")
        else:
            wrong.append(f"{kind}: taken")
    assert not wrong, "\n".join(wrong)


def names_in(text):
    return set(
        "".join(
            letter if letter.isidentifier() or letter.isdigit() else " " for letter in text
        ).split()
    )


class Odd:
    """A model that answers one question in an odd way."""

    def __init__(self, **answers):
        self._answers = answers

    def __getattr__(self, name):
        model = lstm()
        if name in self._answers:
            return lambda *_args, **_kwargs: self._answers[name]
        return getattr(model, name)


ODD_ANSWERS = [
    ({"forward": None}, {"gradient": "fast"}, "predictions must be an array"),
    ({"forward": np.zeros(4)}, {"gradient": "fast"}, "predictions must have the shape"),
    ({"forward": None}, {"label_smoothing": 0.1}, "predictions must be an array"),
    ({"get_params": None}, {}, "must give a dict of arrays, not NoneType"),
    ({"get_params": {"W": None}}, {}, "model parameter 'W' must be an array"),
    ({"loss_and_grads": None}, {}, r"must give \(loss, metric, gradients\), not NoneType"),
    ({"loss_and_grads": (1.0, 0.5)}, {}, r"must give \(loss, metric, gradients\), not tuple of 2"),
    ({"loss_and_grads": ("a", 0.5, {})}, {}, "must be one real number of float64, not str"),
    ({"loss_and_grads": (1.0, 0.5, None)}, {}, "must have the parameters' names"),
    ({"loss_and_grads": (1.0, 0.5, {1: 2, "b": 3})}, {}, "must have the parameters' names"),
]


@pytest.mark.parametrize(("answers", "asked", "message"), ODD_ANSWERS)
def test_what_a_model_answers_is_checked_as_well(answers, asked, message):
    with pytest.raises(TachographError, match=message) as caught:
        nptrain.train_step(Odd(**answers), X, Y, **asked)
    assert isinstance(caught.value, ValueError | TypeError)


@pytest.mark.parametrize("gradient", ["numerical", "fast"])
def test_a_loss_that_is_no_number_leaves_the_parameters(gradient):
    model = lstm()
    before = model.get_params()
    compute = {
        "numerical": nptrain.compute_numerical_gradient,
        "fast": nptrain.compute_numerical_gradient_fast,
    }[gradient]

    with pytest.raises(ArgumentTypeError, match="loss_fn gives must be one real number"):
        compute(model, X, Y, lambda outputs, y: "low")
    assert all(np.array_equal(array, before[name]) for name, array in model.get_params().items())


@pytest.mark.parametrize(
    ("asked", "argument"),
    [
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"lr_decay": 2.0}, "lr_decay"),
        ({"lr_decay_every": 0}, "lr_decay_every"),
        ({"clip_norm": 0.0}, "clip_norm"),
        ({"schedule": lambda epoch: None}, "schedule(epoch)"),
        ({"schedule": lambda epoch: "0.1"}, "schedule(epoch)"),
        ({"schedule": lambda epoch: float("nan")}, "schedule(epoch)"),
        ({"schedule": lambda epoch: -0.1}, "schedule(epoch)"),
    ],
)
def test_a_training_names_arguments_as_its_caller_does(asked, argument):
    with pytest.raises(TachographError, match="must be") as caught:
        nptrain.train_model(lstm(), (X, Y), (X, Y), epochs=1, verbose=False, **asked)
    assert caught.value.argument == argument


def test_a_schedule_may_answer_with_an_array_of_no_dimension():
    history = nptrain.train_model(
        lstm(), (X, Y), (X, Y), 2, schedule=lambda epoch: np.array(0.1), verbose=False
    )
    assert history["learning_rates"] == [0.1, 0.1]


def test_an_optimizer_takes_no_gradients_of_other_names_or_shapes():
    for optimizer in (SGD(0.9), nptrain.Adam(), nptrain.AdamW()):
        with pytest.raises(ValueError, match="must have the parameters' names"):
            optimizer.update(params(), {"v": np.ones((2, 2))}, 0.1)
        with pytest.raises(
            ValueError, match=r"must have its parameter's shape \(2, 2\), not \(2,\)"
        ):
            optimizer.update(params(), {"w": np.ones(2)}, 0.1)


@pytest.mark.parametrize(
    ("betas", "message"),
    [
        (0.9, "betas must be a pair of floats, not float"),
        ((0.9,), "betas must be a pair of floats, not 1 of them"),
        ((0.9, "x"), r"betas\[1\] must be a float, not str"),
        ((1.0, 0.9), r"betas\[0\] must be at least 0 and below 1, not 1.0"),
        (None, "betas must be a pair of floats, not NoneType"),
    ],
)
def test_betas_say_what_came(betas, message):
    with pytest.raises(TachographError, match=message):
        nptrain.Adam(betas)


def test_what_has_an_update_of_another_kind_is_no_optimizer():
    with pytest.raises(ArgumentTypeError, match="optimizer must be an optimizer, not dict"):
        nptrain.train_step(lstm(), X, Y, optimizer={})
    with pytest.raises(ArgumentTypeError, match="not the class Adam itself"):
        nptrain.train_step(lstm(), X, Y, optimizer=nptrain.Adam)


def test_no_model_is_told_what_it_lacks():
    class Half:
        def forward(self, X, return_sequences=False):
            return X

    with pytest.raises(ArgumentTypeError, match="not Half, which lacks get_params and set_params"):
        nptrain.train_step(Half(), X, Y)


@pytest.mark.parametrize(
    ("call", "came"),
    [
        (lambda: nptrain.cross_entropy_loss([[0.5, 0.5]], [[1.0, -2.0]]), "there is -2"),
        (lambda: nptrain.cross_entropy_loss([[0.5, 0.5]], [[1.0, np.nan]]), "there is nan"),
        (
            lambda: nptrain.cross_entropy_loss([[3.5, 0.5]], [0], from_logits=False),
            "there is 3.5; with logits, from_logits=True",
        ),
        (lambda: nptrain.train_model(lstm(), (X, Y, Y), (X, Y)), "not tuple of 3"),
        (lambda: nptrain.train_model(lstm(), (X, Y), 3), "not int"),
    ],
)
def test_values_that_cannot_be_are_told(call, came):
    with pytest.raises(InvalidArgumentError, match=came):
        call()
