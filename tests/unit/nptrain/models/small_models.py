"""Models small enough for the slow judges, with batches that suit them."""

import numpy as np

from tachograph.nptrain.models import LSTM, RelationalRNN

INPUT_SIZE, HIDDEN_SIZE, OUTPUT_SIZE = 3, 5, 2

MAKERS = {
    "LSTM": lambda rng=0, **sizes: LSTM(**_sizes(sizes), rng=rng),
    "RelationalRNN": lambda rng=0, **sizes: RelationalRNN(
        **_sizes({"num_slots": 3, "slot_size": 4, "num_heads": 2} | sizes), rng=rng
    ),
}
LSTM_NAMES = [f"{kind}_{gate}" for gate in "fico" for kind in "WUb"]
MEMORY_NAMES = [
    *("W_q", "W_k", "W_v", "W_o_attn", "W_input", "b_input"),
    *("W_gate", "b_gate", "W_update", "b_update"),
    *("W_memory_read", "b_memory_read", "W_combine", "b_combine"),
]


def batch(n_samples=6, n_steps=7, *, task="classification", seed=1, input_size=INPUT_SIZE):
    """Inputs, and targets of the task."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_steps, input_size))
    if task == "classification":
        return X, rng.integers(0, OUTPUT_SIZE, n_samples)
    return X, rng.standard_normal((n_samples, OUTPUT_SIZE))


def scattered(model, *, scale=0.6, seed=2):
    """The model with every parameter moved at random, biases too: none is a special value."""
    rng = np.random.default_rng(seed)
    moved = {
        name: array + scale * rng.standard_normal(array.shape)
        for name, array in model.get_params().items()
    }
    model.set_params(moved)
    return model


def _sizes(sizes):
    given = {"input_size": INPUT_SIZE, "hidden_size": HIDDEN_SIZE, "output_size": OUTPUT_SIZE}
    return given | sizes
