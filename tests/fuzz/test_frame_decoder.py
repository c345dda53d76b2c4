"""The decoder of frames against streams of bytes that have been spoilt."""

from __future__ import annotations

import contextlib
import itertools
import json
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbengine.engines.frames import MAGIC, NONCE, Frame, FrameError, FrameReader, Kind, dump

from .budget import examples

LIMIT = 4096
HEADER = struct.Struct(f"!4sB{NONCE}sIQ")
LENGTHS = st.sampled_from([0, 1, 33, LIMIT - HEADER.size, LIMIT, 2**31, 2**32 - 1])

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
frames = st.builds(
    Frame,
    st.sampled_from(Kind),
    st.binary(min_size=NONCE, max_size=NONCE),
    st.one_of(values.map(dump), st.binary(max_size=60)),
    st.binary(max_size=200),
)


def _flipped(data: bytearray, at: int, draw: Callable[..., Any]) -> None:
    data[at] ^= draw(st.integers(1, 255))


def _cut(data: bytearray, at: int, draw: Callable[..., Any]) -> None:
    del data[at : at + draw(st.integers(1, 80))]


def _inserted(data: bytearray, at: int, draw: Callable[..., Any]) -> None:
    data[at:at] = draw(st.binary(max_size=80) | st.just(MAGIC))


def _repeated(data: bytearray, at: int, draw: Callable[..., Any]) -> None:
    data[at:at] = data[at : at + draw(st.integers(1, 80))]


def _lying(data: bytearray, at: int, draw: Callable[..., Any]) -> None:
    """Another length in the header that begins nearest before."""
    begin = data.rfind(MAGIC, 0, at + len(MAGIC))
    if begin >= 0 and begin + HEADER.size <= len(data):
        body, raw = draw(LENGTHS), draw(LENGTHS | st.just(2**64 - 1))
        struct.pack_into("!IQ", data, begin + HEADER.size - 12, body, raw)


MUTATIONS = st.sampled_from([_flipped, _cut, _inserted, _repeated, _lying])


@st.composite
def spoilt(draw: Any) -> tuple[bytes, bytes]:
    """A stream of frames, and the same after some mutations."""
    sent = b"".join(frame.encode() for frame in draw(st.lists(frames, min_size=1, max_size=5)))
    data = bytearray(sent)
    for _ in range(draw(st.integers(1, 4))):
        if data:
            draw(MUTATIONS)(data, draw(st.integers(0, len(data) - 1)), draw)
    return sent, bytes(data)


def _pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return (data[begin:end] for begin, end in itertools.pairwise(places))


def _read(reader: FrameReader, pieces: Iterator[bytes]) -> tuple[list[Frame], bool]:
    """The frames that come, and whether the conversation ends with an error."""
    came: list[Frame] = []
    try:
        for piece in pieces:
            came.extend(reader.feed(piece))
    except FrameError:
        return came, True
    return came, False


@given(streams=spoilt(), cuts=st.lists(st.integers(0, 3000), max_size=20))
@examples(300)
def test_a_spoilt_stream(streams: tuple[bytes, bytes], cuts: list[int]) -> None:
    """Frames before the damage come out; after it there is a FrameError, or frames that hold.

    However it is cut, the same comes out, and nothing is handed on that is not in the bytes.
    """
    sent, data = streams
    came, failed = _read(FrameReader(LIMIT), _pieces(data, cuts))
    whole, _ = _read(FrameReader(LIMIT), iter([sent]))
    same = len(_common(sent, data))
    intact = [frame for frame, end in zip(whole, _ends(whole), strict=True) if end <= same]
    assert came[: len(intact)] == intact
    assert data.startswith(b"".join(frame.encode() for frame in came))
    assert all(len(frame.encode()) <= LIMIT for frame in came)
    assert (came, failed) == _read(FrameReader(LIMIT), iter([data]))


