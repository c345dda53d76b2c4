"""What the `type` of a problem leads to. It is the same on every server, and needs no token."""

from __future__ import annotations

from html import escape
from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Response

from ..page import page
from ..problem_kind import PREFIX, ProblemKind, all_kinds

_KINDS = all_kinds()
_ALL = PREFIX.rstrip("/")
PATHS = frozenset({_ALL, *(PREFIX + name for name in _KINDS)})

router = APIRouter(include_in_schema=False)


@router.get(_ALL)
def problems_page() -> Response:
    """Every kind that there is."""
    rows = "".join(map(_row, _KINDS.values()))
    said = "Errors come as <code>application/problem+json</code> (RFC 9457). A <code>type</code> "
    return page("Problems", f"<h1>Problems</h1><p>{said}is one of these.</p><dl>{rows}</dl>", "./")


@router.get(PREFIX + "{name}")
def problem_page(name: str) -> Response:
    """One kind."""
    kind = _KINDS.get(name)
    if kind is None:
        raise HTTPException(404, f"There is no kind of problem {name[:80]!a}.")
    status = f"{kind.status} {HTTPStatus(kind.status).phrase}"
    main = f'<h1>{kind.title}</h1><p class="soft">{status}</p><p>{_text(kind.about)}</p>'
    return page(kind.title, f'{main}<p><a href="../problems">All problems</a></p>', "../")


def _row(kind: ProblemKind) -> str:
    link = f'<a href=".{PREFIX}{kind.name}">{kind.title}</a>'
    return f'<dt>{kind.status}</dt><dd>{link}<br><span class="soft">{_text(kind.about)}</span></dd>'


def _text(about: str) -> str:
    """As HTML, with what is between backticks as code."""
    parts = escape(about).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))
