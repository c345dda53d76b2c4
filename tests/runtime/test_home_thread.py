"""The thread in which a notebook lives."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from threading import Event, get_ident
from typing import TypeVar

import pytest

from nbengine.runtime.home_thread import HomeThread
from nbengine.runtime.process import PROCESS
from tests.conftest import PATIENCE, until

T = TypeVar("T")


def run(home: HomeThread, function: Callable[[], T]) -> T:
    """Run it there and wait for the answer."""
    done, answers = Event(), list[T]()

    def job() -> None:
        answers.append(function())
        done.set()

    home.start(job)
    assert done.wait(20)
    return answers[0]


def test_every_job_runs_in_the_same_thread_which_is_not_the_callers() -> None:
    """Objects bound to their thread work from job to job."""
    home = HomeThread("n")
    assert run(home, get_ident) == run(home, get_ident) != get_ident()
    home.end()


def test_the_thread_ends_when_told_to() -> None:
    """It runs nothing more and is gone."""
    home = HomeThread("n")
    thread = run(home, threading.current_thread)
    home.end()
    thread.join(20)
    assert not thread.is_alive()


def test_the_thread_bears_the_notebooks_name_and_holds_up_no_exit() -> None:
    """It is a daemon that a debugger can tell from others."""
    home = HomeThread("penguins")
    thread = run(home, threading.current_thread)
    assert thread.name == "nbengine-penguins"
    assert thread.daemon
    home.end()


def test_a_job_that_is_done_is_let_go() -> None:
    """The thread that waits for the next one holds nothing of the one before."""

    class Job(Event):
        def __call__(self) -> None:
            self.set()

    home, job = HomeThread("n"), Job()
    gone = weakref.ref(job)
    home.start(job)
    assert job.wait(20)
    del job
    until(lambda: gone() is None)
    home.end()


def test_waits_are_cut_only_while_the_thread_lives() -> None:
    """Another thread that gets its number later waits as any other."""
    PROCESS.install()

    def kind_of_lock() -> type:
        return type(threading._allocate_lock())  # type: ignore[attr-defined]

    home = HomeThread("n")
    number, kind = run(home, lambda: (get_ident(), kind_of_lock()))
    thread = run(home, threading.current_thread)
    home.end()
    thread.join(20)
    found: list[tuple[int, type]] = []
    while not found or found[-1][0] != number:
        later = threading.Thread(target=lambda: found.append((get_ident(), kind_of_lock())))
        later.start()
        later.join()
        assert len(found) < 1000
    assert kind is not found[-1][1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing can be forked here")
@pytest.mark.parametrize("cell", ["7", "%%bash\necho 7"])
def test_a_forked_process_has_threads_of_its_own(cell: str) -> None:
    """What ran in a thread before runs in another one there: it is not waited for in vain."""
    done = subprocess.run(
        [sys.executable, "-c", FORKED.format(cell=cell)],
        capture_output=True,
        text=True,
        timeout=PATIENCE * 2,
        check=False,
    )
    assert done.stdout == "ok ok\n", done.stderr


FORKED = """
import os, signal
from nbengine import ExecutionService

service = ExecutionService()
run = lambda: service.execute_code({cell!r}, "c", "n", timeout=10).status
print(run(), end=" ", flush=True)
child = os.fork()
if not child:
    signal.alarm(20)
    print(run(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
service.close()
"""
