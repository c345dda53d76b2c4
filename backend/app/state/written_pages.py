"""Which pages of this process's memory were written since they were last asked for.

The kernel keeps book where it can (Linux 6.7 and later): memory is registered with userfaultfd for
asynchronous write protection, and the ioctl PAGEMAP_SCAN reads which pages lost their protection
and protects them again, in one step, so that no write falls between two looks, whoever made it:
this thread, another one, or the kernel that reads a file into a buffer.
Source of names and numbers: linux/userfaultfd.h and linux/fs.h.

What it can be trusted with:

- Only private memory is watched, and of files only those of which the asker says that nobody
  changes them. What is shared can change from outside without a write of this process.
- Pages that are not there count as written: the memory may have been given back and be zero now.
  Those of a file come from the file again.
- A mapping that was removed takes its registration with it. Whatever comes to lie at the address is
  unknown until it was registered anew, and then all of it counts as written, for everyone who
  watches the address. Memory that was freed but stayed mapped goes on being watched, so that a new
  object in it counts as written where it differs. Which object it is does not matter, therefore;
  who asks need only be sure that the memory is there, by holding what owns it, and of a file that
  it is still mapped where it was.
- After a fork, a failed call or an interrupt a range is unknown, not unchanged.

Memory that a device writes by itself, without the processor, cannot be seen by anyone.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import struct
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from threading import Lock
from typing import Any

if sys.platform == "win32":
    fcntl: Any = None
else:
    import fcntl

PAGE = mmap.PAGESIZE

Span = tuple[int, int]
"""From the first byte to the one after the last."""

_SPAN_LIMIT = 4096
"""Written spans that are kept apart for a watch that is not asked; more become one."""


class Watch:
    """One asker's eye on the whole pages within a range."""

    def __init__(self, pages: WrittenPages, start: int, stop: int) -> None:
        self.start = start
        """Address of the first whole page in the range."""
        self.stop = stop
        """Address after the last whole page in the range."""
        self.is_registered = False
        self.is_sure = False
        self.is_of_file = False
        self.pending: list[Span] = []
        self.neighbours: list[Watch] = []
        self._pages = pages

    def written(self) -> list[Span] | None:
        """Addresses that may have been written since the last answer; None if nothing is known.

        An answer is given once: who did not get it, because of an interrupt for instance, has to
        take everything for written.
        """
        return self._pages.ask(self)

    def end(self) -> None:
        """Let the memory go unwatched."""
        self._pages.end(self)

    def take(self, spans: list[Span]) -> None:
        """Remember what someone else learned about this memory."""
        self.pending += _within(spans, self.start, self.stop)
        if len(self.pending) > _SPAN_LIMIT:
            starts, stops = zip(*self.pending, strict=True)
            self.pending = [(min(starts), max(stops))]

    def overlaps(self, other: Watch) -> bool:
        """Whether they have pages in common."""
        return self.start < other.stop and other.start < self.stop


