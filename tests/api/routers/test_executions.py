from __future__ import annotations

import httpx
import pytest

from tests.api.conftest import OpenSite
from tests.api.reading import first, until_end
from tests.api.site import Site
from tests.conftest import until

PLACE = "/api/notebooks/a"


def make(client: httpx.Client, *sources: str) -> None:
    """A notebook `a` with cells `c1`, `c2` and so on."""
    cells = [{"id": f"c{n}", "source": source} for n, source in enumerate(sources, start=1)]
    assert client.post("/api/notebooks", json={"name": "a", "cells": cells}).status_code == 201


def test_a_cell_runs_and_its_result_is_the_answer(client: httpx.Client) -> None:
    """It is also the cell's last result, and can be asked for by its execution."""
    make(client, "print('hi')\n1 + 1")
    result = client.post(f"{PLACE}/cells/c1/execute").json()
    assert (result["status"], result["outputs"][0]["text"]) == ("ok", "hi\n")
    assert client.get(f"{PLACE}/cells/c1").json()["last_result"] == result
    info = client.get(f"{PLACE}/executions/{result['execution_id']}").json()
    assert (info["running"], info["result"]) == (None, result)


def test_an_error_of_the_users_is_a_result(client: httpx.Client) -> None:
    """The request was answered well: 200."""
    make(client, "1 / 0")
    answer = client.post(f"{PLACE}/cells/c1/execute")
    assert (answer.status_code, answer.json()["error"]["type"]) == (200, "ZeroDivisionError")


def test_a_source_that_is_sent_is_the_cells_from_then_on(client: httpx.Client) -> None:
    """It is an edit: it needs a revision, and the answer names the new one."""
    make(client, "1")
    body = {"source": "'new'"}
    assert client.post(f"{PLACE}/cells/c1/execute", json=body).status_code == 428
    revision = client.get(f"{PLACE}/cells/c1").json()["revision"]
    answer = client.post(f"{PLACE}/cells/c1/execute", json={**body, "revision": revision})
    assert answer.json()["outputs"][0]["data"]["text/plain"] == "'new'"
    cell = client.get(f"{PLACE}/cells/c1").json()
    assert (cell["source"], f'"{cell["revision"]}"') == ("'new'", answer.headers["etag"])
    late = client.post(f"{PLACE}/cells/c1/execute", json={"source": "2", "revision": revision})
    assert (late.status_code, late.json()["yours"]) == (409, {"source": "2"})


def test_a_request_need_not_wait(site: Site, client: httpx.Client) -> None:
    """202 says where the execution is; its stream ends with its result."""
    make(client, "x = 1")
    answer = client.post(f"{PLACE}/cells/c1/execute", params={"wait": "false"})
    assert answer.status_code == 202
    place = answer.headers["location"]
    with site.listening(f"{place}/events") as events:
        ended = until_end(events)[-1]
    assert client.get(place).json()["result"] == ended.data["result"]


def test_options_reach_the_cell(client: httpx.Client) -> None:
    """Mode, timeout, and whether it may ask."""
    make(client, "while True: pass", "open('f', 'w')", "input()")
    slow = client.post(f"{PLACE}/cells/c1/execute", json={"timeout": 0.05}).json()
    assert slow["status"] == "timeout"
    careful = client.post(f"{PLACE}/cells/c2/execute", json={"mode": "read_only"}).json()
    assert careful["isolation_effective"]["mode"] == "read_only"
    assert careful["status"] == "error"
    alone = client.post(f"{PLACE}/cells/c3/execute").json()
    assert alone["error"]["type"] == "StdinNotImplementedError"


