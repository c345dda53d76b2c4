"""Files of a folder into which others put links: used only if they lie beneath it.

Where a path leads is looked up once. What was found is then reached from the folder on, component
by component and without following links, so nothing can be exchanged between the look and the use.
Where files cannot be opened relative to a folder (Windows) there is the look alone; no worker is
confined there. Without a folder (`within` is None) a path may lead anywhere.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..runtime.ordinary_file import FOLDER, entered, opened, settled

_BY_DESCRIPTOR = os.open in os.supports_dir_fd
_BINARY = getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
_NO_FOLDER = frozenset({errno.ENOTDIR, errno.ELOOP, errno.EMLINK})


def real_path(path: Path, within: Path | None) -> Path:
    """Where a path leads.

    Raises:
        PermissionError: out of the folder.
    """
    real = Path(os.path.realpath(path))
    if within is None:
        return real
    root = os.path.realpath(within)
    if not real.is_relative_to(root):
        raise PermissionError(errno.EACCES, f"it leads out of {within}")
    return within / real.relative_to(root)


def is_beneath(path: Path, within: Path) -> bool:
    """Whether a path leads to a place in the folder, where there may be nothing."""
    try:
        real_path(path, within)
    except PermissionError:
        return False
    return True


def opened_behind(path: Path, within: Path | None) -> int:
    """A descriptor to read the ordinary file that a path leads to.

    Raises:
        OSError: there is none, it may not be read, or it does not lie in the folder.
    """
    with parent(real_path(path, within), within) as (folder, name):
        return opened(name, os.O_RDONLY | _BINARY, folder)


def created(name: str, folder: int | None) -> int:
    """A descriptor to write a file that is made.

    Raises:
        OSError: it cannot be; with EEXIST if anything, a link too, is there.
    """
    return os.open(name, _NEW, 0o666, dir_fd=folder)


@contextmanager
def parent(path: Path, within: Path | None) -> Iterator[tuple[int | None, str]]:
    """What the functions of `os` take for a path: a folder's descriptor and a name in it.

    Raises:
        OSError: the folder is missing, or a link leads to it.
    """
    if within is None or not _BY_DESCRIPTOR:
        yield None, str(path)
        return
    folder = reached(path.parent, within)
    try:
        yield folder, path.name
    finally:
        os.close(folder)


@contextmanager
def settled_parent(path: Path) -> Iterator[tuple[int | None, str]]:
    """The same for a path in which there was no link: one that is there now is not followed.

    On other systems than Linux it is followed: no cell is confined there.

    Raises:
        OSError: the folder is missing, or a link leads to it.
    """
    if sys.platform != "linux":
        yield None, str(path)
        return
    folder = settled(path.parent, FOLDER)
    try:
        yield folder, path.name
    finally:
        os.close(folder)


def reached(folder: Path, within: Path, *, make: bool = False) -> int:
    """A descriptor of a folder in another one, or of that itself.

    Args:
        folder: which.
        within: the other one; itself it may be a link.
        make: make what is missing.

    Raises:
        PermissionError: it does not lie in the other one.
        NotADirectoryError: a link or a file is in the way.
        OSError: it is missing, or cannot be made or entered.
    """
    if not folder.is_relative_to(within):
        raise PermissionError(errno.EACCES, f"it lies out of {within}")
    if make:
        within.mkdir(mode=0o700, parents=True, exist_ok=True)
    here = os.open(within, FOLDER)
    for part in folder.relative_to(within).parts:
        outer = here
        try:
            here = entered(part, outer, make=make)
        except OSError as error:
            if error.errno in _NO_FOLDER:
                told = f"a link or a file has taken the place of the folder {part!r}"
                raise NotADirectoryError(errno.ENOTDIR, told) from error
            raise
        finally:
            os.close(outer)
    return here


def make_folder(folder: Path, within: Path) -> None:
    """Make a folder and those above it, as far as they are missing.

    Raises:
        OSError: as `reached`.
    """
    if _BY_DESCRIPTOR:
        os.close(reached(folder, within, make=True))
    else:
        folder.mkdir(parents=True, exist_ok=True)


def move(path: Path, to: Path, *, within: Path | None = None, into: Path | None = None) -> None:
    """Give a file, or a link itself, another place; what is there is replaced.

    Args:
        path: of the file.
        to: its new one.
        within: in which folder the old place lies.
        into: and the new one.

    Raises:
        OSError: it cannot be moved, or one of them does not lie there.
    """
    with parent(path, within) as (old, name), parent(to, into) as (new, last):
        try:
            os.replace(name, last, src_dir_fd=old, dst_dir_fd=new)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy(name, old, last, new)
            os.unlink(name, dir_fd=old)


def _copy(name: str, folder: int | None, last: str, target: int | None) -> None:
    """To another file system, with mode and time."""
    if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        os.symlink(os.readlink(name, dir_fd=folder), last, dir_fd=target)
        return
    with (
        os.fdopen(opened(name, os.O_RDONLY | _BINARY, folder), "rb") as source,
        os.fdopen(created(last, target), "wb") as copy,
    ):
        shutil.copyfileobj(source, copy)
        copy.flush()
        found = os.fstat(source.fileno())
        if os.name == "posix":
            os.fchmod(copy.fileno(), stat.S_IMODE(found.st_mode))
            os.utime(copy.fileno(), ns=(found.st_atime_ns, found.st_mtime_ns))