class WrittenPages:
    """The watches of one process; anyone's question is answered to everyone it concerns.

    There should be one, `written_pages()`: a second one is refused the memory of the first.

    Never raises to the caller for what the kernel cannot do, and never says "not written" if it is
    not certain. For any number of threads. A forked child has nothing registered: there, all that
    the parent watched is unknown for ever, and a new object is to be made.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._pid = os.getpid()
        self._watches: set[Watch] = set()
        self._kernel = _Kernel.opened()

    @property
    def count(self) -> int:
        """How many watches there are."""
        return len(self._watches)

    def available(self) -> bool:
        """Whether the kernel keeps book for this process."""
        return self._kernel is not None and self._pid == os.getpid()

    def watch(self, address: int, length: int) -> Watch | None:
        """An eye on a range; None if it cannot be watched.

        What the first `written` says is always None; from then on the kernel keeps book.
        """
        watch = Watch(self, -(-address // PAGE) * PAGE, (address + length) // PAGE * PAGE)
        if watch.start >= watch.stop or not self.available():
            return None
        with self._lock:
            watch.neighbours = [other for other in self._watches if other.overlaps(watch)]
            for other in watch.neighbours:
                other.neighbours.append(watch)
            self._watches.add(watch)
        return watch

    def watch_file(self, address: int, length: int) -> Watch | None:
        """An eye on a private mapping of a file that never changes; None if it cannot be watched.

        What the first `written` says counts from now: until then the content is the file's.
        """
        watch = self.watch(address, length)
        if watch is None or self._kernel is None:
            return None
        try:
            self._kernel.protect(watch.start, watch.stop)
        except OSError:
            watch.end()
            return None
        watch.is_registered = watch.is_sure = watch.is_of_file = True
        return watch

    def ask(self, watch: Watch) -> list[Span] | None:
        """What `Watch.written` answers."""
        if not self.available():
            return None
        with self._lock:
            return self._ask(watch) if watch in self._watches else None

    def end(self, watch: Watch) -> None:
        """What `Watch.end` does."""
        if not self.available():
            return
        with self._lock:
            if watch in self._watches:
                self._end(watch)

    def close(self) -> None:
        """Watch nothing any more; every question is answered with None from now on."""
        with self._lock:
            self._watches.clear()
            kernel, self._kernel = self._kernel, None
            if kernel is not None:
                kernel.close()

    def _ask(self, watch: Watch) -> list[Span] | None:
        """Until the kernel's answer has been handed on, nobody whom it concerns is sure."""
        concerned = [other for other in (watch, *watch.neighbours) if other.is_sure]
        for other in concerned:
            other.is_sure = False
        spans = self._scan(watch)
        if spans is None:
            return None
        for other in concerned:
            other.take(spans)
            other.is_sure = True
        watch.is_sure = True
        found, watch.pending = watch.pending, []
        return found if watch in concerned else None

    def _scan(self, watch: Watch) -> list[Span] | None:
        """Everything in the range that was written; it is registered first if it is not yet."""
        assert self._kernel is not None
        start, stop = watch.start, watch.stop
        try:
            if watch.is_registered:
                return list(self._kernel.scan(start, stop, absent_too=not watch.is_of_file))
        except OSError:
            watch.is_of_file = False
        try:
            spans = list(self._kernel.register(start, stop))
        except OSError:
            return None
        watch.is_registered = True
        return spans

    def _end(self, watch: Watch) -> None:
        assert self._kernel is not None
        self._watches.remove(watch)
        for other in watch.neighbours:
            other.neighbours.remove(watch)
        for start, stop in _without(watch, watch.neighbours):
            self._kernel.release(start, stop)


def written_pages() -> WrittenPages:
    """The process's one book; in a forked child it is the child's own."""
    return _book_of(os.getpid())


@cache
def _book_of(_pid: int) -> WrittenPages:
    return WrittenPages()


def _within(spans: Iterable[Span], start: int, stop: int) -> Iterator[Span]:
    for first, last in spans:
        if first < stop and start < last:
            yield max(first, start), min(last, stop)


def _without(watch: Watch, others: Iterable[Watch]) -> Iterator[Span]:
    """The parts of its range that nobody else watches."""
    start = watch.start
    for other in sorted(others, key=lambda other: other.start):
        if other.start > start:
            yield start, other.start
        start = max(start, other.stop)
    if start < watch.stop:
        yield start, watch.stop


_USERFAULTFD = {"x86_64": 323, "aarch64": 282}
"""Numbers of the system call."""
_USER_MODE_ONLY = 1
_API_VERSION = 0xAA
_WP_ASYNC, _WP_UNPOPULATED, _PAGEFAULT_FLAG_WP = 1 << 15, 1 << 13, 1
_REGISTER_WP = 2
_SCAN_PROTECTS, _SCAN_REFUSES_UNREGISTERED = 1, 2
_WRITTEN, _PRESENT = 2, 8
_REGIONS = 1024
"""Runs of pages that one call may answer."""


def _request(direction: int, kind: int, number: int, size: int) -> int:
    """An ioctl's number (asm-generic/ioctl.h)."""
    return direction << 30 | size << 16 | kind << 8 | number


_API = _request(3, 0xAA, 0x3F, 24)
_REGISTER = _request(3, 0xAA, 0x00, 32)
_UNREGISTER = _request(2, 0xAA, 0x01, 16)
_WRITEPROTECT = _request(3, 0xAA, 0x06, 24)
_PAGEMAP_SCAN = _request(3, ord("f"), 16, 96)


