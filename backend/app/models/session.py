"""What a cell is allowed to do, and what on this machine holds it to that."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from .outputs import Part

Level = Literal["in_process", "process", "container", "jupyter", "ray"]
"""Where cells run, from the caller's own process to another machine."""
MemoryLimiter = Literal["rlimit", "cgroup v1", "cgroup v2"]


class ExecutionMode(StrEnum):
    """What a cell may do, chosen by the caller and never by the cell."""

    READ_ONLY = "read_only"
    """Compute and show; read the notebook's data and declared inputs, change nothing."""
    WRITE_ENABLED = "write_enabled"
    """Also write files in the notebook's folders; processes and network by settings."""
    EPICS_CONTROL = "epics_control"
    """As WRITE_ENABLED, with leave to control devices."""


class Isolation(Part):
    """What holds a cell to its mode: found out where it ran, never only asked for."""

    level: Level = "in_process"
    mode: ExecutionMode = ExecutionMode.WRITE_ENABLED
    device_control: bool = False
    """Whether the cell has leave to control devices, which no other mode gives."""
    source_policy: bool = False
    """Whether the source was compiled by RestrictedPython."""
    audit: bool = False
    """Whether Python's audit events of the cell are judged."""
    landlock_abi: int | None = None
    """Version of the kernel's file rules that hold; None without."""
    seccomp: bool = False
    """Whether the kernel refuses system calls."""
    namespaces: list[str] = Field(default_factory=list)
    """Linux namespaces that the worker has of its own, e.g. `net`."""
    memory_limit: int | None = None
    """Bytes that the process may take beyond what it started with."""
    memory_limit_by: MemoryLimiter | None = None
    """What holds it to that."""
    missing: list[str] = Field(default_factory=list)
    """What this host could not give, each in a sentence."""


IN_PROCESS = Isolation()
"""Of a cell that runs beside its caller and may do whatever he may."""
