"""A notebook's whole history as one tar file: a header, the snapshots, then the content."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from blake3 import blake3

from ..errors import DamagedSnapshotError, InvalidIdError
from ..names import check_id
from .entry import decode, number
from .pieces import Pieces
from .records import Digest
from .snapshot_table import Row, SnapshotTable

_HEADER = "nbengine-state.json"
_FORMAT = 1
_KEY_ID, _SIGNATURE = 8, 32


class Header(NamedTuple):
    """What stands at the beginning of an archive."""

    notebook_id: str
    """Whose snapshots were signed."""
    head: int | None
    last: int


class ArchiveWriter:
    """Writes an archive member by member."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path, "x", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def write(self, notebook_id: str, table: SnapshotTable, pieces: Pieces) -> None:
        """Everything, and close it."""
        with self._tar:
            header = {
                "format": _FORMAT,
                "notebook_id": notebook_id,
                "head": table.head,
                "last": table.last,
            }
            self._add(_HEADER, json.dumps(header).encode())
            for row in table.rows():
                self._add(f"snapshots/{row.id}.json", row.body)
                mark = row.key_id + row.signature + bytes([row.retired])
                self._add(f"snapshots/{row.id}.sig", mark)
            for piece in pieces.index():
                self._add(f"pieces/{piece.digest.hex()}", pieces.read(piece.digest))

    def _add(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        member.mode = 0o600
        self._tar.addfile(member, io.BytesIO(data))


class ArchiveReader:
    """Reads an archive member by member; nothing of it is ever a path here.

    Every method raises DamagedSnapshotError for what no `ArchiveWriter` wrote.
    """

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._members = _members(tar)
        name, data = next(self._members, ("", b""))
        self.header = _header(data if name == _HEADER else b"")
        self._next = next(self._members, None)

    def rows(self) -> Iterator[Row]:
        """The snapshots; to be exhausted before the pieces."""
        while self._next and self._next[0].startswith("snapshots/"):
            body = self._next[1]
            mark = next(self._members, ("", b""))[1]
            if len(mark) != _KEY_ID + _SIGNATURE + 1:
                raise DamagedSnapshotError("The archive is damaged: a signature is missing.")
            yield _row(body, mark)
            self._next = next(self._members, None)

    def pieces(self) -> Iterator[tuple[Digest, bytes]]:
        """The content, checked."""
        while self._next:
            name, data = self._next
            digest = blake3(data).digest()
            if name != f"pieces/{digest.hex()}":
                raise DamagedSnapshotError(f"The archive is damaged: {name} is another content.")
            yield digest, data
            self._next = next(self._members, None)


@contextmanager
def read_archive(path: Path) -> Iterator[ArchiveReader]:
    """An archive to be read.

    Raises:
        DamagedSnapshotError: the file is none.
    """
    try:
        with tarfile.open(path, "r|") as tar:
            yield ArchiveReader(tar)
    except tarfile.TarError as error:
        raise DamagedSnapshotError(f"{path} is no archive of a notebook's state.") from error


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    try:
        for member in tar:
            # What is sparse may be a terabyte in one kilobyte.
            is_plain = member.isreg() and not member.issparse()
            file = tar.extractfile(member) if is_plain else None
            if file is None:
                raise DamagedSnapshotError(f"The archive is damaged: {member.name} is no file.")
            yield member.name, file.read()
    except (tarfile.TarError, EOFError) as error:
        raise DamagedSnapshotError(f"The archive is damaged: {error}.") from error


def _row(body: bytes, mark: bytes) -> Row:
    entry = decode(body)
    key_id, signature = mark[:_KEY_ID], mark[_KEY_ID:-1]
    return Row(entry.info.id, entry.base, int(mark[-1] != 0), key_id, signature, body)


def _header(data: bytes) -> Header:
    try:
        content: dict[str, Any] = json.loads(data)
        if content["format"] != _FORMAT:
            raise ValueError(content["format"])
        head = content["head"]
        notebook_id = check_id("notebook", content["notebook_id"])
        return Header(notebook_id, None if head is None else number(head), number(content["last"]))
    except (ValueError, TypeError, KeyError, RecursionError, InvalidIdError) as error:
        message = "The file is no archive of a notebook's state."
        raise DamagedSnapshotError(message) from error
