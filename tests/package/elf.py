"""The smallest shared libraries that say which symbol versions they need."""

import struct

_SECTION = struct.Struct("<IIQQQQIIQQ")
_HEADER_BYTES = 64
_STRTAB, _VERNEED = 3, 0x6FFFFFFE


def elf_library(needed: dict[str, str], machine: int) -> bytes:
    """A 64-bit ELF file with a section of needed versions and one of names, and no code.

    Args:
        needed: Symbol versions with blanks between them, by the library that has to have them.
        machine: The number of an architecture: 62 x86_64, 183 arm64.
    """
    names = b"\0.names\0.gnu.version_r\0"
    offsets = {}
    for name in [*needed, *" ".join(needed.values()).split()]:
        offsets[name] = len(names)
        names += name.encode() + b"\0"
    versions = _version_entries(needed, offsets)
    sections = [
        _SECTION.pack(*[0] * 10),
        _SECTION.pack(1, _STRTAB, 0, 0, _HEADER_BYTES, len(names), 0, 0, 1, 0),
        _SECTION.pack(8, _VERNEED, 0, 0, _HEADER_BYTES + len(names), len(versions), 1,
                      len(needed), 1, 0),
    ]  # fmt: skip
    table = _HEADER_BYTES + len(names) + len(versions)
    identification = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    counts = (0, _HEADER_BYTES, 0, 0, _SECTION.size, len(sections), 1)
    header = identification + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 0, table, *counts)
    return header + names + versions + b"".join(sections)


def _version_entries(needed: dict[str, str], offsets: dict[str, int]) -> bytes:
    """Records of 16 bytes: one a library, each followed by one a version of its symbols."""
    entries = b""
    for number, (library, text) in enumerate(needed.items(), 1):
        versions = text.split()
        following = 16 * (1 + len(versions)) if number < len(needed) else 0
        entries += struct.pack("<HHIII", 1, len(versions), offsets[library], 16, following)
        for index, version in enumerate(versions, 1):
            last = index == len(versions)
            entries += struct.pack("<IHHII", 0, 0, 2, offsets[version], 0 if last else 16)
    return entries
