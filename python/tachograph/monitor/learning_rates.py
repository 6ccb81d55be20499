"""The learning rates of an optimizer's parameter groups."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from tachograph.monitor.deferred import Deferred, Row

__all__ = ["LearningRates", "group_label"]


class LearningRates:
    """Writes down the learning rate of each group.

    It is `lr` of a single one, else `lr/0`, `lr/1`, ... or `lr/<name>` of a group that has a name.

    Args:
        label: What comes before that, for one of several optimizers.
    """

    def __init__(self, label: str = "") -> None:
        self._prefix: Final = f"lr/{label}" if label else "lr"

    def fill(self, row: Row, groups: list[dict[str, Any]]) -> list[Deferred]:
        """Adds them to a row; returns those that lie on a device, as capturable optimizers' do."""
        if len(groups) == 1:
            rate = groups[0].get("lr")
            if type(rate) is float:
                row[self._prefix] = rate
                return []
            return self._add(row, self._prefix, rate)
        later: list[Deferred] = []
        for place, group in enumerate(groups):
            label = group.get("name", place)
            later += self._add(row, f"{self._prefix}/{label}", group.get("lr"))
        return later

    @staticmethod
    def _add(row: Row, name: str, rate: Any) -> list[Deferred]:
        if rate is None:  # an optimizer without one
            return []
        if getattr(rate, "is_cpu", True):
            row[name] = float(rate)
            return []
        return [Deferred(rate.detach().reshape(1), partial(_take, name))]


def group_label(place: int, group: dict[str, Any]) -> str:
    """What a parameter group is called in the names of columns."""
    return str(group.get("name", f"group_{place}"))


def _take(name: str, row: Row, values: list[float]) -> None:
    row[name] = values[0]
