from __future__ import annotations

from pathlib import Path

import pytest

from tests.capture.kinds.cells import runner, shown

pytest.importorskip("anywidget")


@pytest.mark.parametrize("how", ["widget", "display(widget)", "widget.show();"])
def test_a_figure_widget_is_shown_as_a_figure(tmp_path: Path, how: str) -> None:
    """`FigureWidget` needs no running widget machinery to be seen."""
    make = "import plotly.graph_objects as go\nwidget = go.FigureWidget(go.Scatter(y=[1, 2]))\n"
    with runner(tmp_path) as run:
        assert shown(run(make + how)) == ["figure"]
