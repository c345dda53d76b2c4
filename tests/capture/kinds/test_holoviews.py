from __future__ import annotations

from pathlib import Path

import holoviews
import pytest

from nbengine.models.notebook import PLOTLY_MIME
from nbengine.models.outputs import ExecuteResult
from nbengine.services.execution_service import ExecutionService

from .conftest import Show

SETUP = "import holoviews as hv\nhv.extension({backend!r})\ncurve = hv.Curve([1, 2, 3])\n"
MIMES = {"bokeh": "text/html", "matplotlib": "image/png", "plotly": PLOTLY_MIME}


def result(folder: Path, code: str, backend: str = "bokeh") -> ExecuteResult:
    """What the value of a cell is shown as; nothing else is."""
    with ExecutionService(workspace_dir=folder) as service:
        ran = service.execute_code(SETUP.format(backend=backend) + code, "c", "n")
    assert ran.error is None, ran.error.traceback
    [output] = ran.outputs
    assert isinstance(output, ExecuteResult)
    return output


@pytest.mark.parametrize("backend", MIMES)
@pytest.mark.parametrize(
    "code",
    [
        "curve",
        "curve * hv.Scatter([3, 2, 1])",
        "curve + hv.Bars([('a', 1), ('b', 2)])",
        "hv.HoloMap({n: hv.Curve([1, n]) for n in range(3)}, kdims='n')",
        "hv.DynamicMap(lambda n: hv.Curve([1, n]), kdims='n').redim.range(n=(1, 3))",
        "hv.NdOverlay({n: hv.Curve([1, n]) for n in range(3)})",
        "curve + hv.HoloMap({n: hv.Curve([1, n]) for n in range(3)}, kdims='n')",
    ],
    ids=["curve", "overlay", "layout", "map", "dynamic map", "many", "layout with a map"],
)
def test_an_element_is_shown_as_its_backend_draws_it(
    tmp_path: Path, code: str, backend: str
) -> None:
    """Elements and what holds them are figures of the backend, beside their own text."""
    data = result(tmp_path, code, backend).data
    assert MIMES[backend] in data
    assert str(data["text/plain"]).startswith(":")


def test_data_that_nobody_draws_is_text(tmp_path: Path) -> None:
    """A mere data set has no figure."""
    assert result(tmp_path, "hv.Dataset({'a': [1, 2]})").data.keys() == {"text/plain"}


def test_without_a_backend_an_element_is_its_text(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as no extension was loaded nothing is drawn, as in Jupyter."""
    monkeypatch.setattr(holoviews.Store, "registry", {})
    assert show(holoviews.Curve([1])).data == {"text/plain": ":Curve   [x]   (y)"}


def test_a_map_without_bounds_says_what_it_needs(tmp_path: Path) -> None:
    """One that cannot choose a first frame is its text, and the cell has not failed."""
    with ExecutionService(workspace_dir=tmp_path) as service:
        code = SETUP.format(backend="bokeh") + "hv.DynamicMap(lambda n: curve, kdims='n')"
        ran = service.execute_code(code, "c", "n")
    assert ran.status == "ok"
    assert "unbounded" in ran.stderr


def test_a_frame_is_drawn_by_hvplot_too(tmp_path: Path) -> None:
    """The plots of hvplot are HoloViews' elements."""
    code = "import pandas as pd, hvplot.pandas\npd.DataFrame({'a': [1, 2]}).hvplot()"
    assert "<iframe" in str(result(tmp_path, code).data["text/html"])
