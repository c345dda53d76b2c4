"""ZIP archives: the names and sizes of their members, nothing of which is unpacked."""

from __future__ import annotations

from ....models.files import Contents
from ..bounds import NAMES, short
from ..source import Source
from ..zip_directory import UnreadableArchive, archive


def describe_archive(source: Source, form: str) -> Contents:
    """The members of an archive."""
    try:
        members = archive(source).infolist()
    except UnreadableArchive as error:
        return Contents(kind="zip", format=form, problem=f"This archive cannot be read: {error}.")
    unpacked = sum(member.file_size for member in members)
    notes = []
    if unpacked > 100 * max(1, source.size):
        notes.append("unpacked it is said to be more than a hundred times as large")
    if any(member.flag_bits & 1 for member in members):
        notes.append("some members are encrypted")
    return Contents(
        kind="zip",
        format=form,
        details={
            "members": len(members),
            "bytes unpacked": unpacked,
            "names": [short(member.filename) for member in members[:NAMES]],
        },
        notes=notes,
    )
