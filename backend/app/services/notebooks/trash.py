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
from ..beneath import make_folder, move
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
        root: in which the notebooks' files lie.
    """

    def __init__(self, workspace: Path, root: Path) -> None:
        self._workspace = workspace
        self._root = root
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
            self._take(place, folder)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise StorageError(f"{place.path} cannot be deleted: {reason(error)}.") from error
        return _told(entry, note)

    def _take(self, place: Place, folder: Path) -> None:
        """Move both or none; a file in the notebook's own folder goes with that."""
        home = self._workspace / place.id
        if place.path.parent == home:
            shutil.move(home, folder / _HOME)
            return
        move(place.path, folder / _FILE, within=self._root)
        try:
            if home.is_dir():
                shutil.move(home, folder / _HOME)
        except OSError:
            move(folder / _FILE, place.path, into=self._root)
            raise

    def entries(self) -> list[Discarded]:
        """What lies here, newest first."""
        names = [path.parent.name for path in self._folder.glob(f"*/{_NOTE}")]
        found = [_told(name, note) for name in names if (note := self._note(name))]
        return sorted(found, key=lambda each: each.deleted_at, reverse=True)

    def bring_back(self, entry: str) -> str:
        """Put a notebook where it lay; its id.

        Raises:
            UnknownNotebookError: there is no such entry.
            InvalidInputError: another one lies there now.
            StorageError: it cannot be moved.
        """
        note = self._note(entry)
        if note is None:
            raise UnknownNotebookError(f"There is no {entry!r} in the trash.")
        folder, path, home = self._folder / entry, Path(note.path), self._workspace / note.id
        if path.exists() or _has_files(home):
            raise InvalidInputError(f"{path} is taken by now: rename what lies there first.")
        try:
            if (folder / _FILE).exists():
                make_folder(path.parent, self._root)
            if (folder / _HOME).is_dir():
                shutil.rmtree(home, ignore_errors=True)
                shutil.move(folder / _HOME, home)
            if (folder / _FILE).exists():
                move(folder / _FILE, path, into=self._root)
            shutil.rmtree(folder)
        except OSError as error:
            raise StorageError(f"{path} cannot be brought back: {reason(error)}.") from error
        return note.id

    def empty(self) -> None:
        """Let go of all of it, for good."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _note(self, entry: str) -> _Note | None:
        try:
            folder = self._folder / check_id("trash entry", entry)
            note = _Note.model_validate_json((folder / _NOTE).read_bytes())
        except (InvalidIdError, OSError, ValidationError):
            return None
        is_whole = (folder / _FILE).exists() or (folder / _HOME / Path(note.path).name).exists()
        return note if is_whole else None  # else its server was killed before it was moved


def _has_files(folder: Path) -> bool:
    """Whether there is more than folders that somebody looked for and that were made for him."""
    return any(not path.is_dir() for path in folder.rglob("*"))


def _told(entry: str, note: _Note) -> Discarded:
    name = Path(note.path).stem
    return Discarded(entry=entry, id=note.id, name=name, deleted_at=note.deleted_at)
