from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn

from nbengine.api.server import address_of, listen
from tests.conftest import PATIENCE

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "embed.py"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """Of the example, as uvicorn serves it; on whatever host."""
    monkeypatch.setenv("NBENGINE_ISOLATION", "best_effort")
    app = runpy.run_path(str(EXAMPLE))["app"]
    listening = listen("127.0.0.1", 0, None)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    with httpx.Client(base_url=address_of(listening, None), timeout=PATIENCE) as client:
        yield client
    server.should_exit = True
    thread.join()
    listening.close()


def test_an_application_runs_cells_and_shows_them_by_the_api(client: httpx.Client) -> None:
    """Both see the same notebooks; the API asks for its token."""
    assert client.get("/six-times/7").json() == "42\n"
    assert client.get("/lab/api/notebooks").status_code == 401
    token = {"authorization": "Bearer choose one"}
    (notebook,) = client.get("/lab/api/notebooks", headers=token).json()
    assert notebook["name"] == "Six times"
    made = client.post("/lab/api/notebooks", headers=token, json={"name": "By hand"})
    assert client.get(made.headers["location"], headers=token).json()["name"] == "By hand"
    (cell,) = client.get(f"/lab/api/notebooks/{notebook['id']}", headers=token).json()["cells"]
    assert cell["last_result"]["outputs"][0]["text"] == "42\n"


def test_the_example_is_short() -> None:
    """So that it shows how little is needed."""
    lines = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= 20
