"""A call over the line: read by who waits, or ahead of him."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from nbengine.engines import call as call_module
from nbengine.engines.call import LOST, LineCall, Lost
from nbengine.engines.frames import Frame, FrameError, Kind
from nbengine.engines.switchboard import Switchboard
from nbengine.engines.wire import Wire
from tests.conftest import PATIENCE, until

NONCE = bytes(16)
ANSWER = Frame(Kind.RESULT, NONCE)


class Conversation:
    """A call, and the far end of its wire; `amid` is done with each frame before the next one."""

    def __init__(self) -> None:
        self.end, self.far = socket.socketpair()
        self.board = Switchboard()
        self.wire = Wire(self.end, 1 << 28, self.board, self._take, self._lose)
        self.call = LineCall(NONCE, self.wire)
        self.amid: Callable[[], None] = lambda: None

    @property
    def is_listened_to(self) -> bool:
        """Whether the board reads what comes."""
        return self.end.fileno() in self.board._selector.get_map()

    def taken(self, patience: float = PATIENCE) -> list[Frame]:
        """All frames up to the answer."""
        frames: list[Frame] = []
        while not frames or not frames[-1].is_answer:
            message = self.call.next(patience)
            assert isinstance(message, Frame), message
            frames.append(message)
        return frames

    def close(self) -> None:
        """Give everything back."""
        self.wire.close()
        self.board.close()
        self.end.close()
        self.far.close()

    def _take(self, _wire: Wire, frame: Frame) -> None:
        self.call.put(frame)
        self.amid()

    def _lose(self, _wire: Wire, _wrong: FrameError | None) -> None:
        self.call.put(LOST)


@pytest.fixture
def talk() -> Iterator[Conversation]:
    """One, closed in the end."""
    talk = Conversation()
    yield talk
    talk.close()


def event(size: int = 0) -> Frame:
    """Something shown, so large."""
    return Frame(Kind.EVENT, NONCE, b"x" * size)


def test_who_waits_reads_himself(talk: Conversation) -> None:
    """The board is not asked to, and what is there is found without any time to wait."""
    assert talk.call.next(0) is None
    for frame in (event(1), event(2), ANSWER):
        talk.far.sendall(frame.encode())
    assert talk.call.next(0) == event(1)
    assert talk.taken() == [event(2), ANSWER]
    assert not talk.is_listened_to


def test_who_is_woken_looks_around(talk: Conversation) -> None:
    """Soon, whoever reads."""
    talk.call.wake()
    assert talk.call.next() is None
    talk.call.read_ahead()
    talk.call.wake()
    assert talk.call.next() is None


def test_who_waits_long_is_called(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """He does not look up again and again."""
    monkeypatch.setattr(talk.call, "_reads_until", 0.0)
    assert talk.call.next(0.01) is None
    until(lambda: talk.is_listened_to)
    talk.far.sendall(ANSWER.encode())
    assert talk.taken() == [ANSWER]
    assert not talk.is_listened_to


def test_the_end_of_the_wire(talk: Conversation) -> None:
    """What came before it is told before it."""
    talk.far.sendall(event().encode())
    talk.far.close()
    assert talk.call.next(PATIENCE) == event()
    assert isinstance(talk.call.next(PATIENCE), Lost)


def test_nobody_reads_after_the_answer(talk: Conversation) -> None:
    """Neither of the two: what comes then waits for the next call."""
    talk.call.read_ahead()
    until(lambda: talk.is_listened_to)
    talk.far.sendall(ANSWER.encode())
    talk.taken()
    assert not talk.is_listened_to
    talk.call.read_ahead()
    assert not talk.is_listened_to


@pytest.mark.parametrize("amid", [0, 1, 50])
def test_too_much(talk: Conversation, monkeypatch: pytest.MonkeyPatch, amid: int) -> None:
    """Reading stops, and goes on once half of it is taken, whenever that happens."""
    monkeypatch.setattr(call_module, "AFFORDABLE", 1_000_000)
    most, taken = 0, list[Frame | Lost | None]()

    def take_some() -> None:
        nonlocal most
        most = max(most, talk.call._waiting)
        if talk.call._is_held and not taken:
            taken.extend(talk.call.next(0) for _ in range(amid))

    def flood() -> None:
        for _ in range(3_000):
            talk.far.sendall(event(1_000).encode())
        talk.far.sendall(ANSWER.encode())

    talk.amid = take_some
    talk.call.read_ahead()
    flooding = Thread(target=flood)
    flooding.start()
    until(lambda: talk.call._is_held or bool(taken))
    frames = talk.taken() + [message for message in taken if message is not None]
    assert len(frames) == 3_001
    flooding.join()
    assert most < 1_200_000
    assert talk.call._waiting == 0
    assert not talk.is_listened_to


def test_much_that_is_late(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is kept in order, behind all else, as far as there is room."""
    monkeypatch.setattr(call_module, "AFFORDABLE", 3_000)
    for size in (1_000, 1_001, 1_002, 1_003):
        talk.call.put_late(event(size))
    talk.call.put(event(1))
    assert list(talk.call.rest()) == [event(1), event(1_000), event(1_001)]


def test_a_wire_that_is_closed(talk: Conversation) -> None:
    """The board knows it no more."""
    talk.wire.listen()
    until(lambda: talk.is_listened_to)
    number = talk.end.fileno()
    talk.wire.close()
    assert number not in talk.board._selector.get_map()
