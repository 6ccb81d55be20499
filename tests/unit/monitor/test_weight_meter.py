"""What a step of the optimiser does to the weights, against NumPy in float64."""

import numpy as np
import pytest

from tachograph.monitor import WeightMeter

torch = pytest.importorskip("torch")


def vector(tensors):
    """All weights as one float64 array."""
    parts = [torch.view_as_real(t) if t.is_complex() else t for t in tensors]
    return np.concatenate([t.detach().double().numpy().ravel() for t in parts])


def measured(parameters, optimizer):
    """A step as the meter sees it, and as two copies of all weights tell it."""
    meter = WeightMeter(parameters)
    then = vector(parameters)
    meter.before()
    optimizer.step()
    found = meter.after()
    now = vector(parameters)
    norm, update = np.linalg.norm(now), np.linalg.norm(now - then)
    expected = {"weight_norm": norm, "update_norm": update, "update_ratio": update / norm}
    return found, expected


def with_gradients(parameters, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for parameter in parameters:
        parameter.grad = torch.randn(parameter.shape, generator=generator).to(parameter.dtype)
    return parameters


def parameter(*shape, dtype=torch.float32, scale=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.Parameter((torch.randn(shape, generator=generator) * scale).to(dtype))


@pytest.mark.parametrize(
    "make",
    [
        lambda ps: torch.optim.SGD(ps, lr=0.1),
        lambda ps: torch.optim.SGD(ps, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
        lambda ps: torch.optim.AdamW(ps, lr=1e-3),
        lambda ps: torch.optim.AdamW(ps, lr=1e-3, foreach=False),
        lambda ps: torch.optim.RMSprop(ps, lr=1e-2),
    ],
    ids=["sgd", "nesterov", "adamw", "adamw_single", "rmsprop"],
)
def test_update_of_any_optimiser_is_the_difference_of_the_weights(make):
    parameters = with_gradients([parameter(40, 30), parameter(30), parameter(3, 4, 5, 6)])
    found, expected = measured(parameters, make(parameters))
    for name, value in expected.items():
        assert found[name].item() == pytest.approx(value, rel=1e-6), name


def test_update_far_below_the_weights_is_not_lost():
    parameters = with_gradients([parameter(100, 100, scale=1e3)])
    found, expected = measured(parameters, torch.optim.SGD(parameters, lr=1e-2))
    assert expected["update_ratio"] < 1e-4
    assert found["update_norm"].item() == pytest.approx(expected["update_norm"], rel=1e-6)


def test_many_weights_do_not_swallow_one_another():
    # Added up in float32 one by one, the squares of ten million ones stop growing.
    weights = torch.nn.Parameter(torch.full((10_000_000,), 1.1))
    weights.grad = torch.ones_like(weights)
    found, expected = measured([weights], torch.optim.SGD([weights], lr=0.1))
    for name, value in expected.items():
        assert found[name].item() == pytest.approx(value, rel=1e-6), name


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precisions_are_accumulated_in_float32(dtype):
    # The norm is beyond what float16 holds; an update within a weight's last digits counts.
    parameters = with_gradients([parameter(70_000, dtype=dtype, scale=1e3), parameter(3, 3)])
    found, expected = measured(parameters, torch.optim.SGD(parameters, lr=1.0))
    assert expected["weight_norm"] > 65504
    assert {value.dtype for value in found.values()} == {torch.float32}
    for name, value in expected.items():
        assert found[name].item() == pytest.approx(value, rel=1e-6), name


def test_types_mix_and_float64_keeps_its_digits():
    parameters = with_gradients(
        [
            parameter(7, dtype=torch.float64),
            parameter(50, 3),
            parameter(9, dtype=torch.complex64),
            parameter(4, dtype=torch.bfloat16),
        ]
    )
    found, expected = measured(parameters, torch.optim.SGD(parameters, lr=0.1))
    for name, value in expected.items():
        assert found[name].dtype == torch.float64
        assert found[name].item() == pytest.approx(value, rel=1e-6), name
    only = with_gradients([parameter(70, dtype=torch.float64)])
    found, expected = measured(only, torch.optim.SGD(only, lr=0.1))
    assert found["weight_norm"].item() == pytest.approx(expected["weight_norm"], rel=1e-14)


def test_other_memory_layouts_are_the_same_weights():
    weights = parameter(8, 6, 5, 5)
    strided = torch.nn.Parameter(weights.detach().to(memory_format=torch.channels_last))
    turned = torch.nn.Parameter(parameter(300, 200).detach().t())
    parameters = with_gradients([strided, turned])
    found, expected = measured(parameters, torch.optim.SGD(parameters, lr=0.1))
    for name, value in expected.items():
        assert found[name].item() == pytest.approx(value, rel=1e-6), name


def test_a_shared_parameter_counts_once_and_a_frozen_one_counts():
    shared, frozen = with_gradients([parameter(20), parameter(20, seed=1)])
    frozen.requires_grad_(False)
    frozen.grad = None
    found = WeightMeter([shared, frozen, shared])
    found.before()
    norm = found.after()["weight_norm"].item()
    assert norm == pytest.approx(np.linalg.norm(vector([shared, frozen])), rel=1e-6)


def test_weights_that_do_not_move_have_moved_by_zero():
    for weights in (parameter(5), torch.nn.Parameter(torch.zeros(5))):
        meter = WeightMeter([weights])
        meter.before()
        found = meter.after()
        assert found["update_norm"].item() == 0.0
        assert found["update_ratio"].item() == 0.0


def test_a_weight_that_is_nan_shows_in_every_figure():
    weights = parameter(5)
    meter = WeightMeter([weights])
    meter.before()
    with torch.no_grad():
        weights[2] = float("nan")
    assert all(torch.isnan(value) for value in meter.after().values())


def test_without_before_only_the_weights_are_known():
    weights = parameter(5)
    meter = WeightMeter([weights])
    assert set(meter.after()) == {"weight_norm"}
    meter.before()
    assert len(meter.after()) == 3
    assert set(meter.after()) == {"weight_norm"}, "the copy is let go"


def test_a_conversion_within_the_step_makes_no_update():
    model = torch.nn.Linear(3, 2)
    meter = WeightMeter(model.parameters())
    meter.before()
    model.double()
    assert set(meter.after()) == {"weight_norm"}
    meter.before()
    assert meter.after()["update_norm"].dtype == torch.float64


def test_without_weights_there_is_nothing():
    for parameters in ([], [torch.nn.Parameter(torch.zeros(0, 3))]):
        meter = WeightMeter(parameters)
        meter.before()
        assert meter.after() == {}


def test_results_are_single_values_that_remember_no_graph():
    parameters = with_gradients([parameter(5), parameter(2, 2)])
    found, _ = measured(parameters, torch.optim.SGD(parameters, lr=0.1))
    assert list(found) == ["weight_norm", "update_norm", "update_ratio"]
    for value in found.values():
        assert value.shape == ()
        assert not value.requires_grad
        assert value.device == parameters[0].device


def test_training_is_the_same_with_the_meter_and_without():
    def trained(measure):
        torch.manual_seed(3)
        model = torch.nn.Sequential(
            torch.nn.Linear(4, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 2)
        )
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        meter = WeightMeter(model.parameters())
        for _ in range(20):
            optimizer.zero_grad()
            model(torch.randn(16, 4)).square().mean().backward()
            if measure:
                meter.before()
            optimizer.step()
            if measure:
                meter.after()
        return [*model.parameters(), torch.get_rng_state()]

    for with_meter, without in zip(trained(True), trained(False), strict=True):
        assert torch.equal(with_meter, without)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_nobody_waits_for_the_device():
    parameters = [
        torch.nn.Parameter(torch.randn(64, 64, device="cuda", dtype=dtype))
        for dtype in (torch.float32, torch.bfloat16)
    ]
    meter = WeightMeter([*parameters, torch.nn.Parameter(torch.ones(3))])
    try:
        torch.cuda.set_sync_debug_mode("error")
        meter.before()
        with torch.no_grad():
            for weights in parameters:
                weights.add_(1)
        found = meter.after()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert {value.device.type for value in found.values()} == {"cuda"}
    # The bfloat16 weights round their step; the float32 ones move by one each.
    assert found["update_norm"].item() == pytest.approx(np.sqrt(2 * 64 * 64), rel=1e-2)
