"""One representation of an output, as bytes that a browser may show.

What a cell shows is somebody's code: HTML and SVG come with a policy that gives them an origin of
their own, which no cookie and no script of the page goes to. Everything else is named as what it
is, or is for download.
"""

from __future__ import annotations

import base64
import binascii

from fastapi import Response
from pydantic_core import to_json

from ..errors import InvalidInputError
from ..models.outputs import ErrorOutput, MimeBundle, Output, StreamOutput, is_json_mime

HTML, SVG, TEXT = "text/html", "image/svg+xml", "text/plain"

_FRAMED = (
    "sandbox allow-scripts allow-popups; default-src 'none'; "
    "script-src 'unsafe-inline' 'unsafe-eval' https: blob: data:; "
    "style-src 'unsafe-inline' https:; img-src https: data: blob:; font-src https: data:; "
    "media-src https: data: blob:; worker-src blob:; connect-src https: data: blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Without `allow-same-origin`: the document's origin is opaque, so that its requests bear no cookie
(`SameSite=Strict`) and an `Origin: null`, which is refused."""
_PICTURE = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
_BINARY = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
_ORDER = (HTML, SVG, "image/png", "image/jpeg", "text/markdown", "text/latex", TEXT)


def represented(output: Output, mime: str | None) -> Response:
    """One representation of an output; without a type the one that says most to a browser.

    Raises:
        InvalidInputError: it has none of this type.
    """
    data = _data(output)
    chosen = mime or next((each for each in _ORDER if each in data), next(iter(data), TEXT))
    if chosen not in data:
        raise InvalidInputError(f"This output has no {chosen[:80]!a}, but {', '.join(data)}.")
    if chosen in _BINARY:
        return Response(_decoded(data[chosen]), media_type=chosen)
    content = data[chosen] if isinstance(data[chosen], str) else to_json(data[chosen])
    policy = {HTML: _FRAMED, SVG: _PICTURE}.get(chosen)
    if policy is not None:
        return Response(content, headers=_framed(policy), media_type=chosen)
    return _plain(chosen, content)


def _plain(mime: str, content: object) -> Response:
    """What is no document to a browser; a type that could be one is for download."""
    assert isinstance(content, str | bytes)
    if is_json_mime(mime):
        return Response(content, media_type="application/json")
    if mime.startswith("text/"):  # also of JavaScript and CSS, which are not to be run
        return Response(content, media_type=TEXT)
    disposition = {"Content-Disposition": 'attachment; filename="output"'}
    return Response(content, headers=disposition, media_type="application/octet-stream")


def _framed(policy: str) -> dict[str, str]:
    return {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}


def _data(output: Output) -> dict[str, object]:
    match output:
        case StreamOutput(text=text):
            return {TEXT: text}
        case ErrorOutput(traceback=lines):
            return {TEXT: "\n".join(lines)}
        case MimeBundle(data=data):
            return dict(data)


def _decoded(value: object) -> bytes:
    try:
        return base64.b64decode(str(value))
    except binascii.Error:
        raise InvalidInputError("The picture is damaged: it is no base64 text.") from None
