"""System calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from functools import cache
from typing import Any

PATH_ONLY = getattr(os, "O_PATH", 0)


@cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: int) -> int:
    """Make a system call by its number; pointers are given as addresses.

    Raises:
        OSError: the kernel refused it, or does not know it.
    """
    return _checked(_libc().syscall(*map(ctypes.c_ulong, (number, *arguments))), f"call {number}")


def control(option: int, *arguments: int) -> int:
    """Make a `prctl`.

    Raises:
        OSError: the kernel refused it, or does not know it.
    """
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return _checked(_libc().prctl(option, *map(ctypes.c_ulong, padded)), f"prctl {option}")


def unshare(flags: int) -> None:
    """Leave the namespaces that the flags name for new ones (unshare(2)).

    Raises:
        OSError: the kernel refused it.
    """
    _checked(_libc().unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount, bind or change a mount (mount(2)).

    Raises:
        OSError: the kernel refused it.
    """
    words = (os.fsencode(word) or None for word in (source, target, kind))
    given = os.fsencode(options) or None
    _checked(_libc().mount(*words, ctypes.c_ulong(flags), given), f"mount {target}")


def machine() -> str:
    """The processor as `uname` names it, and empty where the kernel is not Linux."""
    return platform.machine() if sys.platform == "linux" else ""


def _checked(answer: int, what: str) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return answer
