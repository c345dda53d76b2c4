"""Permissions that hold for root, too."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_VERSION = 0x20080522
_OVERRIDE = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH of capabilities(7)."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


@contextmanager
def obeyed() -> Iterator[None]:
    """This thread, and those that it starts within it, may do what permissions allow, no more."""
    if os.name != "posix":
        pytest.skip("no permissions here")
    if os.geteuid():
        yield
        return
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("root cannot do without its privileges here")
    system, header, sets = ctypes.CDLL(None), _Header(_VERSION, 0), (_Sets * 2)()
    system.capget(ctypes.byref(header), sets)
    before = sets[0].effective
    sets[0].effective = before & ~_OVERRIDE
    system.capset(ctypes.byref(header), sets)
    try:
        yield
    finally:
        sets[0].effective = before
        system.capset(ctypes.byref(header), sets)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing can be written in the folder and those in it, nor their files be changed."""
    places = [folder, *folder.rglob("*")]
    modes = [place.stat().st_mode for place in places]
    for place in places:
        place.chmod(0o555 if place.is_dir() else 0o444)
    try:
        with obeyed():
            yield
    finally:
        for place, mode in zip(places, modes, strict=True):
            place.chmod(mode)
