"""Late output on its way to who asked for the cell."""

from __future__ import annotations

import logging
import threading

import pytest

from nbengine.engines.courier import Courier
from nbengine.engines.frames import NO_NONCE, Frame, Kind
from tests.conftest import PATIENCE, until


def test_order() -> None:
    """Each comes to its own, in the order in which it was sent."""
    courier, got = Courier(), list[bytes]()
    for number in range(100):
        frame = Frame(Kind.EVENT, NO_NONCE, str(number).encode())
        courier.send(lambda frame: got.append(frame.body), frame)
    courier.close()
    assert got == [str(number).encode() for number in range(100)]


def test_what_nobody_takes(caplog: pytest.LogCaptureFixture) -> None:
    """It is dropped beyond so many bytes, which is said once; later there is room again."""
    courier, got, go_on = Courier(), list[int](), threading.Event()

    def take(frame: Frame) -> None:
        go_on.wait(PATIENCE)
        got.append(len(frame.body))

    with caplog.at_level(logging.WARNING, logger="nbengine"):
        for _ in range(100):
            courier.send(take, Frame(Kind.EVENT, NO_NONCE, bytes(4 << 20)))
    assert [record.message for record in caplog.records] == [
        "late output of a cell was dropped: nobody takes it"
    ]
    go_on.set()
    until(lambda: len(got) == 15)
    courier.send(take, Frame(Kind.EVENT, NO_NONCE, b"x"))
    courier.close()
    assert got[15:] == [1]
