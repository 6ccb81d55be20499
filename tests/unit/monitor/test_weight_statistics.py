"""Statistics of weights against NumPy on all of them in one float64 array."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph.exceptions import InvalidArgumentError
from tachograph.monitor import WeightStatistics, weight_pieces, weight_statistics

torch = pytest.importorskip("torch")


class ReadsNothing:
    """As where no weight lies in this process's memory."""

    def spread(self, weights):
        return None

    def moved(self, weights, then):
        return None


@pytest.fixture(scope="module", autouse=True, params=["by the core", "by torch"])
def _read(request):
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "by torch":
            patch.setattr(weight_statistics, "WeightBuffers", ReadsNothing)
        yield


DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16]


def vector(tensors):
    return np.concatenate([t.detach().double().numpy().ravel() for t in tensors])


def assert_like_one_array(found, w):
    size = np.abs(w).max()
    # A mean that cancels to nearly nothing has the error of what cancels, in NumPy as here.
    assert found["weight_mean"] == pytest.approx(math.fsum(w) / w.size, rel=1e-9, abs=1e-14 * size)
    exact_mean = math.fsum(w) / w.size
    std = math.sqrt(math.fsum((w - exact_mean) ** 2) / w.size)
    assert found["weight_std"] == pytest.approx(std, rel=1e-9, abs=1e-14 * size)
    assert found["weight_max"] == size


tensors = st.builds(
    lambda shape, scale, offset, seed, dtype: torch.from_numpy(
        np.asarray(np.random.default_rng(seed).standard_normal(shape) * scale + offset)
    ).to(dtype),
    st.lists(st.integers(1, 9), max_size=3).map(tuple),
    st.sampled_from([1e-30, 1e-3, 1.0, 1e4]),
    st.sampled_from([0.0, 1.0, -3e-2, 1e4]),
    st.integers(0, 2**32 - 1),
    st.sampled_from([torch.float32, torch.float32, torch.float64, torch.bfloat16]),
)


@given(st.lists(tensors, min_size=1, max_size=6))
def test_any_parameters_are_as_one_array(parameters):
    statistics = WeightStatistics(parameters)
    assert_like_one_array(statistics.read(), vector(parameters))


@given(st.lists(tensors, min_size=1, max_size=4), st.floats(-0.5, 0.5), st.integers(0, 99))
def test_any_change_is_as_between_two_arrays(parameters, factor, seed):
    statistics = WeightStatistics(parameters)
    statistics.mark()
    then = vector(parameters)
    for tensor in parameters:
        noise = np.random.default_rng(seed).standard_normal(tensor.shape)
        tensor.add_((tensor * factor).double() * torch.from_numpy(np.asarray(noise)))
    now, found = vector(parameters), statistics.read()
    size = max(np.abs(then).max(), np.abs(now).max())
    change = abs(math.fsum(now) - math.fsum(then)) / now.size
    assert found["weight_change"] == pytest.approx(change, rel=1e-9, abs=1e-14 * size)
    expected = np.linalg.norm(now - then) / np.linalg.norm(then)
    assert found["weight_change_l2"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("dtype", DTYPES[:2])
def test_spread_about_a_large_mean_is_kept(dtype):
    # The sum of squares less the square of the sum has no digit of it left.
    parameters = [
        torch.from_numpy(np.random.default_rng(i).standard_normal(200_000) + 1e6).to(dtype)
        for i in range(3)
    ]
    assert_like_one_array(WeightStatistics(parameters).read(), vector(parameters))


@pytest.mark.parametrize("dtype", DTYPES)
def test_pieces_of_a_large_parameter_are_put_together(dtype, monkeypatch):
    monkeypatch.setattr(weight_pieces, "_PIECE", 1000)
    generator = np.random.default_rng(0)
    # Each piece has a mean of its own, so that the spread is mostly between them.
    values = generator.standard_normal(12_345) + np.arange(12_345) // 1000
    parameters = [torch.from_numpy(values).to(dtype), torch.full((7, 3), -2.0, dtype=dtype)]
    statistics = WeightStatistics(parameters)
    statistics.mark()
    then = vector(parameters)
    parameters[0].mul_(1.25)
    now, found = vector(parameters), statistics.read()
    assert_like_one_array(found, now)
    expected = np.linalg.norm(now - then) / np.linalg.norm(then)
    assert found["weight_change_l2"] == pytest.approx(expected, rel=1e-9)


def test_a_parameter_of_more_than_one_real_piece():
    weights = torch.randn(weight_pieces._PIECE + 11, generator=torch.Generator().manual_seed(0))
    found = WeightStatistics([weights]).read()
    w = weights.double().numpy()
    assert found["weight_mean"] == pytest.approx(w.mean(), rel=1e-9)
    assert found["weight_std"] == pytest.approx(w.std(), rel=1e-9)
    assert found["weight_max"] == np.abs(w).max()


@pytest.mark.parametrize("n_rows", [3, 3000])
def test_weights_that_are_no_plain_array_are_read_too(n_rows):
    weights = torch.arange(7.0 * n_rows, dtype=torch.float64).reshape(n_rows, 7)
    plain, turned = WeightStatistics([weights]), WeightStatistics([weights.t()])
    for statistics in (plain, turned):
        statistics.mark()
    weights.square_()

    assert turned.read() == pytest.approx(plain.read(), rel=1e-12)


def test_reading_changes_no_weight():
    parameters = [torch.randn(5, 5, dtype=dtype, requires_grad=True) for dtype in DTYPES]
    then = [p.detach().clone() for p in parameters]
    statistics = WeightStatistics(parameters)
    statistics.mark()
    statistics.read()
    assert all(torch.equal(p, q) for p, q in zip(parameters, then, strict=True))
    assert all(p.grad is None for p in parameters)


def test_largest_is_of_absolute_values():
    found = WeightStatistics([torch.tensor([1.0, -7.0]), torch.tensor(3.0)]).read()
    assert found["weight_max"] == 7.0


def test_every_parameter_counts_once_whatever_its_layout():
    shared = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    frozen = torch.nn.Parameter(shared.t() * 2, requires_grad=False)
    channels_last = torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last)
    found = WeightStatistics([shared, frozen, channels_last, shared]).read()
    assert_like_one_array(found, vector([shared, frozen, channels_last]))


