"""Which figures of a notebook are open, shown and closed, as Jupyter's inline backend has it."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbengine.services.execution_service import ExecutionService
from tests.capture.kinds.cells import Run, runner, shown

START = "import matplotlib.pyplot as plt\nplt.plot([1])"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A notebook whose first figure was made, shown and closed."""
    with runner(tmp_path) as run:
        assert shown(run(START))[1:] == ["figure"]
        yield run


def test_the_first_figure_turns_interactive_mode_on(tmp_path: Path) -> None:
    """Until then pyplot is not interactive; what was said about it before does not count."""
    with runner(tmp_path) as run:
        first = run("import matplotlib.pyplot as plt\nprint(plt.isinteractive())")
        assert first.stdout == "False\n"
        second = run("plt.ioff()\nplt.plot([1]);\nprint(plt.isinteractive())")
        assert shown(second) == ["True", "figure"]


def test_a_figure_made_without_interactive_mode_waits(run: Run) -> None:
    """It is not shown, and later cells find it open, until one shows it."""
    assert shown(run("plt.ioff()\nplt.plot([1, 2]);")) == []
    assert shown(run("plt.gca().plot([2, 1])\nprint(plt.get_fignums())")) == ["[1]"]
    assert shown(run("plt.show()\nprint(plt.get_fignums())")) == ["figure", "[]"]


def test_a_figure_of_a_later_cell_brings_those_that_wait_along(run: Run) -> None:
    """Interactive mode by itself shows nothing; the next figure made in it shows all."""
    run("plt.ioff()\nplt.figure().text(0, 0, 'a');")
    assert shown(run("plt.ion();\nplt.text(0, 0, 'b');")) == []
    assert shown(run("plt.figure().text(0, 0, 'c');")) == ["figure", "figure"]
    assert run("print(plt.get_fignums())").stdout == "[]\n"


def test_interactive_mode_can_be_off_for_a_block(run: Run) -> None:
    """A figure made in `with plt.ioff()` is shown where the user wants it, or not at all."""
    run("with plt.ioff():\n    quiet = plt.figure()\nquiet.text(0, 0, 'a');")
    assert shown(run("plt.isinteractive(), plt.get_fignums()")) == ["(True, [1])"]
    assert shown(run("display(quiet)\nplt.close(quiet)")) == ["figure"]


def test_figures_can_be_kept_open(run: Run) -> None:
    """With `close_figures` off a cell shows what it made, and the next ones go on drawing on it."""
    run("%config InlineBackend.close_figures = False")
    assert shown(run("figure = plt.figure();\nplt.plot([1]);")) == ["figure"]
    assert shown(run("plt.plot([2]);\nprint(plt.gcf() is figure)")) == ["True"]
    assert shown(run("plt.show()\nprint(plt.get_fignums())")) == ["figure", "[1]"]
    run("%config InlineBackend.close_figures = True")
    assert shown(run("plt.figure().text(0, 0, 'a');")) == ["figure", "figure"]
    assert run("print(plt.get_fignums())").stdout == "[]\n"


def test_the_function_of_jupyter_keeps_figures_open_too(run: Run) -> None:
    """`set_matplotlib_close(False)` is the same choice."""
    run(
        "from matplotlib_inline.backend_inline import set_matplotlib_close\n"
        "set_matplotlib_close(False)\nplt.plot([1]);"
    )
    assert run("print(plt.get_fignums())").stdout == "[1]\n"


def test_the_magic_turns_interactive_mode_on(run: Run) -> None:
    """After `%matplotlib inline` figures are shown again, whatever was said before it."""
    assert shown(run("plt.ioff()\n%matplotlib inline\nplt.plot([1]);")) == ["figure"]


def test_each_notebook_has_a_mode_and_figures_of_its_own(tmp_path: Path) -> None:
    """What one leaves open, or turns off, is not seen by another, whoever runs between."""
    with ExecutionService(workspace_dir=tmp_path) as service:

        def run(code: str, notebook: str) -> list[str]:
            return shown(service.execute_code(code, "c", notebook))

        for notebook in ("a", "b"):
            run(START, notebook)
        assert run("plt.ioff()\nplt.figure(5);", "a") == []
        assert run("plt.isinteractive(), plt.get_fignums()", "b") == ["(True, [])"]
        assert run("plt.isinteractive(), plt.get_fignums()", "a") == ["(False, [5])"]


def test_what_is_open_is_gone_with_its_notebook(tmp_path: Path) -> None:
    """A closed notebook keeps no figure alive, though its records are there."""
    with ExecutionService(workspace_dir=tmp_path) as service:
        service.execute_code(START, "c", "n")
        service.execute_code(
            "import weakref\nplt.ioff()\nleft = plt.figure()\nname = weakref.ref(left)", "c", "n"
        )
        watch = service.notebook_globals["n"]["name"]
        assert watch() is not None
        service.restart("n")
        gc.collect()
        assert watch() is None


HOST = """
import matplotlib.pyplot as plt
from nbengine.services.execution_service import ExecutionService

plt.switch_backend("agg")
service = ExecutionService(workspace_dir={folder!r})
cell = "import matplotlib.pyplot as plt; plt.plot([1]); print(plt.isinteractive());{more}"

def runs(more):
    result = service.execute_code(cell.format(more=more), "c", "n")
    assert result.error is None, result.error.traceback
    return result.stdout, len(result.plots)

assert not plt.isinteractive()
assert runs("") == ("True\\n", 1)
assert not plt.isinteractive() and plt.get_fignums() == []
plt.ion()
assert runs("plt.ioff()") == ("True\\n", 1)
assert plt.isinteractive() and plt.rcParams["interactive"]
assert runs("") == ("False\\n", 0)
assert plt.isinteractive() and plt.get_fignums() == []
service.restart("n")
assert plt.isinteractive()
"""


def test_the_host_program_keeps_its_own_mode(tmp_path: Path) -> None:
    """Between cells pyplot is as interactive as the host has made it, and cells do not ask it."""
    code = HOST.replace("{more}", "{{more}}").format(folder=str(tmp_path))
    subprocess.run([sys.executable, "-c", code], check=True)
