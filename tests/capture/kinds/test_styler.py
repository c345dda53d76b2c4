from __future__ import annotations

from typing import Any

import pandas as pd

from nbengine.capture.pretty.text import pretty_text

from .conftest import Show


def test_a_styler_is_its_own_html_and_the_data_behind_it(show: Show) -> None:
    """The styled HTML comes with the plain text of Jupyter and the unstyled data."""
    styler = pd.DataFrame({"a": [1, 2]}).style.highlight_max(color="gold").set_uuid("u")
    data: Any = show(styler).data
    assert data["text/html"] == styler.to_html()
    assert "background-color: gold" in data["text/html"]
    assert data["text/plain"] == pretty_text(styler)
    rows = data["application/vnd.dataresource+json"]["data"]
    assert rows == [{"index": 0, "a": 1}, {"index": 1, "a": 2}]


def test_a_styler_can_be_latex(show: Show) -> None:
    """With pandas told to write LaTeX, a Styler does, and leaves the HTML out."""
    with pd.option_context("styler.render.repr", "latex"):
        data = show(pd.DataFrame({"a": [1]}).style).data
    assert "tabular" in str(data["text/latex"])
    assert "text/html" not in data
