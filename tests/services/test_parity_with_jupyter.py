"""The same cells through Jupyter's own kernel and through ours."""

from __future__ import annotations

from typing import Any

import pytest

from nbengine import ExecutionService

CELLS = {
    "value": "1 + 1",
    "last value": "_ + 1",
    "values before": "_, __",
    "numbered value": "_1",
    "input": "In[1]",
    "inputs before": "_i, _ii",
    "hidden": "5;",
    "hidden with comment": "5 ; # quiet",
    "comment with semicolon": "5 # a; b",
    "string with semicolon": "'a;b'",
    "call with semicolon": "print(1);",
    "none": "None",
    "assignment": "x = 7",
    "name": "x",
    "own underscore": "_ = 'mine'",
    "value beside own underscore": "11",
    "own underscore stays": "_",
    "underscore given back": "del _",
    "value after that": "12",
    "underscore again": "_",
    "comment": "# only this",
    "print": "print('a'); print('b', end='')",
    "print and value": "print('a')\n3",
    "loop": "for i in range(3): i",
    "syntax error": "a = = 1",
    "name error": "undefined_name",
    "zero division": "1 / 0",
    "exception": "raise ValueError('no')",
    "two arguments": "raise ValueError(1, 2)",
    "key error": "{}['k']",
    "assertion": "assert False, 'message'",
    "exit": "import sys; raise SystemExit(3)",
    "interrupt": "raise KeyboardInterrupt('mine')",
    "recursion": "def r(): r()\nr()",
    "syntax error in a string": "eval('1 +')",
    "import error": "import no_such_module_anywhere",
    "await": "import asyncio\nawait asyncio.sleep(0, 'v')",
    "async comprehension": "async def g():\n    yield 1\n[i async for i in g()]",
    "return": "return 5",
    "main": "__name__",
    "no file": "__file__",
    "displays": "display(1, 'two'); print('b'); display(3)",
    "updated display": "h = display('one', display_id='same')\nh.update('two')",
    "raw display": "display({'text/plain': 'raw'}, raw=True)",
    "stream": "sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.name",
    "stream write": "sys.stdout.write('abc')",
    "wrong write": "sys.stdout.write(5)",
    "stderr": "print('e', file=sys.stderr)",
    "lists and dicts": "[1, {'a': (2, 3)}, {4}, 'text', 1.5, True, None, b'x', ...]",
    "future import": "from __future__ import annotations",
    "future import sticks": "def f(a: Unknown): ...\nf.__annotations__",
    "namespace": "globals() is locals(), __builtins__.len is len",
}

ERROR_ONLY = {"exit"}
"""Cells of which only the error is compared: Jupyter warns about `exit` in stderr besides."""


def gist(outputs: list[Any]) -> list[tuple[object, ...]]:
    """What is compared of a cell's outputs."""
    found: list[tuple[object, ...]] = []
    for output in outputs:
        match output["output_type"]:
            case "stream":
                found.append((output["name"], output["text"]))
            case "error":
                found.append(("error", output["ename"], without_place(output["evalue"])))
            case kind:
                count = output.get("execution_count")
                found.append((kind, output["data"]["text/plain"], count))
    return found


def without_place(message: str) -> str:
    """A syntax error's message without the name of a temporary file and the line in it."""
    return (
        message.rpartition(" (")[0] if message.endswith(")") and ", line " in message else message
    )


@pytest.fixture(scope="module")
def jupyter() -> dict[str, Any]:
    """Each cell as Jupyter's kernel ran it."""
    import nbformat
    from nbclient import NotebookClient

    cells = [nbformat.v4.new_code_cell(code) for code in CELLS.values()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=60, allow_errors=True, kernel_name="python3").execute()
    return dict(zip(CELLS, notebook.cells, strict=True))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each cell as we ran it."""
    folder = tmp_path_factory.mktemp("workspace")
    with ExecutionService(workspace_dir=folder) as service:
        return {name: service.execute_code(code, "c1", "n") for name, code in CELLS.items()}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_behaves_as_in_jupyter(
    name: str, jupyter: dict[str, Any], ours: dict[str, Any]
) -> None:
    """Text, shown values, errors and count are those of Jupyter's own kernel."""
    theirs = gist(jupyter[name].outputs)
    mine = gist([output.model_dump() for output in ours[name].outputs])
    if name in ERROR_ONLY:
        theirs, mine = ([o for o in outputs if o[0] == "error"] for outputs in (theirs, mine))
    assert mine == theirs
    assert ours[name].execution_count == jupyter[name].execution_count
