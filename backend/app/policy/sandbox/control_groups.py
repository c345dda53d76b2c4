"""Control groups: limits on all processes of a worker together, where this process may make them.

Sources: the kernel's admin-guide/cgroup-v1 and admin-guide/cgroup-v2.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Version = Literal["cgroup v1", "cgroup v2"]
Controller = Literal["memory", "pids"]

_MOMENT, _PATIENCE = 0.002, 2_000

_SWAP: dict[Version, str] = {
    "cgroup v1": "memory.memsw.limit_in_bytes",
    "cgroup v2": "memory.swap.max",
}
_LIMITS = {
    ("cgroup v1", "memory"): "memory.limit_in_bytes",
    ("cgroup v2", "memory"): "memory.max",
    ("cgroup v1", "pids"): "pids.max",
    ("cgroup v2", "pids"): "pids.max",
}
_KILLS: dict[Version, str] = {"cgroup v1": "memory.oom_control", "cgroup v2": "memory.events"}


@dataclass(frozen=True)
class Hierarchy:
    """A group under which this process may make groups of its own."""

    version: Version
    folder: Path


@dataclass(frozen=True)
class ControlGroup:
    """The group of one worker, made by the process that starts it."""

    folders: tuple[Path, ...]
    """One in version 2; in version 1 one for each kind of limit."""
    version: Version
    limits: tuple[Controller, ...] = ()
    """What all of its processes together are limited in."""

    def join(self) -> None:
        """Put this process there, which has one thread; what it starts from now on is there too.

        In version 1 a thread that moves itself makes no other wait, which takes a tenth of the
        time that moving a process does.

        Raises:
            OSError: the group is gone.
        """
        door = "tasks" if self.version == "cgroup v1" else "cgroup.procs"
        for folder in self.folders:
            (folder / door).write_text("0", encoding="utf-8")

    @property
    def memory_kills(self) -> int:
        """How many of its processes the kernel killed because they needed too much memory."""
        for folder in self.folders:
            for line in _lines(folder / _KILLS[self.version]):
                name, _, number = line.partition(" ")
                if name == "oom_kill":
                    return int(number)
        return 0

    @property
    def processes(self) -> list[int]:
        """Those that are in it."""
        return [int(line) for line in _lines(self.folders[0] / "cgroup.procs")]

    def kill(self) -> bool:
        """Kill every process in it, and what they start meanwhile; whether all are gone.

        Who was killed takes a moment to go: they are waited for, a few seconds at most.
        """
        if sys.platform != "linux":
            return True
        for _ in range(_PATIENCE):
            processes = self.processes
            if not processes:
                return True
            for pid in processes:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(_MOMENT)
        return False

    def remove(self) -> bool:
        """Take it away; False while a process is in it."""
        for folder in self.folders:
            try:
                folder.rmdir()
            except FileNotFoundError:
                pass
            except OSError:
                return False
        return True


@cache
def delegated() -> Mapping[str, Hierarchy]:
    """Where this process may make groups that limit `memory` and `pids`; found out once."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        groups = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    except OSError:
        return {}
    return hierarchies(mounts, groups)


def hierarchies(mounts: str, groups: str) -> Mapping[str, Hierarchy]:
    """The same, from the text of `/proc/self/mountinfo` and `/proc/self/cgroup`."""
    found: dict[str, Hierarchy] = {}
    own = dict(_own_groups(groups))
    for root, point, version, controllers in _mounted(mounts):
        for name in ("memory", "pids"):
            if version == "cgroup v2":
                folder = _offering(name, _within(point, root, own.get("", "/")))
            elif name in controllers:
                folder = _writable(_within(point, root, own.get(name, "/")))
            else:
                continue
            if folder is not None:
                found.setdefault(name, Hierarchy(version, folder))
    return found


def make_group(
    name: str,
    memory_bytes: int | None,
    processes: int | None,
    places: Mapping[str, Hierarchy] | None = None,
) -> ControlGroup | None:
    """A new group with these limits; None where nothing is to be limited, or nothing may be.

    Raises:
        OSError: there is one of this name, or the kernel refused a limit.
    """
    places = delegated() if places is None else places
    wanted: dict[Controller, int | None] = {"memory": memory_bytes, "pids": processes}
    used = {kind: places[kind] for kind, limit in wanted.items() if limit and kind in places}
    if not used:
        return None
    version = (used.get("memory") or used["pids"]).version
    folders = tuple({place.folder / name: None for place in used.values()})
    made: list[Path] = []
    try:
        for folder in folders:
            folder.mkdir()
            made.append(folder)
        for kind, place in used.items():
            _limit(kind, place, name, wanted[kind] or 0)
    except OSError:
        ControlGroup(tuple(made), version).remove()
        raise
    return ControlGroup(folders, version, tuple(used))


def _limit(kind: str, place: Hierarchy, name: str, limit: int) -> None:
    if place.version == "cgroup v2" and kind not in _words(place.folder / "cgroup.subtree_control"):
        (place.folder / "cgroup.subtree_control").write_text(f"+{kind}", encoding="utf-8")
    folder = place.folder / name
    (folder / _LIMITS[place.version, kind]).write_text(str(limit), encoding="utf-8")
    if kind == "memory" and (swap := folder / _SWAP[place.version]).exists():
        swap.write_text(str(limit if place.version == "cgroup v1" else 0), encoding="utf-8")


def _own_groups(text: str) -> Iterator[tuple[str, str]]:
    """This process's group by controller; version 2 has no name."""
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            yield controller, path


def _mounted(text: str) -> Iterator[tuple[str, str, Version, list[str]]]:
    """Root, mount point, version and options of each hierarchy (proc(5), `mountinfo`)."""
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.partition(" ")
        if kind in {"cgroup", "cgroup2"}:
            version: Version = "cgroup v1" if kind == "cgroup" else "cgroup v2"
            yield *left.split()[3:5], version, options.split()[-1].split(",")  # type: ignore[misc]


def _within(point: str, root: str, group: str) -> Path:
    """Where the group lies under the mount point; a container may see but a part of the tree."""
    inner = group.removeprefix(root) if root != "/" else group
    return Path(point, inner.lstrip("/"))


def _writable(folder: Path) -> Path | None:
    return folder if os.access(folder, os.W_OK) else None


def _offering(controller: str, own: Path) -> Path | None:
    """The own group or the one above it, if its groups may have this controller.

    In version 2 that is a group without processes of its own.
    """
    for folder in (own, own.parent):
        if controller not in _words(folder / "cgroup.controllers") or not _writable(folder):
            continue
        enabled = controller in _words(folder / "cgroup.subtree_control")
        if enabled or not _words(folder / "cgroup.procs"):
            return folder
    return None


def _words(path: Path) -> list[str]:
    return " ".join(_lines(path)).split()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
