"""Cells in worker processes: one a notebook, forked from a warm parent, ended whatever they do."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import TypeAdapter

from ..errors import InvalidInputError, UnknownExecutionError, WorkerLostError
from ..models.assistance import Completeness, Completion, Inspection
from ..models.events import ExecutionQueued
from ..models.notebook import ExecutionResult
from ..models.session import ExecutionMode, Isolation
from ..models.snapshot import SnapshotInfo
from ..policy.modes import check_mode, isolation_of
from ..runtime.execution import OnOutput, StdinHandler
from ..settings import Settings, chosen_settings
from .link import Link
from .remote_cell import Asked, RemoteCell, announce
from .requests import check_request, check_user_expressions
from .results import Results
from .session import Session
from .workers import Workers

_COMPLETION: TypeAdapter[Completion] = TypeAdapter(Completion)
_INSPECTION: TypeAdapter[Inspection] = TypeAdapter(Inspection)
_COMPLETENESS: TypeAdapter[Completeness] = TypeAdapter(Completeness)
_RESULT: TypeAdapter[ExecutionResult] = TypeAdapter(ExecutionResult)
_HISTORY: TypeAdapter[list[SnapshotInfo]] = TypeAdapter(list[SnapshotInfo])
_NOTHING: TypeAdapter[None] = TypeAdapter(None)
_SNAPSHOT: TypeAdapter[SnapshotInfo | None] = TypeAdapter(SnapshotInfo | None)


class ProcessEngine:
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

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
        `interrupted`, with the outputs that it had until then; the notebook goes on.

        Raises:
            CapacityError: all workers are busy, and too many callers wait.
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
            if session.halts == halts:
                link = self._workers.awake(session, mode, partial(_tell_queued, asked))
            if session.halts != halts:
                return _aborted(asked)
            result = self._run(session, link, asked)
            if stop_on_error and result.status != "ok" and not silent:
                session.halts += 1
            self._workers.rest()
        return result

    def _run(self, session: Session, link: Link, asked: Asked) -> ExecutionResult:
        assert session.mode is not None
        assert session.isolation is not None
        isolation = isolation_of(session.mode, session.isolation)
        cell = RemoteCell(asked, link, self.settings)
        session.cell = cell
        try:
            # What holds a worker is known since before its first cell, and not its affair any more.
            result = cell.run().model_copy(update={"isolation_effective": isolation})
        finally:
            session.cell = None
            if link.lost:
                self._workers.drop(session)
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
        asked = {"code": code, "cursor": cursor, "notebook_id": notebook_id}
        return self._workers.consult(session, _COMPLETION, "complete", **asked)

    def inspect(
        self, code: str, cursor: int, notebook_id: str, detail_level: int = 0
    ) -> Inspection:
        """What there is to know of the name at the cursor; answers while a cell runs."""
        asked = {"code": code, "cursor": cursor, "notebook_id": notebook_id}
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

    def _go_back(self, method: str, notebook_id: str, **asked: object) -> SnapshotInfo | None:
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
    announce(asked.on_output, ExecutionQueued(execution_id=asked.execution_id, position=position))


def _aborted(asked: Asked) -> ExecutionResult:
    """Of a cell that was not run, because an earlier one failed or the notebook was restarted."""
    return ExecutionResult(
        status="aborted",
        execution_count=0,
        duration=0.0,
        started_at=datetime.now(UTC),
        cell_id=asked.cell_id,
        notebook_id=asked.notebook_id,
        execution_id=asked.execution_id,
    )
