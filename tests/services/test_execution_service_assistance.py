from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.errors import InvalidIdError, InvalidInputError
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


HOSTILE = """
class Hostile:
    def never(self, *_):
        while True: pass
    __getattr__ = __dir__ = __repr__ = __eq__ = __getitem__ = __len__ = __iter__ = never
    waits = property(never)
    @property
    def leaves(self): raise SystemExit
hostile = Hostile()
table = {'a\\ud800': 1, 'b': hostile}
vars(hostile)['odd\\ud800'] = 1
"""
CODES = {
    "nothing": "",
    "a property that never ends": "hostile.waits.",
    "a property that leaves": "hostile.leaves.x",
    "an object that never answers": "hostile.",
    "a call of one": "hostile().",
    "an item of one": "hostile[0].",
    "a key with a lone surrogate": "table['a",
    "a lone surrogate": "x\ud800.",
    "a path with one": "open('\ud800",
    "a magic with one": "%ti\ud800",
    "a null byte": "x\0.",
    "a path with one of those": "open('\0",
    "a byte order mark": "\ufeffx.",
    "ends of lines": "x\r\n.r",
    "no ASCII": "🐧.",
    "a name of a megabyte": "a" * 1_000_000,
    "open brackets": "(" * 20_000,
    "a million lines": "x=1\n" * 1_000_000 + "x.",
}


def test_code_of_any_kind_is_answered() -> None:
    """Each question has an answer in its shape, as JSON; the next cell is fine."""
    with ExecutionService(assistance_timeout=0.2) as service:
        service.execute_code(HOSTILE, "c", "n")
        for what, code in CODES.items():
            for cursor in (len(code), -7, 10**9):
                completion = service.complete(code, cursor, "n")
                assert 0 <= completion.cursor_start <= completion.cursor_end <= len(code), what
                assert completion.model_dump_json()
                assert service.inspect(code, cursor, "n").model_dump_json()
            assert service.is_complete(code, "n").model_dump_json()
        assert service.execute_code("1", "c", "n").status == "ok"


def test_a_key_with_a_lone_surrogate_is_offered_as_it_is_written(
    service: ExecutionService, run: Run
) -> None:
    """As an escape, which is the same key."""
    run(HOSTILE)
    assert service.complete("table['a", 8, "n").matches == ["a\\ud800"]
    assert service.complete("hostile.od", 10, "n").matches == []


@pytest.mark.parametrize("code", [None, 7, b"x", ["x"]])
def test_code_that_is_no_text_is_refused(code: Any, service: ExecutionService) -> None:
    """In all three questions."""
    with pytest.raises(InvalidInputError, match="The code must be a str"):
        service.complete(code, 0, "n")
    with pytest.raises(InvalidInputError, match="The code must be a str"):
        service.inspect(code, 0, "n")
    with pytest.raises(InvalidInputError, match="The code must be a str"):
        service.is_complete(code)


@pytest.mark.parametrize("cursor", [None, 1.0, "1", True])
def test_a_cursor_that_is_no_number_is_refused(cursor: Any, service: ExecutionService) -> None:
    """In both questions that have one."""
    with pytest.raises(InvalidInputError, match="The cursor must be an int"):
        service.complete("x", cursor, "n")
    with pytest.raises(InvalidInputError, match="The cursor must be an int"):
        service.inspect("x", cursor, "n")


@pytest.mark.parametrize("level", [-1, 2, None, "1", 0.5])
def test_a_detail_level_that_is_none_is_refused(level: Any, service: ExecutionService) -> None:
    """There are two."""
    with pytest.raises(InvalidInputError, match="must be 0 or 1"):
        service.inspect("x", 1, "n", level)
