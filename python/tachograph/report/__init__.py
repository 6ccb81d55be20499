"""A report of runs: one HTML file that needs no network, to zoom, toggle and print.

What stands in it, what its limits are, and what it lets a browser do: docs/report.md.
"""

from tachograph.report.html_file import write_html

__all__ = ["write_html"]
