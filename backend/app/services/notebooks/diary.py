"""What has happened to a notebook's variables, written down line by line, and what is stale by it.

A line is one event of `models.staleness` as JSON. One that was cut short, because its server was
killed while it wrote, is passed over: each event begins a line of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter, ValidationError

from ...models.notebook import Cell, ExecutionResult
from ...models.snapshot import SnapshotInfo
from ...models.staleness import CellRun, Event, Reason, Restarted, Restored
from ..staleness.ledger import Ledger
from ..staleness.staleness import Staleness
from .appending import append

_log = logging.getLogger("nbengine.notebooks")

_FILE = "diary.jsonl"
_MOST = 2_000
"""Events after which old ones are let go of."""
_LAST = 1_000
"""Of which so many stay, and each cell's last run: enough to judge all but what was made long ago
by cells that are gone."""
_EVENTS: TypeAdapter[Event] = TypeAdapter(Event)


class Diary:
    """The events of one notebook. Thread-safe.

    Args:
        folder: where it lies; made when there is something to write.
        is_fresh: whether the engine has not run this notebook since it was started.
        lasts: whether its variables come back then.
    """

    def __init__(self, folder: Path, *, is_fresh: bool, lasts: bool) -> None:
        self._path = str(folder / _FILE)
        self._events = self._read()
        self._ledger = Ledger(self._events)
        self._order = max((event.order for event in self._events), default=0)
        self._verdict: tuple[object, Staleness] | None = None
        self._pending: str | None = None
        """The last execution, if its save was pending."""
        self._lock = Lock()
        if is_fresh:
            self._start_anew(lasts=lasts)

    def ran(self, result: ExecutionResult, source: str) -> None:
        """A cell has run."""
        with self._lock:
            self._add(CellRun.of(result, source, self._next()))
            self._pending = result.execution_id if result.state.pending else None

    def settled(self, result: ExecutionResult) -> None:
        """It is known what became of the save of the last run, which was pending then."""
        with self._lock:
            last = self._events[-1] if self._events else None
            if self._pending == result.execution_id and isinstance(last, CellRun):
                self._pending = self._verdict = None
                self._add(CellRun.of(result, last.source, last.order))

    def restarted(self) -> None:
        """The variables are gone; what happened before matters no more, but for who ran last."""
        with self._lock:
            runs = {e.cell_id: e for e in self._events if isinstance(e, CellRun)}
            self._begin([*runs.values(), Restarted(order=self._next())])

    def tidy(self) -> None:
        """Let go of what tells nothing of most notebooks any more, if there is much of it."""
        with self._lock:
            if len(self._events) > _MOST:
                last = {e.cell_id: e.order for e in self._events if isinstance(e, CellRun)}
                kept = {*last.values(), *(event.order for event in self._events[-_LAST:])}
                self._begin([event for event in self._events if event.order in kept])

    def restored(self, snapshot: SnapshotInfo | None) -> None:
        """The variables are those of a snapshot; None: there are none."""
        with self._lock:
            self._add(Restored(order=self._next(), after=snapshot and self._run_of(snapshot)))

    def staleness(self, cells: Sequence[Cell]) -> Staleness:
        """What is stale of these cells."""
        with self._lock:
            state = (self._order, [(cell.id, cell.cell_type, cell.source) for cell in cells])
            if self._verdict is None or self._verdict[0] != state:
                self._verdict = (state, Staleness(cells, self._ledger))
            return self._verdict[1]

    def reasons(self, cells: Sequence[Cell]) -> dict[str, Reason]:
        """Stale cell id -> why."""
        return self.staleness(cells).reasons

    def _start_anew(self, *, lasts: bool) -> None:
        """The engine has nothing of this notebook but what it has saved."""
        runs = [event for event in self._events if isinstance(event, CellRun)]
        if not runs or isinstance(self._events[-1], Restarted):
            return
        if not lasts:
            self.restarted()
        elif not runs[-1].compared:
            saved = [run.order for run in runs if run.compared]
            self._add(Restored(order=self._next(), after=saved[-1] if saved else None))

    def _begin(self, events: list[Event]) -> None:
        """Go on from these events, as if no others had been."""
        self._events, self._ledger, self._verdict = events, Ledger(events), None
        scratch = Path(f"{self._path}.tmp")
        with self._told():
            scratch.unlink(missing_ok=True)
            append(str(scratch), _lines(events))
            scratch.replace(self._path)

    def _run_of(self, snapshot: SnapshotInfo) -> int | None:
        """The order of the run that a snapshot came of."""
        for event in reversed(self._events):
            if isinstance(event, CellRun) and (event.cell_id, event.execution_count) == (
                snapshot.cell_id,
                snapshot.execution_count,
            ):
                return event.order
        return None

    def _next(self) -> int:
        self._order += 1
        return self._order

    def _add(self, event: Event) -> None:
        self._events.append(event)
        self._ledger.add(event)
        with self._told():
            append(self._path, _lines([event]))

    def _read(self) -> list[Event]:
        try:
            lines = Path(self._path).read_bytes().splitlines()
        except OSError:
            return []
        return [event for line in lines if (event := _event(line)) is not None]

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What cannot be written holds as long as this server lives."""
        try:
            yield
        except OSError as error:
            _log.warning("%s cannot be written: %s", self._path, error)


def _lines(events: Iterable[Event]) -> bytes:
    return b"".join(b"\n" + _EVENTS.dump_json(event) for event in events)


def _event(line: bytes) -> Event | None:
    try:
        return _EVENTS.validate_json(line)
    except ValidationError:
        return None
