"""A request that was answered, as those see it who count, log or trace."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LEFT = 499
"""What is said of a request whose client left before there was an answer."""


@dataclass(frozen=True)
class Answered:
    """What came of a request."""

    method: str
    """One of those that there are, or `other`."""
    route: str
    """The path with the names of its parameters, so that there are not many; `none` without."""
    path: str
    """As it was sent, escapes and all, without the query: a token may be in that."""
    status: int
    seconds: float

    @classmethod
    def of(cls, scope: Scope, status: int | None, seconds: float) -> Answered:
        """What came of the request of a scope."""
        method = scope["method"]
        raw = scope.get("raw_path") or scope["path"].encode()
        return cls(
            method=method if method in _METHODS else "other",
            route=_route(scope),
            path=raw.partition(b"?")[0].decode("latin-1"),
            status=status or _LEFT,
            seconds=seconds,
        )

    @property
    def changes_nothing(self) -> bool:
        """Whether it was only a look."""
        return self.method in ("GET", "HEAD", "OPTIONS") and self.status < 400


def _route(scope: Scope) -> str:
    """The template of the path, with the prefixes under which its router is included."""
    form = getattr(scope.get("route"), "path_format", None)
    if form is None:
        return "none"
    filled, path = form.format(**scope["path_params"]), scope["path"]
    prefix = path.removesuffix(filled) if path.endswith(filled) else ""
    return f"{prefix}{form}"
