from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Thread

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from nbengine.api.app import open_app
from nbengine.api.server import address_of, listen
from nbengine.errors import NbengineError
from tests.api.site import TOKEN
from tests.conftest import PATIENCE

BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def lab() -> FastAPI:
    """The app, as an application would have it."""
    return open_app(engine="in_process", token=TOKEN, snapshots=False)


@dataclass
class Around:
    """An application that has the app under `/lab`, and its server."""

    server: uvicorn.Server
    thread: Thread
    client: httpx.Client

    @classmethod
    def started(cls, lab: FastAPI) -> Around:
        """With the lifespan of the app within its own."""

        @asynccontextmanager
        async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
            async with lab.router.lifespan_context(lab):
                yield

        app = FastAPI(lifespan=lifespan)
        app.mount("/lab", lab)
        listening = listen("127.0.0.1", 0, TOKEN)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        url = address_of(listening, None)
        return cls(server, thread, httpx.Client(base_url=url, timeout=PATIENCE))

    def end(self) -> None:
        """As a signal would."""
        self.server.should_exit = True
        self.thread.join()
        self.client.close()


@pytest.fixture
def around(lab: FastAPI) -> Iterator[Around]:
    """One that ends with the test."""
    started = Around.started(lab)
    yield started
    started.end()


@pytest.fixture
def client(around: Around) -> httpx.Client:
    """A client of it, without the token."""
    return around.client


def test_what_needs_no_token_needs_none(client: httpx.Client) -> None:
    """Wherever it is; everything else does."""
    assert client.get("/lab/api/health").status_code == 200
    assert client.get("/lab/problems").status_code == 200
    assert client.get("/lab/api/notebooks").status_code == 401


def test_the_cookie_goes_to_nothing_else(client: httpx.Client) -> None:
    """The application around it, and another such app in it, do not get it."""
    answer = client.get("/lab/docs", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/lab/docs")
    assert "Path=/lab/;" in answer.headers["set-cookie"]
    assert client.get("/lab/api/notebooks").status_code == 200
    assert "cookie" not in client.get("/").request.headers


def test_places_are_told_as_they_are_seen_from_outside(client: httpx.Client) -> None:
    """In the document, of what was made, and of what went wrong."""
    document = client.get("/lab/api/openapi.json", headers=BEARER).json()
    assert document["servers"] == [{"url": "/lab"}]
    body = {"name": "a", "cells": [{"id": "c", "source": "1"}]}
    made = client.post("/lab/api/notebooks", json=body, headers=BEARER)
    assert made.headers["location"] == "/lab/api/notebooks/a"
    begun = client.post("/lab/api/notebooks/a/cells/c/execute?wait=false", headers=BEARER)
    assert client.get(begun.headers["location"], headers=BEARER).status_code == 200
    problem = client.get("/lab/api/notebooks/none", headers=BEARER).json()
    assert problem["instance"] == "/lab/api/notebooks/none"
    assert problem["type"] == "/lab/problems/unknown-notebook"
    assert client.get(problem["type"]).status_code == 200


@pytest.mark.parametrize("path", ["/lab/", "/lab/docs", "/lab/notebooks/a", "/lab/problems"])
def test_pages_find_what_they_are_made_of(client: httpx.Client, path: str) -> None:
    """By addresses that are relative."""
    page = client.get(path, headers=BEARER)
    for name in re.findall(r'(?:href|src)="([^"]*static[^"]*)"', page.text):
        assert client.get(page.url.join(name), headers=BEARER).status_code == 200


def test_it_ends_with_the_application_around_it(lab: FastAPI, around: Around) -> None:
    """If that has taken its lifespan for its own."""
    assert around.client.get("/lab/api/health").status_code == 200
    around.end()
    with pytest.raises(NbengineError):
        lab.state.notebooks.create("a")
