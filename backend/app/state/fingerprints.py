"""What the chunks of big buffers are now: their digests, computed again only where it must be.

Where the kernel keeps book of written pages, the digests of a buffer are remembered together with
a watch over its whole pages and the bytes of the two broken ones at its edges. Everywhere else
every question costs a hash of the whole buffer.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pickle import PickleBuffer
from threading import Thread
from typing import Any

from blake3 import blake3

from .seal import Glance
from .written_pages import Span, Watch, WrittenPages, written_pages

CHUNK = 1 << 20
"""Bytes of a chunk."""
_WATCHED_FROM = 1 << 18
"""Bytes below which a buffer is hashed sooner than watched."""
_SHARED_FROM = 32
"""Chunks from which on several threads hash."""
_THREADS = min(4, os.cpu_count() or 1)

_Key = tuple[int, int]


@dataclass(slots=True)
class _Known:
    """A buffer as it was at the last look."""

    owner: Glance | None
    """None until the first look at memory that was mapped."""
    watch: Watch
    digests: tuple[bytes, ...]
    edges: tuple[bytes, bytes]
    """The bytes before its first whole page and after its last."""


class Fingerprints:
    """Digests of buffers, remembered by address and length while their owner lives.

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
        self._orphans: list[_Key] = []

    def __len__(self) -> int:
        """How many buffers are remembered."""
        return len(self._known)

    def digests(self, view: Any, owner: object) -> tuple[bytes, ...]:
        """The blake3 digests of a buffer's chunks, in order; the last chunk may be shorter.

        Args:
            view: anything whose buffer is contiguous, in whichever order.
            owner: what keeps the memory alive. If it knows no weak references, nothing is
                remembered.
        """
        with PickleBuffer(view).raw() as data:
            if data.nbytes < _WATCHED_FROM:
                return self._all(data)
            return self._remembered(data, _keeper(owner))

    def adopt(self, view: Any, digests: tuple[bytes, ...]) -> None:
        """A private mapping of stored content that nobody has written to yet, and its digests."""
        with PickleBuffer(view).raw() as data:
            key = _address(data), data.nbytes
            if data.nbytes < _WATCHED_FROM or key in self._known:
                return
            watch = (self._pages or written_pages()).watch_file(*key)
            if watch is not None:
                edges = _edges(data, watch.start - key[0], watch.stop - key[0])
                self._known[key] = _Known(None, watch, digests, edges)

    def forget(self) -> None:
        """Remember nothing, and let all memory go unwatched."""
        while self._known:
            self._drop(next(iter(self._known)))

    def _remembered(self, data: memoryview, owner: object) -> tuple[bytes, ...]:
        self._bury()
        key = _address(data), data.nbytes
        known = self._known.get(key)
        if known is not None:
            known.owner = known.owner or self._glance(key, owner)
            if known.owner is None or known.owner() is not owner:
                self._drop(key)
        known = self._known.pop(key, None) or self._begun(key, owner)
        if known is None:
            return self._all(data)
        self._known[key] = known
        if len(self._known) > self._limit:
            self._drop(next(iter(self._known)))
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
        return _hash_all([data[number * size : (number + 1) * size] for number in chunks])

    def _chunks_of(self, spans: Iterable[Span]) -> list[int]:
        size = self._chunk
        return sorted({c for a, b in spans for c in range(a // size, -(-b // size))})

    def _begun(self, key: _Key, owner: object) -> _Known | None:
        """A buffer of which nothing is known yet, if it can be watched."""
        glance = self._glance(key, owner)
        if glance is None:
            return None
        watch = (self._pages or written_pages()).watch(*key)
        return _Known(glance, watch, (), (b"", b"")) if watch else None

    def _glance(self, key: _Key, owner: object) -> Glance | None:
        """A look at the owner while it lives; None of what knows no weak references."""
        try:
            return Glance(owner, partial(_note_orphan, self._orphans, key))
        except TypeError:
            return None

    def _bury(self) -> None:
        """Forget buffers whose owner has died since."""
        while self._orphans:
            key = self._orphans.pop()
            known = self._known.get(key)
            if known is not None and known.owner is not None and known.owner() is None:
                self._drop(key)

    def _drop(self, key: _Key) -> None:
        self._known.pop(key).watch.end()


def _note_orphan(orphans: list[_Key], key: _Key, _glance: object) -> None:
    """The collector may call this anywhere, so it does nothing but append."""
    orphans.append(key)


def _keeper(owner: object) -> object:
    """The array that keeps a view's memory: views come and go with each pickling."""
    numpy = sys.modules.get("numpy")
    while numpy is not None and isinstance(owner, numpy.ndarray):
        if not isinstance(owner.base, numpy.ndarray):
            break
        owner = owner.base
    return owner


def _edges(data: memoryview, start: int, stop: int) -> tuple[bytes, bytes]:
    return bytes(data[:start]), bytes(data[stop:])


def _address(data: memoryview) -> int:
    import numpy as np

    place: int = np.frombuffer(data, np.uint8).__array_interface__["data"][0]
    return place


def _hash_all(pieces: Sequence[memoryview]) -> list[bytes]:
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
