"""`python -m nbengine.worker FD`: the warm parent, whose owner is at the other end of FD."""

import os
import socket
import sys

from .nursery import Nursery


def main() -> None:
    """Fork workers until the owner is gone; in each of them, be one."""
    child = Nursery(socket.socket(fileno=int(sys.argv[1]))).serve()
    if child is not None:
        from .host import be_worker  # noqa: PLC0415  (imported, warm, in the parent)

        be_worker(child)
    os._exit(0)


if __name__ == "__main__":
    main()
