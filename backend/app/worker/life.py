"""A worker from its birth to its end: what it becomes, whose it is, and what it leaves."""

from __future__ import annotations

import atexit
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from pydantic import TypeAdapter

from ..engines.assignment import Assignment
from ..engines.frames import NO_NONCE, Frame, Kind, dump
from ..models.session import ExecutionMode, Isolation
from ..policy.sandbox.beginning import Beginning, begin, go_on
from ..policy.sandbox.confining import confine
from ..policy.sandbox.control_groups import ControlGroup
from ..runtime.process import PROCESS
from ..settings import Settings
from .connection import Connection, Line
from .host import Host, as_json, told
from .hosted_service import HostedService
from .identity import become_worker
from .preload import preload
from .rehearsal import CELLS, rehearse
from .start_methods import name_start_methods

_GROUP = TypeAdapter(ControlGroup | None)


def be_worker(line_end: socket.socket, side_end: socket.socket) -> None:
    """Serve one notebook until its owner closes it, or is gone."""
    become_worker(os.getppid())
    side = Connection(side_end)
    line = Line(line_end, side)
    frames = line.frames()
    if (prepare := _next(frames, Kind.PREPARE)) is None:
        return
    service, begun = _prepared(prepare.load())
    if prepare.nonce != NO_NONCE:
        line.send(Kind.READY, prepare.nonce, dump(None))
    if (mode := _next(frames, Kind.MODE)) is None:
        return
    begun = go_on(begun, service.settings, ExecutionMode(mode.load()))
    if (start := _next(frames, Kind.START)) is None:
        return
    try:
        assignment = Assignment.of(start)
        isolation = _settle(service, begun, assignment)
    except Exception as error:
        line.send(Kind.ERROR, start.nonce, told(error))
        return
    line.send(Kind.READY, start.nonce, as_json(isolation))
    service.make_ready(assignment.notebook_id)  # while the owner reads that
    _flush_before_exit(service)
    Host(line, side, service).serve(frames, side.frames())
    service.close()
    _run_exit_functions()


def _next(frames: Iterator[Frame], kind: Kind) -> Frame | None:
    """What comes next, if it is of this kind."""
    frame = next(frames, None)
    return frame if frame is not None and frame.kind is kind else None


def _prepared(given: dict[str, Any]) -> tuple[HostedService, Beginning]:
    """All that can be done before anybody knows for which notebook."""
    group = _joined(_GROUP.validate_python(given.get("group")))
    settings = Settings(**given["settings"])
    if given.get("preload"):
        preload()
    service = HostedService(settings)
    if given.get("rehearse"):  # pages that any cell, and any table, writes to are its own then
        rehearse(CELLS[:3], snapshots=settings.snapshots)
    begun = begin(settings, group)
    PROCESS.make_room()
    return service, begun


def _joined(group: ControlGroup | None) -> ControlGroup | None:
    """The group, if there is one and we are in it; else we are told of it again, and say why."""
    try:
        if group is not None:
            group.join()
        return group
    except OSError:
        return None


def _settle(service: HostedService, begun: Beginning, given: Assignment) -> Isolation:
    """Become a notebook's, and confined: nothing of it has run before, and nothing has a thread."""
    isolation = confine(given.confinement, begun)
    name_start_methods()
    if given.confinement.temporary_folder is not None:
        _move_home(given.confinement.temporary_folder)
    service.keep(given.key)
    service.confinement = isolation
    if given.cwd is not None:
        service.open_notebook(given.notebook_id, cwd=given.cwd)
    return isolation


def _move_home(folder: Path) -> None:
    """Programs and libraries find a home that they may use; it goes with the worker."""
    home = "USERPROFILE" if sys.platform == "win32" else "HOME"
    os.environ |= {home: str(folder), "MPLCONFIGDIR": str(folder / "matplotlib")}


def _flush_before_exit(service: HostedService) -> None:
    """`os._exit` in a cell takes nothing with it that the cell has shown."""
    leave, worker = os._exit, os.getpid()

    def _exit(status: int) -> NoReturn:
        if os.getpid() == worker:
            service.flush()
        leave(status)

    os._exit = _exit


def _run_exit_functions() -> None:
    """As at the end of an interpreter, which would also wait for threads.

    Pools of workers are told first, by what `threading` keeps for them; else `multiprocessing`
    would wait for theirs.
    """
    for tell in reversed(getattr(threading, "_threading_atexits", ())):
        with suppress(Exception):
            tell()
    atexit._run_exitfuncs()
