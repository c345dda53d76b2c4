"""What a notebook may change process-wide is its own: neither the host's nor another notebook's."""

from __future__ import annotations

import decimal
import gc
import io
import locale
import logging
import os
import random
import sys
import warnings
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.errors import StorageError
from nbengine.runtime.hooks import Writers
from tests.conftest import Run

OWN = {
    "__main__": ("x = 1", "sys.modules['__main__'].__dict__.get('x')"),
    "names of __main__": ("import __main__; __main__.y = 1", "'y' in globals()"),
    "cwd": ("os.makedirs('sub', exist_ok=True); os.chdir('sub')", "os.path.basename(os.getcwd())"),
    "sys.path": ("sys.path.append('/own')", "'/own' in sys.path"),
    "a new sys.path": ("sys.path = [*sys.path, '/own']", "'/own' in sys.path"),
    "sys.argv": ("sys.argv = ['prog', '--flag']", "sys.argv[-1]"),
    "sys.stdin": ("sys.stdin = io.StringIO('typed')", "isinstance(sys.stdin, io.StringIO)"),
    "sys.stdout": ("sys.stdout = own = io.StringIO()", "isinstance(sys.stdout, io.StringIO)"),
    "sys.stderr": ("sys.stderr = own = io.StringIO()", "isinstance(sys.stderr, io.StringIO)"),
    "warning filters": (
        "warnings.filterwarnings('ignore', message='mine')",
        "any(f[1] and f[1].match('mine') for f in warnings.filters)",
    ),
    "showwarning": ("warnings.showwarning = print", "warnings.showwarning is print"),
    "an environment variable": ("os.environ['OWN'] = 'yes'", "os.environ.get('OWN')"),
    "a changed environment variable": ("os.environ['HOSTS'] = 'mine'", "os.environ['HOSTS']"),
    "a deleted environment variable": ("del os.environ['HOSTS']", "'HOSTS' in os.environ"),
    "the decimal context": ("decimal.getcontext().prec = 3", "decimal.getcontext().prec"),
    "a context variable": (
        "io.own_var.set(1)",
        "io.own_var.get()",
    ),
}
"""A change, and what tells whether it is there: both Python, for a cell and for the host."""


@pytest.fixture(autouse=True)
def no_late_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that cells of other tests left behind keep the streams routed: count none of them."""
    monkeypatch.setattr("nbengine.runtime.process.WRITERS", Writers())


LIBRARIES = {
    "rcParams": (
        "import matplotlib\nmatplotlib.rcParams['lines.linewidth'] = 7.5",
        "__import__('matplotlib').rcParams['lines.linewidth']",
    ),
    "a style": (
        "import matplotlib.pyplot as plt\nplt.style.use('dark_background')",
        "__import__('matplotlib').rcParams['axes.facecolor']",
    ),
    "pandas options": (
        "import pandas\npandas.set_option('display.max_rows', 7)",
        "__import__('pandas').get_option('display.max_rows')",
    ),
    "Plotly's renderer": (
        "import plotly.io\nplotly.io.renderers.default = 'json'",
        "__import__('plotly.io').io.renderers.default",
    ),
    "Plotly's template": (
        "import plotly.io\nplotly.io.templates.default = 'ggplot2'",
        "__import__('plotly.io').io.templates.default",
    ),
    "the recursion limit": ("sys.setrecursionlimit(4321)", "sys.getrecursionlimit()"),
    "the switch interval": ("sys.setswitchinterval(0.25)", "round(sys.getswitchinterval(), 3)"),
    "the garbage collector": ("gc.disable()", "gc.isenabled()"),
    "its thresholds": ("gc.set_threshold(12345)", "gc.get_threshold()[0]"),
    "the locale": ("locale.setlocale(locale.LC_ALL, 'C')", "locale.setlocale(locale.LC_ALL)"),
    "NumPy's error handling": (
        "import numpy\nnumpy.seterr(divide='raise')",
        "__import__('numpy').geterr()['divide']",
    ),
}
"""The same of libraries, whose settings the host has back once the notebook is closed."""

IMPORTS = "import contextvars, decimal, gc, io, locale, os, sys, warnings"
HOST: dict[str, Any] = {
    "decimal": decimal, "gc": gc, "io": io, "locale": locale, "os": os, "sys": sys,
    "warnings": warnings,
}  # fmt: skip


@pytest.fixture(autouse=True)
def hosts_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment variable of the host's, and a context variable that all can find."""
    monkeypatch.setenv("HOSTS", "its")
    monkeypatch.setattr(io, "own_var", ContextVar("own_var", default=0), raising=False)


