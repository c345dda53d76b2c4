"""A worker at work: requests in, results out, the engine in between."""

from __future__ import annotations

import atexit
import os
import socket
import sys
import threading
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, NoReturn

from pydantic import BaseModel, TypeAdapter

from ..engines.frames import NO_NONCE, Frame, Kind, dump
from ..engines.start import Start
from ..engines.told_error import remade
from ..errors import IsolationUnavailableError
from ..models.events import OutputEvent
from ..models.session import ExecutionMode, Isolation
from ..policy.sandbox.beginning import Beginning, begin, go_on
from ..policy.sandbox.confining import confine
from ..policy.sandbox.control_groups import ControlGroup
from ..runtime.execution import asking
from ..runtime.process import PROCESS
from ..settings import Settings
from ..state.signing import NotebookKey
from .connection import Connection
from .hosted_service import HostedService
from .identity import become_worker
from .preload import CELLS, preload, rehearse
from .start_methods import name_start_methods

_GROUP = TypeAdapter(ControlGroup | None)
_to_json = TypeAdapter[Any](Any).dump_json


def be_worker(end: socket.socket) -> None:
    """Serve one notebook until its owner closes it, or is gone."""
    become_worker(os.getppid())
    connection = Connection(end)
    frames = connection.frames()
    if (prepare := _next(frames, Kind.PREPARE)) is None:
        return
    service, begun = _prepared(prepare.load())
    if prepare.nonce != NO_NONCE:
        connection.send(Kind.READY, prepare.nonce, dump(None))
    if (mode := _next(frames, Kind.MODE)) is None:
        return
    begun = go_on(begun, service.settings, ExecutionMode(mode.load()))
    if (start := _next(frames, Kind.START)) is None:
        return
    try:
        isolation = _settle(service, begun, Start.model_validate_json(start.body))
    except Exception as error:
        connection.send(Kind.ERROR, start.nonce, _told(error))
        return
    connection.send(Kind.READY, start.nonce, _json(isolation))
    service.make_ready()  # while the owner reads that
    _flush_before_exit(service)
    Host(connection, service).serve(frames)
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
    if given.get("rehearse"):  # pages that any cell, and any table, writes to are its own then
        rehearse(CELLS[:3], snapshots=settings.snapshots)
    begun = begin(settings, group)
    service = HostedService(settings)
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


def _settle(service: HostedService, begun: Beginning, start: Start) -> Isolation:
    """Become a notebook's, and confined: nothing of it has run before, and nothing has a thread."""
    isolation = confine(start.confinement, begun)
    name_start_methods()
    if start.confinement.temporary_folder is not None:
        _move_home(start.confinement.temporary_folder)
    key = map(bytes.fromhex, (start.secret, start.key_id))
    service.keep(NotebookKey(start.notebook_id, *key))
    service.confinement = isolation
    if start.cwd is not None:
        service.open_notebook(start.notebook_id, cwd=start.cwd)
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


