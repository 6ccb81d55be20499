"""Parquet of a table, written by pyarrow batch by batch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tachograph._core import Frame
from tachograph._optional import require
from tachograph.export.target import renamed

__all__ = ["write_parquet"]

# Rows that are written together; a batch may be a small tail of a live run, or a large block.
_GROUP_ROWS: Final = 1 << 20


def write_parquet(frame: Frame, path: str | os.PathLike[str], metadata: Mapping[str, str]) -> Path:
    """Writes a frame as Parquet (zstd), beside the target and then renamed over it.

    Args:
        frame: The rows and columns.
        path: The file; parent directories are made.
        metadata: Goes into the file's key-value metadata.

    Returns:
        The file's path.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    arrow = require("pyarrow", "parquet")
    parquet = require("pyarrow.parquet", "parquet")
    batches = arrow.RecordBatchReader.from_stream(frame)
    schema = batches.schema.with_metadata(metadata)
    with (
        renamed(path) as (target, scratch),
        parquet.ParquetWriter(scratch, schema, compression="zstd") as writer,
    ):
        for group in _groups(batches):
            writer.write_table(arrow.Table.from_batches(group).replace_schema_metadata(metadata))
    return target


def _groups(batches: Any) -> Iterator[list[Any]]:
    """The batches, as many together as make a row group."""
    group: list[Any] = []
    for batch in batches:
        if group and sum(held.num_rows for held in group) + batch.num_rows > _GROUP_ROWS:
            yield group
            group = []
        group.append(batch)
    if group:
        yield group
