"""Waits of home threads, which an interrupt can end."""

from __future__ import annotations

import pickle
import queue
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from threading import Condition, Event, Thread

import pytest

from nbengine.runtime.process import PROCESS
from nbengine.runtime.slices import SlicedWaits, in_slices


@pytest.fixture(autouse=True)
def at_home() -> Iterator[None]:
    """The thread of the test is a home thread."""
    PROCESS.install()
    with SlicedWaits():
        yield


def later(event: Event) -> Thread:
    """Set the event after a while that is longer than a slice."""
    timer = threading.Timer(0.12, event.set)
    timer.start()
    return timer


def test_a_sleep_lasts_as_long_as_it_should() -> None:
    """In slices or not."""
    before = time.monotonic()
    time.sleep(0.12)
    assert time.monotonic() - before >= 0.12


def test_a_sleep_refuses_what_it_always_refused() -> None:
    """Wrong arguments raise as they do elsewhere, and the function can be pickled by name."""
    with pytest.raises(TypeError):
        time.sleep("1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="negative"):
        time.sleep(-1)
    assert pickle.loads(pickle.dumps(time.sleep)) is time.sleep


def test_an_event_is_noticed_and_a_timeout_too() -> None:
    """`Event.wait` answers as ever."""
    event = Event()
    assert not event.wait(0.12)
    thread = later(event)
    assert event.wait(20)
    assert event.wait()
    thread.join()


def test_a_condition_can_be_waited_for() -> None:
    """Notified or timed out, its lock is held afterwards."""
    condition, ready = Condition(), list[int]()

    def notify() -> None:
        with condition:
            ready.append(1)
            condition.notify()

    with condition:
        assert not condition.wait(0.06)
        timer = threading.Timer(0.12, notify)
        timer.start()
        assert condition.wait_for(lambda: bool(ready), 20)
    timer.join()


def test_a_queue_gives_and_times_out() -> None:
    """`Queue.get` answers as ever."""
    things: queue.Queue[int] = queue.Queue()
    with pytest.raises(queue.Empty):
        things.get(timeout=0.06)
    timer = threading.Timer(0.12, things.put, [7])
    timer.start()
    assert things.get() == 7
    timer.join()


def test_a_thread_can_be_joined() -> None:
    """To its end, or until a timeout; joining oneself is refused."""
    event = Event()
    thread = Thread(target=event.wait)
    thread.start()
    thread.join(0.06)
    assert thread.is_alive()
    event.set()
    thread.join()
    assert not thread.is_alive()
    with pytest.raises(RuntimeError):
        threading.current_thread().join()


def test_a_selector_answers_and_times_out() -> None:
    """What is ready is told of, nothing is an empty list."""
    ours, theirs = socket.socketpair()
    with ours, theirs, selectors.DefaultSelector() as selector:
        selector.register(ours, selectors.EVENT_READ)
        assert selector.select(0.12) == []
        timer = threading.Timer(0.12, theirs.send, [b"x"])
        timer.start()
        assert [key.fileobj for key, _ in selector.select()] == [ours]
        timer.join()


def test_a_child_process_is_waited_for() -> None:
    """With its output and exit code; a timeout of the user's holds."""
    command = [sys.executable, "-c", "import sys; print(sys.stdin.read()); sys.exit(3)"]
    done = subprocess.run(command, input="in", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "in\n")
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(["sleep", "1000"], timeout=0.06, check=False)


def test_slices_end_with_the_first_true_answer() -> None:
    """And with the time; the last answer counts."""
    answers = iter([0, 0, "yes"])
    assert in_slices(lambda _: next(answers), None) == "yes"
    assert in_slices(lambda _: 0, 0.0) == 0
