"""Panel's panes, widgets and layouts: each in a frame that draws it, also offline.

They look as they are when they are shown: whatever is moved or clicked asks Python, and nobody
answers. A frame carries Panel's scripts (3 to 5 MB); the style sheets are on Panel's own server,
without which a frame is plainer.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ...models.notebook import OWN_METADATA
from ...models.outputs import MimeBundle
from ...settings import Settings
from ..isolated_frame import isolated
from ..registry import Kind, Renderer
from .bokeh import height_of


def render(viewable: Any, _settings: Settings) -> MimeBundle:
    """The object as a document of its own, beside its text."""
    from bokeh.resources import INLINE

    document = io.StringIO()
    viewable.save(document, resources=INLINE)
    html = isolated(document.getvalue(), height=height_of(viewable.get_root()))
    return MimeBundle(data={"text/html": html}, metadata={OWN_METADATA: {"kind": "panel"}})


def _renderers(viewable: ModuleType) -> Mapping[type, Renderer]:
    return {viewable.Viewable: render}


KIND = Kind(library="panel.viewable", renderers=_renderers)
