"""Parameters that a meter leaves out, and those that it refuses because a number would be wrong."""

import pytest

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.monitor import WeightMeter, WeightStatistics

torch = pytest.importorskip("torch")

METERS = pytest.mark.parametrize("meter", [WeightMeter, WeightStatistics])


class OwnDispatch(torch.Tensor):
    """As quantised weights of other packages: it says float32 and holds something else."""

    @staticmethod
    def __new__(cls, held):
        return torch.Tensor._make_wrapper_subclass(cls, held.shape, dtype=torch.float32)

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.detach.default:
            return args[0]
        raise AssertionError(f"{func} on a tensor that is to be left out")


LEFT_OUT = {
    "integer": lambda: torch.ones(3, dtype=torch.int64),
    "boolean": lambda: torch.ones(3, dtype=torch.bool),
    "float8": lambda: torch.ones(3).to(torch.float8_e4m3fn),
    "sparse": lambda: torch.ones(3).to_sparse(),
    "sparse_csr": lambda: torch.eye(3).to_sparse_coo().coalesce(),
    "own_dispatch": lambda: OwnDispatch(torch.ones(3)),
}


@METERS
@pytest.mark.parametrize("kind", LEFT_OUT)
def test_what_has_no_plain_numbers_is_left_out_and_counted(meter, kind):
    odd, plain = LEFT_OUT[kind](), torch.nn.Parameter(torch.full((4,), 2.0))
    made = meter([odd, plain, odd])
    assert made.n_left_out == 1
    if meter is WeightMeter:
        made.before()
        assert made.after()["weight_norm"].item() == 4.0
    else:
        made.mark()
        assert made.read()["weight_mean"] == 2.0


@METERS
def test_a_parameter_on_the_meta_device_is_refused_by_its_place(meter):
    lacking = torch.nn.Linear(2, 3, device="meta")
    given = [torch.ones(1), *lacking.parameters()]
    with pytest.raises(InvalidArgumentError, match=r"parameters\[1\] of shape \(3, 2\).*meta") as e:
        meter(given)
    assert e.value.argument == "parameters"


@METERS
def test_a_parameter_that_goes_to_the_meta_device_later_is_refused_then(meter):
    weights = torch.ones(2, 3)
    made = meter([torch.ones(1, dtype=torch.int8), weights])
    torch.utils.swap_tensors(weights, torch.ones(2, 3, device="meta"))
    with pytest.raises(InvalidArgumentError, match=r"parameters\[1\] of shape \(2, 3\).*meta"):
        made.before() if meter is WeightMeter else made.mark()


@METERS
def test_a_lazy_parameter_is_refused_until_it_has_a_shape(meter):
    model = torch.nn.LazyLinear(3)
    with pytest.raises(InvalidArgumentError, match="run one batch through the model first"):
        meter(model.parameters())
    model(torch.zeros(1, 2))
    assert meter(model.parameters()).n_left_out == 0


@METERS
def test_a_parameter_that_is_spread_over_processes_is_refused(meter, tmp_path):
    distributed = pytest.importorskip("torch.distributed")
    if not distributed.is_available():
        pytest.skip("this PyTorch has no torch.distributed")
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Shard, distribute_tensor

    distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path}/rendezvous", rank=0, world_size=1
    )
    try:
        spread = distribute_tensor(torch.ones(4), init_device_mesh("cpu", (1,)), [Shard(0)])
        with pytest.raises(InvalidArgumentError, match=r"parameters\[0\] is a DTensor"):
            meter([torch.nn.Parameter(spread)])
    finally:
        distributed.destroy_process_group()


@METERS
def test_a_flat_parameter_of_fsdp_is_refused(meter):
    flat = torch.nn.Parameter(torch.ones(4))
    flat._is_flat_param = True  # what FSDP marks it by
    with pytest.raises(InvalidArgumentError, match="this process holds a part of it"):
        meter([flat])


@METERS
@pytest.mark.parametrize(
    ("given", "found"),
    [
        (torch.nn.Linear(1, 1), "Linear"),
        (torch.ones(3), "Tensor"),
        (3, "int"),
        ([1.0], "float"),
        (list(torch.nn.Linear(1, 1).named_parameters()), "tuple"),
        ("weights", "str"),
    ],
    ids=["model", "tensor", "number", "floats", "named", "text"],
)
def test_anything_else_than_tensors_is_refused_with_advice(meter, given, found):
    with pytest.raises(ArgumentTypeError, match=rf"model\.parameters\(\): {found}$") as error:
        meter(given)
    assert error.value.argument == "parameters"
