"""SQLite's own file system layer with ours around it: what it writes is heard, and can fail.

Source: https://www.sqlite.org/c3ref/vfs.html and https://www.sqlite.org/c3ref/io_methods.html
"""

from __future__ import annotations

import _sqlite3
import ctypes
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any, Protocol

IOERR_WRITE, IOERR_FSYNC, FULL = 10 | 3 << 8, 10 | 4 << 8, 13

# Names are pointers, not text: SQLite keeps them.
Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
Delete = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class Vfs(ctypes.Structure):
    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("path_length", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("app_data", c_void_p),
        ("open", Open),
        ("delete", Delete),
        ("others", c_void_p * 14),
    )


class Methods(ctypes.Structure):
    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", Write),
        ("truncate", Truncate),
        ("sync", Sync),
        ("others", c_void_p * 13),
    )


class Listener(Protocol):
    """Hears of each call before it is made; an OSError that it raises is the call's answer."""

    def write(self, path: Path, place: int, data: bytes) -> None: ...
    def truncate(self, path: Path, size: int) -> None: ...
    def sync(self, path: Path) -> None: ...
    def remove(self, path: Path) -> None: ...


class Layer:
    """A copy of the default VFS, the default itself while somebody listens. Never freed."""

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL(_sqlite3.__file__)
        self._library.sqlite3_vfs_find.restype = POINTER(Vfs)
        self._below = self._library.sqlite3_vfs_find(None)
        self._vfs = Vfs.from_buffer_copy(self._below.contents)
        self._vfs.next = None
        self._vfs.name = b"nbengine-test"
        self._vfs.open = Open(self._open)
        self._vfs.delete = Delete(self._delete)
        self._methods: dict[int, tuple[Methods, Methods]] = {}
        self._paths: dict[int, Path] = {}
        self._listener: Listener | None = None

    @contextmanager
    def heard_by(self, listener: Listener) -> Iterator[None]:
        """Databases that are opened within it are heard."""
        self._listener = listener
        self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)
        try:
            yield
        finally:
            self._library.sqlite3_vfs_register(self._below, 1)
            self._library.sqlite3_vfs_unregister(ctypes.byref(self._vfs))
            self._listener = None

    def _open(self, vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        answer = int(self._below.contents.open(vfs, name, file, flags, out))
        pointer = ctypes.cast(file, POINTER(c_void_p))
        if answer == 0 and name is not None and pointer[0]:
            self._paths[file] = _path(name)
            pointer[0] = ctypes.addressof(self._ours(pointer[0]))
        return answer

    def _ours(self, address: int) -> Methods:
        """The methods at an address with our own for what changes the disk."""
        if address not in self._methods:
            below = Methods.from_address(address)
            ours = Methods.from_buffer_copy(below)

            def write(file: int, data: int, length: int, place: int) -> int:
                return self._ask(
                    "write", (self._paths[file], place, ctypes.string_at(data, length))
                ) or int(below.write(file, data, length, place))

            def truncate(file: int, size: int) -> int:
                asked = self._ask("truncate", (self._paths[file], size))
                return asked or int(below.truncate(file, size))

            def sync(file: int, flags: int) -> int:
                asked = self._ask("sync", (self._paths[file],))
                return asked or int(below.sync(file, flags))

            ours.write, ours.truncate, ours.sync = Write(write), Truncate(truncate), Sync(sync)
            self._methods[address] = below, ours
        return self._methods[address][1]

    def _delete(self, vfs: int, name: int, sync_folder: int) -> int:
        self._ask("remove", (_path(name),))
        return int(self._below.contents.delete(vfs, name, sync_folder))

    def _ask(self, call: str, arguments: tuple[Any, ...]) -> int:
        try:
            if self._listener is not None:
                getattr(self._listener, call)(*arguments)
        except OSError as error:
            if call == "sync":
                return IOERR_FSYNC
            return FULL if error.errno == errno.ENOSPC else IOERR_WRITE
        return 0


def _path(name: int) -> Path:
    return Path(ctypes.string_at(name).decode())


LAYER = Layer()