@pytest.mark.parametrize(
    "body",
    [{"timeout": -1}, {"timeout": "x"}, {"mode": "root"}, {"sauce": ""}, {"source": 1}, [], "x"],
    ids=str,
)
def test_options_that_make_no_sense_run_nothing(client: httpx.Client, body: object) -> None:
    """422 says where the fault is."""
    make(client, "x = 1")
    answer = client.post(f"{PLACE}/cells/c1/execute", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("In the body")
    assert client.get(f"{PLACE}/cells/c1").json()["last_result"] is None


@pytest.mark.parametrize(
    "chosen, ran",
    [
        ({"cells": "all"}, ["c1", "c2", "c3"]),
        ({"cells": "above", "cell": "c2"}, ["c1"]),
        ({"cells": "below", "cell": "c2"}, ["c2", "c3"]),
        ({"cells": ["c3", "c1"]}, ["c3", "c1"]),
    ],
    ids=str,
)
def test_several_cells_run(client: httpx.Client, chosen: dict[str, object], ran: list[str]) -> None:
    """All, those before one, one and those after it, or some by name, in the order given."""
    make(client, "1", "2", "3")
    answer = client.post(f"{PLACE}/run", json=chosen)
    assert answer.status_code == 202
    assert [info["cell_id"] for info in answer.json()] == ran


def test_stale_cells_run(client: httpx.Client) -> None:
    """Those that read what was changed, and no others."""
    make(client, "x = 1", "x + 1", "'alone'")
    last = client.post(f"{PLACE}/run", json={"cells": "all"}).json()[-1]["execution_id"]
    until(lambda: client.get(f"{PLACE}/executions/{last}").json()["result"] is not None)
    assert client.post(f"{PLACE}/run", json={"cells": "stale"}).json() == []
    body = {"source": "x = 2", "revision": "*"}
    client.post(f"{PLACE}/cells/c1/execute", json=body)
    assert client.get(f"{PLACE}/cells/c2").json()["stale"]["name"] == "x"
    answer = client.post(f"{PLACE}/run", json={"cells": "stale"})
    assert [info["cell_id"] for info in answer.json()] == ["c2"]


def test_a_large_result_comes_whole(client: httpx.Client) -> None:
    """As the answer, and as the last event of its stream."""
    make(client, "print('x' * 900_000)")
    result = client.post(f"{PLACE}/cells/c1/execute").json()
    assert len(result["outputs"][0]["text"]) == 900_001
    path = f"{PLACE}/executions/{result['execution_id']}/events"
    assert len(client.get(path).content) > 1_800_000


def test_cells_after_one_that_fails_are_not_run(client: httpx.Client) -> None:
    """Their results say so."""
    make(client, "1 / 0", "2")
    last = client.post(f"{PLACE}/run", json={"cells": "all"}).json()[-1]["execution_id"]
    until(lambda: client.get(f"{PLACE}/executions/{last}").json()["result"] is not None)
    assert client.get(f"{PLACE}/executions/{last}").json()["result"]["status"] == "aborted"


def test_which_cells_has_to_be_said(client: httpx.Client) -> None:
    """Before or after no cell in particular makes no sense, and unknown ones are named."""
    make(client, "1")
    assert "cell" in client.post(f"{PLACE}/run", json={"cells": "above"}).json()["detail"]
    assert client.post(f"{PLACE}/run", json={"cells": ["none"]}).status_code == 404
    assert client.post(f"{PLACE}/run", json={"cells": "some"}).status_code == 422


def test_an_interrupt_ends_what_runs_and_what_waits(site: Site, client: httpx.Client) -> None:
    """Whoever waits gets what the cell showed until then."""
    make(client, "print('begun')\nwhile True: pass", "2")
    running, waiting = client.post(f"{PLACE}/run", json={"cells": "all"}).json()
    with site.listening(f"{PLACE}/events") as events:
        first(events, "text")
        assert client.post(f"{PLACE}/interrupt").json() == {"ended": True}
        until_end(events)
    result = client.get(f"{PLACE}/executions/{running['execution_id']}").json()["result"]
    assert (result["status"], result["outputs"][0]["text"]) == ("interrupted", "begun\n")
    aborted = client.get(f"{PLACE}/executions/{waiting['execution_id']}").json()["result"]
    assert aborted["status"] == "aborted"


def test_a_restart_empties_the_namespace(client: httpx.Client) -> None:
    """Results stay."""
    make(client, "x = 1", "x")
    client.post(f"{PLACE}/cells/c1/execute")
    assert client.post(f"{PLACE}/restart").status_code == 204
    assert client.post(f"{PLACE}/cells/c2/execute").json()["error"]["type"] == "NameError"
    assert client.get(f"{PLACE}/cells/c1").json()["last_result"]["status"] == "ok"


def test_a_line_that_nobody_asked_for_is_refused(client: httpx.Client) -> None:
    """There is nobody to give it to."""
    make(client, "1")
    execution = client.post(f"{PLACE}/cells/c1/execute").json()["execution_id"]
    answer = client.post(f"{PLACE}/executions/{execution}/input", json={"line": "x"})
    assert answer.status_code == 422


def test_a_client_that_leaves_does_not_stop_its_cell(site: Site, client: httpx.Client) -> None:
    """The cell runs to its end, and nothing of the request is left meanwhile."""
    make(client, "x = input()\nx")
    body = b'{"allow_stdin": true}'
    lines = ("Content-Type: application/json", f"Content-Length: {len(body)}")
    impatient = site.connect()
    impatient.sendall(site.head(f"POST {PLACE}/cells/c1/execute", *lines) + body)
    until(lambda: site.notebooks.open("a").cells[0].running is not None)
    with site.listening(f"{PLACE}/events") as events:
        execution = first(events, "input").data["execution_id"]
        impatient.close()
        until(lambda: len(site.server.server_state.tasks) == 1)  # the stream
        client.post(f"{PLACE}/executions/{execution}/input", json={"line": "still here"})
        result = until_end(events)[-1].data["result"]
    assert result["outputs"][-1]["data"]["text/plain"] == "'still here'"


def test_too_many_cells_that_wait_are_refused(open_site: OpenSite) -> None:
    """With a word on when to try again."""
    client = open_site(cell_queue_length=2).client()
    make(client, "1", "2", "3", "4")
    answer = client.post(f"{PLACE}/run", json={"cells": "all"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_cells_that_are_no_code_are_not_run(client: httpx.Client) -> None:
    """Nor are those that are not there."""
    make(client, "1")
    client.post(f"{PLACE}/cells", json={"id": "text", "cell_type": "markdown"})
    assert client.post(f"{PLACE}/cells/text/execute").status_code == 422
    assert client.post(f"{PLACE}/cells/none/execute").status_code == 404
    assert client.get(f"{PLACE}/executions/none").status_code == 404
