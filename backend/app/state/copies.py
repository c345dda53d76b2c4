"""Folders that appear whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .disk import Disk


@contextmanager
def placed_whole(folder: Path, disk: Disk) -> Iterator[Path]:
    """An empty folder to be filled, which gets its name at the end if nothing failed.

    Raises:
        OSError: it cannot be made, or there is something at its place.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = folder.with_name(f".{folder.name}-{secrets.token_hex(6)}.tmp")
    try:
        scratch.mkdir(mode=0o700)
        yield scratch
        scratch.rename(folder)
        disk.sync_folder(folder.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
