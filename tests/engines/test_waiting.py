"""Cells that wait for a worker: interrupted, out of time, or their engine closed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event, Timer
from typing import Any

import pytest

from nbengine import ExecutionResult
from nbengine.engines import waiting, workers
from nbengine.engines.process import ProcessEngine
from nbengine.engines.session import Session
from nbengine.engines.waiting import Waiting, begun
from nbengine.errors import CapacityError, WorkerStartError
from nbengine.models.events import ExecutionQueued, OutputEvent
from tests.conftest import PATIENCE, until
from tests.engines.conformance import Notebook, shown
from tests.engines.processes import is_stopped, is_there

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux")

WAITED = "while it waited for a worker; it had not begun"
SLOW_TO_COME_BACK = (
    "class Slow:\n    def __setstate__(self, state):\n        import time\n"
    "        time.sleep(600)\nslow = Slow()\nslow.a = 1\nx = 1"
)


@pytest.fixture
def open_engine() -> Iterator[Callable[..., ProcessEngine]]:
    """Opens engines with settings of their own, which are closed after the test."""
    opened: list[ProcessEngine] = []

    def open_engine(**settings: Any) -> ProcessEngine:
        engine = ProcessEngine(**{"spare_workers": 0, "interrupt_grace": 0.5} | settings)
        opened.append(engine)
        return engine

    yield open_engine
    for engine in opened:
        engine.close()


@pytest.fixture
def full(
    open_engine: Callable[..., ProcessEngine], callers: ThreadPoolExecutor
) -> Iterator[ProcessEngine]:
    """An engine whose only worker runs a cell that does not end."""
    engine = open_engine(worker_count=1)
    busy, running = Notebook(engine), Event()
    cell = callers.submit(
        busy, "print()\nimport time\ntime.sleep(600)", on_output=lambda _: running.set()
    )
    assert running.wait(PATIENCE)
    yield engine
    engine.interrupt(busy.id)
    cell.result(PATIENCE)


def queued(
    notebook: Notebook, callers: ThreadPoolExecutor, **options: Any
) -> Future[ExecutionResult]:
    """A cell that waits for a worker by now."""
    waits = Event()

    def hear(event: OutputEvent) -> None:
        if isinstance(event, ExecutionQueued):
            waits.set()

    cell = callers.submit(notebook, "ran = True", on_output=hear, **options)
    assert waits.wait(PATIENCE)
    return cell


def engine_of(notebook: Notebook) -> ProcessEngine:
    """It has workers."""
    assert isinstance(notebook.engine, ProcessEngine)
    return notebook.engine


def session_of(notebook: Notebook) -> Session:
    """What its engine knows of it."""
    return engine_of(notebook)._workers.session(notebook.id)


# ---------------------------------------------------- in the queue


def test_an_interrupt_in_the_queue(full: ProcessEngine, callers: ThreadPoolExecutor) -> None:
    """The caller hears of it at once, and the queue is empty again."""
    notebook = Notebook(full)
    cell = queued(notebook, callers)
    assert full.interrupt(notebook.id)
    result = cell.result(PATIENCE)
    assert (result.status, result.execution_count) == ("interrupted", 0)
    assert result.error is not None
    assert (result.error.type, result.error.message) == (
        "KeyboardInterrupt",
        f"Execution was interrupted, {WAITED}",
    )
    assert [output.output_type for output in result.outputs] == ["error"]
    assert (result.isolation_effective.level, result.isolation_effective.mode) == (
        "process",
        "write_enabled",
    )
    assert full.result(result.execution_id) == result
    until(lambda: full._workers._admission.queued == 0)


def test_help_in_the_queue(
    full: ProcessEngine, callers: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever only wants to know something hears that nobody can tell him now."""
    monkeypatch.setattr(workers, "_QUEUE_TIMEOUT", 0.2)
    notebook = Notebook(full)
    with pytest.raises(CapacityError, match=r"have been busy for 0\.2 s"):
        full.complete("x", 1, notebook.id)
    with pytest.raises(CapacityError, match="try again later"):
        full.variables(notebook.id)
    cell = queued(notebook, callers)
    with pytest.raises(CapacityError, match="worker_count"):
        full.history(notebook.id)
    assert full.interrupt(notebook.id)
    assert cell.result(PATIENCE).status == "interrupted"


