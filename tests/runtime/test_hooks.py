"""The places where the process is changed for good: they pass through what is no cell's."""

from __future__ import annotations

import _thread
import gc
import sqlite3
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from nbengine.runtime.execution import CURRENT, Execution
from nbengine.runtime.home_thread import HomeThread
from nbengine.runtime.hooks import WRITERS, Belonging
from nbengine.runtime.process import PROCESS
from nbengine.runtime.ticker import Ticker
from nbengine.settings import Settings


@pytest.fixture
def execution(tmp_path: Path) -> Execution:
    """A cell's run."""
    PROCESS.install()
    return Execution(
        execution_id="e", cell_id="c", notebook_id="n", settings=Settings(),
        artifact_path=tmp_path.joinpath, on_output=None, started_at=datetime.now(UTC),
    )  # fmt: skip


def owner_in_thread() -> Execution | None:
    """Whom a thread that is started here belongs to."""
    owners: list[Execution | None] = []
    thread = threading.Thread(target=lambda: owners.append(CURRENT.get()))
    thread.start()
    thread.join()
    return owners[0]


def test_a_thread_belongs_to_whom_started_it(execution: Execution) -> None:
    """To the cell's run, or to nobody."""
    assert owner_in_thread() is None
    token = CURRENT.set(execution)
    assert owner_in_thread() is execution
    CURRENT.reset(token)
    assert owner_in_thread() is None


def test_work_of_a_pool_belongs_to_whom_submits_it(execution: Execution) -> None:
    """Whoever started the pool's thread."""
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(CURRENT.get).result() is None
        token = CURRENT.set(execution)
        assert pool.submit(CURRENT.get).result() is execution
        CURRENT.reset(token)
        assert pool.submit(CURRENT.get).result() is None


def test_threads_of_the_lowest_kind_belong_too(execution: Execution) -> None:
    """Those that `_thread` starts."""
    owners, done = list[Execution | None](), Event()

    def note() -> None:
        owners.append(CURRENT.get())
        done.set()

    token = CURRENT.set(execution)
    _thread.start_new_thread(note, ())
    CURRENT.reset(token)
    assert done.wait(20)
    assert owners == [execution]


def test_threads_that_run_for_cells_are_counted(execution: Execution) -> None:
    """While they run, so that the streams stay routed as long."""
    go_on = Event()
    before = WRITERS.alive
    token = CURRENT.set(execution)
    thread = threading.Thread(target=go_on.wait)
    thread.start()
    CURRENT.reset(token)
    while WRITERS.alive == before:
        pass
    go_on.set()
    thread.join()
    assert WRITERS.alive == before


def test_a_function_that_belongs_gives_its_answer_and_its_error(execution: Execution) -> None:
    """And the thread belongs to whom it did before."""
    assert Belonging(execution, CURRENT.get)() is execution
    with pytest.raises(ZeroDivisionError):
        Belonging(execution, lambda: 1 / 0)()
    assert CURRENT.get() is None


def test_connections_of_cells_work_in_every_thread(execution: Execution) -> None:
    """Those of the host stay bound to theirs, unless it says otherwise."""
    token = CURRENT.set(execution)
    of_cell = sqlite3.connect(":memory:")
    strict = sqlite3.connect(":memory:", check_same_thread=True)
    CURRENT.reset(token)
    of_host = sqlite3.connect(":memory:")
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(of_cell.execute, "select 1").result().fetchone() == (1,)
        for bound in (strict, of_host):
            with pytest.raises(sqlite3.ProgrammingError):
                pool.submit(bound.execute, "select 1").result()
    for connection in (of_cell, strict, of_host):
        connection.close()


class Note:
    """Says whom the thread that calls belongs to."""

    def __init__(self) -> None:
        self.owners: list[Execution | None] = []
        self.done = Event()

    def read_pending(self) -> None:
        self.owners.append(CURRENT.get())
        self.done.set()


def test_threads_of_the_engine_belong_to_nobody(execution: Execution) -> None:
    """Although a cell's call may be the one that starts them."""
    announced, at_home = Note(), Note()
    token = CURRENT.set(execution)
    try:
        Ticker().wake(announced, 0)
        home = HomeThread("n")
        home.start(at_home.read_pending)
    finally:
        CURRENT.reset(token)
    for note in (announced, at_home):
        assert note.done.wait(20)
        assert note.owners == [None]
    home.end()


def test_a_thread_that_has_ended_holds_its_cell_no_more(tmp_path: Path) -> None:
    """However long the user keeps the thread's object."""
    PROCESS.install()
    execution = Execution(
        execution_id="e", cell_id="c", notebook_id="n", settings=Settings(),
        artifact_path=tmp_path.joinpath, on_output=None, started_at=datetime.now(UTC),
    )  # fmt: skip
    gone = weakref.ref(execution)
    token = CURRENT.set(execution)
    thread = threading.Thread(target=int)
    thread.start()
    CURRENT.reset(token)
    thread.join()
    del execution, token
    gc.collect()
    assert gone() is None
    assert not thread.is_alive()
