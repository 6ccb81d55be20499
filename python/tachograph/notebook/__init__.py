"""What a notebook shows: runs and comparisons as small tables with a curve, and a live figure.

Plain HTML and SVG with styles of their own, so that a page keeps its looks wherever it is shown;
nothing in it runs. Names and values from a log are text.
"""

from tachograph.notebook.comparison_html import comparison_html
from tachograph.notebook.record_html import record_html
from tachograph.notebook.watching import watch

__all__ = ["comparison_html", "record_html", "watch"]
