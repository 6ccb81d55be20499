"""The figure of a history of lists, in the default look."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tachograph._optional import require

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_training_history"]

_SIZE = (15.0, 10.0)


def plot_training_history(
    lists: Mapping[str, NDArray[np.float64]], save_path: str | os.PathLike[str] | None = None
) -> Figure:
    """Draws lists with an element for each epoch; what `nptrain.plot_training_curves` calls.

    Args:
        lists: As `ListedEpochs` takes them.
        save_path: Where to write the figure too; folders are made.

    Raises:
        MissingExtraError: matplotlib is not installed.
        InvalidArgumentError: `save_path` ends in no format that can be written.
        LogIOError: It cannot be written.
    """
    require("matplotlib", "plot")
    from tachograph.plots.canvas import save_figure
    from tachograph.plots.figures.training_history import draw_training_history
    from tachograph.plots.listed_epochs import ListedEpochs
    from tachograph.plots.theme import theme_of

    figure = draw_training_history(ListedEpochs(lists), theme_of("seaborn-v0_8", "Set2"), _SIZE)
    if save_path is not None:
        save_figure(figure, save_path)
    return figure
