"""A page for people: one frame for all, nothing in it from elsewhere."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources
from string import Template

from fastapi import Response

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_TYPES = {"css": "text/css", "js": "text/javascript"}


def page(title: str, main: str, root: str) -> Response:
    """A page with this in it.

    Args:
        title: as plain text.
        main: as HTML.
        root: relative address of the place where the app is mounted: `./`, or `../`.
    """
    frame = Template(static("page.html").decode())
    return _answer(
        frame.substitute(title=escape(title), main=main, root=root).encode(), "text/html"
    )


def live_page(title: str, script: str, root: str) -> Response:
    """A page that a script fills, one of the static files; arguments as in `page`."""
    without = "This page needs JavaScript; the API under <code>/api</code> does not."
    main = (
        f'<noscript>{without}</noscript><script type="module" src="{root}static/{script}"></script>'
    )
    return page(title, main, root)


def static_response(name: str) -> Response:
    """A file that pages are made of."""
    return _answer(static(name), _TYPES[name.rpartition(".")[2]])


@cache
def static(name: str) -> bytes:
    """Content of a file in `static/`."""
    return resources.files(__package__).joinpath("static", name).read_bytes()


def _answer(content: bytes, media_type: str) -> Response:
    return Response(content, headers={"Content-Security-Policy": _POLICY}, media_type=media_type)
