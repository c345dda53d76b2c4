"""A notebook's variables across the end of its process: saved cell by cell, back at the first."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionResult, ExecutionService, StatePersistenceService
from nbengine.errors import StateLockedError
from nbengine.models.outputs import ExecuteResult
from nbengine.runtime.hooks import WRITERS
from tests.conftest import until
from tests.services.conftest import Serve


def run(service: ExecutionService, *cells: str) -> ExecutionResult:
    """The result of the last cell, all of which have to succeed."""
    for cell in cells:
        result = service.execute_code(cell, "c", "n")
        assert result.error is None, result.error.traceback
    return result


def value(service: ExecutionService, code: str) -> str:
    """The text of a cell's value."""
    return "".join(
        str(output.data["text/plain"])
        for output in run(service, code).outputs
        if isinstance(output, ExecuteResult)
    )


def test_variables_survive(serve: Serve) -> None:
    """With what they share, and the functions that speak of them."""
    run(serve(), "x = [1]\ny = x\ndef f(): return x, z", "z = 2")
    service = serve()
    assert value(service, "y is x, f()") == "(True, ([1], 2))"


KEPT = {
    "the count": ("pass", "len(In)", "4"),
    "values shown": ("6 * 7", "_ + 1", "43"),
    "values by number": ("6 * 7", "Out[1], _1", "(42, 42)"),
    "sources": ("6 * 7", "In[1]", "'6 * 7'"),
    "the working folder": (
        "import os; os.mkdir('sub'); os.chdir('sub')",
        "os.path.basename(os.getcwd())",
        "'sub'",
    ),
    "the path of modules": ("import sys; sys.path.append('/mine')", "'/mine' in sys.path", "True"),
    "the environment": ("import os; os.environ['MINE'] = 'é'", "os.environ['MINE']", "'é'"),
    "what was taken from the environment": (
        "import os; os.environ.pop('HOME', None)",
        "'HOME' in os.environ",
        "False",
    ),
    "filters of warnings": (
        "import warnings; warnings.simplefilter('error', FutureWarning)",
        "[f[0] for f in warnings.filters if f[2] is FutureWarning]",
        "['error']",
    ),
    "random numbers": (
        "import random; random.seed(1); random.random()",
        "random.random() == random.Random(1).random()",
        "False",
    ),
    "random numbers of NumPy": (
        "import numpy as np; np.random.seed(1); first = np.random.rand()",
        "float(np.random.rand()) == float(np.random.RandomState(1).rand(2)[1])",
        "True",
    ),
    "options of pandas": (
        "import pandas as pd; pd.set_option('display.max_rows', 7)",
        "pd.get_option('display.max_rows')",
        "7",
    ),
    "how NumPy prints": (
        "import numpy as np; np.set_printoptions(precision=3)",
        "np.array([1 / 3])",
        "array([0.333])",
    ),
    "what NumPy makes of errors": (
        "import numpy as np; np.seterr(divide='raise', over='call')",
        "np.geterr()['divide'], np.geterr()['over']",
        "('raise', 'call')",
    ),
    "what NumPy calls at errors": (
        "import numpy as np\ndef note(kind, flag): pass\nnp.seterrcall(note)",
        "np.geterrcall() is note",
        "True",
    ),
    "the context of decimal numbers": (
        "import decimal; decimal.getcontext().prec = 5",
        "decimal.Decimal(1) / 3",
        "Decimal('0.33333')",
    ),
    "another context of decimal numbers": (
        "import decimal; decimal.setcontext(decimal.Context(4, decimal.ROUND_UP, traps=[]))",
        "decimal.Decimal(1) / 3, decimal.Decimal(1) / 0",
        "(Decimal('0.3334'), Decimal('Infinity'))",
    ),
    "options of polars": (
        "import polars as pl; _ = pl.Config.set_float_precision(2).set_tbl_rows(7)",
        "'1.23' in str(pl.Series([1.2345])), pl.Config.state()['POLARS_FMT_MAX_ROWS']",
        "(True, '7')",
    ),
    "limits of Python": (
        "import sys; sys.setrecursionlimit(2345); sys.set_int_max_str_digits(9999)",
        "sys.getrecursionlimit(), sys.get_int_max_str_digits()",
        "(2345, 9999)",
    ),
    "the time zone": (
        "import os, time; os.environ['TZ'] = 'Asia/Tokyo'; time.tzset()",
        "__import__('time').tzname",
        "('JST', 'JST')",
    ),
    "how numbers are shown": ("%precision 3", "2 / 3", "0.667"),
    "that values are shown in one line": ("%pprint", "list(range(30))", str(list(range(30)))),
    "how figures are shown": (
        "%config InlineBackend.figure_format = 'svg'",
        "get_ipython().inline_backend.figure_formats",
        "{'svg'}",
    ),
    "parameters of Matplotlib": (
        "import matplotlib as mpl; mpl.rcParams['lines.linewidth'] = 7",
        "mpl.rcParams['lines.linewidth']",
        "7.0",
    ),
    "modules of its own folder": (
        "open('own.py', 'w').write('x = 5'); import own",
        "own.x",
        "5",
    ),
    "imports from the future": (
        "from __future__ import annotations",
        "def f(x: Nothing): pass\nf.__annotations__",
        "{'x': 'Nothing'}",
    ),
    "the source of functions": (
        "def f():\n    return 1",
        "import inspect; inspect.getsource(f)",
        "'def f():\\n    return 1\\n'",
    ),
}


