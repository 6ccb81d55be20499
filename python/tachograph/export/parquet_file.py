"""Parquet of a table, written by pyarrow batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tachograph._core import Frame
from tachograph._optional import require
from tachograph.export.target import OnProgress, Writable, writing

__all__ = ["write_parquet"]

# What is written together; a batch may be a small tail of a live run, or a large block.
_GROUP_ROWS: Final = 1 << 20
_GROUP_BYTES: Final = 1 << 28


def write_parquet(
    frame: Frame,
    target: Path | Writable,
    metadata: Mapping[str, str],
    *,
    n_rows: int,
    progress: OnProgress | None,
) -> None:
    """Writes a frame as Parquet (zstd); a path is written beside its place and then renamed.

    Args:
        frame: The rows and columns.
        target: Where to.
        metadata: Goes into the file's key-value metadata.
        n_rows: How many rows there are at most.
        progress: Is told how far it is.

    Raises:
        MissingExtraError: pyarrow is not installed.
        LogIOError: The file cannot be written.
    """
    arrow = require("pyarrow", "parquet")
    parquet = require("pyarrow.parquet", "parquet")
    batches = arrow.RecordBatchReader.from_stream(frame)
    schema = batches.schema.with_metadata(metadata)
    with writing(target) as output:
        writer = parquet.ParquetWriter(output, schema, compression="zstd")
        try:
            for group in _groups(_told(batches, n_rows, progress)):
                table = arrow.Table.from_batches(group)
                writer.write_table(table.replace_schema_metadata(metadata))
        except BaseException:
            output.abandon()
            raise
        finally:
            writer.close()


def _told(batches: Any, n_rows: int, progress: OnProgress | None) -> Iterator[Any]:
    """The batches; who is told hears of the rows before each, and of all at the end."""
    done = 0
    for batch in batches:
        if progress is not None:
            progress(min(done, n_rows), n_rows)
        done += batch.num_rows
        yield batch
    if progress is not None:
        progress(n_rows, n_rows)


def _groups(batches: Iterator[Any]) -> Iterator[list[Any]]:
    """The batches, as many together as make a row group."""
    group: list[Any] = []
    n_rows = n_bytes = 0
    for batch in batches:
        n_rows, n_bytes = n_rows + batch.num_rows, n_bytes + batch.nbytes
        if group and (n_rows > _GROUP_ROWS or n_bytes > _GROUP_BYTES):
            yield group
            group, n_rows, n_bytes = [], batch.num_rows, batch.nbytes
        group.append(batch)
    if group:
        yield group
