from __future__ import annotations

import base64
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbengine.models.notebook import PLOTLY_MIME, ExecutionResult
from nbengine.models.outputs import MimeBundle
from tests.capture.kinds.cells import Run, runner, shown

MAKE = "import plotly.graph_objects as go\nfig = go.Figure(go.Scatter(y=[1, 2]))\n"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with runner(tmp_path) as run:
        yield run


def only_bundle(result: ExecutionResult) -> MimeBundle:
    (bundle,) = (output for output in result.outputs if isinstance(output, MimeBundle))
    return bundle


def refuse(name: str) -> None:
    raise ValueError(f"{name} is no strict JSON")


def test_show_puts_the_figure_in_its_place(run: Run) -> None:
    """`fig.show()` shows the figure where it is called, once, and without IPython."""
    result = run(MAKE + "print('a'); fig.show(); print('b')\nfig.data")
    assert shown(result)[:3] == ["a", "figure", "b"]
    assert len(result.interactive_plots) == 1


@pytest.mark.parametrize("how", ["fig", "display(fig)", "fig.show()", "go.Figure(fig)"])
def test_every_way_to_show_shows_once(run: Run, how: str) -> None:
    """The last expression, `display` and `show` give one output with all representations."""
    bundle = only_bundle(run(MAKE + how))
    assert sorted(bundle.data) == [PLOTLY_MIME, "text/html", "text/plain"]
    assert bundle.metadata == {"nbengine": {"kind": "plotly"}}
    assert bundle.data["text/plain"] == "Plotly figure (1 scatter)"


def test_figures_shown_in_functions_and_loops_come_in_order(run: Run) -> None:
    """Wherever figures are shown, each is in the cell that showed it; one only made is not."""
    result = run(
        MAKE + "def one(title): go.Figure(layout_title_text=title).show()\n"
        "for title in ['a', 'b']: one(title)\n"
        "[f.show() for f in [go.Figure(layout_title_text='c')]]\n"
        "made = go.Figure(layout_title_text='d');\n"
    )
    titles = [plot.figure["layout"]["title"]["text"] for plot in result.interactive_plots]
    assert titles == ["a", "b", "c"]
    assert run("print('next')").interactive_plots == []


def test_a_figure_may_be_a_dict(run: Run) -> None:
    """`plotly.io.show` and `iplot` take dicts, and an invalid one raises in the cell."""
    result = run("import plotly.io as pio\npio.show({'data': [{'type': 'bar', 'y': [1]}]})")
    assert result.interactive_plots[0].figure["data"] == [{"type": "bar", "y": [1]}]
    assert run("pio.show({'data': [{'type': 'nonsense'}]})").status == "error"
    code = "mine = {'data': [{'y': [1]}]}; pio.show(mine, validate=False); mine['data'].clear()"
    assert run(code).interactive_plots[0].figure["data"] == [{"y": [1]}]
    code = "from plotly.offline import init_notebook_mode, iplot\n"
    assert shown(run(code + "init_notebook_mode()\niplot([{'y': [1]}])")) == ["figure"]


def test_frames_and_config_are_kept(run: Run) -> None:
    """Animations keep their frames; `config`, `width` and `height` of `show` reach the figure."""
    result = run(
        MAKE + "fig.frames = [go.Frame(data=[go.Scatter(y=[2, 1])])]\n"
        "fig.show(config={'displayModeBar': False}, width=300, height=200)"
    )
    figure = result.interactive_plots[0].figure
    assert figure["frames"] == [{"data": [{"type": "scatter", "y": [2, 1]}]}]
    assert figure["config"] == {"displayModeBar": False}
    assert (figure["layout"]["width"], figure["layout"]["height"]) == (300, 200)
    assert "width" not in run("fig").interactive_plots[0].figure["layout"]


