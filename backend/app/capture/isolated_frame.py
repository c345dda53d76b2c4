"""A whole HTML document inside a cell's output, with scripts that cannot reach the page around."""

from __future__ import annotations

from html import escape


def isolated(document: str, *, height: int = 400, title: str = "") -> str:
    """An `<iframe>` that holds the document itself, so that it works offline and from a file.

    Its scripts run in an origin of their own: no cookies, no access to the notebook page. It is
    as high as told and can be dragged higher.
    """
    return (
        f'<iframe title="{escape(title)}" sandbox="allow-scripts allow-popups allow-downloads" '
        f'style="width:100%;height:{height}px;border:0;resize:vertical;overflow:auto" '
        f'srcdoc="{escape(document)}"></iframe>'
    )
