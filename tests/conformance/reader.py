"""A reader of logs, written from docs/format.md alone.

It shares no code with the core and takes no care to be fast. Numbers in comments are sections of
docs/format.md. Needs NumPy, `zstandard` and `pcodec`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray
from pcodec import wrapped

Words = NDArray[np.uint64]
Key = tuple[int, str]

EPOCHS, STEPS = 1, 2
ROWS, RECORDS, INDEX, ABANDONED = 1, 2, 3, 4
SEQ, LABEL, WALL, EXTRAS = 0xF0, 0xF1, 0xF2, 0xF3
USER_ROLES = (0, 1, 2, 3)
FLOAT, INT = 0, 1
MAX_ROWS = 1 << 20
MAX_BYTES = 1 << 30
MAX_NESTING = 64
MERGE_REACH = 256
FILE_HEADER, FRAME_HEADER, SEGMENT_HEADER, TRAILER = 64, 88, 64, 32
FILE_MAGIC = b"\x89TACHO\r\n\x1a\n"
FRAME_MAGIC = b"\xf7TCF"
SEGMENT_MAGIC = b"\x89TCTAIL\n"
TRAILER_MAGIC = b"TCHE"


class BadBytesError(Exception):
    """Bytes that are not what they should be."""


class UnsupportedError(Exception):
    """Bytes of a later version."""


# ---- 1: words


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


_CRC = _crc_table()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


class Cursor:
    """Bytes and how far they were read."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, n: int) -> bytes:
        if n > len(self.data) - self.at:
            raise BadBytesError(f"{n} more bytes were announced")
        self.at += n
        return self.data[self.at - n : self.at]

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.at)

    def unpack(self, form: str) -> tuple[Any, ...]:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def u8(self) -> int:
        return self.take(1)[0]

    def u32(self) -> int:
        return int(self.unpack("I")[0])

    def word(self) -> int:
        return int(self.unpack("Q")[0])

    def words(self, n: int) -> Words:
        return np.frombuffer(self.take(8 * n), "<u8").astype(np.uint64)

    def varint(self, most: int) -> int:
        value = 0
        for shift in range(0, 64, 7):
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value > most:
                    break
                return value
        raise BadBytesError("a number is too large")

    def finish(self) -> None:
        if self.at != len(self.data):
            raise BadBytesError("bytes are left over")


def bits_of(words: Words, n: int) -> NDArray[np.bool_]:
    raw = np.frombuffer(words.astype("<u8").tobytes(), np.uint8)
    return np.unpackbits(raw, bitorder="little")[:n].astype(bool)


# ---- 5.4: coded bytes


def unpack_zstd(frame: bytes, size: int) -> bytes:
    if size == 0:
        return b""
    try:
        data = zstandard.ZstdDecompressor().decompress(frame, max_output_size=size)
    except zstandard.ZstdError as error:
        raise BadBytesError(f"zstd: {error}") from error
    if len(data) != size:
        raise BadBytesError("zstd gave another length")
    return data


def coded_bytes(data: bytes, most: int = MAX_BYTES) -> bytes:
    cursor = Cursor(data)
    form, size = cursor.u8(), cursor.varint(most)
    payload = cursor.rest()
    if form == 0 and len(payload) == size:
        return payload
    if form == 1:
        return unpack_zstd(payload, size)
    raise BadBytesError("unknown form of bytes")


# ---- 5: column codecs

_LANES: dict[str, Any] = {
    "u16": np.uint16,
    "u32": np.uint32,
    "u64": np.uint64,
    "f32": np.float32,
    "f64": np.float64,
}
_WIDTHS = {2: "u16", 4: "u32", 8: "u64"}


def lane(cursor: Cursor, n: int, kind: str) -> Words:
    """The bit patterns of a lane's numbers (5.1)."""
    form = cursor.u8()
    dtype = np.dtype(_LANES[kind]).newbyteorder("<")
    if form == 0 and n:
        patterns = _pco(cursor.rest(), n, kind).view(f"<u{dtype.itemsize}")
        return patterns.astype(np.uint64)
    if form != 1:
        raise BadBytesError("unknown form of a lane")
    out = np.zeros(n, np.uint64)
    for byte in range(dtype.itemsize):
        shape = cursor.u8()
        if shape == 0:
            plane = np.full(n, cursor.u8(), np.uint64)
        elif shape == 1:
            plane = np.frombuffer(cursor.take(n), np.uint8).astype(np.uint64)
        elif shape == 2:
            frame = cursor.take(cursor.varint(len(cursor.data)))
            plane = np.frombuffer(unpack_zstd(frame, n), np.uint8).astype(np.uint64)
        else:
            raise BadBytesError("unknown form of a plane")
        out |= plane << np.uint64(8 * byte)
    return out


