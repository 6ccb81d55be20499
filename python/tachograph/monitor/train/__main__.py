"""The training command: ``python -m tachograph.monitor.train``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tachograph.exceptions import TachographError
from tachograph.monitor.metric_text import print_metrics
from tachograph.monitor.train.arguments import parse

if TYPE_CHECKING:
    from tachograph.monitor.train.loop import Training

__all__ = ["main"]

_USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains as the command line says.

    Args:
        arguments: The words of the command line; None for those of the process.

    Returns:
        The exit status: 0, or 130 after Ctrl-C. What cannot be done ends the program with a line
        on standard error and status 2.
    """
    given, parser = parse(arguments)
    status = 0
    try:
        # Only here, so that `--help` and what is wrong with the arguments need no torch.
        from tachograph.monitor.train.loop import Training

        training = Training(given)
        try:
            training.run(_show)
        except KeyboardInterrupt:
            sys.stderr.write(f"\ninterrupted after {len(training.history['train'])} epochs\n")
            status = 128 + signal.SIGINT
    except (TachographError, OSError) as error:
        # Of a worker's error the traceback comes with it, and the reason last.
        reason = (str(error).splitlines() or [type(error).__name__])[-1]
        parser.exit(_USAGE_ERROR, f"{parser.prog}: error: {reason}\n")
    _say_where(training)
    return status


def _show(headline: str, metrics: Mapping[str, Any]) -> None:
    print_metrics(headline, metrics)
    sys.stdout.flush()  # a pipe would keep an epoch back until the next ones fill its buffer


def _say_where(training: Training) -> None:
    """Where everything is."""
    best = training.best
    if best is not None and best.epoch is not None:
        _say(f"\nbest epoch {best.epoch}, validation accuracy {best.val_acc:.4f}: {best.path}")
        if training.history_path is not None:
            _say(f"history: {training.history_path}")
    if training.run_dir is not None:
        _say(f"run: {training.run_dir}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
