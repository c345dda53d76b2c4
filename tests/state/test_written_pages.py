from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbengine.state.written_pages import PAGE, Watch, WrittenPages, written_pages

PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS if os.name == "posix" else 0

needs_kernel = pytest.mark.skipif(
    not written_pages().available(), reason="the kernel keeps no book of written pages"
)
Eye = Callable[..., Watch]


class Memory:
    """Some pages of private memory, all of them there."""

    def __init__(self, pages: int = 8) -> None:
        self.map = mmap.mmap(-1, pages * PAGE, flags=PRIVATE)
        self.bytes = np.frombuffer(self.map, np.uint8)
        self.bytes[:] = 1
        self.address: int = self.bytes.ctypes.data

    def watch(self, book: WrittenPages, first: int = 0, last: int = 8) -> Watch:
        watch = book.watch(self.address + first * PAGE, (last - first) * PAGE)
        assert watch is not None
        return watch

    def pages(self, watch: Watch) -> set[int] | None:
        """Numbers of the pages that the watch says are written."""
        spans = watch.written()
        if spans is None:
            return None
        return {
            page
            for start, stop in spans
            for page in range((start - self.address) // PAGE, (stop - self.address) // PAGE)
        }


@pytest.fixture
def book() -> Iterator[WrittenPages]:
    book = WrittenPages()
    yield book
    book.close()


@needs_kernel
def test_only_written_pages_are_told_and_only_once(book: WrittenPages) -> None:
    """The first answer is that nothing is known; then each write is told once, reads never."""
    memory = Memory()
    watch = memory.watch(book)
    assert memory.pages(watch) is None
    memory.bytes.sum()
    assert memory.pages(watch) == set()
    memory.bytes[2 * PAGE] = 7
    memory.bytes[5 * PAGE - 1] = 7
    assert memory.pages(watch) == {2, 4}
    assert memory.pages(watch) == set()


@needs_kernel
def test_a_write_of_the_same_value_counts(book: WrittenPages) -> None:
    """It is writing that is seen, not change."""
    memory = Memory()
    watch = memory.watch(book)
    watch.written()
    memory.bytes[0] = memory.bytes[0]
    assert memory.pages(watch) == {0}


@needs_kernel
def test_more_runs_of_pages_than_one_call_can_answer(book: WrittenPages) -> None:
    """A pattern of any number of holes is told whole."""
    memory = Memory(pages=6000)
    watch = memory.watch(book, 0, 6000)
    watch.written()
    memory.bytes[:: 2 * PAGE] = 9
    assert memory.pages(watch) == set(range(0, 6000, 2))
    assert memory.pages(watch) == set()


@needs_kernel
def test_what_the_kernel_and_other_threads_write(book: WrittenPages, tmp_path: Path) -> None:
    """A file that is read into the memory, and a thread's writes, are seen."""
    memory = Memory()
    watch = memory.watch(book)
    watch.written()
    (tmp_path / "file").write_bytes(b"x" * PAGE)
    with (tmp_path / "file").open("rb", buffering=0) as file:
        file.readinto(memoryview(memory.map)[PAGE : 2 * PAGE])
        os.preadv(file.fileno(), [memoryview(memory.map)[3 * PAGE : 4 * PAGE]], 0)
    thread = Thread(target=memory.bytes.__setitem__, args=(6 * PAGE, 3))
    thread.start()
    thread.join()
    assert memory.pages(watch) == {1, 3, 6}


@needs_kernel
def test_no_write_of_a_busy_thread_is_lost(book: WrittenPages) -> None:
    """Whatever a page holds at an answer, a later write to it is in a later answer."""
    memory = Memory()
    watch = memory.watch(book)
    watch.written()
    values = memory.bytes[::PAGE]

    def write() -> None:
        for number in range(4000):
            values[number % 8] = number % 251

    thread = Thread(target=write)
    thread.start()
    seen = values.copy()
    while True:
        is_last = not thread.is_alive()
        pages = memory.pages(watch)
        assert pages is not None
        seen[list(pages)] = values[list(pages)]
        if is_last:
            break
    np.testing.assert_array_equal(seen, values)


@needs_kernel
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("wabc"), st.integers(0, 7)), max_size=30))
def test_watches_that_overlap_do_not_hide_writes_from_one_another(
    steps: list[tuple[str, int]],
) -> None:
    """Whoever asks in whichever order, each learns of every page since its last answer."""
    book = WrittenPages()
    try:
        memory = Memory()
        ranges = {"a": (0, 5), "b": (3, 8), "c": (0, 8)}
        watches = {name: memory.watch(book, *span) for name, span in ranges.items()}
        for watch in (*watches.values(), *watches.values()):
            watch.written()
        expected: dict[str, set[int]] = {name: set() for name in ranges}
        for step, page in steps:
            if step == "w":
                memory.bytes[page * PAGE] = 5
                for name, (first, last) in ranges.items():
                    expected[name] |= {page} & set(range(first, last))
            else:
                assert memory.pages(watches[step]) == expected[step]
                expected[step] = set()
    finally:
        book.close()


@needs_kernel
def test_a_watch_that_begins_hides_nothing_from_an_older_one(book: WrittenPages) -> None:
    """All of it counts as written for the first, once."""
    memory = Memory()
    first = memory.watch(book)
    first.written()
    memory.bytes[PAGE] = 2
    second = memory.watch(book)
    assert memory.pages(second) is None
    assert memory.pages(first) == set(range(8))


