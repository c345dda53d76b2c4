"""Where notebooks lie: each in a folder of its own, or all of them in a folder of the user's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

from ...errors import InvalidIdError, InvalidInputError, StorageError, UnknownNotebookError
from ...names import MAX_LENGTH, check_id, fault_of_file_name
from ...runtime.wording import reason
from ..notebook_file import notebook_id

SUFFIX = ".ipynb"
_CHECKPOINTS = ".ipynb_checkpoints"
_DEPTH = 8
_LONGEST = 200
"""Bytes of a notebook's name."""
_FORBIDDEN = frozenset('/\\:*?"<>|')
"""Characters that no file name may have on some system."""


@dataclass(frozen=True)
class Place:
    """Where one notebook lies."""

    id: str
    path: Path
    """Of its file."""
    folder: Path
    """In which its cells work."""

    @property
    def name(self) -> str:
        """That of the file, without `.ipynb`."""
        return self.path.stem


class Shelf(Protocol):
    """Knows the notebooks of one folder."""

    folder: Path

    def places(self) -> Iterator[Place]:
        """Every notebook, in no order."""

    def find(self, notebook_id: str) -> Place:
        """Where a notebook lies.

        Raises:
            UnknownNotebookError: there is none with this id.
        """

    def new(self, name: str) -> Place:
        """Where a notebook of this name is to lie.

        Raises:
            InvalidInputError: it cannot be one's name, or one has it.
        """

    def renamed(self, place: Place, name: str) -> Place:
        """Where a notebook lies once it has another name; as `new`."""


class OwnFolders:
    """Each notebook in a folder of its own, named by its id: `<workspace>/<id>/<name>.ipynb`."""

    def __init__(self, workspace: Path) -> None:
        self.folder = workspace

    def places(self) -> Iterator[Place]:
        for folder in _folders(self.folder):
            if (place := self._place(folder)) is not None:
                yield place

    def find(self, notebook_id: str) -> Place:
        place = self._place(self.folder / check_id("notebook", notebook_id))
        if place is None:
            raise UnknownNotebookError(f"There is no notebook {notebook_id!r}.")
        return place

    def new(self, name: str) -> Place:
        name = check_name(name)
        stem = _as_id(name)
        ids = (stem if n == 1 else f"{stem}-{n}" for n in count(1))
        folder = next(f for f in (self.folder / each for each in ids) if not f.exists())
        return Place(folder.name, folder / f"{name}{SUFFIX}", folder / "data")

    def renamed(self, place: Place, name: str) -> Place:
        path = place.path.with_name(f"{check_name(name)}{SUFFIX}")
        return Place(place.id, path, place.folder)

    def _place(self, folder: Path) -> Place | None:
        try:
            files = sorted(p for p in folder.iterdir() if _is_notebook(p))
        except OSError:
            return None
        return Place(folder.name, files[0], folder / "data") if files else None


class OneFolder:
    """Notebooks of the user's own, in a folder and those below it; cells work beside their file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def places(self) -> Iterator[Place]:
        for path in _notebooks(self.folder, _DEPTH):
            yield _beside(path)

    def find(self, notebook_id: str) -> Place:
        check_id("notebook", notebook_id)
        for place in self.places():
            if place.id == notebook_id:
                return place
        raise UnknownNotebookError(f"There is no notebook {notebook_id!r} in {self.folder}.")

    def new(self, name: str) -> Place:
        return self._free(self.folder / f"{check_name(name)}{SUFFIX}")

    def renamed(self, place: Place, name: str) -> Place:
        path = place.path.with_name(f"{check_name(name)}{SUFFIX}")
        return place if path == place.path else self._free(path)

    def _free(self, path: Path) -> Place:
        if path.exists() or path.is_symlink():
            raise InvalidInputError(f"There is a notebook {path.stem!r} already.")
        return _beside(path)


def check_name(name: str) -> str:
    """The name itself, in Unicode's composed form, if a file can have it everywhere.

    Raises:
        InvalidInputError: it cannot; the message says why.
    """
    name = unicodedata.normalize("NFC", name.strip()).removesuffix(SUFFIX)
    if (why := _objection(name)) is not None:
        raise InvalidInputError(f"{name[:40]!a} cannot be the name of a notebook: {why}.")
    return name


def _objection(name: str) -> str | None:
    if (why := fault_of_file_name(name)) is not None:
        return why
    if name.startswith("."):
        return "it begins with a dot"
    if bad := sorted({c for c in name if c in _FORBIDDEN or not c.isprintable()}):
        return f"it has {bad[0]!a} in it"
    return f"it has more than {_LONGEST} bytes" if len(name.encode()) > _LONGEST else None


def _as_id(name: str) -> str:
    """An id that reminds of the name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    stem = "-".join(words)[: MAX_LENGTH // 2].strip("-")
    try:
        return check_id("notebook", stem)
    except InvalidIdError:  # nothing is left, or a device of Windows has this name
        return f"notebook-{stem}".rstrip("-")


def _beside(path: Path) -> Place:
    return Place(notebook_id(path), path, path.parent)


def _folders(folder: Path) -> Iterator[Path]:
    try:
        yield from (f for f in folder.iterdir() if f.is_dir() and not f.name.startswith("."))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{folder} cannot be read: {reason(error)}.") from error


def _notebooks(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if _is_notebook(entry):
            yield entry
        elif depth and entry.is_dir() and not entry.is_symlink() and entry.name[0] != ".":
            yield from _notebooks(entry, depth - 1)


def _is_notebook(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.parent.name == _CHECKPOINTS
    return path.suffix == SUFFIX and not hidden and path.is_file()
