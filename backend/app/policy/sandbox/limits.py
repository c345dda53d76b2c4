"""How much of the machine a worker may use, by the limits that every process has."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

if sys.platform == "win32":
    resource: Any = None
else:
    import resource

ENVIRONMENT = {"MIMALLOC_ARENA_EAGER_COMMIT": "0"}
"""Of a process with a limit of memory, before it loads pyarrow: the gibibyte of addresses that its
allocator sets aside counts as memory otherwise."""

_ADDRESSES_BEYOND = 2**30
_CPU_GRACE = 5
_FIRST_TO_GO = "500"


class Limits(BaseModel):
    """What a worker may use beyond what it has when it begins; None sets no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_bytes: int | None = Field(default=None, ge=2**20)
    """Its own memory; Python raises `MemoryError` for what would be more."""
    cpu_seconds: int | None = Field(default=None, ge=1)
    """Processor time of all its threads; SIGXCPU tells it, SIGKILL comes five seconds later."""
    file_bytes: int | None = Field(default=None, ge=0)
    """Length of a file that it writes; `OSError` with `EFBIG` for what would be more."""
    processes: int | None = Field(default=None, ge=1)
    """Processes and threads; `BlockingIOError` or `RuntimeError` for one more."""
    open_files: int | None = Field(default=None, ge=16)
    """Open descriptors; `OSError` with `EMFILE` for one more."""


def apply(limits: Limits) -> None:
    """Set all limits but that of processes; they hold for each process that comes of this one.

    That of memory is for Linux: elsewhere a process may not be held to it.
    """
    _set(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux" and limits.memory_bytes is not None:
        _limit_memory(limits.memory_bytes)
    if limits.cpu_seconds is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + limits.cpu_seconds
        _set(resource.RLIMIT_CPU, soft + _CPU_GRACE, soft=soft)
    if limits.file_bytes is not None:
        _set(resource.RLIMIT_FSIZE, limits.file_bytes)
    if limits.open_files is not None:
        _set(resource.RLIMIT_NOFILE, limits.open_files)
    _go_first()


def _limit_memory(size: int) -> None:
    """Limit what is the process's own.

    What lies in shared mappings is not: it may take as much again and a gibibyte, which bounds the
    addresses.
    """
    os.environ |= ENVIRONMENT
    addresses, data = _held()
    _set(resource.RLIMIT_DATA, data + size)
    _set(resource.RLIMIT_AS, addresses + 2 * size + _ADDRESSES_BEYOND)


def limit_processes(count: int, *, alone: bool) -> bool:
    """Set the limit of processes and threads, which counts those of the user; whether it binds.

    The kernel binds nobody by it who is root outside of every namespace.

    Args:
        count: how many there may be.
        alone: whether the process is in a namespace of its own, where only its own are counted.
    """
    if sys.platform != "linux" or os.getuid() == 0:
        return False
    _set(resource.RLIMIT_NPROC, count + (0 if alone else _tasks_of(os.getuid())))
    return True


def _set(kind: int, value: int, *, soft: int | None = None) -> None:
    """Never more than what holds already."""
    _, hard = resource.getrlimit(kind)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (most if soft is None else min(soft, most), most))


def _held() -> tuple[int, int]:
    """Bytes of addresses, and of private writable memory (proc(5), `statm`)."""
    pages = Path("/proc/self/statm").read_text(encoding="utf-8").split()
    size = resource.getpagesize()
    return int(pages[0]) * size, int(pages[5]) * size


def _tasks_of(user: int) -> int:
    count = 0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and entry.stat().st_uid == user:
                count += sum(1 for _ in (entry / "task").iterdir())
        except OSError:
            continue
    return count


def _go_first() -> None:
    """Where the machine itself runs out of memory, a worker has to go before its server."""
    try:
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="utf-8")
    except OSError:
        pass
