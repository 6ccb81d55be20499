"""One optimizer's steps: the gradients that it is given, and what happened to them before."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from tachograph._optional import require
from tachograph.monitor.clip_note import ClipNote
from tachograph.monitor.deferred import Deferred, Row
from tachograph.monitor.gradient_kinds import NormVector
from tachograph.monitor.gradient_norms import Norms, joined
from tachograph.monitor.gradient_reader import GradientReader
from tachograph.monitor.learning_rates import LearningRates, group_label

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

torch = require("torch", "torch")

__all__ = ["OptimizerWatch"]


class OptimizerWatch:
    """Reads what an optimizer's step is made of.

    Args:
        optimizer: The optimizer, held weakly.
        parameters: The model's parameters that count as its, by name.
        label: What its columns have behind their names; empty for the only optimizer.
        per_layer: Whether each parameter's norm gets a column.
        per_group: Whether each parameter group's norm gets a column.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        parameters: dict[str, Tensor],
        *,
        label: str = "",
        per_layer: bool = False,
        per_group: bool = False,
    ) -> None:
        self._optimizer: Final = weakref.ref(optimizer)
        self._reader: Final = GradientReader([*parameters.values()], each=per_layer or per_group)
        self._columns: Final = [f"grad_norm/{name}" for name in parameters] if per_layer else None
        self._per_group: Final = per_group
        self._behind: Final = f"/{label}" if label else ""
        self._rates: Final = LearningRates(label.removeprefix("optimizer_"))
        self._note: ClipNote | None = None
        self._has_clipped = False
        self._is_scaled = False
        self.n_steps = 0
        """How many steps it has made, those that a scaler left out as well."""

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer; None when it is no more."""
        return self._optimizer()

    def on_clip(self, parameters: Sequence[Tensor], total_norm: Tensor | None) -> None:
        """Takes the norms before gradients are clipped, unless they were clipped already."""
        reader = self._reader
        if not reader.has_any(parameters):
            return
        if self._note is not None and self._note.is_untouched:
            return  # clipped twice, by value and by norm, say
        norms: Norms | NormVector | None = None
        if total_norm is not None and reader.wants_total_over(parameters):
            norms = _free_norms(total_norm)
        self._note = ClipNote(reader.read() if norms is None else norms, reader.parameters)

    def on_clipped(self) -> None:
        """The clipping is done."""
        if self._note is not None:
            self._note.clipped()

    def on_unscale(self, scale: Tensor) -> None:
        """Gradients are about to be divided by the scale; what was noted before was not."""
        self._is_scaled = True
        if self._note is not None:
            self._note.unscale(scale)

    def forget(self) -> None:
        """A step is not measured: what was noted for it is void."""
        self._note = None

    def measure(self, row: Row, *, skipped: bool = False) -> list[Deferred]:
        """Adds what the gradients and the learning rates are to a row.

        Args:
            row: The row.
            skipped: Whether a scaler has left the step out.

        Returns:
            What is still on its way.
        """
        optimizer: Any = self._optimizer()
        note, self._note = self._note, None
        applied = self._reader.read()
        if note is not None:
            if note.is_current:
                self._has_clipped = True
            else:
                note = None
        later: list[Deferred] = []
        # What fused optimizers divide by themselves; the scaler puts it there for the step.
        scale = None if optimizer is None else vars(optimizer).get("grad_scale")
        if scale is not None:
            self._is_scaled = True
            applied = _unscaled(applied, scale)
            if note is not None:
                note.unscale(scale)
        if self._is_scaled:
            later += self._add_skipped(row, optimizer, skipped=skipped)
        before = applied if note is None else note.norms
        if type(applied) is Norms and type(before) is Norms:
            self._fill(row, before, applied)
        else:
            later.append(self._fill_later(before, applied))
        if optimizer is not None:
            later += self._rates.fill(row, optimizer.param_groups)
        return later

    def _fill(self, row: Row, before: Norms, applied: Norms) -> None:
        behind = self._behind
        row["grad_norm" + behind] = before.total
        if self._has_clipped:
            row["grad_norm_applied" + behind] = applied.total
        row["grad_nonfinite" + behind] = before.nonfinite
        each = before.each
        if each is None:
            return
        if self._columns is not None:
            for column, norm in zip(self._columns, each, strict=True):
                if norm is not None:
                    row[column] = norm
        optimizer = self._optimizer()
        if self._per_group and optimizer is not None:
            places = self._reader.places
            for number, group in enumerate(optimizer.param_groups):
                members = [places[id(one)] for one in group["params"] if id(one) in places]
                norms = [norm for place in members if (norm := each[place]) is not None]
                row[f"grad_norm{behind}/{group_label(number, group)}"] = joined(norms)

    def _fill_later(self, before: Norms | NormVector, applied: Norms | NormVector) -> Deferred:
        pair = (before,) if before is applied else (before, applied)
        vectors = [norms for norms in pair if isinstance(norms, NormVector)]
        values = vectors[0].values if len(vectors) == 1 else torch.cat([v.values for v in vectors])
        return Deferred(values, partial(self._fill_now, pair))

    def _fill_now(
        self, pair: tuple[Norms | NormVector, ...], row: Row, values: list[float]
    ) -> None:
        known: list[Norms] = []
        start = 0
        for norms in pair:
            if isinstance(norms, NormVector):
                end = start + len(norms.members)
                known.append(self._reader.norms_of(values[start:end], norms.members))
                start = end
            else:
                known.append(norms)
        self._fill(row, known[0], known[-1])

    def _add_skipped(self, row: Row, optimizer: Any, *, skipped: bool) -> list[Deferred]:
        found = getattr(optimizer, "found_inf", None)  # a fused optimizer's scaler leaves it to it
        name = "step_skipped" + self._behind
        if found is None or found.is_cpu:
            row[name] = int(skipped if found is None else found.item() > 0)
            return []
        return [Deferred(found.reshape(1), partial(_take_skipped, name))]


def _take_skipped(name: str, row: Row, values: list[float]) -> None:
    row[name] = int(values[0] > 0)


def _free_norms(total_norm: Tensor) -> Norms | None:
    """The norm that a clipping has computed, where it is as good as one of our own."""
    is_plain = type(total_norm) is torch.Tensor and total_norm.is_cpu
    if not is_plain or total_norm.dtype not in (torch.float32, torch.float64):
        return None
    value = total_norm.item()
    # One that is not finite says nothing of how many gradients are not.
    return Norms(value, 0) if value - value == 0.0 else None


def _unscaled(norms: Norms | NormVector, scale: Tensor) -> Norms | NormVector:
    if isinstance(norms, Norms):
        return norms.scaled(1.0 / float(scale))
    return norms._replace(values=norms.values / scale)
