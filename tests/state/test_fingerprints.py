from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from nbengine.state.fingerprints import CHUNK, Fingerprints
from nbengine.state.written_pages import WrittenPages, written_pages

CHUNK_SMALL = 1 << 16


def plain(data: Any, chunk: int = CHUNK_SMALL) -> tuple[bytes, ...]:
    """The digests, computed the plain way."""
    content = np.asarray(data).tobytes(order="A")
    return tuple(blake3(content[at : at + chunk]).digest() for at in range(0, len(content), chunk))


def without_kernel() -> WrittenPages:
    book = WrittenPages()
    book.close()
    return book


@pytest.fixture(params=["kernel", "hash"])
def prints(request: pytest.FixtureRequest) -> Iterator[Fingerprints]:
    pages = written_pages() if request.param == "kernel" else without_kernel()
    prints = Fingerprints(CHUNK_SMALL, pages=pages)
    yield prints
    prints.forget()


@pytest.mark.parametrize("length", [0, 1, CHUNK_SMALL, CHUNK_SMALL + 1, 20 * CHUNK_SMALL - 3])
def test_each_chunk_has_its_digest(prints: Fingerprints, length: int) -> None:
    """Of buffers of any length, also when asked again."""
    array = np.arange(length, dtype=np.uint8)
    assert prints.digests(array) == plain(array)
    assert prints.digests(array) == plain(array)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 5000),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 200_000)), max_size=8),
)
def test_every_write_changes_the_digests(offset: int, writes: list[tuple[int, int]]) -> None:
    """Wherever it is, also in the pages that the buffer shares with its neighbours."""
    prints = Fingerprints(CHUNK_SMALL)
    whole = np.ones(1_000_000, np.uint8)
    array = whole[offset : offset + 900_001]
    assert prints.digests(array) == plain(array)
    for number, (start, length) in enumerate(writes):
        whole[start : start + length] = number + 2
        assert prints.digests(array) == plain(array)
    prints.forget()


@pytest.mark.skipif(not written_pages().available(), reason="nothing is remembered without it")
def test_what_was_not_written_is_not_read_again() -> None:
    """An unwritten buffer's digests are the very ones of the last time, a written one's in part."""
    prints = Fingerprints(CHUNK_SMALL)
    array = np.ones(20 * CHUNK_SMALL, np.uint8)
    first = prints.digests(array)
    assert prints.digests(array) is first
    array[10 * CHUNK_SMALL + CHUNK_SMALL // 2] = 2
    second = prints.digests(array)
    same = [old is new for old, new in zip(first, second, strict=True)]
    assert same == [number != 10 for number in range(20)]
    prints.forget()
    assert prints.digests(array) is not second


@pytest.mark.skipif(not written_pages().available(), reason="nothing is remembered without it")
def test_views_that_come_and_go_are_one_buffer() -> None:
    """Memory is what is remembered, whichever view of it is asked about."""
    prints = Fingerprints(CHUNK_SMALL)
    table = np.ones((1000, 1000))
    first = prints.digests(table.T)
    assert prints.digests(table.T) is first
    prints.forget()


def test_views_of_one_array_see_each_others_writes(prints: Fingerprints) -> None:
    """Asking about one of two that overlap does not hide a write from the other."""
    whole = np.zeros(20 * CHUNK_SMALL, np.uint8)
    left, right = whole[: 12 * CHUNK_SMALL], whole[8 * CHUNK_SMALL :]
    for value in range(1, 4):
        whole[10 * CHUNK_SMALL] = value
        for part in (left, right, whole):
            assert prints.digests(part) == plain(part)


def test_two_who_ask_about_one_buffer(prints: Fingerprints) -> None:
    """Each is told of every write."""
    other = Fingerprints(CHUNK_SMALL)
    array = np.zeros(20 * CHUNK_SMALL, np.uint8)
    for value in range(1, 4):
        array[7 * CHUNK_SMALL] = value
        assert prints.digests(array) == plain(array) == other.digests(array)
    other.forget()


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.asfortranarray(np.arange(10**6).reshape(1000, 1000)),
        lambda: np.frombuffer(bytes(10**6), np.uint8),
        lambda: np.arange(10**6).view("M8[ns]").view(np.int64),
        lambda: np.zeros(10**5, dtype=[("a", "i4"), ("b", "f8")]),
    ],
    ids=["fortran", "read-only", "reinterpreted", "structured"],
)
def test_contiguous_buffers_of_every_kind(prints: Fingerprints, make: Any) -> None:
    """Fortran order, memory that cannot be written, and records are read as they lie."""
    array = make()
    for _ in range(3):
        assert prints.digests(array) == plain(array)


