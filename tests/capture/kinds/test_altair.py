from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import altair as alt
import pandas as pd
import pytest

from .conftest import Show


class Elements(HTMLParser):
    """The elements of an HTML text, templates' contents apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.live: list[tuple[str, dict[str, str | None]]] = []
        self.dormant: list[tuple[str, dict[str, str | None]]] = []
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        (self.dormant if self._depth else self.live).append((tag, dict(attrs)))
        self._depth += tag == "template"

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "template"


@pytest.fixture
def chart() -> alt.Chart:
    frame = pd.DataFrame({"a": [1, 2], "b": ["</script>", "'\"&"]})
    made: alt.Chart = alt.Chart(frame, height=120).mark_point().encode(x="a", y="b")
    return made


@pytest.fixture(autouse=True)
def renderer() -> Iterator[None]:
    """The user's choice of renderer ends with the test."""
    chosen = alt.renderers.active
    yield
    alt.renderers.enable(chosen)


def test_a_chart_is_its_specification(show: Show, chart: alt.Chart) -> None:
    """A viewer that knows Vega-Lite finds the specification, under its standard type."""
    data: Any = show(chart).data
    assert data["application/vnd.vegalite.v6+json"] == chart.to_dict()
    assert data["text/plain"] == "alt.Chart(...)"


def test_nothing_is_fetched_before_the_reader_asks(show: Show, chart: alt.Chart) -> None:
    """The HTML holds no live script or frame: what asks a network sleeps behind a button."""
    elements = Elements(str(show(chart).data["text/html"]))
    assert {tag for tag, _ in elements.live} == {"div", "p", "button", "small", "code", "template"}
    [(tag, attributes)] = elements.dormant
    assert tag == "iframe"
    assert attributes["sandbox"] is not None
    assert "allow-same-origin" not in attributes["sandbox"]


def test_the_button_holds_altairs_own_page(show: Show, chart: alt.Chart) -> None:
    """What the button shows is the document that Altair would save, as high as the chart."""
    [(_, attributes)] = Elements(str(show(chart).data["text/html"])).dormant
    assert attributes["srcdoc"] == chart.to_html()
    assert "height:220px" in str(attributes["style"])


def test_the_users_renderer_decides(show: Show, chart: alt.Chart) -> None:
    """A renderer that the user enabled gives the output, under standard types."""
    alt.renderers.enable("mimetype")
    data = show(chart).data
    assert set(data) == {"text/plain", "application/vnd.vegalite.v6+json"}


def test_the_users_renderer_may_give_metadata(show: Show, chart: alt.Chart) -> None:
    """Beside the data, in a pair; what the engine says of the output is there too."""
    about = {"text/html": {"isolated": True}}
    alt.renderers.register("ours", lambda _: ({"text/html": "<b>"}, about))
    alt.renderers.enable("ours")
    bundle = show(chart)
    assert bundle.data["text/html"] == "<b>"
    assert bundle.metadata == about | {"nbengine": {"kind": "altair"}}


@pytest.mark.parametrize("join", [alt.layer, alt.hconcat, alt.vconcat])
def test_composed_charts_are_shown_alike(show: Show, chart: alt.Chart, join: Any) -> None:
    """Layers and rows of charts have a specification and HTML too."""
    data = show(join(chart, chart)).data
    assert {"application/vnd.vegalite.v6+json", "text/html"} <= set(data)
