"""What of the system every worker reads: Python, libraries, what these ask of the kernel.

Each list is made once, of what is there then.
"""

from __future__ import annotations

import os
import site
import stat
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

_SYSTEM = "/usr /lib /lib32 /lib64 /libx32 /bin /sbin /nix/store"
_ETC = (
    "alternatives ca-certificates debian_version fonts gai.conf gitconfig group host.conf hosts "
    "ld.so.cache ld.so.conf ld.so.conf.d ld.so.preload locale.alias locale.conf localtime "
    "lsb-release machine-info magic matplotlibrc mime.types nsswitch.conf os-release passwd "
    "pki/tls/certs pki/ca-trust protocols redhat-release resolv.conf services "
    "ssl/certs ssl/openssl.cnf timezone"
)
_PROC = (
    "self cpuinfo filesystems loadavg meminfo stat uptime version vmstat sys/kernel sys/vm "
    "sys/fs/file-max"
)
_SYS = "devices/system/cpu devices/system/node fs/cgroup kernel/mm/transparent_hugepage"
_DEVICES = "zero full random urandom"

NOWHERE = Path(os.devnull)


@cache
def installed() -> tuple[Path, ...]:
    """Python, what is installed for it, and this package: folders with programs and libraries."""
    schemes = sysconfig.get_paths()
    own = Path(__file__).resolve().parents[2]
    found = [
        *(Path(word) for word in _SYSTEM.split()),
        *map(Path, {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}),
        *(Path(schemes[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *_importable(),
        own,
    ]
    return _there(path for path in found if not _is_above_home(path))


@cache
def settings_of_the_system() -> tuple[Path, ...]:
    """The files of `/etc` that libraries read; none of them holds a secret."""
    return _there(Path("/etc", word) for word in _ETC.split())


@cache
def kernel_facts() -> tuple[Path, ...]:
    """What the kernel tells of this machine, without a word on other processes."""
    return _there(Path("/sys", word) for word in _SYS.split())


@cache
def own_process_facts() -> tuple[Path, ...]:
    """The same of `/proc`, with this process."""
    return tuple(Path("/proc", word) for word in _PROC.split())


@cache
def kernel_secrets() -> tuple[Path, ...]:
    """What `/proc` tells root alone: whose the machine's pages are, where the kernel's own lie.

    Nothing, if this process is not root's.
    """
    entries = (path for path in Path("/proc").iterdir() if not path.name.isdecimal())
    return tuple(path for path in entries if _is_for_root(path))


@cache
def devices() -> tuple[Path, ...]:
    """Devices that are but a source of bytes."""
    return _there(Path("/dev", word) for word in _DEVICES.split())


def _importable() -> Iterator[Path]:
    """Where modules are found, but for the folder in which the interpreter happened to start."""
    started_in = {Path(), Path.cwd()}
    user = site.getusersitepackages() if site.ENABLE_USER_SITE else None
    for word in (*sys.path, user):
        if word and (path := Path(word)).is_absolute() and path not in started_in:
            yield path


def _is_for_root(path: Path) -> bool:
    mode = path.lstat().st_mode
    return stat.S_ISREG(mode) and not mode & stat.S_IROTH and os.access(path, os.R_OK)


def _is_above_home(path: Path) -> bool:
    """Whether everything of the user would come with it."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 — never raises
    return home.is_relative_to(path)


def _there(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Those that exist, without those that lie in another one."""
    real = sorted({os.path.realpath(path) for path in paths if os.path.exists(path)})  # noqa: PTH110 — never raises
    found: list[Path] = []
    for path in map(Path, real):
        if not found or not path.is_relative_to(found[-1]):
            found.append(path)
    return tuple(found)
