"""The table of conveniences that reach upward: names of a higher layer, imported on first use.

No other module of a lower layer names a higher one.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

__all__ = ["UPWARD", "reach"]

UPWARD: Final = {
    "comparison_html": "tachograph.notebook",
    "findings": "tachograph.overview.findings",
    "import_csv": "tachograph.importers",
    "import_record": "tachograph.importers",
    "import_tensorboard": "tachograph.importers",
    "import_wandb": "tachograph.importers",
    "plot_training_curves": "tachograph.plots.visualizer",
    "plot_training_history": "tachograph.plots.training_history",
    "write_html": "tachograph.report",
    "progress": "tachograph.terminal",
    "record_html": "tachograph.notebook",
    "watch": "tachograph.notebook",
}


def reach(name: str) -> Any:
    """The object of a higher layer that a convenience stands for.

    Args:
        name: A name of `UPWARD`.
    """
    return getattr(import_module(UPWARD[name]), name)
