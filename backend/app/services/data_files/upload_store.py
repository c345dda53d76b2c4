"""Where unfinished uploads lie: a hidden folder beside the files, so that a rename finishes one."""

from __future__ import annotations

import errno
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pydantic import Field, ValidationError

from ...errors import StorageError, UnknownFileError
from ...models.outputs import Part
from ...names import OWN_PREFIX, check_file_name, check_id
from ...runtime.ordinary_file import entered, opened
from ...runtime.wording import reason
from .folder import NOT_THERE, DataFolder

FOLDER = f"{OWN_PREFIX}-uploads"
_DATA = ".part"
_ABOUT = ".json"
_ABOUT_BYTES = 10_000
"""Of a description; a longer one is none of ours."""
_MOST = 10_000
"""Entries that are looked at."""


class About(Part):
    """What was said of an upload when it began."""

    name: str
    size: int | None = Field(default=None, ge=0)
    overwrite: bool = False


class UploadStore:
    """The bytes that came, `<id>.part`, and what they are to become, `<id>.json`.

    Cells may write here too: what is read is checked again, and nothing but ordinary files that
    lie nowhere else as well is opened.
    """

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder

    def add(self, about: About) -> str:
        """A new upload without bytes; its id."""
        upload_id = secrets.token_hex(16)
        with self.entered(make=True) as folder:
            for suffix, data in ((_DATA, b""), (_ABOUT, about.model_dump_json().encode())):
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                with os.fdopen(opened(upload_id + suffix, flags, folder, mode=0o666), "wb") as file:
                    file.write(data)
        return upload_id

    def about(self, upload_id: str) -> About:
        """What was said of it.

        Raises:
            UnknownFileError: there is none, or its description was tampered with.
        """
        with self._known(upload_id) as folder:
            with os.fdopen(opened(upload_id + _ABOUT, os.O_RDONLY, folder), "rb") as file:
                told = file.read(_ABOUT_BYTES)
            try:
                about = About.model_validate(json.loads(told))
            except (ValueError, ValidationError, RecursionError):
                raise unknown(upload_id) from None
        check_file_name(about.name)
        return about

    def open(self, upload_id: str) -> int:
        """A descriptor to read and write its bytes.

        Raises:
            UnknownFileError: there is none.
        """
        with self._known(upload_id) as folder:
            descriptor = opened(upload_id + _DATA, os.O_RDWR, folder)
            if os.fstat(descriptor).st_nlink == 1:
                return descriptor
            os.close(descriptor)
            raise unknown(upload_id)

    def remove(self, upload_id: str) -> None:
        """Forget it, whatever is left of it."""
        check_id("upload", upload_id)
        self._unlink(upload_id + _ABOUT, upload_id + _DATA)

    def ids(self) -> list[str]:
        """Of those that there are."""
        return [name.removesuffix(_ABOUT) for name in self._entries() if name.endswith(_ABOUT)]

    def size(self) -> int:
        """Bytes of all together that came."""
        entries = self._entries().items()
        return sum(found.st_size for name, found in entries if name.endswith(_DATA))

    def expire(self, seconds: float) -> None:
        """Remove what nobody wrote to for so long, and what is left of others.

        Raises:
            StorageError: it cannot be removed.
        """
        entries, now = self._entries(), time.time()
        old = {name for name, found in entries.items() if now - found.st_mtime > seconds}
        for name in old:
            upload_id, _, suffix = name.rpartition(".")
            if f".{suffix}" == _DATA or upload_id + _DATA not in entries:
                self._unlink(upload_id + _DATA, upload_id + _ABOUT)

    @contextmanager
    def entered(self, *, make: bool = False) -> Iterator[int]:
        """A descriptor of the hidden folder.

        Raises:
            FileNotFoundError: it is not there, or something else is.
            StorageError: something else is where it should be made, or it may not be.
        """
        with ExitStack() as stack:
            try:
                root, name = stack.enter_context(self._folder.parent(FOLDER, make=make))
                folder = entered(name, root, make=make)
            except UnknownFileError:
                raise FileNotFoundError(errno.ENOENT, "no uploads") from None
            except OSError as error:
                if make or error.errno not in NOT_THERE:
                    raise StorageError(f"Nothing can be stored: {_obstacle(error)}.") from error
                raise FileNotFoundError(errno.ENOENT, "no uploads") from None
            stack.callback(os.close, folder)
            yield folder

    @contextmanager
    def _known(self, upload_id: str) -> Iterator[int]:
        check_id("upload", upload_id)
        try:
            with self.entered() as folder:
                yield folder
        except OSError as error:
            if error.errno in NOT_THERE:
                raise unknown(upload_id) from None
            raise StorageError(f"The upload cannot be read: {reason(error)}.") from error

    def _entries(self) -> dict[str, os.stat_result]:
        found: dict[str, os.stat_result] = {}
        try:
            with self.entered() as folder, os.scandir(folder) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        found[entry.name] = status
                    if len(found) >= _MOST:
                        break
        except FileNotFoundError:
            pass
        return found

    def _unlink(self, *names: str) -> None:
        try:
            with self.entered() as folder:
                for name in names:
                    _unlink(name, folder)
        except FileNotFoundError:
            pass


def unknown(upload_id: str) -> UnknownFileError:
    """There is no such upload."""
    return UnknownFileError(
        f"There is no upload {upload_id!r}: it never was, was finished, or has expired."
    )


def _obstacle(error: OSError) -> str:
    if error.errno in NOT_THERE:
        return f"something else has taken the place of {FOLDER!r}"
    return reason(error)


def _unlink(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except (FileNotFoundError, IsADirectoryError):
        pass