class _Kernel:
    """The two descriptors through which the kernel is asked.

    Its methods raise `OSError` for ranges that are not, or cannot be, registered.
    """

    def __init__(self) -> None:
        self._fault = _userfaultfd()
        try:
            wanted = _WP_ASYNC | _WP_UNPOPULATED | _PAGEFAULT_FLAG_WP
            fcntl.ioctl(self._fault, _API, struct.pack("3Q", _API_VERSION, wanted, 0))
            self._pagemap = os.open("/proc/self/pagemap", os.O_RDONLY)
        except BaseException:
            os.close(self._fault)
            raise
        self._regions = (ctypes.c_uint64 * (3 * _REGIONS))()

    @classmethod
    def opened(cls) -> _Kernel | None:
        """Ready for use, and proven on two pages; None if the kernel cannot do it."""
        try:
            kernel = cls()
        except (OSError, AttributeError):
            return None
        if kernel._keeps_its_word():
            return kernel
        kernel.close()
        return None

    def close(self) -> None:
        """Give the descriptors back, and with them every registration."""
        os.close(self._fault)
        os.close(self._pagemap)

    def register(self, start: int, stop: int) -> Iterator[Span]:
        """Let the kernel keep book of a range; all of it counts as written."""
        if not _is_private_memory(start, stop):
            raise OSError("not private anonymous memory")
        length = stop - start
        fcntl.ioctl(self._fault, _REGISTER, struct.pack("4Q", start, length, _REGISTER_WP, 0))
        # Pages that were moved here may bear a protection which guards nothing.
        fcntl.ioctl(self._fault, _WRITEPROTECT, struct.pack("3Q", start, length, 0))
        return self.scan(start, stop)

    def protect(self, start: int, stop: int) -> None:
        """Let the kernel keep book of a private mapping of a file; none of it is written yet."""
        length = stop - start
        fcntl.ioctl(self._fault, _REGISTER, struct.pack("4Q", start, length, _REGISTER_WP, 0))
        fcntl.ioctl(self._fault, _WRITEPROTECT, struct.pack("3Q", start, length, 1))

    def release(self, start: int, stop: int) -> None:
        """Keep no book any more; memory that is gone needs none."""
        try:
            fcntl.ioctl(self._fault, _UNREGISTER, struct.pack("2Q", start, stop - start))
        except OSError:
            pass

    def scan(self, start: int, stop: int, *, absent_too: bool = True) -> Iterator[Span]:
        """Pages that were written, or are not there, and protect them again."""
        flags = _SCAN_PROTECTS | _SCAN_REFUSES_UNREGISTERED
        regions, inverted = self._regions, _PRESENT if absent_too else 0
        asked = (0, ctypes.addressof(regions), _REGIONS, 0, inverted, 0, _WRITTEN | inverted, 0)
        while start < stop:
            call = bytearray(struct.pack("12Q", 96, flags, start, stop, *asked))
            count = 3 * fcntl.ioctl(self._pagemap, _PAGEMAP_SCAN, call)
            yield from zip(regions[0:count:3], regions[1:count:3], strict=True)
            (walked_to,) = struct.unpack_from("Q", call, 32)
            if walked_to <= start:
                raise OSError("the kernel does not get on")
            start = walked_to

    def _keeps_its_word(self) -> bool:
        """Whether a written page is told from one that was only read."""
        if sys.platform != "linux":
            return False
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        with mmap.mmap(-1, 2 * PAGE, flags=flags) as memory:
            memory[:] = b"a" * len(memory)
            start = _address_of(memory)
            try:
                list(self.register(start, start + len(memory)))
                untouched = list(self.scan(start, start + len(memory)))
                memory[PAGE] = 0
                touched = list(self.scan(start, start + len(memory)))
            except OSError:
                return False
        return not untouched and touched == [(start + PAGE, start + 2 * PAGE)]


def _userfaultfd() -> int:
    if sys.platform != "linux":
        raise OSError("only Linux has it")
    number = _USERFAULTFD.get(platform.machine())
    if number is None:
        raise OSError("no userfaultfd")
    call: Any = ctypes.CDLL(None, use_errno=True).syscall
    descriptor = call(number, os.O_CLOEXEC | os.O_NONBLOCK | _USER_MODE_ONLY)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "userfaultfd")
    return int(descriptor)


def _address_of(memory: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def _is_private_memory(start: int, stop: int) -> bool:
    """Whether every mapping in the range belongs to this process alone and to no file."""
    with open("/proc/self/maps", "rb") as maps:  # noqa: PTH123 — half the time of Path.read_bytes
        lines = maps.read().splitlines()
    position = bisect_right(lines, start, key=lambda line: int(line.partition(b"-")[0], 16)) - 1
    while start < stop and position < len(lines):
        addresses, permissions, _offset, _device, inode, *_name = lines[position].split()
        first, last = (int(address, 16) for address in addresses.split(b"-"))
        if not first <= start < last or not permissions.endswith(b"p") or inode != b"0":
            return False
        start, position = last, position + 1
    return start >= stop
