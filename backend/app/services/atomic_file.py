"""Files that change whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from ..errors import StorageError
from ..runtime.wording import reason


def write_atomically(path: Path, data: bytes, check: Callable[[], None] = lambda: None) -> None:
    """Replace the content of `path`: whoever opens it sees all of the old or all of the new.

    Written beside the target, flushed to the disk, then renamed over it. A symbolic link stays
    one, an existing file keeps its permissions.

    Args:
        path: of the file.
        data: its new content.
        check: called right before the rename; if it raises, nothing has changed.

    Raises:
        StorageError: the file could not be written; what was there before is untouched.
    """
    target = _target(path)
    scratch = _scratch(target)
    try:
        _write_and_flush(scratch, data, _permissions(target))
        check()
        scratch.replace(target)
        _flush_folder(target.parent)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {reason(error)}.") from error
    finally:
        _discard(scratch)


def check_writable(path: Path) -> None:
    """Find out now, before hours of work, whether a file can be written; nothing stays behind.

    Raises:
        StorageError: the folder is missing or read-only, or the path is not that of a file.
    """
    scratch = _scratch(_target(path))
    try:
        scratch.touch()
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {reason(error)}.") from error
    finally:
        _discard(scratch)


def _target(path: Path) -> Path:
    """Where the file itself lies, behind symbolic links."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise StorageError(f"{path} cannot be written: it is a folder.")
    if target.exists() and not target.is_file():
        raise StorageError(f"{path} cannot be written: it is not an ordinary file.")
    if not target.parent.exists():
        raise StorageError(f"{path} cannot be written: there is no folder {target.parent}.")
    if not target.parent.is_dir():
        raise StorageError(f"{path} cannot be written: {target.parent} is not a folder.")
    return target


def _scratch(target: Path) -> Path:
    return target.with_name(f".nbengine-{secrets.token_hex(6)}.tmp")


def _permissions(target: Path) -> int | None:
    return stat.S_IMODE(target.stat().st_mode) if target.exists() else None


def _write_and_flush(path: Path, data: bytes, permissions: int | None) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        if permissions is not None:
            path.chmod(permissions)
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where folders can be opened (not on Windows)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(scratch: Path) -> None:
    try:
        scratch.unlink(missing_ok=True)
    except OSError:
        pass