def test_a_timeout_in_the_queue(full: ProcessEngine) -> None:
    """Who waits longer than his cell may run waits no longer, and is told what he waited for."""
    events: list[OutputEvent] = []
    result = Notebook(full)("1", timeout=0.3, on_output=events.append)
    assert result.status == "timeout"
    assert result.error is not None
    assert (result.error.type, result.error.message) == (
        "TimeoutError",
        f"Execution timed out after 0.3 seconds, {WAITED}",
    )
    assert [event.event for event in events] == ["queued", "output"]
    until(lambda: full._workers._admission.queued == 0)


def test_closing_while_some_wait(
    open_engine: Callable[..., ProcessEngine], callers: ThreadPoolExecutor
) -> None:
    """Who waits for a worker is interrupted, who waits for his turn behind him is not run."""
    engine = open_engine(worker_count=1)
    running = Event()
    busy = callers.submit(
        Notebook(engine), "print()\nwhile True: pass", on_output=lambda _: running.set()
    )
    assert running.wait(PATIENCE)
    notebook = Notebook(engine)
    first = queued(notebook, callers)
    second = callers.submit(notebook, "1")
    until(lambda: bool(session_of(notebook)._turns.queued))
    engine.close()
    ended = [cell.result(PATIENCE).status for cell in (busy, first, second)]
    assert ended == ["interrupted", "interrupted", "aborted"]


def test_others_move_up(full: ProcessEngine, callers: ThreadPoolExecutor) -> None:
    """Who is called off leaves his place to those behind him, who are told."""
    first, second = Notebook(full), Notebook(full)
    ahead = queued(first, callers)
    places: list[int] = []

    def hear(event: OutputEvent) -> None:
        if isinstance(event, ExecutionQueued):
            places.append(event.position)

    behind = callers.submit(second, "1", on_output=hear)
    until(lambda: places == [2])
    full.interrupt(first.id)
    assert ahead.result(PATIENCE).status == "interrupted"
    until(lambda: places == [2, 1])
    full.interrupt(second.id)
    assert behind.result(PATIENCE).status == "interrupted"


def test_what_was_called_off_has_not_run(
    open_engine: Callable[..., ProcessEngine], callers: ThreadPoolExecutor
) -> None:
    """The next cell of the notebook finds nothing of it, and is the first."""
    engine = open_engine(worker_count=1)
    busy, notebook = Notebook(engine), Notebook(engine)
    running = Event()
    cell = callers.submit(
        busy, "print()\nimport time\ntime.sleep(600)", on_output=lambda _: running.set()
    )
    assert running.wait(PATIENCE)
    second = queued(notebook, callers)
    engine.interrupt(notebook.id)
    assert second.result(PATIENCE).status == "interrupted"
    engine.interrupt(busy.id)
    cell.result(PATIENCE)
    result = notebook("'ran' in globals()")
    assert (shown(result), result.execution_count) == ("False", 1)


def test_ctrl_c_in_the_queue(full: ProcessEngine) -> None:
    """It ends the call, as it does in process, and leaves the queue."""
    timer = Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        Notebook(full)("1")
    timer.join()
    until(lambda: full._workers._admission.queued == 0)


# ---------------------------------------------------- while a worker starts


