"""The open notebooks of one service, and where on disk each one lives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock

from ..errors import InvalidInputError, StorageError
from ..names import check_id
from ..runtime.kernel import Kernel
from ..settings import Settings
from ..state.disk import Disk


class Kernels:
    """Kernels by notebook id; an unknown notebook is opened when it is asked for. Thread-safe.

    Args:
        settings: limits, and the root of all notebooks' folders.
        prepare: puts into a new namespace what it has besides Python's own names.
    """

    def __init__(self, settings: Settings, prepare: Callable[[dict[str, object]], None]) -> None:
        self._settings = settings
        self._prepare = prepare
        self._open: dict[str, Kernel] = {}
        self._lock = Lock()

    def __iter__(self) -> Iterator[Kernel]:
        return iter(list(self._open.values()))

    def open(self, notebook_id: str, cwd: Path | str | None) -> None:
        """Open a notebook, in a working folder of its own or in this one.

        Raises:
            InvalidIdError: the id cannot be one.
            InvalidInputError: the folder is none, or the notebook is open already.
            StorageError: its own folder cannot be made.
        """
        check_id("notebook", notebook_id)
        folder = Path(cwd).absolute() if cwd is not None else None
        if folder is not None and not folder.is_dir():
            raise InvalidInputError(f"The working folder {folder} is not a folder.")
        with self._lock:
            if notebook_id in self._open:
                raise InvalidInputError(f"Notebook {notebook_id!r} is open already.")
            self._open[notebook_id] = self._new(notebook_id, folder)

    def find(self, notebook_id: str) -> Kernel | None:
        """The kernel of a notebook, if it is open.

        Raises:
            InvalidIdError: the id cannot be one.
        """
        return self._open.get(check_id("notebook", notebook_id))

    def get(self, notebook_id: str) -> Kernel:
        """The kernel of a notebook, which is opened if need be.

        Raises:
            InvalidIdError: the id cannot be one.
            StorageError: its folder cannot be made.
        """
        kernel = self.find(notebook_id)
        if kernel is not None:
            return kernel
        with self._lock:
            if notebook_id not in self._open:
                self._open[notebook_id] = self._new(notebook_id, None)
            return self._open[notebook_id]

    def have_shown(self, display_id: str) -> bool:
        """Whether a cell of any notebook has shown a display with this id."""
        return any(display_id in kernel.displays for kernel in self)

    def renew(self, kernel: Kernel) -> None:
        """Give the notebook a new kernel in the same folder; the old one takes no more cells."""
        with self._lock:
            self._open[kernel.notebook_id] = self._new(kernel.notebook_id, kernel.folder)
            kernel.closed = True

    def remove(self, kernel: Kernel) -> None:
        """Take it out; it takes no more cells."""
        with self._lock:
            if self._open.get(kernel.notebook_id) is kernel:
                del self._open[kernel.notebook_id]
            kernel.closed = True

    def remove_all(self) -> list[Kernel]:
        """Take all of them out; they take no more cells."""
        with self._lock:
            kernels, self._open = list(self._open.values()), {}
        for kernel in kernels:
            kernel.closed = True
        return kernels

    def folder(self, notebook_id: str, part: str) -> Path:
        """The notebook's folder for `data` or `artifacts`; it need not exist.

        Raises:
            InvalidIdError: the id cannot be one.
        """
        root = self._settings.workspace_dir.absolute()
        return root / check_id("notebook", notebook_id) / part

    def _new(self, notebook_id: str, folder: Path | None) -> Kernel:
        if folder is None:
            folder = self.folder(notebook_id, "data")
            try:
                Disk().make_folder(folder, lasting=self._settings.durability == "power")
            except OSError as error:
                raise StorageError(
                    f"The folder {folder} of notebook {notebook_id!r} cannot be made: "
                    f"{error.strerror}. Choose another with NBENGINE_WORKSPACE_DIR."
                ) from None
        kernel = Kernel(notebook_id, folder, self._settings)
        self._prepare(kernel.namespace)
        return kernel
