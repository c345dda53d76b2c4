"""How an output of a cell looks in a terminal."""

from __future__ import annotations

import base64
import struct
from itertools import islice
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ..capture.table_schema import DATA_RESOURCE
from ..models.notebook import PICTURE_MIMES, PLOTLY_MIME
from ..models.outputs import DisplayData, ErrorOutput, ExecuteResult, MimeBundle
from ..services.text_form import text_form

ROWS = 20
"""Rows of a table that a terminal shows."""


def output_view(
    output: DisplayData | ExecuteResult | ErrorOutput, console: Console, *, elsewhere: str
) -> RenderableType:
    """The output as far as this console can show it.

    Args:
        output: a display, a result or an error.
        console: only a terminal gets drawn tables and typeset Markdown.
        elsewhere: where the reader finds what no terminal can show, e.g. `in report.html`.
    """
    if isinstance(output, ErrorOutput):
        return plain("\n".join(output.traceback))
    return (
        _graphic(output, elsewhere)
        or (_drawn(output, console) if console.is_terminal else None)
        or _text(output, elsewhere)
    )


def plain(text: str) -> Text:
    """Text with the colours that its control sequences ask for; other sequences are dropped."""
    return Text.from_ansi(text) if "\x1b" in text else Text(text)


def _graphic(bundle: MimeBundle, elsewhere: str) -> Text | None:
    if PLOTLY_MIME in bundle.data:
        return Text(f"interactive plot{_traces(bundle.data[PLOTLY_MIME])} → {elsewhere}")
    mime = next((mime for mime in PICTURE_MIMES if mime in bundle.data), None)
    return Text(f"figure{_size(bundle, mime)} → {elsewhere}") if mime else None


def _traces(figure: Any) -> str:
    count = len(figure.get("data", ())) if isinstance(figure, dict) else 0
    return f" of {count} trace{'' if count == 1 else 's'}" if count else ""


def _size(bundle: MimeBundle, mime: str) -> str:
    said = bundle.metadata.get(mime)
    if isinstance(said, dict) and {"width", "height"} <= said.keys():
        return f" {said['width']:.0f}×{said['height']:.0f}"
    return _png_size(bundle.data[mime]) if mime == "image/png" else ""


def _png_size(data: Any) -> str:
    """From the picture's own header (PNG specification, 11.2.2 IHDR)."""
    try:
        width, height = struct.unpack(">II", base64.b64decode(data[:32])[16:24])
    except (ValueError, TypeError, struct.error):
        return ""
    return f" {width}×{height}"


def _drawn(bundle: MimeBundle, console: Console) -> RenderableType | None:
    if DATA_RESOURCE in bundle.data:
        return _table(bundle.data[DATA_RESOURCE], console)
    if "text/markdown" in bundle.data:
        return _typeset(str(bundle.data["text/markdown"]))
    return None


def _typeset(markdown: str) -> RenderableType:
    from rich.markdown import Markdown

    return Markdown(markdown)


def _table(resource: Any, console: Console) -> Table | None:
    """The preview as a table, if it is whole and not wider than the terminal."""
    try:
        names = [str(field["name"]) for field in resource["schema"]["fields"]]
        rows = resource["data"]
        table = Table(*names, box=box.SIMPLE_HEAD)
        for row in islice(rows, ROWS):
            table.add_row(*(_cell(row[name]) for name in names))
    except (TypeError, KeyError, AttributeError):
        return None
    roomy = console.options.update_width(10 * console.width)
    wide = Measurement.get(console, roomy, table).maximum > console.width
    return None if wide or len(rows) > ROWS else table


def _cell(value: Any) -> Text:
    if value is None:
        return Text("–", style="dim", justify="right")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Text(f"{value:.6g}" if isinstance(value, float) else str(value), justify="right")
    return Text(str(value))


def _text(bundle: MimeBundle, elsewhere: str) -> Text:
    text = str(bundle.data.get("text/markdown", "")) or text_form(bundle.data)
    return plain(text or f"{', '.join(bundle.data) or 'an empty display'} → {elsewhere}")
