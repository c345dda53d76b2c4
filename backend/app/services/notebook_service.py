"""Notebooks that people open: their files, their cells, what runs in them and who watches."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from ..engines.base import Engine, GoingBack, Opening
from ..errors import InvalidInputError, NotebookBusyError, UnknownNotebookError
from ..models.notebook import Cell, ExecutionResult, Notebook
from ..models.notebook_events import NotebookDeleted
from ..models.notebook_view import (
    CellView,
    Discarded,
    ExecutionInfo,
    NotebookSummary,
    NotebookView,
)
from ..models.snapshot import SnapshotInfo
from ..runtime.closing import Closing
from ..settings import Settings, chosen_settings
from .file_time import changed_at
from .notebook_file import with_kernel, write_notebook
from .notebook_run import runs
from .notebooks import edits
from .notebooks.cell_queue import Execution
from .notebooks.channel import Channel
from .notebooks.home import copy_results, hand_over
from .notebooks.observer import Observer
from .notebooks.open_notebook import OpenNotebook
from .notebooks.open_notebooks import OpenNotebooks
from .notebooks.shelf import OneFolder, OwnFolders, Place, Shelf, take_place, working_folder
from .notebooks.trash import Trash
from .notebooks.valid_cells import check_ids, new_cell, new_cell_id
from .state_persistence_service import StatePersistenceService

T = TypeVar("T")


class NotebookService(Closing):
    """Keeps notebooks as `.ipynb` files, runs their cells on an engine, tells readers. Thread-safe.

    Args:
        engine: runs the cells; it is the caller's to close.
        settings: limits and choices; by default read from environment and file.
        folder: of notebooks of the user's own, whose cells work beside their file. Without one,
            each notebook has a folder of its own in the workspace, `<workspace>/<notebook_id>/`,
            and its cells work in `data/` there.
        **overrides: single settings by name.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings | None = None,
        *,
        folder: Path | str | None = None,
        **overrides: Any,
    ) -> None:
        self.settings = chosen_settings(settings, overrides)
        self.engine = engine
        workspace = self.settings.workspace_dir.absolute()
        self._shelf: Shelf = OwnFolders(workspace) if folder is None else OneFolder(Path(folder))
        self._trash = Trash(workspace, self._shelf.folder)
        self.observers: list[Observer] = []
        """Are told of every execution."""
        self._open = OpenNotebooks(self._read, self.settings.open_notebooks)
        self._known: set[str] = set()
        """Ids of the notebooks that the engine has run."""
        self._naming = Lock()
        """Held while a name is chosen and taken."""
        self._prefix = secrets.token_hex(4)
        self._numbers = count(1)

    def close(self) -> None:
        """End what runs, save every notebook; the engine stays open."""
        self._open.close()

    # ------------------------------------------------ notebooks

    @property
    def folder(self) -> Path:
        """In which all notebooks lie, and the files of their cells."""
        return self._shelf.folder

    def notebooks(self) -> list[NotebookSummary]:
        """Every notebook, by path."""
        found = [self._summary(place) for place in self._shelf.places()]
        return sorted((each for each in found if each), key=lambda each: each.path.casefold())

    def create(self, name: str = "Untitled", cells: Sequence[Cell] = ()) -> NotebookView:
        """A new notebook; `name 2` and so on, if there is one of this name.

        Raises:
            InvalidInputError: it cannot be a notebook's name, or an id is that of two cells.
            InvalidIdError: an id cannot be one.
            StorageError: it cannot be written.
        """
        check_ids(cells)
        place = self._written_new(name, Notebook(id="new", cells=list(cells)))
        return self.open(place.id)

    def open(self, notebook_id: str) -> NotebookView:
        """All that there is to see of a notebook.

        Raises:
            UnknownNotebookError: there is none with this id.
            NotebookFileError: there is no notebook in its file.
        """
        return self._opened(notebook_id).view()

    def rename(self, notebook_id: str, name: str) -> NotebookView:
        """Give it another name; in a folder of the user's, it has another id then.

        Raises:
            InvalidInputError: it cannot be its name, or another one has it.
            NotebookBusyError: a cell runs.
            StorageError: it cannot be moved.
        """
        with self._idle(notebook_id, "be renamed") as notebook:
            notebook.save()
            with self._naming:
                place = self._shelf.renamed(notebook.place, name)
                if place != notebook.place:
                    self._move(notebook, place)
        return self.open(place.id)

    def duplicate(self, notebook_id: str, name: str | None = None) -> NotebookView:
        """A copy with the same cells, results and variables, under a name of its own.

        Raises:
            NotebookBusyError: a cell runs.
            StorageError: it cannot be written.
        """
        with self._idle(notebook_id, "be copied with its variables") as original:
            original.save()
            name = name or f"{original.place.name} copy"
            place = self._written_new(name, original.notebook)
            copy_results(self._home(notebook_id), self._home(place.id))
            self._close_in_engine(original)
            self._fork(notebook_id, place.id)
        return self.open(place.id)

    def delete(self, notebook_id: str) -> Discarded:
        """Put a notebook into the trash, with all that is its own.

        Raises:
            NotebookBusyError: a cell runs.
            StorageError: it cannot be moved there.
        """
        with self._idle(notebook_id, "be deleted") as notebook:
            self._let_go(notebook)
            discarded = self._trash.take(notebook.place)
        notebook.channel.tell(NotebookDeleted())
        return discarded

    def trash(self) -> list[Discarded]:
        """The notebooks that were deleted, the last one first."""
        return self._trash.entries()

    def bring_back(self, entry: str) -> NotebookView:
        """Take a notebook out of the trash again.

        Raises:
            UnknownNotebookError: there is no such entry.
            InvalidInputError: another one lies where it lay.
            StorageError: it cannot be moved.
        """
        with self._naming:
            notebook_id = self._trash.bring_back(entry)
        return self.open(notebook_id)

    def empty_trash(self) -> None:
        """Let go of what was deleted, for good."""
        with self._naming:
            self._trash.empty()

    def save(self, notebook_id: str) -> NotebookView:
        """Write now what would be in the file in a moment."""
        notebook = self._opened(notebook_id)
        notebook.save()
        return notebook.view()

    def files_folder(self, notebook_id: str) -> Path:
        """The folder in which a notebook's cells work.

        Raises:
            UnknownFileError: a link or a file has taken its place.
            StorageError: it cannot be made.
        """
        return working_folder(self._opened(notebook_id).place)

    # ------------------------------------------------ cells

    def cell(self, notebook_id: str, cell_id: str) -> CellView:
        """One cell, with its last result."""
        return self._opened(notebook_id).cell(cell_id)

    def add_cell(
        self,
        notebook_id: str,
        source: str = "",
        cell_type: str = "code",
        *,
        after: str | None = None,
        cell_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> CellView:
        """A new cell after another one, or first of all.

        Raises:
            UnknownCellError: there is no cell to put it after.
            InvalidInputError: it cannot be a cell, or another one has its id.
        """
        cell = new_cell(cell_id or new_cell_id(), cell_type, source, metadata or {})
        notebook = self._changed(notebook_id, edits.add(cell, after), [cell.id])
        return notebook.cell(cell.id)

    def edit_cell(self, notebook_id: str, cell_id: str, revision: str, **change: Any) -> CellView:
        """Give a cell another `source`, `cell_type` or `metadata`.

        Args:
            notebook_id: of which notebook.
            cell_id: which.
            revision: that of the cell as its editor has seen it; `*` overwrites whatever is there.
            **change: what is to be different.

        Raises:
            EditConflictError: somebody else has edited it meanwhile; carries what is there now.
            InvalidInputError: it cannot be a cell then.
        """
        edit = edits.edit(cell_id, revision, change)
        return self._changed(notebook_id, edit, [cell_id]).cell(cell_id)

    def move_cell(self, notebook_id: str, cell_id: str, after: str | None) -> NotebookView:
        """Put a cell after another one, or first of all."""
        return self._changed(notebook_id, edits.move(cell_id, after), [cell_id]).view()

    def split_cell(self, notebook_id: str, cell_id: str, revision: str, at: int) -> NotebookView:
        """Cut a cell in two at a character of its source; the second part keeps id and result."""
        new_id = new_cell_id()
        edit = edits.split(cell_id, revision, at, new_id)
        return self._changed(notebook_id, edit, [cell_id, new_id]).view()

    def merge_cells(self, notebook_id: str, revisions: Mapping[str, str]) -> NotebookView:
        """Make one cell of several that follow one another: the last one, with its result.

        Args:
            notebook_id: of which notebook.
            revisions: cell id -> revision, in the order of the notebook.
        """
        edit = edits.merge(list(revisions), revisions)
        return self._changed(notebook_id, edit, revisions).view()

    def delete_cell(self, notebook_id: str, cell_id: str, revision: str) -> NotebookView:
        """Take a cell away."""
        return self._changed(notebook_id, edits.delete(cell_id, revision), [cell_id]).view()

    # ------------------------------------------------ running

    def execute_cell(self, notebook_id: str, cell_id: str, **options: Any) -> ExecutionResult:
        """Run a cell when all before it have run, and wait for its result.

        Args:
            notebook_id: of which notebook.
            cell_id: which.
            **options: `mode`, `timeout` and others of `Engine.execute_code`; `allow_stdin` lets it
                ask for input by an event.
        """
        return self.submit(notebook_id, [cell_id], **options)[0].result()

    def submit(
        self, notebook_id: str, cell_ids: Iterable[str], **options: Any
    ) -> list[Future[ExecutionResult]]:
        """Let cells run, one after another, without waiting; the first that fails ends the others.

        Raises:
            CapacityError: too many wait.
        """
        return [each.future for each in self.start(notebook_id, cell_ids, **options)]

    def start(self, notebook_id: str, cell_ids: Iterable[str], **options: Any) -> list[Execution]:
        """The same, with all that is known of the executions."""
        wanted = list(cell_ids)

        def submit(notebook: OpenNotebook) -> list[Execution]:
            known = notebook.notebook
            cells = [edits.find_code(known, each) for each in wanted]
            ids = [f"{self._prefix}-{next(self._numbers)}" for _ in cells]
            return notebook.runs.submit(cells, ids, options)

        return self._done(notebook_id, submit)[1]

    def code_cells(
        self, notebook_id: str, since: str | None = None, until: str | None = None
    ) -> list[str]:
        """The ids of the cells that `run_all` runs, from one on or before one."""
        notebook = self._opened(notebook_id).notebook
        begin = 0 if since is None else edits.place_of(notebook, since)
        end = None if until is None else edits.place_of(notebook, until)
        return [cell.id for cell in notebook.cells[begin:end] if runs(cell)]

    def stale_cells(self, notebook_id: str) -> list[str]:
        """The ids of the cells that `run_stale` runs, in its order."""
        return [cell.id for cell in self._opened(notebook_id).to_refresh()]

    def run_all(self, notebook_id: str, **options: Any) -> list[Future[ExecutionResult]]:
        """Run every code cell, in their order."""
        return self.submit(notebook_id, self.code_cells(notebook_id), **options)

    def run_above(
        self, notebook_id: str, cell_id: str, **options: Any
    ) -> list[Future[ExecutionResult]]:
        """Run the code cells before this one."""
        cells = self.code_cells(notebook_id, until=cell_id)
        return self.submit(notebook_id, cells, **options)

    def run_below(
        self, notebook_id: str, cell_id: str, **options: Any
    ) -> list[Future[ExecutionResult]]:
        """Run this code cell and those after it."""
        cells = self.code_cells(notebook_id, since=cell_id)
        return self.submit(notebook_id, cells, **options)

    def run_stale(self, notebook_id: str, **options: Any) -> list[Future[ExecutionResult]]:
        """Run the cells that are stale, each after those that make what it reads."""
        return self.submit(notebook_id, self.stale_cells(notebook_id), **options)

    def execution(self, notebook_id: str, execution_id: str) -> ExecutionInfo:
        """An execution that waits, runs or has ended, as it is now.

        Raises:
            UnknownExecutionError: it never was, or too many came after it.
        """
        return self._opened(notebook_id).runs.execution(execution_id)

    def interrupt(self, notebook_id: str) -> bool:
        """End the cell that runs, and run none of those that wait; whether it ended in time."""
        return self._opened(notebook_id).runs.interrupt()

    def answer(self, notebook_id: str, execution_id: str, line: str) -> None:
        """Give a cell the line that it asked for."""
        self._opened(notebook_id).runs.questions.answer(execution_id, line)

    def load(self) -> tuple[int, int]:
        """How many cells run, and how many wait to."""
        queues = [each.runs.queue for each in self._open]
        return sum(q.current is not None for q in queues), sum(q.waiting for q in queues)

    def channel(self, notebook_id: str) -> Channel:
        """What happens in a notebook, to be read at any pace."""
        return self._opened(notebook_id).channel

    # ------------------------------------------------ variables

    def restart(self, notebook_id: str) -> None:
        """Give the notebook an empty namespace; results stay."""
        self._opened(notebook_id).exchange("restart", lambda: self.engine.restart(notebook_id))

    def history(self, notebook_id: str) -> list[SnapshotInfo]:
        """The snapshots of a notebook's variables, oldest first."""
        self._opened(notebook_id)
        return self._past().history(notebook_id)

    def undo(self, notebook_id: str) -> SnapshotInfo | None:
        """Give the notebook the variables that it had before its last cell that was saved."""
        undo = self._past().undo
        return self._opened(notebook_id).exchange("undo", lambda: undo(notebook_id))

    def restore(self, notebook_id: str, snapshot_id: int) -> SnapshotInfo | None:
        """Give the notebook the variables of a snapshot."""
        restore = self._past().restore_state
        return self._opened(notebook_id).exchange(
            "restore", lambda: restore(notebook_id, snapshot_id)
        )

    def _past(self) -> GoingBack:
        if not isinstance(self.engine, GoingBack):
            raise InvalidInputError("This engine keeps no snapshots: nothing can be taken back.")
        return self.engine

    # ------------------------------------------------ inside

    def _opened(self, notebook_id: str) -> OpenNotebook:
        return self._open.get(notebook_id)

    def _read(self, notebook_id: str) -> OpenNotebook:
        place = self._shelf.find(notebook_id)
        return OpenNotebook(place, self.engine, self.settings, self.observers, self._known)

    def _done(self, notebook_id: str, do: Callable[[OpenNotebook], T]) -> tuple[OpenNotebook, T]:
        """Do something with a notebook; again, if it was closed for room at this moment."""
        while True:
            notebook = self._opened(notebook_id)
            try:
                return notebook, do(notebook)
            except UnknownNotebookError:
                if not notebook.is_closed:
                    raise

    def _changed(self, notebook_id: str, edit: edits.Edit, cell_ids: Iterable[str]) -> OpenNotebook:
        return self._done(notebook_id, lambda notebook: notebook.change(edit, cell_ids))[0]

    @contextmanager
    def _idle(self, notebook_id: str, what: str) -> Iterator[OpenNotebook]:
        """A notebook that nobody else gets within, and in which no cell begins."""
        with self._open.taken(notebook_id) as notebook, notebook.runs.queue.held():
            if notebook.runs.queue.is_busy:
                raise NotebookBusyError(
                    f"A cell of notebook {notebook_id!r} runs: it cannot {what} until that has "
                    "ended."
                )
            yield notebook

    def _written_new(self, name: str, notebook: Notebook) -> Place:
        """Write a notebook where none is: numbered, if one of this name is there."""
        with ExitStack() as stack:
            with self._naming:
                place = self._new_place(name)
                stack.enter_context(self._open.kept_free(place.id))
                take_place(place)
            notebook = notebook.model_copy(update={"id": place.id})
            try:
                write_notebook(with_kernel(notebook), place.path, within=place.root)
            except BaseException:
                self._shelf.give_back(place)
                raise
        return place

    def _new_place(self, name: str) -> Place:
        names = (name if n == 1 else f"{name} {n}" for n in count(1))
        taken = {each.name.casefold() for each in self._shelf.places()}
        return self._shelf.new(next(each for each in names if each.casefold() not in taken))

    def _move(self, notebook: OpenNotebook, place: Place) -> None:
        before = notebook.place
        if place.id != before.id:
            notebook.runs.queue.close_if_idle()
            self._close_in_engine(notebook)
        notebook.move(place)
        if place.id != before.id:
            self._fork(before.id, place.id)
            hand_over(self._home(before.id), self._home(place.id))
        notebook.tell_moved()

    def _home(self, notebook_id: str) -> Path:
        return self.settings.workspace_dir.absolute() / notebook_id

    def _fork(self, notebook_id: str, new_id: str) -> None:
        """Give another notebook the same variables; the engine has let go of this one."""
        with StatePersistenceService(self.settings) as states:
            if states.has(notebook_id):
                states.fork(notebook_id, new_id)

    def _let_go(self, notebook: OpenNotebook) -> None:
        notebook.runs.queue.close_if_idle()
        self._close_in_engine(notebook)
        notebook.close()

    def _close_in_engine(self, notebook: OpenNotebook) -> None:
        """The engine saves the variables, if it can, and lets go of them."""
        if isinstance(self.engine, Opening):
            self.engine.close_notebook(notebook.place.id)
            self._known.discard(notebook.place.id)
            if not self.settings.snapshots:
                notebook.variables_changed("restart")

    def _summary(self, place: Place) -> NotebookSummary | None:
        try:
            found = place.path.stat()
        except OSError:
            return None
        opened = self._open.find(place.id)
        return NotebookSummary(
            id=place.id,
            name=place.name,
            path=place.path.relative_to(self._shelf.folder).as_posix(),
            size=found.st_size,
            modified=changed_at(found.st_mtime),
            busy=opened is not None and opened.runs.queue.is_busy,
        )
