"""The event loop of one notebook."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextvars import Context, ContextVar

import pytest

from nbengine.runtime.event_loop import CellLoop, needs_running_loop, runs_in_event_loop
from nbengine.runtime.interrupt import Gate

VARIABLE: ContextVar[int] = ContextVar("variable", default=0)


@pytest.fixture
def loop() -> Iterator[CellLoop]:
    """A loop that is closed after the test."""
    loop = CellLoop()
    yield loop
    loop.close()


async def answer() -> int:
    """Seven, after a turn of the loop."""
    await asyncio.sleep(0)
    return 7


def test_a_coroutine_runs_to_its_result(loop: CellLoop) -> None:
    """The loop is made when it is first needed."""
    assert not loop.exists
    assert loop.run(answer, Context(), Gate()) == 7
    assert loop.exists


def test_what_a_coroutine_raises_is_raised(loop: CellLoop) -> None:
    """And the loop goes on with the next one."""

    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        loop.run(fail, Context(), Gate())
    assert loop.run(answer, Context(), Gate()) == 7


def test_a_coroutine_runs_in_the_notebooks_context(loop: CellLoop) -> None:
    """What it sets is there afterwards."""
    context = Context()

    async def change() -> None:
        VARIABLE.set(1)

    loop.run(change, context, Gate())
    assert context[VARIABLE] == 1
    assert VARIABLE.get() == 0


def test_ready_tasks_take_their_steps_without_being_awaited(loop: CellLoop) -> None:
    """Entering the loop allows a task to be created; spinning runs it until it waits."""
    steps: list[int] = []

    async def step() -> None:
        steps.append(1)
        await asyncio.sleep(0)
        steps.append(2)
        await asyncio.Event().wait()

    loop.enter()
    task = asyncio.create_task(step())
    loop.leave()
    assert steps == []
    loop.spin()
    assert steps == [1, 2]
    assert not task.done()


def test_spinning_ends_although_a_task_never_waits(loop: CellLoop) -> None:
    """A task that is always ready gets a few steps a cell."""
    rounds: list[int] = []

    async def busy() -> None:
        while True:
            rounds.append(1)
            await asyncio.sleep(0)

    loop.enter()
    task = asyncio.create_task(busy())
    loop.leave()
    loop.spin()
    assert 1 <= len(rounds) < 100
    task.cancel()


def test_closing_lets_tasks_clean_up(loop: CellLoop) -> None:
    """They are cancelled, and their `finally:` runs."""
    steps: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("clean")

    async def start() -> asyncio.Task[None]:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        return task

    task = loop.run(start, Context(), Gate())
    loop.close()
    assert (steps, task.cancelled()) == (["clean"], True)
    assert not loop.exists


def test_a_loop_can_be_closed_inside_the_hosts(loop: CellLoop) -> None:
    """A running loop of the host's does not hinder it, nor what is left from cleaning up."""
    steps: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("clean")

    async def start() -> asyncio.Task[None]:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        return task

    task = loop.run(start, Context(), Gate())

    async def host() -> bool:
        loop.close()
        return runs_in_event_loop()

    assert asyncio.run(host())
    assert not runs_in_event_loop()
    assert (steps, task.cancelled()) == (["clean"], True)


def test_a_coroutine_that_has_run_leaves_nothing_to_cancel(loop: CellLoop) -> None:
    """An interrupt of what comes after it in the cell goes straight there."""
    gate = Gate()
    loop.run(answer, Context(), gate)
    assert gate.cancel is None


@pytest.mark.parametrize(
    "names, needs",
    [
        ({"asyncio", "create_task"}, True),
        ({"asyncio", "run"}, False),
        ({"asyncio", "Runner"}, False),
        ({"asyncio", "new_event_loop", "run_until_complete"}, False),
        ({"print"}, False),
    ],
)
def test_a_cell_that_starts_a_loop_itself_sees_none(names: set[str], needs: bool) -> None:
    """One that mentions asyncio otherwise does, as in Jupyter."""
    assert needs_running_loop(names) is needs
