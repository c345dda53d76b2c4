"""The thread in which a notebook lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import Event, get_ident
from typing import TypeVar

from nbengine.runtime.home_thread import HomeThread

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
