"""The step that most trainings on a CPU make, measured in one function."""

# ruff: noqa: SLF001 -- does at once what the parts of a monitor do one after the other

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Final

from tachograph.monitor.cost import CostMeter
from tachograph.monitor.deferred import Row
from tachograph.monitor.epoch_values import EpochValues
from tachograph.monitor.monitor_options import MonitorOptions
from tachograph.monitor.outlet import Outlet
from tachograph.monitor.row_writer import RowWriter
from tachograph.monitor.step_clock import StepClock
from tachograph.monitor.watch_list import WatchList
from tachograph.records.instants import now_micros

if TYPE_CHECKING:
    from typing import Self

    from tachograph.monitor.optimizer_watch import OptimizerWatch

__all__ = ["PlainStep"]


class PlainStep:
    """Measures a step whose gradients lie in memory, neither clipped nor scaled, with one rate.

    In the midst of a training code and data of the monitor are far from the processor, and a
    function that is called costs a microsecond. So where nothing else is to be measured, the step
    is taken here as a whole; any other is left to the monitor.
    """

    def __init__(
        self, watch: OptimizerWatch, clock: StepClock, epoch: EpochValues, cost: CostMeter
    ) -> None:
        self._watch: Final = watch
        self._clock: Final = clock
        self._epoch: Final = epoch
        self._cost: Final = cost
        self.is_over_budget = False
        """Whether with the last step a time has ended in which the monitor took too much."""

    @classmethod
    def of(
        cls,
        watches: WatchList,
        options: MonitorOptions,
        *,
        clock: StepClock,
        epoch: EpochValues,
        cost: CostMeter,
    ) -> Self | None:
        """What measures the steps of one optimizer; None where options ask for more."""
        if len(watches) != 1 or options.per_layer or options.per_group or options.weights:
            return None
        return cls(next(iter(watches)), clock, epoch, cost)

    def take(self, begin: int, optimizer: Any, outlet: Outlet, writer: RowWriter) -> Row | None:
        """Measures and records a step.

        Args:
            begin: When it began, in nanoseconds of a clock that only goes forward.
            optimizer: The optimizer that is about to make it.
            outlet: Where rows wait for devices.
            writer: Where the row goes.

        Returns:
            The row; None where the step is another one, and nothing has happened yet.
        """
        watch, clock, groups = self._watch, self._clock, optimizer.param_groups
        if (
            watch._note is not None
            or watch._has_clipped
            or watch._is_scaled
            or clock.every != 1
            or outlet.waiting
            or len(groups) != 1
            or "grad_scale" in vars(optimizer)
        ):
            return None
        rate = groups[0].get("lr")
        reader = watch._reader
        if type(rate) is not float:
            return None
        norms = reader._buffers.norms(reader.parameters)
        if norms is None:
            return None
        watch.n_steps += 1
        row: Row = {}
        step, past_nanos = clock.begin(begin, row)
        row["grad_norm"], row["grad_nonfinite"], _ = norms
        row["lr"] = rate
        self._epoch.push(row)
        writer.write(step, now_micros(), row)
        own_nanos = perf_counter_ns() - begin
        self.is_over_budget = past_nanos > 0 and self._cost.add(own_nanos, past_nanos)
        return row
