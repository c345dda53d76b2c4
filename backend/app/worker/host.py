"""A worker at work: requests in, results out, the engine in between."""

from __future__ import annotations

import os
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, Protocol

from pydantic import BaseModel, TypeAdapter

from ..engines.frames import Frame, Kind, dump
from ..engines.told_error import remade
from ..errors import IsolationUnavailableError
from ..models.events import OutputEvent
from ..runtime.execution import asking
from .hosted_service import HostedService

_to_json = TypeAdapter[Any](Any).dump_json


class Sender(Protocol):
    """Takes frames to the owner."""

    @property
    def is_copy(self) -> bool:
        """Whether this is another process than the one that was connected."""

    def send(self, kind: Kind, nonce: bytes, body: bytes) -> None:
        """Send one frame, whole."""


class Host:
    """Calls the engine for a parent on a socket: cells in the main thread, all else beside it."""

    def __init__(self, connection: Sender, service: HostedService) -> None:
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
            self.call(frame)
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
        caller = Thread(target=self.call, args=(frame,), name=f"nbengine-{method}", daemon=True)
        try:
            caller.start()
        except RuntimeError as error:  # cells have all threads there are
            self._connection.send(Kind.ERROR, frame.nonce, told(error))

    def call(self, frame: Frame) -> None:
        """Call a method of the engine; whatever becomes of it is the answer."""
        asked = frame.load()
        try:
            if asked["method"] == "execute_code":
                value: object = self._execute(frame.nonce, asked["arguments"])
            else:
                value = self._methods[asked["method"]](**asked["arguments"])
            answer = as_json(value)
        except BaseException as error:
            self._connection.send(Kind.ERROR, frame.nonce, told(error))
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
        tell = partial(self._tell, nonce)
        result = self._service.execute_code(**arguments, on_output=tell)
        kept = {"notebook_id": arguments["notebook_id"], "mode": mode}
        self._unsaved = None if result.state.saved else kept
        return result

    def _tell(self, nonce: bytes, event: OutputEvent) -> None:
        self._connection.send(Kind.EVENT, nonce, as_json(event))

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


def as_json(value: object) -> bytes:
    """What a frame holds."""
    return value.model_dump_json().encode() if isinstance(value, BaseModel) else _to_json(value)


def told(error: BaseException) -> bytes:
    """What a frame holds that says what went wrong."""
    message = str(error).encode("utf-8", "backslashreplace").decode()
    return dump({"type": type(error).__name__, "message": message})