@pytest.mark.parametrize("before, code, expected", KEPT.values(), ids=KEPT)
def test_what_belongs_to_the_state(before: str, code: str, expected: str, serve: Serve) -> None:
    """Besides variables it is what cells have made of their surroundings, and the history."""
    run(serve(), before, "import os, sys, warnings")
    assert value(serve(), code) == expected


LIBRARIES = {
    "NumPy": (
        "import numpy as np; np.set_printoptions(precision=3); np.seterr(all='ignore')",
        "import numpy as np\nnp.get_printoptions()['precision'], np.geterr()['divide']",
    ),
    "decimal": (
        "import decimal; decimal.getcontext().prec = 5",
        "import decimal\ndecimal.getcontext().prec",
    ),
    "polars": (
        "import polars as pl; pl.Config.set_thousands_separator(True).set_fmt_float('full')",
        "import polars as pl\nstr(pl.Series([12345.5]))",
    ),
    "Python": (
        "import sys; sys.set_int_max_str_digits(9999)",
        "import sys; sys.get_int_max_str_digits()",
    ),
    "the zone": (
        "import os, time; os.environ['TZ'] = 'Asia/Tokyo'; time.tzset()",
        "import time; time.tzname",
    ),
    "IPython": ("%precision 3", "2 / 3"),
}


@pytest.mark.parametrize("cell, look", LIBRARIES.values(), ids=LIBRARIES)
def test_what_a_notebook_sets_is_its_own(cell: str, look: str, serve: Serve) -> None:
    """Neither before a restart nor after it does another notebook of the process see it."""

    def seen(notebook: str) -> object:
        (output,) = service.execute_code(look, "c", notebook).outputs
        assert isinstance(output, ExecuteResult)
        return output.data["text/plain"]

    service = serve()
    plain = seen("other")
    run(service, cell)
    chosen = seen("n")
    assert seen("other") == plain != chosen
    service = serve()
    assert (seen("n"), seen("third"), seen("n")) == (chosen, plain, chosen)


SIZES = {"small": 10, "large": 10_000_000}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_what_was_saved_can_still_be_resized(size: int, serve: Serve) -> None:
    """Nothing of the engine holds a value, or a view of its memory, while a cell runs."""
    service = serve()
    run(
        service,
        "import array, io, mmap, numpy as np, threading",
        f"a, b = np.zeros({size}, np.uint8), bytearray({size})\n"
        f"c, d = array.array('b', bytes({size})), io.BytesIO(bytes({size}))\n"
        "v, lock = memoryview(b), threading.Lock()\nv.release()",
        "x = 1",
        "print(len(a))",
    )
    run(service, "a.resize(7)")
    run(service, "def grow(): a.resize(9_000_000)", "grow()", "'look'", "grow()")
    run(service, "b.append(1); c.append(1); d.seek(0, 2); d.write(b'x'); d.truncate(3)")
    run(service, "b.clear(); del c[:]; d.close(); m = mmap.mmap(-1, 4096); m.resize(8192)")
    assert value(serve(), "len(a), len(b), len(c), d.closed") == "(9000000, 0, 0, True)"


