"""Who has values for an epoch beside what `log_epoch` is given: the monitors of a training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from weakref import WeakSet

__all__ = ["EpochSource", "EpochSources"]


class EpochSource(Protocol):
    """What measures a training between epochs."""

    def epoch_values(self) -> Mapping[str, float]:
        """What was measured since the last call, by name."""

    def flush(self) -> None:
        """Records what is still on its way."""

    def __hash__(self) -> int: ...


class EpochSources:
    """The sources of a recorder, held weakly, in no order."""

    def __init__(self) -> None:
        self._sources: WeakSet[EpochSource] | None = None

    def add(self, source: EpochSource) -> None:
        """Asks a source from now on."""
        if self._sources is None:
            self._sources = WeakSet()
        self._sources.add(source)

    def discard(self, source: EpochSource) -> None:
        """Asks it no longer."""
        if self._sources is not None:
            self._sources.discard(source)

    def complete(self, fields: dict[str, Any], train: dict[str, Any]) -> None:
        """Adds the sources' values to an epoch, where it has none of that name.

        Args:
            fields: The epoch's fields; `gradient_norm` gets the mean norm, unless it was given.
            train: The epoch's training metrics.
        """
        for source in self._all():
            values = source.epoch_values()
            mean = values.get("grad_norm_mean")
            if fields["gradient_norm"] is None and mean is not None and not math.isnan(mean):
                fields["gradient_norm"] = mean
            for name, value in values.items():
                train.setdefault(name, value)

    def flush(self) -> None:
        """Has everything recorded that is still on its way."""
        for source in self._all():
            source.flush()

    def _all(self) -> Iterable[EpochSource]:
        return tuple(self._sources) if self._sources else ()
