"""Figures of runs; needs matplotlib, the extra ``plot``.

`TrainingVisualizer` draws them. matplotlib is imported when the first one is made, and neither its
settings nor its backend nor its list of open figures is touched.
"""

from tachograph.plots.visualizer import TrainingVisualizer

__all__ = ["TrainingVisualizer"]
