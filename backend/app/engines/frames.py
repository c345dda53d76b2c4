"""What goes over a worker's sockets: a header, JSON, and perhaps raw bytes.

Neither side trusts the other's lengths: memory is taken as bytes arrive, never beforehand, and a
frame beyond the limit ends the conversation. Nothing is ever unpickled or evaluated.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import orjson

MAGIC = b"nbe1"
NONCE = 16
"""Bytes of what an answer repeats of its request."""
_HEADER = struct.Struct(f"!4sB{NONCE}sIQ")
NO_NONCE = bytes(NONCE)
_OBJECT = 256
"""Bytes that a frame takes up beside what is in it."""
_HEAVINESS = 4
"""How many times the limit of its length a message may weigh."""
_PLAIN = 1 << 24
"""Bytes of weight up to which it is only guessed."""
_COSTS = {b"{": 192, b"[": 64, b":": 96, b",": 64}
"""Bytes, at most, of the objects that Python makes where one of these stands."""
_BLOCK = 1 << 20
"""Bytes that are weighed at a time."""


class Kind(IntEnum):
    """What a frame is for."""

    START = 1
    """To a worker: whose it is from now on, and what it may do."""
    PREPARE = 12
    """To a worker that is nobody's yet: the engine's settings."""
    MODE = 14
    """To it, before its START: what it will be confined to, while its folders are being made."""
    READY = 2
    """From it: what holds it to that."""
    REQUEST = 3
    """A method to call, with its arguments."""
    RESULT = 4
    """What the method gave back."""
    ERROR = 5
    """What it raised: `{"type": …, "message": …}`."""
    EVENT = 6
    """An output of the cell that runs, or ran."""
    ASK = 7
    """`input()` wants a line."""
    ANSWER = 8
    """The line, or why there is none."""
    FORK = 9
    """To the warm parent, with two sockets: make a worker. Its answer is a RESULT."""
    KILL = 10
    """To it: send a worker a signal."""
    ENDED = 11
    """From it: a worker is gone."""
    DISMISS = 13
    """To it: end. Who says so takes away himself what he has made."""


class FrameError(Exception):
    """Bytes that are no frame, or one that is too large."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message."""

    kind: Kind
    nonce: bytes
    body: bytes = b"null"
    """JSON."""
    raw: bytes = b""

    @property
    def size(self) -> int:
        """Bytes, about, that it takes up."""
        return _OBJECT + len(self.body) + len(self.raw)

    @property
    def is_answer(self) -> bool:
        """Whether nothing more is to come after it, of what was asked."""
        return self.kind in ANSWERS

    @property
    def weight(self) -> int:
        """Bytes, at most and about, that its JSON takes up once it is understood.

        A few letters can make many objects: `[[],[],` more than twenty times as much as themselves.
        """
        guessed = len(self.body) + _cost(self.body)
        if guessed <= _PLAIN:
            return guessed
        return len(self.body) + _cost_outside_strings(self.body)

    def load(self) -> Any:
        """The JSON.

        Raises:
            FrameError: it is none.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            pass
        try:
            return json.loads(self.body)  # it also takes lone surrogates
        except (ValueError, RecursionError):
            raise FrameError("a message is not JSON") from None

    def encode(self) -> bytes:
        """As it goes over the socket."""
        header = _HEADER.pack(MAGIC, self.kind, self.nonce, len(self.body), len(self.raw))
        return b"".join((header, self.body, self.raw))


def dump(value: object) -> bytes:
    """A frame's body; text that is not Unicode is escaped."""
    try:
        return orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError):
        return json.dumps(value).encode("ascii")


def _cost(body: bytes) -> int:
    return sum(cost * body.count(letter) for letter, cost in _COSTS.items())


def _cost_outside_strings(body: bytes) -> int:
    """In one pass, whatever the body is: also if a text in it has no end, or there are millions."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    cost = inside = 0
    for at in range(0, len(plain), _BLOCK):
        parts = plain[at : at + _BLOCK].split(b'"')
        cost += _cost(b"".join(parts[inside::2]))
        inside ^= (len(parts) - 1) & 1
    return cost


class FrameReader:
    """Frames out of bytes that come in pieces.

    Args:
        limit: bytes that one frame may have; what is understood of it may take up a few times that.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = bytearray()
        self._needed = _HEADER.size

    @property
    def has_part(self) -> bool:
        """Whether a frame has begun to come and is not complete."""
        return bool(self._bytes)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that these bytes complete.

        Raises:
            FrameError: they are no frames; nothing after them can be understood.
        """
        self._bytes += data
        while len(self._bytes) >= self._needed:
            frame = self._take()
            if frame is not None:
                yield frame

    def _take(self) -> Frame | None:
        """The first frame if all of it is there; else it is known then how much is missing."""
        magic, kind, nonce, body, raw = _HEADER.unpack_from(self._bytes)
        if magic != MAGIC or kind not in _KINDS:
            raise FrameError("what came is no frame")
        total = _HEADER.size + body + raw
        if total > self._limit:
            raise FrameError(f"a frame of {total:,} bytes is larger than {self._limit:,}")
        if len(self._bytes) < total:
            self._needed = total
            return None
        with memoryview(self._bytes) as view:
            at = _HEADER.size + body
            frame = Frame(
                _KINDS[kind], nonce, bytes(view[_HEADER.size : at]), bytes(view[at:total])
            )
        del self._bytes[:total]
        self._needed = _HEADER.size
        self._check_weight(frame)
        return frame

    def _check_weight(self, frame: Frame) -> None:
        most = _HEAVINESS * self._limit
        if max(_COSTS.values()) * len(frame.body) > most and frame.weight > most:
            raise FrameError(f"a message would take up more than {most:,} bytes")


ANSWERS = frozenset({Kind.READY, Kind.RESULT, Kind.ERROR})
"""After these nothing more is to come of what was asked."""
_KINDS = {int(kind): kind for kind in Kind}
