"""What the operating system and SQLite say went wrong, as errors of ours."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import DamagedSnapshotError, StorageError
from ..runtime.wording import reason

_REFUSALS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_SQLITE_REFUSALS = (
    "SQLITE_CANTOPEN",
    "SQLITE_READONLY",
    "SQLITE_PERM",
    "SQLITE_IOERR_LOCK",  # a lock to write, on what can only be read
)


@contextmanager
def told(sentence: str) -> Iterator[None]:
    """Within it, failures of files and of the database are ours.

    Args:
        sentence: what cannot be done, to be continued with a colon and the reason.

    Raises:
        StorageError: no space, no permission, a fault of the disk.
        DamagedSnapshotError: the database is not one any more.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(f"{sentence}: {reason(error)}.") from error
    except sqlite3.OperationalError as error:
        raise StorageError(f"{sentence}: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise DamagedSnapshotError(f"{sentence}: {error}.") from error


def is_refusal(error: OSError | sqlite3.OperationalError) -> bool:
    """Whether it is writing that is refused, by permissions or because the disk is only read."""
    if isinstance(error, OSError):
        return error.errno in _REFUSALS
    return str(getattr(error, "sqlite_errorname", "")).startswith(_SQLITE_REFUSALS)
