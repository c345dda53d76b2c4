"""A server for a test: the app on a real socket, with the service behind it in sight."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from nbengine.api.app import open_app
from nbengine.api.event_stream import Streams
from nbengine.api.server import Server, address_of, listen
from nbengine.services.notebook_service import NotebookService
from tests.api.reading import Heard, heard
from tests.conftest import PATIENCE

TOKEN = "a-token-for-tests"
_DOCUMENTED: dict[str, Any] = {}
"""Paths of the OpenAPI document, which is the same for every app, but slow to make."""


@dataclass
class Site:
    """A server that runs in a thread."""

    app: FastAPI
    url: str
    port: int
    server: Server
    thread: Thread
    left: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def opened(cls, engine: str = "in_process", token: str | None = TOKEN, **settings: Any) -> Site:
        """Start one; without snapshots, if the test does not say otherwise."""
        app = open_app(engine=engine, token=token, **{"snapshots": False, **settings})
        listening = listen("127.0.0.1", 0, token)
        server = Server(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        port = listening.getsockname()[1]
        return cls(app, address_of(listening, None), port, server, thread)

    @property
    def notebooks(self) -> NotebookService:
        service = self.app.state.notebooks
        assert isinstance(service, NotebookService)
        return service

    @property
    def streams(self) -> Streams:
        streams = self.app.state.streams
        assert isinstance(streams, Streams)
        return streams

    def client(self, **headers: str) -> httpx.Client:
        """A client with the token, unless the headers say otherwise."""
        given = {"authorization": f"Bearer {TOKEN}", **headers}
        client = httpx.Client(base_url=self.url, headers=given, timeout=PATIENCE)
        return self.left.enter_context(client)

    def stranger(self, **headers: str) -> httpx.Client:
        """A client without the token."""
        client = httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE)
        return self.left.enter_context(client)

    def connect(self) -> socket.socket:
        """A bare connection."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        return self.left.enter_context(connection)

    def send(self, *parts: bytes) -> bytes:
        """Everything that comes back for some bytes, until the server closes the connection."""
        connection = self.connect()
        for part in parts:
            connection.sendall(part)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
        return answer

    def head(self, request: str, *lines: str) -> bytes:
        """The head of a request that bears the token."""
        own = (f"Host: 127.0.0.1:{self.port}", f"Authorization: Bearer {TOKEN}", *lines)
        return "\r\n".join([f"{request} HTTP/1.1", *own, "", ""]).encode()

    @contextmanager
    def listening(
        self, path: str, params: dict[str, int] | None = None, **headers: str
    ) -> Iterator[Iterator[Heard]]:
        """What a stream of events tells, as it comes."""
        with self.client().stream("GET", path, params=params, headers=headers) as response:
            assert response.status_code == 200, response.read()
            yield heard(response.iter_lines())

    def close(self) -> None:
        """End the server as a signal would, and the clients."""
        self.server.should_exit = True
        self.thread.join()
        self.left.close()
        assert not self.undocumented()

    def undocumented(self) -> set[tuple[str, str, str]]:
        """Method, route and status of answers of which the OpenAPI document says nothing."""
        if not _DOCUMENTED:
            _DOCUMENTED.update(self.app.openapi()["paths"])
        found = set()
        for method, route, status in self.answered():
            operation = _DOCUMENTED.get(route, {}).get(method.lower())
            if route.startswith("/api") and operation and status not in operation["responses"]:
                found.add((method, route, status))
        return found

    def answered(self) -> Iterator[tuple[str, str, str]]:
        """Method, route and status of everything that was answered to whoever stayed for it."""
        exposition = self.app.state.metrics.exposition().decode()
        for family in text_string_to_metric_families(exposition):
            for sample in family.samples:
                if (
                    sample.name == "nbengine_http_requests_total"
                    and sample.labels["status"] != "499"
                ):
                    yield sample.labels["method"], sample.labels["route"], sample.labels["status"]
