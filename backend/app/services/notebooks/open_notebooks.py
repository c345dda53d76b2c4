"""The notebooks that are in memory: each once, opened by whoever asks first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, RLock, Thread
from time import monotonic

from ...errors import CapacityError, NbengineError, NotebookBusyError
from ..late_work import LateWork
from .open_notebook import OpenNotebook

_log = logging.getLogger("nbengine.notebooks")

_PATIENCE = 5.0
"""Seconds for which those are waited for who look for a notebook that is not there."""


@dataclass(eq=False)
class _Slot:
    """Where one notebook is, if it is open."""

    notebook: OpenNotebook | None = None
    users: int = 0
    """Threads that have the lock, or wait for it."""
    lock: RLock = field(default_factory=RLock)


class OpenNotebooks:
    """Opens and closes notebooks. Thread-safe; none waits for another one's disk.

    Args:
        open_one: reads the notebook with this id.
        most: how many may be open, about.
    """

    def __init__(self, open_one: Callable[[str], OpenNotebook], most: int) -> None:
        self._open_one = open_one
        self._most = most
        self._slots: dict[str, _Slot] = {}
        """Those used last come last."""
        self._late = LateWork()
        self._is_closed = False
        self._lock = Lock()

    def __iter__(self) -> Iterator[OpenNotebook]:
        with self._lock:
            slots = list(self._slots.values())
        return iter([slot.notebook for slot in slots if slot.notebook is not None])

    def get(self, notebook_id: str) -> OpenNotebook:
        """An open notebook; who has taken it for himself is waited for.

        Raises:
            UnknownNotebookError, NotebookFileError: it cannot be opened.
            CapacityError: no notebook is opened any more.
        """
        with self._lock:
            notebook = self._at_hand(notebook_id)
        if notebook is None:
            with self._taken(notebook_id) as slot:
                notebook = self._opened(notebook_id, slot)
        return notebook

    def find(self, notebook_id: str) -> OpenNotebook | None:
        """A notebook, if it is open."""
        with self._lock:
            slot = self._slots.get(notebook_id)
            return slot.notebook if slot is not None else None

    @contextmanager
    def taken(self, notebook_id: str) -> Iterator[OpenNotebook]:
        """A notebook that nobody else gets within; if it is closed then, it has gone.

        Raises:
            As `get`.
        """
        with self._taken(notebook_id) as slot:
            notebook = self._opened(notebook_id, slot)
            try:
                yield notebook
            finally:
                if notebook.is_closed:
                    slot.notebook = None

    @contextmanager
    def kept_free(self, notebook_id: str) -> Iterator[None]:
        """Within it nobody gets a notebook of this id, which is still to be made.

        Raises:
            NotebookBusyError: somebody has it open, though nothing lies there.
        """
        with self._lock:
            slot = self._slots.setdefault(notebook_id, _Slot())
            slot.users += 1
        is_ours = slot.lock.acquire(timeout=_PATIENCE)  # others find that nothing lies there
        try:
            if not is_ours or slot.notebook is not None:
                raise NotebookBusyError(f"Notebook {notebook_id!r} is in use: try again.")
            yield
        finally:
            if is_ours:
                slot.lock.release()
            self._leave(notebook_id, slot)

    def close(self) -> None:
        """End what runs in all of them at once, save and close them, open no more."""
        with self._lock:
            self._is_closed = True
        self._late.finish()
        threads = [Thread(target=_end, args=(each,), daemon=True) for each in self]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with self._lock:
            self._slots.clear()

    # ------------------------------------------------ inside

    def _at_hand(self, notebook_id: str) -> OpenNotebook | None:
        """One that is open and that nobody has taken, so that nobody is waited for."""
        self._check_open()
        slot = self._slots.get(notebook_id)
        if slot is None or slot.users or slot.notebook is None:
            return None
        self._slots[notebook_id] = self._slots.pop(notebook_id)
        slot.notebook.used = monotonic()
        return slot.notebook

    def _check_open(self) -> None:
        if self._is_closed:
            raise CapacityError("No notebook is opened any more: the server is ending.")

    @contextmanager
    def _taken(self, notebook_id: str) -> Iterator[_Slot]:
        with self._lock:
            self._check_open()
            slot = self._slots.pop(notebook_id, None) or _Slot()
            self._slots[notebook_id] = slot
            slot.users += 1
        try:
            with slot.lock:
                yield slot
        finally:
            self._leave(notebook_id, slot)

    def _leave(self, notebook_id: str, slot: _Slot) -> None:
        with self._lock:
            slot.users -= 1
            if not slot.users and slot.notebook is None:
                self._slots.pop(notebook_id, None)

    def _opened(self, notebook_id: str, slot: _Slot) -> OpenNotebook:
        if slot.notebook is None:
            slot.notebook = self._open_one(notebook_id)
            if len(self._slots) > self._most:
                self._late.within(self._make_room, 0)
            self._check_open()
        slot.notebook.used = monotonic()
        return slot.notebook

    def _make_room(self) -> None:
        """Close those that nobody has used for longest, as far as nobody wants them."""
        with self._lock:
            slots = list(self._slots.items())
        idle = [name for name, each in slots if each.notebook and each.notebook.is_idle]
        for notebook_id in idle[: max(0, len(slots) - self._most)]:
            with suppress(CapacityError), self._taken(notebook_id) as slot:
                if slot.notebook is not None and _closes(slot.notebook):
                    slot.notebook = None


def _closes(notebook: OpenNotebook) -> bool:
    try:
        return notebook.close_if_idle()
    except NbengineError as error:
        _log.warning("%s It stays open.", error)
        return False


def _end(notebook: OpenNotebook) -> None:
    try:
        notebook.end()
    except NbengineError as error:
        _log.warning("%s", error)
