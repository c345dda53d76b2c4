"""A Plotly figure in a page: small HTML that plotly.js brings to life where the page has it.

plotly.js is 4.8 MB, so no figure carries it. A page loads it once (`plotly_script`) and then every
figure's HTML draws itself; without it, the HTML says what the figure shows. Nothing is fetched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

_LARGEST = 64 * 2**10
"""Bytes of a figure that its HTML repeats; a larger one is only in the Plotly representation."""

DRAW_FIGURES = """\
(() => {
  const draw = () => {
    if (!window.Plotly) return;
    for (const script of document.querySelectorAll("figure.nbengine-plotly > script")) {
      const place = script.parentElement, figure = JSON.parse(script.textContent);
      script.remove();
      figure.config = {responsive: true, ...figure.config};
      Plotly.newPlot(place.querySelector("div"), figure)
        .then(() => place.querySelector("figcaption").remove());
    }
  };
  if (document.readyState === "complete") draw(); else window.addEventListener("load", draw);
})();"""
"""Draws, once, every figure of the page that is not drawn yet, if the page has plotly.js."""


def plotly_script() -> str:
    """plotly.js from the installed package, and the lines that draw the page's figures."""
    from plotly.offline import get_plotlyjs

    return f"<script>{get_plotlyjs()}</script>\n<script>{DRAW_FIGURES}</script>\n"


def figure_html(figure: Mapping[str, Any], text: bytes) -> str:
    """The figure's place in a page, with what to say while it is not drawn.

    Args:
        figure: what `summary` speaks of.
        text: the same figure as JSON; small enough, it comes along and is drawn.
    """
    if len(text) > _LARGEST:
        return _place(f"{summary(figure)}: {len(text):,} bytes, in the Plotly representation only")
    data = text.decode().replace("<", "\\u003c")
    canvas = f'<div></div><script type="application/json">{data}</script>'
    place = _place(f"{summary(figure)}: this page has no plotly.js to draw it", canvas)
    return f"{place}<script>{DRAW_FIGURES}</script>"


def _place(caption: str, canvas: str = "") -> str:
    caption = f"<figcaption>{escape(caption)}</figcaption>"
    return f'<figure class="nbengine-plotly">{canvas}{caption}</figure>'


def summary(figure: Mapping[str, Any]) -> str:
    """One line: `Plotly figure "Sales" (2 scatter, 1 bar)`."""
    traces = figure.get("data") or ()
    kinds = Counter(str(trace.get("type", "scatter")) for trace in traces)
    content = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "empty"
    title = _title(figure.get("layout") or {})
    return f'Plotly figure "{title}" ({content})' if title else f"Plotly figure ({content})"


def _title(layout: Mapping[str, Any]) -> str:
    title = layout.get("title")
    text = title.get("text") if isinstance(title, Mapping) else title
    return str(text) if text else ""
