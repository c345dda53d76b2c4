"""Everything read-only but a worker's own folders, in a mount namespace of its own.

It holds for what Landlock does not see: times, modes and attributes of files. Sources: mount(2),
mount_setattr(2).
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from ...runtime.ordinary_file import settled
from .kernel import PATH_ONLY, call, mount

_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_HERE, _RECURSIVE, _EMPTY_PATH = -100 % 2**64, 0x8000, 0x1000
_CLONE, _FROM_DESCRIPTOR, _TO_WHERE_A_LINK_LEADS = 1, 4, 0x10
_CLOSE_ON_EXEC = getattr(os, "O_CLOEXEC", 0)
_READ_ONLY = 1
_BIND, _REC, _PRIVATE = 0x1000, 0x4000, 0x40000
_NO_PROGRAMS_OR_PRIVILEGES = 2 | 8
_PLAIN = 2 | 4 | 8
"""No set-user-id, no devices, no programs."""

SHARED_MEMORY = Path("/dev/shm")
TERMINALS = Path("/dev/pts")


class Folders(NamedTuple):
    """What a worker is to have."""

    writable: tuple[Path, ...]
    """Folders that exist."""
    readable: tuple[Path, ...]
    """Files and folders that exist; in shared memory no others are seen."""
    resolved: tuple[Path, ...] = ()
    """Those of whose paths no part may be a link."""


def own_files_only(folders: Folders, hidden: Iterable[Path], memory_bytes: int | None) -> None:
    """Mount everything read-only but a worker's folders; shared memory and terminals are its own.

    Args:
        folders: what it is to have.
        hidden: files that exist, and are to read as empty.
        memory_bytes: what may lie in the shared memory; None for the kernel's default.

    Raises:
        PermissionError: the kernel refused it, and nothing is done.
        OSError: the kernel refused it, and half of it is done.
    """
    try:
        mount("", "/", flags=_REC | _PRIVATE)
    except OSError as error:
        raise PermissionError(*error.args) from None
    try:
        _mount_all(folders, memory_bytes)
        for file in hidden:
            mount(os.devnull, str(file), flags=_BIND)
    except PermissionError as error:
        raise OSError(f"{error.filename} is refused") from None
    _come_back()


def _mount_all(folders: Folders, memory_bytes: int | None) -> None:
    def copied(paths: Iterable[Path]) -> list[tuple[Path, int]]:
        # One in another comes after it and covers the same files: names do not tell which one does.
        return [(path, _copied(path, path in folders.resolved)) for path in sorted(set(paths))]

    own = copied(folders.writable)
    _make_read_only(Path("/"))
    has_memory = SHARED_MEMORY.is_dir()
    kept = [each for each in own if has_memory and _will_be_covered(each[0])]
    for each in own:
        if each not in kept:
            _put(*each)
    if has_memory:
        others = copied(filter(_will_be_covered, folders.readable))
        _renew_shared_memory(others + kept, memory_bytes)
    if TERMINALS.is_dir():
        flags = _NO_PROGRAMS_OR_PRIVILEGES
        mount("devpts", str(TERMINALS), "devpts", flags, "newinstance,ptmxmode=0666,mode=0600")


def _renew_shared_memory(kept: list[tuple[Path, int]], memory_bytes: int | None) -> None:
    places = [_Place.of(path, copy) for path, copy in kept]
    size = "" if memory_bytes is None else f",size={memory_bytes}"
    mount("tmpfs", str(SHARED_MEMORY), "tmpfs", _PLAIN, f"mode=1777{size}")
    for place in places:
        place.fill()


def _will_be_covered(path: Path) -> bool:
    """Whether it lies in shared memory, which itself does not, by its name or its target's."""
    if not path.is_relative_to(SHARED_MEMORY):
        if path.stat().st_dev != SHARED_MEMORY.stat().st_dev:
            return False
        path = Path(os.path.realpath(path))
    return path != SHARED_MEMORY and path.is_relative_to(SHARED_MEMORY)


class _Place(NamedTuple):
    """Where something that the new shared memory covers is to be found again."""

    path: Path
    leads_to: Path
    is_folder: bool
    copy: int

    @classmethod
    def of(cls, path: Path, copy: int) -> Self:
        return cls(path, Path(os.path.realpath(path)), path.is_dir(), copy)

    def fill(self) -> None:
        place = self.leads_to
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.mkdir() if self.is_folder else place.touch()
        _put(place, self.copy)
        if not os.path.lexists(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.symlink_to(place)


def _copied(folder: Path, is_resolved: bool) -> int:
    """The mounts from there on, each as read-only as it is, and nowhere: to be put in its place."""
    flags = _CLONE | _RECURSIVE | _CLOSE_ON_EXEC
    if not is_resolved:
        name = ctypes.create_string_buffer(os.fsencode(folder))
        return call(_OPEN_TREE, _HERE, ctypes.addressof(name), flags)
    nothing, itself = ctypes.create_string_buffer(b""), settled(folder, PATH_ONLY)
    try:
        return call(_OPEN_TREE, itself, ctypes.addressof(nothing), flags | _EMPTY_PATH)
    finally:
        os.close(itself)


def _put(folder: Path, copy: int) -> None:
    nothing = ctypes.create_string_buffer(b"")
    name = ctypes.create_string_buffer(os.fsencode(folder))
    try:
        at = copy, ctypes.addressof(nothing), _HERE, ctypes.addressof(name)
        call(_MOVE_MOUNT, *at, _FROM_DESCRIPTOR | _TO_WHERE_A_LINK_LEADS)
    finally:
        os.close(copy)


def _make_read_only(path: Path) -> None:
    name = ctypes.create_string_buffer(os.fsencode(path))
    given = ctypes.create_string_buffer(struct.pack("4Q", _READ_ONLY, 0, 0, 0), 32)
    call(_MOUNT_SETATTR, _HERE, ctypes.addressof(name), _RECURSIVE, ctypes.addressof(given), 32)


def _come_back() -> None:
    """Stand in the working folder, and hold the null device, as they are mounted now.

    What was opened before leads to the mounts as they were, where its mode may be changed.
    """
    with suppress(OSError):
        os.chdir(Path.cwd())
    nowhere = os.open(os.devnull, os.O_RDWR)
    itself = os.fstat(nowhere)
    for descriptor in (0, 1, 2):
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), itself):
                os.dup2(nowhere, descriptor)
    os.close(nowhere)
