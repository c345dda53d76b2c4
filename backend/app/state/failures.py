"""What the operating system and SQLite say went wrong, as errors of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import DamagedSnapshotError, StorageError


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


def reason(error: OSError) -> str:
    """What the operating system says is wrong, in the middle of a sentence."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
