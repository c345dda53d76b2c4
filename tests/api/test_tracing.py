from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from nbengine.api.app import create_app
from nbengine.api.server import Server, address_of, listen
from nbengine.api.telemetry import wanted_tracing
from nbengine.api.tracing import Spans, process_provider
from nbengine.bootstrap import open_notebooks
from nbengine.errors import MissingDependencyError
from nbengine.settings import Settings, load_settings
from tests.conftest import until

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def exported() -> InMemorySpanExporter:
    """Takes the spans."""
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exported: InMemorySpanExporter) -> Spans:
    """Makes them."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    return Spans(provider)


@pytest.fixture
def settings() -> Settings:
    """Without snapshots."""
    return load_settings(snapshots=False)


@pytest.fixture
def base_url(settings: Settings, tracing: Spans) -> Iterator[str]:
    """Of a server that traces."""
    with open_notebooks(settings, engine="in_process") as notebooks:
        app = create_app(settings, notebooks=notebooks, token=None, tracing=tracing)
        with served(app) as url:
            yield url


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """While it is; its address."""
    listening = listen("127.0.0.1", 0, None)
    server = Server(app)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield address_of(listening, None).rstrip("/")
    finally:
        server.should_exit = True
        thread.join()


def finished(exported: InMemorySpanExporter, count: int) -> dict[str, ReadableSpan]:
    until(lambda: len(exported.get_finished_spans()) >= count)
    return {span.name: span for span in exported.get_finished_spans()}


def test_an_execution_is_a_span_within_that_of_its_request(
    base_url: str, exported: InMemorySpanExporter
) -> None:
    """And the request's goes on from the client's own trace."""
    parent = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    with httpx.Client(base_url=base_url) as client:
        cells = [{"id": "c", "source": "secret = 1 / 0"}]
        client.post("/api/notebooks", json={"name": "a", "cells": cells})
        result = client.post("/api/notebooks/a/cells/c/execute", headers=parent).json()
    spans = finished(exported, 3)
    request = spans["POST /api/notebooks/{notebook_id}/cells/{cell_id}/execute"]
    cell = spans["execute cell"]
    assert cell.parent is not None
    assert request.context is not None
    assert cell.parent.span_id == request.context.span_id
    assert f"{request.context.trace_id:032x}" == TRACE
    assert cell.attributes is not None
    assert cell.attributes["nbengine.execution"] == result["execution_id"]
    assert cell.attributes["nbengine.status"] == "error"
    assert cell.status.status_code is StatusCode.ERROR
    assert "secret" not in cell.to_json()


def test_no_query_is_in_a_span(base_url: str, exported: InMemorySpanExporter) -> None:
    """A token may be in it."""
    httpx.get(f"{base_url}/api/notebooks", params={"token": "s3cret"})
    (span,) = finished(exported, 1).values()
    assert "s3cret" not in span.to_json()


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"},
        {"OTEL_SERVICE_NAME": "notebooks"},
    ],
)
def test_nothing_is_traced_that_nobody_wants(settings: Settings, environ: dict[str, str]) -> None:
    """So nothing of OpenTelemetry is needed."""
    assert wanted_tracing(settings, environ) is None


def test_an_exporter_that_is_not_installed_is_told_with_its_remedy() -> None:
    """In one sentence."""
    with pytest.raises(MissingDependencyError, match=r"'carrier-pigeon'.*pip install"):
        process_provider("carrier-pigeon")


def test_what_is_missing_for_tracing_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to install."""
    monkeypatch.setitem(sys.modules, "nbengine.api.tracing", None)
    with pytest.raises(MissingDependencyError, match=r"nbengine\[telemetry\]"):
        wanted_tracing(settings, {"OTEL_TRACES_EXPORTER": "otlp"})


def test_an_app_that_does_not_trace_loads_nothing_for_it() -> None:
    """Neither does its server."""
    code = "import sys, nbengine.api.serving; print('opentelemetry.sdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "False\n"
