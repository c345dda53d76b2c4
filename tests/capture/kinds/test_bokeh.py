from __future__ import annotations

import webbrowser
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from bokeh.layouts import column, gridplot, row
from bokeh.models.widgets import Button
from bokeh.plotting import figure
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from nbengine.models.outputs import DisplayData
from nbengine.services.execution_service import ExecutionService

from .conftest import Show


def plot(height: int = 200) -> Any:
    made = figure(title="Dots </script>", width=300, height=height)
    made.scatter([1, 2], [3, 4])
    return made


def iframe(html: object) -> dict[str, str | None]:
    class First(HTMLParser):
        found: dict[str, str | None] | None = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if self.found is None:
                assert tag == "iframe"
                self.found = dict(attrs)

    parser = First()
    parser.feed(str(html))
    assert parser.found is not None
    return parser.found


def scripts(document: object) -> list[dict[str, str | None]]:
    class Scripts(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[dict[str, str | None]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag in {"script", "link"}:
                self.found.append(dict(attrs))

    parser = Scripts()
    parser.feed(str(document))
    return parser.found


def test_a_plot_brings_all_that_it_needs(show: Show) -> None:
    """A plot's HTML holds BokehJS and names no place to load anything from."""
    found = scripts(iframe(show(plot()).data["text/html"])["srcdoc"])
    assert found
    assert not [script for script in found if "src" in script or "href" in script]


def test_a_plot_is_kept_apart_from_the_page(show: Show) -> None:
    """A plot's scripts run in an origin of their own."""
    sandbox = iframe(show(plot()).data["text/html"])["sandbox"]
    assert sandbox is not None
    assert "allow-scripts" in sandbox.split()
    assert "allow-same-origin" not in sandbox.split()


@pytest.mark.parametrize(
    "model, height",
    [
        (plot(), 200),
        (column(plot(), plot(150)), 350),
        (row(plot(), plot(150)), 200),
        (gridplot([[plot(), plot(150)], [plot(100)]]), 300),
        (Button(label="b"), 600),
    ],
    ids=["plot", "column", "row", "grid", "unknown"],
)
def test_the_frame_is_as_high_as_what_it_holds(show: Show, model: Any, height: int) -> None:
    """The frame is as high as the plots in it say, with a margin for their tools."""
    assert f"height:{height + 30}px" in str(iframe(show(model).data["text/html"])["style"])


def test_the_text_is_the_repr(show: Show) -> None:
    """A plot's plain text is the one that Bokeh gives."""
    shown = plot()
    assert show(shown).data["text/plain"] == repr(shown)


@pytest.mark.parametrize(
    "before",
    ["", "from bokeh.io import output_notebook\noutput_notebook()"],
    ids=["plain", "asked"],
)
def test_show_shows_in_the_cell(before: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`show()` puts the plot into the cell and opens no browser, with or without a notebook."""
    monkeypatch.delattr(webbrowser, "get")  # whoever asks for a browser fails
    code = """
from bokeh.plotting import figure, show
f = figure()
f.line([1, 2], [3, 4])
show(f)
print("after")
"""
    with ExecutionService() as service:
        result = service.execute_code(f"{before}\n{code}", cell_id="c", notebook_id="n")
    assert result.error is None
    assert [output.output_type for output in result.outputs] == ["display_data", "stream"]
    [display] = [output for output in result.outputs if isinstance(output, DisplayData)]
    assert set(display.data) == {"text/plain", "text/html"}


def test_a_file_that_was_asked_for_is_written() -> None:
    """After `output_file()` a shown plot is in the cell and in the file."""
    code = """
from bokeh.plotting import figure, output_file, show
f = figure()
f.line([1, 2], [3, 4])
output_file("plot.html", mode="inline")
show(f)
from pathlib import Path
print(Path("plot.html").stat().st_size > 1000)
"""
    with ExecutionService() as service:
        result = service.execute_code(code, cell_id="c", notebook_id="n")
    assert [o.output_type for o in result.outputs] == ["display_data", "stream"]
    assert result.stdout == "True\n"


def test_outside_of_cells_show_is_bokehs_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host program's `show()` writes its file and asks for a browser, as ever."""
    import bokeh.io.showing
    from bokeh.io import output_file, reset_output, show

    opened: list[str] = []

    class Browser:
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
            opened.append(url)
            return True

    monkeypatch.setattr(bokeh.io.showing, "get_browser_controller", lambda **_: Browser())
    reset_output()  # what cells of other tests have asked for is asked for in this process
    with ExecutionService():
        output_file(str(tmp_path / "host.html"), mode="inline")
        show(plot())
        reset_output()
    assert opened == [f"file://{tmp_path / 'host.html'}"]


@pytest.mark.browser
def test_a_plot_is_drawn_without_a_network(
    show: Show, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    """In a browser that reaches no host the plot appears, and nothing complains."""
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html>{show(plot()).data['text/html']}", encoding="utf-8")
    browser.get(page.as_uri())
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    WebDriverWait(browser, 30).until(
        lambda driver: driver.execute_script("return Bokeh.documents[0]?.is_idle")
    )
    logs: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in logs if entry["level"] == "SEVERE"] == []
    browser.switch_to.default_content()


def test_a_plot_has_the_theme_that_was_chosen(show: Show) -> None:
    """For all plots of Bokeh's current document. It is no built-in one: Panel changes those."""
    from bokeh.io import curdoc
    from bokeh.themes import Theme

    dark = "#20262B"
    assert dark not in str(show(plot()).data["text/html"])
    theme = Theme(json={"attrs": {"Plot": {"background_fill_color": dark}}})
    before, curdoc().theme = curdoc().theme, theme
    try:
        assert dark in str(show(plot()).data["text/html"])
    finally:
        curdoc().theme = before
