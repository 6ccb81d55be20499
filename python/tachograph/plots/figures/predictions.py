"""Predictions beside what came true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tachograph.analysis import downsample
from tachograph.analysis.arrays import numeric_array
from tachograph.curves import Curve
from tachograph.exceptions import InvalidArgumentError
from tachograph.plots.arguments import labels_given
from tachograph.plots.bounds import within
from tachograph.plots.canvas import RunFigure, new_mosaic
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.bars import draw_bars
from tachograph.plots.panels.frame import legend, say, set_up
from tachograph.plots.theme import Theme
from tachograph.plots.ticks import set_linear
from tachograph.plots.words import number

__all__ = ["draw_predictions", "feature_errors"]

_MOST_SERIES: Final = 3
_MOST_DOTS: Final = 3000
_MOST_BARS: Final = 24
_MATRIX: Final = 2

Floats = NDArray[np.float64]


def draw_predictions(
    predictions: Any,
    targets: Any,
    theme: Theme,
    figsize: Any,
    *,
    feature_names: Sequence[str] | None,
) -> RunFigure:
    """The first features as series, all values as a scatter, the mean error of each feature.

    Raises:
        ArgumentTypeError: Something is no array of real numbers.
        InvalidArgumentError: The shapes differ, or have more than two dimensions.
    """
    predicted, true = _pair(predictions, targets)
    names = labels_given(
        feature_names,
        "feature_names",
        predicted.shape[1],
        each="feature",
        default="feature ",
        max_chars=20,
    )
    n_series = max(1, min(len(names), _MOST_SERIES))
    rows = [["s0", "s0"]] if n_series == 1 else [[f"s{at}"] * 2 for at in range(n_series)]
    figure, panels = new_mosaic(theme, figsize, [*rows, *[["scatter", "errors"]] * 2])
    with figure.styled():
        for at in range(n_series):
            if at < len(names) and len(predicted):
                name = names[at] if len(names) > 1 else "Series"
                _draw_series(panels[f"s{at}"], name, predicted[:, at], true[:, at], theme=theme)
            else:
                say(panels[f"s{at}"], "Series", "no predictions", theme)
        _draw_scatter(panels["scatter"], predicted, true, theme)
        _draw_errors(panels["errors"], predicted, true, names, theme=theme)
        figure.suptitle("Predictions", x=0.01, ha="left")
    return figure


def feature_errors(predicted: Floats, true: Floats) -> Floats:
    """The mean absolute error of each column over rows where both are finite; NaN for none."""
    known = np.isfinite(predicted) & np.isfinite(true)
    with np.errstate(all="ignore"):
        distances = np.where(known, np.abs(predicted - true), 0.0)
        errors: Floats = distances.sum(axis=0) / known.sum(axis=0)
    return errors


def _draw_series(axes: Axes, name: str, predicted: Floats, true: Floats, *, theme: Theme) -> None:
    rows = np.arange(len(true))
    roles = theme.roles
    draw_curve(axes, Curve("true", "step", rows, true), label="True", color=roles.muted, marker="")
    draw_curve(
        axes,
        Curve("predicted", "step", rows, predicted),
        label="Predicted",
        color=roles.validation,
        marker="",
    )
    set_up(axes, name, "")
    axes.set_xlabel("Row")
    legend(axes, theme)


def _draw_scatter(axes: Axes, predicted: Floats, true: Floats, theme: Theme) -> None:
    x, y = within(true.ravel()), within(predicted.ravel())
    known = np.isfinite(true.ravel()) & np.isfinite(predicted.ravel())
    x, y = x[known], y[known]
    if not len(x):
        say(axes, "Predicted by true", "no predictions", theme)
        return
    dots = _dots(x, y)
    axes.plot(
        x[dots],
        y[dots],
        linestyle="none",
        marker="o",
        markersize=3.5,
        markeredgewidth=0,
        color=theme.roles.train,
        alpha=0.45,
        label="_dots",
    )
    ends = [float(min(x.min(), y.min())), float(max(x.max(), y.max()))]
    axes.plot(ends, ends, color=theme.roles.muted, linestyle="--", linewidth=1.2, label="equal")
    axes.set_title(f"Predicted by true (R² {number(_r_squared(x, y), 3)})")
    axes.set_xlabel("True")
    axes.set_ylabel("Predicted")
    set_linear(axes.xaxis)
    set_linear(axes.yaxis)


def _dots(x: Floats, y: Floats) -> NDArray[np.int64]:
    """Which points of a large cloud are drawn: extremes along x, and evenly spread ones."""
    if len(x) <= _MOST_DOTS:
        return np.arange(len(x))
    order = np.argsort(x, kind="stable")
    half = _MOST_DOTS // 2
    outer = order[downsample(None, y[order], half, method="minmax")]
    return np.unique(np.concatenate((outer, np.linspace(0, len(x) - 1, half).astype(np.int64))))


def _r_squared(true: Floats, predicted: Floats) -> float:
    with np.errstate(all="ignore"):
        residual = np.sum((true - predicted) ** 2)
        total = np.sum((true - true.mean()) ** 2)
        return float(1 - residual / total) if total > 0 else float("nan")


def _draw_errors(
    axes: Axes, predicted: Floats, true: Floats, names: Sequence[str], *, theme: Theme
) -> None:
    """The largest errors, the largest one first."""
    errors = feature_errors(predicted, true)
    order = np.argsort(-np.nan_to_num(errors, nan=-1.0), kind="stable")[:_MOST_BARS]
    bars = [(names[at], float(errors[at]), (number(float(errors[at]), 3),)) for at in order]
    is_part = len(names) > _MOST_BARS
    title = f"Error by feature (largest {_MOST_BARS} of {len(names)})" if is_part else ""
    draw_bars(
        axes,
        title or "Error by feature",
        bars,
        theme,
        x_label="Mean absolute error",
        color=theme.roles.train,
        absent="no features",
    )


def _pair(predictions: Any, targets: Any) -> tuple[Floats, Floats]:
    predicted, true = _table(predictions, "predictions"), _table(targets, "targets")
    if predicted.shape != true.shape:
        message = (
            f"predictions and targets must have one shape, not {predicted.shape} and {true.shape}"
        )
        raise InvalidArgumentError(message, argument="predictions")
    return predicted, true


def _table(values: Any, argument: str) -> Floats:
    """Rows by features."""
    array = np.asarray(numeric_array(values, argument))
    if not 1 <= array.ndim <= _MATRIX:
        message = f"{argument} must have one or two dimensions, not shape {array.shape}"
        raise InvalidArgumentError(message, argument=argument)
    with np.errstate(all="ignore"):
        floats = array.astype(np.float64)
    return floats[:, None] if floats.ndim == 1 else floats
