"""Where the output of child processes arrives."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

from nbengine.runtime.child_output import (
    ChildOutput,
    PolledOutput,
    ThreadedOutput,
    open_pipe,
    open_terminal,
)
from tests.conftest import PATIENCE, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="not every kind is there")

KINDS: dict[str, Callable[[], ChildOutput]] = {
    "a terminal": open_terminal,
    "a pipe": open_pipe,
    "a pipe with a thread": lambda: ThreadedOutput(*os.pipe()),
}


@pytest.fixture(params=KINDS)
def output(request: pytest.FixtureRequest) -> ChildOutput:
    """Each kind in turn, open."""
    return KINDS[request.param]()


def everything(output: ChildOutput) -> bytes:
    """All that comes until the end."""
    come = b""
    while not output.ended:
        come += output.read(PATIENCE)
    return come


def test_what_is_written_is_read(output: ChildOutput) -> None:
    """Byte for byte, until the last writer has let go."""
    os.write(output.sink, b"a\nb\r\n\xff\x00")
    copy = os.dup(output.sink)
    output.give_away()
    os.write(copy, b"c")
    os.close(copy)
    assert everything(output) == b"a\nb\r\n\xff\x00c"
    assert output.read(0) == b""
    output.close()


def test_silence_is_not_the_end(output: ChildOutput) -> None:
    """Nothing comes while nothing is written, and the output goes on."""
    assert output.read(0.01) == b""
    assert not output.ended
    os.write(output.sink, b"a")
    assert output.read(PATIENCE) == b"a"
    output.close()


def test_a_writer_that_goes_on_is_told_that_nobody_reads() -> None:
    """Closed is closed; a second time is fine."""
    output = open_pipe()
    copy = os.dup(output.sink)
    output.close()
    output.close()
    with pytest.raises(BrokenPipeError):
        os.write(copy, b"a")
    os.close(copy)


def test_the_thread_ends_with_the_last_writer() -> None:
    """Until then it waits, because nothing else can; then it closes what it read from."""
    output = ThreadedOutput(*os.pipe())
    source, copy = output.source, os.dup(output.sink)
    output.close()
    os.write(copy, b"a")
    os.close(copy)

    def is_closed() -> bool:
        try:
            os.fstat(source)
        except OSError:
            return True
        return False

    until(is_closed)


def test_a_flood_comes_in_portions() -> None:
    """What reads is back now and then, although more is there."""
    read, write = os.pipe()
    output = PolledOutput(read, write)
    os.write(write, b"a" * 60_000)
    assert output.read(0) == b"a" * 60_000
    output.close()


def test_without_terminals_there_is_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has none left does not stop a cell."""

    def none_left() -> tuple[int, int]:
        raise OSError("out of pty devices")

    monkeypatch.setattr(os, "openpty", none_left)
    output = open_terminal()
    assert not os.isatty(output.sink)
    output.close()
