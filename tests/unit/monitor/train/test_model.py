"""The transformer: shapes, padding, patches, positions, and that it can learn."""

import math

import pytest

from tachograph import InvalidArgumentError

torch = pytest.importorskip("torch")

from tachograph.monitor.train.model import (  # noqa: E402 -- it needs torch
    CriticalityTransformer,
    sinusoidal_positions,
)


def small(**changed):
    torch.manual_seed(0)
    sizes = {"channels": 3, "patch_size": 8, "d_model": 16, "nhead": 2, "num_layers": 2}
    return CriticalityTransformer(**{**sizes, "dim_feedforward": 32, **changed}).eval()


@pytest.mark.parametrize("n_samples", [1, 7, 8, 9, 64, 1280, 1283])
def test_any_length_gives_scores_of_the_classes(n_samples):
    scores = small(num_classes=4)(torch.randn(5, 3, n_samples))

    assert scores.shape == (5, 4)
    assert scores.isfinite().all()


def test_a_patch_is_flattened_over_the_channels():
    windows = torch.arange(2 * 3 * 16.0).reshape(2, 3, 16)
    patches = small().patches(windows)

    assert patches.shape == (2, 2, 24)
    for b in range(2):
        for p in range(2):
            expected = windows[b, :, 8 * p : 8 * p + 8].reshape(-1)
            torch.testing.assert_close(patches[b, p], expected)


def test_the_end_is_padded_with_zeros_and_the_beginning_not():
    windows = torch.randn(2, 3, 13)
    padded = torch.cat([windows, torch.zeros(2, 3, 3)], dim=2)
    model = small()

    assert torch.equal(model.patches(windows), model.patches(padded))
    assert torch.equal(model(windows), model(padded))


def test_positions_are_those_of_the_paper():
    table = sinusoidal_positions(7, 6)

    for p in range(7):
        for i in range(3):
            angle = p / 10_000 ** (2 * i / 6)
            assert table[p, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-6)
            assert table[p, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-6)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_positions_have_any_width(width):
    assert sinusoidal_positions(4, width).shape == (4, width)


def test_the_order_of_patches_matters():
    windows = torch.randn(1, 3, 16)
    model = small()

    assert not torch.allclose(model(windows), model(windows.roll(8, dims=2)), atol=1e-4)


def test_it_normalises_before_each_part():
    assert all(layer.norm_first for layer in small().encoder.layers)


def test_every_parameter_gets_a_gradient():
    model = small()
    torch.nn.functional.cross_entropy(
        model(torch.randn(4, 3, 20)), torch.tensor([0, 1, 1, 0])
    ).backward()

    missing = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    # The bias of the keys changes no attention: softmax takes no notice of it.
    assert missing == []


def test_half_precision_stays_half():
    model = small().to(torch.bfloat16)

    assert model(torch.randn(2, 3, 16, dtype=torch.bfloat16)).dtype == torch.bfloat16


@pytest.mark.parametrize("shape", [(3, 8), (2, 4, 8), (2, 3, 0), (2, 3, 8, 1)])
def test_a_window_of_another_shape_is_refused(shape):
    with pytest.raises(InvalidArgumentError, match=r"windows must be \[batch, 3, time\]"):
        small()(torch.zeros(shape))


@pytest.mark.parametrize(
    ("sizes", "argument"),
    [({"nhead": 3}, "nhead"), ({"channels": 0}, "channels"), ({"num_layers": 0}, "num_layers")],
)
def test_sizes_that_do_not_fit_are_refused(sizes, argument):
    with pytest.raises(InvalidArgumentError) as caught:
        small(**sizes)

    assert caught.value.argument == argument
