from __future__ import annotations

import base64
import importlib.util
import json
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from nbengine.errors import MissingDependencyError, StorageError
from nbengine.models.notebook import Cell, CellWarning, ExecutionResult, Notebook
from nbengine.models.outputs import DisplayData, Output, StreamOutput
from nbengine.services.html_export import html_page, write_html

FIGURE = {
    "data": [{"type": "scatter", "y": [1, 3, 2]}, {"type": "bar", "y": [2, 2, 1]}],
    "layout": {"title": {"text": "</script><script>document.title='broken'</script>"}},
    "config": {"plotlyServerURL": "https://plot.example"},
}
TABLE = (
    "<table class='dataframe'><thead><tr><th>n</th></tr></thead><tbody>"
    + "".join(f"<tr><td>{n}</td></tr>" for n in range(500))
    + "</tbody></table>"
)
MATH = "Let $x^2 < 3$ and\n\n$$\\int_0^1 f$$"


def shown(*outputs: Output | dict[str, Any], warnings: tuple[CellWarning, ...] = ()) -> Cell:
    result = ExecutionResult(
        status="ok",
        outputs=[DisplayData(data=o) if isinstance(o, dict) else o for o in outputs],
        warnings=list(warnings),
        execution_count=1,
        duration=0.1,
        started_at=datetime.now(UTC),
        cell_id="c",
        notebook_id="n",
        execution_id="e",
    )
    return Cell(id="c", source="show()", last_result=result)


def page(*cells: Cell, folder: Path = Path()) -> str:
    return html_page(notebook(*cells), folder=folder, title="Penguins")


def notebook(*cells: Cell) -> Notebook:
    named = [cell.model_copy(update={"id": f"c{n}"}) for n, cell in enumerate(cells)]
    return Notebook(id="n", cells=named)


def prose(text: str) -> Cell:
    return Cell(id="p", cell_type="markdown", source=text)


def pixel() -> bytes:
    """A PNG of one red pixel (PNG specification, 5)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0\xff\0\0")
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def console(browser: webdriver.Chrome) -> list[dict[str, Any]]:
    """What the page wrote to the browser's console since the last time."""
    entries: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return entries


PLOTLY = {"application/vnd.plotly.v1+json": FIGURE, "text/html": "<b>another way</b>"}


def test_nothing_of_the_page_is_fetched() -> None:
    """No script, style or picture has an address, whatever kinds of output there are."""
    everything = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
        "text/vnd.mermaid": "graph TD",
        "text/plain": "a widget",
    }
    given = notebook(prose(MATH), shown(PLOTLY, everything))
    given = given.model_copy(update={"metadata": {"widgets": {}}})
    soup = BeautifulSoup(html_page(given, folder=Path(), title="t"), "html.parser")
    assert soup.select("script[src], link, iframe, script[type=module]") == []
    assert "a widget" in soup.get_text()


def test_plotly_js_is_in_the_page_once_and_only_if_needed() -> None:
    """Three figures share one copy; a page without a figure has none."""
    from plotly.offline import get_plotlyjs

    assert page(shown(PLOTLY, PLOTLY), shown(PLOTLY)).count(get_plotlyjs()[:2000]) == 1
    assert len(page(shown(StreamOutput(name="stdout", text="x")))) < 1_000_000


@pytest.mark.parametrize("given, pixels", [(300, 300), (None, 450), ("50%", 450), ('"><b>', 450)])
def test_a_figure_has_its_height_from_the_start(given: object, pixels: int) -> None:
    """That of its layout, if that is a number."""
    figure: dict[str, Any] = {"data": [], "layout": {"height": given}}
    html = page(shown({"application/vnd.plotly.v1+json": figure}))
    assert f'id="figure-0" style="height: {pixels}px"></div>' in html


def test_a_figure_cannot_break_out_of_its_data() -> None:
    """Markup in a figure stays data; its other representations are not shown beside it."""
    soup = BeautifulSoup(page(shown(PLOTLY)), "html.parser")
    data = json.loads(soup.select_one("script[type='application/json']").text)  # type: ignore[union-attr]
    assert data["layout"] == FIGURE["layout"]
    assert data["config"] == {"responsive": True}
    assert "another way" not in soup.get_text()


def test_formulas_stay_readable_text() -> None:
    """TeX in prose is left as it was written."""
    text = BeautifulSoup(page(prose(MATH)), "html.parser").get_text()
    assert "$x^2 < 3$" in text
    assert "$$\\int_0^1 f$$" in text


