"""One folder, reached by descriptors alone: no link in it leads anywhere."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ...errors import (
    FileConflictError,
    IsolationUnavailableError,
    StorageError,
    UnknownFileError,
)
from ...runtime.ordinary_file import FOLDER, entered, opened
from ...runtime.wording import reason
from ..beneath import reached

NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EMLINK})
"""What is said of a missing name, and of a link where a folder or file should be."""


class DataFolder:
    """A folder that others write to while it is used, and may put links into.

    Every component of a name is opened by itself, relative to the descriptor of the one before and
    without following links, so nothing can be exchanged between the look and the use. Names are
    checked before they come here (`names.check_file_name`).

    Args:
        path: made when something is first written there.
        within: a folder from which no link may lead to it; None if links may lead to it from
            anywhere.
    """

    def __init__(self, path: Path, within: Path | None = None) -> None:
        self.path = path.absolute()
        self._within = within

    def open(self, name: str) -> int:
        """A descriptor of an ordinary file, to read.

        Raises:
            UnknownFileError: it is not there, or is a folder, a link, a pipe or a device.
            StorageError: it may not be read.
        """
        with self.parent(name) as (folder, last), _told(name, "read"):
            return opened(last, os.O_RDONLY, folder)

    def status(self, name: str) -> os.stat_result:
        """What the system knows of an ordinary file.

        Raises:
            UnknownFileError, StorageError: as `open`.
        """
        with self.parent(name) as (folder, last), _told(name, "read"):
            found = os.stat(last, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            raise _unknown(name)
        return found

    def delete(self, name: str) -> None:
        """Remove a file, a link (not what it leads to) or an empty folder.

        Raises:
            UnknownFileError: there is none.
            FileConflictError: the folder is not empty.
            StorageError: it may not be removed.
        """
        with self.parent(name) as (folder, last), _told(name, "deleted"):
            found = os.stat(last, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                os.rmdir(last, dir_fd=folder)
            else:
                os.unlink(last, dir_fd=folder)

    @contextmanager
    def parent(self, name: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """A descriptor of the folder that a name is in, and the last part of the name.

        Args:
            name: as checked.
            make: make the folders that are missing.

        Raises:
            UnknownFileError: one of the folders is missing, or none.
            StorageError: it cannot be made or entered.
        """
        *folders, last = name.split("/")
        with ExitStack() as stack:
            with _told(name, "reached"):
                folder = self.root(make=make)
                stack.callback(os.close, folder)
                for part in folders:
                    folder = entered(part, folder, make=make)
                    stack.callback(os.close, folder)
            yield folder, last

    def root(self, *, make: bool = False) -> int:
        """A descriptor of the folder itself.

        Raises:
            IsolationUnavailableError: this system cannot open files relative to a folder.
            OSError: it cannot be opened or made.
        """
        if os.open not in os.supports_dir_fd:
            raise IsolationUnavailableError(
                f"{sys.platform} cannot open files relative to a folder, without which links in "
                "it could lead elsewhere; a notebook's files are managed on Linux and macOS only."
            )
        if self._within is not None:
            return reached(self.path, self._within, make=make)
        if make:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(self.path, FOLDER)


def _unknown(name: str) -> UnknownFileError:
    return UnknownFileError(f"There is no file {name!r} in the notebook's folder.")


@contextmanager
def _told(name: str, done: str) -> Iterator[None]:
    """What the system says, in our words."""
    try:
        yield
    except OSError as error:
        if error.errno in NOT_THERE:
            raise _unknown(name) from error
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise FileConflictError(f"The folder {name!r} is not empty.") from error
        raise StorageError(f"{name!r} cannot be {done}: {reason(error)}.") from error
