"""Prints a main file or a tail segment byte by byte, with what each byte means.

    python tools/dump.py runs/baseline/<run id>/run.tacho
    python tools/dump.py runs/baseline/<run id>/run.tacho.tail-00000001

For looking at small files, by the tables of docs/format.md: it checks nothing, and what it does not
know it prints as bytes.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

PER_LINE = 16
FRAME_HEADER, TRAILER = 88, 32
_COLUMNS = ("field", "metric", "train", "val")
ROLES = {
    **dict(enumerate(_COLUMNS)),
    **{0x80 + role: f"place of a {name}" for role, name in enumerate(_COLUMNS)},
    0xF0: "seq",
    0xF1: "label",
    0xF2: "wall",
    0xF3: "extras",
}
KINDS = {0: "float", 1: "int"}
TABLES = {0: "-", 1: "epochs", 2: "steps"}
FRAMES = {1: "ROWS", 2: "RECORDS", 3: "INDEX"}
RECORDS = {1: "LAYOUT", 2: "ROW", 3: "MIXED_ROW", 4: "RECORD", 5: "BULK"}
CODECS = [
    "raw",
    "constant",
    "linear",
    "runs",
    "ints",
    "f64",
    "f32",
    "bf16",
    "f16",
    "ratio",
    "dictionary",
]

Line = tuple[int, bytes, str]


class Dump:
    """A file and how far it was printed."""

    def __init__(self, data: bytes) -> None:
        """Begins at the first byte."""
        self.data, self.at = data, 0

    def field(self, size: int, meaning: str) -> Line:
        """The next bytes and what they mean."""
        start, self.at = self.at, self.at + size
        return start, self.data[start : self.at], meaning

    def number(self, form: str, meaning: str) -> Line:
        """The next number and what it means; its value is added."""
        size = struct.calcsize("<" + form)
        value = struct.unpack_from("<" + form, self.data, self.at)[0]
        return self.field(size, f"{meaning}: {value}")

    def time(self, meaning: str) -> Line:
        """The next eight bytes, a time."""
        micros = struct.unpack_from("<q", self.data, self.at)[0]
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
        return self.field(8, f"{meaning}: {moment:%Y-%m-%d %H:%M:%S.%f}")

    def title(self, text: str) -> Line:
        """A line without bytes."""
        return self.at, b"", text


def main_file(dump: Dump) -> Iterator[Line]:
    """The header and every frame, as long as one follows the other."""
    yield dump.title("file header")
    yield dump.field(10, "magic")
    for meaning in ("header length", "major version", "minor version"):
        yield dump.number("H", meaning)
    for meaning in ("compat flags", "ro_compat flags", "incompat flags"):
        yield dump.number("I", meaning)
    yield dump.field(4, "reserved")
    yield dump.field(16, "uuid")
    yield dump.time("made")
    yield dump.field(4, "reserved")
    yield dump.field(4, "crc of the header")
    while dump.data[dump.at : dump.at + 4] == b"\xf7TCF":
        yield from frame(dump)
    if dump.at < len(dump.data):
        yield dump.field(len(dump.data) - dump.at, "no frame")


def frame(dump: Dump) -> Iterator[Line]:
    """One frame."""
    start = dump.at
    kind, head, payload = dump.data[start + 4], _u32(dump, start + 44), _u32(dump, start + 40)
    yield dump.title(f"frame header: {FRAMES.get(kind, 'unknown')}")
    yield from frame_header(dump)
    end = start + FRAME_HEADER + payload
    if kind == 1:
        yield from rows(dump, head)
    elif kind == 3:
        yield from index(dump, head)
    else:
        yield dump.title("records")
        yield from coded_bytes(dump, head)
    if dump.at < end:
        yield dump.field(end - dump.at, "payload")


def frame_header(dump: Dump) -> Iterator[Line]:
    """The 88 bytes before a frame's payload."""
    yield dump.field(4, "marker")
    yield dump.number("B", "frame type")
    yield dump.field(1, f"table: {TABLES.get(dump.data[dump.at], 'unknown')}")
    yield dump.field(
        2, "features: 0" if dump.data[dump.at : dump.at + 2] == b"\0\0" else "features"
    )
    yield dump.number("Q", "offset")
    yield dump.field(16, "uuid")
    yield dump.number("Q", "seq")
    for meaning in ("payload length", "head length", "rows", "attempt", "segment"):
        yield dump.number("I", meaning)
    yield dump.number("H", "part")
    yield dump.number("H", "parts")
    yield dump.number("q", "least label")
    yield dump.number("q", "greatest label")
    yield dump.field(4, "crc of the head")
    yield dump.field(4, "crc of the header")


