"""A mock of another system, as a `sitecustomize`: our modules see that one, all others are Linux's.

What Windows has not is taken away. What our modules import is loaded beforehand, because the
standard library decides by the system, too; then our modules are forgotten, to be loaded again.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import sys
import types

VARIABLE = "PRETENDED_SYSTEM"
_LOADED = (
    "asyncio ctypes.util multiprocessing.context multiprocessing.pool platform selectors sqlite3 "
    "sysconfig tempfile urllib.request zoneinfo nbengine.engines.process nbengine.policy.read_only "
    "nbengine.worker.life"
)
_NO_MODULES = "fcntl grp pty pwd resource termios tty"
_NO_NAMES = {
    os: (
        "O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_PATH WEXITSTATUS WIFSIGNALED WNOHANG "
        "WTERMSIG fork forkpty getegid geteuid getgid getsid getuid killpg openpty "
        "register_at_fork setsid wait4"
    ),
    signal: "SIGCHLD SIGHUP SIGKILL pthread_kill",
    socket: "AF_UNIX recv_fds send_fds",
}


def pretend(system: str) -> None:
    """From now on this is another system."""
    for name in _LOADED.split():
        importlib.import_module(name)
    importlib.import_module("sysconfig").get_config_vars()
    importlib.import_module("platform").uname()
    for name in [name for name in sys.modules if name.partition(".")[0] == "nbengine"]:
        del sys.modules[name]
    if system == "win32":
        _take_away()
        _give()
    sys.platform = system


def _take_away() -> None:
    for module, names in _NO_NAMES.items():
        for name in names.split():
            if hasattr(module, name):
                delattr(module, name)
    for name in _NO_MODULES.split():
        sys.modules[name] = None  # type: ignore[assignment]


def _give() -> None:
    """What only Windows has, as far as we ask for it, and its pair of sockets."""
    locks = {"LK_NBLCK": 1, "LK_UNLCK": 2, "locking": lambda *_: None}
    msvcrt = types.ModuleType("msvcrt")
    vars(msvcrt).update(locks)
    sys.modules["msvcrt"] = msvcrt
    vars(subprocess).update(CREATE_NEW_PROCESS_GROUP=0, CREATE_NO_WINDOW=0)
    vars(socket).update(socketpair=_socketpair)


def _socketpair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        return near, listener.accept()[0]


if VARIABLE in os.environ:
    pretend(os.environ[VARIABLE])
