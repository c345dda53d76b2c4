"""How two processes meet where no socket can be inherited: a port of this machine, and a secret."""

from __future__ import annotations

import hmac
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from ..errors import WorkerStartError

WAYS = {"nursery": 1, "worker": 2}
"""How many sockets lead to a process: to a worker one more, which only its cells take."""
_HERE = "127.0.0.1"
_LENGTH = 32
"""Bytes of the secret."""
_PATIENCE = 60.0
"""Seconds for the other one to come."""
_LOOK_EVERY = 0.05
_PROOF_WITHIN = 1.0
"""Seconds of silence that whoever came may keep before he says the secret: others wait."""


class Meeting:
    """Awaits one process, as often as it comes, and knows it by a secret that only it was told.

    Whoever else finds the port is sent away.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server((_HERE, 0))
        self._listener.settimeout(_LOOK_EVERY)
        self._secret = secrets.token_bytes(_LENGTH)

    @property
    def invitation(self) -> bytes:
        """One line, for the one who is to come and nobody else."""
        port = self._listener.getsockname()[1]
        return f"{port} {self._secret.hex()}\n".encode("ascii")

    def accept(self, is_coming: Callable[[], bool]) -> socket.socket:
        """The way to the one who was invited.

        Args:
            is_coming: whether there is still somebody to wait for.

        Raises:
            WorkerStartError: he did not come.
        """
        deadline = monotonic() + _PATIENCE
        while monotonic() < deadline and is_coming():
            with suppress(TimeoutError):
                end, _ = self._listener.accept()
                if self._is_invited(end):
                    return _ready(end)
                end.close()
        raise WorkerStartError("A new worker did not find its way to the engine.")

    def close(self) -> None:
        """Nobody is awaited any more."""
        self._listener.close()

    def _is_invited(self, end: socket.socket) -> bool:
        end.settimeout(_PROOF_WITHIN)
        said = b""
        with suppress(OSError):
            while len(said) < _LENGTH and (part := end.recv(_LENGTH - len(said))):
                said += part
        return hmac.compare_digest(said, self._secret)


def come(invitation: bytes) -> socket.socket:
    """Go where one was invited to.

    Raises:
        ValueError: this is no invitation.
        OSError: nobody is there.
    """
    port, secret = invitation.decode("ascii").split()
    end = socket.create_connection((_HERE, int(port)))
    end.sendall(bytes.fromhex(secret))
    return _ready(end)


def _ready(end: socket.socket) -> socket.socket:
    """No frame waits for another to go with."""
    end.settimeout(None)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return end