def rows(dump: Dump, head: int) -> Iterator[Line]:
    """The payload of a ROWS frame."""
    base = dump.at + head
    entries = []
    yield dump.title("directory")
    n = _u32(dump, dump.at)
    yield dump.number("I", "entries")
    for _ in range(n):
        role, kind, flags = dump.data[dump.at : dump.at + 3]
        size, start, length = struct.unpack_from("<III", dump.data, dump.at + 4)
        name = dump.data[dump.at + 24 : dump.at + 24 + size].decode(errors="replace")
        label = f"{ROLES.get(role, role)} {name}".rstrip()
        text = f"{label}: {KINDS.get(kind, kind)}" + (", validity" if flags & 1 else "")
        yield dump.field(4, f"role, kind, flags of {text}")
        yield dump.field(12, f"name length {size}, chunk at {start}, {length} bytes")
        yield dump.field(4, "crc of the chunk")
        yield dump.number("I", "values")
        if size:
            yield dump.field(size, f"name: {name}")
        entries.append((label, role, flags, start, length))
    for label, role, flags, start, length in entries:
        dump.at = base + start
        yield dump.title(f"chunk of {label}")
        end = dump.at + length
        if role == 0xF3:
            yield from coded_bytes(dump, length)
            continue
        if flags & 1:
            size = _u32(dump, dump.at)
            yield dump.number("I", "length of the bitmap")
            yield from coded_bytes(dump, size)
        codec = dump.data[dump.at]
        yield dump.field(1, f"codec {CODECS[codec] if codec < len(CODECS) else codec}")
        names = {1: ["word"], 2: ["start", "stride"]}.get(codec, [])
        for name in names:
            yield dump.number("q", name)
        if dump.at < end:
            yield dump.field(end - dump.at, "what the codec needs")


def coded_bytes(dump: Dump, size: int) -> Iterator[Line]:
    """Bytes that may be a zstd frame."""
    end = dump.at + size
    form = {0: "stored", 1: "zstd"}.get(dump.data[dump.at], "unknown")
    yield dump.field(1, f"form: {form}")
    length, shift, width = 0, 0, 0
    while True:
        byte = dump.data[dump.at + width]
        length |= (byte & 0x7F) << shift
        shift, width = shift + 7, width + 1
        if byte < 0x80:
            break
    yield dump.field(width, f"unpacked length: {length}")
    yield dump.field(end - dump.at, "content")


def index(dump: Dump, head: int) -> Iterator[Line]:
    """The payload of an INDEX frame."""
    end = dump.at + head
    yield dump.title("index")
    n = _u32(dump, dump.at)
    yield dump.number("I", "frames")
    for _ in range(n):
        offset = struct.unpack_from("<Q", dump.data, dump.at + 8)[0]
        yield dump.field(FRAME_HEADER, f"copy of the frame header at {offset}")
    yield dump.field(end - dump.at, "CBOR: columns, extras, next seq, closed")
    yield dump.title("trailer")
    yield dump.number("Q", "offset of the index frame")
    yield dump.number("I", "its payload length")
    yield dump.field(4, "reserved")
    yield dump.field(8, "first half of the uuid")
    yield dump.field(4, "magic")
    yield dump.field(4, "crc of the trailer")