def test_complex_weights_are_their_parts():
    weights = torch.tensor([3.0 + 4.0j, -1.0j])
    statistics = WeightStatistics([weights])
    statistics.mark()
    weights *= 2
    found = statistics.read()
    assert_like_one_array(found, np.array([6.0, 8.0, 0.0, -2.0]))
    assert found["weight_change_l2"] == pytest.approx(1.0, rel=1e-12)


def test_a_change_that_keeps_the_mean_shows_only_in_the_norm():
    weights = torch.tensor([1.0, -1.0, 2.0])
    statistics = WeightStatistics([weights])
    statistics.mark()
    weights.copy_(torch.tensor([-1.0, 1.0, 2.0]))
    found = statistics.read()
    assert found["weight_change"] == 0.0
    assert found["weight_change_l2"] == pytest.approx(math.sqrt(8 / 6), rel=1e-12)


def test_weights_that_stay_have_changed_by_exactly_zero():
    parameters = [torch.randn(1000), torch.randn(33, dtype=torch.float64)]
    statistics = WeightStatistics(parameters)
    statistics.mark()
    found = statistics.read()
    assert found["weight_change"] == 0.0
    assert found["weight_change_l2"] == 0.0


def test_two_epochs_are_each_measured_from_its_own_mark():
    weights = torch.tensor([2.0, 2.0])
    statistics = WeightStatistics([weights])
    statistics.mark()
    weights += 2
    first = statistics.read()
    statistics.mark()
    weights += 1
    second = statistics.read()
    assert (first["weight_change"], first["weight_change_l2"]) == (2.0, 1.0)
    assert (second["weight_change"], second["weight_change_l2"]) == (1.0, 0.25)


def test_weights_that_leave_zero_have_changed_without_bound():
    weights = torch.zeros(3)
    statistics = WeightStatistics([weights])
    statistics.mark()
    assert statistics.read()["weight_change_l2"] == 0.0
    weights += 1
    assert statistics.read()["weight_change_l2"] == math.inf


def test_names_are_there_only_for_what_was_measured():
    weights = [torch.ones(2)]
    three = {"weight_mean", "weight_std", "weight_max"}
    statistics = WeightStatistics(weights)
    assert set(statistics.read()) == three
    statistics.mark()
    assert set(statistics.read()) == three | {"weight_change", "weight_change_l2"}
    without = WeightStatistics(weights, change_l2=False)
    without.mark()
    assert set(without.read()) == three | {"weight_change"}
    assert all(type(value) is float for value in without.read().values())


@pytest.mark.parametrize("parameters", [[], [torch.zeros(0, 4)]], ids=["none", "empty"])
def test_without_weights_there_is_nothing(parameters):
    statistics = WeightStatistics(parameters)
    statistics.mark()
    assert statistics.read() == {}


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_weight_that_is_not_finite_is_not_hidden(bad):
    weights = torch.tensor([1.0, bad])
    found = WeightStatistics([weights, torch.ones(3)]).read()
    assert not math.isfinite(found["weight_mean"])
    assert math.isnan(found["weight_std"])
    assert not math.isfinite(found["weight_max"])


def test_a_conversion_between_mark_and_reading_is_no_change():
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 2).double())
    statistics = WeightStatistics(model.parameters())
    statistics.mark()
    model.double()
    found = statistics.read()
    assert found["weight_change_l2"] == 0.0
    assert_like_one_array(found, vector(model.parameters()))
    statistics.mark()
    model.float()
    assert statistics.read()["weight_change_l2"] < 1e-7


def test_another_shape_since_the_mark_is_refused():
    weights = torch.nn.Parameter(torch.ones(3))
    statistics = WeightStatistics([weights])
    statistics.mark()
    weights.data = torch.ones(4)
    with pytest.raises(InvalidArgumentError, match=r"\(3,\) then, \(4,\) now"):
        statistics.read()
    statistics.mark()
    assert statistics.read()["weight_change_l2"] == 0.0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_the_numbers_are_the_same_and_marking_waits_for_nothing():
    generator = torch.Generator().manual_seed(0)
    parameters = [torch.randn(300, 70, generator=generator).to("cuda", t) for t in DTYPES]
    parameters.append(torch.ones(3))
    statistics = WeightStatistics(parameters)
    torch.cuda.set_sync_debug_mode("error")
    try:
        statistics.mark()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert_like_one_array(statistics.read(), vector([p.cpu() for p in parameters]))
    assert statistics.read()["weight_change_l2"] == 0.0
