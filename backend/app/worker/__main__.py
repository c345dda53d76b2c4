"""`python -m nbengine.worker nursery|worker [FD]`: what an engine starts, at the other end of FD.

Without FD, standard input says where the engine is to be met.
"""

import os
import signal
import socket
import sys

from ..engines.meeting import come


def main(role: str, *number: str) -> None:
    """Be what the engine wants: a worker, or the warm parent that forks them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # not before there is a cell
    end = _connected(*number)
    if sys.platform == "linux" and role == "nursery":
        from .nursery import Nursery  # noqa: PLC0415  (only where processes are forked)

        end = Nursery(end).serve() or os._exit(0)
    from .life import be_worker  # noqa: PLC0415  (imported, warm, in the warm parent)

    be_worker(end)
    os._exit(0)


def _connected(number: str | None = None) -> socket.socket:
    if number is not None:
        return socket.socket(fileno=int(number))
    return come(sys.stdin.buffer.readline())


if __name__ == "__main__":
    main(*sys.argv[1:])
