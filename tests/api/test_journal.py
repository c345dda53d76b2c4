from __future__ import annotations

import io
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from nbengine.api.journal import Journal, formatter, logging_to
from nbengine.models.notebook import Cell, ExecutionResult
from nbengine.services.notebooks.cell_queue import Execution
from tests.api.site import TOKEN, Site
from tests.conftest import until


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_requests_and_executions_share_their_ids(site: Site) -> None:
    """The line on an execution has its own id, its notebook's, and the request's that asked."""
    stream = io.StringIO()
    client = site.client()
    with logging_to(stream, "info"):
        client.post("/api/notebooks", json={"name": "a", "cells": [{"id": "c", "source": "1"}]})
        answer = client.post("/api/notebooks/a/cells/c/execute")
        until(lambda: len(lines(stream)) == 3)
    told = {(line["event"], line.get("path")): line for line in lines(stream)}
    ended = told["execution ended", None]
    assert ended["request"] == answer.headers["x-request-id"]
    assert (ended["session"], ended["cell"], ended["status"]) == ("a", "c", "ok")
    assert ended["execution"] == answer.json()["execution_id"]
    answered = told["request answered", "/api/notebooks/a/cells/c/execute"]
    assert (answered["request"], answered["status"]) == (ended["request"], 200)
    assert answered["timestamp"].endswith("Z")


@dataclass
class Chatter:
    """Logs when a cell begins, and when it has ended."""

    def began(self, notebook_id: str, execution: Execution) -> None:
        logging.getLogger("nbengine.x").warning("hello %s", "you")

    def ended(self, notebook_id: str, execution: Execution, result: ExecutionResult) -> None:
        logging.getLogger("nbengine.x").warning("bye")


def test_what_is_logged_while_a_cell_runs_has_its_ids(site: Site) -> None:
    """Whoever logs in its thread; after its end they are gone."""
    stream, client = io.StringIO(), site.client()
    site.notebooks.observers.append(Chatter())
    client.post("/api/notebooks", json={"name": "a", "cells": [{"id": "c", "source": "1"}]})
    with logging_to(stream, "warning"):
        answer = client.post("/api/notebooks/a/cells/c/execute")
    hello, bye = lines(stream)
    assert (hello["event"], hello["session"], hello["cell"]) == ("hello you", "a", "c")
    assert hello["request"] == answer.headers["x-request-id"]
    assert hello["execution"] == answer.json()["execution_id"]
    assert not {"session", "execution", "request"} & bye.keys()


def test_a_cell_that_another_cell_asked_for_has_ids_of_its_own() -> None:
    """Not those of the one that asked."""
    with bound_contextvars(session="outer", execution="1", request="r"):
        inner = Execution("2", Cell(id="c"), {}, object())
    journal = Journal()
    journal.began("inner", inner)
    bound = get_contextvars()
    inner.started_at = inner.queued_at
    journal.ended("inner", inner, ended("inner"))
    assert bound == {"session": "inner", "execution": "2", "cell": "c", "request": "r"}
    assert not get_contextvars()


def ended(notebook_id: str) -> ExecutionResult:
    return ExecutionResult(
        status="ok",
        execution_count=1,
        duration=0.0,
        started_at=datetime.now(UTC),
        cell_id="c",
        notebook_id=notebook_id,
        execution_id="2",
    )


def test_no_token_and_no_query_is_in_the_log(site: Site) -> None:
    """However it was sent, right or wrong, and on any level."""
    stream = io.StringIO()
    with logging_to(stream, "debug"):
        client, stranger = site.client(), site.stranger()
        client.get("/api/notebooks", params={"secret": "s3cret"})
        stranger.get("/api/notebooks", params={"token": TOKEN})
        stranger.get("/api/notebooks", params={"token": "wr0ng"})
        stranger.get("/api/notebooks", headers={"x-api-key": "wr0ng"})
        until(lambda: len(lines(stream)) >= 4)
    for word in (TOKEN, "s3cret", "wr0ng"):
        assert word not in stream.getvalue()


def test_what_only_reads_is_logged_for_debugging_only(site: Site) -> None:
    """What fails is logged in any case."""
    stream = io.StringIO()
    client = site.client()
    with logging_to(stream, "info"):
        client.get("/api/notebooks")
        client.get("/api/notebooks/none")
        until(lambda: len(lines(stream)) == 1)
    assert [line["status"] for line in lines(stream)] == [404]


@pytest.mark.parametrize("for_people", [True, False])
def test_a_log_line_is_one_line(for_people: bool) -> None:
    """Whatever a client has sent: no line begins, and no cursor moves."""
    extra = {"path": "a\nFAKE \x1b[2J\u202e"}
    record = logging.makeLogRecord(
        {
            "name": "nbengine",
            "levelno": 20,
            "levelname": "INFO",
            "msg": "said %s",
            "args": ("x\ny",),
        }
    )
    record.__dict__.update(extra)
    line = formatter(for_people=for_people).format(record)
    assert "\n" not in line
    assert "\x1b[2J" not in line
    assert "\u202e" not in line
    assert "FAKE" in line


def test_a_failure_has_its_traceback_in_the_log() -> None:
    """In JSON as one member."""
    try:
        raise RuntimeError("inside")
    except RuntimeError as error:
        about = (type(error), error, error.__traceback__)
    record = logging.makeLogRecord({"name": "nbengine", "msg": "failed", "exc_info": about})
    told = json.loads(formatter(for_people=False).format(record))
    assert "RuntimeError: inside" in told["exception"]


def test_afterwards_loggers_are_as_they_were() -> None:
    """An embedding application's logging is its own."""
    logger = logging.getLogger("nbengine")
    before = (logger.level, logger.propagate, list(logger.handlers))
    with logging_to(io.StringIO(), "debug"):
        assert logger.level == logging.DEBUG
    assert (logger.level, logger.propagate, list(logger.handlers)) == before
