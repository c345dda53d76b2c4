"""Sockets for another process, handed to it also while somebody else keeps many on their way."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any

if sys.platform == "win32":
    resource: Any = None
else:
    import resource

_changing = Lock()


def pairs(count: int) -> tuple[list[socket.socket], list[socket.socket]]:
    """Our ends of so many pairs of sockets, and the other ones.

    Raises:
        OSError: there are not so many to be had; none is open then.
    """
    ours, theirs = list[socket.socket](), list[socket.socket]()
    with ExitStack() as made:
        for _ in range(count):
            for end, ends in zip(socket.socketpair(), (ours, theirs), strict=True):
                ends.append(made.enter_context(end))
        made.pop_all()
    return ours, theirs


def send_with(end: socket.socket, data: bytes, descriptors: list[int]) -> None:
    """Send bytes and descriptors over a unix socket.

    The kernel counts what all processes of a user have on its way together, and lets none send more
    than it may have open itself: one worker could keep its server from ever starting another.

    Raises:
        OSError: the other end is gone, or there are too many on their way, whatever one does.
    """
    if sys.platform == "win32":
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    try:
        socket.send_fds(end, [data], descriptors)
    except OSError as error:
        if error.errno != errno.ETOOMANYREFS:
            raise
        with _changing, _as_many_as_possible():
            socket.send_fds(end, [data], descriptors)


def close(ends: Iterable[socket.socket]) -> None:
    """Close each of these."""
    for end in ends:
        end.close()


@contextmanager
def _as_many_as_possible() -> Iterator[None]:
    """This process may have as many descriptors open as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
