"""What a run shows of itself: in figures, in a notebook's cell, and in words."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tachograph.records.source import RecordSource
from tachograph.records.upward import reach

if TYPE_CHECKING:
    from tachograph.health.report import HealthReport
    from tachograph.overview.findings import Finding

__all__ = ["RecordViews"]


class RecordViews(RecordSource):
    """The conveniences that show; what they show with is imported when they are called."""

    def findings(self) -> list[Finding]:
        """What stands out: values that are not finite, divergence, spikes, overfitting, crashes.

        Returns:
            The gravest first, each with its severity; see `tachograph.overview.findings`.
        """
        found: list[Finding] = reach("findings")(self)
        return found

    @property
    def health(self) -> HealthReport:
        """What the rules of health met: recorded while it ran, and found again in its rows.

        Exploding and vanishing gradients, spikes, NaN, divergence, overfitting and so on, see
        docs/health.md. Made anew each time, of all rows; nothing need have been watched. Where the
        run was watched with other parameters than the defaults, what was recorded stands beside
        what the defaults find.
        """
        return self.diagnose()

    def diagnose(self, **thresholds: float) -> HealthReport:
        """As `health`, with other parameters of the rules.

        Args:
            **thresholds: Those that differ from the defaults, by name;
                `tachograph.health.thresholds` gives all. Where any is given, what was recorded is
                left out, because it was found with others.

        Returns:
            The findings, the gravest first; it is `ok` where there is neither an error nor a
            warning.

        Raises:
            ArgumentTypeError: One is no number.
            InvalidArgumentError: No rule has such a parameter, or it has no such value.
        """
        from tachograph.health.of_run import health_of

        return health_of(self._columns(), thresholds)

    def plot_training_curves(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draws loss, a metric, learning rate and time by epoch, in the default look.

        `tachograph.TrainingVisualizer` draws more, and in other styles. Needs matplotlib, the
        extra ``plot``.

        Args:
            path: Where to write it, in the format of the name's ending; None writes nothing.

        Returns:
            The figure, a `matplotlib.figure.Figure`. It is not pyplot's: there is nothing to close.

        Raises:
            MissingExtraError: matplotlib is not installed.
            LogIOError: The file cannot be written.
        """
        return reach("plot_training_curves")(self, path)

    def watch(
        self,
        *,
        interval: float = 1.0,
        metrics: Iterable[str] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Draws the run in a notebook's cell as it goes, until it is closed.

        An interrupt of the cell ends it as well; the run does not notice.

        Args:
            interval: Seconds between two looks; longer where a look itself takes long.
            metrics: Names of columns, of the steps or the epochs; None for the first few.
            timeout: Seconds after which it ends; None for never.

        Raises:
            MissingExtraError: IPython is not installed.
            NotebookError: This is no notebook.
            UnknownMetricError: The run has rows, and no such metric.
            ArgumentTypeError: An argument has the wrong type.
            InvalidArgumentError: `interval` or `timeout` is no positive number.
        """
        reach("watch")(self, interval=interval, metrics=metrics, timeout=timeout)

    def _repr_html_(self) -> str:
        html: str = reach("record_html")(self)
        return html
