"""What kind of file a record is in, and its content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, TypeAlias

from tachograph._core import read_decompressed
from tachograph.exceptions import RecordFormatError, RunNotFoundError
from tachograph.export.pickle_file import read_pickle
from tachograph.recorder.loading.document import RecordDocument, parse_document
from tachograph.recorder.loading.json_values import from_json

__all__ = ["Kind", "document_of", "kind_of"]

Kind: TypeAlias = Literal["run", "log", "json", "pickle"]

_PICKLE_MARK = b"\x80"  # every pickle since protocol 2 begins with it


def kind_of(path: Path) -> Kind:
    """Tells what is at a path: by what it is, its name, or its first byte.

    Raises:
        RunNotFoundError: Nothing is.
        OSError: It cannot be read.
    """
    if path.is_dir():
        return "run"
    if not path.exists():
        raise RunNotFoundError(f"no run and no record file: {path}", path=path)
    if path.suffix.lower() == ".tacho":
        return "log"
    with path.open("rb") as file:
        first = file.read(1)
    return (
        "pickle" if first == _PICKLE_MARK or path.suffix.lower() in (".pkl", ".pickle") else "json"
    )


def document_of(path: Path, kind: Literal["json", "pickle"]) -> RecordDocument:
    """Reads a record.

    Raises:
        RecordFormatError: It is no training record; the message says why.
        UnsupportedFormatError: A newer version wrote it.
    """
    content = read_pickle(path) if kind == "pickle" else _read_json(path)
    return parse_document(content, path)


def _read_json(path: Path) -> object:
    try:
        # The signature that Windows editors put before UTF-8 is no part of the text.
        return from_json(json.loads(str(read_decompressed(path), "utf-8-sig")))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise RecordFormatError(
            f"not a readable JSON record ({reason}): {path}", path=path
        ) from error
