"""A small training to look at: ``python -m tachograph.monitor.demonstration``.

Runs the training command on synthetic windows, with a history, in a process of its own, and ends
with that process's exit status. Arguments go to the training, after the demonstration's own::

    python -m tachograph.monitor.demonstration --epochs 1
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

__all__ = ["main"]

# A minute on a small machine, workers included.
_SMALL: Final = (
    *("--epochs", "3", "--batch-size", "8"),
    *("--d-model", "64", "--nhead", "2", "--num-layers", "2"),
    "--save-history",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains.

    Args:
        arguments: More words for the training command; None for those of the process.

    Returns:
        The training's exit status; 128 and its number where a signal ended it.
    """
    words = [*_SMALL, *(sys.argv[1:] if arguments is None else arguments)]
    command = ["python", "-m", "tachograph.monitor.train", *words]
    _say(" ".join(command))
    status = _status([sys.executable, *command[1:]])
    if status == 0:
        _say("Next: tacho visualize")
    return status


def _status(command: list[str]) -> int:
    asked = 0
    with subprocess.Popen(command) as training:  # noqa: S603 -- this Python and our own module
        while True:
            try:
                status = training.wait()
            except KeyboardInterrupt:
                # A terminal's Ctrl-C reaches the training, too, which ends by itself.
                asked += 1
                if asked > 1:
                    training.terminate()
            else:
                return status if status >= 0 else 128 - status


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()  # before what the training says


if __name__ == "__main__":
    sys.exit(main())
