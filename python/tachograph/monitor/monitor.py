"""`Monitor`: what `attach` returns."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from time import perf_counter_ns
from types import TracebackType
from typing import TYPE_CHECKING, Final

from tachograph.monitor.clipping import clip_watchers
from tachograph.monitor.cost import CostMeter, MonitorCost, warn_over_budget
from tachograph.monitor.deferred import Deferred, Row
from tachograph.monitor.epoch_values import EpochValues
from tachograph.monitor.loss_scaling import scaler_watchers
from tachograph.monitor.monitor_options import MonitorOptions
from tachograph.monitor.outlet import Outlet
from tachograph.monitor.plain_step import PlainStep
from tachograph.monitor.row_writer import RowWriter
from tachograph.monitor.step_clock import StepClock
from tachograph.monitor.step_hooks import StepHooks
from tachograph.monitor.surroundings import Surroundings
from tachograph.monitor.totals import add_totals
from tachograph.monitor.watch_list import WatchList
from tachograph.records.instants import now_micros

if TYPE_CHECKING:
    from typing import Self

    from torch import Tensor, nn
    from torch.optim import Optimizer

    from tachograph.monitor.optimizer_watch import OptimizerWatch
    from tachograph.recorder import TrainingRecorder

__all__ = ["Monitor"]


class Monitor:
    """Watches the steps of a training, and records what it sees; made by `attach`.

    It is active until `detach`, or the end of a ``with`` block. It changes no gradient, draws no
    random number and adds no wait for a device. A monitor that nobody has kept works on as long as
    its model lives, and goes with it.
    """

    def __init__(  # noqa: PLR0917 -- only `attach` makes one
        self,
        model: nn.Module,
        recorder: TrainingRecorder | None,
        watches: WatchList,
        clock: StepClock,
        options: MonitorOptions,
    ) -> None:
        self._watches: Final = watches
        self._clock: Final = clock
        self._options: Final = options
        self._epoch = EpochValues()
        self._writer: Final = RowWriter(recorder, every_rank=options.every_rank)
        self._outlet: Final = Outlet(self._complete)
        self._cost: Final = CostMeter(options.budget)
        self._surroundings: Final = Surroundings(watches.parameters, options)
        self._latest: dict[str, float] = {}
        self._row: Row = {}
        self._has_row = self._has_warned = False
        self._later: list[Deferred] = []
        self._is_several: Final = len(watches) > 1
        self._step = self._wall_micros = self._own_nanos = self._past_nanos = 0
        self._stepped: list[OptimizerWatch] = []
        self._is_due = False
        self._is_attached = True
        self._plain = PlainStep.of(
            watches, options, clock=clock, epoch=self._epoch, cost=self._cost
        )
        if self._surroundings.reads_memory:
            self._plain = None
        after = self._after_step if self._surroundings.weighs else None
        self._hooks: Final = StepHooks(watches.optimizers, self._before_step, after)
        clip_watchers.add(self)
        scaler_watchers.add(self)
        self._writer.join(self)
        # The model's end is the monitor's: this holds it that long, and lets go of it then.
        self._end: Final = weakref.finalize(model, self.detach)
        self._end.atexit = False

    # ---- for those who hold it

    @property
    def latest(self) -> dict[str, float]:
        """The row that was complete last, by column; empty before the first.

        On every rank, those that record nothing as well.
        """
        return dict(self._latest)

    @property
    def cost(self) -> MonitorCost:
        """What it costs: its own time on the training's thread, as a share of the training's."""
        return self._cost.cost(self._clock.every)

    @property
    def pending(self) -> int:
        """Rows whose numbers are still on a device."""
        return len(self._outlet.waiting)

    @property
    def is_attached(self) -> bool:
        """Whether it still watches."""
        return self._is_attached

    def epoch_values(self) -> dict[str, float]:
        """What the steps since the last call come to; the next epoch begins here.

        `TrainingRecorder.log_epoch` asks for these by itself. Waits for what is on a device.

        Returns:
            By name: `grad_norm_mean`, `_std` (of the population), `_max`, `_last` and
            `_nonfinite` (steps whose norm was not finite; they are in none of the others but
            `_last`), `lr` of the last step, and what docs/monitor.md lists beside; empty where
            there was no step.
        """
        self.flush()
        values = self._epoch.take()
        self._clock.pause()
        if values:
            values["monitor_share"] = self._cost.share
            values |= self._surroundings.at_epoch()
        return values

    def flush(self) -> None:
        """Waits for what is on its way from a device, and records it."""
        if self._has_row:
            self._finish()
        self._outlet.drain()

    def detach(self) -> None:
        """Ends it: records what is on its way, and takes every hook off. May be called again."""
        if not self._is_attached:
            return
        self._is_attached = False
        self._end.detach()
        self._hooks.remove()
        clip_watchers.discard(self)
        scaler_watchers.discard(self)
        try:
            self.flush()
        finally:
            self._writer.leave(self)
            self._plain = None
            self._watches.clear()
            self._surroundings.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.detach()

    def __repr__(self) -> str:
        state = "" if self._is_attached else " (detached)"
        return f"<Monitor of {self._watches}{state}>"

    # ---- a step

    def _before_step(self, optimizer: Optimizer, *, skipped: bool = False) -> None:
        begin = perf_counter_ns()
        plain = self._plain
        if plain is not None and not (skipped or self._has_row):
            row = plain.take(begin, optimizer, self._outlet, self._writer)
            if row is not None:
                self._latest = row
                if plain.is_over_budget:
                    self._over_budget()
                return
        watch = self._watches.get(optimizer)
        if watch is None:
            return
        watch.n_steps += 1
        if not self._is_several:
            is_due = self._begin(begin)
        else:
            # One row for a step of each; it is complete when one comes for the second time, too.
            if not self._stepped or watch in self._stepped:
                self._stepped.clear()
                self._is_due = self._begin(begin)
            self._stepped.append(watch)
            is_due = self._is_due
        if not is_due:
            watch.forget()
            return
        later = watch.measure(self._row, skipped=skipped)
        if later:
            self._later += later
        if self._surroundings.weighs and not skipped:
            self._surroundings.before_step()
            self._own_nanos += perf_counter_ns() - begin
        elif not self._is_several or len(self._stepped) == len(self._watches):
            self._finish(begin)
        else:
            self._own_nanos += perf_counter_ns() - begin

    def _begin(self, begin: int) -> bool:
        """Begins the row of a step; returns whether it is measured."""
        if self._has_row:
            self._finish(begin)
        clock = self._clock
        if not clock.is_due:
            clock.pass_by()
            return False
        row: Row = {}
        self._row = row
        self._has_row = True
        self._step, self._past_nanos = clock.begin(begin, row)
        self._wall_micros = now_micros()
        if self._surroundings.reads_memory:
            self._surroundings.fill(row)
        return True

    def _after_step(self, optimizer: Optimizer) -> None:
        if not self._has_row or not self._surroundings.weighs:
            return
        begin = perf_counter_ns()
        if self._watches.get(optimizer) is None:
            return
        if not self._is_several or len(self._stepped) == len(self._watches):
            self._later += self._surroundings.after_step()
            self._finish(begin)

    def _finish(self, begin: int | None = None) -> None:
        """The row is complete, but for what is on a device."""
        self._has_row = False
        if self._later or self._outlet.waiting:
            later, self._later = self._later, []
            self._outlet.put(self._step, self._wall_micros, self._row, later)
        else:
            self._complete(self._step, self._wall_micros, self._row)
        if begin is None:
            return
        own = self._own_nanos + perf_counter_ns() - begin
        self._own_nanos = 0
        if self._past_nanos and self._cost.add(own, self._past_nanos):
            self._over_budget()

    def _complete(self, step: int, wall_micros: int, row: Row) -> None:
        """A row has all its numbers."""
        if self._is_several:
            add_totals(row)
        self._latest = row
        self._epoch.push(row)
        self._writer.write(step, wall_micros, row)

    def _over_budget(self) -> None:
        """Says so, once; and measures half as many steps, if asked."""
        thins = self._options.on_budget == "thin"
        if not self._has_warned:
            self._has_warned = True
            warn_over_budget(self.cost, self._options)
        # Where ranks add their shards up, all must measure the same steps.
        if thins and not self._watches.is_distributed:
            self._clock.every *= 2

    # ---- what happens to gradients before a step

    def on_clip(self, parameters: Sequence[Tensor], total_norm: Tensor | None) -> None:
        """Gradients are about to be clipped; called by torch's functions that do."""
        if self._clock.is_due or self._has_row:
            begin = perf_counter_ns()
            for watch in self._watches:
                watch.on_clip(parameters, total_norm)
            self._own_nanos += perf_counter_ns() - begin

    def on_clipped(self) -> None:
        """They have been clipped."""
        for watch in self._watches:
            watch.on_clipped()

    def on_unscale(self, optimizer: Optimizer, scale: Tensor) -> None:
        """Gradients are about to be divided by a scaler's scale; called by `GradScaler`."""
        watch = self._watches.get(optimizer)
        if watch is not None:
            watch.on_unscale(scale)

    def steps_of(self, optimizer: Optimizer) -> int | None:
        """How many steps an optimizer has made; None where it is not watched."""
        watch = self._watches.get(optimizer)
        return None if watch is None else watch.n_steps

    def on_skip(self, optimizer: Optimizer) -> None:
        """A scaler has left a step out, because gradients are not finite."""
        self._before_step(optimizer, skipped=True)
