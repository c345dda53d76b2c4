"""One upload: bytes that come in pieces, and become a file all at once.

The shape is that of resumable uploads over HTTP (draft-ietf-httpbis-resumable-upload, and tus
before it): the server says at which offset it is, and takes bytes at that offset only.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ...errors import (
    FileConflictError,
    FileTooLargeError,
    InvalidInputError,
    StorageError,
    UnknownFileError,
)
from ...runtime.wording import reason
from .folder import DataFolder
from .quota import Quota
from .upload_store import UploadStore

try:
    import fcntl
except ImportError:  # no such locks here
    fcntl = None  # type: ignore[assignment]

_BLOCK = 2**20


class Upload:
    """Unfinished until `finish`; known by its id also to another process, or after a restart.

    Args:
        upload_id: as the store gave it.
        folder: where the file will be.
        store: where the bytes are meanwhile.
        quota: that of the folder.
        most: bytes that one file may have; None for any number.

    Raises:
        UnknownFileError: there is none with this id.
    """

    def __init__(
        self, upload_id: str, folder: DataFolder, store: UploadStore, quota: Quota, most: int | None
    ) -> None:
        about = store.about(upload_id)
        self.id = upload_id
        self.name = about.name
        """Of the file that it becomes."""
        self.size = about.size
        """Bytes that were announced, if any were."""
        self.overwrite = about.overwrite
        self._folder = folder
        self._store = store
        self._quota = quota
        self._most = most

    @property
    def offset(self) -> int:
        """Bytes that are here, so where the next ones belong.

        Raises:
            UnknownFileError: it was finished, cancelled, or has expired.
        """
        descriptor = self._store.open(self.id)
        try:
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def append(self, offset: int, chunks: Iterable[bytes]) -> int:
        """Take the bytes that follow; what came before the chunks broke off stays.

        Returns:
            The offset at which it goes on.

        Raises:
            FileConflictError: it goes on at another offset, or another caller is appending.
            FileTooLargeError, QuotaError: the bytes up to there are kept.
            StorageError: they cannot be written.
            UnknownFileError: there is no such upload any more.
        """
        with self.writing(offset) as writer:
            for chunk in chunks:
                writer.write(chunk)
            return writer.offset

    @contextmanager
    def writing(self, offset: int) -> Iterator[UploadWriter]:
        """The same for whoever is given the chunks one by one.

        Raises:
            FileConflictError, StorageError, UnknownFileError: as `append`.
        """
        descriptor = self._store.open(self.id)
        try:
            self._lock(descriptor)
            self._check_offset(offset, os.fstat(descriptor).st_size)
            self._quota.measure()
            yield UploadWriter(descriptor, offset, self._limit(), self._quota)
        finally:
            os.close(descriptor)

    def finish(self, sha256: str | None = None) -> None:
        """Make it the file: whoever opens the name sees all of it, or what was there before.

        Args:
            sha256: what the bytes must hash to, in hexadecimal.

        Raises:
            FileConflictError: bytes are missing; or the name is taken, then the upload stays.
            InvalidInputError: the hash is another; the upload is dropped.
            QuotaError: others have taken the room meanwhile; the upload stays.
            StorageError: it cannot be put there.
            UnknownFileError: there is no such upload any more.
        """
        descriptor = self._store.open(self.id)
        try:
            self._lock(descriptor)
            self._check_whole(os.fstat(descriptor).st_size)
            if sha256 is not None:
                self._check_hash(descriptor, sha256)
            self._quota.measure()
            self._quota.check(0)
            os.fsync(descriptor)
            self._put_in_place()
        finally:
            os.close(descriptor)
        self._store.remove(self.id)

    def cancel(self) -> None:
        """Forget it and the bytes that came; the second time does nothing."""
        self._store.remove(self.id)

    def _limit(self) -> int | None:
        limits = [limit for limit in (self.size, self._most) if limit is not None]
        return min(limits, default=None)

    def _lock(self, descriptor: int) -> None:
        """One caller at a time, whichever process it is in."""
        if fcntl is None:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileConflictError(
                f"Upload {self.id!r} is being written to by another request.",
                os.fstat(descriptor).st_size,
            ) from None

    def _check_offset(self, offset: int, current: int) -> None:
        if offset != current:
            raise FileConflictError(
                f"Upload {self.id!r} goes on at offset {current:,}, not at {offset:,}.", current
            )

    def _check_whole(self, current: int) -> None:
        if self.size is not None and current != self.size:
            raise FileConflictError(
                f"Upload {self.id!r} has {current:,} of {self.size:,} bytes; it goes on at offset "
                f"{current:,}.",
                current,
            )

    def _check_hash(self, descriptor: int, expected: str) -> None:
        found = _hash(descriptor)
        if found != expected.strip().lower():
            self._store.remove(self.id)
            raise InvalidInputError(
                f"What arrived of {self.name!r} is not what was sent: its SHA-256 is {found}. The "
                "upload was dropped; begin again."
            )

    def _put_in_place(self) -> None:
        try:
            with (
                self._store.entered() as source,
                self._folder.parent(self.name, make=True) as (target, last),
            ):
                _move(f"{self.id}.part", source, last, target, overwrite=self.overwrite)
                os.fsync(target)
        except FileExistsError:
            raise taken(self.name) from None
        except IsADirectoryError:
            raise FileConflictError(f"{self.name!r} is a folder.") from None
        except UnknownFileError:
            raise FileConflictError(
                f"{self.name!r} cannot be put there: a part of it is a file or a link, no folder."
            ) from None
        except OSError as error:
            raise StorageError(f"{self.name!r} cannot be written: {reason(error)}.") from error


class UploadWriter:
    """Writes behind what is there; `offset` is where it is."""

    def __init__(self, descriptor: int, offset: int, most: int | None, quota: Quota) -> None:
        self.offset = offset
        self._descriptor = descriptor
        self._most = most
        self._quota = quota

    def write(self, chunk: bytes) -> None:
        """Write all of it, or as much as may be.

        Raises:
            FileTooLargeError, QuotaError, StorageError: as `Upload.append`.
        """
        if self._most is not None and self.offset + len(chunk) > self._most:
            raise too_large(self._most)
        self._quota.take(len(chunk))
        view = memoryview(chunk)
        try:
            while view:
                written = os.pwrite(self._descriptor, view, self.offset)
                self.offset += written
                view = view[written:]
        except OSError as error:
            raise StorageError(f"The upload cannot be written: {reason(error)}.") from error


def taken(name: str) -> FileConflictError:
    """The file is there already."""
    return FileConflictError(
        f"There is a file {name!r} already; upload with overwrite=True to replace it."
    )


def too_large(most: int) -> FileTooLargeError:
    """More bytes than were announced, or than one file may have."""
    return FileTooLargeError(
        f"The upload has more than {most:,} bytes: it was announced with fewer, or is longer than "
        "the setting upload_limit allows."
    )


def _hash(descriptor: int) -> str:
    digest, place = hashlib.sha256(), 0
    while block := os.pread(descriptor, _BLOCK, place):
        digest.update(block)
        place += len(block)
    return digest.hexdigest()


def _move(source: str, source_folder: int, name: str, folder: int, *, overwrite: bool) -> None:
    """Give a file its name; without `overwrite` only if that is free, decided by the system."""
    if overwrite:
        os.replace(source, name, src_dir_fd=source_folder, dst_dir_fd=folder)
        return
    try:
        os.link(source, name, src_dir_fd=source_folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        _move_if_free(source, source_folder, name, folder)
    else:
        os.unlink(source, dir_fd=source_folder)


def _move_if_free(source: str, source_folder: int, name: str, folder: int) -> None:
    """Where the file system has no hard links; between the look and the move another may come."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(source, name, src_dir_fd=source_folder, dst_dir_fd=folder)
    else:
        raise FileExistsError(errno.EEXIST, "taken")
