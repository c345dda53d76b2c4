from __future__ import annotations

from nbengine import ExecutionService
from nbengine.capture.registry import Kind, Registry
from nbengine.models.notebook import Cut, ExecutionResult
from tests.conftest import Run


def tables(result: ExecutionResult) -> list[tuple[str | None, str]]:
    assert result.error is None, result.error.traceback
    return [(table.name, table.source) for table in result.tables]


def test_tables_shown_come_before_those_in_variables(run: Run) -> None:
    """A cell lists the tables that it showed, then those that it left in variables."""
    code = "import pandas as pd\na = pd.DataFrame({'x': [1]})\nb = a + 1\ndisplay(b)\na * 2"
    assert tables(run(code)) == [
        ("b", "display"),
        (None, "display"),
        ("a", "variable"),
        ("b", "variable"),
    ]


def test_tables_changed_in_place_are_listed(run: Run) -> None:
    """A table that the cell changed is listed and counts as changed; one it read is not."""
    run("import pandas as pd\na = pd.DataFrame({'x': [1, 2]})\nb = a + 1")
    result = run("a['y'] = 5; total = b.sum().sum()")
    assert tables(result) == [("a", "variable")]
    assert result.state.changed == ["a"]
    assert tables(run("a.shape, b.shape;")) == []


def test_tables_are_bounded_in_number() -> None:
    """Only so many tables are listed."""
    with ExecutionService(table_count=2) as service:
        code = "import pandas as pd\na, b, c = (pd.DataFrame({'x': [n]}) for n in range(3))"
        assert tables(service.execute_code(code, "c1", "n")) == [
            ("a", "variable"),
            ("b", "variable"),
        ]


def test_a_table_is_listed_once_for_each_source(run: Run) -> None:
    """A table shown twice, or left under two names, takes one place; shown and made, two."""
    code = "import pandas as pd\na = b = pd.DataFrame({'x': [1]})\ndisplay(a)\ndisplay(a, b)\na"
    assert tables(run(code)) == [("a", "display"), ("a", "variable")]


def test_tables_left_out_are_counted() -> None:
    """A cell with more tables than are listed says how many there were."""
    code = (
        "import pandas as pd\n"
        "for n in range(25):\n    display(pd.DataFrame({'x': [n]}))\nlast = pd.DataFrame()"
    )
    with ExecutionService() as service:
        result = service.execute_code(code, "c1", "n")
        assert len(result.tables) == 20
        assert result.cuts == [Cut(what="tables", kept=20, total=26)]
        assert service.result(result.execution_id).cuts == result.cuts
        assert service.execute_code("display(last)", "c1", "n").cuts == []


def test_warnings_left_out_are_counted(run: Run) -> None:
    """A cell with more different warnings than are listed says how many there were."""
    result = run("import warnings\nfor n in range(120):\n    warnings.warn(str(n))")
    assert len(result.warnings) == 100
    assert result.cuts == [Cut(what="warnings", kept=100, total=120)]
    assert run("warnings.warn('one')").cuts == []


def test_a_table_displayed_late_is_an_output_only(service: ExecutionService, run: Run) -> None:
    """What a thread displays after its cell ended is in the outputs; nothing keeps the value."""
    run("import pandas as pd, threading, weakref\nended = threading.Event()")
    result = run(
        "def late():\n"
        "    ended.wait()\n"
        "    frame = pd.DataFrame({'x': [1]})\n"
        "    display(frame)\n"
        "    return weakref.ref(frame)\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "told = ThreadPoolExecutor(1).submit(late)"
    )
    gone = run("ended.set()\nimport gc\nseen = told.result()\ngc.collect()\nprint(seen())")
    assert gone.stdout == "None\n"
    again = service.result(result.execution_id)
    assert len(again.outputs) == 1
    assert again.tables == []


def test_a_failing_cell_keeps_what_it_made(run: Run) -> None:
    """Tables and warnings of a cell that raised in the end are there."""
    code = (
        "import pandas as pd, warnings\na = pd.DataFrame({'x': [1]})\nwarnings.warn('look')\n1 / 0"
    )
    result = run(code)
    assert [table.name for table in result.tables] == ["a"]
    assert [warning.message for warning in result.warnings] == ["look"]


def test_a_step_that_fails_loses_no_other() -> None:
    """What a kind cannot do at the end of a cell is told in stderr, the others go on."""
    done: list[str] = []

    def fail() -> None:
        raise ValueError("the end failed")

    kinds = [
        Kind(library="sys", at_cell_end=fail),
        Kind(library="os", at_cell_end=lambda: done.append("done")),
    ]
    with ExecutionService() as service:
        service._capture.registry = Registry(kinds)
        result = service.execute_code("1", "c1", "n")
    assert result.status == "ok"
    assert "could not be captured: ValueError('the end failed')" in result.stderr
    assert done == ["done"]
