"""Places for workers: first come, first served, and everybody knows where he stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from nbengine import ExecutionResult
from nbengine.engines.admission import Admission
from nbengine.engines.process import ProcessEngine
from nbengine.errors import CapacityError, WorkerStartError
from nbengine.models.events import ExecutionQueued, OutputEvent
from tests.conftest import PATIENCE, until
from tests.engines.conformance import Notebook


def untold(_position: int) -> None:
    """Nobody listens."""


def test_a_free_place_is_taken_at_once() -> None:
    """Without a word."""
    told: list[int] = []
    admission = Admission(2, 0, lambda: False)
    admission.enter(told.append)
    admission.enter(told.append)
    assert (admission.taken, admission.queued, told) == (2, 0, [])


def test_those_who_wait_get_it_in_order(callers: ThreadPoolExecutor) -> None:
    """Each is told of every place in the queue that he has."""
    admission = Admission(1, 10, lambda: False)
    admission.enter(untold)
    told: list[list[int]] = [[] for _ in range(3)]
    entered: list[int] = []

    def enter(number: int) -> None:
        admission.enter(told[number].append)
        entered.append(number)

    asked = []
    for number in range(3):
        asked.append(callers.submit(enter, number))
        until(lambda: admission.queued == len(asked))
    for number in range(3):
        admission.leave()
        asked[number].result(PATIENCE)
    assert entered == [0, 1, 2]
    assert [positions[0] for positions in told] == [1, 2, 3]
    assert all(sorted(positions, reverse=True) == positions for positions in told)


def test_too_many_wait(callers: ThreadPoolExecutor) -> None:
    """One more is refused at once, and told which settings help."""
    admission = Admission(1, 1, lambda: False)
    admission.enter(untold)
    waits = Event()
    waiting = callers.submit(admission.enter, lambda _: waits.set())
    assert waits.wait(PATIENCE)
    with pytest.raises(CapacityError, match="`worker_count` or `queue_length`"):
        admission.enter(untold)
    admission.leave()
    waiting.result(PATIENCE)


def test_a_place_at_once(callers: ThreadPoolExecutor) -> None:
    """It is taken if it is free; nobody is overtaken, and nobody waits for it."""
    admission = Admission(1, 1, lambda: False)
    assert admission.enter_at_once()
    assert not admission.enter_at_once()
    assert (admission.taken, admission.queued) == (1, 0)
    waiting = callers.submit(admission.enter, untold)
    until(lambda: admission.queued == 1)
    with admission._changed:
        admission._taken -= 1  # free, and he who waits has not seen it
        assert not admission._enter_at_once()
        admission._taken += 1
    admission.leave()
    waiting.result(PATIENCE)
    admission.close()
    with pytest.raises(WorkerStartError, match="The engine is closed"):
        admission.enter_at_once()


def test_room_is_made_first() -> None:
    """Whoever would have to wait gets the place of one that is idle, and hears nothing of it."""
    told: list[int] = []

    def make_room() -> bool:
        admission.leave()
        return True

    admission = Admission(1, 1, make_room)
    admission.enter(untold)
    admission.enter(told.append)
    assert (admission.taken, told) == (1, [])


def test_one_who_gives_up(callers: ThreadPoolExecutor) -> None:
    """What a listener raises takes him out of the queue, and nobody else."""
    admission = Admission(1, 1, lambda: False)
    admission.enter(untold)

    def fail(_position: int) -> None:
        raise ValueError("no time")

    with pytest.raises(ValueError, match="no time"):
        admission.enter(fail)
    assert admission.queued == 0
    waiting = callers.submit(admission.enter, untold)
    admission.leave()
    waiting.result(PATIENCE)


# ---------------------------------------------------- in the engine


@pytest.fixture
def open_engine() -> Iterator[Callable[..., ProcessEngine]]:
    """Opens engines with few workers, which are closed after the test."""
    opened: list[ProcessEngine] = []

    def open_engine(**options: Any) -> ProcessEngine:
        opened.append(ProcessEngine(snapshots=True, spare_workers=0, **options))
        return opened[-1]

    yield open_engine
    for engine in opened:
        engine.close()


class Queue:
    """Callers of an engine whose cells end when they may.

    Args:
        engine: whose.
        callers: threads.
        folder: for what the cells wait for.
    """

    def __init__(self, engine: ProcessEngine, callers: ThreadPoolExecutor, folder: Path) -> None:
        self._engine = engine
        self._callers = callers
        self._folder = folder
        self.events: dict[str, list[OutputEvent]] = {}

    def ask(self, notebook_id: str) -> Future[ExecutionResult]:
        """Ask for a cell; returns once it runs or waits."""
        events = self.events[notebook_id] = []
        code = (
            f"import os, time\nprint('runs', flush=True)\n"
            f"while not os.path.exists({str(self._folder / notebook_id)!r}): time.sleep(0.01)"
        )
        run = self._engine.execute_code
        asked = self._callers.submit(
            run, code, "c", notebook_id, on_output=events.append, timeout=60
        )
        until(lambda: bool(events))
        return asked

    def end(self, notebook_id: str) -> None:
        """Let its cell end."""
        (self._folder / notebook_id).touch()

    def positions(self, notebook_id: str) -> list[int]:
        """The places in the queue that it was told of."""
        events = self.events[notebook_id]
        return [event.position for event in events if isinstance(event, ExecutionQueued)]


def test_a_queue_with_positions(
    open_engine: Callable[..., ProcessEngine], callers: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """One worker, three notebooks: the others wait, know where, and run in order."""
    queue = Queue(open_engine(worker_count=1), callers, tmp_path)
    first, second, third = (queue.ask(name) for name in "abc")
    assert [queue.positions(name) for name in "abc"] == [[], [1], [2]]
    queue.end("a")
    until(lambda: queue.positions("c") == [2, 1])
    until(lambda: len(queue.events["b"]) == 2)
    queue.end("b")
    queue.end("c")
    assert [each.result(PATIENCE).status for each in (first, second, third)] == ["ok"] * 3
    assert queue.positions("b") == [1]


def test_more_callers_than_may_wait(
    open_engine: Callable[..., ProcessEngine], callers: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """They are refused, the others served."""
    engine = open_engine(worker_count=1, queue_length=1)
    queue = Queue(engine, callers, tmp_path)
    asked = [queue.ask("a"), queue.ask("b")]
    with pytest.raises(CapacityError, match="All 1 workers are busy and 1 callers wait"):
        engine.execute_code("1", "c", "n")
    queue.end("a")
    queue.end("b")
    assert [each.result(PATIENCE).status for each in asked] == ["ok", "ok"]


def test_the_worker_that_was_idle_longest_gives_way(
    open_engine: Callable[..., ProcessEngine],
) -> None:
    """Its notebook keeps its variables, and wakes in the place of another."""
    engine = open_engine(worker_count=2)
    one, two, three = (Notebook(engine) for _ in range(3))
    one("x = 1")
    two("x = 2")
    one("x")
    events: list[OutputEvent] = []
    three("x = 3", on_output=events.append)
    assert set(engine.workers) == {one.id, three.id}
    assert events == []
    assert two.value("x") == "2"
    assert set(engine.workers) == {two.id, three.id}


def test_a_worker_that_died_gives_its_place_back(
    open_engine: Callable[..., ProcessEngine],
) -> None:
    """However often that happens."""
    engine = open_engine(worker_count=1)
    one, two = Notebook(engine), Notebook(engine)
    for _ in range(3):
        assert one("import os; os._exit(1)").status == "dead"
    assert two.value("1 + 1") == "2"
