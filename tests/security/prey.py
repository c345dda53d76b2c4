"""What thefts are aimed at: processes, sockets and files that are none of a notebook's."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.engines.processes import is_there

from .ground import Ground, Listener

_OWN_NAME = f"nbengine-prey-{os.getpid()}"
"""Of what a theft makes for all to see: tests in other processes make thefts of their own."""
_SHARED = Path("/dev/shm", _OWN_NAME)
_SHARED_KEY = 0x6E62 << 16 | os.getpid() & 0xFFFF


class Prey:
    """All that a theft may be aimed at.

    Args:
        folder: of its own, with a short path.
    """

    def __init__(self, folder: Path) -> None:
        self._listener = Listener()
        self.ground = Ground(folder / "ground", self._listener.port)
        self._secret = folder / "ground" / "secrets" / "secret.txt"
        self._unix = str(folder / "unix")
        self._abstract = f"\0nbengine-{folder.parent.name}-{folder.name}"
        self._sockets = [
            self._listening(socket.SOCK_STREAM, self._unix),
            self._listening(socket.SOCK_STREAM, self._abstract),
            self._listening(socket.SOCK_DGRAM, self._unix + ".datagrams"),
        ]
        self._victim = _victim()

    def preparation(self, **more: object) -> str:
        """The variables of a theft; `more` are those that depend on where it is made."""
        given = {
            "unix": self._unix,
            "abstract": self._abstract,
            "victim": self._victim.pid,
            "own_name": _OWN_NAME,
            "own_key": _SHARED_KEY,
            **more,
        }
        known = [f"{name} = {value!r}" for name, value in given.items()]
        ours = [line for line in self.ground.preparation.splitlines() if line.startswith(_OURS)]
        return "\n".join([*ours, *known])

    def taken(self, loot: object) -> bool:
        """Whether a theft has succeeded; what it harmed is there again after this."""
        variables: dict[str, Any] = {"loot": loot or None}
        harmed = [self.ground.taken(variables, self._listener), self._reached()]
        harmed += [self._victim_is_harmed(), _shared_memory_is_there()]
        self.ground.clear()
        self._secret.write_text("user,word\nada,pencil\n")
        return any(harmed)

    def renew(self) -> None:
        """Another victim: what was done to the last one may take a moment to show."""
        self._victim.kill()
        self._victim.wait()
        self._victim = _victim()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, t: TracebackType | None
    ) -> None:
        self._listener.__exit__(kind, error, t)
        for each in self._sockets:
            each.close()
        self._victim.kill()
        self._victim.wait()

    def _listening(self, kind: socket.SocketKind, address: str) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX, kind)
        listening.bind(address)
        listening.setblocking(False)
        if kind is socket.SOCK_STREAM:
            listening.listen()
        return listening

    def _reached(self) -> bool:
        reached = False
        for each in self._sockets:
            with suppress(BlockingIOError):
                if each.type is socket.SOCK_STREAM:
                    each.accept()[0].close()
                else:
                    each.recv(1)
                reached = True
        return reached

    def _victim_is_harmed(self) -> bool:
        pid = self._victim.pid
        status = Path(f"/proc/{pid}/stat")
        if is_there(pid) and status.read_text().rpartition(")")[2].split()[0] not in "Tt":
            return False
        self.renew()
        return True


_OURS = ("target", "secret", "port")


def _victim() -> subprocess.Popen[bytes]:
    """A process that does nothing, in a session of its own."""
    return subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL, start_new_session=True)


def _shared_memory_is_there() -> bool:
    """Whether somebody left any behind for all to see; it is taken away."""
    found = _SHARED.exists()
    _SHARED.unlink(missing_ok=True)
    segments = Path("/proc/sysvipc/shm").read_text(encoding="utf-8").splitlines()[1:]
    if any(int(line.split()[0]) & 0xFFFFFFFF == _SHARED_KEY for line in segments):
        subprocess.run(["ipcrm", "-M", hex(_SHARED_KEY)], check=True)
        return True
    return found
