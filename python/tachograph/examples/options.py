"""The examples' options on the command line, and how they end where something cannot be done."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tachograph._options import whole
from tachograph.examples.session import MODELS
from tachograph.exceptions import TachographError

__all__ = ["base_parser", "parser", "refusing"]

_USAGE_ERROR = 2


def parser(description: str | None, *, epochs: int) -> argparse.ArgumentParser:
    """The options of an example that trains one model."""
    options = base_parser(description, epochs=epochs)
    options.add_argument("--model", choices=sorted(MODELS), default="lstm")
    options.add_argument("--seed", type=whole(0), default=0, help="of data, weights and batches")
    return options


def base_parser(description: str | None, *, epochs: int) -> argparse.ArgumentParser:
    """The options that all examples have."""
    options = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # `--seed` and `--seeds` are two things
    )
    options.add_argument("--dir", type=Path, help="where runs are kept; default $TACHO_DIR or runs")
    options.add_argument("--epochs", type=whole(1), default=epochs, help=f"default {epochs}")
    return options


@contextmanager
def refusing(options: argparse.ArgumentParser) -> Iterator[None]:
    """Ends the program with a line on standard error, and code 2, where the package refuses.

    Recording that is turned off, a place that cannot be written, an extra that is not installed:
    none of them is helped by a traceback.
    """
    try:
        yield
    except TachographError as error:
        options.exit(_USAGE_ERROR, f"{options.prog}: error: {error}\n")
