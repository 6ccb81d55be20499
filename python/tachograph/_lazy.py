"""Names of a package that are imported when they are first used."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

__all__ = ["attribute"]


def attribute(package: str, homes: Mapping[str, str], name: str) -> Any:
    """Imports a name, and leaves it with its package, so that this is asked only once.

    Args:
        package: The package that is asked, as its `__name__`.
        homes: The module of each name.
        name: The name.

    Raises:
        AttributeError: The package has no such name.
    """
    home = homes.get(name)
    if home is None:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    setattr(sys.modules[package], name, value)
    return value