@needs_kernel
def test_a_watch_that_ends_leaves_the_others_watching(book: WrittenPages) -> None:
    """Only pages that nobody else watches are let go; who ended learns nothing more."""
    memory = Memory()
    left, right = memory.watch(book, 0, 5), memory.watch(book, 3, 8)
    for watch in (left, right, left, right):
        watch.written()
    left.end()
    left.end()
    memory.bytes[3 * PAGE] = 2
    assert left.written() is None
    assert memory.pages(right) == {3}


@needs_kernel
def test_memory_that_was_mapped_anew_is_unknown(book: WrittenPages) -> None:
    """A watch on an address where other memory lies now does not call it unchanged."""
    memory = Memory()
    watch, address = memory.watch(book), memory.address
    watch.written()
    assert memory.pages(watch) == set()
    del memory.bytes
    memory.map.close()
    again = next(
        (m for m in (Memory() for _ in range(50)) if m.address == address),
        None,
    )
    if again is None:
        pytest.skip("the address was not given out again")
    other = again.watch(book)
    other.written()
    assert watch.written() != []
    again.bytes[PAGE] = 2
    assert again.pages(watch) in (None, {1})


@needs_kernel
@pytest.mark.parametrize("pages", [8, 4096])
def test_memory_that_was_given_back_counts_as_written(book: WrittenPages, pages: int) -> None:
    """Pages that are zero again because they were dropped are not taken for unchanged."""
    memory = Memory(pages)
    watch = memory.watch(book, 0, pages)
    watch.written()
    assert memory.pages(watch) == set()
    memory.map.madvise(mmap.MADV_DONTNEED)
    assert memory.pages(watch) == set(range(pages))
    assert int(memory.bytes.sum()) == 0
    memory.pages(watch)
    assert memory.pages(watch) == set()


@needs_kernel
def test_huge_pages_are_told_apart(book: WrittenPages) -> None:
    """Where the kernel backs memory with big pages, one written byte is still one small page."""
    if not hasattr(mmap, "MADV_HUGEPAGE"):
        pytest.skip("no huge pages here")
    memory = Memory(4096)
    memory.map.madvise(mmap.MADV_HUGEPAGE)
    memory.bytes[:] = 2
    watch = memory.watch(book, 0, 4096)
    watch.written()
    memory.bytes[1000 * PAGE] = 3
    assert memory.pages(watch) == {1000}


@needs_kernel
@pytest.mark.parametrize("flags", ["MAP_SHARED", "MAP_PRIVATE"])
def test_memory_of_files_is_never_called_unchanged(
    book: WrittenPages, tmp_path: Path, flags: str
) -> None:
    """Another process may write the file, so each answer is that nothing is known."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 4 * PAGE)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0, flags=getattr(mmap, flags)) as map_:
        array = np.frombuffer(map_, np.uint8)
        watch = book.watch(array.ctypes.data, array.nbytes)
        assert watch is not None
        assert [watch.written() for _ in range(3)] == [None] * 3
        del array


@needs_kernel
def test_memory_that_is_shared_is_never_called_unchanged(book: WrittenPages) -> None:
    """A child writes into it unseen, so each answer is that nothing is known."""
    with mmap.mmap(-1, 4 * PAGE) as shared:
        array = np.frombuffer(shared, np.uint8)
        watch = book.watch(array.ctypes.data, array.nbytes)
        assert watch is not None
        assert [watch.written() for _ in range(3)] == [None] * 3
        del array


@needs_kernel
def test_two_books_do_not_share_memory(book: WrittenPages) -> None:
    """The second to come learns nothing, and the first loses nothing."""
    memory, other = Memory(), WrittenPages()
    first = memory.watch(book)
    first.written()
    second = memory.watch(other)
    assert [second.written(), second.written()] == [None, None]
    memory.bytes[0] = 4
    assert memory.pages(first) == {0}
    other.close()


@needs_kernel
def test_less_than_a_page_cannot_be_watched(book: WrittenPages) -> None:
    """Only whole pages inside the range are; without any there is no watch."""
    memory = Memory()
    assert book.watch(memory.address + 1, 2 * PAGE - 2) is None
    watch = book.watch(memory.address + 1, 2 * PAGE)
    assert watch is not None
    assert (watch.start, watch.stop) == (memory.address + PAGE, memory.address + 2 * PAGE)


@needs_kernel
def test_a_forked_child_knows_nothing_and_the_parent_forgets_nothing(book: WrittenPages) -> None:
    """The child's old watches are silent and its new book is its own; the parent's go on."""
    memory = Memory()
    watch = memory.watch(book)
    watch.written()
    memory.bytes[2 * PAGE] = 6
    child = os.fork()
    if child == 0:
        silent = watch.written() is None and not book.available() and book.watch(0, PAGE) is None
        fresh = memory.watch(written_pages())
        fresh.written()
        memory.bytes[4 * PAGE] = 6
        os._exit(0 if silent and memory.pages(fresh) == {4} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    memory.bytes[6 * PAGE] = 6
    assert memory.pages(watch) == {2, 6}


def test_a_closed_book_answers_that_nothing_is_known() -> None:
    """It neither raises nor watches."""
    book = WrittenPages()
    memory = np.zeros(4 * PAGE, np.uint8)
    watch = book.watch(memory.ctypes.data, memory.nbytes)
    book.close()
    book.close()
    assert not book.available()
    assert book.watch(memory.ctypes.data, memory.nbytes) is None
    if watch is not None:
        assert watch.written() is None
        watch.end()
