from __future__ import annotations

from typing import Any

import pytest

from nbengine import ExecutionResult
from nbengine.models.outputs import DisplayData
from tests.conftest import Run

IMPORT = "from IPython.display import *\n"


def data(result: ExecutionResult) -> list[dict[str, object]]:
    assert result.error is None, result.error.traceback
    return [dict(o.data) for o in result.outputs if isinstance(o, DisplayData)]


def test_ipython_s_display_shows_in_the_cell(run: Run) -> None:
    """Objects of `IPython.display` come with the representation they stand for."""
    (shown,) = data(run(f"{IMPORT}display(HTML('<i>x</i>'))"))
    assert shown["text/html"] == "<i>x</i>"


def test_handles_and_updates(run: Run) -> None:
    """A handle of IPython's display, and `update_display`, change what was shown."""
    code = f"{IMPORT}h = display('one', display_id='k')\nh.update('two')"
    assert data(run(code)) == [{"text/plain": "'two'"}]
    code = f"{IMPORT}display(1, display_id='k')\nupdate_display(2, display_id='k')"
    assert data(run(code)) == [{"text/plain": "2"}]
    code = f"{IMPORT}h = DisplayHandle('k')\nh.display(1)\nh.update(3)"
    assert data(run(code)) == [{"text/plain": "3"}]


def test_bundles_and_shortcuts(run: Run) -> None:
    """`publish_display_data` and `display_html` show bundles."""
    code = f"{IMPORT}publish_display_data({{'text/plain': 'p'}}, metadata={{'m': 1}})"
    assert data(run(code)) == [{"text/plain": "p"}]
    assert data(run(f"{IMPORT}display_html('<p>', raw=True)")) == [{"text/html": "<p>"}]


@pytest.mark.parametrize("wait", ["", "wait=True"])
def test_clear_output(wait: str, run: Run) -> None:
    """What was shown before is taken away."""
    result = run(f"{IMPORT}print('a'); display(1); clear_output({wait}); print('b')")
    assert [o.output_type for o in result.outputs] == ["stream"]
    assert result.stdout == "b\n"


def test_the_host_keeps_ipython_s_own(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Outside of cells IPython's functions do what they did."""
    run(IMPORT)
    import IPython.display

    show: Any = IPython.display.display
    show("host")
    assert "host" in capsys.readouterr().out
