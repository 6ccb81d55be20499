"""Says which glibc a wheel loads on, by the symbol versions its compiled module asks for.

    python tools/wheel_glibc.py dist/tachograph-*.whl

Exits with 1 where a module asks for a newer glibc than the wheel's own platform tag promises.
"""

import re
import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

# From the ELF gABI and "Linux Standard Base", symbol versioning: 64-bit little-endian layouts.
_ELF_MAGIC_64_LE = b"\x7fELF\x02\x01"
_SECTION_TABLE_OFFSET = struct.Struct("<40xQ10xHHH")  # e_shoff, e_shentsize, e_shnum, e_shstrndx
_SECTION = struct.Struct("<IIQQQQII")  # name, type, flags, addr, offset, size, link, info
_SHT_GNU_VERNEED = 0x6FFFFFFE
_VERNEED = struct.Struct("<HHIII")  # version, cnt, file, aux, next
_VERNAUX = struct.Struct("<IHHII")  # hash, flags, other, name, next

Version = tuple[int, ...]


def needed_versions(elf: bytes) -> Iterator[str]:
    """Names of the symbol versions that a shared object needs, such as `GLIBC_2.17`."""
    if not elf.startswith(_ELF_MAGIC_64_LE):
        raise ValueError("not a 64-bit little-endian ELF file")
    table, entry_size, n_sections, _names = _SECTION_TABLE_OFFSET.unpack_from(elf)
    sections = [_SECTION.unpack_from(elf, table + i * entry_size) for i in range(n_sections)]
    for _name, kind, _flags, _addr, offset, _size, link, n_files in sections:
        if kind == _SHT_GNU_VERNEED:
            yield from _needed(elf, offset, n_files=n_files, strings=sections[link][4])


def _needed(elf: bytes, offset: int, *, n_files: int, strings: int) -> Iterator[str]:
    for _ in range(n_files):
        _version, n_versions, _file, aux, following = _VERNEED.unpack_from(elf, offset)
        at = offset + aux
        for _ in range(n_versions):
            _hash, _flags, _other, name, next_aux = _VERNAUX.unpack_from(elf, at)
            start = strings + name
            yield elf[start : elf.index(b"\0", start)].decode("ascii")
            at += next_aux
        offset += following


def glibc_needed(elf: bytes) -> Version:
    """The newest glibc that the shared object names; () where it names none."""
    found = (re.fullmatch(r"GLIBC_([\d.]+)", name) for name in needed_versions(elf))
    return max((_version(match[1]) for match in found if match), default=())


def glibc_promised(wheel_name: str) -> Version:
    """The glibc of a `manylinux_2_N` tag; () for any other tag."""
    tags = re.findall(r"manylinux_(\d+_\d+)_", wheel_name)
    return min((_version(tag.replace("_", ".")) for tag in tags), default=())


def _version(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))


def check(wheel: Path) -> bool:
    """Prints what the wheel needs; whether its tag keeps its word."""
    promised = glibc_promised(wheel.name)
    kept = bool(promised)
    print(f"{wheel.name}: tag promises glibc {_shown(promised)}")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".so"):
                needed = glibc_needed(archive.read(name))
                kept = kept and needed <= promised
                print(f"  {name}: needs glibc {_shown(needed)}")
    return kept


def _shown(version: Version) -> str:
    return ".".join(map(str, version)) or "(none)"


def main() -> int:
    """Checks every wheel named on the command line."""
    wheels = [Path(argument) for argument in sys.argv[1:]]
    if not wheels:
        print(__doc__, file=sys.stderr)
        return 2
    results = [check(wheel) for wheel in wheels]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
