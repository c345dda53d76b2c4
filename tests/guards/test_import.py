from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import nbengine
from tests.guards.repository import ROOT

HEAVY = frozenset(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"][
        "flake8-tidy-imports"
    ]["banned-module-level-imports"]
)
"""What the lint step bans at the top of a module: one list for both."""
MOST = 300
"""Modules of others, the interpreter's own included: those that pydantic needs are most of them."""


def loaded_by(statement: str) -> list[str]:
    """Names in `sys.modules` after a fresh interpreter ran a statement."""
    script = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    ended = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    loaded: list[str] = json.loads(ended.stdout)
    return loaded


def test_the_import_loads_no_heavy_library() -> None:
    """`import nbengine`, and naming all it offers, loads nothing that only a cell may need."""
    loaded = loaded_by("from nbengine import *")
    assert not HEAVY & set(loaded)
    assert sum(not name.startswith("nbengine") for name in loaded) < MOST


def test_a_heavy_library_would_be_seen() -> None:
    """The search for heavy libraries finds one that is imported."""
    assert "numpy" in loaded_by("import nbengine, numpy")


def test_every_public_name_is_there_and_documented() -> None:
    """Each name in `__all__` can be had from the package, and says what it is."""
    names = importlib.import_module("nbengine").__all__
    assert len(names) == len(set(names)) > 0
    for name in names:
        value = getattr(nbengine, name)
        assert name.startswith("__") or inspect.getdoc(value)


PLAIN = {
    "a frame": "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "a displayed frame": "display(pd.DataFrame({'a': [1]}), pd.Series([1]))",
    "a figure of Matplotlib": "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
    "a figure of Plotly": "import plotly.graph_objects as go\ngo.Figure(go.Scatter(y=[1, 2]))",
    "a shown figure of Plotly": "go.Figure().show()",
    "a syntax error": "x = = 1",
    "an unfinished cell": "print('a'",
    "an exception": "1 / 0",
    "a caught exception": "try: 1 / 0\nexcept ZeroDivisionError as error: print(error)",
    "a top-level await": "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "displays": "display(1, 'a', display_id='b').update(2)",
    "printing": "import sys\nprint('a', file=sys.stderr)\n[{'a': (1, 2)}] * 50",
    "the question whether this is a notebook": "get_ipython().__class__.__name__",
    "names of the history": "In, Out, _, __, _i, _oh",
    "a warning": "import warnings\nwarnings.warn('careful')",
    "a progress bar": "from tqdm import tqdm\nfor _ in tqdm(range(3)): pass",
    "a class and a thread": (
        "import threading\nclass C:\n    def _repr_html_(self): return '<b>'\n"
        "t = threading.Thread(target=print, args=['a']); t.start(); t.join()\nC()"
    ),
    "a request for input": "input('name? ')",
}
FAILING = {"a syntax error", "an unfinished cell", "an exception", "a request for input"}
NOTEBOOK = """
import json, sys
from nbengine import ExecutionService
with ExecutionService(workspace_dir={folder!r}) as service:
    told = dict()
    for name, code in {cells!r}.items():
        result = service.execute_code(code, "c", "n")
        loaded = [module for module in sys.modules if module.partition(".")[0] == "IPython"]
        told[name] = [result.status, loaded]
print(json.dumps(told))
"""


def ran(cells: dict[str, str], folder: Path) -> dict[str, list[object]]:
    """Of each cell of a notebook in a fresh process its status, and what it loaded of IPython."""
    script = NOTEBOOK.format(folder=str(folder), cells=cells)
    ended = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    told: dict[str, list[object]] = json.loads(ended.stdout)
    return told


def test_a_plain_notebook_never_loads_ipython(tmp_path: Path) -> None:
    """Whatever it computes, shows, or fails with: only what is IPython's brings it in."""
    for name, (status, loaded) in ran(PLAIN, tmp_path).items():
        assert (name, loaded) == (name, [])
        assert status == ("error" if name in FAILING else "ok")


@pytest.mark.parametrize("code", ["%who", "!true", "get_ipython().user_ns", "len?"])
def test_what_is_ipythons_loads_it(code: str, tmp_path: Path) -> None:
    """The guard before this one would see it."""
    (status, loaded) = ran({"cell": code}, tmp_path)["cell"]
    assert status == "ok"
    assert loaded
