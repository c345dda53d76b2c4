"""Work that takes too long is ended by an error, and nothing but that work."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from math import inf
from threading import Thread, enumerate

import pytest

from nbengine.runtime import slices
from nbengine.runtime.process import PROCESS
from nbengine.state.watch import Watch


class LateError(BaseException):
    """What the watch raises."""


@pytest.fixture(autouse=True)
def cut_waits() -> None:
    """Waits are cut once a process has run cells."""
    PROCESS.install()


def watched(
    work: Callable[[], object], seconds: float = 0.05
) -> tuple[Watch, BaseException | None]:
    """A watch that is over, and what the work let escape."""
    watch = Watch(LateError, seconds)

    def begin_and_work() -> None:
        watch.begin()
        work()

    return watch, watch.run(begin_and_work)


def spin() -> None:
    """Never ends."""
    while True:
        pass


def swallow() -> None:
    """Never ends, although it is told to."""
    while True:
        try:
            spin()
        except BaseException:
            continue


def generate() -> Iterator[int]:
    """Never ends, in a generator."""
    while True:
        yield 1


ENDLESS: dict[str, Callable[[], object]] = {
    "a loop": spin,
    "a sleep": lambda: time.sleep(1000),
    "a loop that catches everything": swallow,
    "a generator": lambda: all(generate()),
}


@pytest.mark.parametrize("work", ENDLESS.values(), ids=ENDLESS)
def test_endless_work_is_ended(work: Callable[[], object]) -> None:
    """Whatever it does in Python, it is left by an error that says so."""
    watch, stray = watched(work)
    assert isinstance(stray, LateError)
    assert watch.rang


def test_it_is_ended_in_any_thread() -> None:
    """The error is raised where the watch began."""
    strays: list[BaseException | None] = []
    thread = Thread(target=lambda: strays.append(watched(lambda: time.sleep(1000))[1]))
    thread.start()
    thread.join()
    assert [type(stray) for stray in strays] == [LateError]


def test_work_that_ends_in_time_is_left_alone() -> None:
    """What it raises is what comes out, and nothing comes after it."""
    assert watched(lambda: None, 100)[1] is None
    watch, stray = watched(lambda: 1 // 0, 100)
    assert isinstance(stray, ZeroDivisionError)
    assert not watch.rang


def test_nothing_is_raised_after_the_work() -> None:
    """However close to its end the time is up."""
    for _ in range(40):
        watched(lambda: time.sleep(0.0005), 0.0005)
        for _ in range(1_000):
            pass


def test_what_is_not_begun_is_not_watched() -> None:
    """Nor is what may take any time."""
    watch = Watch(LateError, 0.001)
    assert watch.run(lambda: time.sleep(0.2)) is None
    assert watched(lambda: time.sleep(0.2), inf)[1] is None


def test_waits_are_as_they_were_afterwards() -> None:
    """A thread whose waits were cut before keeps that."""
    here = threading.get_ident()
    watched(lambda: None)
    assert here not in slices._homes
    with slices.SlicedWaits():
        watched(lambda: None)
        assert here in slices._homes
    assert here not in slices._homes


def test_watches_within_one_another() -> None:
    """The outer one rings although the inner one has rung and is over."""

    def inner() -> None:
        stray = watched(spin)[1]
        assert isinstance(stray, LateError)
        spin()

    watch, stray = watched(inner, 0.3)
    assert isinstance(stray, LateError)
    assert watch.rang


def test_the_clock_ends_when_nothing_is_watched() -> None:
    """And another one begins when it is needed again."""
    for _ in range(2):
        assert isinstance(watched(spin)[1], LateError)
        while any(thread.name == "nbengine-watch" for thread in enumerate()):
            time.sleep(0.05)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_has_a_clock_of_its_own() -> None:
    """The thread of the parent's did not come along."""
    watched(lambda: None)
    child = os.fork()
    if child == 0:
        os._exit(7 if isinstance(watched(spin)[1], LateError) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
