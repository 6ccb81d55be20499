"""Where the rows of one table lie on the axis of the other, by their places in the log."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["epochs_of_steps", "steps_of_epochs"]


def steps_of_epochs(
    epoch_places: NDArray[np.int64], step_places: NDArray[np.int64], steps: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The label of the last step before each epoch; of the first step where none came before.

    Args:
        epoch_places: Place in the log of each epoch, ascending.
        step_places: Place in the log of each step, ascending, at least one.
        steps: Label of each step.
    """
    before = np.searchsorted(step_places, epoch_places)
    return steps[np.maximum(before - 1, 0)]


def epochs_of_steps(
    step_places: NDArray[np.int64], epoch_places: NDArray[np.int64], epochs: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Epochs and fractions of each step: the last step before an epoch stands at its label.

    Steps after the last epoch go on at the pace of that epoch, and stay within the next one.

    Args:
        step_places: Place in the log of each step, ascending.
        epoch_places: Place in the log of each epoch, ascending, at least one.
        epochs: Label of each epoch.
    """
    done = np.searchsorted(epoch_places, step_places)  # epochs that were logged before the step
    counts = np.bincount(done, minlength=len(epochs) + 1)
    counts[-1] = max(counts[-1], counts[-2])
    ends = np.append(epochs.astype(np.float64), float(epochs[-1]) + 1)
    begins = np.append(ends[0] - 1, ends[:-1])
    begins = np.where(begins < ends, begins, ends - 1)  # labels that go back begin anew
    firsts = np.searchsorted(done, np.arange(len(ends)))
    ranks = np.arange(1, len(done) + 1) - firsts[done]
    fractions = ranks / counts[done]
    places: NDArray[np.float64] = ends[done] - (ends - begins)[done] * (1 - fractions)
    return places
