"""A notebook that is open: its cells are edited and run, and whoever reads it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import wait
from time import monotonic
from typing import Literal

from ...engines.base import Engine
from ...models.notebook import Cell, ExecutionResult, Notebook
from ...models.notebook_events import (
    FileUnreadable,
    NotebookEdited,
    NotebookRenamed,
    StalenessChanged,
    VariablesChanged,
)
from ...models.notebook_view import CellView, NotebookView, Running
from ...models.snapshot import SnapshotInfo
from ...models.staleness import Reason
from ...settings import Settings
from ..late_work import LateWork
from ..notebook_run import runs
from .cell_runs import CellRuns
from .channel import Channel
from .diary import Diary
from .document import Document
from .edits import Edit, find_cell
from .home import RESULTS
from .kept_results import KeptResults
from .observer import Observers
from .revision import cell_revision, cell_revisions, notebook_revision
from .shelf import Place

_LATE = 0.2
"""Seconds over which changes of what is stale are gathered."""
_END = 10.0
"""Seconds for which the end of what runs is waited for."""
_MOMENT = 1.0
"""Seconds for which whoever asked for the notebook may still be about to listen."""


class OpenNotebook:
    """One notebook. Thread-safe.

    Args:
        place: where it lies.
        engine: runs its cells.
        settings: limits.
        observers: are told of executions.
        known: ids of the notebooks that the engine has run.

    Raises:
        NotebookFileError: there is no notebook in its file.
    """

    def __init__(
        self,
        place: Place,
        engine: Engine,
        settings: Settings,
        observers: Observers,
        known: set[str],
    ) -> None:
        self.place = place
        self.used = monotonic()
        """When somebody last asked for it."""
        self.channel = Channel(settings.event_count, settings.event_bytes)
        self._late = LateWork()
        """Its own: another notebook's disk may be slow."""
        results = settings.workspace_dir / place.id / RESULTS
        self._document = Document(place, KeptResults(results, place.id), self._tell_of_others)
        self._diary = Diary(results, is_fresh=place.id not in known, lasts=settings.snapshots)
        for kept in self._document.cut_off:
            self._diary.ran(kept.result, kept.source)
        self._stale: dict[str, Reason] = {}
        self.runs = CellRuns(
            place,
            self._document,
            self.channel,
            engine,
            settings,
            self._late,
            observers,
            self,
            known,
        )
        if self._document.cut_off:
            self.runs.put_off_save()

    # ------------------------------------------------ looking

    @property
    def notebook(self) -> Notebook:
        """As it is now, in its file too."""
        self._document.refresh()
        return self._document.notebook

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs, nobody listens, and nobody is about to."""
        is_wanted = self.runs.queue.is_busy or self.channel.has_readers
        return not is_wanted and monotonic() - self.used > _MOMENT

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be done with it any more."""
        return self._document.is_closed

    def view(self) -> NotebookView:
        """All that there is to see."""
        running, notebook = self.runs.running(), self.notebook  # what ends meanwhile is in both
        stale, revisions = self._diary.reasons(notebook.cells), cell_revisions(notebook)
        return NotebookView(
            id=notebook.id,
            name=self.place.name,
            revision=notebook_revision(notebook, revisions),
            cells=[
                _cell_view(cell, revisions[cell.id], running.get(cell.id), stale.get(cell.id))
                for cell in notebook.cells
            ],
            metadata=notebook.metadata,
            notes=list(self._document.notes),
            problem=self._document.problem,
        )

    def cell(self, cell_id: str) -> CellView:
        """One cell.

        Raises:
            UnknownCellError: it is not there.
        """
        running, notebook = self.runs.running(), self.notebook
        cell = find_cell(notebook, cell_id)
        stale = self._diary.reasons(notebook.cells)
        return _cell_view(cell, cell_revision(cell), running.get(cell_id), stale.get(cell_id))

    def to_refresh(self) -> list[Cell]:
        """The stale cells that can be run, each after those that make what it reads."""
        notebook = self.notebook
        order = self._diary.staleness(notebook.cells).order_to_refresh()
        cells = [find_cell(notebook, each) for each in order]
        return [cell for cell in cells if runs(cell)]

    def _tell_of_others(self, cell_ids: list[str]) -> None:
        """Tell what somebody else has done to the file."""
        problem = self._document.problem
        if problem is not None:
            self.channel.tell(FileUnreadable(problem=problem))
        else:
            self._tell_edited(cell_ids, by_file=True)

    # ------------------------------------------------ editing

    def change(self, edit: Edit, cell_ids: Iterable[str]) -> Notebook:
        """Carry out an edit, which concerns these cells, and save it.

        Raises:
            EditConflictError, UnknownCellError, InvalidInputError, StorageError,
                UnknownNotebookError: as `Document.change`.
        """
        notebook = self._document.change(edit)
        self._tell_edited(list(cell_ids))
        return notebook

    def move(self, place: Place) -> None:
        """Give its file another name; it is closed if that means another id.

        Raises:
            StorageError: it cannot be moved; it is where it was.
        """
        self._document.move(place)
        if place.id != self.place.id:
            self._document.close()
        self.place = place

    def tell_moved(self) -> None:
        """Tell the readers what it is called now."""
        self.channel.tell(NotebookRenamed(id=self.place.id, name=self.place.name))

    def save(self) -> None:
        """Write what is not in the file yet.

        Raises:
            StorageError: it cannot be written.
        """
        self._document.save()

    def close(self) -> None:
        """Write what is not in the file yet, and from then on nothing.

        Raises:
            StorageError: it cannot be written; the results are in files of their own.
        """
        self._late.finish()
        try:
            self._document.save()
        finally:
            self._document.close()

    def close_if_idle(self) -> bool:
        """The same if nobody wants it; whether that is so.

        Raises:
            StorageError: it cannot be written; it is not closed.
        """
        if not self.is_idle:
            return False
        self.save()
        if not self.runs.queue.close_if_idle():
            return False
        self.close()
        return True

    def end(self) -> None:
        """End what runs, and close it.

        Raises:
            StorageError: as `close`.
        """
        if self.runs.queue.is_busy:
            self.runs.interrupt()
        self.runs.queue.close(_END)
        self.close()

    def _tell_edited(self, cell_ids: list[str], *, by_file: bool = False) -> None:
        self._late.within(self._tell_stale, _LATE)
        notebook = self._document.notebook
        revision = notebook_revision(notebook, cell_revisions(notebook))
        self.channel.tell(NotebookEdited(revision=revision, cell_ids=cell_ids, by_file=by_file))

    # ------------------------------------------------ what is stale

    def ran(self, result: ExecutionResult, source: str) -> None:
        """A cell has run."""
        self._diary.ran(result, source)
        self._late.within(self._tell_stale, _LATE)

    def settled(self, result: ExecutionResult) -> None:
        """It is known what became of the variables of a cell that has run."""
        self._diary.settled(result)
        self._late.within(self._tell_stale, _LATE)

    def exchange(
        self,
        cause: Literal["restart", "undo", "restore"],
        exchange: Callable[[], SnapshotInfo | None],
    ) -> SnapshotInfo | None:
        """Give the notebook other variables; no cell begins meanwhile, none that waits will run.

        Returns:
            The snapshot that it goes on from, if any.
        """
        with self.runs.halted() as current:
            snapshot = exchange()
            if current is not None:
                wait([current], _END)  # what it did to the variables before is noted first
            self.variables_changed(cause, snapshot)
        return snapshot

    def variables_changed(
        self, cause: Literal["restart", "undo", "restore"], snapshot: SnapshotInfo | None = None
    ) -> None:
        """The variables are not those that the last cell left."""
        if cause == "restart":
            self._diary.restarted()
        else:
            self._diary.restored(snapshot)
        self.channel.tell(VariablesChanged(cause=cause, snapshot=snapshot))
        self._tell_stale()

    def _tell_stale(self) -> None:
        """Tell which cells are stale, if they are others than before, or for another reason."""
        self._diary.tidy()
        stale = self._diary.reasons(self._document.notebook.cells)
        if stale != self._stale:
            self._stale = stale
            self.channel.tell(StalenessChanged(cells=stale))


def _cell_view(
    cell: Cell, revision: str, running: Running | None, stale: Reason | None
) -> CellView:
    return CellView(**dict(cell), revision=revision, running=running, stale=stale)
