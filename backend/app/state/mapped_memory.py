"""Content on disk as memory: one writable stretch whose pages are the packs' own until written."""

from __future__ import annotations

import ctypes
import functools
import mmap
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from io import BufferedReader, FileIO
from typing import Any, NamedTuple

from .chunk_packs import ALIGNMENT

_MOST_RUNS = 8192
"""Mappings for one buffer; Linux allows a process some 65,000."""
_lost: list[memoryview] = []


class Run(NamedTuple):
    """Bytes that lie side by side."""

    length: int
    pack: int | None = None
    place: int = 0
    content: bytes = b""
    """The bytes themselves, if they lie in no pack."""


def joined(runs: Sequence[Run]) -> list[Run]:
    """The same bytes in as few runs as there can be."""
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last and run.pack is not None and _follows(run, last):
            joined[-1] = last._replace(length=last.length + run.length)
        else:
            joined.append(run)
    return joined


def gather(
    runs: Sequence[Run], open_pack: Callable[[int], FileIO], *, copied: bool = False
) -> memoryview:
    """One writable stretch of memory with the content of all runs, private to who has it.

    Pages are mapped where they can be and read where not.

    Args:
        runs: where the content lies.
        open_pack: opens one by its number.
        copied: whether all of it is read, so that it stays whatever becomes of the files.

    Raises:
        OSError: a pack cannot be read.
        EOFError: a pack is shorter than it was.
    """
    length = sum(run.length for run in runs)
    with ExitStack() as stack:
        files = {
            number: stack.enter_context(open_pack(number))
            for number in {run.pack for run in runs if run.pack is not None}
        }
        _check_lengths(runs, files)
        if not copied and _can_map(runs):
            try:
                return _mapped(length, runs, files)
            except OSError:
                pass
        memory = own_memory(length)
        at = 0
        for run in runs:
            _read(memory[at : at + run.length], run, files)
            at += run.length
        return memory


def own_memory(length: int) -> memoryview:
    """Writable memory of nobody else's, which begins with a page where there are such."""
    if sys.platform == "win32" or not length:
        return memoryview(bytearray(length))
    return memoryview(mmap.mmap(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


def content_of(run: Run, open_pack: Callable[[int], FileIO]) -> bytes:
    """The bytes themselves.

    Raises:
        OSError, EOFError: as `gather`.
    """
    if run.pack is None:
        return run.content
    with open_pack(run.pack) as file, BufferedReader(file) as reader:
        _check_lengths([run], {run.pack: file})
        reader.seek(run.place)
        return reader.read(run.length)


def _follows(run: Run, last: Run) -> bool:
    return run.pack == last.pack and run.place == last.place + last.length


def _check_lengths(runs: Sequence[Run], files: dict[int, FileIO]) -> None:
    """A page behind the end of its file would kill whoever looks at it."""
    for run in runs:
        if run.pack is not None:
            size = os.fstat(files[run.pack].fileno()).st_size
            if size < run.place + run.length:
                raise EOFError(f"pack {run.pack} ends after {size} bytes")


def _can_map(runs: Sequence[Run]) -> bool:
    if sys.platform == "win32" or ctypes.sizeof(ctypes.c_void_p) != 8 or len(runs) > _MOST_RUNS:
        return False
    return any(run.pack is not None for run in runs)


def _mapped(length: int, runs: Sequence[Run], files: dict[int, FileIO]) -> memoryview:
    memory = own_memory(length)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    at = 0
    for run in runs:
        if run.pack is not None and at % ALIGNMENT == 0 and run.place % ALIGNMENT == 0:
            try:
                _map_over(start + at, run, files[run.pack])
            except OSError:
                _lost.append(memory)  # A hole in it may be somebody else's by now.
                raise
        else:
            _read(memory[at : at + run.length], run, files)
        at += run.length
    return memory


def _map_over(address: int, run: Run, file: FileIO) -> None:
    """Put a file's pages in the place of these; they go when the region goes."""
    if sys.platform == "win32":
        raise OSError("no file is put in the place of memory here")
    protection = mmap.PROT_READ | mmap.PROT_WRITE
    flags = mmap.MAP_PRIVATE | _MAP_FIXED
    got = _mmap()(address, run.length, protection, flags, file.fileno(), run.place)
    if got != address:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


_MAP_FIXED = 0x10
"""Source: POSIX <sys/mman.h>; the same number on Linux, macOS and the BSDs."""


@functools.cache
def _mmap() -> Callable[..., Any]:
    function: Any = ctypes.CDLL(None, use_errno=True).mmap
    function.restype = ctypes.c_void_p
    function.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        *[ctypes.c_int] * 3,
        ctypes.c_int64,
    ]
    return function  # type: ignore[no-any-return]


def _read(memory: memoryview, run: Run, files: dict[int, FileIO]) -> None:
    if run.pack is None:
        memory[:] = run.content
        return
    file = files[run.pack]
    file.seek(run.place)
    while memory.nbytes:
        got = file.readinto(memory)
        if not got:
            raise EOFError(f"pack {run.pack} ends early")
        memory = memory[got:]
