"""Several trainings of each model in a few figures: mean, spread, and who was ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tachograph.examples.sorting import CHANCE

__all__ = ["Score", "score", "table"]


@dataclass(frozen=True, slots=True)
class Score:
    """What a model reached over the seeds.

    Attributes:
        model: Its name.
        n_parameters: How many numbers were trained.
        accuracies: At the end, on the test questions, by seed.
        curves: Validation accuracies after each epoch, by seed.
        mean: Of the accuracies at the end.
        spread: Their standard deviation, by n - 1; NaN of a single one.
    """

    model: str
    n_parameters: int
    accuracies: tuple[float, ...]
    curves: tuple[tuple[float, ...], ...]
    mean: float
    spread: float


def score(
    model: str,
    n_parameters: int,
    accuracies: Sequence[float],
    curves: Sequence[Sequence[float]],
) -> Score:
    """The score of a model whose trainings ended with these accuracies, at least one."""
    spread = float(np.std(accuracies, ddof=1)) if len(accuracies) > 1 else float("nan")
    return Score(
        model,
        n_parameters,
        tuple(accuracies),
        tuple(map(tuple, curves)),
        float(np.mean(accuracies)),
        spread,
    )


def table(scores: Sequence[Score]) -> str:
    """A line for each model, in per cent, and for those who only guess."""
    n_seeds = len(scores[0].accuracies)
    lines = [f"{'':<14} {'parameters':>10} {'mean':>7} {'spread':>7} {'lowest':>7} {'highest':>8}"]
    for one in scores:
        spread = "-" if one.spread != one.spread else f"{100 * one.spread:.1f}"
        lines.append(
            f"{one.model:<14} {one.n_parameters:>10,} {100 * one.mean:>7.1f} {spread:>7} "
            f"{100 * min(one.accuracies):>7.1f} {100 * max(one.accuracies):>8.1f}"
        )
    lines.append(f"{'chance':<14} {'':>10} {100 * CHANCE:>7.1f}")
    lines.append(
        f"per cent of the test questions, over {n_seeds} seed{'s' * (n_seeds != 1)}; "
        "spread: standard deviation between seeds"
    )
    lines.extend(_ahead(scores))
    return "\n".join(lines)


def _ahead(scores: Sequence[Score]) -> list[str]:
    """With how many seeds each model was ahead of all others."""
    by_seed = np.array([one.accuracies for one in scores])
    lines = []
    for index, one in enumerate(scores):
        others = np.delete(by_seed, index, axis=0)
        if len(others):
            n_ahead = int((by_seed[index] > others.max(axis=0)).sum())
            lines.append(f"{one.model} ahead with {n_ahead} of {by_seed.shape[1]}")
    return lines
