from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread

import pytest

from nbengine.engines.ctrl_c import CtrlC

WOKEN: list[str] = []


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """The one of Python, as in any program."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    WOKEN.clear()
    yield
    signal.signal(signal.SIGINT, before)


def entered() -> CtrlC:
    return CtrlC(lambda: WOKEN.append("woken"))


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def press_and_fail() -> None:
    press()
    raise ZeroDivisionError


def test_it_waits_until_it_is_asked_for() -> None:
    """Whoever waits looks around, and what he has in his hands is not lost."""
    with entered() as ctrl_c:
        press()
        assert WOKEN == ["woken"]
        with pytest.raises(KeyboardInterrupt):
            ctrl_c.check()
        ctrl_c.check()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_that_nobody_asked_for_is_the_host_s() -> None:
    """At the end, unless something else has gone wrong."""
    with pytest.raises(KeyboardInterrupt), entered():
        press()
    with pytest.raises(ZeroDivisionError), entered():
        press_and_fail()


def test_who_presses_again_is_not_kept_waiting() -> None:
    """A listener that does not come back is not for ever."""
    heard = []
    with suppress(KeyboardInterrupt), entered():
        press()
        heard.append("the first")
        press()
        heard.append("the second")
    assert heard == ["the first"]


def test_who_is_asked_may_be_interrupted() -> None:
    """As anywhere in the host."""
    with entered() as ctrl_c:
        with pytest.raises(KeyboardInterrupt), ctrl_c.free():
            press()
        press()
        with pytest.raises(KeyboardInterrupt):
            ctrl_c.check()


@pytest.mark.parametrize("ignored", [signal.SIG_IGN, signal.SIG_DFL])
def test_what_the_host_does_not_handle_stays_unhandled(ignored: signal.Handlers) -> None:
    """A program in the background ignores it; one that lets it end the process is ended."""
    signal.signal(signal.SIGINT, ignored)
    with entered():
        assert signal.getsignal(signal.SIGINT) is ignored


def test_other_threads_have_no_ctrl_c() -> None:
    """Python delivers signals to the main thread alone."""

    def enter() -> None:
        with entered():
            handlers.append(signal.getsignal(signal.SIGINT))

    handlers: list[object] = []
    thread = Thread(target=enter)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
