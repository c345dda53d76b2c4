"""Where attempts are made: a folder to fill, a secret to read, somebody to reach."""

from __future__ import annotations

import shutil
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self

from .attempts import PREPARATION


class Listener:
    """Counts who reaches a port of this machine, by TCP (and is answered in HTTP) or UDP."""

    def __init__(self) -> None:
        self.reached = 0
        self._server = _Counting(("127.0.0.1", 0), _Answer)
        self._server.listener = self
        self.port = self._server.server_address[1]
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.bind(("127.0.0.1", self.port))
        self._datagrams.setblocking(False)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def taken(self) -> bool:
        """Whether anybody came since the last time."""
        try:
            self.reached += bool(self._datagrams.recv(1))
        except BlockingIOError:
            pass
        reached, self.reached = self.reached, 0
        return reached > 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, t: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._datagrams.close()
        self._thread.join()


class Ground:
    """One place for attempts.

    Args:
        folder: of its own, outside of every notebook.
        port: where somebody listens.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self._spoils = folder / "spoils"
        self._secret = folder / "secrets" / "secret.txt"
        self._secret.parent.mkdir(parents=True)
        self._secret.write_text("user,word\nada,pencil\n")
        self._port = port
        self.clear()

    @property
    def preparation(self) -> str:
        """A cell that gives an attempt its variables."""
        places = {"target": self._spoils / "x", "secret": self._secret}
        paths = [f"{name} = {str(path)!r}" for name, path in places.items()]
        return "\n".join([PREPARATION, *paths, f"port = {self._port}"])

    def clear(self) -> None:
        """Take away what an attempt left."""
        shutil.rmtree(self._spoils, ignore_errors=True)
        self._spoils.mkdir()

    def taken(self, variables: dict[str, Any], listener: Listener) -> bool:
        """Whether an attempt has got anything."""
        loot = variables.get("loot")
        return any(self._spoils.iterdir()) or listener.taken() or loot is not None


class _Counting(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    listener: Listener

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.listener.reached += 1
        return True


class _Answer(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        """Something that tables can be read from."""
        body = b'[{"a": 1}]'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""
