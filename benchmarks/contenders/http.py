"""Who answers over HTTP: a server with notebooks, and the least that a server can do."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import ExitStack
from http.client import HTTPConnection
from time import perf_counter, sleep
from urllib.parse import urlsplit

from benchmarks.load import TOKEN, served

ECHO = """
import socket, sys
import fastapi, uvicorn
app = fastapi.FastAPI()
@app.post("/")
async def echo(request: fastapi.Request):
    return await request.json()
server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
server.run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""
_PATIENCE = 30.0


class Caller:
    """One client with one connection, which stays open."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._connection = HTTPConnection("127.0.0.1")
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}

    def post(self, path: str, content: object) -> dict[str, object]:
        """What the server answers."""
        self._connection.request("POST", path, json.dumps(content), self._headers)
        answer = self._connection.getresponse()
        told: dict[str, object] = json.loads(answer.read())
        if answer.status >= 300:
            raise RuntimeError(f"{answer.status}: {told}")
        return told

    def call(self) -> None:
        """The request that is measured."""
        raise NotImplementedError

    def close(self) -> None:
        """End the server."""
        self._connection.close()
        self._opened.close()


class Served(Caller):
    """`nbengine serve`, and a notebook of one cell.

    Args:
        engine: that of the server.
    """

    def __init__(self, engine: str = "in_process") -> None:
        super().__init__()
        _, url = self._opened.enter_context(served(engine))
        self._connection = HTTPConnection(str(urlsplit(url).netloc))
        notebook = self.post("/api/notebooks", {"name": "n"})["id"]
        self.post(f"/api/notebooks/{notebook}/cells", {"id": "a", "source": "x = 1"})
        self._path = f"/api/notebooks/{notebook}/cells/a/execute"
        self.call()

    def call(self) -> None:
        if self.post(self._path, {})["status"] != "ok":
            raise RuntimeError("the cell failed")


class Echo(Caller):
    """FastAPI and uvicorn alone: an asynchronous route that gives back what it got."""

    def __init__(self) -> None:
        super().__init__()
        listening = self._opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        server = subprocess.Popen(
            [sys.executable, "-c", ECHO, str(listening.fileno())],
            pass_fds=[listening.fileno()],
        )
        self._opened.callback(server.wait)
        self._opened.callback(server.kill)
        self._connection = HTTPConnection("127.0.0.1", listening.getsockname()[1], _PATIENCE)
        self.call()

    def call(self) -> None:
        self.post("/", {})


def answer(caller: Caller) -> float:
    """Seconds until the answer, a moment after the last one."""
    sleep(0.002)
    began = perf_counter()
    caller.call()
    return perf_counter() - began
