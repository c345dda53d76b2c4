"""Everything that a child process starts can be ended."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from nbengine.runtime.child_session import ChildSession, end_all
from tests.conftest import until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the system has no sessions")


@contextmanager
def leading(command: str) -> Iterator[tuple[subprocess.Popen[str], ChildSession]]:
    """A shell that leads a session and has said that it is ready."""
    with subprocess.Popen(
        ["/bin/bash", "-c", command], start_new_session=True, text=True, stdout=subprocess.PIPE
    ) as leader:
        session = ChildSession(leader.pid)
        try:
            assert leader.stdout is not None
            assert leader.stdout.readline() == "ready\n"
            yield leader, session
        finally:
            session.kill()


@pytest.mark.parametrize(
    "end", [ChildSession.interrupt, ChildSession.terminate, ChildSession.kill, ChildSession.hang_up]
)
def test_a_session_is_ended(end: Callable[[ChildSession], None]) -> None:
    """By each of the ways, if nobody objects."""
    with leading("echo ready; exec sleep 1000") as (leader, session):
        assert not session.is_gone()
        end(session)
        leader.wait()
        assert session.is_gone()


def test_groups_within_the_session_are_reached() -> None:
    """A shell with job control puts each job into a group of its own."""
    with leading("set -m; sleep 1000 & sleep 1000 & echo ready; wait") as (leader, session):
        session.kill()
        leader.wait()
        until(session.is_gone)


def test_who_is_left_alone_is_still_there() -> None:
    """The session outlives its leader, and is gone with its last process."""
    with leading("sleep 1000 & echo ready") as (leader, session):
        leader.wait()
        assert not session.is_gone()
        session.hang_up()
        until(session.is_gone)


def test_the_dead_do_not_count() -> None:
    """A process that has ended is gone, although nobody has asked for its exit code."""
    with leading("echo ready; exec sleep 1000") as (leader, session):
        os.kill(leader.pid, signal.SIGKILL)
        until(session.is_gone)
        assert leader.wait() == -signal.SIGKILL
    session.interrupt()


@pytest.mark.parametrize(
    "trap, last",
    [
        ("", signal.SIGINT),
        ("trap '' INT", signal.SIGTERM),
        ("trap '' INT TERM", signal.SIGKILL),
    ],
)
def test_several_end_as_politely_as_they_let_themselves(trap: str, last: int) -> None:
    """All of them are asked, with the next word if the one before was not heeded."""
    command = f"{trap}\necho ready\nwhile :; do read -t 1000 < <(:); done"
    with leading(command) as (one, first), leading("echo ready; exec sleep 1000") as (two, second):
        end_all([first, second], 2.0)
        assert (one.wait(), two.wait()) == (-last, -signal.SIGINT)


def test_none_of_none_are_left() -> None:
    """Nobody is waited for."""
    end_all([], 1e6)
