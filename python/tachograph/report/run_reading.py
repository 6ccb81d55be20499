"""A run while its curves are read: what they show is kept, they themselves are let go."""

# ruff: noqa: SLF001 -- the columns behind a run's methods

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from tachograph.analysis.column_names import Table
from tachograph.curves import curve, curve_names, is_given, role_of, with_lost_rows
from tachograph.curves.band import means_between
from tachograph.records.queries import RecordQueries
from tachograph.report.drawn import drawn, means
from tachograph.report.model import Points, Trace
from tachograph.report.places import Places, places_of

if TYPE_CHECKING:
    from typing import Self

__all__ = ["TABLES", "RunReading"]

TABLES: Final[tuple[Table, ...]] = ("epochs", "steps")

_ALL: Final = np.zeros(1, dtype=np.int64)
_LOSSES: Final = frozenset({"train_loss", "val_loss"})


@dataclass(slots=True)
class RunReading:
    """A run, and what its curves showed so far.

    Attributes:
        run: A recorder or a run.
        index: Which of the report's runs.
        names: The columns of numbers of each table, in first-seen order.
        places: Where each table's rows lie on the axes.
        means: The mean of the finite values of each column that was read, NaN where it has none.
    """

    run: RecordQueries
    index: int
    names: dict[Table, dict[str, None]]
    places: dict[Table, Places]
    means: dict[tuple[Table, str], float] = field(default_factory=dict)

    @classmethod
    def begin(cls, run: RecordQueries, index: int) -> Self:
        """Looks what there is to read."""
        names = {table: dict.fromkeys(curve_names(run, table)) for table in TABLES}
        return cls(run, index, names, places_of(run))

    def trace(self, table: Table, name: str, n_points: int) -> Trace | None:
        """Reads a column; None where the run lacks it, or nobody said a value.

        Args:
            table: Whose column.
            name: As it was logged.
            n_points: Points to draw it with, at most about.
        """
        if name not in self.names[table]:
            return None
        places = self.places[table]
        whole = places.until_now(curve(self.run, name, table=table))
        if not is_given(whole, table):
            return None
        self.means[table, name] = float(means_between(whole.y, _ALL)[0])
        # Asked now: damage comes to light when the damaged part is read.
        damage = self.run._columns().report()["damage"]
        shown = with_lost_rows(whole, whole.x, table, damage)
        return Trace(
            run=self.index,
            name=name,
            role=role_of(name),
            n_values=len(whole),
            n_not_finite=int(np.count_nonzero(~np.isfinite(whole.y))),
            points=drawn(shown, places, n_points),
            means=means(shown, places, n_points),
            best=self._best(table, name),
        )

    def _best(self, table: Table, name: str) -> Points | None:
        """The best epoch's point, where this is the curve whose lowest value made it the best."""
        best = self.run._columns().best() if table == "epochs" and name in _LOSSES else None
        if best is None:
            return None
        _, label, loss = best
        record = self.run.get_best_epoch()
        judged = "train_loss" if record is None or record.val_loss is None else "val_loss"
        places = self.places[table]
        if name != judged or label > places.labels[-1]:
            return None
        return places.points(np.array([label], dtype=np.int64), np.array([loss]))
