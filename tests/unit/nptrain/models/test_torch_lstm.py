"""The LSTM against torch's, with the same weights."""

import numpy as np
import pytest
from small_models import LSTM_NAMES

from tachograph.nptrain.models import LSTM

torch = pytest.importorskip("torch")

TORCH_GATES = "ifco"  # torch's rows: input, forget, cell (its g), output


def torch_twin(model, input_size, hidden_size, output_size):
    params = model.get_params()
    layer = torch.nn.LSTM(input_size, hidden_size, batch_first=True, dtype=torch.float64)
    linear = torch.nn.Linear(hidden_size, output_size, dtype=torch.float64)

    def rows(kind):
        return torch.from_numpy(np.concatenate([params[f"{kind}_{g}"] for g in TORCH_GATES]))

    with torch.no_grad():
        layer.weight_ih_l0.copy_(rows("W"))
        layer.weight_hh_l0.copy_(rows("U"))
        layer.bias_ih_l0.copy_(rows("b")[:, 0])
        layer.bias_hh_l0.zero_()
        linear.weight.copy_(torch.from_numpy(params["W_out"]))
        linear.bias.copy_(torch.from_numpy(params["b_out"][:, 0]))
    return layer, linear


def named(layer, linear):
    """Torch's gradients under our names."""
    parts = {"W": layer.weight_ih_l0.grad, "U": layer.weight_hh_l0.grad}
    parts["b"] = layer.bias_ih_l0.grad[:, None]
    gradients = {"W_out": linear.weight.grad.numpy(), "b_out": linear.bias.grad[:, None].numpy()}
    for kind, stacked in parts.items():
        four = stacked.numpy().reshape(4, -1, stacked.shape[1])
        for gate, rows in zip(TORCH_GATES, four, strict=True):
            gradients[f"{kind}_{gate}"] = rows
    return gradients


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize(
    "sizes", [(3, 5, 2, 6, 7), (28, 32, 10, 16, 28), (4, 8, 3, 8, 1), (2, 4, 2, 1, 50)], ids=str
)
def test_outputs_state_and_gradients_are_torchs(task, sizes):
    input_size, hidden_size, output_size, n_samples, n_steps = sizes
    rng = np.random.default_rng(3)
    model = LSTM(input_size, hidden_size, output_size, rng=4)
    layer, linear = torch_twin(model, input_size, hidden_size, output_size)
    X = rng.standard_normal((n_samples, n_steps, input_size))
    classes = rng.integers(0, output_size, n_samples)
    numbers = rng.standard_normal((n_samples, output_size))

    hiddens, (h, c) = layer(torch.from_numpy(X))
    outputs = linear(hiddens)
    if task == "classification":
        y = classes
        loss = torch.nn.functional.cross_entropy(outputs[:, -1], torch.from_numpy(classes))
    else:
        y = numbers
        loss = torch.nn.functional.mse_loss(outputs[:, -1], torch.from_numpy(numbers))
    loss.backward()

    ours = model.forward(X, return_sequences=True, return_state=True)
    for own, theirs in zip(ours, (outputs, h[0], c[0]), strict=True):
        np.testing.assert_allclose(own, theirs.detach().numpy(), rtol=0, atol=1e-13)
    own_loss, _, gradients = model.loss_and_grads(X, y, task)
    assert own_loss == pytest.approx(loss.item(), rel=1e-13)
    expected = named(layer, linear)
    assert sorted(expected) == sorted([*LSTM_NAMES, "W_out", "b_out"])
    for name, theirs in expected.items():
        np.testing.assert_allclose(gradients[name], theirs, rtol=0, atol=1e-13, err_msg=name)


def test_attention_is_torchs():
    from tachograph.nptrain.models import create_causal_mask, scaled_dot_product_attention

    rng = np.random.default_rng(5)
    Q, K, V = (rng.standard_normal((2, 3, 6, 4)) for _ in range(3))
    theirs = torch.nn.functional.scaled_dot_product_attention(
        *(torch.from_numpy(array) for array in (Q, K, V)), is_causal=True
    )

    found, _ = scaled_dot_product_attention(Q, K, V, create_causal_mask(6))

    np.testing.assert_allclose(found, theirs.numpy(), rtol=0, atol=1e-14)


def test_several_heads_are_torchs():
    from tachograph.nptrain.models import multi_head_attention

    rng = np.random.default_rng(6)
    W_q, W_k, W_v, W_o = weights = rng.standard_normal((4, 6, 6))
    Q, K, V = rng.standard_normal((3, 2, 5, 6))
    layer = torch.nn.MultiheadAttention(6, 3, bias=False, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        rows = np.concatenate([weight.T for weight in weights[:3]])
        layer.in_proj_weight.copy_(torch.from_numpy(rows))
        layer.out_proj.weight.copy_(torch.from_numpy(W_o.T))
        tensors = (torch.from_numpy(array) for array in (Q, K, V))
        expected = layer(*tensors, average_attn_weights=False)

    ours = multi_head_attention(Q, K, V, num_heads=3, W_q=W_q, W_k=W_k, W_v=W_v, W_o=W_o)

    for own, theirs in zip(ours, expected, strict=True):
        np.testing.assert_allclose(own, theirs.numpy(), rtol=0, atol=1e-13)
