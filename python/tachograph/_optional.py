"""Optional packages: imported when first needed, with a message that says what to install."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from tachograph.exceptions import MissingExtraError

__all__ = ["require"]


def require(module: str, extra: str) -> ModuleType:
    """Imports an optional module.

    Args:
        module: The module's full name, for example ``"matplotlib.pyplot"``.
        extra: The extra of this package that installs it, for example ``"plot"``.

    Returns:
        The module.

    Raises:
        MissingExtraError: The package is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        # A module that exists but lacks one of its own parts is broken, not missing.
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        package = module.partition(".")[0]
        message = f"{package} is not installed; install it with: pip install 'tachograph[{extra}]'"
        raise MissingExtraError(message) from error