def test_an_interrupt_while_a_worker_starts(
    open_engine: Callable[..., ProcessEngine], callers: ThreadPoolExecutor
) -> None:
    """The caller hears of it before there is any worker; the next cell gets it."""
    notebook = Notebook(open_engine())
    cell = callers.submit(notebook, "ran = True")
    until(lambda: session_of(notebook).start is not None)
    assert notebook.engine.interrupt(notebook.id)
    assert cell.result(PATIENCE).status == "interrupted"
    result = notebook("'ran' in globals()")
    assert (shown(result), result.execution_count) == ("False", 1)


def test_the_start_of_a_worker_is_not_the_cell_s_time(
    open_engine: Callable[..., ProcessEngine],
) -> None:
    """A cell that takes no time runs, although its worker takes longer to start than it may run."""
    assert Notebook(open_engine())("1", timeout=0.5).status == "ok"


def test_a_worker_that_takes_too_long_to_start(
    open_engine: Callable[..., ProcessEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for no longer; the next cell gets it, and does not start another one."""
    monkeypatch.setattr(waiting, "ALLOWANCE", 0.0)
    notebook = Notebook(open_engine())
    assert notebook("1", timeout=0.01).status == "timeout"
    assert notebook("2").status == "ok"
    assert session_of(notebook).link is not None


def test_closing_while_a_worker_starts(
    open_engine: Callable[..., ProcessEngine], callers: ThreadPoolExecutor
) -> None:
    """The caller is interrupted, and no worker is left."""
    engine = open_engine()
    notebook = Notebook(engine)
    cell = callers.submit(notebook, "1")
    until(lambda: session_of(notebook).start is not None)
    engine.close()
    assert cell.result(PATIENCE).status == "interrupted"
    assert engine.workers == {}


@pytest.mark.parametrize("how", ["interrupted", "timeout"])
def test_variables_that_take_long_to_come_back(
    open_engine: Callable[..., ProcessEngine], callers: ThreadPoolExecutor, how: str
) -> None:
    """Their worker is killed, the result says why, and they can be left behind."""
    engine = open_engine()
    notebook = Notebook(engine)
    notebook("x = 0")
    notebook(SLOW_TO_COME_BACK)
    engine.hibernate(notebook.id)
    cell = callers.submit(notebook, "1", timeout=0.5 if how == "timeout" else None)
    if how == "interrupted":
        until(lambda: session_of(notebook).cell is not None)
        assert engine.interrupt(notebook.id)
    result = cell.result(PATIENCE)
    assert result.status == how
    assert "`undo`" in str(result.error)
    engine.undo(notebook.id)
    assert notebook.value("x") == "0"


# ---------------------------------------------------- while a spare becomes somebody's


@pytest.fixture
def stopped(open_engine: Callable[..., ProcessEngine]) -> Iterator[tuple[Notebook, int]]:
    """A notebook without a worker, and the pid of the spare that it will get, which does nothing.

    Once the test is over, it goes on.
    """
    notebook = Notebook(open_engine(spare_workers=1))
    until(lambda: len(_spares(notebook)) == 1)
    (pid,) = _spares(notebook)
    os.kill(pid, signal.SIGSTOP)
    until(lambda: is_stopped(pid))
    yield notebook, pid
    if is_there(pid):
        os.kill(pid, signal.SIGCONT)


def _spares(notebook: Notebook) -> list[int]:
    return [worker.pid for worker in engine_of(notebook)._workers._spares._ready]


def _go_on_with(notebook: Notebook, pid: int) -> None:
    """The next cell runs in that worker, and is the first that does."""
    os.kill(pid, signal.SIGCONT)
    result = notebook("'ran' in globals()")
    assert (shown(result), result.execution_count) == ("False", 1)
    assert engine_of(notebook).workers[notebook.id] == pid
    assert engine_of(notebook)._workers._admission.taken == 1


def test_a_spare_that_takes_long(
    stopped: tuple[Notebook, int], callers: ThreadPoolExecutor
) -> None:
    """Who has been interrupted waits for it no longer; the next cell gets it."""
    notebook, pid = stopped
    cell = callers.submit(notebook, "ran = True")
    until(lambda: session_of(notebook).start is not None)
    assert notebook.engine.interrupt(notebook.id)
    assert cell.result(PATIENCE).status == "interrupted"
    _go_on_with(notebook, pid)


def test_an_interrupt_before_a_spare_is_waited_for_beside(
    stopped: tuple[Notebook, int],
    callers: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is heeded as soon as the worker is there."""
    monkeypatch.setattr(workers, "_AT_HAND", PATIENCE)
    notebook, pid = stopped
    cell = callers.submit(notebook, "ran = True")
    until(lambda: not _spares(notebook))
    assert notebook.engine.interrupt(notebook.id)
    os.kill(pid, signal.SIGCONT)
    assert cell.result(PATIENCE).status == "interrupted"
    _go_on_with(notebook, pid)


def test_ctrl_c_while_a_spare_becomes_ours(
    stopped: tuple[Notebook, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends the call, and the worker is not lost by that."""
    monkeypatch.setattr(workers, "_AT_HAND", 0.5)
    notebook, pid = stopped
    timer = Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        notebook("ran = True")
    timer.join()
    _go_on_with(notebook, pid)


def test_ctrl_c_twice_while_a_spare_becomes_ours(
    stopped: tuple[Notebook, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then that is given up: the worker ends, and its place is free."""
    monkeypatch.setattr(workers, "_AT_HAND", PATIENCE)
    notebook, pid = stopped
    timers = [Timer(wait, os.kill, (os.getpid(), signal.SIGINT)) for wait in (0.1, 0.2)]
    for timer in timers:
        timer.start()
    with pytest.raises(KeyboardInterrupt):
        notebook("1")
    for timer in timers:
        timer.join()
    _was_given_up(notebook, pid)


def test_a_spare_that_takes_long_where_no_thread_can_begin(
    stopped: tuple[Notebook, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same."""

    def begun(_work: object) -> None:
        raise RuntimeError("can't start new thread")

    notebook, pid = stopped
    with monkeypatch.context() as patch:
        patch.setattr(workers, "begun", begun)
        with pytest.raises(RuntimeError, match="new thread"):
            notebook("1")
    _was_given_up(notebook, pid)


def _was_given_up(notebook: Notebook, pid: int) -> None:
    assert engine_of(notebook)._workers._admission.taken == 0
    until(lambda: not is_there(pid))
    assert notebook("1").status == "ok"
    assert engine_of(notebook)._workers._admission.taken == 1


def test_a_spare_that_dies_meanwhile(
    stopped: tuple[Notebook, int], callers: ThreadPoolExecutor
) -> None:
    """The caller is told, and the place is given back."""
    notebook, pid = stopped
    cell = callers.submit(notebook, "1")
    until(lambda: not _spares(notebook))
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerStartError, match="SIGKILL"):
        cell.result(PATIENCE)
    admission = engine_of(notebook)._workers._admission
    assert admission.taken == 0
    assert notebook("1").status == "ok"
    assert admission.taken == 1


# ---------------------------------------------------- one who waits


def test_a_cell_that_has_begun_is_not_called_off() -> None:
    """It is too late for that, and whoever would do it is told."""
    caller = Waiting()
    assert caller.begin()
    assert not caller.call_off("interrupted")
    assert caller.reason is None


def test_a_cell_that_was_called_off_does_not_begin() -> None:
    """The first reason counts."""
    caller = Waiting()
    assert caller.call_off("timeout")
    assert caller.call_off("interrupted")
    assert not caller.begin()
    assert caller.reason == "timeout"


def test_what_is_waited_for_comes_or_fails() -> None:
    """As it is, in the one who waits."""

    def fail() -> None:
        raise WorkerStartError("no")

    assert Waiting().for_(begun(lambda: 5), PATIENCE) == 5
    with pytest.raises(WorkerStartError, match="no"):
        Waiting().for_(begun(fail), PATIENCE)
