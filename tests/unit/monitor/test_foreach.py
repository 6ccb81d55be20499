"""The kernels over lists, under the names that versions of PyTorch have for them."""

import pytest

from tachograph.monitor.foreach import kernel

torch = pytest.importorskip("torch")


@pytest.fixture(params=["as_installed", "before_2_15"])
def version(request, monkeypatch):
    if request.param == "before_2_15":
        monkeypatch.delattr(torch, "foreach", raising=False)
    kernel.cache_clear()
    yield request.param
    kernel.cache_clear()


def test_kernels_do_what_they_are_called(version):
    tensors = [torch.tensor([3.0, 4.0]), torch.tensor(-2.0)]
    assert [norm.item() for norm in kernel("norm")(tensors, ord=2)] == [5.0, 2.0]
    copies = [torch.empty_like(tensor, dtype=torch.float64) for tensor in tensors]
    kernel("copy_")(copies, tensors)
    kernel("sub_")(copies, [torch.tensor([1.0, 1.0]), torch.tensor(1.0)])
    assert [copy.tolist() for copy in copies] == [[2.0, 3.0], -3.0]


def test_a_norm_of_halves_is_summed_in_float32(version):
    (norm,) = kernel("norm")([torch.ones(4).half()], ord=2, dtype=torch.float32)
    assert (norm.item(), norm.dtype) == (2.0, torch.float32)