@given(streams=spoilt(), more=st.lists(frames, max_size=2))
@examples(100)
def test_nothing_is_understood_after_an_error(
    streams: tuple[bytes, bytes], more: list[Frame]
) -> None:
    """There is no way back into a stream that has lost its frames: each further byte is refused."""
    reader = FrameReader(LIMIT)
    if not _read(reader, iter([streams[1]]))[1]:
        return
    for frame in more:
        assert _read(reader, iter([frame.encode()])) == ([], True)


@given(streams=spoilt())
@examples(60)
def test_no_more_memory_than_the_limit(streams: tuple[bytes, bytes]) -> None:
    """What the lengths say takes none; what has come takes about as much as itself."""
    pieces = list(_pieces(streams[1], list(range(0, len(streams[1]), 100))))
    tracemalloc.start()
    try:
        _read(FrameReader(LIMIT), iter(pieces))
        assert tracemalloc.get_traced_memory()[1] < 8 * LIMIT + 2 * len(streams[1]) + 20_000
    finally:
        tracemalloc.stop()


JSON = st.one_of(
    st.integers(1, 100_000).map(lambda deep: b"[" * deep),
    st.integers(1, 100_000).map(lambda deep: b"[" * deep + b"]" * deep),
    st.integers(1, 50_000).map(lambda deep: b'{"a":' * deep + b"1" + b"}" * deep),
    st.integers(1, 20_000).map(lambda digits: b"9" * digits),
    st.integers(1, 400).map(lambda digits: b"-1e" + b"9" * digits),
    st.sampled_from([b"NaN", b"-Infinity", b'"\\ud800"', b'"\\ud800\\udc00"', b'"\xed\xa0\x80"']),
    st.sampled_from([b"\xef\xbb\xbf1", b"\xff\xfe1\x00", b"1\x00", b"01", b"[1,]"]),
    st.sampled_from([b'{"a":1,"a":2}', b"{1:2}", b"'a'", b'"\\u00"', b'"\\x"', b'"\t"', b"1e"]),
    values.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=80),
)  # fmt: skip


@given(parts=st.lists(JSON, min_size=1, max_size=3), glue=st.sampled_from([b",", b" ", b""]))
@examples(200)
def test_any_body(parts: list[bytes], glue: bytes) -> None:
    """It is JSON or a FrameError, however deep, long or strange it is."""
    for body in (glue.join(parts), b"[" + glue.join(parts) + b"]"):
        with contextlib.suppress(FrameError):
            json.dumps(Frame(Kind.RESULT, bytes(NONCE), body).load())


ITEMS = st.sampled_from(
    ["[],", "{},", '{"a":1},', '"ab",', "300,", "0.5,", '{"a":"b"},', "[[[]]],", '"\\n",', '"é",',
      '"\U0001f389",', "99999999999999999999,", '{"a":{"b":[]}},', '[{"":[]}],', '"\\ud800",']
)  # fmt: skip


@given(items=st.lists(ITEMS, min_size=1, max_size=5), times=st.integers(1, 3000))
@examples(60)
def test_what_is_understood_weighs_no_more_than_it_was_taken_for(
    items: list[str], times: int
) -> None:
    """`weight`, by which a message is refused before it is read, is about what it takes.

    Short texts of wide letters take a little more than they are taken for: less than a third.
    """
    body = ("[" + "".join(items) * times + "0]").encode()
    frame = Frame(Kind.RESULT, bytes(NONCE), body)
    # What other threads of this process make meanwhile is counted too: mostly they make nothing.
    assert min(_taken_by(frame) for _ in range(3)) <= 1.3 * frame.weight + 2_000


def _taken_by(frame: Frame) -> int:
    """Bytes of what it says."""
    tracemalloc.start()
    try:
        held = frame.load()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held[-1] == 0
    return taken


def _common(one: bytes, other: bytes) -> bytes:
    """The bytes with which both begin."""
    pairs = zip(one, other, strict=False)
    return bytes(a for a, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _ends(came: list[Frame]) -> Iterator[int]:
    """Where in the stream each frame ends."""
    return itertools.accumulate(len(frame.encode()) for frame in came)
