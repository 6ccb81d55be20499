"""One metric's course over one axis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import whole_number
from tachograph.analysis.smoothing import smooth
from tachograph.curves.band import Band, band_of
from tachograph.curves.thin import thin_rows

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Axis", "Curve"]

Axis: TypeAlias = Literal["step", "epoch", "wall_time"]

_FEWEST = 4


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The course of a metric of a run.

    Attributes:
        name: As it was logged: ``"loss"``, ``"train_loss"``, ``"val/acc"``.
        axis: What x counts.
        x: Ascending. Labels, int64, on the axis of the curve's own table; on the other table's,
            and in seconds since the run's first row for ``"wall_time"``, float64.
        y: As many values, float64; NaN and infinities where they were recorded.
    """

    name: str
    axis: Axis
    x: NDArray[Any]
    y: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.y)

    def thinned(self, n_out: int) -> Self:
        """The curve in about `n_out` points, which look as all would.

        The first, the last, the lowest and the highest point are kept. Values that are not finite
        become gaps: one NaN stands between two stretches. Where there are very many gaps, those
        too narrow to be seen are closed, and of the others the widest stay, one for eight points.

        Args:
            n_out: Points wanted, at least 4.

        Raises:
            ArgumentTypeError: `n_out` is no int.
            InvalidArgumentError: It is too small.
        """
        n_out = whole_number(n_out, "n_out", at_least=_FEWEST)
        rows = thin_rows(self.x, self.y, n_out)
        y = self.y[rows]
        return replace(self, x=self.x[rows], y=np.where(np.isfinite(y), y, np.nan))

    def band(self, n_bins: int) -> Band:
        """The lowest and the highest value in each of `n_bins` stretches of equal width.

        Args:
            n_bins: At least 1; stretches without points are left out.

        Raises:
            ArgumentTypeError: `n_bins` is no int.
            InvalidArgumentError: It is too small.
        """
        return band_of(self.x, self.y, whole_number(n_bins, "n_bins", at_least=1))

    def smoothed(self, weight: float) -> Self:
        """The curve as TensorBoard's smoothing slider draws it.

        Args:
            weight: From 0 (as it is) to below 1.

        Raises:
            ArgumentTypeError: `weight` is no number.
            InvalidArgumentError: It is out of bounds.
        """
        return replace(self, y=smooth(self.y, method="tensorboard", weight=weight))
