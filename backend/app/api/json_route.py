"""Routes that take JSON and nothing else, of bounded size, within a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

from ..settings import Settings

_CLOSE = {"Connection": "close"}
"""What is still to come is not waited for."""


class JsonRequest(Request):
    """A request whose body is JSON: strictly, as RFC 8259 has it."""

    async def body(self) -> bytes:
        """All of it.

        Raises:
            HTTPException: it is longer than it may be, 413, or takes too long to come, 408.
        """
        if not hasattr(self, "_body"):
            self._body = await self._in_time()
        return self._body

    async def json(self) -> Any:
        """Its content.

        Raises:
            JSONDecodeError: it is not JSON, or not in UTF-8.
        """
        return orjson.loads(await self.body())

    @property
    def _settings(self) -> Settings:
        settings = self.app.state.settings
        assert isinstance(settings, Settings)
        return settings

    async def _in_time(self) -> bytes:
        seconds = self._settings.body_timeout
        try:
            async with asyncio.timeout(seconds):
                return await self._within_limit()
        except TimeoutError:
            raise HTTPException(
                408, f"The body did not come within {seconds:g} seconds.", _CLOSE
            ) from None

    async def _within_limit(self) -> bytes:
        limit = self._settings.body_limit
        check_length(self, limit)
        body = bytearray()
        async for chunk in self.stream():
            body += chunk
            if len(body) > limit:
                raise too_large(limit)
        return bytes(body)


class JsonRoute(APIRoute):
    """A route of such requests."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            request = JsonRequest(request.scope, request.receive)
            if has_body(request) and not _is_json(request):
                await request.body()  # while a client still sends, it does not hear an answer
                raise _wrong_type(request)
            return await handle(request)

        return handle_json


def has_body(request: Request) -> bool:
    """Whether any body comes with a request."""
    headers = request.headers
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def check_length(request: Request, limit: int) -> None:
    """Refuse a body that says of itself that it is too long.

    Raises:
        HTTPException: 413.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large(limit)


def too_large(limit: int) -> HTTPException:
    """To be raised when more came than may."""
    return HTTPException(413, f"The body has more than {limit:,} bytes, which is the limit.")


def _is_json(request: Request) -> bool:
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    kind = kind.strip()
    charset = parameters.replace(" ", "").replace('"', "").partition("charset=")[2]
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    return is_json and charset in ("", "utf-8")


def _wrong_type(request: Request) -> HTTPException:
    given = request.headers.get("content-type")
    said = f"not {given[:80]!r}" if given else "and say so in Content-Type"
    return HTTPException(415, f"The body has to be application/json in UTF-8, {said}.")
