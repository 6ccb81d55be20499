"""The health of a training from its history by epoch, without a log."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tachograph._core import HealthWatch
from tachograph.exceptions import InvalidArgumentError
from tachograph.health.finding import Finding, Split
from tachograph.health.history import EpochValues, epochs_of

__all__ = ["diagnose", "thresholds"]

_ADVICE_OK: Final = "Nothing to do: this is where gradient norms of a training that learns lie."
_NORMS: Final = ("grad_norm_mean", "grad_norm", "gradient_norm")


def diagnose(
    history: Mapping[str, Any] | Sequence[Mapping[str, Any]] | str | os.PathLike[str],
    **limits: float,
) -> list[Finding]:
    """Finds what is wrong, and what is well, in the epochs of a training.

    Gradient norms (`grad_norm_mean`, `grad_norm_max`) above `exploding_gradients`, below
    `vanishing_gradients`, and above `gradient_spike` times the median of the five epochs before;
    confidence, weights, classes, losses and memory likewise, see docs/health.md. A value exactly at
    a limit is no finding. A stretch of trouble is told once, at its first epoch.

    Gradient norms from `stable_gradients_low` to `stable_gradients_high`, both included, are told
    once a stretch as well, as a note with the code ``"ok"``.

    Args:
        history: ``{"train": [...], "val": [...]}`` of one dict an epoch, as `train_one_epoch` and
            `evaluate` return them; a list of one dict an epoch, with `train_loss`, `val_loss`,
            training metrics by their names and validation metrics behind ``val_``, or either in
            `train_metrics` and `val_metrics`; or the path of a JSON file of one of them. What is
            missing, null or NaN is a gap, except a loss that is NaN.
        **limits: Parameters of the rules that differ from the defaults; `thresholds` gives all.

    Returns:
        The findings in the order of the epochs.

    Raises:
        ArgumentTypeError: `history` is none of these, or a limit is no number.
        InvalidArgumentError: No rule has such a parameter, or it has no such value.
        RecordFormatError: The file holds no history.
        LogIOError: The file cannot be read.
    """
    watch = HealthWatch(limits)
    applied = thresholds() | limits
    low, high = applied["stable_gradients_low"], applied["stable_gradients_high"]
    if low > high:
        message = f"stable_gradients_low must be at most stable_gradients_high, not {low} > {high}"
        raise InvalidArgumentError(message, argument="stable_gradients_low")
    epochs = epochs_of(history)
    stable = dict(_stable(epochs, low, high))
    findings: list[Finding] = []
    for values in epochs:
        met = watch.epoch(values.epoch, values.fields, values.train, values.val)
        findings += map(Finding.from_record, met)
        if values.epoch in stable:
            findings.append(stable[values.epoch])
    return findings


def thresholds() -> dict[str, float]:
    """The parameters of the rules by name, with their defaults; docs/health.md says what they mean.

    Returns:
        A new dictionary.
    """
    return HealthWatch.thresholds()


def _stable(epochs: list[EpochValues], low: float, high: float) -> Iterator[tuple[int, Finding]]:
    """The first epoch of each stretch in which gradient norms are stable; gaps end none."""
    is_told = False
    for values in epochs:
        found = _norm(values)
        if found is None:
            continue
        name, norm = found
        if not low <= norm <= high:
            is_told = False
        elif not is_told:
            is_told = True
            split: Split | None = "train" if name in values.train else None
            yield values.epoch, _ok(name, norm, split, values.epoch, within=(low, high))


def _norm(values: EpochValues) -> tuple[str, float] | None:
    """The norm that stands for the epoch, with its name."""
    of_train = ((name, values.train[name]) for name in _NORMS if name in values.train)
    own = values.fields.get("gradient_norm")
    return next(of_train, None if own is None else ("gradient_norm", own))


def _ok(
    name: str, norm: float, split: Split | None, epoch: int, *, within: tuple[float, float]
) -> Finding:
    low, high = within
    return Finding(
        code="ok",
        severity="note",
        metric=name,
        split=split,
        step=None,
        epoch=epoch,
        value=norm,
        threshold=high,
        message=f"{name} is {norm:.3g}, within the stable range from {low:g} to {high:g}",
        advice=_ADVICE_OK,
    )
