from __future__ import annotations

import base64
import io
import struct
from typing import Any

import pytest
from rich.console import Console

from nbengine.cli.output_view import output_view
from nbengine.models.outputs import DisplayData, ErrorOutput, ExecuteResult

PLOTLY = "application/vnd.plotly.v1+json"
TABLE = "application/vnd.dataresource+json"


def seen(output: Any, *, terminal: bool = False, width: int = 60) -> str:
    """What a console shows of an output, without colours."""
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=terminal, color_system=None, width=width, markup=False
    )
    console.print(output_view(output, console, elsewhere="in a.html"))
    return file.getvalue()


def png(width: int, height: int) -> str:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)
    return base64.b64encode(head + b"\0" * 20).decode()


def table(*rows: dict[str, Any]) -> dict[str, Any]:
    fields = [{"name": name, "type": "any"} for name in rows[0]]
    return {"schema": {"fields": fields}, "data": list(rows)}


@pytest.mark.parametrize(
    "data, metadata, said",
    [
        ({"image/png": png(640, 480)}, {}, "figure 640×480 → in a.html"),
        (
            {"image/png": png(9, 9)},
            {"image/png": {"width": 3, "height": 4}},
            "figure 3×4 → in a.html",
        ),
        ({"image/png": "no picture"}, {}, "figure → in a.html"),
        ({"image/svg+xml": "<svg/>", "text/plain": "x"}, {}, "figure → in a.html"),
        ({PLOTLY: {"data": [{}, {}]}, "text/plain": "F"}, {}, "interactive plot of 2 traces → in"),
        ({PLOTLY: {"data": [{}]}}, {}, "interactive plot of 1 trace → in"),
        ({PLOTLY: None}, {}, "interactive plot → in a.html"),
        ({"text/html": "<b>"}, {}, "text/html → in a.html"),
        ({}, {}, "an empty display → in a.html"),
        ({"text/latex": "$x^2$", "text/plain": "x**2"}, {}, "x**2"),
        ({"text/latex": "$x^2$"}, {}, "$x^2$"),
        ({"text/markdown": "*x*", "text/plain": "<Markdown>"}, {}, "*x*"),
        ({"text/plain": "[b]x[/b] :tada:"}, {}, "[b]x[/b] :tada:"),
    ],
)
def test_a_display_is_shown_as_far_as_text_can(
    data: dict[str, Any], metadata: dict[str, Any], said: str
) -> None:
    """Pictures are one line with their size, everything else its most readable text."""
    assert seen(DisplayData(data=data, metadata=metadata)).startswith(said)


def test_a_table_is_drawn_in_a_terminal_only() -> None:
    """A pipe gets the text that the library made, a terminal a table of the preview."""
    given = ExecuteResult(
        data={TABLE: table({"n": 1, "word": None}), "text/plain": "plain"}, execution_count=1
    )
    assert seen(given) == "plain\n"
    drawn = seen(given, terminal=True)
    assert "word" in drawn
    assert "–" in drawn


def test_numbers_of_a_table_are_on_the_right() -> None:
    """Truth values, which are words, are not."""
    given = DisplayData(data={TABLE: table({"a heading": 7, "another": True})})
    row = seen(given, terminal=True).splitlines()[-2]
    assert row.split(" True ")[0].endswith("        7  ")
    assert row.index("True") == len("  a heading   ")


@pytest.mark.parametrize(
    "resource",
    [
        table(*({"n": n} for n in range(21))),
        table({"n" * 40: 1, "m" * 40: 2}),
        {"data": []},
        [],
        None,
        {"schema": {"fields": [{"name": "n"}]}, "data": [[1]]},
    ],
    ids=["long", "wide", "no schema", "list", "none", "odd rows"],
)
def test_a_table_that_does_not_fit_is_text(resource: Any) -> None:
    """Neither cut nor squeezed: what is too long, too wide or malformed stays plain text."""
    given = DisplayData(data={TABLE: resource, "text/plain": "plain"})
    assert seen(given, terminal=True) == "plain\n"


def test_a_traceback_loses_its_colours_in_a_pipe() -> None:
    """The lines are those of the error, without control sequences."""
    error = ErrorOutput(ename="E", evalue="v", traceback=["\x1b[31mone\x1b[0m", "two"])
    assert seen(error) == "one\ntwo\n"
