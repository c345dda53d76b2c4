"""The parent's end of the ways to a worker: calls out, answers in."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from socket import socket
from threading import Lock
from typing import Any

from ..models.notebook import StateChange
from .assignment import Assignment
from .call import LOST, Call, LineCall
from .disk_quota import DiskQuota
from .ending import Ending
from .frames import NONCE, Frame, FrameError, Kind, dump
from .ground import Ground
from .outbox import MOST
from .starter import Worker
from .switchboard import Switchboard
from .wire import Wire

_REMEMBERED = 256
"""Cells that have ended, and whose late output is brought to their callers."""
_GRACE = 3.0
"""Seconds within which the system says how a process ended whose socket is closed."""
_UNREAD = (
    f"it was ended because it had left more than {MOST:,} bytes unread that it was sent: its cell "
    "kept the interpreter to itself"
)
_DEAF = "it was ended because it had closed its connection to the engine"
LateEvent = Callable[[Frame], None]


class Link:
    """Talks to one worker over its two sockets.

    The *line* is for what its main thread does, one thing after the other: it becomes somebody's,
    runs his cells, and ends. Any number of other calls may be under way beside it.

    Args:
        worker: the process.
        ground: what it stands on; left when the link is closed.
        board: listens to what comes beside the line, and ahead of who takes it.
        limit: bytes that one of its messages may have.
        late: told, at once and in order, of events that belong to a call which has had its answer;
            must not wait.
    """

    def __init__(
        self,
        worker: Worker,
        ground: Ground,
        board: Switchboard,
        limit: int,
        late: Callable[[LateEvent, Frame], None],
    ) -> None:
        self.worker = worker
        self._ground = ground
        self._late = late
        self._calls: dict[bytes, Call] = {}
        self._remembered: OrderedDict[bytes, LateEvent] = OrderedDict()
        self._secret = secrets.token_bytes(NONCE // 2)
        self._asked = 0
        self._lock = Lock()
        self.lost = False
        self.cells = 0
        """Cells that have ended in it."""
        self.state = StateChange(saved=True)
        """What was kept after the last of them."""
        self._wrong: FrameError | None = None
        self._is_unread = False
        self._line = self._wire(worker.line, limit, board)
        self._side = self._wire(worker.side, limit, board)
        self._side.listen()

    def check(self) -> bool:
        """Before it is asked for a cell: whether it can be, and has said nothing unasked."""
        if not self.lost and not self._line.is_silent() and not self.lost:
            self.blame(FrameError("it spoke without having been asked"))
        return not self.lost

    def abandon(self) -> None:
        """Nobody knows what it does: it ends."""
        self.lost = True
        self.worker.kill()

    def start(self, assignment: Assignment) -> LineCall:
        """Tell the worker whose it is; the answer is READY or ERROR."""
        return self._say(Kind.START, assignment.body)

    def run(self, arguments: dict[str, Any]) -> LineCall:
        """Have it run a cell."""
        return self._say(Kind.REQUEST, _request("execute_code", arguments))

    def dismiss(self) -> None:
        """Have it save and end."""
        self.end(self._say(Kind.REQUEST, _request("close", {})), None)

    def call(self, method: str, arguments: dict[str, Any]) -> Call:
        """Call another method of the engine in it, while a cell runs or not."""
        call = Call(self._nonce(), self._side)
        self._begin(call, Kind.REQUEST, _request(method, arguments))
        return call

    def answer(self, call: Call, said: dict[str, Any]) -> None:
        """Answer what the worker asked in the course of a cell."""
        self._send(self._side, Frame(Kind.ANSWER, call.nonce, dump(said)))

    def end(self, call: Call, late: LateEvent | None) -> None:
        """The call has had its answer, or nobody waits for it; its events now go to `late`."""
        with self._lock:
            self._calls.pop(call.nonce, None)
            if late is not None:
                self._remembered[call.nonce] = late
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
            for frame in call.rest():
                self._hand_on_late(late, frame)

    def ending(self) -> Ending:
        """How the worker ended, once a socket of it is closed."""
        ending = self._ended()
        if ending is None:
            self.worker.kill()
            ending = self._ended() or Ending.lost()
            if ending.is_killed:
                ending = replace(ending, why=_DEAF)
        if self._wrong is not None:
            return replace(ending, why=_blamed(self._wrong))
        if self._is_unread:
            return replace(ending, why=_UNREAD)
        return self._ground.explained(ending, self.worker.group)

    def blame(self, error: FrameError) -> None:
        """What it sent makes no sense: it is not to be trusted any more, and ended."""
        self._wrong = error
        self.abandon()

    @property
    def quota(self) -> DiskQuota:
        """What its notebook takes up on disk."""
        return self._ground.quota

    def close(self) -> None:
        """Listen to it no more: it has ended, and all that it has started ends."""
        self._line.close()
        self._side.close()
        self.worker.close()

    def clear(self) -> None:
        """Take away what it has left on disk; may take long. To be called once it is closed."""
        self._ground.leave()

    def _wire(self, end: socket, limit: int, board: Switchboard) -> Wire:
        return Wire(end, limit, board, self._hand_on, self._lose)

    def _nonce(self) -> bytes:
        with self._lock:
            number = self._asked
            self._asked += 1
        return self._secret + number.to_bytes(NONCE - len(self._secret), "big")

    def _say(self, kind: Kind, body: bytes) -> LineCall:
        call = LineCall(self._nonce(), self._line)
        self._begin(call, kind, body)
        return call

    def _begin(self, call: Call, kind: Kind, body: bytes) -> None:
        with self._lock:
            self._calls[call.nonce] = call
            lost = self.lost
        if lost:
            call.put(LOST)
        else:
            self._send(call.wire, Frame(kind, call.nonce, body))

    def _ended(self) -> Ending | None:
        try:
            return self.worker.ending.result(_GRACE)
        except TimeoutError:
            return None

    def _send(self, wire: Wire, frame: Frame) -> None:
        if not wire.send(frame):
            self._is_unread = True
            self.worker.kill()

    def _hand_on(self, wire: Wire, frame: Frame) -> None:
        with self._lock:
            call = self._calls.get(frame.nonce)
            if call is not None and call.wire is wire:
                call.put(frame)
            elif isinstance(call, LineCall) and frame.kind is Kind.EVENT:
                call.put_late(frame)
            elif self._has_asked(frame.nonce):
                self._hand_on_late(self._remembered.get(frame.nonce), frame)
            else:
                raise FrameError("it answered what nobody had asked")

    def _has_asked(self, nonce: bytes) -> bool:
        """Whether it is one of ours; calls that ended long ago are not kept one by one."""
        secret, number = nonce[: len(self._secret)], nonce[len(self._secret) :]
        return secret == self._secret and int.from_bytes(number, "big") < self._asked

    def _hand_on_late(self, late: LateEvent | None, frame: Frame) -> None:
        if late is not None and frame.kind is Kind.EVENT:
            self._late(late, frame)

    def _lose(self, wire: Wire, wrong: FrameError | None) -> None:
        if wrong is not None:
            self.blame(wrong)
        with self._lock:
            self.lost = True
            calls = [call for call in self._calls.values() if call.wire is wire]
        for call in calls:  # what came over the other one before that is read first
            call.put(LOST)


def _request(method: str, arguments: dict[str, Any]) -> bytes:
    return dump({"method": method, "arguments": arguments})


def _blamed(error: FrameError) -> str:
    return f"it was ended because what it sent made no sense ({error})"
