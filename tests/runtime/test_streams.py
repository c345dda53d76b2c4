from __future__ import annotations

import io
import sys

import pytest

from nbengine.runtime.streams import NoInput, RoutedStream


@pytest.fixture
def stream() -> RoutedStream:
    """A stream outside of any cell, in front of a file."""
    routed = RoutedStream("stdout")
    routed.original = io.StringIO()
    return routed


def test_code_of_no_cell_reaches_the_original(stream: RoutedStream) -> None:
    """Text of the host passes through, and the length is given back."""
    assert stream.write("host") == 4
    stream.writelines(["a", "b"])
    stream.flush()
    assert isinstance(stream.original, io.StringIO)
    assert stream.original.getvalue() == "hostab"


def test_only_text_can_be_written(stream: RoutedStream) -> None:
    """The error is the one that Jupyter's streams raise."""
    with pytest.raises(TypeError, match=r"^write\(\) argument must be str, not <class 'bytes'>$"):
        stream.write(b"bytes")  # type: ignore[arg-type]


def test_an_original_that_was_closed(stream: RoutedStream, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's text goes to the process's own stream then."""
    assert stream.original is not None
    stream.original.close()
    own = io.StringIO()
    monkeypatch.setattr(sys, "__stdout__", own)
    stream.write("x")
    assert own.getvalue() == "x"
    monkeypatch.setattr(sys, "__stdout__", None)
    assert stream.write("nowhere") == 7


def test_without_a_process_stream_there_is_no_descriptor(
    stream: RoutedStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`fileno` says so as other streams do."""
    monkeypatch.setattr(sys, "__stdout__", None)
    with pytest.raises(io.UnsupportedOperation, match="fileno"):
        stream.fileno()


def test_bytes_may_be_cut_anywhere(stream: RoutedStream) -> None:
    """A character that comes in two pieces is one, in any kind of buffer."""
    data = "é日".encode()
    assert stream.buffer.write(bytearray(data[:1])) == 1
    assert stream.buffer.write(memoryview(data[1:])) == 4
    assert isinstance(stream.original, io.StringIO)
    assert stream.original.getvalue() == "é日"


def test_nobody_types() -> None:
    """Every way of reading finds the end."""
    nobody = NoInput()
    assert nobody.readable()
    assert (nobody.read(), nobody.readline(), nobody.readlines(), list(nobody)) == ("", "", [], [])
    nobody.close()
    assert nobody.read() == ""
