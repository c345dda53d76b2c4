"""Files that change whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..errors import StorageError
from ..runtime.wording import reason
from .beneath import created, parent, real_path, settled_parent


def write_atomically(
    path: Path,
    data: bytes,
    check: Callable[[], None] = lambda: None,
    within: Path | None = None,
    *,
    settled: Path | None = None,
) -> None:
    """Replace the content of `path`: whoever opens it sees all of the old or all of the new.

    Written beside the target, flushed to the disk, then renamed over it. A symbolic link stays
    one, an existing file keeps its permissions.

    Args:
        path: of the file.
        data: its new content.
        check: called right before the rename; if it raises, nothing has changed.
        within: a folder out of which no link may lead.
        settled: what `check_writable` gave for the path; no link that came since is followed.

    Raises:
        StorageError: the file could not be written; what was there before is untouched.
    """
    try:
        target = settled or _target(path, within)
        with settled_parent(target) if settled else parent(target, within) as (folder, name):
            _replace(name, folder, data, check)
            _flush_folder(target.parent if folder is None else folder)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {reason(error)}.") from error


def check_writable(path: Path) -> Path:
    """Find out now, before hours of work, whether a file can be written; nothing stays behind.

    Returns:
        Where the file itself lies, behind symbolic links.

    Raises:
        StorageError: the folder is missing or read-only, or the path is not that of a file.
    """
    target = _target(path, None)
    scratch = _scratch(str(target))
    try:
        os.close(created(scratch, None))
        return target
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {reason(error)}.") from error
    finally:
        _discard(scratch, None)


def _target(path: Path, within: Path | None) -> Path:
    """Where the file itself lies, behind symbolic links."""
    target = real_path(path, within)
    if target.is_dir():
        raise StorageError(f"{path} cannot be written: it is a folder.")
    if target.exists() and not target.is_file():
        raise StorageError(f"{path} cannot be written: it is not an ordinary file.")
    if not target.parent.exists():
        raise StorageError(f"{path} cannot be written: there is no folder {target.parent}.")
    if not target.parent.is_dir():
        raise StorageError(f"{path} cannot be written: {target.parent} is not a folder.")
    return target


def _replace(name: str, folder: int | None, data: bytes, check: Callable[[], None]) -> None:
    """Put a new file in the place of one: both names are relative to the folder."""
    scratch = _scratch(name)
    try:
        _write_and_flush(scratch, folder, data, _permissions(name, folder))
        check()
        os.replace(scratch, name, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        _discard(scratch, folder)


def _scratch(name: str) -> str:
    return str(Path(name).with_name(f".nbengine-{secrets.token_hex(6)}.tmp"))


def _permissions(name: str, folder: int | None) -> int | None:
    """Those of the file that is there; a link's say nothing."""
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    return stat.S_IMODE(mode) if stat.S_ISREG(mode) else None


def _write_and_flush(name: str, folder: int | None, data: bytes, permissions: int | None) -> None:
    with os.fdopen(created(name, folder), "wb") as file:
        file.write(data)
        file.flush()
        if permissions is not None and os.name == "posix":
            os.fchmod(file.fileno(), permissions)
        os.fsync(file.fileno())


def _flush_folder(folder: Path | int) -> None:
    """Make the rename itself survive a power cut, where folders can be opened (not on Windows)."""
    if isinstance(folder, int):
        os.fsync(folder)
    elif os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _discard(scratch: str, folder: int | None) -> None:
    with suppress(OSError):
        os.unlink(scratch, dir_fd=folder)
