"""Threads of torch: what the workers leave, and afterwards as before."""

import pytest

torch = pytest.importorskip("torch")

from tachograph.monitor.train import threads  # noqa: E402 -- it needs torch


@pytest.fixture(autouse=True)
def four_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("processors", "workers", "expected"),
    [(16, 2, 4), (4, 2, 2), (2, 2, 1), (2, 9, 1), (4, 0, 4), (1, 0, 1)],
)
def test_torch_has_what_the_workers_leave(monkeypatch, processors, workers, expected):
    monkeypatch.setattr(threads, "_processors", lambda: processors)

    with threads.threads_beside(workers) as left:
        assert left == torch.get_num_threads() == expected
    assert torch.get_num_threads() == 4


def test_an_exception_gives_them_back():
    with pytest.raises(KeyError), threads.threads_beside(1_000_000):
        raise KeyError
    assert torch.get_num_threads() == 4
