"""A notebook's variables across the end of its process: saved cell by cell, back at the first."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionResult, ExecutionService
from nbengine.errors import StateLockedError
from nbengine.models.outputs import ExecuteResult

Serve = Callable[[], ExecutionService]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Opens the workspace again, as the next process would; the one before is closed."""
    opened: list[ExecutionService] = []

    def serve(**settings: Any) -> ExecutionService:
        if opened:
            opened.pop().close()
        key = tmp_path / "key"
        opened.append(ExecutionService(snapshots=True, key_file=key, **settings))
        return opened[0]

    yield serve
    for service in opened:
        service.close()


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


def test_a_restart_begins_anew(serve: Serve) -> None:
    """Here and in the next process; the history has what was before."""
    service = serve()
    run(service, "x = 1")
    service.restart("n")
    assert value(service, "'x' in globals()") == "False"
    assert value(serve(), "'x' in globals()") == "False"


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


def test_without_the_setting_nothing_is_written(
    service: ExecutionService, own_settings: Path
) -> None:
    """And the result says that nothing was saved."""
    result = service.execute_code("x = 1", "c", "n")
    assert not result.state.saved
    assert not (own_settings / "n" / "state").exists()


EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_that_is_stopped_half_way(path: Path, serve: Serve) -> None:
    """The rest of it shows after the restart what it shows without one."""
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
            output.get("data", {}).pop("text/html", None)
        return outputs

    service = serve()
    service.open_notebook("n", cwd=path.parent)
    unbroken = play(service, slice(None))
    saved = [number for number, result in enumerate(unbroken, start=1) if result.state.saved]
    half = min(saved, key=lambda number: abs(number - len(cells) / 2))
    service.restart("n")
    play(service, slice(half))
    service = serve()
    service.open_notebook("n", cwd=path.parent)
    assert shown(play(service, slice(half, None))) == shown(unbroken[half:])
