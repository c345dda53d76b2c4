"""A notebook in memory and its file, which are the same but for results of the last moment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock

from ...errors import NotebookFileError, StorageError, UnknownNotebookError
from ...models.notebook import Cell, Notebook
from ...runtime.wording import reason
from ..beneath import is_beneath, make_folder, move
from ..notebook_file import read_notebook, with_kernel, write_notebook
from ..notebook_formats.nbformat4 import document_outputs
from ..notebook_run import ran
from .edits import Edit, find_cell, replaced
from .kept_results import KeptResults
from .revision import cell_revisions
from .run_files import KeptResult, Stamp
from .shelf import Place

_ATTEMPTS = 5
"""To write a file that somebody else writes all the time."""


class _WrittenMeanwhile(Exception):
    """Somebody else has written the file since it was looked at."""


class Document:
    """One notebook that is open. Thread-safe.

    An edit is in the file before it is acknowledged, or nothing has changed. Results are in files
    of their own at once, and in the notebook's file at the next `save`. What somebody else writes
    into the file is found at the next look and taken over; if it is no notebook, what is here
    stays, and that file is set aside before it is written again.

    Args:
        place: where it lies.
        results: what is kept of its cells.
        by_others: called with the ids of the cells that differ when somebody else has written the
            file; with none if it is no notebook any more, `problem` says why.

    Raises:
        NotebookFileError: there is no notebook in the file.
    """

    def __init__(
        self,
        place: Place,
        results: KeptResults,
        by_others: Callable[[list[str]], None],
    ) -> None:
        self.path = place.path
        self._root = place.root
        self._by_others = by_others
        self.results = results
        self.notes: tuple[str, ...] = ()
        self.problem: str | None = None
        """Why what lies in the file is not what is here."""
        self.runs: dict[str, KeptResult] = {}
        """Cell id -> its last result with what gave it."""
        self._id = place.id
        self.is_closed = False
        self.cut_off: list[KeptResult] = []
        """Of the cells that ran when an earlier server ended."""
        self._unsaved = False
        self._stamp: Stamp | None = None
        self._lock = RLock()
        self.notebook = self._with_cut_off(self._read())

    def change(self, edit: Edit) -> Notebook:
        """Carry out an edit and save it.

        Raises:
            EditConflictError, UnknownCellError, InvalidInputError: it cannot be carried out.
            StorageError: it cannot be saved.
            UnknownNotebookError: it is closed. In all cases nothing has changed.
        """
        with self._lock:
            if self.is_closed:
                raise UnknownNotebookError(f"Notebook {self._id!r} was taken away meanwhile.")
            self._update(edit)
            self._forget_gone(self.notebook)
            return self.notebook

    def _update(self, edit: Edit) -> None:
        """Carry out an edit and write the file; again, if somebody else has written it then."""
        for attempt in range(_ATTEMPTS):
            self.refresh()
            changed = edit(self.notebook)
            if changed is self.notebook and not self._unsaved:
                return
            with suppress(_WrittenMeanwhile):
                self._write(changed, is_last=attempt == _ATTEMPTS - 1)
                return

    def put(self, kept: KeptResult) -> None:
        """A cell has ended; it may be gone by now, then nobody wants to know.

        Raises:
            StorageError: the result cannot be kept in its file; it is here all the same.
        """
        with self._lock:
            cell_id = kept.result.cell_id
            if self.is_closed or all(each.id != cell_id for each in self.notebook.cells):
                self.results.ended(cell_id)
                return
            cell = ran(find_cell(self.notebook, cell_id), kept.result)
            self.notebook = replaced(self.notebook, cell)
            self.runs[cell_id] = kept
            self._unsaved = True
            self.results.keep(kept.model_copy(update={"file": _stamp(self.path)}))

    def save(self) -> None:
        """Write the results of the last moment into the file, if there are any.

        Raises:
            StorageError: it cannot be written; they are tried again at the next `save`.
        """
        with self._lock:
            if self.is_closed:
                return
            self._update(_as_it_is)

    def close(self) -> None:
        """From now on nothing is written."""
        with self._lock:
            self.is_closed = True

    def refresh(self) -> None:
        """Look whether somebody else has written the file, and take it over if so."""
        with self._lock:
            stamp = _stamp(self.path)
            if stamp == self._stamp:
                return
            before, problem = self.notebook, self.problem
            try:
                self.notebook = self._read()
            except NotebookFileError as error:
                self._stamp, self.problem = stamp, str(error)
                if self.problem != problem:
                    self._by_others([])
            else:
                self._by_others(_differing(before, self.notebook))

    def move(self, place: Place) -> None:
        """Give the file another place in the same folder.

        Raises:
            StorageError: it cannot be saved or moved; it is where it was.
        """
        with self._lock:
            self.save()
            try:
                move(self.path, place.path, within=self._root, into=self._root)
            except OSError as error:
                raise StorageError(f"{self.path} cannot be renamed: {reason(error)}.") from error
            self.path, self._stamp = place.path, _stamp(place.path)

    def _read(self) -> Notebook:
        stamp = _stamp(self.path)
        reading = read_notebook(self.path, self._root)
        notebook = reading.notebook.model_copy(update={"id": self._id})
        self._stamp, self.notes, self.problem = stamp, reading.notes, None
        cells = [
            self._with_kept(cell, stamp) if cell.cell_type == "code" else cell
            for cell in notebook.cells
        ]
        return notebook.model_copy(update={"cells": cells})

    def _with_kept(self, cell: Cell, stamp: Stamp | None) -> Cell:
        """The cell with all that is known of its result, if the file does not know better."""
        found = self.results.find(cell.id)
        if found is None or not (found.is_newer_than(stamp) or _shows_the_same(cell, found)):
            self.runs.pop(cell.id, None)
            return cell
        self.runs[cell.id] = found
        return cell.model_copy(update={"last_result": found.result})

    def _with_cut_off(self, notebook: Notebook) -> Notebook:
        """With results of the cells that ran when an earlier server ended."""
        for cell in notebook.cells:
            if (kept := self.results.cut_off(cell.id)) is not None:
                self.runs[cell.id] = kept
                self.cut_off.append(kept)
                self._unsaved = True
                notebook = replaced(notebook, ran(cell, kept.result))
        return notebook

    def _write(self, notebook: Notebook, *, is_last: bool) -> None:
        if self.problem is not None:
            self._set_aside()
            self._make_folder()
        expected = self._stamp if self.problem is None else None

        def check() -> None:
            if not is_last and _stamp(self.path) != expected:
                raise _WrittenMeanwhile

        write_notebook(with_kernel(notebook), self.path, check, self._root)
        self.notebook, self._stamp, self._unsaved = notebook, _stamp(self.path), False
        self.problem = None

    def _set_aside(self) -> None:
        """Keep what somebody has put in the file's place."""
        if not self.path.exists() and is_beneath(self.path, self._root):
            return
        now = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        aside = self.path.with_name(f"{self.path.name}.unreadable-{now}")
        try:
            move(self.path, aside, within=self._root, into=self._root)
        except OSError as error:
            raise StorageError(f"{self.path} cannot be set aside: {reason(error)}.") from error

    def _make_folder(self) -> None:
        """The folder may be gone with the file."""
        try:
            make_folder(self.path.parent, self._root)
        except OSError as error:
            folder = self.path.parent
            raise StorageError(f"{folder} cannot be made: {reason(error)}.") from error

    def _forget_gone(self, notebook: Notebook) -> None:
        for cell_id in set(self.runs) - {cell.id for cell in notebook.cells}:
            del self.runs[cell_id]
            self.results.forget(cell_id)


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _as_it_is(notebook: Notebook) -> Notebook:
    return notebook


def _shows_the_same(cell: Cell, kept: KeptResult) -> bool:
    """Whether the outputs in the file are those of the result that is kept."""
    if cell.last_result is None:
        return not kept.result.outputs and kept.source == cell.source
    return document_outputs(cell.last_result) == document_outputs(kept.result)


def _differing(before: Notebook, after: Notebook) -> list[str]:
    old, new = cell_revisions(before), cell_revisions(after)
    differing = [each for each in {**old, **new} if old.get(each) != new.get(each)]
    return differing or list(new)
