"""Workers in reserve, from a starter that does what a test wants."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from nbengine.engines.ending import Ending
from nbengine.engines.passing import pairs
from nbengine.engines.spares import Spares
from nbengine.engines.starter import Starter, Worker
from nbengine.errors import WorkerStartError


class Scripted(Starter):
    """Starts workers that are but two sockets; `failing` says why it does not."""

    def __init__(self) -> None:
        self.alive_still = True
        self.failing: str | None = None
        self.started: list[bool] = []
        self.workers: list[Worker] = []
        self._ends: list[socket.socket] = []

    @property
    def alive(self) -> bool:
        return self.alive_still

    def start(self, *, ahead: bool = False) -> Worker:
        if self.failing is not None:
            raise WorkerStartError(self.failing)
        (line, side), theirs = pairs(2)
        self._ends += theirs
        self.started.append(ahead)
        worker = Worker(len(self.workers) + 1, line, side, None, lambda _number: None)
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        self.alive_still = False
        for worker in self.workers:
            worker.close()
        for end in self._ends:
            end.close()


@pytest.fixture
def starters() -> Iterator[list[Scripted]]:
    """Those that were opened, in order."""
    opened: list[Scripted] = []
    yield opened
    for starter in opened:
        starter.close()


@pytest.fixture
def spares(starters: list[Scripted]) -> Spares:
    """Two of them."""

    def open_starter() -> Starter:
        starters.append(Scripted())
        return starters[-1]

    return Spares(2, open_starter)


def test_they_are_made_ahead(spares: Spares, starters: list[Scripted]) -> None:
    """As many as there are to be; they are given away first, and no more is made than asked for."""
    spares.fill()
    spares.fill()
    (starter,) = starters
    assert starter.started == [True, True]
    assert [spares.take() for _ in range(2)] == starter.workers
    spares.take()
    assert starter.started == [True, True, False]
    spares.fill()
    assert starter.started == [True, True, False, True, True]


def test_one_that_died_meanwhile(spares: Spares, starters: list[Scripted]) -> None:
    """Nobody gets it."""
    spares.fill()
    dead, alive = starters[0].workers
    dead.ending.set_result(Ending(1))
    assert spares.take() is alive
    assert dead.line.fileno() == dead.side.fileno() == -1


def test_a_starter_that_ended(spares: Spares, starters: list[Scripted]) -> None:
    """Another one takes its place, also if it is only noticed when a worker is wanted."""
    spares.take()
    starters[0].alive_still = False
    spares.take()
    assert [starter.started for starter in starters] == [[False], [False]]

    def fail(*, ahead: bool = False) -> Worker:
        starters[1].alive_still = False
        raise WorkerStartError(f"it has ended {ahead=}")

    starters[1].start = fail  # type: ignore[method-assign]
    spares.take()
    assert starters[2].started == [False]


def test_a_starter_that_fails(spares: Spares, starters: list[Scripted]) -> None:
    """Who wants a worker hears why; filling up does not insist."""
    spares.take()
    starters[0].failing = "no memory"
    spares.fill()
    with pytest.raises(WorkerStartError, match="no memory"):
        spares.take()
    assert len(starters) == 1


def test_the_end(spares: Spares, starters: list[Scripted]) -> None:
    """Nothing is started any more, and what was in reserve is closed."""
    spares.fill()
    spares.close()
    assert not starters[0].alive
    assert [worker.line.fileno() for worker in starters[0].workers] == [-1, -1]
    spares.fill()
    with pytest.raises(WorkerStartError, match="The engine is closed"):
        spares.take()
    assert len(starters) == 1


def test_the_end_while_one_is_made(spares: Spares, starters: list[Scripted]) -> None:
    """It is not kept."""
    spares.take()
    start = starters[0].start

    def close_and_start(*, ahead: bool = False) -> Worker:
        worker = start(ahead=ahead)
        spares.close()
        return worker

    starters[0].start = close_and_start  # type: ignore[method-assign]
    spares.fill()
    assert starters[0].workers[-1].line.fileno() == -1
