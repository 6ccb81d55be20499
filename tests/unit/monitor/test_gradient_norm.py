"""`calculate_gradient_norm`, held against torch's own norm and against exact sums."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tachograph.exceptions import ArgumentTypeError

torch = pytest.importorskip("torch")
from tachograph.monitor import calculate_gradient_norm  # noqa: E402 -- needs torch


def mlp(dtype=torch.float64):
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3)).to(
        dtype
    )


def with_gradients(model, dtype=torch.float64):
    model(torch.randn(4, 5, dtype=dtype)).square().sum().backward()
    return model


def of_torch(model):
    return torch.nn.utils.clip_grad_norm_(model.parameters(), math.inf).item()


def parameter(gradient):
    one = torch.nn.Parameter(torch.zeros_like(gradient))
    one.grad = gradient
    return one


def test_is_torchs_global_norm():
    model = with_gradients(mlp())

    assert calculate_gradient_norm(model) == pytest.approx(of_torch(model), rel=1e-14)


def test_without_gradients_is_zero():
    assert calculate_gradient_norm(mlp()) == 0.0
    assert calculate_gradient_norm([]) == 0.0


def test_takes_parameters_and_generators_each_once():
    model = with_gradients(mlp())
    parameters = list(model.parameters())

    norm = calculate_gradient_norm(model)
    assert calculate_gradient_norm(parameters + parameters) == norm
    assert calculate_gradient_norm(p for p in parameters) == norm


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precisions_are_not_summed_in_halves(dtype):
    # The sum of squares, 1e6, is past the largest float16, and its steps past 2048 are lost.
    gradient = torch.full((1_000_000,), 1.0, dtype=dtype)

    assert calculate_gradient_norm([parameter(gradient)]) == pytest.approx(1000.0, rel=1e-9)


def test_a_sparse_gradient_counts_its_duplicates_added():
    embedding = torch.nn.Embedding(10, 4, sparse=True)
    dense = torch.nn.Embedding(10, 4)
    dense.load_state_dict(embedding.state_dict())
    for table in (embedding, dense):
        table(torch.tensor([1, 2, 2, 2])).square().sum().backward()

    assert embedding.weight.grad.is_sparse
    assert not embedding.weight.grad.is_coalesced()
    assert calculate_gradient_norm(embedding) == pytest.approx(
        dense.weight.grad.double().norm().item(), rel=1e-6
    )
    assert not embedding.weight.grad.is_coalesced()


def test_types_may_mix():
    kinds = [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64]
    parameters = [parameter(torch.full((3,), 2.0, dtype=kind)) for kind in kinds]

    assert calculate_gradient_norm(parameters) == pytest.approx(math.sqrt(60.0), rel=1e-6)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_shows(bad):
    norm = calculate_gradient_norm([parameter(torch.tensor([1.0, bad, 2.0]))])

    assert not math.isfinite(norm)


@pytest.mark.filterwarnings("ignore:Using backward:UserWarning")
def test_graphs_of_second_derivatives_are_not_grown():
    model = mlp()
    model(torch.randn(4, 5, dtype=torch.float64)).square().sum().backward(create_graph=True)
    before = [one.grad.grad_fn for one in model.parameters()]

    calculate_gradient_norm(model)

    assert [one.grad.grad_fn for one in model.parameters()] == before
    model.zero_grad()  # breaks the cycle that create_graph leaves


def test_anything_else_is_refused():
    for wrong in (3, torch.zeros(2), ["weights"]):
        with pytest.raises(ArgumentTypeError, match="model"):
            calculate_gradient_norm(wrong)


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(st.integers(0, 70), min_size=1, max_size=5),
    exponent=st.integers(-30, 30),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_sizes_and_magnitudes(sizes, exponent, seed):
    rng = np.random.default_rng(seed)
    arrays = [(rng.standard_normal(n) * 10.0**exponent).astype(np.float32) for n in sizes]
    expected = math.sqrt(math.fsum(float(x) ** 2 for array in arrays for x in array))

    norm = calculate_gradient_norm([parameter(torch.from_numpy(array)) for array in arrays])

    assert norm == pytest.approx(expected, rel=1e-9)
