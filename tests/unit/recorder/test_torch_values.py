"""Tensors as metrics: one value on the CPU is a number, everything else says what it is not."""

import numpy as np
import pytest

from tachograph import TrainingRecorder
from tachograph.exceptions import UnsupportedValueError

torch = pytest.importorskip("torch")


@pytest.fixture
def memory():
    with TrainingRecorder("tensors", dir=None, capture_environment=False) as recorder:
        yield recorder


def history(recorder, name):
    column = recorder._reader().column("steps", 1, name)
    assert column is not None
    return column[1].tolist()


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (torch.tensor(1.5), 1.5),
        (torch.tensor(1.5, requires_grad=True), 1.5),
        (torch.tensor(0.1, dtype=torch.float64), 0.1),
        (torch.tensor(1.25, dtype=torch.bfloat16), 1.25),
        (torch.tensor(3), 3),
        (torch.tensor(True), 1),
    ],
)
def test_a_tensor_of_one_value_is_a_number(memory, tensor, expected):
    memory.log_step(0, {"x": tensor})
    memory.log_step(1, x=tensor)

    assert history(memory, "x") == [expected, expected]


def test_a_tensor_of_several_values_is_refused_by_name(memory):
    with pytest.raises(UnsupportedValueError, match='"weights"'):
        memory.log_step(0, {"weights": torch.zeros(3)})


def test_a_tensor_elsewhere_is_refused_rather_than_waited_for(memory):
    with pytest.raises(UnsupportedValueError, match="meta"):
        memory.log_step(0, {"x": torch.zeros((), device="meta")})


def test_whole_tensors_are_recorded_at_once(memory):
    memory.log_steps(torch.arange(5), {"loss": torch.linspace(0, 1, 5, requires_grad=True)})

    expected = np.linspace(0, 1, 5, dtype=np.float32).astype(np.float64).tolist()
    assert history(memory, "loss") == expected


def test_an_epoch_keeps_tensors_as_arrays(memory):
    memory.log_epoch(0, torch.tensor(2.0), val_metrics={"confusion": torch.eye(2)})

    kept = memory.epochs[0].val_metrics["confusion"]
    np.testing.assert_array_equal(kept, np.eye(2, dtype=np.float32))
    assert kept.dtype == np.float32


@pytest.mark.parametrize("in_memory", [False, True])
def test_a_state_goes_through_a_checkpoint_file(make_recorder, tmp_path, in_memory):
    recorder = make_recorder("name", **({"dir": None} if in_memory else {}))
    recorder.log_step(0, loss=1.0)
    torch.save({"recorder": recorder.state_dict()}, tmp_path / "checkpoint.pt")

    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["recorder"]

    assert state == recorder.state_dict()
