"""Which bytes of a file a client wants.

Source: RFC 9110, sections 13 and 14, https://www.rfc-editor.org/rfc/rfc9110
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class ByteRange:
    """Bytes from `start` to before `stop`."""

    start: int
    stop: int


class UnsatisfiableRange(Exception):
    """No byte of the file is in the range that was asked for."""


def asked_range(header: str | None, size: int) -> ByteRange | None:
    """The one range that is asked for; None for the whole file.

    What is not understood, several ranges included, is passed over, as the standard allows.

    Raises:
        UnsatisfiableRange: it begins behind the end.
    """
    found = _ONE_RANGE.fullmatch(header or "")
    if found is None or found.group(1) == found.group(2) == "":
        return None
    first, last = found.groups()
    if not first:
        return _last_bytes(int(last), size)
    start, stop = int(first), int(last) + 1 if last else size
    if stop <= start and last:
        return None
    if start >= size:
        raise UnsatisfiableRange
    return ByteRange(start, min(stop, size))


def _last_bytes(count: int, size: int) -> ByteRange:
    if not count or not size:
        raise UnsatisfiableRange
    return ByteRange(max(0, size - count), size)
