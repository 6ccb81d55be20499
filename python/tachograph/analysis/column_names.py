"""Names of columns as people write them.

In the steps table a name is a metric's name, exactly. In the epochs table it is a field
(`train_loss`, `val_loss`, `learning_rate`, `epoch_time`, `memory_usage`, `gradient_norm`,
`is_best`), or `train/` or `val/` and then a metric's name, exactly: everything after the first
slash belongs to the metric, so `train/a/b` is the training metric `a/b`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from tachograph._core import ROLE_FIELD, ROLE_METRIC, ROLE_TRAIN, ROLE_VAL, Reader
from tachograph.exceptions import InvalidArgumentError, UnknownMetricError

__all__ = [
    "EPOCH_FIELDS",
    "LEADING",
    "Table",
    "check_table",
    "column_key",
    "column_names",
    "unknown_metric",
]

Table: TypeAlias = Literal["epochs", "steps"]

EPOCH_FIELDS: Final = (
    "train_loss",
    "val_loss",
    "learning_rate",
    "epoch_time",
    "memory_usage",
    "gradient_norm",
    "is_best",
)

LEADING: Final[dict[Table, tuple[str, ...]]] = {
    "epochs": ("epoch", "timestamp"),
    "steps": ("step", "attempt", "wall_time"),
}
"""The columns that every frame of a table begins with."""

_MAX_LISTED = 10
_ROLES = {"train": ROLE_TRAIN, "val": ROLE_VAL}
_PREFIXES = {ROLE_TRAIN: "train/", ROLE_VAL: "val/"}


def check_table(table: str) -> Table:
    """Returns the table's name if there is such a table.

    Raises:
        InvalidArgumentError: There is none.
    """
    if table == "steps":
        return "steps"
    if table == "epochs":
        return "epochs"
    message = f"table must be 'steps' or 'epochs', not {table!r}"
    raise InvalidArgumentError(message, argument="table")


def column_key(table: Table, name: str) -> tuple[int, str] | None:
    """The (role, name) of a column as the core knows it; None where no such name can exist."""
    if table == "steps":
        return ROLE_METRIC, name
    if name in EPOCH_FIELDS:
        return ROLE_FIELD, name
    split, slash, metric = name.partition("/")
    return (_ROLES[split], metric) if slash and split in _ROLES else None


def column_names(reader: Reader, table: Table) -> list[str]:
    """The names of all numeric columns of a table, in first-seen order."""
    return _names(table, [(role, name) for role, name, _ in reader.schema(table)])


def _names(table: Table, keys: Iterable[tuple[int, str]]) -> list[str]:
    if table == "steps":
        return [name for role, name in keys if role == ROLE_METRIC]
    return [
        name if role == ROLE_FIELD else _PREFIXES[role] + name
        for role, name in keys
        if role in _PREFIXES or (role == ROLE_FIELD and name in EPOCH_FIELDS)
    ]


def unknown_metric(
    reader: Reader, table: Table, name: str, *, of_any_type: bool = False
) -> UnknownMetricError:
    """Makes the error for a name that the table lacks: near names, and the other table's.

    Args:
        reader: The run.
        table: The table.
        name: The name.
        of_any_type: Whether columns of text and arrays could have been named too.
    """
    names = column_names(reader, table)
    if of_any_type:
        names = list(dict.fromkeys([*names, *_names(table, reader.extra_keys(table))]))
    near = _near(name, names)
    other: Table = "epochs" if table == "steps" else "steps"
    parts = [f"no metric {name[:200]!r} in {table}"]
    in_other = [known for known in column_names(reader, other) if _bare(known) == _bare(name)]
    if near:
        parts.append("near names: " + ", ".join(map(repr, near)))
    elif not names:
        parts.append(f"nothing is recorded in {table}")
    elif not in_other:
        listed = ", ".join(map(repr, names[:_MAX_LISTED]))
        parts.append(f"there are: {listed}" + (", ..." if len(names) > _MAX_LISTED else ""))
    if in_other:
        calls = " or ".join(f"history({known!r}, table={other!r})" for known in in_other)
        parts.append(f"{other} has it: {calls}")
    if (key := column_key(table, name)) is not None and key in reader.extra_keys(table):
        parts.append("its values are no numbers: read them from the records")
    return UnknownMetricError("; ".join(parts), metric=name, near=near)


def _near(name: str, names: list[str]) -> tuple[str, ...]:
    from difflib import get_close_matches  # only the error needs it

    by_folded: dict[str, str] = {}
    for known in names:
        by_folded.setdefault(known.casefold(), known)
        by_folded.setdefault(_bare(known).casefold(), known)
    folded = name.casefold()[:200]  # difflib's time grows with the square of the length
    close = get_close_matches(folded, list(by_folded), n=5, cutoff=0.6)
    return tuple(dict.fromkeys(by_folded[match] for match in close))


def _bare(name: str) -> str:
    """The name without its split: `val/mae` and `mae`, `val_loss` and `loss` are meant alike."""
    for prefix in ("train/", "val/", "train_", "val_"):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name
