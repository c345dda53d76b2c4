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
    """Calls the engine for a parent: cells come over the line, all else over the side.

    Args:
        line: takes what cells show and come to.
        side: takes all other answers.
        service: the engine.
    """

    def __init__(self, line: Sender, side: Sender, service: HostedService) -> None:
        self._line = line
        self._side = side
        self._service = service
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

    def serve(self, cells: Iterator[Frame], asked: Iterator[Frame]) -> None:
        """Run cells, in the main thread, until the owner closes the notebook.

        Args:
            cells: what comes over the line.
            asked: what comes over the side; heeded while cells run, too.
        """
        start_new_thread(self._listen, (asked,))
        while self.run(_next(cells)):
            if self._line.is_copy:
                os._exit(0)  # a cell has forked: what it wanted of the copy is done
        if self._unsaved is not None:
            with suppress(Exception):  # a cell that does nothing succeeds, and that is saved
                self._service.execute_code("", "closing", **self._unsaved, silent=True)

    def run(self, frame: Frame) -> bool:
        """Run a cell; False if that is not what is wanted any more."""
        asked = frame.load()
        if asked["method"] != "execute_code":
            return False
        self._answer(
            self._line, frame.nonce, partial(self._execute, frame.nonce, asked["arguments"])
        )
        self._service.over += 1
        return True

    def _listen(self, asked: Iterator[Frame]) -> None:
        """Take requests as they come, while the main thread runs cells."""
        while True:
            frame = _next(asked)
            if frame.kind is Kind.REQUEST:
                self._call_beside(frame)
            elif (waiting := self._answers.get(frame.nonce)) is not None:
                waiting.put(frame)

    def _call_beside(self, frame: Frame) -> None:
        """Call it while the main thread runs a cell."""
        asked = frame.load()
        given = (self._side, frame.nonce, partial(self._called, **asked))
        name = f"nbengine-{asked['method']}"
        try:
            Thread(target=self._answer, args=given, name=name, daemon=True).start()
        except RuntimeError as error:  # cells have all threads there are
            self._side.send(Kind.ERROR, frame.nonce, told(error))

    def _answer(self, wire: Sender, nonce: bytes, call: Callable[[], object]) -> None:
        """Call a method of the engine; whatever becomes of it is the answer."""
        try:
            answer = as_json(call())
        except BaseException as error:
            wire.send(Kind.ERROR, nonce, told(error))
        else:
            wire.send(Kind.RESULT, nonce, answer)

    def _called(self, method: str, arguments: dict[str, Any]) -> object:
        return self._methods[method](**arguments)

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
        self._line.send(Kind.EVENT, nonce, as_json(event))

    def _ask(self, nonce: bytes, prompt: str, password: bool) -> str:
        """Who asked for the cell answers, in its own process."""
        answers = self._answers[nonce] = SimpleQueue()
        cell = asking()
        assert cell is not None
        with cell.gate:  # half a question would make the rest unintelligible
            self._line.send(Kind.ASK, nonce, dump({"prompt": prompt, "password": password}))
        try:
            answer = answers.get().load()
        finally:
            del self._answers[nonce]
        if "line" in answer:
            return str(answer["line"])
        raise remade(answer["error"])


def _next(frames: Iterator[Frame]) -> Frame:
    """What comes next; the end of this process if nobody is there any more, or makes no sense."""
    try:
        return next(frames)
    except BaseException:
        os._exit(0)


def as_json(value: object) -> bytes:
    """What a frame holds."""
    return value.model_dump_json().encode() if isinstance(value, BaseModel) else _to_json(value)


def told(error: BaseException) -> bytes:
    """What a frame holds that says what went wrong."""
    message = str(error).encode("utf-8", "backslashreplace").decode()
    return dump({"type": type(error).__name__, "message": message})
