"""How a process that inherits no socket comes to the engine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from nbengine.engines.meeting import Meeting, come
from nbengine.errors import WorkerStartError
from tests.conftest import PATIENCE


@pytest.fixture
def meeting() -> Iterator[Meeting]:
    """One that is closed after the test."""
    meeting = Meeting()
    yield meeting
    meeting.close()


def test_the_one_who_was_invited(meeting: Meeting, callers: ThreadPoolExecutor) -> None:
    """Both ends of one connection, on which nothing has been said."""
    going = callers.submit(come, meeting.invitation)
    with meeting.accept(lambda: True) as ours, going.result(PATIENCE) as theirs:
        assert ours.getpeername() == theirs.getsockname()
        theirs.sendall(b"first")
        assert ours.recv(100) == b"first"
        ours.sendall(b"second")
        assert theirs.recv(100) == b"second"


@pytest.mark.parametrize("said", [b"", b"short", b"x" * 32, b"x" * 1_000])
def test_strangers(meeting: Meeting, callers: ThreadPoolExecutor, said: bytes) -> None:
    """Who does not know the secret is sent away, and holds up nobody for long."""
    port = int(meeting.invitation.split()[0])
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.sendall(said)
        going = callers.submit(come, meeting.invitation)
        with meeting.accept(lambda: True) as ours, going.result(PATIENCE) as theirs:
            assert ours.getpeername() == theirs.getsockname()
        stranger.settimeout(PATIENCE)
        try:
            assert stranger.recv(100) == b""
        except ConnectionError:
            pass  # it had said more than anybody read


def test_secrets_differ() -> None:
    """The invitation to one meeting is none to another."""
    first, second = Meeting(), Meeting()
    try:
        assert first.invitation.split()[1] != second.invitation.split()[1]
    finally:
        first.close()
        second.close()


def test_nobody_comes(meeting: Meeting) -> None:
    """Once he who was to come is gone, he is not waited for."""
    with pytest.raises(WorkerStartError, match="did not find its way"):
        meeting.accept(lambda: False)


@pytest.mark.parametrize("invitation", [b"", b"80\n", b"x 00\n", b"80 zz\n", b"\xff \xff"])
def test_no_invitation(invitation: bytes) -> None:
    """Nothing is connected to."""
    with pytest.raises((ValueError, ConnectionRefusedError)):
        come(invitation)
