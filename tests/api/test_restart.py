from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.api.reading import Heard, first, heard
from tests.api.serving import Served

PLACE = "/api/notebooks/a"
Start = Callable[[str], Served]


@pytest.fixture
def start(own_settings: Path) -> Iterator[Start]:
    """Starts a server on the workspace of the test; all have ended after it."""
    started: list[Served] = []

    def start(engine: str) -> Served:
        started.append(Served.started(own_settings, engine))
        return started[-1]

    yield start
    for served in started:
        served.close()


def make(client: httpx.Client, *sources: str) -> None:
    cells = [{"id": f"c{n}", "source": source} for n, source in enumerate(sources, start=1)]
    assert client.post("/api/notebooks", json={"name": "a", "cells": cells}).status_code == 201


def begun(client: httpx.Client, cell: str) -> str:
    """Let a cell run; the id of its execution, once it has shown something."""
    started = client.post(f"{PLACE}/cells/{cell}/execute", params={"wait": "false"}).json()
    execution = str(started["execution_id"])
    with client.stream("GET", f"{PLACE}/executions/{execution}/events") as response:
        first(heard(response.iter_lines()), "text")
    return execution


def told(client: httpx.Client, path: str, after: int | None = None) -> list[Heard]:
    """All that a stream tells up to its end."""
    headers = {} if after is None else {"last-event-id": str(after)}
    with client.stream("GET", path, headers=headers) as response:
        return list(heard(response.iter_lines()))


@pytest.mark.parametrize("engine", ["in_process", "process"])
def test_a_server_that_is_killed_has_lost_one_cell(start: Start, engine: str) -> None:
    """The next one has every notebook, edit, result and variable; what ran is `dead`, and says so.

    A reader that comes back with the number of its last event is told to read anew.
    """
    served = start(engine)
    client = served.client
    make(client, "x = 41", "print('begun')\nwhile True: pass", "x + 1")
    first = client.post(f"{PLACE}/cells/c1/execute").json()
    edit = {"source": "x + 1 # edited", "revision": "*"}
    assert client.patch(f"{PLACE}/cells/c3", json=edit).status_code == 200
    running = begun(client, "c2")
    number = int(client.get(PLACE).headers["last-event-id"])
    assert served.end(signal.SIGKILL) == -signal.SIGKILL

    client = start(engine).client
    assert [each["id"] for each in client.get("/api/notebooks").json()] == ["a"]
    one, two, three = client.get(PLACE).json()["cells"]
    assert one["last_result"] == first
    assert three["source"] == "x + 1 # edited"
    assert (two["running"], two["last_result"]["status"]) == (None, "dead")
    assert "server ended" in two["last_result"]["error"]["message"]
    path = f"{PLACE}/executions/{running}"
    assert client.get(path).json()["result"] == two["last_result"]
    ends = told(client, f"{path}/events", after=number)
    assert [event.name for event in ends] == ["reset", "ended"]
    assert ends[-1].data["result"]["status"] == "dead"
    assert (ends[-1].number or 0) > number
    answer = client.post(f"{PLACE}/cells/c3/execute").json()
    assert answer["outputs"][0]["data"]["text/plain"] == "42"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_asked_to_end_asks_its_cells(start: Start, sent: signal.Signals) -> None:
    """Who waits for one gets what it has shown, streams end, and the next server has it."""
    served = start("in_process")
    client = served.client
    make(client, "print('begun')\nwhile True: pass")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(client.post, f"{PLACE}/cells/c1/execute")
        stream = pool.submit(told, client, f"{PLACE}/events")
        with client.stream("GET", f"{PLACE}/events") as response:
            first(heard(response.iter_lines()), "text")
            served.process.send_signal(sent)
            result = waiting.result().json()
        assert stream.result()
    assert (result["status"], result["outputs"][0]["text"]) == ("interrupted", "begun\n")
    assert served.process.wait(20) == (0 if sent == signal.SIGINT else -sent)
    cell = start("in_process").client.get(f"{PLACE}/cells/c1").json()
    assert cell["last_result"] == result
