"""Which names the server answers to, so that no page gets at it by a name of its own.

An attacker's page can have its own name lead to this address (DNS rebinding); then its requests are
of the same origin to the browser, and only the `Host` header gives them away. An address in figures
cannot be rebound, so that every one of them is good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

from fastapi import Response
from starlette.requests import HTTPConnection

from .problem import refusal

ANY = "*"
_PORT = re.compile(r":[0-9]{1,5}$")


class Hosts:
    """Checks the `Host` of requests before anything else looks at them.

    Args:
        names: those that are good beside `localhost` and addresses in figures; `*` for all.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {"localhost", *(name.lower().rstrip(".") for name in names)}

    def __call__(self, connection: HTTPConnection) -> Response | None:
        """A refusal, if the request is for somebody else."""
        path = connection.scope["path"]
        given = connection.headers.getlist("host")
        if len(given) != 1 or not given[0]:
            return refusal(400, f"A request needs one Host header, not {len(given)}.", path)
        if ANY in self._names or self._is_ours(given[0]):
            return None
        detail = (
            f"This server does not answer to {given[0][:80]!a}: if it is to, name it in the "
            "setting `allowed_hosts`."
        )
        return refusal(421, detail, path)

    def _is_ours(self, host: str) -> bool:
        name = _PORT.sub("", host.lower()).rstrip(".")
        return name in self._names or is_address(name)


def is_address(host: str) -> bool:
    """Whether it is an address in figures; one of IPv6 in brackets."""
    bare = host.removeprefix("[").removesuffix("]")
    try:
        found = ip_address(bare)
    except ValueError:
        return False
    return isinstance(found, IPv6Address) == (bare != host)
