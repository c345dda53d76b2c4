from __future__ import annotations

import threading
from threading import Event

import pytest

from nbengine.runtime.execution import running
from nbengine.runtime.ticker import Ticker
from tests.conftest import until


class Text:
    """Something to be read."""

    def __init__(self) -> None:
        self.read = Event()
        self.thread: threading.Thread | None = None
        self.execution: object = self

    def read_pending(self) -> None:
        self.thread = threading.current_thread()
        self.execution = running()
        self.read.set()


def test_what_waits_is_read_by_a_daemon_that_belongs_to_no_cell() -> None:
    """Nobody has to do anything, and the thread never keeps the process alive."""
    text = Text()
    Ticker().wake(text, 0.001)
    assert text.read.wait(10)
    assert text.thread is not None
    assert text.thread.daemon
    assert text.execution is None


def test_many_wait_for_one_thread() -> None:
    """One thread reads for everybody."""
    ticker = Ticker()
    texts = [Text() for _ in range(20)]
    for text in texts:
        ticker.wake(text, 0.005)
    assert all(text.read.wait(10) for text in texts)
    assert len({text.thread for text in texts}) == 1


def test_it_wakes_again_after_a_rest() -> None:
    """What waits later is read too, by a thread that is still there or a new one."""
    ticker = Ticker()
    for _ in range(3):
        text = Text()
        ticker.wake(text, 0.001)
        assert text.read.wait(10)


def test_who_waits_for_long_does_not_keep_others() -> None:
    """One who is to read in an hour does not keep one who is to read at once."""
    ticker = Ticker()
    ticker.wake(Text(), 3600)
    text = Text()
    ticker.wake(text, 0.001)
    assert text.read.wait(20)


def test_after_a_rest_a_new_thread_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that found nothing to do for long has ended."""
    monkeypatch.setattr("nbengine.runtime.ticker._PATIENCE", 0.001)
    ticker, first, second = Ticker(), Text(), Text()
    ticker.wake(first, 0.001)
    assert first.read.wait(20)
    assert first.thread is not None
    first.thread.join(20)
    assert not first.thread.is_alive()
    ticker.wake(second, 0.001)
    assert second.read.wait(20)


def test_one_whose_text_cannot_be_announced_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged, and the thread reads on for the others."""

    class Broken(Text):
        def read_pending(self) -> None:
            super().read_pending()
            raise ValueError("broken")

    ticker, broken, sound = Ticker(), Broken(), Text()
    ticker.wake(broken, 0.001)
    until(lambda: "text could not be announced" in caplog.text)
    ticker.wake(sound, 0.001)
    assert sound.read.wait(20)
    assert sound.thread is broken.thread
