"""Frames: what arrives in any pieces comes out whole, and what is none ends the conversation."""

from __future__ import annotations

import itertools
import json
import struct
import tracemalloc
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbengine.engines.frames import MAGIC, NONCE, Frame, FrameError, FrameReader, Kind, dump

LIMIT = 10_000
HEADER = struct.Struct(f"!4sB{NONCE}sIQ")

frames = st.builds(
    Frame,
    st.sampled_from(Kind),
    st.binary(min_size=NONCE, max_size=NONCE),
    st.binary(max_size=300),
    st.binary(max_size=300),
)


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """The bytes, cut at these places."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return (data[begin:end] for begin, end in itertools.pairwise(places))


@given(st.lists(frames, max_size=8), st.lists(st.integers(0, 10_000), max_size=30))
def test_frames_come_out_as_they_went_in(sent: list[Frame], cuts: list[int]) -> None:
    """In order and whole, wherever the stream of bytes is cut."""
    data = b"".join(frame.encode() for frame in sent)
    reader = FrameReader(LIMIT)
    assert [frame for piece in pieces(data, cuts) for frame in reader.feed(piece)] == sent


@given(frames)
def test_a_frame_byte_by_byte(frame: Frame) -> None:
    """It is there with its last byte and not before."""
    *first, last = (bytes([byte]) for byte in frame.encode())
    reader = FrameReader(LIMIT)
    assert not [each for byte in first for each in reader.feed(byte)]
    assert list(reader.feed(last)) == [frame]


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_any_bytes(parts: list[bytes]) -> None:
    """They are frames or a FrameError, and nothing else."""
    reader = FrameReader(LIMIT)
    try:
        for part in parts:
            assert all(isinstance(frame, Frame) for frame in reader.feed(part))
    except FrameError:
        pass


@given(frames, st.data())
def test_one_byte_that_is_wrong(frame: Frame, data: st.DataObject) -> None:
    """It changes the frame, lets it wait for more, or is told; it is never another error."""
    spoilt = bytearray(frame.encode())
    at = data.draw(st.integers(0, len(spoilt) - 1))
    spoilt[at] ^= data.draw(st.integers(1, 255))
    try:
        came = list(FrameReader(LIMIT).feed(bytes(spoilt)))
    except FrameError:
        return
    assert came != [frame]


@pytest.mark.parametrize(
    "header",
    [
        HEADER.pack(b"what", Kind.RESULT, bytes(NONCE), 0, 0),
        HEADER.pack(MAGIC, 0, bytes(NONCE), 0, 0),
        HEADER.pack(MAGIC, 99, bytes(NONCE), 0, 0),
    ],
)
def test_what_is_no_frame(header: bytes) -> None:
    """Another beginning, or a kind that there is not, is refused as soon as the header is there."""
    with pytest.raises(FrameError, match="what came is no frame"):
        list(FrameReader(LIMIT).feed(header))


@pytest.mark.parametrize("body, raw", [(2**32 - 1, 0), (0, 2**64 - 1), (LIMIT, 0), (0, LIMIT)])
def test_a_frame_beyond_the_limit(body: int, raw: int) -> None:
    """It is refused by its header; no memory is taken for it."""
    tracemalloc.start()
    try:
        with pytest.raises(FrameError, match=r"is larger than 10,000"):
            list(FrameReader(LIMIT).feed(HEADER.pack(MAGIC, Kind.RESULT, bytes(NONCE), body, raw)))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_memory_is_taken_as_bytes_come() -> None:
    """A length that is only announced takes none, and what was read is given up."""
    frame = Frame(Kind.RESULT, bytes(NONCE), b"x" * 100_000)
    tracemalloc.start()
    try:
        reader = FrameReader(1 << 30)
        list(reader.feed(HEADER.pack(MAGIC, Kind.RESULT, bytes(NONCE), 0, 1 << 29)))
        assert tracemalloc.get_traced_memory()[1] < 100_000
        reader = FrameReader(1 << 30)
        for _ in range(100):
            assert len(list(reader.feed(frame.encode()))) == 1
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "value", [None, 1, "é 🎉", "\udcff", {"a": [1.5, None, True]}, float("inf"), 2**80, [[[]]]]
)
def test_json_there_and_back(value: Any) -> None:
    """Also what strict JSON has no words for, and lone surrogates."""
    assert Frame(Kind.REQUEST, bytes(NONCE), dump(value)).load() in (value, None)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"nul", b"1 2"])
def test_a_body_that_is_no_json(body: bytes) -> None:
    """It is a FrameError, however deep or broken it is."""
    with pytest.raises(FrameError, match="is not JSON"):
        Frame(Kind.RESULT, bytes(NONCE), body).load()


@given(st.binary(max_size=50))
def test_any_body(body: bytes) -> None:
    """It is JSON or a FrameError."""
    try:
        Frame(Kind.RESULT, bytes(NONCE), body).load()
    except FrameError:
        with pytest.raises((ValueError, RecursionError)):
            json.loads(body)


@pytest.mark.parametrize("item", ["[],", "{},", '{"a":1},', '"ab",', "300,", "0.5,", '{"a":"b"},'])
def test_a_weight(item: str) -> None:
    """It is no less than what Python takes for the same."""
    body = ("[" + item * 100_000 + "0]").encode()
    weight = Frame(Kind.RESULT, bytes(NONCE), body).weight
    tracemalloc.start()
    try:
        held = orjson.loads(body)
        assert tracemalloc.get_traced_memory()[0] <= weight
    finally:
        tracemalloc.stop()
    assert len(held) == 100_001


def test_the_weight_of_text() -> None:
    """Brackets and commas within it make no objects."""
    for text in ("[,{:" * 1_000_000, '\\"[,' * 1_000_000):
        body = json.dumps([text]).encode()
        assert Frame(Kind.RESULT, bytes(NONCE), body).weight < 2 * len(body)


def test_a_frame_that_is_too_heavy() -> None:
    """It is not handed on, although it is short enough."""
    frame = Frame(Kind.RESULT, bytes(NONCE), b"[" + b"[]," * 1_000_000 + b"0]")
    with pytest.raises(FrameError, match="a message would take up more than 16,000,000 bytes"):
        list(FrameReader(4_000_000).feed(frame.encode()))
    assert list(FrameReader(100_000_000).feed(frame.encode())) == [frame]


@pytest.mark.parametrize(
    "body",
    [b'"' + b'\\"' * 4_000_000, b'"' * 3_000_001, b'["\\\\' + b'",' * 2_000_000],
    ids=["a text without end", "nothing but quotes", "many texts"],
)
def test_weighing_takes_one_pass(body: bytes) -> None:
    """Whatever a hostile worker sends; anything quadratic would take a day for these."""
    assert Frame(Kind.EVENT, bytes(NONCE), body).weight >= len(body)


@given(
    st.recursive(
        st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
@settings(max_examples=30)
def test_only_what_stands_outside_of_texts_is_weighed(value: Any) -> None:
    """Brackets and commas in a text make no objects."""
    body = json.dumps([value, ["{[:,"] * 300_000]).encode()
    plain = json.dumps([value, [""] * 300_000]).encode()
    weights = [Frame(Kind.EVENT, bytes(NONCE), each).weight for each in (body, plain)]
    assert weights[0] - weights[1] == len(body) - len(plain)
