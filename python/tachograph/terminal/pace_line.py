"""Where a run stands, as one line that fits."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from tachograph.overview.glance import Glance
from tachograph.overview.wording import counted_of, duration, number, pace, printable

__all__ = ["characters_of", "pace_line", "plain_line", "values_line"]

_GAP = "  "
_FEWEST_BAR_CHARS = 8
_MOST_BAR_CHARS = 40
_NAME_CHARS = 24
# What floats lack: 57 of 100 is 56.99999999999999 %.
_ROUNDING = 1e-9
_NAME_MIN_WIDTH = 90
_BAR = ("━", "─")
_BAR_ASCII = ("#", "-")


def characters_of(encoding: str | None) -> tuple[str, str]:
    """What the done and the open part of a bar are made of, in this encoding."""
    try:
        "".join(_BAR).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return _BAR_ASCII
    return _BAR


def pace_line(glance: Glance, width: int, *, name: str = "", bar: tuple[str, str] = _BAR) -> Text:
    """Name, bar, steps, pace and what is left; what does not fit is left out, the name first.

    Args:
        glance: The run.
        width: Characters that there are.
        name: The experiment's name, as it was given.
        bar: What the done and the open part are made of.
    """
    share = glance.share
    pieces = [piece for piece in (_count(glance), _percent(share), _pace(glance)) if piece]
    left = _left(glance)
    line = Text(no_wrap=True, overflow="ellipsis")
    if name and width >= _NAME_MIN_WIDTH:
        line.append(printable(name, max_chars=_NAME_CHARS) + _GAP, style="bold")
    rest = _GAP.join([*pieces, left] if left else pieces)
    room = width - cell_len(line.plain) - cell_len(rest) - len(_GAP)
    if share is not None and room >= _FEWEST_BAR_CHARS:
        _append_bar(line, share, min(room, _MOST_BAR_CHARS), bar)
        line.append(_GAP)
    line.append(_GAP.join(pieces))
    if left:
        line.append((_GAP if pieces else "") + left, style="cyan")
    return line


def values_line(glance: Glance, metrics: list[str] | None = None) -> Text:
    """The last values of the metrics, in a line; cut where it does not fit.

    Args:
        glance: The run.
        metrics: Which, in this order; None for all.
    """
    line = Text("  ", no_wrap=True, overflow="ellipsis")
    for name, value in _shown(glance, metrics).items():
        line.append(f"{printable(name)} ", style="dim")
        line.append(f"{number(value)}  ")
    return line


def plain_line(glance: Glance, *, name: str = "", metrics: list[str] | None = None) -> str:
    """All of it as one line of plain text."""
    values = [f"{printable(key)} {number(value)}" for key, value in _shown(glance, metrics).items()]
    parts = [_count(glance), _percent(glance.share), _pace(glance), _left(glance), *values]
    return f"{printable(name)}: " + ", ".join(part for part in parts if part)


def _shown(glance: Glance, metrics: list[str] | None) -> dict[str, float | int]:
    known = {**glance.epoch_values, **glance.values}
    if metrics is not None:
        return {name: known[name] for name in metrics if name in known}
    return dict(glance.values) or dict(glance.epoch_values)


def _count(glance: Glance) -> str:
    if glance.step is not None:
        return counted_of("step", glance.step, glance.totals.steps)
    if glance.epoch is not None:
        return counted_of("epoch", glance.epoch, glance.totals.epochs)
    return "nothing logged yet"


def _percent(share: float | None) -> str:
    # Rounded down: 100 % is for what is done.
    return "" if share is None else f"{int(share * 100 + _ROUNDING)} %"


def _pace(glance: Glance) -> str:
    return "" if glance.steps_per_sec is None else pace(glance.steps_per_sec)


def _left(glance: Glance) -> str:
    secs = glance.remaining_secs
    return "" if secs is None or glance.share == 1 else f"{duration(secs)} left"


def _append_bar(line: Text, share: float, n_chars: int, bar: tuple[str, str]) -> None:
    done = int(share * n_chars)
    line.append(bar[0] * done, style="green" if share == 1 else "magenta")
    line.append(bar[1] * (n_chars - done), style="dim")
