"""A server from its socket to its end, as the command line runs it."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from contextvars import Context
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import TextIO

from ..engines.base import Assisting, Engine
from ..errors import InvalidInputError, NbengineError
from ..settings import Settings
from .app import open_app
from .journal import logging_to
from .server import Server, address_of, listen

DEFAULT_PORT = 8_765
_NEXT = 50
"""Ports after one that are tried, too."""

_log = logging.getLogger("nbengine.api")


def serve(
    settings: Settings,
    *,
    engine: str,
    folder: Path | None,
    host: str,
    port: int | None,
    token: str,
    path: str,
    when_ready: Callable[[str, str], None],
    log: TextIO,
) -> None:
    """Serve notebooks until a signal comes, then interrupt what runs, save, and end.

    A second signal ends the process at once.

    Args:
        settings: limits and choices.
        engine: as in `open_engine`.
        folder: of notebooks of the user's own; see `NotebookService`.
        host: where to listen.
        port: there; by default the first one that is free from the usual one on.
        token: as in `create_app`.
        path: of the page to open.
        when_ready: is told the address to open, and one for a browser that is started with it:
            that is good once.
        log: where the log goes.

    Raises:
        InvalidInputError: the address cannot be had; names a port that is free, if there is one.
    """
    with closing(listen_near(host, port, token)) as listening, logging_to(log, settings.log_level):
        app = open_app(settings, engine=engine, folder=folder, token=token)
        once = app.state.access.ticket()
        when_ready(address_of(listening, token, path), address_of(listening, once, path))
        Thread(target=_warm, args=(app.state.notebooks.engine,), daemon=True).start()
        _Signalled(app).run(sockets=[listening])


def _warm(engine: Engine) -> None:
    """Have the engine start what the first cell would wait for; what fails, that cell will tell."""
    if isinstance(engine, Assisting):
        with suppress(NbengineError):
            engine.is_complete("")


def listen_near(host: str, port: int | None, token: str | None) -> socket.socket:
    """A socket at this port; without one, at the first that is free from the usual one on.

    Raises:
        InvalidInputError: as `listen`; of a port in use it says which next one is free.
    """
    first = DEFAULT_PORT if port is None else port
    try:
        return listen(host, first, token)
    except InvalidInputError as error:
        if not _is_in_use(error):
            raise
    following = _free_after(host, first, token)
    if following is None:
        raise InvalidInputError(f"Port {first} at {host} is in use, and so are those after it.")
    if port is None:
        return following
    with following:
        free = following.getsockname()[1]
    raise InvalidInputError(f"Port {port} at {host} is in use; {free} is free.")


def _free_after(host: str, port: int, token: str | None) -> socket.socket | None:
    """A socket at the first free port behind this one."""
    for each in range(port + 1, min(port + _NEXT, 65_535) + 1):
        try:
            return listen(host, each, token)
        except InvalidInputError as error:
            if not _is_in_use(error):
                raise
    return None


def _is_in_use(error: InvalidInputError) -> bool:
    cause = error.__context__
    return isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE


class _Signalled(Server):
    """Ends by itself after the first signal, and with the process at the second."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            os._exit(128 + sig)
        self.should_exit = True
        again = " (Ctrl-C ends at once)" if sig == signal.SIGINT else ""
        said = f"stopping: cells that run are interrupted, everything is saved{again}"
        Context().run(_log.info, said)  # of no request, whichever was being answered