def test_a_formula_as_output_is_shown_as_text_or_picture() -> None:
    """Without a typesetter the plain form of a sympy expression reads best."""
    text = BeautifulSoup(
        page(shown({"text/latex": "$x^{2}$", "text/plain": "x**2"})), "html.parser"
    )
    assert "x**2" in text.get_text()
    assert "$x^{2}$" not in text.get_text()


def test_what_has_no_plain_form_is_shown_as_its_source() -> None:
    """LaTeX and JSON stand for themselves where the plain text only names a class."""
    bare = {"text/plain": "<Latex object>"}
    given = page(shown({"text/latex": "$x^{2}$"} | bare, {"application/json": {"key": 1}} | bare))
    text = BeautifulSoup(given, "html.parser").get_text()
    assert "$x^{2}$" in text
    assert '"key": 1' in text
    assert "<Latex object>" not in text


def test_pictures_that_prose_names_are_put_in(tmp_path: Path) -> None:
    """A picture beside the notebook is in the page itself."""
    (tmp_path / "p.png").write_bytes(pixel())
    soup = BeautifulSoup(page(prose("![a pixel](p.png)"), folder=tmp_path), "html.parser")
    source = str(soup.select_one("img")["src"])  # type: ignore[index]
    assert source == "data:image/png;base64," + base64.b64encode(pixel()).decode()


def test_warnings_and_their_remedies_are_shown() -> None:
    """What a scientist should know stands below the outputs."""
    warning = CellWarning(
        kind="statistical", category="separation", message="a < b", remedy="Use Firth."
    )
    text = BeautifulSoup(page(shown(warnings=(warning,))), "html.parser").get_text()
    assert "Statistical warnings" in text
    assert "a < b" in text
    assert "Use Firth." in text


def test_odd_output_does_not_stop_the_page(tmp_path: Path) -> None:
    """Lone surrogates, a figure that is none and an empty display still make a page."""
    odd = shown(
        StreamOutput(name="stdout", text="lone \ud800"),
        {"application/vnd.plotly.v1+json": None},
        {"application/vnd.plotly.v1+json": [1]},
        {},
    )
    path = tmp_path / "a.html"
    write_html(notebook(odd), path, folder=tmp_path, title="t")
    assert "lone" in path.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A missing folder is one sentence."""
    with pytest.raises(StorageError, match="there is no folder"):
        write_html(Notebook(id="n"), tmp_path / "no" / "a.html", folder=tmp_path, title="t")


def test_without_nbconvert_the_pip_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that brings it is named."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'nbengine\[html\]'"):
        page()


@pytest.mark.browser
def test_figures_are_alive_without_a_network(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """In a browser that reaches no host every figure draws its traces and nothing is missed."""
    path = tmp_path / "a.html"
    cells = [prose(MATH), shown(PLOTLY, {"text/html": TABLE}), shown(PLOTLY)]
    write_html(notebook(*cells), path, folder=tmp_path, title="Penguins")
    console(browser)
    browser.get(path.as_uri())
    WebDriverWait(browser, 60).until(
        lambda b: len(b.find_elements("css selector", ".nbengine-figure svg.main-svg .bars")) == 2
    )
    count = "return [...document.querySelectorAll('.nbengine-figure')].map(f => f.data.length)"
    assert browser.execute_script(count) == [2, 2]
    assert browser.title == "Penguins"
    assert [entry for entry in console(browser) if entry["level"] == "SEVERE"] == []


@pytest.mark.browser
def test_long_tables_scroll_in_a_box(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """Five hundred rows take a part of the window, and all of them can be reached."""
    path = tmp_path / "a.html"
    cells = [shown({"text/html": TABLE})]
    write_html(notebook(*cells), path, folder=tmp_path, title="t")
    browser.get(path.as_uri())
    box = "const b = document.querySelector('table').closest('.jp-RenderedHTML');"
    shown_height, whole = browser.execute_script(f"{box} return [b.clientHeight, b.scrollHeight]")
    assert 100 < shown_height < 700
    assert whole > 5_000


@pytest.mark.browser
def test_long_lines_of_code_can_be_reached(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """They scroll within their cell, and the page itself is not wider than the window."""
    path = tmp_path / "a.html"
    cell = Cell(id="c", source="value = " + " + ".join(map(str, range(300))))
    write_html(notebook(cell), path, folder=tmp_path, title="t")
    browser.get(path.as_uri())
    box = "const b = document.querySelector('.jp-InputArea-editor'); b.scrollLeft = 500;"
    assert browser.execute_script(f"{box} return b.scrollLeft") == 500
    assert browser.execute_script(f"{box} return getComputedStyle(b).overflowX") == "auto"
    root = "const r = document.documentElement;"
    assert browser.execute_script(f"{root} return r.scrollWidth <= r.clientWidth")
