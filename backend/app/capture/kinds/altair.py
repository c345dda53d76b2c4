"""Altair charts: the Vega-Lite specification, and HTML that draws it without asking a network.

Altair ships no Vega of its own. With `vl-convert-python` beside it, the HTML holds everything that
it needs. Without, it is a button: what draws the chart is fetched from Altair's host when the
reader asks for it, never by itself. Viewers that know Vega-Lite draw the specification either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...models.notebook import OWN_METADATA
from ...models.outputs import MimeBundle
from ...settings import Settings
from ..isolated_frame import isolated
from ..registry import Kind, Renderer
from ..render import as_mime_value

if TYPE_CHECKING:
    from altair import Chart

AXES_HEIGHT = 100
"""Pixels for axes, title and menu around a chart."""
DEFAULT_HEIGHT = 300

_BUTTON = """\
<div><p>{text} <button onclick="this.closest('div').replaceWith(\
this.closest('div').querySelector('template').content.cloneNode(true))">\
Draw it with Vega from cdn.jsdelivr.net</button></p>
<p><small>To draw charts without a network: <code>pip install vl-convert-python</code></small></p>
<template>{frame}</template></div>"""


def render(chart: Chart, _settings: Settings) -> MimeBundle:
    """The specification and HTML; what the user's own choice of renderer gives instead."""
    shown = _shown(chart, chart.to_dict(context={"pre_transform": False}))
    data, metadata = shown if isinstance(shown, tuple) else (shown, {})
    named = ((_standard(mime), value) for mime, value in data.items())
    return MimeBundle(
        data={mime: as_mime_value(mime, value) for mime, value in named},
        metadata=metadata | {OWN_METADATA: {"kind": "altair"}},
    )


def _shown(chart: Chart, spec: dict[str, Any]) -> Any:
    from altair import renderers

    if renderers.active == "default":
        return {_mime(spec): spec, "text/html": _html(chart, spec)}
    chosen: Any = renderers.get()
    return chosen(spec)


def _html(chart: Chart, spec: Mapping[str, Any]) -> str:
    height = spec.get("height", DEFAULT_HEIGHT)
    pixels = AXES_HEIGHT + (int(height) if isinstance(height, int | float) else DEFAULT_HEIGHT)
    if find_spec("vl_convert"):
        return isolated(chart.to_html(inline=True), height=pixels)
    frame = isolated(chart.to_html(), height=pixels)
    return _BUTTON.format(text=escape(repr(chart)), frame=frame)


def _mime(spec: Mapping[str, Any]) -> str:
    """The type that viewers know, from `https://vega.github.io/schema/vega-lite/v6.4.1.json`."""
    version = str(spec["$schema"]).rpartition("/")[2].partition(".")[0]
    return f"application/vnd.vegalite.{version}+json"


def _standard(mime: str) -> str:
    """Altair names some JSON types so that the notebook format does not take them for JSON."""
    if mime.startswith("application/vnd.vega") and mime.endswith(".json"):
        return mime.removesuffix(".json") + "+json"
    return mime


def _renderers(altair: ModuleType) -> Mapping[type, Renderer]:
    return {altair.TopLevelMixin: render}


KIND = Kind(library="altair", renderers=_renderers)
