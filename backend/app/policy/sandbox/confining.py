"""How a process is confined: each step in the order in which it is still possible."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from ...errors import InvalidInputError, IsolationUnavailableError
from ...models.session import ExecutionMode, Isolation, MemoryLimiter
from . import landlock, limits, mounts, namespaces, places, privileges, seccomp
from .beginning import Beginning, Scope
from .confinement import Confinement
from .landlock import Rule
from .seccomp import Leave

Layer = Literal["landlock", "seccomp", "namespaces", "mounts"]
"""What may be told to be absent."""


def confine(
    confinement: Confinement,
    begun: Beginning | None = None,
    *,
    without: Collection[Layer] = (),
    landlock_abi: int | None = None,
) -> Isolation:
    """Hold this process, which has one thread, and all that it starts, to this for ever.

    What a layer cannot do here, a coarser one refuses, so that no promise is broken in silence:
    without mounts of its own a worker may not change times and modes of files at all.

    Args:
        confinement: what it may do.
        begun: what of it is done already.
        without: layers that are not to be used, as if this host had none.
        landlock_abi: as if the kernel's file rules were no newer than this version.

    Returns:
        What holds, and what this host could not give.

    Raises:
        IsolationUnavailableError: something that the mode requires cannot be had. The process may
            be confined in part, and is good for nothing but to end.
        InvalidInputError: a folder that is named is not there.
    """
    if sys.platform != "linux":
        return _unconfined(confinement)
    _check_threads()
    try:
        asked = _Confining(confinement, begun or Beginning(), frozenset(without), landlock_abi)
        return asked.carry_out()
    except OSError as error:
        raise IsolationUnavailableError(f"This process cannot be confined: {error}.") from error


def prepare() -> None:
    """Find out once, in the process that workers are forked from, what each of them would."""
    for places_of_a_kind in (
        places.installed,
        places.settings_of_the_system,
        places.kernel_facts,
        places.devices,
    ):
        places_of_a_kind()
    if sys.platform != "linux":
        return
    places.kernel_secrets()
    if seccomp.available():
        abi = landlock.version()
        for asked in (
            Confinement(mode=ExecutionMode.READ_ONLY),
            Confinement(mode=ExecutionMode.WRITE_ENABLED, processes=True),
        ):
            for leave in Leave.with_or_without_group(asked, abi):
                seccomp.general(leave)


def _unconfined(asked: Confinement) -> Isolation:
    """A process of its own, with those limits that other systems have."""
    sentence = (
        f"Only Linux can hold a process to files, programs and the network: on {sys.platform} "
        "nothing but the source policy and the audit net of `read_only` keeps cells from what "
        "their user may do."
    )
    if asked.isolation == "required":
        accepted = 'The setting `isolation = "best_effort"` accepts that.'
        raise IsolationUnavailableError(f"{sentence} {accepted}")
    _tell_libraries(asked)
    return Isolation(
        level="process", mode=asked.mode, missing=[sentence, *_without_limits(asked.limits)]
    )


def _without_limits(asked: limits.Limits) -> Iterator[str]:
    """Limit what can be limited; names what cannot be, if it was asked for."""
    held = () if sys.platform == "win32" else ("cpu_seconds", "file_bytes", "open_files")
    if sys.platform != "win32":
        limits.apply(asked)
    wanted = asked.model_dump(exclude_none=True)
    names = [name.replace("_", " ") for name in wanted if name not in held]
    if names:
        yield f"No limit is held on {sys.platform} of: {', '.join(names)}."


def _tell_libraries(asked: Confinement) -> None:
    """Where temporary files go, and that joblib, which would warn, need not look for cores."""
    if not asked.processes:
        os.environ["JOBLIB_MULTIPROCESSING"] = "0"
    if asked.temporary_folder is not None:
        tempfile.tempdir = str(asked.temporary_folder)
        names = ("TEMP", "TMP") if sys.platform == "win32" else ("TMPDIR",)
        os.environ |= dict.fromkeys(names, tempfile.tempdir)


def _check_threads() -> None:
    """Rules hold the threads that come, not those that are there."""
    count = sum(1 for _ in Path("/proc/self/task").iterdir())
    if count != 1:
        raise IsolationUnavailableError(
            f"A process with {count} threads cannot be confined: only one with one can."
        )


class _Confining:
    """One process on its way, each step in the order in which it is still possible."""

    def __init__(
        self,
        confinement: Confinement,
        begun: Beginning,
        without: frozenset[Layer],
        most: int | None,
    ) -> None:
        self._asked = confinement
        self._begun = begun
        self._without = without
        abi = 0 if "landlock" in without else landlock.version()
        self._abi = abi if most is None else min(abi, most)
        self._missing: list[str] = []
        self._namespaces: tuple[str, ...] = ()

    def carry_out(self) -> Isolation:
        asked = self._asked
        if self._begun.failure is not None:
            raise self._begun.failure
        self._check_folders()
        _tell_libraries(asked)
        if asked.group is not None and asked.group != self._begun.group:
            asked.group.join()
        self._enter_namespaces()
        self._limit()  # while what the kernel keeps of this process can be written
        self._mount()
        filtered = "seccomp" not in self._without and seccomp.available()
        if not self._begun.gains_nothing:
            privileges.gain_none()
        privileges.give_up()
        self._rule_files()
        self._filter_calls(filtered)
        return Isolation(
            level="process",
            mode=asked.mode,
            landlock_abi=self._abi or None,
            seccomp=filtered,
            namespaces=list(self._namespaces),
            memory_limit=asked.limits.memory_bytes,
            memory_limit_by=self._memory_limiter(),
            missing=self._missing,
        )

    def _lack(self, sentence: str) -> None:
        """A promise cannot be kept."""
        if self._asked.isolation == "required":
            raise IsolationUnavailableError(sentence)
        self._missing.append(sentence)

    def _check_folders(self) -> None:
        for path in (*self._asked.readable, *self._asked.own_folders):
            if not path.exists():
                raise InvalidInputError(f"{path}, which a worker is to have, is not there.")

    def _enter_namespaces(self) -> None:
        reason = self._closed()
        if reason is None:
            wanted = tuple(n for n in self._asked.namespaces if n not in self._switched_off())
            begun = self._begun.namespaces
            try:
                namespaces.enter(frozenset(wanted) - begun)
                self._namespaces = wanted
            except PermissionError as error:
                reason = str(error.strerror)
                self._namespaces = tuple(name for name in wanted if name in begun)
        if reason is not None:
            self._missing.append(
                f"No {'further ' if self._namespaces else ''}namespaces of its own: {reason}. "
                "Files keep their modes and times, and processes share no locks or memory."
            )

    def _closed(self) -> str | None:
        """Why namespaces need not be tried."""
        if "namespaces" in self._without:
            return "switched off"
        if self._begun.namespaces:
            return None
        command = namespaces.closed_by()
        return command and f"closed to this user, until `{command}`"

    def _switched_off(self) -> set[str]:
        return {"mnt"} if "mounts" in self._without else set()

    def _mount(self) -> None:
        hidden = places.kernel_secrets() if self._asked.processes else ()
        if "mnt" in self._namespaces:
            self._mount_own(hidden)
        if hidden and "mnt" not in self._namespaces:
            self._missing.append(
                "What `/proc` tells root alone, as where the kernel's memory lies, can be read: "
                "run as another user."
            )

    def _mount_own(self, hidden: tuple[Path, ...]) -> None:
        try:
            memory = self._asked.limits.memory_bytes
            asked = self._asked
            folders = mounts.Folders(asked.own_folders, asked.readable, asked.resolved)
            mounts.own_files_only(folders, hidden, memory)
        except PermissionError as error:
            self._namespaces = tuple(name for name in self._namespaces if name != "mnt")
            self._missing.append(
                f"No mounts of its own: {error.strerror}. Files keep their modes and times, and "
                "there are neither terminals nor shared memory."
            )

    def _limit(self) -> None:
        if self._begun.limits != self._asked.limits:
            limits.apply(self._asked.limits)
        count = self._asked.limits.processes
        if count is None or (self._asked.group and "pids" in self._asked.group.limits):
            return
        if not limits.limit_processes(count, alone="user" in self._namespaces):
            sentence = (
                f"The limit of {count} processes does not bind root: run as another user (`docker "
                "run --user 1000:1000 …`), or where control groups may be made, or set "
                "`process_limit` to none and have the container limit them (`--pids-limit`)."
            )
            if self._asked.processes:
                self._lack(sentence)
            else:
                self._missing.append(sentence)

    def _rule_files(self) -> None:
        self._check_closed()
        if self._abi:
            scope = Scope(self._abi, self._asked.processes, self._asked.network)
            ruleset = self._begun.ruleset(scope)
            ruleset.add(self._rules())
            ruleset.enforce()
        else:
            self._lack(
                "The kernel has no Landlock (Linux 5.13 and later, with `landlock` among the "
                "boot option `lsm=`), so files cannot be kept from cells."
            )

    def _check_closed(self) -> None:
        """Python's modules are read by every cell, and so is all that lies beside them."""
        for path in self._asked.closed:
            place = Path(os.path.realpath(path))
            for folder in places.installed():
                if place.is_relative_to(folder):
                    self._lack(
                        f"Python imports from {folder}, so every cell may read all of it, and "
                        f"{path} lies there: take that folder out of PYTHONPATH, or move "
                        "the workspace and the key elsewhere (settings `workspace_dir`, "
                        "`key_file`)."
                    )

    def _rules(self) -> Iterator[Rule]:
        """On what is the worker's own, or may be another file than it was a while ago.

        A descriptor that stays open is a way into the mounts in which it was opened, so that one
        of `/proc` is opened in those that the worker has of its own.
        """
        asked = self._asked
        read = landlock.READ | (landlock.RUN if asked.processes else 0)
        if asked.processes:
            yield Rule(Path("/proc"), landlock.READ)
        else:
            for path in places.own_process_facts():
                yield Rule(path, landlock.READ, pinned=True)
        yield from (Rule(path, landlock.READ) for path in places.settings_of_the_system())
        writable = landlock.WRITE | (read & landlock.RUN)
        for paths, rights in ((asked.readable, read), (asked.own_folders, writable)):
            for path in paths:
                yield Rule(path, rights, needed=True, resolved=path in asked.resolved)
        if "mnt" in self._namespaces:
            yield Rule(mounts.SHARED_MEMORY, landlock.WRITE)
            yield Rule(mounts.TERMINALS, landlock.TERMINAL)
            yield Rule(Path("/dev/ptmx"), landlock.TERMINAL)

    def _filter_calls(self, available: bool) -> None:
        if available:
            seccomp.install(Leave.to_others(self._asked, self._abi, self._namespaces))
        else:
            self._lack(
                "The kernel takes no filter of system calls (seccomp, on x86_64 and aarch64), so "
                "processes and the network cannot be kept from cells."
            )

    def _memory_limiter(self) -> MemoryLimiter | None:
        group = self._asked.group
        if self._asked.limits.memory_bytes is None:
            return None
        return group.version if group is not None and "memory" in group.limits else "rlimit"