@pytest.mark.parametrize("make", [bytearray, bytes])
def test_buffers_of_any_type(prints: Fingerprints, make: type[Any]) -> None:
    """Those of what knows no weak references are remembered as well, and right."""
    data = make(5 * CHUNK_SMALL)
    assert prints.digests(data) == plain(np.frombuffer(data, np.uint8))
    if isinstance(data, bytearray):
        data[4 * CHUNK_SMALL] = 1
    assert prints.digests(data) == plain(np.frombuffer(data, np.uint8))


@pytest.mark.skipif(not written_pages().available(), reason="nothing is remembered without it")
def test_nothing_is_held_of_an_array() -> None:
    """Neither a reference nor a weak one nor its memory, so that it can be resized."""
    prints = Fingerprints(CHUNK_SMALL)
    array = np.ones(10 * CHUNK_SMALL, np.uint8)
    before = sys.getrefcount(array)
    prints.of_group("a", [array])
    assert (sys.getrefcount(array), weakref.getweakrefcount(array)) == (before, 0)
    array.resize(9 * CHUNK_SMALL)
    assert prints.of_group("a", [array]) == [plain(array)]
    prints.forget()


@pytest.mark.skipif(not written_pages().available(), reason="nothing is remembered without it")
def test_what_no_group_has_any_more_is_forgotten() -> None:
    """Buffers are remembered for as long as their group has them, and is there."""
    prints = Fingerprints(CHUNK_SMALL)
    one, other = (np.full(5 * CHUNK_SMALL, value, np.uint8) for value in range(2))
    prints.of_group("a", [one, other])
    prints.of_group("b", [])
    assert len(prints) == 2
    prints.of_group("a", [other])
    assert len(prints) == 1
    prints.keep_only({"b"})
    assert len(prints) == 0


@pytest.mark.skipif(not written_pages().available(), reason="nothing is watched without it")
def test_what_nobody_asks_for_any_more_goes_unwatched() -> None:
    """The memory of a notebook that is gone is let go when the next one asks."""
    book = WrittenPages()
    try:
        array = np.ones(10 * CHUNK_SMALL, np.uint8)
        gone = Fingerprints(CHUNK_SMALL, pages=book)
        gone.digests(array)
        del gone
        gc.collect()
        prints = Fingerprints(CHUNK_SMALL, pages=book)
        prints.digests(array)
        assert book.count == 1
    finally:
        book.close()


def test_addresses_may_go_from_one_object_to_another(prints: Fingerprints) -> None:
    """Arrays that follow each other at one address are never taken for each other."""
    for value in range(30):
        array = np.full(10 * CHUNK_SMALL, value % 7, np.uint8)
        assert prints.digests(array) == plain(array)
        del array


def test_the_number_of_remembered_buffers_is_bounded() -> None:
    """The one that was not asked about for longest is forgotten."""
    prints = Fingerprints(CHUNK_SMALL, limit=3)
    arrays = [np.full(5 * CHUNK_SMALL, value, np.uint8) for value in range(6)]
    for array in (*arrays, *reversed(arrays)):
        assert prints.digests(array) == plain(array)
    assert len(prints) <= 3
    prints.forget()
    assert len(prints) == 0


def test_chunks_are_hashed_alike_on_any_number_of_threads() -> None:
    """A buffer of many chunks has the digests that a small part of it has."""
    prints = Fingerprints()
    array = np.random.default_rng(1).integers(0, 255, 70 * CHUNK + 5, np.uint8)
    assert prints.digests(array) == plain(array, CHUNK)
    prints.forget()
