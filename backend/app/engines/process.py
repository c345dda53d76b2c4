"""Cells in worker processes: one a notebook, forked from a warm parent, ended whatever they do."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from pydantic import TypeAdapter

from ..errors import InvalidInputError, UnknownExecutionError, WorkerLostError
from ..models.assistance import Completeness, Completion, Inspection
from ..models.events import ExecutionQueued
from ..models.notebook import ExecutionResult
from ..models.session import ExecutionMode, Isolation
from ..models.snapshot import SnapshotInfo
from ..models.tables import ColumnRef, TableForm, TableProfile, TableQuery, TableWindow
from ..models.variables import Variable
from ..policy.modes import check_mode
from ..runtime.closing import Closing
from ..runtime.execution import OnOutput, StdinHandler
from ..settings import Settings, chosen_settings
from .asked import Asked
from .link import Link
from .remote_cell import RemoteCell
from .requests import check_request, check_user_expressions
from .results import Results
from .session import Session
from .table_requests import told_query, written_file
from .unrun import aborted, given_up
from .waiting import Waiting
from .workers import Workers

T = TypeVar("T")

_FILE_TIMEOUT = 600.0
"""Seconds that a worker may take to write a table into a file."""

_COMPLETION: TypeAdapter[Completion] = TypeAdapter(Completion)
_INSPECTION: TypeAdapter[Inspection] = TypeAdapter(Inspection)
_COMPLETENESS: TypeAdapter[Completeness] = TypeAdapter(Completeness)
_RESULT: TypeAdapter[ExecutionResult] = TypeAdapter(ExecutionResult)
_HISTORY: TypeAdapter[list[SnapshotInfo]] = TypeAdapter(list[SnapshotInfo])
_NOTHING: TypeAdapter[None] = TypeAdapter(None)
_PATH: TypeAdapter[Path] = TypeAdapter(Path)
_PROFILE: TypeAdapter[TableProfile] = TypeAdapter(TableProfile)
_SNAPSHOT: TypeAdapter[SnapshotInfo | None] = TypeAdapter(SnapshotInfo | None)
_VARIABLES: TypeAdapter[list[Variable]] = TypeAdapter(list[Variable])
_WINDOW: TypeAdapter[TableWindow] = TypeAdapter(TableWindow)


class ProcessEngine(Closing):
    """Runs each notebook's cells in a process of its own. Thread-safe.

    Whatever a cell does, this process lives and answers; the worst costs that cell and its
    worker, and the notebook goes on in another with the variables that were saved before.

    Args:
        settings: limits and choices; by default read from environment and file.
        **overrides: single settings by name, e.g. `worker_count=…`.
    """

    def __init__(self, settings: Settings | None = None, **overrides: Any) -> None:
        self.settings = chosen_settings(settings, overrides)
        self._workers = Workers(self.settings)
        self._results = Results(self.settings.record_count, self.settings.record_bytes)
        self._prefix = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    # ------------------------------------------------ cells

    def execute_code(
        self,
        code: str,
        cell_id: str,
        notebook_id: str,
        *,
        mode: ExecutionMode | str = ExecutionMode.WRITE_ENABLED,
        timeout: float | None = None,
        on_output: OnOutput | None = None,
        stdin: StdinHandler | None = None,
        silent: bool = False,
        store_history: bool = True,
        user_expressions: Mapping[str, str] | None = None,
        stop_on_error: bool = False,
    ) -> ExecutionResult:
        """Run a cell and give back everything it showed, as `ExecutionService.execute_code` does.

        A cell that kills its worker gives `dead`, one that cannot be stopped `timeout` or
        `interrupted`, with the outputs that it had until then; the notebook goes on. So does one
        that is interrupted while it waits for a worker, or waits longer than its timeout while
        others have them all; the timeout begins anew with the cell.

        Raises:
            CapacityError: all workers are busy, and too many callers wait.
            StorageError: the notebook takes up more of the disk than it may.
            WorkerStartError: no worker can be started.
        """
        check_request(code, cell_id, timeout)
        mode = check_mode(mode)
        check_user_expressions({} if user_expressions is None else user_expressions)
        session = self._workers.session(notebook_id)
        asked = Asked(
            execution_id=f"{self._prefix}-{next(self._numbers)}",
            cell_id=cell_id,
            notebook_id=notebook_id,
            timeout=timeout,
            on_output=on_output,
            stdin=stdin,
            options={
                "code": code,
                "mode": mode.value,
                "silent": silent,
                "store_history": store_history,
                "user_expressions": None if user_expressions is None else dict(user_expressions),
                "stop_on_error": stop_on_error,
            },
        )
        halts = session.halts
        with session.turn():
            if session.halts != halts:
                return aborted(asked)
            result = self._in_turn(session, mode, asked)
            if stop_on_error and result.status != "ok" and not silent:
                session.halts += 1
            self._workers.rest()
        return result

    def _in_turn(self, session: Session, mode: ExecutionMode, asked: Asked) -> ExecutionResult:
        """Run it in the session's worker, unless it is called off before there is one."""
        began = perf_counter()
        waiting = session.waiting = Waiting()
        tell = partial(_tell_queued, asked)
        try:
            link = self._workers.awaited(session, mode, waiting, asked.timeout, tell)
            result = None if link is None else self._run(session, link, asked, waiting)
        finally:
            session.waiting = None
        if result is None:
            assert waiting.reason is not None
            result = given_up(asked, waiting.reason, began)
            self._results.add(result)
        return result

    def _run(
        self, session: Session, link: Link, asked: Asked, waiting: Waiting
    ) -> ExecutionResult | None:
        """Run it; None if it was called off."""
        cell = RemoteCell(asked, link, self.settings)
        session.cell = cell
        try:
            if not waiting.begin():
                return None
            if session.mode is not ExecutionMode.READ_ONLY:
                link.quota.check()
            result = cell.run()
            # What holds a worker is known since before its first cell, and not its affair any more.
            # Nobody else has the result yet, and a copy costs a twentieth of a small cell.
            vars(result)["isolation_effective"] = session.isolation
        finally:
            session.cell = None
            if link.lost:
                self._workers.drop(session)
        link.state = result.state
        link.quota.look()
        self._results.add(result, cell.size)
        return result

    def interrupt(self, notebook_id: str) -> bool:
        """Interrupt the cell of this notebook that runs now; it ends, or its worker does."""
        return self._workers.interrupt(self._workers.session(notebook_id))

    def restart(self, notebook_id: str) -> None:
        """Give the notebook an empty namespace and another process."""
        session = self._workers.session(notebook_id)
        session.halts += 1
        self.interrupt(notebook_id)
        with session.turn():
            # The old worker may have been talked into anything: the next one forgets what is saved.
            self._workers.end(session)
            link = self._workers.awake(session, session.mode)
            self._workers.call(link, _NOTHING, "restart", notebook_id=notebook_id)

    def open_notebook(self, notebook_id: str, *, cwd: Path | str | None = None) -> None:
        """Make a notebook known before its first cell, to give it a working folder of its own.

        Raises:
            InvalidIdError: the id cannot be one.
            InvalidInputError: the folder is none, or the notebook has run already.
        """
        session = self._workers.session(notebook_id)
        with session.turn():
            if session.link is not None or session.cwd is not None:
                raise InvalidInputError(f"Notebook {notebook_id!r} is open already.")
            if cwd is not None and not Path(cwd).is_dir():
                raise InvalidInputError(f"The working folder {cwd} is not a folder.")
            session.cwd = None if cwd is None else str(Path(cwd).resolve())

    def close_notebook(self, notebook_id: str) -> None:
        """End what runs in a notebook, save it and end its worker; the next call opens it again."""
        session = self._workers.session(notebook_id)
        session.halts += 1
        self.interrupt(notebook_id)
        with session.turn():
            self._workers.end(session)
            self._workers.forget(session)

    def result(self, execution_id: str) -> ExecutionResult:
        """An earlier execution's result; with output that came since, while its worker lives.

        Raises:
            UnknownExecutionError: it never was, or too many came after it.
        """
        kept = self._results.get(execution_id)
        link = self._workers.session(kept.notebook_id).link
        if link is None or link.lost:
            return kept
        try:
            now = self._workers.call(link, _RESULT, "result", execution_id=execution_id)
        except (UnknownExecutionError, WorkerLostError):
            return kept
        # Of what can still change, only outputs: a worker may have been talked into anything since.
        return kept.model_copy(update={"outputs": now.outputs, "cuts": now.cuts})

    # ------------------------------------------------ help for who writes code

    def complete(self, code: str, cursor: int, notebook_id: str) -> Completion:
        """What code can go on with; answers while a cell runs."""
        session = self._workers.session(notebook_id)
        asked: dict[str, Any] = {"code": code, "cursor": cursor, "notebook_id": notebook_id}
        return self._workers.consult(session, _COMPLETION, "complete", **asked)

    def inspect(
        self, code: str, cursor: int, notebook_id: str, detail_level: int = 0
    ) -> Inspection:
        """What there is to know of the name at the cursor; answers while a cell runs."""
        asked: dict[str, Any] = {"code": code, "cursor": cursor, "notebook_id": notebook_id}
        session = self._workers.session(notebook_id)
        return self._workers.consult(
            session, _INSPECTION, "inspect", **asked, detail_level=detail_level
        )

    def is_complete(self, code: str, notebook_id: str | None = None) -> Completeness:
        """Whether code can run as it stands."""
        session = (
            self._workers.nobody if notebook_id is None else self._workers.session(notebook_id)
        )
        return self._workers.consult(session, _COMPLETENESS, "is_complete", code=code)

    # ------------------------------------------------ variables and tables

    def variables(self, notebook_id: str) -> list[Variable]:
        """The user's variables, sorted by name; answers while a cell runs."""
        return self._look(_VARIABLES, "variables", notebook_id)

    def table_window(
        self, notebook_id: str, handle: str, query: TableQuery | Mapping[str, Any] | None = None
    ) -> TableWindow:
        """Some rows and columns of a table; answers while a cell runs."""
        asked = told_query(query)
        return self._look(_WINDOW, "table_window", notebook_id, handle=handle, query=asked)

    def table_profile(
        self, notebook_id: str, handle: str, columns: Iterable[ColumnRef] | None = None
    ) -> TableProfile:
        """What columns of a table hold, by default the first ones."""
        asked = None if columns is None else list(columns)
        return self._look(_PROFILE, "table_profile", notebook_id, handle=handle, columns=asked)

    def table_file(
        self,
        notebook_id: str,
        handle: str,
        query: TableQuery | Mapping[str, Any] | None = None,
        form: TableForm = "csv",
    ) -> Path:
        """A file in the notebook's artifacts folder with the rows; the caller deletes it."""
        asked = {"handle": handle, "query": told_query(query), "form": form}
        told = self._look(_PATH, "table_file", notebook_id, patience=_FILE_TIMEOUT, **asked)
        return written_file(self.settings.workspace_dir, notebook_id, told.name, form)

    def _look(self, answer: TypeAdapter[T], method: str, notebook_id: str, **asked: Any) -> T:
        """Ask the notebook's worker; one that has not run a cell brings back what was saved."""
        session = self._workers.session(notebook_id)
        if not session.is_awake:
            self._workers.reach(session)
            mode = session.mode or ExecutionMode.WRITE_ENABLED
            self.execute_code("", "variables", notebook_id, mode=mode, silent=True)
        return self._workers.consult(session, answer, method, notebook_id=notebook_id, **asked)

    # ------------------------------------------------ back in time

    def history(self, notebook_id: str) -> list[SnapshotInfo]:
        """The snapshots of a notebook, oldest first."""
        session = self._workers.session(notebook_id)
        return self._workers.consult(session, _HISTORY, "history", notebook_id=notebook_id)

    def restore_state(
        self, notebook_id: str, snapshot_id: int | None = None
    ) -> SnapshotInfo | None:
        """Give the notebook the variables of a snapshot, by default those of its last one."""
        return self._go_back("restore_state", notebook_id, snapshot_id=snapshot_id)

    def undo(self, notebook_id: str) -> SnapshotInfo | None:
        """Give the notebook the variables that it had before its last cell that was saved."""
        return self._go_back("undo", notebook_id)

    def _go_back(self, method: str, notebook_id: str, **asked: Any) -> SnapshotInfo | None:
        session = self._workers.session(notebook_id)
        session.halts += 1
        self.interrupt(notebook_id)
        with session.turn():
            link = self._workers.awake(session)
            return self._workers.call(link, _SNAPSHOT, method, notebook_id=notebook_id, **asked)

    # ------------------------------------------------ workers

    @property
    def workers(self) -> dict[str, int]:
        """The process of each notebook that has one: notebook id -> pid."""
        return self._workers.pids

    @property
    def queued(self) -> int:
        """Callers that wait for a worker, because there are as many as may be."""
        return self._workers.queued

    def isolation(self, notebook_id: str) -> Isolation | None:
        """What holds the notebook's worker; None while it has none."""
        session = self._workers.session(notebook_id)
        return session.isolation if session.link is not None else None

    def hibernate(self, notebook_id: str) -> None:
        """Save the notebook and end its worker; the next call wakes it."""
        session = self._workers.session(notebook_id)
        with session.turn():
            self._workers.end(session)

    def close(self) -> None:
        """End every worker, and all that serves them; what is saved stays."""
        self._workers.close()


def _tell_queued(asked: Asked, position: int) -> None:
    asked.tell(ExecutionQueued(execution_id=asked.execution_id, position=position))
