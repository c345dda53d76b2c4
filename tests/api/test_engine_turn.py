from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.api.conftest import OpenSite
from tests.api.test_metrics import counted
from tests.conftest import until

THREADS = 40
"""Those that answer requests."""


def test_what_waits_for_a_worker_keeps_nobody_from_being_heard(open_site: OpenSite) -> None:
    """More requests wait than there are threads; the cell that they wait for is interrupted."""
    site = open_site(engine="process", isolation="best_effort", worker_count=1, snapshots=True)
    client = site.client()
    asleep = [{"id": "c", "source": "import time; time.sleep(600)"}]
    client.post("/api/notebooks", json={"name": "busy", "cells": asleep})
    client.post("/api/notebooks", json={"name": "waits"})
    running = client.post("/api/notebooks/busy/cells/c/execute", params={"wait": False}).json()
    with site.listening("/api/notebooks/busy/events") as events:
        next(event for event in events if event.name == "started")
    with ThreadPoolExecutor(THREADS + 10) as pool:
        looks = [
            pool.submit(site.client().get, "/api/notebooks/waits/variables")
            for _ in range(THREADS + 10)
        ]
        until(lambda: counted(client)["nbengine_worker_queue",] >= 1)
        assert len(client.get("/api/notebooks").json()) == 2
        assert client.post("/api/notebooks/busy/interrupt").json() == {"ended": True}
        assert {look.result().status_code for look in looks} == {200}
    path = f"/api/notebooks/busy/executions/{running['execution_id']}"
    assert client.get(path).json()["result"]["status"] == "interrupted"
