"""The data managers of notebooks, made when they are first asked for."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from ..names import check_id
from ..settings import Settings
from .data_manager import DataManager
from .notebook_service import NotebookService

_MOST = 16
"""Managers that are kept: each may have a process that reads files."""


class NotebookFiles:
    """For each notebook a manager of the files beside its cells. Thread-safe.

    Args:
        notebooks: knows where they lie.
    """

    def __init__(self, notebooks: NotebookService) -> None:
        self._notebooks = notebooks
        self._kept: OrderedDict[Path, DataManager] = OrderedDict()
        self._lock = Lock()

    def of(self, notebook_id: str) -> DataManager:
        """The files in the folder where the cells of a notebook work.

        Raises:
            UnknownNotebookError: there is no such notebook.
            UnknownFileError, StorageError: as `NotebookService.files_folder`.
        """
        root = self._notebooks.folder
        return self._manager(self._notebooks.files_folder(notebook_id), root)

    def artifacts(self, notebook_id: str) -> DataManager:
        """What the engine keeps for a notebook: the whole of streams that were cut.

        Raises:
            UnknownNotebookError: there is no such notebook.
        """
        self._notebooks.channel(notebook_id)
        workspace = self._settings.workspace_dir.absolute()
        folder = workspace / check_id("notebook", notebook_id) / "artifacts"
        return self._manager(folder, workspace)

    def close(self) -> None:
        """End the processes that read files."""
        with self._lock:
            managers = list(self._kept.values())
            self._kept.clear()
        for manager in managers:
            manager.close()

    @property
    def _settings(self) -> Settings:
        return self._notebooks.settings

    def _manager(self, folder: Path, within: Path) -> DataManager:
        with self._lock:
            manager = self._kept.pop(folder, None)
            manager = manager or DataManager(folder, settings=self._settings, within=within)
            self._kept[folder] = manager  # the one used last comes last
            surplus = self._kept.popitem(last=False)[1] if len(self._kept) > _MOST else None
        if surplus is not None:
            surplus.close()
        return manager
