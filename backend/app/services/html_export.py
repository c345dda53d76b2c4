"""A notebook as one HTML file that opens without a network, its Plotly figures alive.

nbconvert lays out the page. Everything its stock template would fetch is left out or put in:
plotly.js once, if there is a figure for it; formulas stay readable TeX; widgets and Mermaid
diagrams, which need a network, give way to their text.
"""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import MissingDependencyError
from ..models.notebook import PLOTLY_MIME, Notebook
from .atomic_file import write_atomically
from .notebook_formats import nbformat4
from .text_form import text_form

TEMPLATE = Path(__file__).with_name("notebook_page.html.j2")

RICH = (
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "application/javascript",
)
"""Which representation a reader without a network sees, best first; without any of them text."""

DRAW = """
for (const place of document.querySelectorAll("div.nbengine-figure")) {
  const failed = (error) => { place.textContent = "This figure could not be drawn: " + error; };
  try {
    const figure = JSON.parse(document.getElementById(place.id + "-data").textContent);
    Plotly.newPlot(place, figure).catch(failed);
  } catch (error) { failed(error); }
}
"""


def check_html_export() -> None:
    """Say now, before hours of work, that nbconvert is not installed.

    Raises:
        MissingDependencyError: with the pip line.
    """
    if importlib.util.find_spec("nbconvert") is None:
        raise MissingDependencyError(
            "HTML needs nbconvert, which is not installed: pip install 'nbengine[html]'"
        )


def write_html(
    notebook: Notebook, path: Path, *, folder: Path, title: str, settled: Path | None = None
) -> None:
    """Write the page; the old file stays whole if that fails.

    Args:
        notebook: shown as it is, with the outputs of its cells' last results.
        path: the HTML file.
        folder: where pictures that prose cells name are looked up, to be put into the page.
        title: the page's title, unless the notebook's metadata has one.
        settled: as that of `write_atomically`.

    Raises:
        MissingDependencyError: nbconvert is not installed.
        StorageError: the file could not be written.
    """
    text = html_page(notebook, folder=folder, title=title)
    write_atomically(path, text.encode(errors="replace"), settled=settled)


def html_page(notebook: Notebook, *, folder: Path, title: str) -> str:
    """The page's text; arguments and errors as for `write_html`."""
    check_html_export()
    document = nbformat4.write(notebook)
    document["metadata"] = {k: v for k, v in notebook.metadata.items() if k != "widgets"}
    figures = _take_figures(document)
    page = _converted(document, folder, title)
    return _with_figures(page, figures) if figures else page


def _take_figures(document: dict[str, Any]) -> list[Any]:
    """The Plotly figures, each replaced in the document by a place to draw it."""
    figures: list[Any] = []
    for data in _bundles(document):
        if PLOTLY_MIME in data:
            figure = data[PLOTLY_MIME]
            data.clear()
            data["text/html"] = _place(len(figures), figure)
            figures.append(figure)
        elif not any(mime in data for mime in RICH):
            data["text/plain"] = text_form(data) or f"({', '.join(data) or 'an empty display'})"
    return figures


def _bundles(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for cell in document["cells"]:
        for output in cell.get("outputs", ()):
            if "data" in output:
                yield output["data"]


def _place(number: int, figure: Any) -> str:
    """Of the figure's own height from the start, so that the page does not jump."""
    layout = figure.get("layout") if isinstance(figure, dict) else None
    height = layout.get("height") if isinstance(layout, dict) else None
    height = height if isinstance(height, int | float) else 450
    return f'<div class="nbengine-figure" id="figure-{number}" style="height: {height}px"></div>'


def _converted(document: dict[str, Any], folder: Path, title: str) -> str:
    from nbconvert import HTMLExporter
    from nbformat import v4
    from traitlets.config import Config

    exporter = HTMLExporter(
        config=Config({"NbConvertBase": {"display_data_priority": [*RICH, "text/plain"]}}),
        raw_template=TEMPLATE.read_text(encoding="utf-8"),
        embed_images=True,
        log=_quiet_log(),
    )
    resources = {"metadata": {"name": title, "path": str(folder)}}
    page, _ = exporter.from_notebook_node(v4.reads(json.dumps(document)), resources)
    return str(page)


def _quiet_log() -> logging.Logger:
    """Not for the reader of the page: that pictures lack an alternative text, and the like."""
    log = logging.getLogger(__name__)
    log.setLevel(logging.ERROR)
    return log


def _with_figures(page: str, figures: list[Any]) -> str:
    """The page with plotly.js once, the data of every figure, and the lines that draw them.

    Put in after the conversion, which would otherwise parse megabytes of script.
    """
    from plotly.offline import get_plotlyjs

    data = "".join(_data(number, figure) for number, figure in enumerate(figures))
    scripts = f"<script>{get_plotlyjs()}</script>\n{data}<script>{DRAW}</script>\n"
    before, body_end, after = page.rpartition("</body>")
    return before + scripts + body_end + after


def _data(number: int, figure: Any) -> str:
    text = json.dumps(_responsive(figure)).replace("<", "\\u003c")
    return f'<script type="application/json" id="figure-{number}-data">{text}</script>\n'


def _responsive(figure: Any) -> Any:
    """The figure with a config that follows the page's width and names no server."""
    if not isinstance(figure, dict):
        return figure
    config = figure.get("config")
    kept = {k: v for k, v in config.items() if k != "plotlyServerURL"} if config else {}
    return figure | {"config": {"responsive": True} | kept}