@pytest.fixture
def other_locale() -> Any:
    """The host uses another locale than the plain one, where the machine has one."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
    except locale.Error:
        pass
    yield
    locale.setlocale(locale.LC_ALL, before)


@pytest.fixture
def seen(service: ExecutionService) -> Any:
    """Evaluates an expression in a notebook, whatever that has done to its streams."""

    def seen(expression: str, notebook_id: str) -> object:
        result = service.execute_code(f"seen = {expression}", "c9", notebook_id)
        assert result.status == "ok", result.error
        return service.notebook_globals[notebook_id]["seen"]

    return seen


def in_host(expression: str) -> object:
    """What the host sees."""
    return eval(expression, dict(HOST))


@pytest.mark.parametrize("what", OWN | LIBRARIES)
@pytest.mark.usefixtures("other_locale")
def test_a_notebooks_settings_hold_for_itself_alone(run: Run, seen: Any, what: str) -> None:
    """They hold in its next cell, also when another notebook ran in between, and only there."""
    change, look = (OWN | LIBRARIES)[what]
    for notebook in "ab":
        run(IMPORTS, notebook_id=notebook)
        if what in LIBRARIES:
            run(f"seen = {look}", notebook_id=notebook)
    plain = seen(look, "b")
    assert run(change, notebook_id="a").error is None
    changed = seen(look, "a")
    assert changed != plain
    assert seen(look, "b") == plain
    assert seen(look, "a") == changed
    run(IMPORTS, notebook_id="new")
    assert seen(look, "new") == plain


@pytest.mark.parametrize("what", OWN)
def test_a_notebooks_settings_do_not_reach_the_host(run: Run, seen: Any, what: str) -> None:
    """Right after the cell the host's own are in force."""
    change, look = OWN[what]
    run(IMPORTS, notebook_id="a")
    before = in_host(look)
    assert run(change, notebook_id="a").error is None
    assert in_host(look) == before
    assert seen(look, "a") != before


@pytest.mark.parametrize("what", LIBRARIES)
@pytest.mark.usefixtures("other_locale")
def test_the_host_has_its_libraries_settings_back_at_the_end(tmp_path: Path, what: str) -> None:
    """After `close` they are as before the first cell."""
    change, look = LIBRARIES[what]
    before = in_host(look)
    with ExecutionService(workspace_dir=tmp_path) as service:
        for notebook in "ab":
            service.execute_code(IMPORTS, "c0", notebook)
            result = service.execute_code(change, "c1", notebook)
            assert result.error is None
    assert in_host(look) == before


