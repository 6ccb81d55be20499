"""What is drawn on a terminal while a training runs: a bar, a table of epochs, a live view.

It is read from the log, never from the training: see `tachograph.overview`.
"""

from tachograph.terminal.live_view import follow_on_terminal
from tachograph.terminal.progress import Progress, progress

__all__ = ["Progress", "follow_on_terminal", "progress"]
