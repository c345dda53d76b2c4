"""The results of a notebook's cells, beside its file: whole, and there as soon as a cell ended.

    <folder>/cell-<id>.<run>.json    first line: what runs, since when, in which process
                                     second line, once it has ended: the result
    <folder>/cell-<id>.<run>.shown   what it has shown so far, while it runs

Runs are counted; a run's file goes when the next one has its result. So no file is ever written
over, which would cost more than all the rest. A notebook file has room for outputs only, and is
written a little later. Files here survive a killed process, not a power failure; then the
notebook's file tells what there is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from ...engines.liveness import is_alive
from ...errors import StorageError
from ...models.notebook import Cell, Cut
from ...models.outputs import Output
from ...runtime.wording import reason
from .appending import append
from .run_files import (
    PREFIX,
    RUN,
    SHOWN,
    Begun,
    Ended,
    KeptResult,
    Shown,
    begun_by,
    dead_result,
    line,
    lines,
    runs_in,
)


@dataclass
class _Runs:
    """Numbers of a cell's runs; 0 for none."""

    ended: int = 0
    begun: int = 0
    """The one that runs now, or was cut off."""
    has_shown: bool = False
    """Whether there may be a file of what that one has shown."""
    last: int = 0
    """The one with the highest number, maybe of another server."""

    def next(self) -> int:
        """The number of one more."""
        self.last += 1
        return self.last


class KeptResults:
    """What is kept of one notebook. To be called by one thread at a time, but for `shown`.

    Args:
        folder: for nothing else; made when it is first needed.
        notebook_id: whose.
    """

    def __init__(self, folder: Path, notebook_id: str) -> None:
        self._folder = str(folder)
        self._notebook_id = notebook_id
        self._runs: dict[str, _Runs] = {}
        for cell_id, number in sorted(runs_in(folder), key=lambda found: found[1]):
            self._found(cell_id, number)

    def began(self, cell: Cell, execution_id: str, started_at: datetime) -> None:
        """Remember that a cell runs, until `keep` or `ended`.

        Raises:
            StorageError: it cannot be written.
        """
        runs = self._runs.setdefault(cell.id, _Runs())
        number = runs.next()
        begun = Begun(
            source=cell.source, execution_id=execution_id, started_at=started_at, pid=os.getpid()
        )
        self._append(self._path(cell.id, number, RUN), line(begun))
        runs.begun = number

    def shown(self, cell_id: str, outputs: Sequence[Output], cuts: Sequence[Cut]) -> None:
        """Remember what a cell that runs has shown so far.

        Raises:
            StorageError: it cannot be written.
        """
        number = self._runs[cell_id].begun if cell_id in self._runs else 0
        if not number:
            return
        self._runs[cell_id].has_shown = True
        shown = Shown(outputs=list(outputs), cuts=list(cuts))
        path = self._path(cell_id, number, SHOWN)
        with self._told(path):
            scratch = Path(f"{path}.tmp")
            scratch.write_bytes(line(shown))
            scratch.replace(path)
        if self._runs[cell_id].begun != number:  # it has ended meanwhile
            _remove(path)

    def keep(self, kept: KeptResult) -> None:
        """Remember a result; it takes the place of the cell's last one.

        Raises:
            StorageError: it cannot be written; the last one is still there.
        """
        cell_id = kept.result.cell_id
        runs = self._runs.setdefault(cell_id, _Runs())
        number, before = runs.begun or runs.next(), runs.ended
        data = line(Ended(result=kept.result, file=kept.file))
        if not runs.begun:
            data = line(begun_by(kept)) + data
        path = self._path(cell_id, number, RUN)
        try:
            self._append(path, data)
        except StorageError:
            _remove(path)
            raise
        else:
            runs.ended = number
            if before:
                _remove(self._path(cell_id, before, RUN))
        finally:
            self._forget_begin(cell_id, runs)

    def ended(self, cell_id: str) -> None:
        """The cell does not run any more, and there is no result to keep."""
        runs = self._runs.get(cell_id)
        if runs is not None and runs.begun:
            _remove(self._path(cell_id, runs.begun, RUN))
            self._forget_begin(cell_id, runs)

    def forget(self, cell_id: str) -> None:
        """The cell is gone."""
        runs = self._runs.get(cell_id)
        if runs is not None and runs.ended:
            _remove(self._path(cell_id, runs.ended, RUN))
            runs.ended = 0

    def find(self, cell_id: str) -> KeptResult | None:
        """The last result of a cell, if any."""
        runs = self._runs.get(cell_id)
        if runs is None or not runs.ended:
            return None
        try:
            first, second = lines(self._path(cell_id, runs.ended, RUN))[:2]
            begun, ended = Begun.model_validate_json(first), Ended.model_validate_json(second)
        except (OSError, ValueError):
            return None
        return KeptResult(source=begun.source, result=ended.result, file=ended.file)

    def cut_off(self, cell_id: str) -> KeptResult | None:
        """What there is to say of a cell that ran when its server ended: its result from now on.

        To be asked before any cell runs here.
        """
        runs = self._runs.get(cell_id)
        if runs is None or not runs.begun:
            return None
        try:
            first = lines(self._path(cell_id, runs.begun, RUN))[0]
            begun = Begun.model_validate_json(first)
        except (OSError, ValueError, IndexError):
            self.ended(cell_id)
            return None
        if begun.pid != os.getpid() and is_alive(begun.pid):
            runs.begun = 0  # another server is at it
            return None
        number, runs.begun = runs.begun, 0
        shown = self._shown(cell_id, number)
        kept = KeptResult(
            source=begun.source, result=dead_result(cell_id, self._notebook_id, begun, shown)
        )
        with suppress(StorageError):  # then the next server finds it as it is
            self.keep(kept)
            _remove(self._path(cell_id, number, RUN))
            _remove(self._path(cell_id, number, SHOWN))
        return kept

    # ------------------------------------------------ inside

    def _found(self, cell_id: str, number: int) -> None:
        """Take up a file that is there, in the order of the runs."""
        runs = self._runs.setdefault(cell_id, _Runs())
        runs.last = number
        path = self._path(cell_id, number, RUN)
        try:
            is_whole = len(lines(path)) > 1
        except OSError:
            return
        if not is_whole:
            runs.begun, runs.has_shown = number, True
            return
        for earlier in (runs.ended, runs.begun):
            if earlier:
                _remove(self._path(cell_id, earlier, RUN))
                _remove(self._path(cell_id, earlier, SHOWN))
        runs.ended, runs.begun = number, 0

    def _shown(self, cell_id: str, number: int) -> Shown:
        try:
            path = Path(self._path(cell_id, number, SHOWN))
            return Shown.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return Shown()

    def _forget_begin(self, cell_id: str, runs: _Runs) -> None:
        """What was shown so far is in the result, if anywhere."""
        number, runs.begun = runs.begun, 0
        if runs.has_shown:
            runs.has_shown = False
            _remove(self._path(cell_id, number, SHOWN))

    def _path(self, cell_id: str, number: int, suffix: str) -> str:
        return f"{self._folder}/{PREFIX}{cell_id}.{number}{suffix}"

    def _append(self, path: str, data: bytes) -> None:
        with self._told(path):
            append(path, data)

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {reason(error)}.") from error


def _remove(path: str) -> None:
    with suppress(OSError):
        Path(path).unlink()
