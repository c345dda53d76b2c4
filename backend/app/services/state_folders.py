"""Where the states of a workspace's notebooks lie, and which of them are open in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from ..errors import InvalidIdError, UnknownSnapshotError
from ..models.snapshot import SavedNotebook
from ..names import check_id
from ..settings import Settings
from ..state.few_open import FewOpen
from ..state.open_folder import DATABASE, PACKS
from ..state.signing import Key, load_key
from ..state.store import Store
from .file_time import changed_at

_STATE = "state"
_OPEN = 32
"""States that are open at a time: each takes three descriptors and up to a few megabytes."""


class StateFolders:
    """The states of one workspace: each held as long as its notebook is, or for one visit.

    Of those that are held few are open. The others rest, and another process may have them.

    Args:
        settings: where, and how safely.
        key: signs them; None takes the user's from its file when it is needed.
    """

    def __init__(self, settings: Settings, key: Key | None = None) -> None:
        self._settings = settings
        self._key = key
        self._root = settings.workspace_dir.absolute()
        self._held: dict[str, Store] = {}
        self._few = FewOpen(_OPEN)
        self._turns: dict[str, RLock] = {}

    def close(self) -> None:
        """Let go of every folder."""
        while self._held:
            self._held.popitem()[1].close()

    def turn(self, notebook_id: str) -> RLock:
        """To be held by who opens a notebook's state, or changes where it goes on from."""
        return self._turns.setdefault(notebook_id, RLock())

    def path(self, notebook_id: str) -> Path:
        """The folder of a notebook's state, which need not exist.

        Raises:
            InvalidIdError: the id cannot be one.
        """
        return self._root / check_id("notebook", notebook_id) / _STATE

    def has(self, notebook_id: str) -> bool:
        """Whether there is a state on disk; also where one may not look."""
        try:
            return (self.path(notebook_id) / DATABASE).is_file()
        except OSError:
            return True

    def notebooks(self) -> list[SavedNotebook]:
        """Every notebook of which there is a state, by id."""
        found = self._root.glob(f"*/{_STATE}/{DATABASE}")
        ids = (path.parent.parent.name for path in found)
        return [self._saved(name) for name in sorted(filter(_may_be_id, ids))]

    def hold(self, notebook_id: str) -> Store:
        """A notebook's state, made if need be, held until it is released."""
        store = self._held.get(notebook_id)
        if store is None:
            store = self._held[notebook_id] = self._open(notebook_id, self._few)
        return store

    def release(self, notebook_id: str) -> None:
        """Close a state that was held."""
        store = self._held.pop(notebook_id, None)
        if store is not None:
            store.close()

    @contextmanager
    def visit(self, notebook_id: str) -> Iterator[Store]:
        """A notebook's state, opened for this visit unless it is held.

        Raises:
            UnknownSnapshotError: there is none.
            StateLockedError: it is open elsewhere.
        """
        with self.turn(notebook_id):
            if (store := self._held.get(notebook_id)) is not None:
                yield store
                return
            self._check_there(notebook_id)
            with self._open(notebook_id) as store:
                yield store

    @contextmanager
    def fill(self, notebook_id: str) -> Iterator[Store]:
        """The state of a notebook that is not open; if it is new and the visit fails, it is gone.

        Raises:
            StateLockedError: it is open, here or elsewhere.
        """
        with self.turn(notebook_id):
            is_new = not self.has(notebook_id)
            try:
                with self._open(notebook_id) as store:
                    yield store
            except BaseException:
                if is_new:
                    shutil.rmtree(self.path(notebook_id), ignore_errors=True)
                raise

    def _open(self, notebook_id: str, few: FewOpen | None = None) -> Store:
        settings = self._settings
        return Store(
            self.path(notebook_id),
            notebook_id,
            key=self._key or load_key(settings.key_file),
            durability="power" if settings.durability == "power" else "process",
            quota=settings.snapshot_bytes,
            few=few,
        )

    def _check_there(self, notebook_id: str) -> None:
        if not self.has(notebook_id):
            raise UnknownSnapshotError(
                f"There is no saved state of a notebook {notebook_id!r} in {self._root}."
            )

    def _saved(self, notebook_id: str) -> SavedNotebook:
        sizes, times = zip(*_looked_at(self.path(notebook_id)), strict=True)
        written = changed_at(max(times))
        return SavedNotebook(notebook_id=notebook_id, bytes=sum(sizes), time=written)


def _looked_at(folder: Path) -> Iterator[tuple[int, float]]:
    """Length and last change of each file; packs come and go while a notebook is open elsewhere."""
    yield 0, 0.0
    for pattern in (f"{DATABASE}*", f"{PACKS}/*"):
        for path in folder.glob(pattern):
            try:
                found = path.stat()
            except OSError:
                continue
            yield found.st_size, found.st_mtime


def _may_be_id(name: str) -> bool:
    try:
        check_id("notebook", name)
    except InvalidIdError:
        return False
    return True
