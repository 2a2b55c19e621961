"""PNG files whose checksums are wrong in chunks that do not hold pixels, as some scanners write them."""

from __future__ import annotations

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def with_right_checksums(data: bytes) -> bytes | None:
    """The file with the checksums of its ancillary chunks made right; those of header, palette and pixels stay.

    Parameters
    ----------
    data : bytes
        A PNG file.

    Returns
    -------
    bytes or None
        None if nothing is to be changed or the chunks do not follow one another.
    """
    parts, at, changed = [_SIGNATURE], len(_SIGNATURE), False
    while at < len(data):
        if at + 12 > len(data):
            return None
        (length,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 8 + length
        if end + 4 > len(data):
            return None
        checksum = data[end : end + 4]
        if kind[0] & 0x20:  # a small first letter: ancillary
            right = struct.pack(">I", zlib.crc32(data[at + 4 : end]))
            changed |= right != checksum
            checksum = right
        parts += [data[at:end], checksum]
        at = end + 4
        if kind == b"IEND":
            break
    return b"".join(parts) if changed else None
