"""What lets a process do more than its user may: all of it is given up."""

from __future__ import annotations

import ctypes
import errno
import struct

from .kernel import call, control, machine

_CAPSET = {"x86_64": 126, "aarch64": 91}
_NO_NEW_PRIVILEGES, _DROP_BOUND, _AMBIENT, _CLEAR_ALL = 38, 24, 47, 4
_VERSION_3 = 0x20080522


def gain_none() -> None:
    """Let no program that is started have more than this process has.

    Raises:
        OSError: the kernel refused it.
    """
    control(_NO_NEW_PRIVILEGES, 1)
    control(_AMBIENT, _CLEAR_ALL)
    _empty_bound()


def give_up() -> None:
    """Keep no capability of root's, who is then no more than the owner of his files.

    Raises:
        OSError: the kernel refused it.
    """
    header = ctypes.create_string_buffer(struct.pack("=Ii", _VERSION_3, 0))
    nothing = ctypes.create_string_buffer(24)
    call(_CAPSET[machine()], ctypes.addressof(header), ctypes.addressof(nothing))


def _empty_bound() -> None:
    """What programs could be given; who may not change that has nothing to give."""
    for capability in range(64):
        try:
            control(_DROP_BOUND, capability)
        except OSError as error:
            if error.errno in {errno.EINVAL, errno.EPERM}:
                return
            raise