def test_config_is_kept_before_plotly_has_renderers() -> None:
    """It loads them late, and not for us."""
    program = (
        "import sys\nfrom nbengine import ExecutionService\n"
        "code = 'import plotly.graph_objects as go\\ngo.Figure().show(config={\"a\": 1})'\n"
        "with ExecutionService(snapshots=False) as service:\n"
        "    plot, = service.execute_code(code, 'c', 'n').interactive_plots\n"
        "print(plot.figure['config'], 'plotly.io._renderers' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == "{'a': 1} False\n"


PAGES = ["browser", "chrome", "notebook", "notebook_connected", "iframe", "vscode", "colab"]


@pytest.mark.parametrize("renderer", [*PAGES, "plotly_mimetype+notebook", "browser+iframe"])
def test_renderers_of_pages_mean_the_interactive_figure(run: Run, renderer: str) -> None:
    """No browser opens, nothing is fetched, no file is written: one interactive figure."""
    result = run(MAKE + f"fig.show(renderer={renderer!r})\nimport os; print(os.listdir())")
    assert shown(result) == ["figure", "[]"]


def test_json_is_json(run: Run) -> None:
    """`renderer="json"` gives the figure as a JSON hierarchy and nothing else."""
    bundle = only_bundle(run(MAKE + "fig.show(renderer='json')"))
    assert sorted(bundle.data) == ["application/json", "text/plain"]


def test_several_renderers_are_one_output(run: Run) -> None:
    """Names joined by `+` give one output with the representations of all."""
    bundle = only_bundle(run(MAKE + "fig.show(renderer='json+notebook+vscode')"))
    assert sorted(bundle.data) == ["application/json", PLOTLY_MIME, "text/html", "text/plain"]


def test_the_default_renderer_is_respected(run: Run) -> None:
    """`pio.renderers.default` decides for `show` and for display alike."""
    result = run(
        MAKE + "import plotly.io as pio\npio.renderers.default = 'json'; fig.show(); display(fig)"
    )
    assert shown(result) == ["application/json text/plain"] * 2


def test_display_can_be_switched_off(run: Run) -> None:
    """Without `render_on_display` a displayed figure is its repr, and `show` still shows it."""
    result = run(
        MAKE + "import plotly.io as pio\npio.renderers.render_on_display = False\n"
        "display(fig); fig.show(); pio.renderers.render_on_display = True"
    )
    text, figure = shown(result)
    assert text.startswith("Figure({")
    assert figure == "figure"


def test_an_unknown_renderer_raises_in_the_cell(run: Run) -> None:
    """A misspelt renderer is the user's error, as in Plotly."""
    result = run(MAKE + "fig.show(renderer='nonsense')")
    assert result.status == "error"
    assert "nonsense" in str(result.outputs[-1])


def test_renderers_of_the_user_are_used(run: Run) -> None:
    """A registered renderer gives its own bundle, or does what it does outside of the notebook."""
    result = run(
        MAKE + "import plotly.io as pio\n"
        "from plotly.io.base_renderers import ExternalRenderer, MimetypeRenderer\n"
        "class Mine(MimetypeRenderer):\n"
        "    def to_mimebundle(self, figure): return {'text/markdown': '*mine*'}\n"
        "class Sent(ExternalRenderer):\n"
        "    def render(self, figure): print('sent')\n"
        "pio.renderers['mine'], pio.renderers['sent'] = Mine(), Sent()\n"
        "fig.show(renderer='mine'); fig.show('sent')"
    )
    assert shown(result)[:2] == ["text/markdown text/plain", "sent"]


@pytest.mark.skipif(importlib.util.find_spec("kaleido") is not None, reason="kaleido is there")
def test_a_picture_without_kaleido_is_the_interactive_figure(run: Run) -> None:
    """Without kaleido a PNG is not possible: one note says so, and the figures are shown."""
    result = run(MAKE + "fig.show(renderer='png'); fig.show('png')")
    assert result.stderr.count("\n") == 1
    assert "kaleido" in result.stderr
    assert len(result.interactive_plots) == 2


def test_a_picture_keeps_its_type(run: Run) -> None:
    """What an image renderer draws is the output, with the size that `show` was given."""
    result = run(
        MAKE + "import plotly.io as pio\n"
        "from plotly.io.base_renderers import PngRenderer\n"
        "class Drawn(PngRenderer):\n"
        "    def to_mimebundle(self, figure): return {'image/png': str(self.width)}\n"
        "pio.renderers['drawn'] = Drawn(); fig.show('drawn', width=7)"
    )
    assert only_bundle(result).data["image/png"] == "7"


VALUES: list[tuple[str, Any]] = [
    ("[1.5, float('nan'), float('inf'), None]", [1.5, None, None, None]),
    ("[np.float32(1.5), np.int64(2), np.datetime64('2020-01-02')]", None),
    ("[datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3)]", None),
    ("[pd.Timestamp('2020-01-02', tz='UTC'), pd.NaT]", None),
    ("pd.Series(pd.date_range('2020-01-01', periods=2))", None),
    ("pd.Series(['a', 'b'], dtype='category')", ["a", "b"]),
    ("pd.Series([1, None], dtype='Int64')", None),
    ("[Decimal('1.5')]", [1.5]),
    ("[2**70]", [2**70]),
    ("['\\ud800 <b>']", ["? <b>"]),
    ("np.array(['a', float('nan'), 1], dtype=object)", None),
]


@pytest.mark.parametrize("values, expected", VALUES)
def test_data_becomes_strict_json(run: Run, values: str, expected: Any) -> None:
    """Dates, missing values, decimals, huge integers and broken text are all strict JSON."""
    result = run(
        "import datetime, numpy as np, pandas as pd, plotly.graph_objects as go\n"
        "from decimal import Decimal\n"
        f"values = {values}\n"
        "go.Figure(go.Scatter(y=[1], customdata=values, text=values))"
    )
    assert shown(result) == ["figure"]
    (trace,) = result.interactive_plots[0].figure["data"]
    text = json.dumps(result.interactive_plots[0].figure, ensure_ascii=False, allow_nan=False)
    assert json.loads(text.encode(), parse_constant=refuse)["data"] == [trace]
    assert expected is None or trace["customdata"] == expected


def test_numeric_arrays_stay_typed_and_compact(run: Run) -> None:
    """100,000 points travel as base64 of their bytes, NaN included, once."""
    bundle = only_bundle(
        run(
            "import numpy as np, plotly.graph_objects as go\n"
            "x = np.arange(100_000.0); x[1] = np.nan\n"
            "go.Figure(go.Scatter(x=x, y=x))"
        )
    )
    trace = bundle.model_dump()["data"][PLOTLY_MIME]["data"][0]
    values = np.frombuffer(base64.b64decode(trace["x"]["bdata"]), trace["x"]["dtype"])
    assert np.array_equal(values[:3], [0, np.nan, 2], equal_nan=True)
    assert len(values) == 100_000
    assert len(json.dumps(bundle.data)) < 2_200_000


def test_the_figure_itself_is_not_changed(run: Run) -> None:
    """Showing takes nothing from the figure and shares nothing with it."""
    result = run(
        MAKE + "before = fig.to_json(); fig.show(width=100, config={'a': 1}); fig.data[0].y = [9]\n"
        "fig.data[0].y = [1, 2]; print(fig.to_json() == before)"
    )
    assert shown(result)[-1] == "True"
    assert result.interactive_plots[0].figure["data"][0]["y"] == [1, 2]


def test_a_subclass_that_says_how_it_looks_is_shown_so(run: Run) -> None:
    """A user's subclass with its own `_repr_html_` wins; one without is a figure."""
    own = "class Own(go.Figure):\n    def _repr_html_(self): return 'own'\nOwn()"
    assert only_bundle(run(MAKE + own)).data["text/html"] == "own"
    assert shown(run("class Plain(go.Figure): pass\nPlain()")) == ["figure"]


@pytest.mark.parametrize("name", ["write_html", "plot"])
def test_no_browser_is_opened(run: Run, name: str) -> None:
    """Functions that open the written page in a browser write it and say where it is."""
    call = {
        "write_html": "fig.write_html('page.html', auto_open=True)",
        "plot": "from plotly.offline import plot; plot(fig, filename='page.html');",
    }[name]
    result = run(
        "import webbrowser; webbrowser.open = lambda *a, **k: print('opened')\n" + MAKE + call
    )
    assert "Written, not opened in a browser: file://" in result.stderr
    assert "page.html" in result.stderr
    assert result.stdout == ""


HOST = """
import plotly.graph_objects as go, plotly.io as pio
from nbengine.services.execution_service import ExecutionService

class Hosts(pio.base_renderers.ExternalRenderer):
    def render(self, figure): print("host shows")

pio.renderers["hosts"] = Hosts()
pio.renderers.default = "hosts"
service = ExecutionService(workspace_dir={folder!r})
code = "import plotly.graph_objects as go; go.Figure().show(renderer='vscode')"
result = service.execute_code(code, cell_id="c", notebook_id="n")
assert len(result.interactive_plots) == 1, result
go.Figure().show()
"""


def test_the_host_program_keeps_its_plotly(tmp_path: Path) -> None:
    """A host that shows figures itself does so with its own renderer, also after a cell."""
    done = subprocess.run(
        [sys.executable, "-c", HOST.format(folder=str(tmp_path))],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert done.stdout == "host shows\n"
