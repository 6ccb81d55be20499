"""Batches made in processes of their own: the same ones, and no process is left."""

import multiprocessing

import pytest

from tachograph.monitor.train.arguments import TrainArguments

torch = pytest.importorskip("torch")

from tachograph.monitor.train.loaders import batches, windows  # noqa: E402 -- it needs torch

# Workers are forked beside torch's own threads; Python 3.12 and later say so.
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)
GIVEN = {"max_files": 20, "channels": 2, "window_sec": 0.5, "batch_size": 4}


def gathered(workers, epochs=1):
    given = TrainArguments(workers=workers, **GIVEN)
    with batches(windows(given), given, torch.device("cpu")) as (train, val):
        return [[list(train), list(val)] for _ in range(epochs)]


def test_workers_give_the_batches_of_the_process_itself():
    alone, shared = gathered(0)[0], gathered(2)[0]

    for mine, theirs in zip(alone, shared, strict=True):
        for (a, a_labels), (b, b_labels) in zip(mine, theirs, strict=True):
            assert torch.equal(a, b)
            assert torch.equal(a_labels, b_labels)


def test_an_epoch_has_another_order_and_the_same_windows():
    first, second = (torch.cat([x for x, _ in train]) for train, _ in gathered(0, epochs=2))

    assert not torch.equal(first, second)
    assert torch.equal(first.flatten().sort().values, second.flatten().sort().values)


def begin_and_fail(given):
    with batches(windows(given), given, torch.device("cpu")) as (train, _):
        for _ in train:
            assert len(multiprocessing.active_children()) == 2
            raise KeyError


def test_no_worker_is_left_even_after_an_exception():
    given = TrainArguments(workers=2, **GIVEN)
    # The traceback that pytest keeps holds the frame, and with it the iterator of the workers.
    with pytest.raises(KeyError):
        begin_and_fail(given)

    assert multiprocessing.active_children() == []


def test_fewer_synthetic_windows_are_the_first_ones():
    few = windows(TrainArguments(max_files=4))
    all_of_them = windows(TrainArguments())

    assert (len(few), len(all_of_them)) == (4, 640)
    assert (few[3][0] == all_of_them[3][0]).all()
