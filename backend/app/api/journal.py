"""What the log says of requests and executions, and how the log of a server looks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog
from structlog.contextvars import bind_contextvars, get_contextvars, unbind_contextvars
from structlog.typing import EventDict, WrappedLogger

from ..models.notebook import ExecutionResult
from ..services.notebooks.cell_queue import Execution
from .answered import Answered

_log = logging.getLogger("nbengine.api")
_OTHERS = "uvicorn"
"""Logger of the server beneath: of what it says only trouble is of interest."""


class Journal:
    """Says in the log what was answered and run.

    Never a query, a header, a cell's source or what it showed.
    """

    def answered(self, answered: Answered) -> None:
        """A request was answered."""
        _log.log(
            _level(answered),
            "request answered",
            extra={
                "method": answered.method,
                "path": answered.path,
                "status": answered.status,
                "seconds": round(answered.seconds, 6),
            },
        )

    def began(self, notebook_id: str, execution: Execution) -> None:
        """A cell begins: whatever this thread logs until its end has the ids."""
        of_request = execution.context.run(get_contextvars)
        ids = {"session": notebook_id, "execution": execution.id, "cell": execution.cell_id}
        bind_contextvars(**{**of_request, **ids})

    def ended(self, notebook_id: str, execution: Execution, result: ExecutionResult) -> None:
        """A cell has ended, or will not run."""
        ids = {"session": notebook_id, "execution": execution.id, "cell": execution.cell_id}
        said = {"status": result.status, "seconds": round(result.duration, 6)}
        _log.info("execution ended", extra={**ids, **said})
        if execution.started_at is not None:
            unbind_contextvars("request", *ids)


def _level(answered: Answered) -> int:
    if answered.status >= 500:
        return logging.ERROR
    return logging.DEBUG if answered.changes_nothing else logging.INFO


@contextmanager
def logging_to(stream: TextIO, level: str) -> Iterator[None]:
    """While entered, our loggers and those of the server write here: readably, or JSON lines.

    Args:
        stream: where to; a terminal gets lines for people.
        level: name of the lowest one that is written.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(for_people=stream.isatty()))
    with (
        _handled(logging.getLogger("nbengine"), handler, level.upper()),
        _handled(logging.getLogger(_OTHERS), handler, "WARNING"),
    ):
        yield


@contextmanager
def _handled(logger: logging.Logger, handler: logging.Handler, level: str) -> Iterator[None]:
    """While entered, records of a logger go to this handler and nowhere else."""
    before = (logger.level, logger.propagate)
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]


def formatter(*, for_people: bool) -> logging.Formatter:
    """Makes lines of records, whichever logger they come from, with the ids of what went on."""
    render = [structlog.dev.ConsoleRenderer()] if for_people else _JSON
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _visible, *render],
    )


_JSON = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _visible(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Text of a client's that cannot be seen moves no terminal's cursor and begins no line."""
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)
    return event