class Host:
    """Calls the engine for a parent on a socket: cells in the main thread, all else beside it."""

    def __init__(self, connection: Connection, service: HostedService) -> None:
        self._connection = connection
        self._service = service
        self._cells: SimpleQueue[Frame | None] = SimpleQueue()
        self._answers: dict[bytes, SimpleQueue[Frame]] = {}
        self._unsaved: dict[str, Any] | None = None
        """Notebook and mode of the last cell, if nothing was saved after it: it failed."""
        self._methods: dict[str, Callable[..., object]] = {
            name: getattr(service, name)
            for name in (
                "complete",
                "history",
                "inspect",
                "interrupt",
                "is_complete",
                "open_notebook",
                "restart",
                "restore_state",
                "result",
                "table_file",
                "table_profile",
                "table_window",
                "undo",
                "variables",
            )
        }

    def serve(self, frames: Iterator[Frame]) -> None:
        """Run cells, in the main thread, until the owner closes the notebook."""
        while self._cells.empty():  # nobody else need listen yet
            self._heed(frames)
        start_new_thread(self._listen, (frames,))
        while (frame := self._cells.get()) is not None:
            self._call(frame)
            self._service.due.discard(self._service.next_id)
            if self._connection.is_copy:
                os._exit(0)  # a cell has forked: what it wanted of the copy is done
        if self._unsaved is not None:
            with suppress(Exception):  # a cell that does nothing succeeds, and that is saved
                self._service.execute_code("", "closing", **self._unsaved, silent=True)

    def _listen(self, frames: Iterator[Frame]) -> None:
        """Take requests as they come, while the main thread runs cells."""
        while True:
            self._heed(frames)

    def _heed(self, frames: Iterator[Frame]) -> None:
        """Wait for what comes next, and see to it."""
        try:
            frame = next(frames)
            if frame.kind is Kind.ANSWER:
                waiting = self._answers.get(frame.nonce)
                if waiting is not None:
                    waiting.put(frame)
            elif frame.kind is Kind.REQUEST:
                self._take(frame)
        except BaseException:
            os._exit(0)  # nobody is there any more, or nobody listens to him

    def _take(self, frame: Frame) -> None:
        asked = frame.load()
        method = asked["method"]
        if method == "execute_code":
            self._service.due.add(asked["arguments"]["execution_id"])
            self._cells.put(frame)
        elif method == "close":
            self._cells.put(None)
        else:
            self._call_beside(frame, method)

    def _call_beside(self, frame: Frame, method: str) -> None:
        """Call it while the main thread runs a cell."""
        caller = Thread(target=self._call, args=(frame,), name=f"nbengine-{method}", daemon=True)
        try:
            caller.start()
        except RuntimeError as error:  # cells have all threads there are
            self._connection.send(Kind.ERROR, frame.nonce, _told(error))

    def _call(self, frame: Frame) -> None:
        """Call a method of the engine; whatever becomes of it is the answer."""
        asked = frame.load()
        try:
            if asked["method"] == "execute_code":
                value: object = self._execute(frame.nonce, asked["arguments"])
            else:
                value = self._methods[asked["method"]](**asked["arguments"])
            answer = _json(value)
        except BaseException as error:
            self._connection.send(Kind.ERROR, frame.nonce, _told(error))
        else:
            self._connection.send(Kind.RESULT, frame.nonce, answer)

    def _execute(self, nonce: bytes, arguments: dict[str, Any]) -> object:
        self._service.next_id = arguments.pop("execution_id")
        mode = self._service.confinement.mode
        if arguments["mode"] != mode:
            raise IsolationUnavailableError(
                f"This worker is confined to {mode}, and to nothing else."
            )
        if arguments.pop("has_stdin", False):
            arguments["stdin"] = partial(self._ask, nonce)
        told = partial(self._tell, nonce)
        result = self._service.execute_code(**arguments, on_output=told)
        kept = {"notebook_id": arguments["notebook_id"], "mode": mode}
        self._unsaved = None if result.state.saved else kept
        return result

    def _tell(self, nonce: bytes, event: OutputEvent) -> None:
        self._connection.send(Kind.EVENT, nonce, _json(event))

    def _ask(self, nonce: bytes, prompt: str, password: bool) -> str:
        """Who asked for the cell answers, in its own process."""
        answers = self._answers[nonce] = SimpleQueue()
        cell = asking()
        assert cell is not None
        with cell.gate:  # half a question would make the rest unintelligible
            self._connection.send(Kind.ASK, nonce, dump({"prompt": prompt, "password": password}))
        try:
            answer = answers.get().load()
        finally:
            del self._answers[nonce]
        if "line" in answer:
            return str(answer["line"])
        raise remade(answer["error"])


def _json(value: object) -> bytes:
    return value.model_dump_json().encode() if isinstance(value, BaseModel) else _to_json(value)


def _told(error: BaseException) -> bytes:
    message = str(error).encode("utf-8", "backslashreplace").decode()
    return dump({"type": type(error).__name__, "message": message})
