"""A Python process of its own, for what only a fresh one shows."""

from __future__ import annotations

import subprocess
import sys


def python(script: str) -> str:
    """What a script prints."""
    ended = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return ended.stdout
