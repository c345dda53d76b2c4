"""Notebooks that were deleted, until somebody empties the trash."""

from __future__ import annotations

import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from ...errors import InvalidIdError, InvalidInputError, StorageError, UnknownNotebookError
from ...models.notebook_view import Discarded
from ...models.outputs import Part
from ...names import check_id
from ...runtime.wording import reason
from .shelf import Place

_FOLDER = ".trash"
_NOTE, _FILE, _HOME = "note.json", "notebook.ipynb", "home"


class _Note(Part):
    """What brings a notebook back."""

    id: str
    path: str
    deleted_at: datetime


class Trash:
    """One folder a deleted notebook: its file, its own folder, and a note of where they lay.

    Args:
        workspace: root of all notebooks' own folders.
    """

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._folder = workspace / _FOLDER

    def take(self, place: Place) -> Discarded:
        """Move a notebook here, with its variables, files and results.

        Raises:
            StorageError: it cannot be moved.
        """
        now = datetime.now(UTC)
        entry = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        folder = self._folder / entry
        note = _Note(id=place.id, path=str(place.path), deleted_at=now)
        try:
            folder.mkdir(parents=True)
            (folder / _NOTE).write_text(note.model_dump_json(), encoding="utf-8")
            shutil.move(place.path, folder / _FILE)
            if (home := self._workspace / place.id).is_dir():
                shutil.move(home, folder / _HOME)
        except OSError as error:
            raise StorageError(f"{place.path} cannot be deleted: {reason(error)}.") from error
        return _told(entry, note)

    def entries(self) -> list[Discarded]:
        """What lies here, newest first."""
        names = sorted(path.parent.name for path in self._folder.glob(f"*/{_NOTE}"))
        found = [_told(name, note) for name in names if (note := self._note(name))]
        return found[::-1]

    def bring_back(self, entry: str) -> tuple[str, Path]:
        """Put a notebook where it lay; its id and its path.

        Raises:
            UnknownNotebookError: there is no such entry.
            InvalidInputError: another one lies there now.
            StorageError: it cannot be moved.
        """
        note = self._note(entry)
        if note is None:
            raise UnknownNotebookError(f"There is no {entry!r} in the trash.")
        folder, path, home = self._folder / entry, Path(note.path), self._workspace / note.id
        if path.exists() or home.exists():
            raise InvalidInputError(f"{path} is taken by now: rename what lies there first.")
        try:
            if (folder / _HOME).is_dir():
                shutil.move(folder / _HOME, home)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder / _FILE, path)
            shutil.rmtree(folder)
        except OSError as error:
            raise StorageError(f"{path} cannot be brought back: {reason(error)}.") from error
        return note.id, path

    def empty(self) -> None:
        """Let go of all of it, for good."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _note(self, entry: str) -> _Note | None:
        try:
            check_id("trash entry", entry)
            return _Note.model_validate_json((self._folder / entry / _NOTE).read_bytes())
        except (InvalidIdError, OSError, ValidationError):
            return None


def _told(entry: str, note: _Note) -> Discarded:
    name = Path(note.path).stem
    return Discarded(entry=entry, id=note.id, name=name, deleted_at=note.deleted_at)