def _pco(data: bytes, n: int, kind: str) -> NDArray[Any]:
    if data[:1] != b"\x04" or data[1:2] not in (b"\x00", b"\x01"):
        raise BadBytesError("a version of pcodec that is not in use")
    try:
        files, at = wrapped.FileDecompressor.new(data)
        chunk, used = files.chunk_decompressor(data[at:], kind)
        out = np.zeros(n, _LANES[kind])
        progress, page = chunk.read_page_into(data[at + used :], n, out)
    except RuntimeError as error:
        raise BadBytesError(f"pco: {error}") from error
    if progress.n_processed != n or at + used + page != len(data):
        raise BadBytesError("pco's page has another length")
    return out


def patches(cursor: Cursor, n: int) -> list[tuple[int, int]]:
    count = cursor.varint(n // 50 + (n >= 8))
    out, following = [], 0
    for _ in range(count):
        place = following + cursor.varint(n)
        if place >= n:
            raise BadBytesError("a patch is past the end")
        out.append((place, cursor.word()))
        following = place + 1
    return out


def widen_single(patterns: Words) -> Words:
    """The doubles that equal singles, NaNs by their bits."""
    singles = patterns.astype(np.uint32)
    with np.errstate(invalid="ignore"):
        words = singles.view(np.float32).astype(np.float64).view(np.uint64)
    wide = singles.astype(np.uint64)
    sign, fraction = wide & np.uint64(1 << 31), wide & np.uint64((1 << 23) - 1)
    nans = sign << np.uint64(32) | np.uint64(0x7FF << 52) | fraction << np.uint64(29)
    is_nan = ((singles >> 23 & 0xFF) == 0xFF) & (fraction != 0)
    return np.where(is_nan, nans, words)


def unordered(numbers: Words) -> Words:
    mask = np.uint64(0xFFFF)
    return np.where(numbers & np.uint64(0x8000), numbers & np.uint64(0x7FFF), ~numbers & mask)


def widen_bf16(numbers: Words) -> Words:
    return widen_single(unordered(numbers) << np.uint64(16))


def widen_half(numbers: Words) -> Words:
    halves = unordered(numbers).astype(np.uint16)
    with np.errstate(invalid="ignore"):
        words = halves.view(np.float16).astype(np.float64).view(np.uint64)
    wide = halves.astype(np.uint64)
    sign, fraction = wide & np.uint64(0x8000), wide & np.uint64(0x3FF)
    nans = sign << np.uint64(48) | np.uint64(0x7FF << 52) | fraction << np.uint64(42)
    is_nan = ((halves >> 10 & 31) == 31) & (fraction != 0)
    return np.where(is_nan, nans, words)


def _ints(cursor: Cursor, n: int) -> Words:
    base, width = cursor.word(), cursor.u8()
    if width not in _WIDTHS:
        raise BadBytesError("unknown width of integers")
    return lane(cursor, n, _WIDTHS[width]) + np.uint64(base)


def _runs(cursor: Cursor, n: int) -> Words:
    lengths, words = [], []
    for _ in range(cursor.varint(n)):
        lengths.append(cursor.varint(n))
        words.append(cursor.word())
    if sum(lengths) != n:
        raise BadBytesError("the runs have another length")
    return np.repeat(np.array(words, np.uint64), lengths)


def _ratio(cursor: Cursor, n: int) -> Words:
    divisor = cursor.varint((1 << 64) - 1)
    if divisor == 0:
        raise BadBytesError("division by zero")
    changes = patches(cursor, n)
    ints = _ints(cursor, n).view(np.int64).astype(np.float64)
    return _patched((ints / float(divisor)).view(np.uint64), changes)


def _dictionary(cursor: Cursor, n: int) -> Words:
    words = cursor.words(cursor.varint(4096))
    places = lane(cursor, n, "u16")
    if n and int(places.max()) >= len(words):
        raise BadBytesError("a place is past the dictionary's end")
    return words[places.astype(np.intp)] if n else places


def _patched(words: Words, changes: list[tuple[int, int]]) -> Words:
    for place, word in changes:
        words[place] = word
    return words


def _narrow(kind: str, widen: Callable[[Words], Words]) -> Callable[[Cursor, int], Words]:
    def decode(cursor: Cursor, n: int) -> Words:
        changes = patches(cursor, n)
        return _patched(widen(lane(cursor, n, kind)), changes)

    return decode


def _linear(cursor: Cursor, n: int) -> Words:
    start, stride = np.uint64(cursor.word()), np.uint64(cursor.word())
    return start + np.arange(n, dtype=np.uint64) * stride


CODECS: dict[int, Callable[[Cursor, int], Words]] = {
    0: lambda cursor, n: cursor.words(n),
    1: lambda cursor, n: np.full(n, cursor.word(), np.uint64),
    2: _linear,
    3: _runs,
    4: _ints,
    5: lambda cursor, n: lane(cursor, n, "f64"),
    6: _narrow("f32", widen_single),
    7: _narrow("u16", widen_bf16),
    8: _narrow("u16", widen_half),
    9: _ratio,
    10: _dictionary,
}


def coded_column(data: bytes, n: int) -> Words:
    cursor = Cursor(data)
    codec = cursor.u8()
    if n > MAX_ROWS or codec not in CODECS:
        raise BadBytesError("unknown codec, or too many words")
    words = CODECS[codec](cursor, n)
    cursor.finish()
    return words


# ---- 7: values


@dataclass(frozen=True)
class BigInt:
    digits: str


@dataclass(frozen=True)
class Array:
    dtype: str
    shape: tuple[int, ...]
    data: bytes


@dataclass(frozen=True)
class Time:
    micros: int


@dataclass(frozen=True)
class Opaque:
    type_name: str
    text: str


_TAGS = {0x74616301: 1, 0x74616302: 3, 0x74616303: 1, 0x74616304: 2}


def decode_value(data: bytes) -> Any:
    cursor = Cursor(data)
    value = _value(cursor, 0)
    cursor.finish()
    return value


def _value(cursor: Cursor, depth: int) -> Any:
    first = cursor.u8()
    if first in (0xF4, 0xF5, 0xF6):
        return {0xF4: False, 0xF5: True, 0xF6: None}[first]
    if first == 0xFB:
        return struct.unpack(">d", cursor.take(8))[0]
    major, size = first >> 5, _argument(cursor, first & 31)
    if major in (0, 1):
        if size >= 1 << 63:
            raise BadBytesError("an integer beyond 64 bits")
        return size if major == 0 else -1 - size
    if major == 2:
        return cursor.take(size)
    if major == 3:
        return _text(cursor.take(size))
    if major == 6:
        return _tagged(cursor, size)
    if depth == MAX_NESTING or major == 7:
        raise BadBytesError("nested too deeply, or no value")
    if major == 4:
        return [_value(cursor, depth + 1) for _ in range(size)]
    return _map(cursor, size, depth)


def _argument(cursor: Cursor, low: int) -> int:
    if low < 24:
        return low
    if low > 27:
        raise BadBytesError("a length is not definite")
    return int.from_bytes(cursor.take(1 << low - 24), "big")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadBytesError("text is not UTF-8") from error


def _map(cursor: Cursor, size: int, depth: int) -> dict[Any, Any]:
    out: dict[Any, Any] = {}
    for _ in range(size):
        key = _value(cursor, depth + 1)
        if isinstance(key, list | dict | Array):
            raise BadBytesError("a key is a list, map or array")
        out.setdefault(key, _value(cursor, depth + 1))
    return out


def _tagged(cursor: Cursor, tag: int) -> Any:
    if tag not in _TAGS:
        raise BadBytesError(f"unknown tag {tag:#x}")
    item = _value(cursor, 0)
    if tag == 0x74616301 and re.fullmatch(r"0|-?[1-9][0-9]*|-0", str(item)):
        return BigInt(item)
    if tag == 0x74616302 and isinstance(item, list) and len(item) == 3:
        return Array(item[0], tuple(item[1]), item[2])
    if tag == 0x74616303 and type(item) is int:
        return Time(item)
    if tag == 0x74616304 and isinstance(item, list) and len(item) == 2:
        return Opaque(*item)
    raise BadBytesError("a tagged value has another form")


# ---- 3, 4, 8: the main file


@dataclass(frozen=True)
class Frame:
    kind: int
    table: int
    features: int
    offset: int
    uuid: bytes
    seq_first: int
    payload_len: int
    head_len: int
    rows: int
    attempt: int
    segment: int
    part: int
    parts: int
    label_min: int
    label_max: int
    head_crc: int

    @property
    def end(self) -> int:
        return self.offset + FRAME_HEADER + self.payload_len


def frame_header(data: bytes, offset: int, uuid: bytes | None) -> Frame | None:
    """The sound frame header in `data`, which stands at `offset` of its file (3.1)."""
    if len(data) < FRAME_HEADER or data[:4] != FRAME_MAGIC:
        return None
    fields = struct.unpack("<4sBBHQ16sQIIIIIHHqqII", data[:FRAME_HEADER])
    _, kind, table, features, *rest, head_crc, crc = fields
    frame = Frame(kind, table, features, *rest, head_crc)
    sound = crc == crc32c(data[:84]) and frame.offset == offset and uuid in (None, frame.uuid)
    fits = frame.head_len <= frame.payload_len and frame.rows <= MAX_ROWS
    return frame if sound and fits else None


@dataclass(frozen=True)
class Entry:
    role: int
    kind: int
    flags: int
    name: str
    start: int
    size: int
    crc: int
    values: int


def directory(head: bytes) -> list[Entry]:
    cursor = Cursor(head)
    entries = []
    for _ in range(cursor.u32()):
        role, kind, flags, _, name_size, start, size, crc, values = cursor.unpack("4B5I")
        name = _text(cursor.take(name_size))
        entries.append(Entry(role, kind, flags, name, start, size, crc, values))
    return entries


@dataclass
class Column:
    kind: int
    words: Words
    present: NDArray[np.bool_]


@dataclass
class Part:
    """A stretch of a table's rows, all of one attempt."""

    table: int
    attempt: int
    seq: Words
    label: NDArray[np.int64]
    wall: NDArray[np.int64]
    columns: dict[Key, Column] = field(default_factory=dict)
    extras: list[tuple[int, Key, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Damage:
    file: str
    offset: int
    size: int
    reason: str
    rows: int = 0


def rows_frame(head: bytes, chunks: bytes, frame: Frame, damage: list[Damage]) -> Part:
    """A ROWS frame (4). A damaged column is left out and noted."""
    entries = directory(head)
    n = frame.rows

    def chunk(entry: Entry) -> bytes:
        data = chunks[entry.start : entry.start + entry.size]
        if len(data) != entry.size or crc32c(data) != entry.crc:
            raise BadBytesError(f"the checksum of column {entry.name!r} is wrong")
        return data

    own = {
        entry.role: coded_column(chunk(entry), n) for entry in entries if 0xF0 <= entry.role <= 0xF2
    }
    if own.keys() != {SEQ, LABEL, WALL}:
        raise BadBytesError("the frame lacks one of its own columns")
    label, wall = own[LABEL].view(np.int64), own[WALL].view(np.int64)
    part = Part(frame.table, frame.attempt, own[SEQ], label, wall)
    for entry in entries:
        try:
            if entry.role == EXTRAS:
                part.extras = [
                    (row, (role, name), value)
                    for row, role, name, value in decode_value(coded_bytes(chunk(entry)))
                ]
            elif entry.role in USER_ROLES:
                part.columns[entry.role, entry.name] = sealed_column(entry, chunk(entry), n)
        except BadBytesError as bad:
            size = frame.end - frame.offset
            damage.append(Damage("run.tacho", frame.offset, size, str(bad)))
    return part


def sealed_column(entry: Entry, data: bytes, n: int) -> Column:
    if not entry.flags & 1:
        return Column(entry.kind, coded_column(data, n), np.ones(n, bool))
    cursor = Cursor(data)
    n_words = -(-n // 64)
    bitmap = coded_bytes(cursor.take(cursor.u32()), 8 * n_words)
    present = bits_of(Cursor(bitmap).words(n_words), n)
    if int(present.sum()) != entry.values:
        raise BadBytesError("the bitmap disagrees with the number of values")
    words = np.zeros(n, np.uint64)
    words[present] = coded_column(cursor.rest(), entry.values)
    return Column(entry.kind, words, present)


# ---- 9.1, 9.4: segments


@dataclass(frozen=True)
class SegmentHeader:
    segment: int
    uuid: bytes
    first_seq: int
    attempt: int
    written: bool = True  # each record by a call of its own: the file may end within one


def segment_header(data: bytes) -> SegmentHeader | None:
    for at in (0, SEGMENT_HEADER):
        copy = data[at : at + SEGMENT_HEADER]
        if len(copy) < SEGMENT_HEADER or copy[:8] != SEGMENT_MAGIC:
            continue
        if struct.unpack("<I", copy[60:])[0] != crc32c(copy[:60]):
            continue
        major, _, number, uuid, first_seq, attempt = struct.unpack("<HHI16sQI", copy[8:44])
        (bits,) = struct.unpack("<I", copy[44:48])
        if major > 1:
            raise UnsupportedError(f"a segment of format {major}")
        return SegmentHeader(number, uuid, first_seq, attempt, bool(bits & 1))
    return None


class Segment:
    """The rows and records of one segment."""

    def __init__(self, header: SegmentHeader, data: bytes, name: str) -> None:
        self.header, self.data, self.name = header, data, name
        self.tables = {EPOCHS: _Rows(), STEPS: _Rows()}
        self.layouts: dict[int, tuple[int, list[Key]]] = {}
        self.records: list[tuple[int, list[Any]]] = []
        self.damage: list[Damage] = []
        self.row = 0
        self._scan()

    @property
    def next_seq(self) -> int:
        return self.header.first_seq + self.row

    def parts(self) -> Iterator[Part]:
        for table, rows in self.tables.items():
            if rows.label:
                yield rows.part(table, self.header.attempt)

    def _record_at(self, at: int) -> bytes | None:
        """The body of the sound record at `at`; None at the end; an error where it is damaged."""
        commit = self.data[at : at + 8]
        if len(commit) < 8 or commit == bytes(8):
            return None
        crc, size = struct.unpack("<II", commit)
        if size < 8 or size % 8:
            raise BadBytesError("a record's length is wrong")
        body = self.data[at + 8 : at + 8 + size]
        if len(body) < size:
            if not self.header.written:
                raise BadBytesError("the file ends within a record")
            return None
        prefix = self.header.uuid + struct.pack("<III", self.header.segment, at, size)
        if crc32c(prefix + body) != crc:
            raise BadBytesError("a record's checksum is wrong")
        return body

    def _scan(self) -> None:
        at = 2 * SEGMENT_HEADER
        while True:
            damaged, body = False, None
            try:
                body = self._record_at(at)
            except BadBytesError:
                damaged = True
            if body is not None:
                self._take(body, at)
                at += 8 + len(body)
                continue
            following = self._next_record(at)
            if following is None:
                end = len(self.data.rstrip(b"\0"))
                if damaged and end > at:
                    self._note(at, end - at, "no sound record follows", 0)
                return
            row = struct.unpack("<I", self.data[following + 12 : following + 16])[0]
            self._note(at, following - at, "no sound record stands here", max(0, row - self.row))
            self.row = max(self.row, row)
            at = following

    def _next_record(self, at: int) -> int | None:
        for place in range(at + 8, len(self.data) - 15, 8):
            try:
                if self._record_at(place) is not None:
                    return place
            except BadBytesError:
                continue
        return None

    def _note(self, at: int, size: int, reason: str, rows: int) -> None:
        self.damage.append(Damage(self.name, at, size, reason, rows))

    def _take(self, body: bytes, at: int) -> None:
        kind, flags, layout, row = struct.unpack("<BBHI", body[:8])
        if row > self.row:
            self._note(at, 0, "rows are missing", row - self.row)
        self.row = max(self.row, row)
        cursor = Cursor(body[8:])
        try:
            if kind == 1:
                self.layouts[layout] = _layout(cursor)
            elif kind == 4:
                self.records.append((self.next_seq, decode_value(cursor.take(cursor.u32()))))
            elif kind in (2, 3, 5):
                self._take_rows(cursor, kind, flags, layout)
        except BadBytesError as bad:
            self._note(at, 8 + len(body), str(bad), 0)

    def _take_rows(self, cursor: Cursor, kind: int, flags: int, layout: int) -> None:
        if layout not in self.layouts:
            self.row += cursor.word() if kind == 5 else 1
            raise BadBytesError("a row without its layout")
        table, keys = self.layouts[layout]
        rows = self.tables.setdefault(table, _Rows())
        if kind == 5:
            self.row += rows.bulk(cursor, keys, self.next_seq)
            return
        if kind == 2:
            rows.row(cursor, keys, self.next_seq)
        else:
            rows.mixed_row(cursor, keys, self.next_seq, has_extras=bool(flags & 1))
        self.row += 1


def _layout(cursor: Cursor) -> tuple[int, list[Key]]:
    table = cursor.u8()
    cursor.take(3)
    keys = []
    for _ in range(cursor.u32()):
        size, role = cursor.u32(), cursor.u8()
        keys.append((role, _text(cursor.take(size))))
    return table, keys


class _Rows:
    """Rows of one table as they stand in a segment: each cell is (row, kind, word)."""

    def __init__(self) -> None:
        self.seq: list[int] = []
        self.label: list[int] = []
        self.wall: list[int] = []
        self.cells: dict[Key, list[tuple[int, int, int]]] = {}
        self.extras: list[tuple[int, Key, Any]] = []

    def _begin(self, seq: int, label: int, wall: int) -> int:
        self.seq.append(seq)
        self.label.append(label)
        self.wall.append(wall)
        return len(self.seq) - 1

    def row(self, cursor: Cursor, keys: list[Key], seq: int) -> None:
        label, wall = cursor.unpack("qq")
        words = cursor.words(len(keys))
        at = self._begin(seq, label, wall)
        for key, word in zip(keys, words, strict=True):
            self.cells.setdefault(key, []).append((at, FLOAT, int(word)))

    def mixed_row(self, cursor: Cursor, keys: list[Key], seq: int, *, has_extras: bool) -> None:
        n = len(keys)
        label, wall = cursor.unpack("qq")
        present = bits_of(cursor.words(-(-n // 64)), n)
        ints = bits_of(cursor.words(-(-n // 64)), n)
        words = cursor.words(n)
        extras = decode_value(cursor.take(cursor.u32())) if has_extras else []
        at = self._begin(seq, label, wall)
        for place, key in enumerate(keys):
            if present[place]:
                kind = INT if ints[place] else FLOAT
                self.cells.setdefault(key, []).append((at, kind, int(words[place])))
        self.extras += [(at, (role, name), value) for _, role, name, value in extras]

    def bulk(self, cursor: Cursor, keys: list[Key], seq: int) -> int:
        n, wall = cursor.unpack("Qq")
        forms = cursor.words(len(keys))
        labels = cursor.words(n).view(np.int64)
        columns = []
        for form in forms:
            present = np.ones(n, bool)
            if int(form) & 2:
                present = bits_of(cursor.words(-(-n // 64)), n)
            columns.append((INT if int(form) & 1 else FLOAT, present, cursor.words(n)))
        first = len(self.seq)
        for row in range(n):
            self._begin(seq + row, int(labels[row]), wall)
        for key, (kind, present, words) in zip(keys, columns, strict=True):
            cells = self.cells.setdefault(key, [])
            cells += [(first + int(row), kind, int(words[row])) for row in np.flatnonzero(present)]
        return int(n)

    def part(self, table: int, attempt: int) -> Part:
        n = len(self.seq)
        seq = np.array(self.seq, np.uint64)
        part = Part(
            table, attempt, seq, np.array(self.label, np.int64), np.array(self.wall, np.int64)
        )
        for key, cells in self.cells.items():
            if cells:
                part.columns[key] = _column(cells, n)
        part.extras = self.extras
        return part


def _column(cells: list[tuple[int, int, int]], n: int) -> Column:
    kind = INT if all(cell[1] == INT for cell in cells) else FLOAT
    column = Column(kind, np.zeros(n, np.uint64), np.zeros(n, bool))
    for row, of, word in cells:
        column.words[row] = to_float(word) if of != kind else word
        column.present[row] = True
    return column


def to_float(word: int) -> int:
    """The bits of the double that equals an integer."""
    number = word - (1 << 64) if word >> 63 else word
    return int(struct.unpack("<Q", struct.pack("<d", float(number)))[0])


# ---- 9.3, 9.5, 10: the run


@dataclass
class Row:
    label: int
    attempt: int
    seq: int
    wall: int
    values: dict[Key, tuple[int, int]]
    """(kind, word) of each scalar."""
    extras: dict[Key, Any]


class Run:
    """A run, read whole."""

    def __init__(self, path: Path, *, by_index: bool = True) -> None:
        self.damage: list[Damage] = []
        self.torn = 0
        self.closed = False
        self.closed_by = 0
        self.next_seq = 0
        self.uuid: bytes | None = None
        self._frames: dict[int, dict[int, Frame]] = {}
        self._parts: dict[int, int] = {}
        self._segments: dict[int, Segment] = {}
        is_dir = path.is_dir()
        main = path / "run.tacho" if is_dir else path
        self._main = main.read_bytes() if main.exists() else b""
        tails = self._tail_files(path) if is_dir else {}
        self._beside = set(tails)
        if self._open_main() and not (by_index and not tails and self._open_by_index()):
            self._scan_main()
        self._take_segments(tails)
        self._all_parts = list(self._read_parts())
        self.records = self._read_records()
        self.next_seq = max([self.next_seq, *(int(p.seq[-1]) + 1 for p in self._all_parts)])
        known = [
            value["rows_lost"] for _, (kind, key, value, *_) in self._puts() if key == "repaired"
        ]
        read = sum(len(part.seq) for part in self._all_parts)
        self.rows_lost = max(0, self.next_seq - read - (known[-1] if known else 0))

    def _puts(self) -> Iterator[tuple[int, list[Any]]]:
        return ((seq, record) for seq, record in self.records if record[0] == "put")

    # ---- main file

    def _open_main(self) -> bool:
        head = self._main[:FILE_HEADER]
        if len(head) < FILE_HEADER:
            if head[:10] != FILE_MAGIC[: len(head)]:
                raise BadBytesError("not a log")
            self.torn = len(head)
            return False
        magic, _, major, _, _, _, incompat, _, uuid, _, _, crc = struct.unpack(
            "<10sHHHIIII16sqII", head
        )
        if magic == FILE_MAGIC and crc == crc32c(head[:60]):
            if major > 1 or incompat:
                raise UnsupportedError(
                    f"format {major}, features {incompat:#x}; install a newer release"
                )
            self.uuid = uuid
            return True
        frame = self._next_frame(FILE_HEADER)
        may_be_ours = magic == FILE_MAGIC or (self._beside and not head.strip(b"\0"))
        if frame is None and not may_be_ours:
            raise BadBytesError("not a log")
        self.uuid = frame.uuid if frame else None
        self.damage.append(Damage("run.tacho", 0, FILE_HEADER, "the file header is damaged"))
        return True

    def _frame_at(self, at: int) -> Frame | None:
        return frame_header(self._main[at : at + FRAME_HEADER], at, self.uuid)

    def _next_frame(self, at: int) -> Frame | None:
        while (at := self._main.find(FRAME_MAGIC, at)) >= 0:
            if frame := self._frame_at(at):
                return frame
            at += 1
        return None

    def _head(self, frame: Frame) -> bytes:
        at = frame.offset + FRAME_HEADER
        head = self._main[at : at + frame.head_len]
        if len(head) != frame.head_len or crc32c(head) != frame.head_crc:
            raise BadBytesError("the checksum of the frame's head is wrong")
        return head

    def _chunks(self, frame: Frame) -> bytes:
        return self._main[frame.offset + FRAME_HEADER + frame.head_len : frame.end]

    def _is_whole(self, frame: Frame) -> bool:
        if frame.end > len(self._main):
            return False
        try:
            head = self._head(frame)
            if frame.kind == ROWS:
                found: list[Damage] = []
                rows_frame(head, self._chunks(frame), frame, found)
                return not found
        except BadBytesError:
            return False
        return True

    def _index_of(self, frame: Frame) -> tuple[list[Frame], int, bool]:
        cursor = Cursor(self._head(frame))
        frames = []
        for _ in range(cursor.u32()):
            raw = cursor.take(FRAME_HEADER)
            listed = frame_header(raw, struct.unpack("<Q", raw[8:16])[0], self.uuid)
            if listed is None:
                raise BadBytesError("the index lists no frame")
            frames.append(listed)
        _, _, next_seq, closed = decode_value(cursor.rest())
        return frames, next_seq, closed

    def _trailer(self, end: int) -> int | None:
        """Where the INDEX frame stands whose sound trailer ends at `end` (8)."""
        trailer = self._main[end - TRAILER : end]
        offset, _, _, uuid, magic, crc = struct.unpack("<QII8s4sI", trailer)
        ours = self.uuid is not None and uuid == self.uuid[:8]
        sound = ours and magic == TRAILER_MAGIC and crc == crc32c(trailer[:28])
        return int(offset) if sound else None

    def _check_trailer(self, frame: Frame) -> None:
        if self._trailer(frame.end) != frame.offset:
            raise BadBytesError("the trailer is damaged")

    def _open_by_index(self) -> bool:
        if len(self._main) < FILE_HEADER + FRAME_HEADER + TRAILER or self.uuid is None:
            return False
        offset = self._trailer(len(self._main))
        frame = None if offset is None else self._frame_at(offset)
        if frame is None or frame.kind != INDEX or frame.end != len(self._main):
            return False
        try:
            frames, self.next_seq, self.closed = self._index_of(frame)
        except BadBytesError:
            return False
        for listed in frames:
            self._add(listed)
        self.closed_by = frame.attempt
        return True

    def _add(self, frame: Frame) -> None:
        self.next_seq = max(self.next_seq, frame.seq_first + frame.rows)
        parts = self._frames.setdefault(frame.segment, {})
        if frame.part not in parts or not self._is_whole(parts[frame.part]):
            parts[frame.part] = frame
        self._parts[frame.segment] = max(self._parts.get(frame.segment, 0), frame.parts)

    def _scan_main(self) -> None:
        at = FILE_HEADER
        while at < len(self._main):
            frame = self._frame_at(at)
            if frame and (
                frame.end == len(self._main) or self._frame_at(frame.end) or self._is_whole(frame)
            ):
                self._take(frame)
                at = frame.end
                continue
            following = self._next_frame(at + (FRAME_HEADER if frame else 1))
            if following is None:
                self.torn += len(self._main) - at
                return
            size = following.offset - at
            rows = frame.rows if frame else 0
            self.damage.append(Damage("run.tacho", at, size, "no sound frame stands here", rows))
            at = following.offset

    def _take(self, frame: Frame) -> None:
        self.closed = False
        size = frame.end - frame.offset
        if frame.features:
            self.damage.append(
                Damage("run.tacho", frame.offset, size, "needs a newer release", frame.rows)
            )
            return
        try:
            if frame.kind == ABANDONED:
                self._abandon(*Cursor(self._head(frame)).unpack("QQ"))
            if frame.kind == INDEX:
                frames, next_seq, self.closed = self._index_of(frame)
                self.next_seq = max(self.next_seq, next_seq)
                for listed in frames:
                    self._add(listed)
                self.closed_by = frame.attempt
                self._check_trailer(frame)
            elif frame.kind == ROWS and frame.segment in self._beside and not self._is_whole(frame):
                # Its rows stand in the segment.
                self.damage.append(Damage("run.tacho", frame.offset, size, "half a frame"))
            elif frame.kind in (ROWS, RECORDS):
                self._head(frame)
                self._add(frame)
        except BadBytesError as bad:
            self.damage.append(Damage("run.tacho", frame.offset, size, str(bad), frame.rows))

    def _abandon(self, start: int, end: int) -> None:
        self.torn += end - start
        inside = [
            found
            for found in self.damage
            if start <= found.offset and found.offset + found.size <= end
        ]
        self.damage = [found for found in self.damage if found not in inside]
        for parts in self._frames.values():
            for part, frame in list(parts.items()):
                if start <= frame.offset < end:
                    del parts[part]

    # ---- segments

    @staticmethod
    def _tail_files(path: Path) -> dict[int, Path]:
        found = {}
        for file in path.iterdir():
            if match := re.fullmatch(r"run\.tacho\.tail-(\d{8,})", file.name):
                found[int(match[1])] = file
        return dict(sorted(found.items()))

    def _is_sealed(self, number: int) -> bool:
        return number in self._frames and len(self._frames[number]) >= self._parts[number]

    def _take_segments(self, tails: dict[int, Path]) -> None:
        for number, file in tails.items():
            data = file.read_bytes()
            if self._is_sealed(number) or not data.strip(b"\0"):
                continue
            header = segment_header(data)
            if header is None and not data[2 * SEGMENT_HEADER :].strip(b"\0"):
                continue  # it was being begun when its process died
            if header is None and self.uuid is not None:
                header = SegmentHeader(number, self.uuid, self.next_seq, self._last_attempt())
                reason = "both copies of the header are damaged"
                self.damage.append(Damage(file.name, 0, 2 * SEGMENT_HEADER, reason))
            if header is None or header.segment != number:
                continue
            self.uuid = self.uuid or header.uuid
            if header.uuid != self.uuid:
                continue
            segment = Segment(header, data, file.name)
            self._segments[number] = segment
            self.damage += segment.damage
            known = segment.next_seq <= self.next_seq and header.attempt <= self.closed_by
            self.closed = self.closed and known
            self.next_seq = max(self.next_seq, segment.next_seq)

    def _last_attempt(self) -> int:
        sealed = [frame.attempt for parts in self._frames.values() for frame in parts.values()]
        return max([1, *sealed, *(tail.header.attempt for tail in self._segments.values())])

    # ---- rows

    def _read_parts(self) -> Iterator[Part]:
        for number in sorted({*self._frames, *self._segments}):
            if number in self._segments:
                yield from self._segments[number].parts()
                continue
            for _, frame in sorted(self._frames[number].items()):
                if frame.kind != ROWS:
                    continue
                try:
                    yield rows_frame(self._head(frame), self._chunks(frame), frame, self.damage)
                except BadBytesError as bad:
                    size = frame.end - frame.offset
                    self.damage.append(
                        Damage("run.tacho", frame.offset, size, str(bad), frame.rows)
                    )

    def _read_records(self) -> list[tuple[int, list[Any]]]:
        records = []
        for number in sorted({*self._frames, *self._segments}):
            if number in self._segments:
                records += self._segments[number].records
                continue
            for frame in self._frames[number].values():
                if frame.kind != RECORDS:
                    continue
                try:
                    listed = decode_value(coded_bytes(self._head(frame)))
                    records += [(seq, record) for seq, record in listed]
                except BadBytesError as bad:
                    size = frame.end - frame.offset
                    self.damage.append(Damage("run.tacho", frame.offset, size, str(bad)))
        return records

    def put(self) -> dict[str, Any]:
        """The last value of each key."""
        return {record[1]: record[2] for _, record in self._puts()}

    def rows(self, table: int, *, everything: bool = False) -> list[Row]:
        """The rows of a table, hidden ones left out, amendments applied (10)."""
        parts = [part for part in self._all_parts if part.table == table and len(part.seq)]
        first: dict[int, int] = {}
        for part in parts:
            first.setdefault(part.attempt, int(part.label[0]))
        rows = []
        for part in parts:
            later = [label for attempt, label in first.items() if attempt > part.attempt]
            cutoff = min(later) if later and not everything else None
            rows += [row for row in _rows_of(part) if cutoff is None or row.label < cutoff]
        if table == EPOCHS:
            self._amend(rows)
        kinds: dict[Key, int] = {}
        for row in rows:
            for key, (kind, _) in row.values.items():
                kinds[key] = min(kinds.get(key, INT), kind)
        for row in rows:
            row.values = {
                key: (kinds[key], to_float(word) if kind != kinds[key] else word)
                for key, (kind, word) in row.values.items()
            }
        return rows

    def _amend(self, rows: list[Row]) -> None:
        by_seq = {row.seq: row for row in rows}
        for _, record in self.records:
            if record[0] != "amend" or record[1] not in by_seq:
                continue
            _, seq, role, name, value = record
            row, key = by_seq[seq], (role, name)
            if key == (0, "timestamp"):
                row.wall = value.micros if isinstance(value, Time) else value
                continue
            row.values.pop(key, None)
            row.extras.pop(key, None)
            if isinstance(value, int):
                row.values[key] = (INT, int(value) % (1 << 64))
            elif isinstance(value, float):
                row.values[key] = (FLOAT, int(struct.unpack("<Q", struct.pack("<d", value))[0]))
            elif value is not None:
                row.extras[key] = value

    def merged_steps(self) -> list[list[Row]]:
        """The visible rows of `steps`, those that are one step together (10)."""
        groups: list[list[Row]] = []
        latest: dict[tuple[int, int], tuple[list[Row], set[Key]]] = {}
        for row in self.rows(STEPS):
            keys = {*row.values, *row.extras}
            group, seen = latest.get((row.label, row.attempt), ([], set()))
            is_near = bool(group) and (
                row.seq - group[0].seq <= MERGE_REACH or row.seq - group[-1].seq == 1
            )
            if is_near and not seen & keys:
                group.append(row)
                seen |= keys
            else:
                groups.append([row])
                latest[row.label, row.attempt] = groups[-1], keys
        return groups


def _rows_of(part: Part) -> list[Row]:
    rows = [
        Row(int(label), part.attempt, int(seq), int(wall), {}, {})
        for label, seq, wall in zip(part.label, part.seq, part.wall, strict=True)
    ]
    for key, column in part.columns.items():
        for at in np.flatnonzero(column.present):
            rows[at].values[key] = (column.kind, int(column.words[at]))
    for at, key, value in part.extras:
        rows[at].extras[key] = value
    return rows
