"""The server around the app: where it listens, and how it ends."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from ..errors import InvalidInputError
from ..runtime.wording import reason
from .connection import KEEP_ALIVE, Connection
from .loop import open_loop

_GRACE = 5
"""Seconds that answers may take to be sent once the server ends."""
_BACKLOG = 2_048


def listen(host: str, port: int, token: str | None) -> socket.socket:
    """A socket that listens at this address; port 0 takes one that is free.

    Raises:
        InvalidInputError: the address is one that others reach, and there is no token; or it
            cannot be had. The message says which.
    """
    if token is None and not is_loopback(host):
        raise InvalidInputError(
            f"Others can reach {host or 'every address'}, and without a token they could run code "
            "here: set one, or listen at 127.0.0.1."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Who accepts on a socket of no named protocol has its answers wait for those of the other side.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise InvalidInputError(f"The server cannot listen at {host}:{port}: {why}.") from None
    return listening


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; of names that is sure of `localhost` alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Server(uvicorn.Server):
    """Serves an app until it is asked to end by a signal or `should_exit`.

    Then streams of events end, cells that run are interrupted and what they showed is saved and
    answered, and the app closes what it opened.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        super().__init__(
            uvicorn.Config(
                app,
                loop=f"{open_loop.__module__}:{open_loop.__name__}",
                http=Connection,
                ws="none",
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=_GRACE,
            )
        )

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve; to be asked to end from the keyboard is no error."""
        with suppress(KeyboardInterrupt):
            super().run(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        self._app.state.streams.close()
        await run_in_threadpool(self._app.state.notebooks.close)
        await super().shutdown(sockets)


def address_of(listening: socket.socket, token: str | None, path: str = "/") -> str:
    """The URL to open in a browser, once, if it has a token in it."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    query = f"?token={token}" if token else ""
    return f"http://{shown}:{port}{path}{query}"
