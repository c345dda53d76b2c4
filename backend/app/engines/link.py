"""The parent's end of a worker's socket: calls out, answers in."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

from ..models.notebook import StateChange
from .assignment import Assignment
from .disk_quota import DiskQuota
from .ending import Ending
from .frames import NONCE, Frame, FrameError, FrameReader, Kind, dump
from .ground import Ground
from .outbox import MOST, Outbox
from .starter import Worker
from .switchboard import Switchboard

_REMEMBERED = 256
"""Cells that have ended, and whose late output is brought to their callers."""
_GRACE = 3.0
"""Seconds within which the system says how a process ended whose socket is closed."""
_UNREAD = (
    f"it was ended because it had left more than {MOST:,} bytes unread that it was sent: its cell "
    "kept the interpreter to itself"
)
_DEAF = "it was ended because it had closed its connection to the engine"
AFFORDABLE = 64 * 2**20
"""Bytes that may wait for who is to read them, before the worker has to wait too."""


class Lost:
    """Stands for every answer that will not come any more."""


LOST = Lost()
LateEvent = Callable[[Frame], None]


class Call:
    """One request, and what comes of it."""

    def __init__(self, nonce: bytes, link: Link) -> None:
        self.nonce = nonce
        self._link = link
        self._arrived: SimpleQueue[Frame | Lost | None] = SimpleQueue()
        self.is_answered = False
        """Whether its answer is there, although it may not have been taken yet."""

    def put(self, message: Frame | Lost) -> None:
        """Something came for it."""
        if isinstance(message, Frame) and message.is_answer:
            self.is_answered = True
        self._arrived.put(message)

    def wake(self) -> None:
        """Let the one who waits look around, as after his time."""
        self._arrived.put(None)

    def next(self, timeout: float | None = None) -> Frame | Lost | None:
        """The next frame; None after so many seconds without one, or when woken."""
        try:
            message = self._arrived.get(timeout=timeout)
        except Empty:
            return None
        if isinstance(message, Frame):
            self._link.taken(message)
        return message

    def rest(self) -> Iterator[Frame]:
        """The frames that came and were not taken."""
        with suppress(Empty):
            while True:
                message = self._arrived.get_nowait()
                if isinstance(message, Frame):
                    yield message


class Link:
    """Talks to one worker. Any number of calls may be under way.

    Args:
        worker: the process.
        ground: what it stands on; left when the link is closed.
        board: listens to it.
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
        self._board = board
        self._reader = FrameReader(limit)
        self._late = late
        self._calls: dict[bytes, Call] = {}
        self._remembered: OrderedDict[bytes, LateEvent] = OrderedDict()
        self._secret = secrets.token_bytes(NONCE // 2)
        self._asked = 0
        self._lock = Lock()
        self._waiting = 0
        self._held = False
        self.lost = False
        self.cells = 0
        """Cells that have ended in it."""
        self.state = StateChange(saved=True)
        """What was kept after the last of them."""
        self._wrong: FrameError | None = None
        self._is_unread = False
        self._outbox = Outbox(worker.socket)
        board.add(worker.socket, self._receive, self._lose)

    def call(self, method: str, arguments: dict[str, Any]) -> Call:
        """Call a method of the engine in the worker."""
        return self._begin(Kind.REQUEST, dump({"method": method, "arguments": arguments}))

    def start(self, assignment: Assignment) -> Call:
        """Tell the worker whose it is; the answer is READY or ERROR."""
        return self._begin(Kind.START, assignment.body)

    def answer(self, call: Call, said: dict[str, Any]) -> None:
        """Answer what the worker asked in the course of a call."""
        self._send(Frame(Kind.ANSWER, call.nonce, dump(said)))

    def end(self, call: Call, late: LateEvent | None) -> None:
        """The call has had its answer, or nobody waits for it; its events now go to `late`."""
        with self._lock:
            self._calls.pop(call.nonce, None)
            if late is not None:
                self._remembered[call.nonce] = late
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
            for frame in call.rest():
                self._waiting -= frame.size
                self._hand_on_late(late, frame)
        self._resume()

    def taken(self, frame: Frame) -> None:
        """A frame that waited has been read."""
        with self._lock:
            self._waiting -= frame.size
        self._resume()

    def ending(self) -> Ending:
        """How the worker ended, once its socket is closed."""
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
        self.lost = True
        self.worker.kill()

    @property
    def quota(self) -> DiskQuota:
        """What its notebook takes up on disk."""
        return self._ground.quota

    def close(self) -> None:
        """Listen to it no more: it has ended, and all that it has started ends."""
        self._board.remove(self.worker.socket)
        self.worker.close()

    def clear(self) -> None:
        """Take away what it has left on disk; may take long. To be called once it is closed."""
        self._ground.leave()

    def _begin(self, kind: Kind, body: bytes) -> Call:
        with self._lock:
            nonce = self._secret + self._asked.to_bytes(NONCE - len(self._secret), "big")
            self._asked += 1
            call = Call(nonce, self)
            self._calls[call.nonce] = call
            lost = self.lost
        if lost:
            call.put(LOST)
        else:
            self._send(Frame(kind, call.nonce, body))
        return call

    def _ended(self) -> Ending | None:
        try:
            return self.worker.ending.result(_GRACE)
        except TimeoutError:
            return None

    def _send(self, frame: Frame) -> None:
        if not self._outbox.send(frame.encode()):
            self._is_unread = True
            self.worker.kill()

    def _receive(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            with self._lock:
                self._hand_on(frame)
        with self._lock:
            self._held = self._waiting > AFFORDABLE
            if self._held:
                self._board.pause(self.worker.socket)

    def _hand_on(self, frame: Frame) -> None:
        call = self._calls.get(frame.nonce)
        if call is not None:
            self._waiting += frame.size
            call.put(frame)
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

    def _resume(self) -> None:
        """Listen again if it was held, and not much waits any more."""
        with self._lock:
            if not self._held or self._waiting > AFFORDABLE // 2:
                return
            self._held = False
        self._board.add(self.worker.socket, self._receive, self._lose)

    def _lose(self, wrong: FrameError | None) -> None:
        if wrong is not None:
            self.blame(wrong)
        with self._lock:
            self.lost = True
            calls = list(self._calls.values())
        for call in calls:
            call.put(LOST)


def _blamed(error: FrameError) -> str:
    return f"it was ended because what it sent made no sense ({error})"
