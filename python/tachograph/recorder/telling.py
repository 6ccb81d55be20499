"""Tells the training of what the rules of health have met."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from tachograph.exceptions import ArgumentTypeError, HealthError, HealthWarning
from tachograph.health import Finding

__all__ = ["OnFinding", "check_on_finding", "tell"]

OnFinding: TypeAlias = Literal["warn", "raise"] | Callable[[Finding], object] | None

_WORDS: Final = ("warn", "raise")


def check_on_finding(on_finding: object) -> None:
    """Refuses what is none of the ways of telling.

    Raises:
        ArgumentTypeError: It is neither one of the words nor can it be called.
    """
    if on_finding is None or on_finding in _WORDS or callable(on_finding):
        return
    message = f"on_finding must be None, 'warn', 'raise' or a function, not {on_finding!r}"
    raise ArgumentTypeError(message, argument="on_finding")


def tell(found: Sequence[Mapping[str, Any]], on_finding: OnFinding, *, stacklevel: int) -> None:
    """Tells of findings that are recorded already, as are the rows that showed them.

    Args:
        found: The findings' fields, in order.
        on_finding: A function is called with each; ``"warn"`` issues a warning for each;
            ``"raise"`` does that for notes, and raises at the first that is more.
        stacklevel: Of the warnings, seen from this function's caller.

    Raises:
        HealthError: As `on_finding` says.
        Exception: What the function raises.
    """
    findings = [Finding.from_record(record) for record in found]
    if callable(on_finding):
        for finding in findings:
            on_finding(finding)
        return
    if on_finding is None:
        return
    raised = [one for one in findings if on_finding == "raise" and one.severity != "note"]
    for finding in findings:
        if finding not in raised:
            warnings.warn(HealthWarning(str(finding)), stacklevel=stacklevel + 1)
    if raised:
        raise HealthError(str(raised[0]), finding=raised[0])
