"""The table of contents of a ZIP archive, and by it what the archive is: a workbook, arrays."""

from __future__ import annotations

import io
import struct
import zipfile

from ...models.files import Kind
from .source import LARGEST_DIRECTORY, Source

_TAIL = 64 * 2**10 + 22
"""Bytes at the end in which the record of the directory lies (APPNOTE.TXT, 4.3.16)."""
_END = b"PK\x05\x06"
_OFFICE = {"word/": "Word document", "ppt/": "PowerPoint presentation"}


class UnreadableArchive(ValueError):
    """Why the table of contents cannot be read, in the middle of a sentence."""


def archive(source: Source) -> zipfile.ZipFile:
    """The archive, its table of contents read.

    Raises:
        UnreadableArchive: it is damaged, or its table of contents too long.
    """
    tail = source.read(max(0, source.size - _TAIL), _TAIL)
    place = tail.rfind(_END)
    if place < 0 or len(tail) < place + 20:
        raise UnreadableArchive("its table of contents is missing, so it is cut or damaged")
    (size,) = struct.unpack_from("<I", tail, place + 12)
    if size > LARGEST_DIRECTORY and size != 0xFFFFFFFF:
        raise UnreadableArchive(f"its table of contents has {size:,} bytes")
    if size == 0xFFFFFFFF and source.size > 2**32:
        raise UnreadableArchive("its table of contents is that of a very large archive (ZIP64)")
    try:
        return zipfile.ZipFile(io.BufferedReader(source.file))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise UnreadableArchive(f"it is damaged ({error})") from None


def zipped(source: Source) -> tuple[Kind, str]:
    """Kind and format of an archive."""
    try:
        names = archive(source).namelist()
    except UnreadableArchive:
        return "zip", "ZIP archive"
    if any(name.startswith("xl/") for name in names):
        return "excel", "Excel workbook (xlsb)" if "xl/workbook.bin" in names else (
            "Excel workbook (xlsx)"
        )
    if "content.xml" in names and source.begin[30:38] == b"mimetype":
        is_sheet = b"opendocument.spreadsheet" in source.begin[38:100]
        return ("excel", "OpenDocument spreadsheet") if is_sheet else ("zip", "OpenDocument file")
    if names and all(name.endswith(".npy") for name in names):
        return "numpy", "NumPy archive (npz)"
    office = (form for start, form in _OFFICE.items() if any(n.startswith(start) for n in names))
    return "zip", next(office, "ZIP archive")
