from __future__ import annotations

from pathlib import Path

import pytest

from nbengine.models.outputs import DisplayData
from nbengine.services.execution_service import ExecutionService

WIDGET = "application/vnd.jupyter.widget-view+json"
FORMAT = 'bar_format="{desc}{n}/{total}"'


def bars(service: ExecutionService, code: str) -> list[dict[str, object]]:
    """What the bars of a cell look like at its end."""
    result = service.execute_code(code, "c", "n")
    assert result.stderr == ""
    return [dict(o.data) for o in result.outputs if isinstance(o, DisplayData)]


@pytest.mark.parametrize("home", ["tqdm.notebook", "tqdm.auto"])
def test_the_text_follows_the_bar(service: ExecutionService, home: str) -> None:
    """A bar is a widget, whose text says how far it came."""
    [bar] = bars(service, f"from {home} import tqdm\nfor n in tqdm(range(3), {FORMAT}): pass")
    assert bar.keys() == {WIDGET, "text/plain"}
    assert bar["text/plain"] == "3/3"


def test_a_stopped_bar_says_where(service: ExecutionService) -> None:
    """One whose loop was left shows how far it came; the output is one."""
    code = f"from tqdm.notebook import tqdm\nfor n in tqdm(range(3), {FORMAT}):\n    if n: break"
    [bar] = bars(service, code)
    assert bar["text/plain"] == "1/3"


def test_a_bar_that_is_put_away_shows_nothing(service: ExecutionService) -> None:
    """With `leave=False` its place is empty once it is done."""
    code = f"from tqdm.notebook import tqdm\nfor n in tqdm(range(3), leave=False, {FORMAT}): pass"
    assert bars(service, code) == [{}]


def test_a_bar_goes_on_in_a_later_cell(service: ExecutionService) -> None:
    """What a later cell does to it is seen where it is."""
    code = f"from tqdm.notebook import tqdm\nbar = tqdm(total=5, desc='so far ', {FORMAT})"
    first = service.execute_code(code, "first", "n")
    later = service.execute_code("bar.n = 5; bar.refresh(); bar.close();", "later", "n")
    assert not later.outputs
    [bar] = service.result(first.execution_id).outputs
    assert isinstance(bar, DisplayData)
    assert bar.data["text/plain"] == "so far 5/5"


def test_a_second_service_changes_nothing(tmp_path: Path) -> None:
    """However many services there are, a bar is one output with one text, shown in one way."""
    from tqdm import notebook

    displays = set()
    for name in ("one", "two"):
        with ExecutionService(workspace_dir=tmp_path / name) as service:
            code = f"from tqdm.auto import tqdm\nfor n in tqdm(range(2), {FORMAT}): pass"
            assert [bar["text/plain"] for bar in bars(service, code)] == ["2/2"]
            displays.add(notebook.display)
    assert len(displays) == 1
