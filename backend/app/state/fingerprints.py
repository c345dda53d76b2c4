"""What the chunks of big buffers are now: their digests, computed again only where it must be.

Where the kernel keeps book of written pages, the digests of a buffer are remembered together with
a watch over its whole pages and the bytes of the two broken ones at its edges. Everywhere else
every question costs a hash of the whole buffer.

Nothing is held of an object that has a buffer, not even a weak reference: NumPy resizes no array
that anybody has one to. None is needed, because who asks has the memory, and what is known of pages
holds for whatever lies in them.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass
from itertools import compress
from mmap import mmap
from pickle import PickleBuffer
from threading import Thread
from typing import Any
from weakref import finalize, ref

from blake3 import blake3

from .written_pages import Span, Watch, WrittenPages, written_pages

CHUNK = 1 << 20
"""Bytes of a chunk."""
_WATCHED_FROM = 1 << 18
"""Bytes below which a buffer is hashed sooner than watched."""
_SHARED_FROM = 32
"""Chunks from which on several threads hash."""
_THREADS = min(4, os.cpu_count() or 1)

_Key = tuple[int, int]
"""Address and length."""


@dataclass(slots=True)
class _Known:
    """A buffer as it was at the last look."""

    watch: Watch
    digests: tuple[bytes, ...]
    edges: tuple[bytes, bytes]
    """The bytes before its first whole page and after its last."""
    mapping: ref[mmap] | None = None
    """Of the engine's own: what is known of a mapped file ends with it."""


_abandoned: list[dict[_Key, _Known]] = []
"""What was remembered by those who are no more."""


