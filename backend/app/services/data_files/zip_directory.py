"""The table of contents of a ZIP archive, and by it what the archive is: a workbook, arrays."""

from __future__ import annotations

import io
import zipfile

from ...models.files import Kind
from .source import Source

LARGEST = 4 * 2**20
"""Bytes of a table of contents that are read: about as many as 50,000 members have."""
_OFFICE = {"word/": "Word document", "ppt/": "PowerPoint presentation"}


class UnreadableArchive(ValueError):
    """Why the table of contents cannot be read, in the middle of a sentence."""


def archive(source: Source) -> zipfile.ZipFile:
    """The archive, its table of contents read.

    How long that is the archive says in several places, of which only what is read counts.

    Raises:
        UnreadableArchive: it is damaged, or its table of contents too long.
    """
    try:
        return zipfile.ZipFile(_Sparing(source.file))
    except UnreadableArchive:
        raise
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise UnreadableArchive(f"it is cut or damaged ({error})") from None


class _Sparing(io.BufferedReader):
    """A file of which no more is read at once than a table of contents may have."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST:
            raise UnreadableArchive(
                f"its table of contents has {size:,} bytes, {LARGEST:,} are read"
            )
        return super().read(size)


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
