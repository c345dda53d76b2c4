from __future__ import annotations

import os
import subprocess
import sys
import threading
from threading import Event

import pytest

from nbengine.services.late_work import LateWork
from tests.conftest import until


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "nbengine-late"]


def test_a_job_is_done_once_in_another_thread() -> None:
    """However often it was put off; nobody waits for it."""
    done: list[int] = []

    def job() -> None:
        done.append(threading.get_ident())

    work = LateWork()
    for _ in range(3):
        work.put_off(job, 0.01)
    until(lambda: bool(done))
    work.put_off(job, 0)
    until(lambda: len(done) == 2)
    assert threading.get_ident() not in done


def test_a_job_that_is_asked_for_again_and_again_is_done() -> None:
    """`within` does not put it off, as `put_off` does."""
    work, done = LateWork(), Event()

    def is_done() -> bool:
        work.within(done.set, 0.05)
        return done.is_set()

    until(is_done)
    work.finish()


def test_the_thread_ends_when_there_is_nothing_to_do() -> None:
    """And another one is there for the next job."""
    work, done = LateWork(), Event()
    before = set(threads())
    work.put_off(done.set, 0)
    until(done.is_set)
    (thread,) = set(threads()) - before
    until(lambda: not thread.is_alive())
    done.clear()
    work.put_off(done.set, 0)
    until(done.is_set)


def test_without_a_job_there_is_no_thread() -> None:
    """Whoever never puts anything off pays nothing."""
    before = set(threads())
    work = LateWork()
    work.finish()
    assert set(threads()) == before


def test_what_waits_can_be_finished_at_once() -> None:
    """In the thread that asks, after what is being done already."""
    work, begun, may_end = LateWork(), Event(), Event()
    order: list[str] = []

    def first() -> None:
        begun.set()
        may_end.wait()
        order.append("first")

    work.put_off(first, 0)
    until(begun.is_set)
    work.put_off(lambda: order.append("second"), 60)
    threading.Timer(0.05, may_end.set).start()
    work.finish()
    assert order == ["first", "second"]


def test_a_job_that_fails_is_logged_and_the_next_one_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The thread outlives it."""

    def fail() -> None:
        raise ZeroDivisionError

    work, done = LateWork(), Event()
    work.put_off(fail, 0)
    work.put_off(done.set, 0.01)
    until(done.is_set)
    assert "ZeroDivisionError" in caplog.text


AT_EXIT = """
import os, sys
from nbengine.services.late_work import LateWork
work = LateWork()
work.put_off(lambda: print("done by", os.getpid(), flush=True), 60)
{then}
"""


def output(then: str) -> list[str]:
    """What a process prints that puts a job off and then does something."""
    ended = subprocess.run(
        [sys.executable, "-c", AT_EXIT.format(then=then)],
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.splitlines()


def test_what_waits_is_done_before_the_interpreter_exits() -> None:
    """Also when it exits with an error of its own."""
    assert len(output("")) == 1
    assert len(output("import atexit; atexit.register(print, 'later')")) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_child_has_none_of_it() -> None:
    """It is its parent's to do; the child can have some of its own."""
    printed = output(
        "child = os.fork()\n"
        "if not child:\n"
        "    work.put_off(lambda: print('own', flush=True), 60)\n"
        "    sys.exit()\n"
        "os.waitpid(child, 0)\n"
        "print(os.getpid(), flush=True)"
    )
    assert printed[0] == "own"
    assert printed[2:] == [f"done by {printed[1]}"]
