"""What every request passes before a route sees it, and every response before it leaves."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from itertools import count

from fastapi import Response
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .clients import Clients
from .problem import Problem, answer, refusal
from .watch import Watch

_log = logging.getLogger("nbengine.api")

Check = Callable[[HTTPConnection], Response | None]
"""Gives an answer instead of the route's, or lets a request pass."""

LONGEST_URL = 8_192
LONGEST_HEAD = 32_768
"""Bytes of all headers together."""

HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cache-control": b"private, no-cache",
}
"""Of every response that says nothing else; a page has a policy of its own."""


class Gate:
    """Refuses what may not pass, numbers the rest, and has the last word on what goes wrong.

    Args:
        app: what lies behind it.
        checks: in this order.
        clients: who is being served.
        watch: counts, logs and traces.
    """

    def __init__(
        self, app: ASGIApp, checks: Sequence[Check], clients: Clients, watch: Watch
    ) -> None:
        self._app = app
        self._checks = (check_sizes, *checks)
        self._clients = clients
        self._watch = watch
        self._prefix = secrets.token_hex(4)
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        request_id = f"{self._prefix}-{next(self._numbers)}"
        scope.setdefault("state", {})["request_id"] = request_id
        headed = _with_headers(send, request_id, scope.get("root_path", ""))
        with self._watch.answering(scope, headed) as noted:
            await self._check(connection, receive, noted)

    async def _check(self, connection: HTTPConnection, receive: Receive, send: Send) -> None:
        for check in self._checks:
            if (response := check(connection)) is not None:
                await response(connection.scope, receive, send)
                return
        with self._clients.serving(connection):
            await self._pass(connection.scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            request_id = scope["state"]["request_id"]
            _log.exception("%s %s failed (%s)", scope["method"], scope["path"], request_id)
            if has_begun:
                raise
            await _failure(request_id)(scope, receive, send)


def check_sizes(connection: HTTPConnection) -> Response | None:
    """Refuse an address or headers that are too long."""
    scope = connection.scope
    url = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    if url > LONGEST_URL:
        detail = f"The address has {url:,} bytes, and {LONGEST_URL:,} at most are read."
        return refusal(414, detail, scope["path"][:80])
    head = sum(len(name) + len(value) for name, value in scope["headers"])
    if head > LONGEST_HEAD:
        detail = f"The headers have {head:,} bytes, and {LONGEST_HEAD:,} at most are read."
        return refusal(431, detail, scope["path"])
    return None


def _with_headers(send: Send, request_id: str, root: str) -> Send:
    """Sends with every header that is due; a place under `/api` is told as it is seen from outside.

    Args:
        send: of the server.
        request_id: number of the request.
        root: path under which the app is mounted.
    """

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [_seen_from_outside(each, root) for each in message.get("headers", ())]
            said = {name.lower() for name, _ in headers}
            headers += [each for each in HEADERS.items() if each[0] not in said]
            headers.append((b"x-request-id", request_id.encode()))
            message = {**message, "headers": headers}
        await send(message)

    return with_headers


def _seen_from_outside(header: tuple[bytes, bytes], root: str) -> tuple[bytes, bytes]:
    name, value = header
    if root and name.lower() == b"location" and value.startswith(b"/api/"):
        return name, root.encode() + value
    return header


def _failure(request_id: str) -> Response:
    """What a client is told of an error inside: where the log has it."""
    return answer(
        Problem(
            title="Internal Server Error",
            status=500,
            detail=f"Something went wrong inside; the server's log has it under {request_id}.",
            instance=request_id,
        )
    )
