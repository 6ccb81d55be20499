"""A progress bar for what takes longer than a moment."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

_PATIENCE_SECS = 1.0
_REDRAW_SECS = 0.1


@contextmanager
def patient_bar(
    what: str, amount: ProgressColumn, *, hidden: bool = False
) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error, on a terminal, once it takes over a second.

    Args:
        what: What is being done.
        amount: The column that says how much is done.
        hidden: Whether it is never to be seen.

    Yields:
        What to call with (done, total); None where there is no terminal.
    """
    console = Console(stderr=True)
    if hidden or not console.is_terminal or console.is_dumb_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    bar = ProgressBar(*columns, console=console, auto_refresh=False, transient=True)
    task = bar.add_task(what, total=None)
    begun = drawn = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - begun >= _PATIENCE_SECS and now - drawn >= _REDRAW_SECS:
            drawn = now
            bar.start()
            bar.update(task, completed=done, total=total)
            bar.refresh()

    try:
        yield show
    finally:
        bar.stop()
