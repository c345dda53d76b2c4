from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from nbengine.capture.plotly_html import figure_html, plotly_script, summary
from nbengine.capture.plotly_json import both_forms


def figure(title: str = "Sales", points: int = 3) -> dict[str, Any]:
    return {
        "data": [{"type": "bar", "y": list(range(points)), "name": "</script><b>"}],
        "layout": {"title": {"text": title}},
    }


def html(value: dict[str, Any]) -> str:
    return figure_html(*both_forms(value))


class Scripts(HTMLParser):
    """The texts of the scripts of a page, and the text outside of them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.text = ""
        self._within = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._within = False

    def handle_data(self, data: str) -> None:
        if self._within:
            self.scripts.append(data)
        else:
            self.text += data


def test_a_small_figure_brings_its_data() -> None:
    """The HTML holds the figure as JSON that no text in it can break out of."""
    page = Scripts(html(figure()))
    assert json.loads(page.scripts[0]) == figure()
    assert len(page.scripts) == 2


def test_a_large_figure_does_not_repeat_its_data() -> None:
    """Beyond 64 kB the HTML is a caption that says what the figure is and where to find it."""
    page = html(figure(points=100_000))
    assert len(page) < 500
    assert 'Plotly figure "Sales" (1 bar)' in Scripts(page).text


def test_nothing_is_fetched() -> None:
    """No address of a network is in the HTML."""
    assert "://" not in html(figure())
    assert "src=" not in html(figure())


def test_titles_are_text_in_the_page() -> None:
    """Markup in a title is shown, not obeyed, in the caption."""
    assert 'Plotly figure "<i>a</i>" (1 bar)' in Scripts(html(figure("<i>a</i>"))).text


@pytest.mark.parametrize(
    "value, said",
    [
        ({}, "Plotly figure (empty)"),
        ({"data": [{"y": [1]}, {"type": "bar"}, {}]}, "Plotly figure (2 scatter, 1 bar)"),
        ({"data": [], "layout": {"title": "T"}}, 'Plotly figure "T" (empty)'),
        ({"data": None, "layout": {"title": {"text": None}}}, "Plotly figure (empty)"),
    ],
)
def test_the_summary_says_what_a_figure_is(value: dict[str, Any], said: str) -> None:
    """Title, if it has one, and how many traces of which type."""
    assert summary(value) == said


@pytest.mark.browser
def test_figures_are_drawn_where_the_page_has_plotly(browser: WebDriver, tmp_path: Path) -> None:
    """One plotly.js draws every figure of the page once, before and after it, without a network."""
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><meta charset=utf-8>"
        + html(figure("one")) + plotly_script() + html(figure("two")),
        encoding="utf-8",
    )  # fmt: skip
    browser.get(page.as_uri())
    WebDriverWait(browser, 30).until(
        lambda b: len(b.find_elements("css selector", "figure .gtitle")) == 2
    )
    titles = [e.text for e in browser.find_elements("css selector", "figure .gtitle")]
    assert titles == ["one", "two"]
    assert browser.find_elements("css selector", "figcaption") == []


@pytest.mark.browser
def test_without_plotly_the_caption_is_seen(browser: WebDriver, tmp_path: Path) -> None:
    """A page without plotly.js says what the figure is and raises no error."""
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><meta charset=utf-8>" + html(figure()), encoding="utf-8")
    browser.get(page.as_uri())
    assert 'Plotly figure "Sales" (1 bar)' in browser.find_element("css selector", "figure").text
    log = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in log if entry["level"] == "SEVERE"] == []
