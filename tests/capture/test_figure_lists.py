from __future__ import annotations

import sys
from typing import Any

import matplotlib.figure
import plotly.graph_objects as go
import pytest

from nbengine.capture.figure_lists import figures_in
from nbengine.models.notebook import ExecutionResult
from nbengine.models.outputs import MimeBundle
from tests.conftest import Run

PLOTLY = "import plotly.graph_objects as go\na, b = go.Figure(), go.Figure()\n"
MATPLOTLIB = (
    "from matplotlib.figure import Figure\na, b = Figure(), Figure()\na.text(0, 0, 'a')\n"
    "b.add_subplot()\n"
)


def plain(result: ExecutionResult) -> list[Any]:
    assert result.error is None, result.error.traceback
    return [
        output.data["text/plain"] for output in result.outputs if isinstance(output, MimeBundle)
    ]


@pytest.mark.parametrize("how", ["[b, a]", "(b, a)", "{'second': b, 'first': a}", "[b, a, b]"])
def test_plotly_figures_of_a_list_are_shown(run: Run, how: str) -> None:
    """Each figure of a list, a tuple or a dict is shown once, in its order, and no repr of all."""
    result = run(PLOTLY + "b.update_layout(title='B')\n" + how)
    assert plain(result) == ['Plotly figure "B" (empty)', "Plotly figure (empty)"]
    assert len(result.interactive_plots) == 2


def test_matplotlib_figures_of_a_list_are_shown(run: Run) -> None:
    """Figures that pyplot does not know are shown with the list that holds them."""
    result = run(MATPLOTLIB + "[b, a]")
    assert plain(result) == [
        "<Figure size 640x480 with 1 Axes>",
        "<Figure size 640x480 with 0 Axes>",
    ]
    assert len(result.plots) == 2


def test_open_figures_of_a_list_are_shown_once(run: Run) -> None:
    """A figure shown with its list is not shown again at the end of the cell."""
    code = "import matplotlib.pyplot as plt\n[plt.subplots(figsize=(n, 1))[0] for n in (3, 2)]"
    assert plain(run(code)) == [
        "<Figure size 300x100 with 1 Axes>",
        "<Figure size 200x100 with 1 Axes>",
    ]


def test_display_takes_a_list_of_figures(run: Run) -> None:
    """`display` shows a list of figures as the last expression does."""
    assert len(run(PLOTLY + "display([a], (b,))").interactive_plots) == 2


def test_a_list_with_anything_else_is_a_list() -> None:
    """Only what holds figures and nothing else is taken for them; subclasses are what they are."""
    figure = go.Figure()
    drawing = matplotlib.figure.Figure()
    assert figures_in([figure, drawing]) == [figure, drawing]

    class Own(list[Any]):
        pass

    others: tuple[object, ...] = (
        [],
        {},
        [figure, 1],
        [[figure]],
        Own([figure]),
        figure,
        "text",
        None,
    )
    assert [figures_in(other) for other in others] == [[]] * len(others)


def test_no_library_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no library of figures was imported nothing is a figure."""
    figure = go.Figure()
    with monkeypatch.context() as without:
        for library in ("matplotlib.figure", "plotly.basedatatypes"):
            without.delitem(sys.modules, library)
        assert figures_in([figure]) == []
    assert figures_in([figure]) == [figure]
