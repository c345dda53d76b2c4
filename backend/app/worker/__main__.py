"""`python -m nbengine.worker nursery|worker [FD…]`: what an engine starts, and how it is reached.

The numbers are its ends of sockets; without them, standard input says where to meet the engine.
"""

import os
import signal
import socket
import sys

from ..engines.meeting import WAYS, come


def main(role: str, *numbers: str) -> None:
    """Be what the engine wants: a worker, or the warm parent that forks them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # not before there is a cell
    ends = [socket.socket(fileno=int(number)) for number in numbers] or _met(WAYS[role])
    if sys.platform == "linux" and role == "nursery":
        from .nursery import Nursery  # noqa: PLC0415  (only where processes are forked)

        ends = Nursery(*ends).serve() or os._exit(0)
    from .life import be_worker  # noqa: PLC0415  (imported, warm, in the warm parent)

    be_worker(*ends)
    os._exit(0)


def _met(times: int) -> list[socket.socket]:
    invitation = sys.stdin.buffer.readline()
    return [come(invitation) for _ in range(times)]


if __name__ == "__main__":
    main(*sys.argv[1:])
