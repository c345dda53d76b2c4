from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.conftest import OpenSite
from tests.api.site import Site
from tests.conftest import until


def counted(client: httpx.Client) -> dict[tuple[str, ...], float]:
    """Every sample: name and values of the labels -> value."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


@contextmanager
def asleep(client: httpx.Client) -> Iterator[None]:
    """While a cell runs and another waits behind it."""
    cells = [{"id": "s", "source": "import time; time.sleep(60)"}, {"id": "w", "source": "1"}]
    client.post("/api/notebooks", json={"name": "asleep", "cells": cells})
    client.post("/api/notebooks/asleep/run", json={"cells": "all"})
    until(lambda: ("nbengine_executions_running",) in counted(client))
    yield
    client.post("/api/notebooks/asleep/interrupt")


def test_executions_are_counted_by_what_became_of_them(client: httpx.Client) -> None:
    """With their durations and the bytes that they showed."""
    cells = [{"id": "good", "source": "print('x' * 100)"}, {"id": "bad", "source": "1 / 0"}]
    client.post("/api/notebooks", json={"name": "a", "cells": cells})
    for cell in ("good", "good", "bad"):
        client.post(f"/api/notebooks/a/cells/{cell}/execute")
    now = counted(client)
    assert now["nbengine_executions_total", "ok"] == 2
    assert now["nbengine_executions_total", "error"] == 1
    assert now["nbengine_execution_seconds_count",] == 3
    assert now["nbengine_execution_wait_seconds_count",] == 3
    assert now["nbengine_output_bytes_total",] >= 200


def test_what_snapshots_wrote_is_counted(open_site: OpenSite) -> None:
    """In bytes."""
    client = open_site(snapshots=True).client()
    cells = [{"id": "c", "source": "kept = bytes(range(256)) * 40"}]
    client.post("/api/notebooks", json={"name": "a", "cells": cells})
    client.post("/api/notebooks/a/cells/c/execute")
    assert counted(client)["nbengine_snapshot_bytes_total",] > 0


def test_requests_are_counted_by_route_not_by_path(client: httpx.Client) -> None:
    """So that there are no more series than routes, whatever is asked for."""
    for name in ("a", "b", "c"):
        client.get(f"/api/notebooks/{name}")
        client.get(f"/nothing/{name}")
    client.request("PROPFIND", "/api/notebooks")
    now = counted(client)
    route = "/api/notebooks/{notebook_id}"
    assert now["nbengine_http_requests_total", "GET", route, "404"] == 3
    assert now["nbengine_http_request_seconds_count", "GET", route] == 3
    assert now["nbengine_http_requests_total", "GET", "none", "404"] == 3
    assert not [key for key in now if "PROPFIND" in key]
    assert [key for key in now if key[:2] == ("nbengine_http_requests_total", "other")]


def test_refusals_are_counted_too(site: Site, client: httpx.Client) -> None:
    """They have no route."""
    assert site.stranger().get("/api/notebooks").status_code == 401
    assert counted(client)["nbengine_http_requests_total", "GET", "none", "401"] == 1


def test_what_goes_on_is_told_as_it_is(site: Site, client: httpx.Client) -> None:
    """Cells that run, cells that wait, open streams."""
    with asleep(client):
        until(lambda: counted(client)["nbengine_executions_waiting",] == 1)
        assert counted(client)["nbengine_executions_running",] == 1
    until(lambda: counted(client)["nbengine_executions_running",] == 0)
    client.post("/api/notebooks", json={"name": "a"})
    with site.listening("/api/notebooks/a/events"):
        assert counted(client)["nbengine_event_streams",] == 1
    until(lambda: counted(client)["nbengine_event_streams",] == 0)


def test_live_workers_are_told(open_site: OpenSite) -> None:
    """Of an engine that has some."""
    client = open_site(engine="process", isolation="best_effort").client()
    client.post("/api/notebooks", json={"name": "a", "cells": [{"id": "c", "source": "1"}]})
    assert counted(client)["nbengine_workers",] == 0
    client.post("/api/notebooks/a/cells/c/execute")
    assert counted(client)["nbengine_workers",] == 1


@pytest.mark.parametrize("is_open, status", [(False, 401), (True, 200)])
def test_metrics_need_the_token_unless_they_are_open(
    open_site: OpenSite, is_open: bool, status: int
) -> None:
    """By a setting, which opens nothing else."""
    stranger = open_site(open_metrics=is_open).stranger()
    assert stranger.get("/metrics").status_code == status
    assert stranger.get("/api/notebooks").status_code == 401


def test_each_app_counts_for_itself(open_site: OpenSite) -> None:
    """Two in one process have registries of their own."""
    one, other = open_site().client(), open_site().client()
    one.post("/api/notebooks", json={"name": "a", "cells": [{"id": "c", "source": "1"}]})
    one.post("/api/notebooks/a/cells/c/execute")
    assert ("nbengine_executions_total", "ok") in counted(one)
    assert ("nbengine_executions_total", "ok") not in counted(other)
