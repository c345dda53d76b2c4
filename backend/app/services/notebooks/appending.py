"""Files to which something is added in one call of the system: a killed process tears none."""

from __future__ import annotations

import os
from pathlib import Path

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND


def append(path: str, data: bytes) -> None:
    """Add to a file; it and its folder are made if need be.

    Raises:
        OSError: not all of it could be written.
    """
    try:
        file = os.open(path, _FLAGS, 0o666)
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, _FLAGS, 0o666)
    try:
        written = os.write(file, data)
        while written < len(data):  # a disk that is filling up says so at the next attempt
            written += os.write(file, data[written:])
    finally:
        os.close(file)
