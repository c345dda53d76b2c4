"""Where notebooks lie: each in a folder of its own, or all of them in a folder of the user's."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Protocol

from ...errors import (
    InvalidIdError,
    InvalidInputError,
    StorageError,
    UnknownFileError,
    UnknownNotebookError,
)
from ...models.notebook import Notebook
from ...names import MAX_LENGTH, check_id, fault_of_file_name
from ...runtime.wording import reason
from ..beneath import is_beneath, make_folder
from ..notebook_file import notebook_id, notebook_json

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
    root: Path
    """Out of which neither may lead."""

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

    def give_back(self, place: Place) -> None:
        """Nothing is to lie at a new place after all."""


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
        return Place(folder.name, folder / f"{name}{SUFFIX}", folder / "data", self.folder)

    def renamed(self, place: Place, name: str) -> Place:
        path = place.path.with_name(f"{check_name(name)}{SUFFIX}")
        _check_free(path, place.path)
        return replace(place, path=path)

    def give_back(self, place: Place) -> None:
        shutil.rmtree(place.path.parent, ignore_errors=True)

    def _place(self, folder: Path) -> Place | None:
        """Of several files, the one with the shortest name: copies have longer ones."""
        try:
            files = [path for path in folder.iterdir() if _is_notebook(path, self.folder)]
        except OSError:
            return None
        if not files:
            return None
        path = min(files, key=lambda each: (len(each.name), each.name))
        return Place(folder.name, path, folder / "data", self.folder)


class OneFolder:
    """Notebooks of the user's own, in a folder and those below it; cells work beside their file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def places(self) -> Iterator[Place]:
        for path in _notebooks(self.folder, self.folder, _DEPTH):
            yield _beside(path, self.folder)

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
        return self._free(path, place.path)

    def give_back(self, place: Place) -> None:
        with suppress(OSError):
            place.path.unlink()

    def _free(self, path: Path, old: Path | None = None) -> Place:
        _check_free(path, old)
        return _beside(path, self.folder)


def take_place(place: Place) -> None:
    """Put an empty notebook there, so that nobody else takes it.

    Raises:
        InvalidInputError: somebody has.
        StorageError: nothing can be made there.
    """
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        with place.path.open("x", encoding="utf-8") as file:
            file.write(notebook_json(Notebook(id=place.id)))
    except FileExistsError:
        raise InvalidInputError(f"There is a notebook {place.name!r} already.") from None
    except OSError as error:
        raise StorageError(f"{place.path} cannot be made: {reason(error)}.") from error


def working_folder(place: Place) -> Path:
    """The folder in which a notebook's cells work, made if need be.

    Raises:
        UnknownFileError: a link or a file has taken its place.
        StorageError: it cannot be made.
    """
    folder = place.folder
    try:
        make_folder(folder, place.root)
    except NotADirectoryError as error:
        raise UnknownFileError(f"{folder} cannot be reached: {reason(error)}.") from error
    except OSError as error:
        raise StorageError(f"{folder} cannot be made: {reason(error)}.") from error
    return folder


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


def _check_free(path: Path, old: Path | None = None) -> None:
    """Find out whether a notebook can lie there, which may lie at `old` now.

    Raises:
        InvalidInputError: something else does.
    """
    is_taken = path.exists() or path.is_symlink()
    is_same = old is not None and is_taken and old.exists() and path.samefile(old)
    if is_taken and not is_same:
        raise InvalidInputError(f"There is a notebook {path.stem!r} already.")


def _as_id(name: str) -> str:
    """An id that reminds of the name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    stem = "-".join(words)[: MAX_LENGTH // 2].strip("-")
    try:
        return check_id("notebook", stem)
    except InvalidIdError:  # nothing is left, or a device of Windows has this name
        return f"notebook-{stem}".rstrip("-")


def _beside(path: Path, root: Path) -> Place:
    return Place(notebook_id(path), path, path.parent, root)


def _folders(folder: Path) -> Iterator[Path]:
    try:
        yield from (f for f in folder.iterdir() if f.is_dir() and _is_visible(f.name))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{folder} cannot be read: {reason(error)}.") from error


def _notebooks(folder: Path, root: Path, depth: int) -> Iterator[Path]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if _is_notebook(entry, root):
            yield entry
        elif depth and _is_visible(entry.name) and entry.is_dir() and not entry.is_symlink():
            yield from _notebooks(entry, root, depth - 1)


def _is_notebook(path: Path, root: Path) -> bool:
    is_shown = _is_visible(path.name) and path.parent.name != _CHECKPOINTS
    return path.suffix == SUFFIX and is_shown and path.is_file() and is_beneath(path, root)


def _is_visible(name: str) -> bool:
    """Whether it is to be shown, and can be: a name of stray bytes is no text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return not name.startswith(".")