def test_what_could_not_be_saved_leaves_nothing_behind(serve: Serve) -> None:
    """Frames of a failed attempt hold no variables."""
    service = serve()
    run(service, "import sys, threading, numpy as np\na = np.zeros(9)", "b = [threading.Lock()]")
    before = value(service, "sys.getrefcount(a)")
    run(service, *["b.append(threading.Lock())"] * 5)
    assert value(service, "sys.getrefcount(a)") == before


def test_the_result_says_what_was_kept(serve: Serve) -> None:
    """That it was saved, how long that took as a part of the whole, and what was left out."""
    result = run(serve(), "x = 1\ng = (n for n in 'ab')")
    state = result.state
    assert (state.saved, list(state.unsaved), state.problem) == (True, ["g"], None)
    assert 0 < state.seconds < result.duration
    assert state.bytes_written > 0


def test_a_name_that_was_not_kept_says_so_when_it_is_missed(serve: Serve) -> None:
    """The `NameError` has the reason, until there is such a name again."""
    run(serve(), "g = (n for n in 'ab')")
    service = serve()
    error = service.execute_code("g", "c", "n").error
    assert error is not None
    assert "g could not be brought back after the restart: a generator" in error.traceback
    assert value(service, "g = 1; g") == "1"


def test_whatever_stands_in_the_namespace_the_rest_is_kept(serve: Serve) -> None:
    """Keys that are no names, or are the engine's own, cost neither the cell nor the save."""
    service = serve()
    code = "globals().update({1: 2, '\\ud800': 3, '.process': 4, '.out.9': 5, 'ä b': 6}); x = 7"
    result = run(service, code, "'last'")
    assert (result.status, result.state.saved) == ("ok", True)
    service.close()
    assert value(serve(), "x, globals()['ä b'], Out[2], 9 in Out") == "(7, 6, 'last', False)"


def test_what_an_object_says_of_itself_is_strict_json(serve: Serve) -> None:
    """The reason why something is not kept may be any text."""
    code = "class Odd:\n    def __reduce__(self): raise ValueError('\\ud800')\nodd = Odd()"
    result = run(serve(), code)
    assert "\\ud800" in result.state.unsaved["odd"]
    assert ExecutionResult.model_validate_json(result.model_dump_json()) == result


def test_a_cell_that_only_looks_does_not_save_figures_again(serve: Serve) -> None:
    """Nothing of what it could get at is others than before."""
    pytest.importorskip("matplotlib")
    service = serve()
    run(service, "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])")
    assert run(service, "print(ax.get_title())", "print(len(fig.axes))").state.bytes_written == 0


@pytest.mark.skipif(sys.platform == "win32", reason="what is open cannot be deleted")
@pytest.mark.parametrize("gone", ["n", "n/state", "n/state/snapshots.db"])
def test_a_state_that_somebody_deletes_is_saved_anew(
    gone: str, serve: Serve, tmp_path: Path
) -> None:
    """What is written where nobody finds it is not said to be saved."""
    service = serve()
    run(service, "x = [1]; import numpy as np; big = np.arange(100_000)")
    (path,) = tmp_path.rglob(gone)
    if path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path)
    assert run(service, "y = 2").state.saved
    assert run(service, "big[0] = 7").state.saved
    service.close()
    assert value(serve(), "x, y, int(big[0])") == "([1], 2, 7)"


