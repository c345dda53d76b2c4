"""Errors that a worker's limits and rules cause, and the setting that has to do with them."""

from __future__ import annotations

import errno

from ..models.session import ExecutionMode, Isolation
from ..settings import Settings


def explanation(error: BaseException, around: Isolation, settings: Settings) -> str | None:
    """A sentence for whoever reads the traceback; None where nothing of ours is the likely cause.

    Args:
        error: what the cell failed with.
        around: what holds the cell.
        settings: those of its engine.
    """
    if around.level == "in_process":
        return None
    if isinstance(error, MemoryError):
        return _of("bytes", around.memory_limit, "memory_limit")
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return _of("processes and threads", settings.process_limit, "process_limit")
    if isinstance(error, OSError):
        return _of_the_system(error, around, settings)
    return None


def _of_the_system(error: OSError, around: Isolation, settings: Settings) -> str | None:
    match error.errno:
        case errno.EFBIG:
            return _of("bytes for one file", settings.file_size_limit, "file_size_limit")
        case errno.EMFILE:
            return _of("open files", settings.open_file_limit, "open_file_limit")
        case errno.EAGAIN if isinstance(error, BlockingIOError) and error.filename is None:
            return _of("processes and threads", settings.process_limit, "process_limit")
        case errno.EPERM if around.seccomp:
            return _closed(around, settings)
        case errno.EACCES | errno.EROFS if around.landlock_abi:
            return (
                "A worker reaches the notebook's folders, Python and its libraries, and nothing "
                "else; the setting `input_folders` names what it may read besides."
            )
    return None


def _closed(around: Isolation, settings: Settings) -> str:
    """What the filter of system calls refuses, without a word of its own."""
    writes = around.mode is not ExecutionMode.READ_ONLY
    closed = ["sockets of this machine's services"]
    if not (writes and settings.allow_network):
        closed.insert(0, f"the network ({_way(writes, 'allow_network')})")
    if not (writes and settings.allow_processes):
        closed.insert(0, f"processes ({_way(writes, 'allow_processes')})")
    *first, last = closed
    return f"Closed to this worker: {', '.join(first)}{' and ' if first else ''}{last}."


def _way(writes: bool, setting: str) -> str:
    return f"setting `{setting}`" if writes else "never in READ_ONLY"


def _of(what: str, limit: int | None, setting: str) -> str | None:
    if limit is None:
        return None
    return f"The limit of this worker is {limit:,} {what} (setting `{setting}`)."
