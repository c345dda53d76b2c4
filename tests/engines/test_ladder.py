"""The rungs of the ladder, without waiting for them: whose time has come is climbed at once."""

from __future__ import annotations

from signal import SIGINT, SIGKILL

import pytest

from nbengine.engines.ladder import SLACK, Ladder, Reason

OVER = -SLACK
"""Seconds from now in which a cell's time was over, with no grace, exactly now."""


@pytest.fixture
def sent() -> list[int]:
    """Signals that the worker got."""
    return []


def climb_all(ladder: Ladder) -> int:
    """Climb until nothing more is to come; how many rungs there were."""
    rungs = 0
    while ladder.wait() is not None:
        ladder.climb()
        rungs += 1
        assert rungs < 10
    return rungs


def test_nothing_is_due(sent: list[int]) -> None:
    """A cell without a timeout that nobody interrupts is left alone."""
    ladder = Ladder(0, sent.append)
    ladder.climb()
    assert (ladder.wait(), sent, ladder.reason) == (None, [], None)


@pytest.mark.parametrize("reason", ["timeout", "interrupted"])
def test_two_rungs(sent: list[int], reason: Reason) -> None:
    """SIGINT, then SIGKILL, then nothing; the reason is the one that it was armed for."""
    ladder = Ladder(0, sent.append)
    ladder.arm(OVER, reason)
    assert climb_all(ladder) == 2
    assert sent == [SIGINT, SIGKILL]
    assert ladder.reason == reason


def test_before_its_time(sent: list[int]) -> None:
    """Nothing is done, and the wait is that of timeout, grace and slack."""
    ladder = Ladder(2, sent.append)
    ladder.arm(100, "timeout")
    ladder.climb()
    assert sent == []
    assert ladder.reason is None
    wait = ladder.wait()
    assert wait is not None
    assert 100 < wait <= 102 + SLACK


def test_the_grace_lies_between_the_rungs(sent: list[int]) -> None:
    """After SIGINT the worker has it once more."""
    ladder = Ladder(50, sent.append)
    ladder.arm(OVER - 50, "timeout")
    ladder.climb()
    ladder.climb()
    assert sent == [SIGINT]
    wait = ladder.wait()
    assert wait is not None
    assert 0 < wait <= 50


def test_whatever_comes_first(sent: list[int]) -> None:
    """An interrupt does not wait for the timeout, nor a timeout for a later interrupt."""
    ladder = Ladder(0, sent.append)
    ladder.arm(100, "timeout")
    ladder.arm(OVER, "interrupted")
    ladder.arm(50, "timeout")
    climb_all(ladder)
    assert (sent, ladder.reason) == ([SIGINT, SIGKILL], "interrupted")


def test_the_ladder_is_climbed_once(sent: list[int]) -> None:
    """An interrupt when the worker was killed already changes nothing."""
    ladder = Ladder(0, sent.append)
    ladder.arm(OVER, "timeout")
    climb_all(ladder)
    ladder.arm(OVER, "interrupted")
    climb_all(ladder)
    assert sent == [SIGINT, SIGKILL]
    assert ladder.reason == "timeout"
