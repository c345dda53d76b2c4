from __future__ import annotations

import gc
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
    assert prints.digests(array, array) == plain(array)
    assert prints.digests(array, array) == plain(array)


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
    assert prints.digests(array, array) == plain(array)
    for number, (start, length) in enumerate(writes):
        whole[start : start + length] = number + 2
        assert prints.digests(array, array) == plain(array)
    prints.forget()


@pytest.mark.skipif(not written_pages().available(), reason="nothing is remembered without it")
def test_what_was_not_written_is_not_read_again() -> None:
    """An unwritten buffer's digests are the very ones of the last time, a written one's in part."""
    prints = Fingerprints(CHUNK_SMALL)
    array = np.ones(20 * CHUNK_SMALL, np.uint8)
    first = prints.digests(array, array)
    assert prints.digests(array, array) is first
    array[10 * CHUNK_SMALL + CHUNK_SMALL // 2] = 2
    second = prints.digests(array, array)
    same = [old is new for old, new in zip(first, second, strict=True)]
    assert same == [number != 10 for number in range(20)]
    prints.forget()
    assert prints.digests(array, array) is not second


@pytest.mark.skipif(not written_pages().available(), reason="nothing is remembered without it")
def test_views_that_come_and_go_are_one_buffer() -> None:
    """The array that has the memory counts as owner, whichever view of it is asked about."""
    prints = Fingerprints(CHUNK_SMALL)
    table = np.ones((1000, 1000))
    first = prints.digests(table.T, table.T)
    assert prints.digests(table.T, table.T) is first
    prints.forget()


def test_views_of_one_array_see_each_others_writes(prints: Fingerprints) -> None:
    """Asking about one of two that overlap does not hide a write from the other."""
    whole = np.zeros(20 * CHUNK_SMALL, np.uint8)
    left, right = whole[: 12 * CHUNK_SMALL], whole[8 * CHUNK_SMALL :]
    for value in range(1, 4):
        whole[10 * CHUNK_SMALL] = value
        for part in (left, right, whole):
            assert prints.digests(part, part) == plain(part)


def test_two_who_ask_about_one_buffer(prints: Fingerprints) -> None:
    """Each is told of every write."""
    other = Fingerprints(CHUNK_SMALL)
    array = np.zeros(20 * CHUNK_SMALL, np.uint8)
    for value in range(1, 4):
        array[7 * CHUNK_SMALL] = value
        assert prints.digests(array, array) == plain(array) == other.digests(array, array)
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
        assert prints.digests(array, array) == plain(array)


@pytest.mark.parametrize("make", [bytearray, bytes])
def test_owners_without_weak_references(prints: Fingerprints, make: type[Any]) -> None:
    """They are hashed each time, and right."""
    data = make(5 * CHUNK_SMALL)
    assert prints.digests(data, data) == plain(np.frombuffer(data, np.uint8))
    if isinstance(data, bytearray):
        data[4 * CHUNK_SMALL] = 1
    assert prints.digests(data, data) == plain(np.frombuffer(data, np.uint8))


def test_an_owner_is_not_kept_alive_and_its_address_may_go_to_another(
    prints: Fingerprints,
) -> None:
    """Arrays that follow each other at one address are never taken for each other."""
    for value in range(30):
        array = np.full(10 * CHUNK_SMALL, value % 7, np.uint8)
        assert prints.digests(array, array) == plain(array)
        del array
        gc.collect(0)
    last = np.zeros(10 * CHUNK_SMALL, np.uint8)
    prints.digests(last, last)
    assert len(prints) <= 1


def test_the_number_of_remembered_buffers_is_bounded() -> None:
    """The one that was not asked about for longest is forgotten."""
    prints = Fingerprints(CHUNK_SMALL, limit=3)
    arrays = [np.full(5 * CHUNK_SMALL, value, np.uint8) for value in range(6)]
    for array in (*arrays, *reversed(arrays)):
        assert prints.digests(array, array) == plain(array)
    assert len(prints) <= 3
    prints.forget()
    assert len(prints) == 0


def test_chunks_are_hashed_alike_on_any_number_of_threads() -> None:
    """A buffer of many chunks has the digests that a small part of it has."""
    prints = Fingerprints()
    array = np.random.default_rng(1).integers(0, 255, 70 * CHUNK + 5, np.uint8)
    assert prints.digests(array, array) == plain(array, CHUNK)
    prints.forget()
