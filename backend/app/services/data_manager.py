"""A notebook's files: listed, brought in, taken out, deleted, and described at bounded cost."""

from __future__ import annotations

import os
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import TypeVar

from ..errors import (
    InvalidInputError,
    MissingDependencyError,
    StorageError,
    UnknownFileError,
)
from ..models.files import FileContext, FileInfo, FileList, FolderContext
from ..names import check_file_name
from ..runtime.closing import Closing
from ..settings import Settings
from .data_files.folder import DataFolder
from .data_files.kind import by_name
from .data_files.listing import listed
from .data_files.looking import Looking, without_reader
from .data_files.quota import Quota
from .data_files.reading_process import PATIENCE
from .data_files.stream import FileStream
from .data_files.upload import Upload, taken, too_large
from .data_files.upload_store import About, UploadStore
from .file_time import changed_at

_T = TypeVar("_T")

_REMEMBERED = 256
"""Contexts that are kept: of a file that is unchanged the next one costs nothing."""
_MOST_REMEMBERED = 2**18
"""Characters of the JSON of a context that is kept."""
_LEAST_SECONDS = 0.5
"""What a file gets whose turn it still was."""
_DESCRIBED = 100
"""Files that are looked into for the context of all."""


class DataManager(Closing):
    """The files in one folder, the working folder of a notebook's cells.

    Thread-safe; cells and other processes may write there at the same time as they like. Nothing
    leads out of the folder: links in it are neither listed nor followed.

    Args:
        folder: need not exist until something is uploaded.
        settings: limits of uploads.
        within: a folder above it, from which no link may lead to it.
    """

    def __init__(self, folder: Path, *, settings: Settings, within: Path | None = None) -> None:
        self._folder = DataFolder(folder, within)
        self._settings = settings
        self._store = UploadStore(self._folder)
        self._quota = Quota(self._folder, self._store, settings.data_quota)
        self._looking = Looking(self._folder.path)
        self._lock = Lock()
        self._known: OrderedDict[tuple[str, str], FileContext] = OrderedDict()

    def close(self) -> None:
        """End the process that reads files, if there is one; what is asked next starts another."""
        self._looking.close()

    # ------------------------------------------------------------------ files

    def list(self, *, hidden: bool = False) -> FileList:
        """The files, in the order of their names; bounded, and the list says so.

        Args:
            hidden: also those in whose name a part begins with a dot.

        Raises:
            StorageError: the folder cannot be read.
        """
        listing = listed(self._folder, hidden=hidden)
        files = [_info(name, found) for name, found in sorted(listing.files.items())]
        return FileList(files=files, truncated=listing.truncated, unlisted=listing.unlisted)

    def info(self, name: str) -> FileInfo:
        """What is known of one file without opening it.

        Raises:
            InvalidIdError: the name cannot be one.
            UnknownFileError: there is no such file; a link or a folder is none.
        """
        return self._either(name, lambda each: _info(each, self._folder.status(each)))

    def open(
        self, name: str, start: int = 0, stop: int | None = None
    ) -> tuple[FileStream, FileInfo]:
        """The bytes of a file, or those from `start` to before `stop`; to be closed by the caller.

        The range is cut to the size that the file has now, and does not grow with it.

        Raises:
            InvalidIdError: the name cannot be one.
            InvalidInputError: there is no such range, because it begins behind the end.
            UnknownFileError: there is no such file.
            StorageError: it cannot be read.
        """
        name, descriptor = self._either(name, lambda each: (each, self._folder.open(each)))
        try:
            info = _info(name, os.fstat(descriptor))
            end = info.size if stop is None else min(stop, info.size)
            if not 0 <= start <= end:
                raise InvalidInputError(
                    f"{name!r} has {info.size:,} bytes; there is no range from {start:,} to {stop}."
                )
            return FileStream(descriptor, start, end), info
        except BaseException:
            os.close(descriptor)
            raise

    def delete(self, name: str) -> None:
        """Remove a file, a link (never what it leads to), or an empty folder.

        Raises:
            InvalidIdError: the name cannot be one.
            UnknownFileError: there is none.
            FileConflictError: the folder is not empty.
            StorageError: it cannot be removed.
        """
        self._either(name, self._folder.delete)

    def _either(self, name: str, act: Callable[[str], _T]) -> _T:
        """Do something with a name, or else with its composed form, as uploads are called.

        Raises:
            InvalidIdError: the name cannot be one.
            UnknownFileError: there is nothing of either name.
        """
        composed = unicodedata.normalize("NFC", check_file_name(name))
        try:
            return act(name)
        except UnknownFileError:
            if composed == name:
                raise
            return act(check_file_name(composed))

    # ------------------------------------------------------------------ uploads

    def upload(
        self,
        name: str,
        chunks: Iterable[bytes],
        *,
        overwrite: bool = False,
        sha256: str | None = None,
    ) -> FileInfo:
        """Bring in a file at once: whole, or not at all.

        Raises:
            InvalidIdError, FileConflictError, FileTooLargeError, QuotaError, StorageError: as
                `begin_upload`, `Upload.append` and `Upload.finish`.
        """
        upload = self.begin_upload(name, overwrite=overwrite)
        try:
            upload.append(0, chunks)
            upload.finish(sha256)
        finally:
            upload.cancel()
        return self.info(upload.name)

    def begin_upload(
        self, name: str, size: int | None = None, *, overwrite: bool = False
    ) -> Upload:
        """Bring in a file piece by piece; `Upload.finish` gives it its name.

        Args:
            name: folders that it names are made; put in Unicode's composed form (NFC).
            size: bytes it will have, if that is known.
            overwrite: replace a file that is there already.

        Raises:
            InvalidIdError: the name cannot be one.
            FileConflictError: it is taken.
            FileTooLargeError, QuotaError: there is no room for that many bytes.
            StorageError: nothing can be stored.
        """
        name = check_file_name(unicodedata.normalize("NFC", check_file_name(name)))
        about = About(name=name, size=size, overwrite=overwrite)
        self._check_room(size or 0)
        if not overwrite and self._is_there(name):
            raise taken(name)
        return self.find_upload(self._store.add(about))

    def find_upload(self, upload_id: str) -> Upload:
        """An unfinished upload, also after a restart.

        Raises:
            InvalidIdError: the id cannot be one.
            UnknownFileError: it was finished, cancelled, has expired or never was.
        """
        most = self._settings.upload_limit
        return Upload(upload_id, self._folder, self._store, self._quota, most)

    def _check_room(self, size: int) -> None:
        most = self._settings.upload_limit
        if most is not None and size > most:
            raise too_large(most)
        self._store.expire(self._settings.upload_expiry)
        self._quota.measure()
        self._quota.check(size)

    def _is_there(self, name: str) -> bool:
        try:
            self._folder.status(name)
        except UnknownFileError:
            return False
        return True

    # ------------------------------------------------------------------ what is in them

    def context(self, name: str) -> FileContext:
        """What is in a file; a file that cannot be understood says why in `problem`.

        A bounded part of it is read, whatever its size. Nothing in it is run or unpickled.

        Raises:
            InvalidIdError, UnknownFileError, StorageError: as `open`.
            MissingDependencyError: a library that reads this kind of file is not installed.
        """
        return self._context(name, PATIENCE)

    def context_of_all(self, seconds: float = 10.0) -> FolderContext:
        """What is in all files, as far as the time and a hundred files allow, by name.

        Raises:
            StorageError: the folder cannot be read.
        """
        until = time.monotonic() + seconds
        listing = self.list()
        contexts: list[FileContext] = []
        unread: list[FileInfo] = []
        for info in listing.files:
            if len(contexts) >= _DESCRIBED or time.monotonic() >= until:
                unread.append(info)
            elif (context := self._context_if_any(info.name, until)) is not None:
                contexts.append(context)
            else:
                unread.append(info)
        return FolderContext(contexts=contexts, unread=unread, truncated=listing.truncated)

    def _context(self, name: str, seconds: float) -> FileContext:
        """One for which there was less time than usual is not remembered."""
        stream, info = self.open(name)
        with stream:
            key = (info.name, info.etag)
            if (known := self._recall(key)) is None:
                known = self._looking.look(stream, info, seconds)
                if seconds >= PATIENCE or known.problem is None:
                    self._remember(key, known)
            return known

    def _context_if_any(self, name: str, until: float) -> FileContext | None:
        """None for a file that vanished or may not be read."""
        left = max(_LEAST_SECONDS, until - time.monotonic())
        try:
            return self._context(name, min(left, PATIENCE))
        except (UnknownFileError, StorageError):
            return None
        except MissingDependencyError as error:
            return without_reader(self.info(name), error)

    def _recall(self, key: tuple[str, str]) -> FileContext | None:
        with self._lock:
            if (known := self._known.get(key)) is not None:
                self._known.move_to_end(key)
            return known

    def _remember(self, key: tuple[str, str], context: FileContext) -> None:
        if len(context.model_dump_json()) > _MOST_REMEMBERED:
            return
        with self._lock:
            self._known[key] = context
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def _info(name: str, found: os.stat_result) -> FileInfo:
    kind, media_type = by_name(name)
    return FileInfo(
        name=name,
        size=found.st_size,
        modified=changed_at(found.st_mtime),
        media_type=media_type,
        kind=kind,
        etag=f"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ctime_ns:x}",
    )