def segment(dump: Dump) -> Iterator[Line]:
    """Both headers and every record of a tail segment."""
    for copy in ("header", "header again"):
        yield dump.title(copy)
        yield dump.field(8, "magic")
        yield dump.number("H", "major version")
        yield dump.number("H", "minor version")
        yield dump.number("I", "segment")
        yield dump.field(16, "uuid")
        yield dump.number("Q", "first seq")
        yield dump.number("I", "attempt")
        yield dump.field(4, "reserved")
        yield dump.time("begun")
        yield dump.field(4, "reserved")
        yield dump.field(4, "crc of the header")
    width: dict[int, int] = {}
    while dump.data[dump.at : dump.at + 8].strip(b"\0"):
        yield from record(dump, width)
    rest = len(dump.data) - dump.at
    yield dump.title(f"the end: {rest} zeros" if rest else "the end of the file")


def record(dump: Dump, width: dict[int, int]) -> Iterator[Line]:
    """One record of a tail segment."""
    size = _u32(dump, dump.at + 4)
    end = dump.at + 8 + size
    kind, _, layout, row = struct.unpack_from("<BBHI", dump.data, dump.at + 8)
    yield dump.title(f"record: {RECORDS.get(kind, 'unknown')}")
    yield dump.field(4, "commit word: crc")
    yield dump.number("I", "commit word: length")
    yield dump.field(8, f"type {kind}, flags, layout {layout}, {row} rows before")
    if kind == 1:
        yield from layout_of(dump, layout, width)
    elif kind in {2, 3}:
        yield dump.number("q", "label")
        yield dump.time("wall time")
        n = width.get(layout, 0)
        size, ints = 8 * -(-n // 64), 0
        if kind == 3:
            ints = int.from_bytes(dump.data[dump.at + size : dump.at + 2 * size], "little")
            yield dump.field(size, "bitmap: present")
            yield dump.field(size, "bitmap: ints")
        for column in range(n):
            yield dump.number("q" if ints >> column & 1 else "d", f"column {column}")
    if kind == 4 or (kind == 3 and dump.at < end):
        cbor = _u32(dump, dump.at)
        yield dump.number("I", "size")
        yield dump.field(cbor, "CBOR")
    if dump.at < end:
        rest = dump.data[dump.at : end]
        yield dump.field(end - dump.at, "payload" if rest.strip(b"\0") else "padding")


def layout_of(dump: Dump, layout: int, width: dict[int, int]) -> Iterator[Line]:
    """The payload of a LAYOUT record."""
    yield dump.field(4, f"table: {TABLES.get(dump.data[dump.at], 'unknown')}; reserved")
    width[layout] = n = _u32(dump, dump.at)
    yield dump.number("I", "columns")
    for _ in range(n):
        size = _u32(dump, dump.at)
        yield dump.number("I", "name length")
        yield dump.field(1, f"role: {ROLES.get(dump.data[dump.at], 'unknown')}")
        name = dump.data[dump.at : dump.at + size].decode(errors="replace")
        yield dump.field(size, f"name: {name}")


def _u32(dump: Dump, at: int) -> int:
    return int(struct.unpack_from("<I", dump.data, at)[0])


def lines(data: bytes) -> Iterator[str]:
    """The text, line by line."""
    dump = Dump(data)
    parts = segment(dump) if data[:8] == b"\x89TCTAIL\n" else main_file(dump)
    for offset, raw, meaning in parts:
        if not raw:
            yield f"{'':8}-- {meaning}"
            continue
        for start in range(0, len(raw), PER_LINE):
            piece = raw[start : start + PER_LINE].hex(" ")
            text = meaning if start == 0 else ""
            yield f"{offset + start:06x}  {piece:<{3 * PER_LINE}} {text}".rstrip()


def main() -> None:
    """Prints the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    for line in lines(parser.parse_args().file.read_bytes()):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
