from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbengine import ExecutionService
from nbengine.errors import InvalidIdError
from tests.conftest import Run, until

LOOP = """
stop = []
inside = [1]
while not stop:
    globals()[f"n{len(globals()) % 999}"] = 1
"""


@pytest.fixture
def service() -> Iterator[ExecutionService]:
    """A service that has the patience to wait for its analyser."""
    with ExecutionService(assistance_timeout=20) as service:
        yield service


def test_code_goes_on_with_what_cells_made(service: ExecutionService, run: Run) -> None:
    """Names, attributes, and what only the analyser of source can tell."""
    run("class Thing:\n    def grow(self): return [1]\nthing = Thing()\ntext = 'a'")
    assert service.complete("thi", 3, "n").matches == ["thing"]
    assert service.complete("thing.", 6, "n").matches == ["grow"]
    assert service.complete("text.upper().low", 16, "n").matches == ["lower"]
    assert service.complete("def f():\n    local = 1\n    loca", 31, "n").matches == [
        "local",
        "locals",
    ]


def test_the_source_of_what_cells_made_is_told(service: ExecutionService, run: Run) -> None:
    """Functions and classes of a cell, with the cell's name."""
    run("class Thing:\n    'A thing.'\n    def grow(self): ...\ndef f(a):\n    'F.'", "c7")
    for name in ("Thing", "f"):
        text = service.inspect(name, 0, "n", detail_level=1).data["text/plain"]
        assert isinstance(text, str)
        assert "Cell c7" in text
        assert f"{name}" in text.partition("Source:")[2]
    assert service.inspect("nothing", 1, "n").found is False


def test_answers_come_while_a_cell_runs(
    service: ExecutionService, run: Run, callers: ThreadPoolExecutor
) -> None:
    """They see the names that it has made so far."""
    cell = callers.submit(run, LOOP)
    until(lambda: "inside" in service.notebook_globals.get("n", {}))
    assert service.complete("insi", 4, "n").matches == ["inside"]
    assert service.inspect("inside", 1, "n").found
    assert service.is_complete("for i in x:", "n").indent == "    "
    service.notebook_globals["n"]["stop"].append(1)
    assert cell.result().status == "ok"


def test_a_notebook_that_was_never_opened_stays_so(
    service: ExecutionService, own_settings: Path
) -> None:
    """Asking about it makes neither a notebook nor a folder."""
    assert "print" in service.complete("pri", 3, "new").matches
    assert service.complete("get_ip", 6, "new").matches == ["get_ipython"]
    assert service.inspect("len", 1, "new").found
    assert service.is_complete("x", "new").status == "complete"
    assert not service.notebook_globals
    assert not own_settings.exists()


def test_files_are_those_of_the_notebooks_folder(
    service: ExecutionService, run: Run, tmp_path: Path
) -> None:
    """Where a cell went, the next one is."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "table.csv").touch()
    service.open_notebook("n", cwd=tmp_path)
    assert service.complete("open('in", 8, "n").matches == ["inner/"]
    run("import os\nos.chdir('inner')")
    assert service.complete("open('ta", 8, "n").matches == ["table.csv"]


def test_modules_are_those_of_the_notebooks_path(
    service: ExecutionService, run: Run, tmp_path: Path
) -> None:
    """What one notebook can import is no other one's to complete."""
    (tmp_path / "only_here.py").touch()
    run(f"import sys\nsys.path.append({str(tmp_path)!r})")
    assert service.complete("import only_h", 13, "n").matches == ["only_here"]
    run("1", notebook_id="other")
    assert service.complete("import only_h", 13, "other").matches == []


def test_magics_that_a_cell_added_are_offered(service: ExecutionService, run: Run) -> None:
    """Once the notebook has a shell, it says which there are."""
    assert "%timeit" in service.complete("%ti", 3, "n").matches
    run("get_ipython().register_magic_function(print, 'line', 'mine_alone')")
    assert service.complete("%mine", 5, "n").matches == ["%mine_alone"]


@pytest.mark.parametrize("notebook_id", ["", "../up", "a/b"])
def test_an_id_that_cannot_be_one_is_refused(service: ExecutionService, notebook_id: str) -> None:
    """In all three questions."""
    with pytest.raises(InvalidIdError):
        service.complete("x", 1, notebook_id)
    with pytest.raises(InvalidIdError):
        service.inspect("x", 1, notebook_id)
    with pytest.raises(InvalidIdError):
        service.is_complete("x", notebook_id)