class Fingerprints:
    """Digests of buffers, remembered by address and length for as long as a group has them.

    For one thread at a time. Memory is looked at as it is: who writes into it meanwhile gets a
    digest of neither state, and the next look finds the chunk changed again; so whoever stores
    chunks under these digests must see to it that nothing writes, or compare.
    """

    def __init__(
        self, chunk: int = CHUNK, limit: int = 1000, pages: WrittenPages | None = None
    ) -> None:
        self._chunk = chunk
        self._limit = limit
        self._pages = pages
        self._known: dict[_Key, _Known] = {}
        self._groups: dict[str, set[_Key]] = {}
        # The collector may call this anywhere, so it does nothing but append.
        finalize(self, _abandoned.append, self._known).atexit = False

    def __len__(self) -> int:
        """How many buffers are remembered."""
        return len(self._known)

    def of_group(self, group: str, views: Iterable[Any]) -> list[tuple[bytes, ...]]:
        """The digests of each of a group's buffers; of others that it had nothing is remembered."""
        views = list(views)
        keys = set(map(_key, views))
        self._drop(self._groups.pop(group, set()) - keys)
        self._groups[group] = keys
        return list(map(self.digests, views))

    def keep_only(self, groups: Collection[str]) -> None:
        """Forget what other groups had."""
        for gone in [group for group in self._groups if group not in groups]:
            self._drop(self._groups.pop(gone))

    def digests(self, view: Any) -> tuple[bytes, ...]:
        """The blake3 digests of a buffer's chunks, in order; the last chunk may be shorter.

        Args:
            view: anything whose buffer is contiguous, in whichever order.
        """
        with PickleBuffer(view).raw() as data:
            if data.nbytes < _WATCHED_FROM:
                return self._all(data)
            return self._remembered(data)

    def adopt(self, group: str, view: memoryview, digests: tuple[bytes, ...]) -> None:
        """A group's private mapping of stored content that nobody has written to yet."""
        mapping, key = view.obj, _key(view)
        if not isinstance(mapping, mmap) or view.nbytes < _WATCHED_FROM:
            return
        self._drop([key])
        watch = self._book().watch_file(*key)
        if watch is not None:
            edges = _edges(view, watch.start - key[0], watch.stop - key[0])
            self._known[key] = _Known(watch, digests, edges, ref(mapping))
            self._groups.setdefault(group, set()).add(key)

    def forget(self) -> None:
        """Remember nothing, and let all memory go unwatched."""
        self._groups.clear()
        _end(self._known)

    def _remembered(self, data: memoryview) -> tuple[bytes, ...]:
        key = _key(data)
        known = self._known.get(key)
        if known is not None and known.mapping is not None and known.mapping() is None:
            self._drop([key])
        known = self._known.pop(key, None) or self._begun(key)
        if known is None:
            return self._all(data)
        self._known[key] = known
        if len(self._known) > self._limit:
            self._drop([next(iter(self._known))])
        self._look_again(known, data, key[0])
        return known.digests

    def _look_again(self, known: _Known, data: memoryview, address: int) -> None:
        """Until the new digests are right there are none: an interrupt leaves nothing false."""
        before, known.digests = known.digests, ()
        written = known.watch.written()
        start, stop = known.watch.start - address, known.watch.stop - address
        edges = _edges(data, start, stop)
        if written is None or not before:
            digests = self._all(data)
        else:
            spans = [(first - address, last - address) for first, last in written]
            changed = [old != new for old, new in zip(known.edges, edges, strict=True)]
            spans += compress(((0, start), (stop, data.nbytes)), changed)
            digests = self._replaced(before, data, self._chunks_of(spans))
        known.digests, known.edges = digests, edges

    def _replaced(
        self, digests: tuple[bytes, ...], data: memoryview, chunks: Sequence[int]
    ) -> tuple[bytes, ...]:
        renewed = dict(zip(chunks, self._hashed(data, chunks), strict=True))
        if not renewed:
            return digests
        return tuple(renewed.get(number, digest) for number, digest in enumerate(digests))

    def _all(self, data: memoryview) -> tuple[bytes, ...]:
        return tuple(self._hashed(data, range(-(-data.nbytes // self._chunk))))

    def _hashed(self, data: memoryview, chunks: Sequence[int]) -> list[bytes]:
        size = self._chunk
        return hash_all([data[number * size : (number + 1) * size] for number in chunks])

    def _chunks_of(self, spans: Iterable[Span]) -> list[int]:
        size = self._chunk
        return sorted({c for a, b in spans for c in range(a // size, -(-b // size))})

    def _begun(self, key: _Key) -> _Known | None:
        """A buffer of which nothing is known yet, if it can be watched."""
        watch = self._book().watch(*key)
        return _Known(watch, (), (b"", b"")) if watch else None

    def _book(self) -> WrittenPages:
        """The kernel's, without what is watched for nobody any more."""
        while _abandoned:
            _end(_abandoned.pop())
        return self._pages or written_pages()

    def _drop(self, keys: Iterable[_Key]) -> None:
        for key in keys:
            known = self._known.pop(key, None)
            if known is not None:
                known.watch.end()


def _end(known: dict[_Key, _Known]) -> None:
    while known:
        known.popitem()[1].watch.end()


def _edges(data: memoryview, start: int, stop: int) -> tuple[bytes, bytes]:
    return bytes(data[:start]), bytes(data[stop:])


def _key(view: Any) -> _Key:
    """Where a buffer begins, and its bytes."""
    import numpy as np

    with PickleBuffer(view).raw() as data:
        place: int = np.frombuffer(data, np.uint8).__array_interface__["data"][0]
        return place, data.nbytes


def hash_all(pieces: Sequence[memoryview]) -> list[bytes]:
    """The digests of the pieces; blake3 lets go of the interpreter's lock, so threads help."""
    digests = [b""] * len(pieces)
    waiting = deque(range(len(pieces)))

    def work() -> None:
        while waiting:
            try:
                number = waiting.popleft()
            except IndexError:
                return
            digests[number] = blake3(pieces[number]).digest()

    helpers = list(_started(work)) if len(pieces) >= _SHARED_FROM else []
    work()
    for helper in helpers:
        helper.join()
    return digests


def _started(work: Callable[[], None]) -> Iterator[Thread]:
    """Threads beside the calling one; none where the interpreter gives no more, at its end."""
    for _ in range(1, _THREADS):
        helper = Thread(target=work, name="nbengine-fingerprints")
        try:
            # In a context of its own: it is no thread of the cell.
            Context().run(helper.start)
        except RuntimeError:
            return
        yield helper
