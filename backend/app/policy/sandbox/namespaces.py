"""Namespaces of a worker's own: it is alone with its network, its shared objects, its mounts."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Collection
from pathlib import Path

from .kernel import unshare

_FLAGS = {"user": 0x10000000, "net": 0x40000000, "ipc": 0x08000000, "mnt": 0x00020000}

_SWITCHES = {
    "/proc/sys/kernel/unprivileged_userns_clone": "1",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "0",
}
"""Where distributions keep namespaces from ordinary users, and what it takes to let them."""
_SET_FILE_CAPABILITIES = 31
_FOR_ROOT = (
    "docker run --cap-add SETFCAP --security-opt seccomp=unconfined …, or run as another user"
)
_MOST = Path("/proc/sys/user/max_user_namespaces")


def closed_by() -> str | None:
    """The command that would let this process have namespaces; None if nothing seems to forbid it.

    It has to be known before one is asked for: some systems grant it and then refuse to say whose
    it is, and there is no way back.
    """
    if sys.platform != "linux":
        return "run on Linux"
    if _read(_MOST) == "0":
        return f"sysctl user.max_user_namespaces={10_000}"
    if os.geteuid() == 0:
        return None if _may_map_root() else _FOR_ROOT
    for name, wanted in _SWITCHES.items():
        if _read(Path(name)) not in {wanted, None}:
            return f"sysctl {name.removeprefix('/proc/sys/').replace('/', '.')}={wanted}"
    return None


def enter(names: Collection[str]) -> None:
    """Give this process, which has one thread, new namespaces; one for users comes first.

    Users and groups of files stay what they were: the process's own are mapped to themselves.

    Raises:
        PermissionError: none was made; the process is as before.
        OSError: the users could not be mapped; the process is of no use any more.
    """
    if not names:
        return
    if sys.platform != "linux":
        raise PermissionError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    user, group = os.geteuid(), os.getegid()
    try:
        unshare(sum(_FLAGS[name] for name in names))
    except OSError as error:
        raise PermissionError(*error.args) from None
    if "user" in names:
        _map_to_themselves(user, group)


def _map_to_themselves(user: int, group: int) -> None:
    try:
        _write("setgroups", "deny")
        _write("uid_map", f"{user} {user} 1")
        _write("gid_map", f"{group} {group} 1")
    except PermissionError as error:
        raise OSError(str(error)) from None


def _write(name: str, text: str) -> None:
    path = Path("/proc/self", name)
    try:
        path.write_text(text, encoding="utf-8")
    except PermissionError as error:  # of `write`, which knows no name
        raise PermissionError(error.errno, error.strerror, str(path)) from None


def _may_map_root() -> bool:
    """Root is only mapped by who has CAP_SETFCAP (user_namespaces(7), since Linux 5.12)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    held = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(held, 16) >> _SET_FILE_CAPABILITIES & 1)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
