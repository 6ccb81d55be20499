"""Both models against their formulas written out in loops."""

import numpy as np
import recurrence_by_loops as loops
from small_models import MAKERS, batch, scattered


def as_lists(model):
    return {name: array.tolist() for name, array in model.get_params().items()}


def test_lstm_computes_what_its_formulas_say():
    model = scattered(MAKERS["LSTM"]())
    X, _ = batch()

    outputs, h, c = model.forward(X, return_sequences=True, return_state=True)

    for index, sequence in enumerate(X.tolist()):
        expected = loops.lstm(as_lists(model), sequence)
        for ours, theirs in zip((outputs, h, c), expected, strict=True):
            np.testing.assert_allclose(ours[index], theirs, rtol=0, atol=1e-13)


def test_relational_rnn_computes_what_its_formulas_say():
    for sizes in ({}, {"slot_size": 5, "num_heads": 1}):  # with W_input, and without
        model = scattered(MAKERS["RelationalRNN"](**sizes))
        num_heads = sizes.get("num_heads", 2)
        X, _ = batch()
        first = np.eye(3, sizes.get("slot_size", 4)).tolist()

        outputs, h, c, memory = model.forward(X, return_sequences=True, return_state=True)

        for index, sequence in enumerate(X.tolist()):
            expected = loops.relational(as_lists(model), sequence, first, num_heads)
            for ours, theirs in zip((outputs, h, c, memory), expected, strict=True):
                np.testing.assert_allclose(ours[index], theirs, rtol=0, atol=1e-13)
