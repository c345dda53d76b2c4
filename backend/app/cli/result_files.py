"""The files that a run writes: the notebook after every cell, the page at the end."""

from __future__ import annotations

from pathlib import Path

from ..errors import InvalidInputError, StorageError
from ..models.notebook import Notebook
from ..services.atomic_file import check_writable
from ..services.html_export import check_html_export, write_html
from ..services.notebook_file import write_notebook

PAGE_SUFFIXES = (".html", ".htm")


class ResultFiles:
    """Where results go; what can be refused is refused before the first cell runs.

    They go to where their paths led then, whatever links cells put in their place.

    Raises:
        InvalidInputError: a file name that is not one for its format.
        MissingDependencyError: a page is wanted but nbconvert is not installed.
        StorageError: a file that cannot be written.
    """

    def __init__(self, source: Path, notebook: Path | None, page: Path | None) -> None:
        self._source = source
        self._notebook = notebook
        self._page = page
        self.trouble: StorageError | None = None
        """Why the results of the last cell are not on the disk, if they are not."""
        if notebook is not None:
            _check_suffix("-o", notebook, (".ipynb",))
            self._notebook_file = check_writable(notebook)
        if page is not None:
            _check_suffix("--html", page, PAGE_SUFFIXES)
            check_html_export()
            self._page_file = check_writable(page)

    @property
    def elsewhere(self) -> str:
        """Where a reader finds what no terminal can show."""
        if self._page is not None:
            return f"in {self._page}"
        return f"in {self._notebook}" if self._notebook is not None else "seen with --html FILE"

    def keep(self, notebook: Notebook) -> None:
        """Write what there is so far. A full disk does not end the run: it is tried again."""
        self.trouble = None
        if self._notebook is not None:
            try:
                write_notebook(notebook, self._notebook, settled=self._notebook_file)
            except StorageError as error:
                self.trouble = error

    def finish(self, notebook: Notebook) -> list[str]:
        """Write everything; the sentences that say where it lies."""
        self.keep(notebook)
        if self._page is not None:
            folder = self._source.resolve().parent
            at, title = self._page_file, self._source.stem
            write_html(notebook, self._page, folder=folder, title=title, settled=at)
        if self.trouble is not None:
            raise self.trouble
        written = [
            f"{what} {path}"
            for what, path in (("Notebook:", self._notebook), ("HTML:", self._page))
            if path is not None
        ]
        return written or ["Nothing was written: -o OUT.ipynb or --html OUT.html keeps results."]


def _check_suffix(option: str, path: Path, suffixes: tuple[str, ...]) -> None:
    if path.suffix.lower() not in suffixes:
        raise InvalidInputError(
            f"{option} writes a file that ends in {' or '.join(suffixes)}, which {path} does not."
        )