@pytest.mark.skipif(sys.platform == "win32", reason="what is open cannot be replaced")
def test_a_state_that_takes_the_place_of_another_is_not_brought_back(
    serve: Serve, tmp_path: Path
) -> None:
    """A notebook that runs keeps its own variables, also while somebody else has the folder."""
    service = serve()
    run(service, "x = 'first'")
    folder = next(tmp_path.rglob("n/state"))
    shutil.copytree(folder, tmp_path / "copy")
    run(service, "x = 'second'")
    shutil.rmtree(folder)
    (tmp_path / "copy").rename(folder)
    with ExecutionService(snapshots=True, key_file=tmp_path / "key") as other:
        assert value(other, "x") == "'first'"
        assert "is open in this process" in str(run(service, "y = 1").state.problem)
    assert run(service, "z = x").state.saved
    service.close()
    assert value(serve(), "x, y, z") == "('second', 1, 'second')"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_where_no_state_can_be_made_a_notebook_runs(tmp_path: Path) -> None:
    """On a full disk nothing is left of the attempt, and once there is room all is saved."""
    code = (
        "import json, resource\n"
        "from nbengine import ExecutionService\n"
        "service = ExecutionService(key_file='key')\n"
        "run = lambda code: service.execute_code(code, 'c', 'n')\n"
        "service.execute_code('1', 'c', 'other')\n"
        "limits = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))\n"
        "results = [run('x = 1'), run('y = 2')]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, limits)\n"
        "results.append(run('z = 3'))\n"
        "service.restore_state('n')\n"
        "results.append(run('assert (x, y, z) == (1, 2, 3)'))\n"
        "print(json.dumps([[r.status, r.state.saved] for r in results]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [["ok", False], ["ok", False], ["ok", True], ["ok", True]]


def test_a_module_that_is_gone_is_named(serve: Serve, own_settings: Path) -> None:
    """All else comes back, and who misses the module is told why."""
    run(serve(), "open('own.py', 'w').write('x = 5'); import own; y = 1")
    service = serve()
    (own_settings / "n" / "data" / "own.py").unlink()
    assert value(service, "y") == "1"
    error = service.execute_code("own.x", "c", "n").error
    assert error is not None
    assert "own could not be brought back after the restart: ModuleNotFoundError" in error.traceback


def test_a_cell_that_fails_saves_nothing(serve: Serve) -> None:
    """What it did is in the snapshot of the next one that succeeds."""
    service = serve()
    run(service, "x = [1]")
    failed = service.execute_code("x.append(2); 1 / 0", "c", "n")
    assert not failed.state.saved
    assert value(serve(), "x") == "[1]"
    service = serve()
    service.execute_code("x.append(3); 1 / 0", "c", "n")
    run(service, "pass")
    assert value(serve(), "x") == "[1, 3]"


def test_what_a_failed_cell_made_of_the_process_is_kept(serve: Serve) -> None:
    """By the next one that succeeds, also if that does nothing but bind a name."""
    service = serve()
    run(service, "import warnings")
    code = "warnings.simplefilter('error', FutureWarning); 1 / 0"
    assert service.execute_code(code, "c", "n").status == "error"
    run(service, "x = 1")
    shown = "[f[0] for f in warnings.filters if f[2] is FutureWarning]"
    assert value(serve(), shown) == "['error']"


def test_what_a_thread_did_between_two_cells_is_kept(serve: Serve) -> None:
    """Also if it has ended by then, and the second cell does nothing but bind a name."""
    service, before = serve(), WRITERS.alive
    run(
        service,
        "import threading\nx, go = [], threading.Event()\n"
        "def late(): go.wait(); x.append(1)\n"
        "thread = threading.Thread(target=late); thread.start()",
    )
    namespace = service.notebook_globals["n"]
    namespace["go"].set()
    namespace["thread"].join()
    until(lambda: WRITERS.alive <= before)
    run(service, "y = 1")
    assert value(serve(), "x, y") == "([1], 1)"


def test_a_restart_begins_anew(serve: Serve) -> None:
    """Here and in the next process; the history has what was before."""
    service = serve()
    run(service, "x = 1")
    service.restart("n")
    assert value(service, "'x' in globals()") == "False"
    assert value(serve(), "'x' in globals()") == "False"


def test_a_restart_before_the_first_cell(serve: Serve) -> None:
    """What is saved of a notebook that is not open yet is not brought back either."""
    run(serve(), "x = 1")
    service = serve()
    service.restart("n")
    assert value(service, "'x' in globals()") == "False"
    assert [each.cell_id for each in service.history("n")] == ["c", "c"]


def test_notebooks_are_kept_apart(serve: Serve) -> None:
    """Each has its own."""
    service = serve()
    run(service, "x = 'one'")
    service.execute_code("x = 'other'", "c", "other")
    service = serve()
    assert value(service, "x") == "'one'"
    other = service.execute_code("print(x)", "c", "other")
    assert other.stdout == "other\n"


def test_a_second_process_is_refused(serve: Serve, tmp_path: Path) -> None:
    """With the pid of the one that has the notebook; nothing is run."""
    run(serve(), "x = 1")
    code = (
        "import sys\nfrom pathlib import Path\nfrom nbengine import ExecutionService\n"
        "s = ExecutionService(snapshots=True, key_file=Path(sys.argv[1]))\n"
        "try: s.execute_code('print(1)', 'c', 'n')\nexcept Exception as e: print(repr(e))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "key")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert StateLockedError.__name__ in ended.stdout
    assert str(os.getpid()) in ended.stdout


def test_a_second_service_of_this_process_is_refused(serve: Serve) -> None:
    """With its own pid, and what to do; once that is done it has the notebook."""
    first = serve()
    run(first, "x = 1")
    with ExecutionService(snapshots=True) as second:
        with pytest.raises(StateLockedError, match="close the ExecutionService") as refused:
            second.execute_code("print(1)", "c", "n")
        assert refused.value.pid == os.getpid()
        first.close()
        assert value(second, "x") == "1"


@pytest.mark.parametrize(
    "cell",
    ["x = 1", "x = 1\n1 / 0", "%timeit -n1 -r1 1\nx = 1\n1 / 0"],
    ids=["plain", "failed", "with a shell"],
)
@pytest.mark.parametrize("options", [{}, {"timeout": 20}], ids=["main thread", "own thread"])
def test_a_service_that_was_forgotten_holds_nothing(cell: str, options: dict[str, Any]) -> None:
    """Who drops it without closing it can open its notebooks again."""
    for _ in range(2):
        service = ExecutionService(snapshots=True)
        service.execute_code("pass", "c", "n", **options)
        service.execute_code(cell, "c", "n", **options)
        del service
        with StatePersistenceService() as states:
            assert states.history("n")


def test_the_state_of_plain_variables_imports_nothing_heavy(tmp_path: Path) -> None:
    """Neither NumPy nor pandas, which a notebook without them does not pay for."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom nbengine import ExecutionService\n"
        "s = ExecutionService(snapshots=True, key_file=Path(sys.argv[1]))\n"
        "assert s.execute_code('x = [1]', 'c', 'n').state.saved\n"
        "print(sorted({'numpy', 'pandas', 'matplotlib', 'IPython'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "key")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "[]\n"


def test_without_the_setting_nothing_is_written(own_settings: Path) -> None:
    """And the result says that nothing was saved."""
    with ExecutionService(snapshots=False) as service:
        result = service.execute_code("x = 1", "c", "n")
    assert not result.state.saved
    assert not (own_settings / "n" / "state").exists()


PLOTLY = "application/vnd.plotly.v1+json"
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_that_is_stopped_half_way(path: Path, serve: Serve, tmp_path: Path) -> None:
    """The rest of it shows in a new process what it shows in the old one."""
    cells = [
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]

    def play(service: ExecutionService, part: slice) -> list[ExecutionResult]:
        return [service.execute_code(cell, "c", "n") for cell in cells[part]]

    def shown(results: list[ExecutionResult]) -> list[list[dict[str, Any]]]:
        """Pages have the same in another order once Plotly has read its templates."""
        outputs = [[output.model_dump() for output in result.outputs] for result in results]
        for output in itertools.chain(*outputs):
            if PLOTLY in output.get("data", {}):
                output["data"].pop("text/html", None)
        return outputs

    service = serve()
    service.open_notebook("n", cwd=path.parent)
    unbroken = play(service, slice(None))
    saved = [number for number, result in enumerate(unbroken, start=1) if result.state.saved]
    half = min(saved, key=lambda number: abs(number - len(cells) / 2))
    service.restart("n")
    play(service, slice(half))
    service.close()
    assert shown(rebooted(path, cells[half:], tmp_path / "key")) == shown(unbroken[half:])


REBOOTED = """
import json, sys
from pathlib import Path
from nbengine import ExecutionService
folder, key, *cells = json.load(sys.stdin)
with ExecutionService(snapshots=True, key_file=Path(key)) as service:
    service.open_notebook("n", cwd=folder)
    results = [service.execute_code(cell, "c", "n").model_dump(mode="json") for cell in cells]
print(json.dumps(results))
"""


def rebooted(path: Path, cells: list[str], key: Path) -> list[ExecutionResult]:
    """The results of these cells in a process of their own, which has the saved state alone."""
    ended = subprocess.run(
        [sys.executable, "-c", REBOOTED],
        input=json.dumps([str(path.parent), str(key), *cells]),
        capture_output=True,
        text=True,
        check=True,
    )
    return [ExecutionResult.model_validate(result) for result in json.loads(ended.stdout)]