def test_what_the_host_changes_meanwhile_is_kept(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook's cells neither undo the host's changes nor hide its environment."""
    run("import os, sys\nos.environ['OWN'] = '1'")
    monkeypatch.setenv("HOSTS", "new")
    monkeypatch.setattr(sys, "argv", ["other"])
    monkeypatch.chdir("/")
    run("seen = (os.environ['HOSTS'], os.environ['OWN'])\nos.environ['OWN'] = '2'")
    assert run("seen").outputs[0].model_dump()["data"] == {"text/plain": "('new', '1')"}
    assert (os.environ["HOSTS"], "OWN" in os.environ) == ("new", False)
    assert (sys.argv, os.getcwd()) == (["other"], "/")  # noqa: PTH109


def test_each_notebook_starts_in_its_own_data_folder(
    run: Run, service: ExecutionService, tmp_path: Path
) -> None:
    """Files of the same name do not meet; the host stays where it is."""
    before = Path.cwd()
    for notebook in "ab":
        run(f"open('f.txt', 'w').write({notebook!r});", notebook_id=notebook)
    root = service.settings.workspace_dir
    assert [(root / n / "data" / "f.txt").read_text() for n in "ab"] == ["a", "b"]
    service.open_notebook("c", cwd=tmp_path)
    assert run("import os; print(os.getcwd())", notebook_id="c").stdout == f"{tmp_path}\n"
    assert Path.cwd() == before


def test_a_working_folder_that_is_gone_is_no_ones_trouble_but_its_own(run: Run) -> None:
    """The notebook goes on where it can, others and the host are not touched."""
    before = Path.cwd()
    run("import os, shutil\nos.mkdir('sub')\nos.chdir('sub')\nshutil.rmtree(os.getcwd())")
    assert Path.cwd() == before
    assert run("print(1)", notebook_id="b").stdout == "1\n"
    assert run("print(2)").stdout == "2\n"
    assert run("os.chdir('/')\nprint(os.getcwd())").stdout == "/\n"
    assert Path.cwd() == before


def test_a_notebook_that_is_restarted_stays_in_its_folder(
    service: ExecutionService, run: Run, tmp_path: Path
) -> None:
    """In the one that it was opened in, wherever its cells have gone since."""
    service.open_notebook("n", cwd=tmp_path)
    run("import os; os.chdir('/')")
    service.restart("n")
    assert run("import os; print(os.getcwd())").stdout == f"{tmp_path}\n"


def test_a_working_folder_that_cannot_be_entered_is_not_given_up(
    service: ExecutionService, run: Run
) -> None:
    """Once it can be, the notebook is there again, and never in the host's."""
    run("import os")
    folder = service.settings.workspace_dir / "n" / "data"
    folder.rmdir()
    folder.write_text("in the way")
    with pytest.raises(StorageError):
        run("1")
    folder.unlink()
    assert run("print(os.getcwd())").stdout == f"{folder}\n"


def test_a_working_folder_that_was_made_anew_is_told(run: Run) -> None:
    """In the cell that finds it gone, and there alone."""
    run("import os, shutil; shutil.rmtree(os.getcwd())")
    assert "the working folder was gone and was made anew" in run("print(1)").stderr
    assert run("print(2)").stderr == ""


def test_a_working_folder_that_is_gone_for_good_is_left(
    service: ExecutionService, run: Run, tmp_path: Path
) -> None:
    """The notebook's own takes its place, and the next cell is told."""
    place = tmp_path / "place"
    place.mkdir()
    run(f"import os; os.chdir({str(place)!r})")
    place.rmdir()
    place.symlink_to(tmp_path / "nowhere")
    result = run("print(os.getcwd())")
    own = service.settings.workspace_dir / "n" / "data"
    assert result.stdout == f"{own}\n"
    assert f"cannot be made anew (File exists): this cell works in {own}" in result.stderr
    assert run("print(os.getcwd())").stderr == ""


def test_a_warning_that_the_host_has_seen_is_new_to_a_cell(
    service: ExecutionService, run: Run
) -> None:
    """Once per place means once for the host and once for the notebook."""
    library = ModuleType("library")
    exec("import warnings\ndef warn(): warnings.warn('careful')", library.__dict__)
    run("import warnings; warnings.simplefilter('default')")
    service.notebook_globals["n"]["library"] = library
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        library.warn()
        library.warn()
        counts = [[w.count for w in run("library.warn()\nlibrary.warn()").warnings]]
        library.warn()
        counts.append([w.count for w in run("library.warn()").warnings])
    assert counts == [[1], [1]]
    assert len(seen) == 2


def test_a_cell_may_remove_what_others_rely_on(run: Run) -> None:
    """Without `sys.argv`, `__main__`, a stream or its own folder, the host has all of its own."""
    host = (sys.argv, sys.stdout, sys.path, sys.modules["__main__"])
    run("import sys\ndel sys.argv, sys.stdout, sys.path, sys.modules['__main__'], sys.stdin")
    assert (sys.argv, sys.stdout, sys.path, sys.modules["__main__"]) == host
    assert run("print(1)", notebook_id="b").stdout == "1\n"
    assert run("x = 1").status == "ok"


def test_a_stream_that_a_cell_put_in_place_stays_for_the_notebook(run: Run) -> None:
    """What the notebook prints goes there, also later; the host and others are not concerned."""
    host = sys.stdout
    run("import io, sys\nold, sys.stdout = sys.stdout, io.StringIO()\nprint('one')")
    assert sys.stdout is host
    assert run("print('b')", notebook_id="b").stdout == "b\n"
    run("print('two')\ntext, sys.stdout = sys.stdout.getvalue(), old")
    assert run("print(repr(text))").stdout == "'one\\ntwo\\n'\n"


def test_a_redirection_that_a_cell_leaves_open_ends_with_it(run: Run) -> None:
    """`redirect_stdout` inside a cell is the cell's affair."""
    code = "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as f: print('in')"
    run(code)
    assert run("print(f.getvalue())").stdout == "in\n\n"


@pytest.mark.parametrize(
    "library, seed, draw",
    [
        ("random", "random.seed(1)", "random.random()"),
        ("numpy.random", "numpy.random.seed(1)", "float(numpy.random.rand())"),
    ],
)
def test_a_seeded_sequence_is_the_notebooks_own(
    run: Run, seen: Any, library: str, seed: str, draw: str
) -> None:
    """What another notebook seeds and draws does not disturb it."""
    for notebook in "ab":
        run(f"import {library}", notebook_id=notebook)
    run(seed, notebook_id="a")
    expected = [seen(draw, "a") for _ in range(3)]
    run(seed, notebook_id="a")
    got = []
    for _ in range(3):
        got.append(seen(draw, "a"))
        run(seed.replace("1", "2"), notebook_id="b")
        seen(draw, "b")
    assert got == expected


@pytest.mark.parametrize(
    "library, draw",
    [("random", "random.random()"), ("numpy.random", "float(numpy.random.rand())")],
)
def test_unseeded_notebooks_do_not_draw_the_same(
    run: Run, seen: Any, library: str, draw: str
) -> None:
    """Each new notebook has randomness of its own."""
    for notebook in "abc":
        run(f"import {library}", notebook_id=notebook)
    assert len({seen(draw, notebook) for notebook in "abc"}) == 3


def test_the_hosts_random_sequence_goes_on_at_the_end(tmp_path: Path) -> None:
    """Cells that draw and seed leave no trace in it once the service is closed."""
    random.seed(5)
    expected = [random.random(), random.random()]
    random.seed(5)
    first = random.random()
    with ExecutionService(workspace_dir=tmp_path) as service:
        service.execute_code("import random\nrandom.seed(9)", "c1", "n")
    assert [first, random.random()] == expected


def test_open_figures_are_shown_by_the_cell_that_made_them(run: Run) -> None:
    """Another notebook's cell, which ends next, has none of them."""
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    assert len(run(plot, notebook_id="a").plots) == 1
    nothing = "import matplotlib.pyplot as plt\nplt.get_fignums()"
    for notebook in "ba":
        result = run(nothing, notebook_id=notebook)
        assert result.plots == []
        assert result.outputs[0].model_dump()["data"] == {"text/plain": "[]"}


def write(service: ExecutionService, notebook_id: str, path: str, text: str) -> None:
    """Put a file into the notebook's data folder."""
    file = service.settings.workspace_dir / notebook_id / "data" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_modules_of_the_same_name_are_two(run: Run, service: ExecutionService, seen: Any) -> None:
    """`helper.py` in two folders is imported from each; what one changes stays its own."""
    for notebook in "ab":
        write(service, notebook, "helper.py", f"name = {notebook!r}\ncount = 0\n")
        run("import helper", notebook_id=notebook)
    assert [seen("helper.name", n) for n in "aba"] == ["a", "b", "a"]
    run("helper.count += 1", notebook_id="a")
    assert seen("__import__('helper').count", "a") == 1
    assert seen("__import__('helper').count", "b") == 0


def test_packages_of_the_same_name_are_two(run: Run, service: ExecutionService, seen: Any) -> None:
    """With what they contain, imported in one cell or in several."""
    for notebook in "ab":
        write(service, notebook, "lib/pack/__init__.py", "")
        write(service, notebook, "lib/pack/part.py", f"name = {notebook!r}\n")
        write(service, notebook, "lib/pack/other.py", "from .part import name\n")
        run("import sys; sys.path.insert(0, 'lib')", notebook_id=notebook)
        run("import pack.part", notebook_id=notebook)
    assert [seen("pack.part.name", n) for n in "ab"] == ["a", "b"]
    for notebook in "ab":
        run("from pack.other import name", notebook_id=notebook)
    assert [seen("name", n) for n in "ab"] == ["a", "b"]


def test_a_module_that_all_can_import_is_one(run: Run, service: ExecutionService) -> None:
    """Libraries are not loaded twice, and the host shares them."""
    for notebook in "ab":
        run("import colorsys as module", notebook_id=notebook)
    namespaces = service.notebook_globals
    assert namespaces["a"]["module"] is namespaces["b"]["module"] is sys.modules["colorsys"]


def test_a_closed_notebooks_modules_are_gone(tmp_path: Path) -> None:
    """The host does not find them."""
    with ExecutionService(workspace_dir=tmp_path) as service:
        write(service, "n", "helper.py", "")
        assert service.execute_code("import helper", "c1", "n").status == "ok"
    assert "helper" not in sys.modules


def test_the_host_is_as_before_once_the_service_is_closed(tmp_path: Path) -> None:
    """Streams, folder, path, arguments, filters, environment and `__main__` are the same."""

    def state() -> tuple[object, ...]:
        return (
            sys.stdout, sys.stderr, sys.stdin, os.getcwd(), sys.path, list(sys.path), sys.argv,  # noqa: PTH109
            warnings.filters, list(warnings.filters), warnings.showwarning, dict(os.environ),
            sys.modules["__main__"], sys.getrecursionlimit(), random.getstate(),
        )  # fmt: skip

    before = state()
    with ExecutionService(workspace_dir=tmp_path) as service:
        for notebook in "ab":
            for change, _ in (OWN | {"limit": LIBRARIES["the recursion limit"]}).values():
                service.execute_code(f"{IMPORTS}\n{change}", "c1", notebook)
            service.execute_code("import random; random.random()", "c1", notebook)
    assert state() == before


def test_surroundings_of_a_nested_cell_are_its_own_notebooks(
    run: Run, service: ExecutionService
) -> None:
    """A cell that runs another notebook's comes back to its own settings, and lends it none."""
    run("import os, random, sys\nos.environ['OWN'] = 'a'\nsys.path.append('/a')", notebook_id="a")
    service.notebook_globals["a"]["service"] = service
    code = (
        "random.seed(1)\nfirst = random.random()\nrandom.seed(1)\nhere = os.getcwd()\n"
        "inner = service.execute_code('import os, random, sys\\nrandom.seed(3)\\n"
        "(os.environ.get(\"OWN\"), \"/a\" in sys.path, __name__)', 'c1', 'b')\n"
        "again = random.random() == first and os.getcwd() == here and os.environ['OWN'] == 'a'\n"
        "print(inner.outputs[0].data['text/plain'], again, sys.modules['__main__'].__dict__ "
        "is globals())"
    )
    assert run(code, notebook_id="a").stdout == "(None, False, '__main__') True True\n"


def test_a_handler_made_in_one_cell_logs_into_the_cell_that_uses_it(run: Run) -> None:
    """Streams serve whoever writes, so a handler works in the next cell and in other notebooks."""
    logger = logging.getLogger("isolation")
    logger.propagate = False
    try:
        run("import logging\nlogging.getLogger('isolation').addHandler(logging.StreamHandler())")
        for notebook in "nb":
            code = f"import logging\nlogging.getLogger('isolation').warning('from {notebook}')"
            assert run(code, notebook_id=notebook).stderr == f"from {notebook}\n"
    finally:
        logger.handlers.clear()


def test_figures_of_later_cells_have_the_template(run: Run) -> None:
    """The one that Plotly chooses when it is loaded, and then the one that a cell has chosen."""
    run("import plotly.graph_objects as go, plotly.io as pio")
    run("pass")
    assert run("print(pio.templates.default)").stdout == "plotly\n"
    run("pio.templates.default = 'ggplot2'")
    assert run("print(pio.templates.default)").stdout == "ggplot2\n"
    assert run("import plotly.io as pio\nprint(pio.templates.default)", notebook_id="b").stdout == (
        "plotly\n"
    )
