"""The results of a notebook's cells, beside its file: whole, and there as soon as a cell ended.

    <folder>/<cell>.json      the last result, and the source that gave it
    <folder>/<cell>.running   while it runs: which execution, since when, in which process

A notebook file has room for outputs only, and is written a little later. Files here survive a
killed process, not a power failure; then the notebook's file tells what there is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from ...engines.ground import is_alive
from ...errors import StorageError
from ...models.notebook import Cell, CellError, ExecutionResult
from ...models.outputs import Part
from ...runtime.wording import reason

_RESULT, _RUNNING = ".json", ".running"
_PREFIX = "cell-"
"""Some systems keep certain names for devices."""


class KeptResult(Part):
    """A result, and what gave it."""

    source: str
    result: ExecutionResult


class _Begun(Part):
    source: str
    execution_id: str
    started_at: datetime
    pid: int


class KeptResults:
    """What is kept of one notebook.

    Args:
        folder: for nothing else; made when it is first needed.
        notebook_id: whose.
    """

    def __init__(self, folder: Path, notebook_id: str) -> None:
        self._folder = folder
        self._notebook_id = notebook_id

    def began(self, cell: Cell, execution_id: str, started_at: datetime) -> None:
        """Remember that a cell runs, until `keep`.

        Raises:
            StorageError: it cannot be written.
        """
        begun = _Begun(
            source=cell.source, execution_id=execution_id, started_at=started_at, pid=os.getpid()
        )
        with self._told(path := self._path(cell.id, _RUNNING)):
            path.write_bytes(begun.model_dump_json().encode())  # in one call of the system

    def keep(self, kept: KeptResult) -> None:
        """Remember a result; it takes the place of the cell's last one.

        Raises:
            StorageError: it cannot be written; the last one is still there.
        """
        path = self._path(kept.result.cell_id, _RESULT)
        scratch = path.with_name(f".{path.name}.tmp")
        try:
            with self._told(path):
                scratch.write_bytes(kept.model_dump_json().encode())
                scratch.replace(path)
        finally:
            self.ended(kept.result.cell_id)

    def ended(self, cell_id: str) -> None:
        """The cell does not run any more."""
        with suppress(OSError):
            self._path(cell_id, _RUNNING).unlink(missing_ok=True)

    def forget(self, cell_id: str) -> None:
        """The cell is gone."""
        with suppress(OSError):
            self._path(cell_id, _RESULT).unlink(missing_ok=True)

    def find(self, cell_id: str) -> tuple[KeptResult, int] | None:
        """The last result of a cell and when it was kept (nanoseconds since 1970), if any."""
        path = self._path(cell_id, _RESULT)
        try:
            return KeptResult.model_validate_json(path.read_bytes()), path.stat().st_mtime_ns
        except (OSError, ValidationError):
            return None

    def cut_off(self, cell_id: str) -> KeptResult | None:
        """What there is to say of a cell that ran when its server ended: its result from now on."""
        path = self._path(cell_id, _RUNNING)
        try:
            begun = _Begun.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None
        if begun.pid != os.getpid() and is_alive(begun.pid):
            return None  # another server is at it
        kept = KeptResult(source=begun.source, result=self._dead(cell_id, begun))
        with suppress(StorageError):
            self.keep(kept)
        return kept

    def _dead(self, cell_id: str, begun: _Begun) -> ExecutionResult:
        began = begun.started_at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")
        message = (
            f"The server ended while this cell ran (it began at {began} UTC). The variables are "
            "those from before it."
        )
        error = CellError(type="WorkerDied", message=message, traceback=message)
        return ExecutionResult(
            status="dead",
            error=error,
            execution_count=0,
            duration=0.0,
            started_at=begun.started_at.astimezone(UTC),
            cell_id=cell_id,
            notebook_id=self._notebook_id,
            execution_id=begun.execution_id,
        )

    def _path(self, cell_id: str, suffix: str) -> Path:
        return self._folder / f"{_PREFIX}{cell_id}{suffix}"

    @contextmanager
    def _told(self, path: Path) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {reason(error)}.") from error
