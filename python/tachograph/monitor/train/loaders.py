"""Batches of windows, made in processes of their own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tachograph._optional import require
from tachograph.exceptions import InvalidArgumentError
from tachograph.monitor.train.arguments import TrainArguments
from tachograph.monitor.train.recordings import Recordings, read_recordings
from tachograph.monitor.train.split import stratified_split
from tachograph.monitor.train.synthetic_data import N_WINDOWS, SyntheticWindows

if TYPE_CHECKING:
    import torch

__all__ = ["batches", "class_count", "windows"]


def windows(arguments: TrainArguments) -> SyntheticWindows | Recordings:
    """The data set that the arguments mean.

    Raises:
        InvalidArgumentError: The recordings are not what they must be.
        LogIOError: They cannot be read.
    """
    n_samples = arguments.window_samples
    if arguments.data_dir is None:
        n_windows = min(N_WINDOWS, arguments.max_files or N_WINDOWS)
        return SyntheticWindows(
            n_windows, arguments.channels, n_samples, arguments.sample_rate, arguments.seed
        )
    shape = (arguments.channels, n_samples)
    return read_recordings(arguments.data_dir, arguments.annotations, shape, arguments.max_files)


def class_count(dataset: SyntheticWindows | Recordings) -> int:
    """Classes from 0 to the highest label, two at least.

    Raises:
        InvalidArgumentError: A label is higher than there are windows: a number, but no class.
    """
    n_classes = max(int(dataset.labels.max()) + 1, 2)
    if n_classes > max(len(dataset), 2):
        message = (
            f"labels must be classes from 0 on; {n_classes - 1} is more than there are windows"
        )
        raise InvalidArgumentError(message, argument="annotations")
    return n_classes


@contextmanager
def batches(
    dataset: SyntheticWindows | Recordings, arguments: TrainArguments, device: torch.device
) -> Iterator[tuple[Any, Any]]:
    """Loaders of the windows that train and of those that validate; their processes end with them.

    Args:
        dataset: The windows.
        arguments: Split, batch size, workers and seed.
        device: Where the batches will go.

    Raises:
        InvalidArgumentError: There are not enough windows for two parts.
        MissingExtraError: torch is not installed.
    """
    torch = require("torch", "torch")
    data = require("torch.utils.data", "torch")
    train, val = stratified_split(np.asarray(dataset.labels), arguments.val_split, arguments.seed)
    order = torch.Generator().manual_seed(arguments.seed)

    def loader(places: Any, *, shuffle: bool) -> Any:
        return data.DataLoader(
            data.Subset(dataset, places.tolist()),
            batch_size=arguments.batch_size,
            shuffle=shuffle,
            generator=order,
            num_workers=arguments.workers,
            worker_init_fn=_leave_interrupts if arguments.workers else None,
            # Workers that stay cost their start once, and not in every epoch.
            persistent_workers=arguments.workers > 0,
            pin_memory=device.type == "cuda",
        )

    loaders = loader(train, shuffle=True), loader(val, shuffle=False)
    try:
        yield loaders
    finally:
        # They would end with the iterator, which the traceback of an exception keeps.
        for made in loaders:
            if made._iterator is not None:  # noqa: SLF001 -- a DataLoader offers no way
                made._iterator._shutdown_workers()  # noqa: SLF001 -- to end its workers


def _leave_interrupts(_worker: int) -> None:
    """Ctrl-C reaches every process of a terminal; the training's own ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
