"""What this host has to hold workers with, and what would give it the rest."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from ...models.session import ExecutionMode
from ...settings import Settings
from . import landlock, namespaces, seccomp
from .control_groups import delegated
from .trial import try_out

_DELEGATE = (
    "systemd-run --user --pty -p Delegate=yes -p DelegateSubgroup=server nbengine …, "
    "or the same two lines in the unit of the service"
)

_UNFILTERED = (
    "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined …, or a "
    "profile that allows `unshare` and `mount`: workers are filtered by their own rules"
)


class Probe(BaseModel):
    """One thing that was looked for."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: str
    """What was found, with its version."""
    found: bool
    """Whether it is all that could be."""
    remedy: str | None = None
    """What would give the rest: a command, or what to ask of who runs the machine."""


def probes() -> list[Probe]:
    """Everything that workers are held with, looked for and not yet used."""
    return list(_probes())


def _probes() -> Iterator[Probe]:
    system = platform.system()
    yield Probe(
        name="kernel",
        value=f"{system} {platform.release()} on {platform.machine()}",
        found=system == "Linux",
        remedy=None if system == "Linux" else "Linux, on this machine or in a container",
    )
    yield _landlock()
    yield _seccomp()
    yield _namespaces()
    if system == "Linux":
        yield _memory()
        yield _processes()


def _landlock() -> Probe:
    version = landlock.version()
    if version == 0:
        boot = "Linux 5.13 or later, and the boot option `lsm=landlock,…` with what is there"
        return Probe(name="landlock", value="none", found=False, remedy=boot)
    remedy = (
        None
        if version >= landlock.SCOPES
        else "Linux 6.12 or later lets cells end the processes that they started"
    )
    return Probe(name="landlock", value=f"version {version}", found=remedy is None, remedy=remedy)


def _seccomp() -> Probe:
    if seccomp.available():
        return Probe(name="seccomp", value="filters", found=True)
    remedy = "a kernel with CONFIG_SECCOMP_FILTER, on x86_64 or aarch64"
    return Probe(name="seccomp", value="none", found=False, remedy=remedy)


def _namespaces() -> Probe:
    """Tried for real: what a container's filter refuses no file tells of."""
    remedy, value = namespaces.closed_by(), "closed to this user"
    if remedy is None:
        asked = Settings(process_limit=None, isolation="best_effort")
        held = try_out(asked, ExecutionMode.WRITE_ENABLED).isolation
        if held is not None and "mnt" in held.namespaces:
            return Probe(name="namespaces", value="open to this user", found=True)
        remedy, value = _UNFILTERED, "refused, mostly by a container's filter of system calls"
    return Probe(name="namespaces", value=value, found=False, remedy=remedy)


def _memory() -> Probe:
    place = delegated().get("memory")
    if place is not None:
        return Probe(name="memory limit", value=f"{place.version}, {place.folder}", found=True)
    value = "rlimit, of each process for itself"
    return Probe(name="memory limit", value=value, found=False, remedy=_DELEGATE)


def _processes() -> Probe:
    place = delegated().get("pids")
    if place is not None:
        return Probe(name="process limit", value=f"{place.version}, {place.folder}", found=True)
    if hasattr(os, "getuid") and os.getuid() != 0:
        return Probe(name="process limit", value="rlimit", found=True)
    remedy = f"another user than root (`docker run --user 1000:1000 …`), or {_DELEGATE}"
    return Probe(name="process limit", value="none", found=False, remedy=remedy)
