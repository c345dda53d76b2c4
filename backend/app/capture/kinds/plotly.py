"""Plotly figures: shown where they are shown, interactive unless the user chose otherwise.

Renderers for a browser or a page (`browser`, `notebook`, `colab`, ...) all mean the interactive
figure here; pictures, JSON and renderers of the user's own are what they are.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Iterable, Mapping
from copy import copy, deepcopy
from types import ModuleType, SimpleNamespace
from typing import Any

from ...models.notebook import OWN_METADATA, PLOTLY_MIME
from ...models.outputs import MimeBundle
from ...runtime.binding import bind
from ...runtime.execution import running
from ...settings import Settings
from ..plotly_html import figure_html, summary
from ..plotly_json import both_forms
from ..registry import Kind

_TOLD = "plotly.told"
_RENDERERS = "plotly.io._renderers"


def render(figure: Any, _settings: Settings) -> MimeBundle:
    """The figure as the user's default renderer shows it; its repr if that is switched off."""
    renderers = sys.modules.get(_RENDERERS)
    if renderers is not None and not renderers.renderers.render_on_display:
        return MimeBundle(data={"text/plain": repr(figure)})
    return _bundle(figure.to_dict(), _default(), {})


def show(fig: Any, renderer: str | None = None, validate: bool = True, **options: Any) -> None:
    """`fig.show()`, `plotly.io.show(fig)`: publish it, as these renderers or the default ones."""
    from plotly.io._utils import validate_coerce_fig_to_dict

    execution = running()
    if execution is not None:
        figure = validate_coerce_fig_to_dict(fig, validate)
        figure = deepcopy(fig) if figure is fig else figure
        execution.publish(_bundle(figure, renderer or _default(), options))


def _default() -> str | None:
    """The renderers that the user has chosen.

    Nobody has while Plotly has not loaded them, which it does late: they import IPython.
    """
    if _RENDERERS not in sys.modules and "PLOTLY_RENDERER" not in os.environ:
        return None
    from plotly.io import renderers

    return str(renderers.default or "")


def _bundle(figure: Mapping[str, Any], names: str | None, options: dict[str, Any]) -> MimeBundle:
    data = {} if names else _interactive(figure, options.get("config") or {}, options)
    for renderer in _named(names) if names else ():
        data |= _represented(figure, renderer, options)
    data.setdefault("text/plain", summary(figure))
    return MimeBundle(data=data, metadata={OWN_METADATA: {"kind": "plotly"}})


def _named(names: str) -> Iterable[Any]:
    """Plotly's renderers of these names, joined by `+`, those of pages as one."""
    from plotly.io import renderers

    chosen = names.split("+")
    unknown = [name for name in chosen if name not in renderers]
    if unknown:
        raise ValueError(f"Invalid named renderer(s) received: {unknown}")
    return {_page(renderers[name]) or name: renderers[name] for name in chosen}.values()


def _page(renderer: Any) -> str:
    """A name in common for the renderers of a page or a browser; empty for others."""
    from plotly.io import base_renderers

    own = type(renderer).__module__.startswith("plotly.")
    still = base_renderers.ImageRenderer, base_renderers.JsonRenderer
    return "page" if own and not isinstance(renderer, still) else ""


def _represented(figure: Mapping[str, Any], renderer: Any, options: dict[str, Any]) -> Any:
    from plotly.io.base_renderers import ExternalRenderer

    renderer = copy(renderer)
    for name, value in options.items():
        if hasattr(renderer, name):
            setattr(renderer, name, value)
    if _page(renderer):
        return _interactive(figure, getattr(renderer, "config", None) or {}, options)
    if isinstance(renderer, ExternalRenderer):
        renderer.render(figure)
        return {}
    return _still(figure, renderer, options)


def _still(figure: Mapping[str, Any], renderer: Any, options: dict[str, Any]) -> Any:
    try:
        return renderer.to_mimebundle(figure)
    except Exception as error:
        _tell(f"The figure is shown interactive, not as asked: {' '.join(str(error).split())}")
        return _interactive(figure, {}, options)


def _tell(text: str) -> None:
    """One note, however many figures of the cell it concerns."""
    execution = running()
    if execution is not None and text not in execution.scratch.setdefault(_TOLD, []):
        execution.scratch[_TOLD].append(text)
        execution.note(text)


def _interactive(
    figure: Mapping[str, Any], config: Mapping[str, Any], options: dict[str, Any]
) -> dict[str, Any]:
    size = {side: options[side] for side in ("width", "height") if options.get(side)}
    layout = {**(figure.get("layout") or {}), **size}
    shown = {**figure, "layout": layout} | ({"config": config} if config else {})
    plain, text = both_forms(shown)
    return {PLOTLY_MIME: plain, "text/html": figure_html(plain, text)}


def _no_page(*_: Any, **__: Any) -> None:
    """Putting plotly.js into a page is not a cell's business: the page has it once."""


def _bind_figure(library: ModuleType) -> None:
    bind(library.BaseFigure, "show", show)


def _bind_show(renderers: ModuleType) -> None:
    bind(renderers, "show", show)


def _bind_base(base_renderers: ModuleType) -> None:
    bind(base_renderers.HtmlRenderer, "activate", _no_page)


def _bind_html(html: Any) -> None:
    """`write_html(auto_open=True)` and `plotly.offline.plot` write the file and say where."""
    own = SimpleNamespace(open=webbrowser.open)
    bind(own, "open", lambda url, *_, **__: _tell(f"Written, not opened in a browser: {url}"))
    html.webbrowser = own


KIND = Kind(
    library="plotly.basedatatypes",
    renderers=lambda library: {library.BaseFigure: render},
    when_imported={
        "plotly.basedatatypes": _bind_figure,
        _RENDERERS: _bind_show,
        "plotly.io._base_renderers": _bind_base,
        "plotly.io._html": _bind_html,
    },
)
