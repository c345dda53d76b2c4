"""Who may ask: whoever has the token, by header, or by the cookie that a browser got for it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from urllib.parse import parse_qsl, urlencode

from fastapi import Response
from starlette.requests import HTTPConnection

from ..errors import InvalidSettingError
from .problem import refusal

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_QUERY = "token"
_TICKET_SECONDS = 60.0
_FOREIGN = "A page of {origin} may not do this: its origin is not that of this server."


class Access:
    """Lets requests in that bear the token, and no page of another origin.

    The cookie bears a digest of the token, not the token: it is good for this server alone.

    Args:
        token: that of this server; None lets everybody in who can reach it.
        open_paths: what may be read without.

    Raises:
        InvalidSettingError: the token is empty, or has characters that no header can have.
    """

    def __init__(self, token: str | None, open_paths: frozenset[str]) -> None:
        if token is not None and not (token and token.isascii() and token.isprintable()):
            raise InvalidSettingError("The token has to be of visible ASCII characters.")
        self._token = token
        self._open = open_paths
        self._ticket: tuple[str, float] | None = None
        self._badge = hashlib.blake2b((token or "").encode(), person=b"nbengine cookie"[:16])

    def ticket(self) -> str | None:
        """What lets a browser in for the token, once, within a minute; None, if none is needed.

        A browser is started with its address as an argument, which others on the machine see.
        """
        if self._token is None:
            return None
        self._ticket = (secrets.token_urlsafe(32), time.monotonic() + _TICKET_SECONDS)
        return self._ticket[0]

    def __call__(self, connection: HTTPConnection) -> Response | None:
        """A refusal, or the answer to the first visit of a browser."""
        if connection.scope["method"] in _SAFE and _path_within(connection) in self._open:
            return None
        if self._token is None:
            return _of_foreign_page(connection)
        if (given := _in_header(connection)) is not None:
            return None if _same(given, self._token) else _unknown(connection, "is another one")
        if (given := _in_query(connection)) is not None:
            return self._by_query(connection, given)
        given = connection.cookies.get(_cookie(connection))
        if given is None or not _same(given, self._badge.hexdigest()):
            return _unknown(connection, "is missing")
        return _of_foreign_page(connection, by_cookie=True)

    def _by_query(self, connection: HTTPConnection, given: str) -> Response:
        """The cookie for a browser that was opened with the token in its address."""
        if not _same(given, str(self._token)) and not self._takes(given):
            return _unknown(connection, "in the address is another one")
        response = Response(status_code=303, headers={"Location": _without_token(connection)})
        response.set_cookie(
            _cookie(connection),
            self._badge.hexdigest(),
            httponly=True,
            samesite="strict",
            path=f"{_root(connection)}/",
            secure=connection.scope["scheme"] == "https",
        )
        return response

    def _takes(self, given: str) -> bool:
        """Whether it is the ticket, which is good for nothing from now on."""
        if self._ticket is None or not _same(given, self._ticket[0]):
            return False
        until, self._ticket = self._ticket[1], None
        return time.monotonic() <= until


def _root(connection: HTTPConnection) -> str:
    """Path under which the app is mounted; what else there is does not get its cookie."""
    return str(connection.scope.get("root_path", "")).rstrip("/")


def _path_within(connection: HTTPConnection) -> str:
    """The path, as the app has it."""
    return str(connection.scope["path"]).removeprefix(_root(connection))


def _in_header(connection: HTTPConnection) -> str | None:
    scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer.strip()
    return connection.headers.get("x-api-key")


def _in_query(connection: HTTPConnection) -> str | None:
    """What a browser was opened with; where its cookie is good, it is to leave the address, too."""
    if connection.scope["method"] != "GET":
        return None
    return dict(parse_qsl(connection.scope["query_string"].decode("latin-1"))).get(_QUERY)


def _same(given: str, right: str) -> bool:
    """Whether they are, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())


def _of_foreign_page(connection: HTTPConnection, *, by_cookie: bool = False) -> Response | None:
    """A refusal, if a browser asks on behalf of a page that is not ours, or may do.

    A cookie alone proves no more than that the browser was here. What changes something needs the
    `Origin` that every browser sends with it.
    """
    origin = connection.headers.get("origin")
    scope = connection.scope
    if origin is None:
        if by_cookie and scope["method"] not in _SAFE:
            return refusal(403, "With a cookie, what changes anything needs Origin.", scope["path"])
        return None
    host = connection.headers.get("host")
    if origin in (f"{scope['scheme']}://{host}", f"https://{host}"):  # one may encrypt for us
        return None
    return refusal(403, _FOREIGN.format(origin=origin[:80]), scope["path"])


def _unknown(connection: HTTPConnection, what: str) -> Response:
    detail = (
        f"The token {what}: send it as `Authorization: Bearer <token>`, or open the address that "
        "the server printed when it started."
    )
    return refusal(401, detail, connection.scope["path"], {"WWW-Authenticate": "Bearer"})


def _cookie(connection: HTTPConnection) -> str:
    """Its name, which has the port in it: to a browser all ports of a host are one site."""
    server = connection.scope.get("server") or ("", 0)
    return f"nbengine-{server[1]}"


def _without_token(connection: HTTPConnection) -> str:
    """Where the browser goes then: a path, and nothing that it takes for another host."""
    query = parse_qsl(connection.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    rest = urlencode([(name, value) for name, value in query if name != _QUERY])
    path = "/" + connection.scope["raw_path"].decode("latin-1").replace("\\", "%5C").lstrip("/")
    return f"{path}?{rest}" if rest else path
