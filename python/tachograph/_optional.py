"""Optional packages: imported when first needed, with a message that says what to install."""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType
from typing import Final

from tachograph.exceptions import MissingExtraError

__all__ = ["require"]

_LEAST: Final = {"torch": (2, 6)}
"""Releases before which a package works, and we with it do not, as its extra says. Earlier torch
calls neither all hooks of optimizers nor the functions that a monitor watches."""

_fit: Final[set[str]] = set()


def require(module: str, extra: str) -> ModuleType:
    """Imports an optional module.

    Args:
        module: The module's full name, for example ``"matplotlib.pyplot"``.
        extra: The extra of this package that installs it, for example ``"plot"``.

    Returns:
        The module.

    Raises:
        MissingExtraError: The package is not installed, or in a release that is too early.
    """
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        # A module that exists but lacks one of its own parts is broken, not missing.
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        package = module.partition(".")[0]
        message = f"{package} is not installed; install it with: pip install 'tachograph[{extra}]'"
        raise MissingExtraError(message) from error
    package = module.partition(".")[0]
    if package in _LEAST and package not in _fit:
        _refuse_early(package, extra)
        _fit.add(package)
    return found


def _refuse_early(package: str, extra: str) -> None:
    version = str(getattr(import_module(package), "__version__", ""))
    numbers = re.match(r"(\d+)\.(\d+)", version)
    least = _LEAST[package]
    if numbers is not None and (int(numbers[1]), int(numbers[2])) < least:
        needed = ".".join(map(str, least))
        message = (
            f"{package} {version} is installed, and this needs {needed} or later; install it "
            f"with: pip install 'tachograph[{extra}]'"
        )
        raise MissingExtraError(message)
