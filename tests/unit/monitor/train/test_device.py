"""Devices: what is there, and a clear word about what is not."""

import pytest

from tachograph import InvalidArgumentError

torch = pytest.importorskip("torch")

from tachograph.monitor.train.device import chosen_device  # noqa: E402 -- it needs torch


def test_auto_takes_a_gpu_where_there_is_one():
    expected = "cuda" if torch.cuda.is_available() else "cpu"

    assert chosen_device("auto").type == expected
    assert chosen_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:4096", "cpu:x", "meta"])
def test_a_device_that_is_not_there_is_refused(name):
    with pytest.raises(InvalidArgumentError, match="'auto' takes what is there") as caught:
        chosen_device(name)

    assert caught.value.argument == "device"
    assert "\n" not in str(caught.value)
