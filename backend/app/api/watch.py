"""Around every request and every execution: what is counted, logged and traced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from time import perf_counter
from typing import Protocol

from starlette.types import Message, Scope, Send
from structlog.contextvars import bound_contextvars

from ..services.notebooks.observer import Observer
from .answered import Answered


class RequestObserver(Observer, Protocol):
    """Is told of answers, too."""

    def answered(self, answered: Answered) -> None:
        """A request was answered."""


class Tracing(Observer, Protocol):
    """Makes spans of requests and executions."""

    def answering(self, scope: Scope) -> AbstractContextManager[list[Answered]]:
        """Around a request; what came of it is put into the list."""


class Watch:
    """Whoever watches, told in one place.

    Args:
        observers: are told of answers and executions.
        tracing: makes spans, if spans are wanted.
    """

    def __init__(self, observers: Sequence[RequestObserver], tracing: Tracing | None) -> None:
        self._observers = observers
        self._tracing = tracing

    @property
    def of_executions(self) -> list[Observer]:
        """Those to be told of executions."""
        return [*self._observers, *([self._tracing] if self._tracing else [])]

    @contextmanager
    def answering(self, scope: Scope, send: Send) -> Iterator[Send]:
        """Around a request; what it gives is to be sent with."""
        status: int | None = None

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = perf_counter()
        with ExitStack() as around:
            around.enter_context(bound_contextvars(request=scope["state"]["request_id"]))
            told = around.enter_context(self._tracing.answering(scope)) if self._tracing else []
            try:
                yield noted
            finally:
                answered = Answered.of(scope, status, perf_counter() - began)
                told.append(answered)
                for observer in self._observers:
                    observer.answered(answered)
