"""One shell a notebook: made late, and found by whoever asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbengine import ExecutionService
from nbengine.models.outputs import ExecuteResult
from nbengine.runtime.ipython.bridge import get_ipython
from tests.conftest import Run
from tests.runtime.ipython.cells import bridge, value

PLAIN = {
    "an expression": "1 + 1",
    "a display": "display(1)",
    "the name of the shell": "get_ipython().__class__.__name__",
    "what is behind the shell": "hasattr(get_ipython(), 'kernel')",
    "the shell as a condition": "'nb' if get_ipython() else 'script'",
    "an error": "1 / 0",
    "strings that look like magics": "'''\n%time 1\n!ls\n'''",
    "operators that look like magics": "x = 7\ny = (8\n%x)",
}


ALONE = """
import sys
from nbengine import ExecutionService
with ExecutionService() as service:
    service.execute_code(sys.argv[1], "c", "n")
    print([name for name in sys.modules if name.partition(".")[0] == "IPython"])
"""


@pytest.mark.parametrize("code", PLAIN.values(), ids=PLAIN)
def test_plain_python_makes_no_shell(code: str) -> None:
    """A cell that is Python, and code that only looks whether it is in a notebook, pay nothing."""
    done = subprocess.run([sys.executable, "-c", ALONE, code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_a_command_makes_the_shell_once(service: ExecutionService, run: Run) -> None:
    """The first cell with IPython's syntax makes it, later ones find it."""
    run("%who")
    shell = bridge(service).made
    assert shell is not None
    run("%who")
    assert bridge(service).made is shell


@pytest.mark.parametrize("before", ["", "%who"])
def test_it_calls_itself_as_in_jupyter(before: str, run: Run) -> None:
    """Its class has the name by which libraries know a notebook, before and after it is made."""
    run(before)
    name = "get_ipython().__class__.__name__, type(get_ipython()).__name__"
    assert value(run(name)) == "('ZMQInteractiveShell', 'ZMQInteractiveShell')"


@pytest.mark.parametrize(
    "code",
    [
        "isinstance(get_ipython(), InteractiveShell)",
        "InteractiveShell.initialized()",
        "InteractiveShell.instance() is get_ipython()",
        "IPython.get_ipython() is get_ipython()",
        "get_ipython() is get_ipython()",
        "get_ipython().user_ns is globals()",
        "get_ipython().user_module is __import__('__main__')",
        "not hasattr(get_ipython(), 'kernel')",
        "get_ipython().config['IPKernelApp'] != {}",
    ],
)
@pytest.mark.parametrize("before", ["", "%who"])
def test_every_way_leads_to_the_same_shell(before: str, code: str, run: Run) -> None:
    """IPython's singleton, its function and the builtin agree, whether or not it is made yet."""
    run("import IPython\nfrom IPython.core.interactiveshell import InteractiveShell")
    run(before)
    assert value(run(code)) == "True"


def test_outside_of_cells_nobody_is_in_a_notebook(run: Run) -> None:
    """The host, which is no IPython, finds no shell; its functions are builtins all the same."""
    run("%who")
    assert get_ipython() is None
    assert eval("get_ipython()") is None


def test_a_choice_for_all_shells_is_one_notebooks(run: Run) -> None:
    """`InteractiveShell.ast_node_interactivity = 'all'` holds with and without a shell, there."""
    run("from IPython.core.interactiveshell import InteractiveShell")
    run("InteractiveShell.ast_node_interactivity = 'all'")

    def shown(notebook_id: str) -> list[object]:
        outputs = run("1\n2", notebook_id=notebook_id).outputs
        return [o.data["text/plain"] for o in outputs if isinstance(o, ExecuteResult)]

    assert shown("n") == ["1", "2"]
    run("%who", notebook_id="other")
    assert shown("other") == ["2"]
    run("%who")
    assert shown("n") == ["1", "2"]


HOST = """
import sys
{before}
from nbengine import ExecutionService
service = ExecutionService(workspace_dir={folder!r})
{between}
inside = "import IPython\\nip = IPython.get_ipython()\\nx = 1\\n%who_ls\\nip.user_ns['x'], id(ip)"
result = service.execute_code(inside, "c1", "n")
assert result.error is None, result.error.traceback
{after}
import IPython
from IPython.core.interactiveshell import InteractiveShell
assert InteractiveShell.initialized()
assert InteractiveShell.instance() is host is IPython.get_ipython()
assert type(host) is InteractiveShell
assert host.run_cell("y = 2\\ny").result == 2
assert "x" not in host.user_ns and host.user_ns["y"] == 2
again = service.execute_code("'y' in globals(), ip is get_ipython()", "c1", "n")
assert again.outputs[-1].data["text/plain"] == "(False, True)", again.outputs
service.close()
assert InteractiveShell.instance() is host
assert host.run_line_magic("who_ls", "int") == ["y"]
print("fine")
"""
MAKES = """
from IPython.core.interactiveshell import InteractiveShell
host = InteractiveShell.instance()
"""


@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_a_host_that_is_an_ipython_keeps_its_shell(when: str, tmp_path: Path) -> None:
    """Inside cells everybody gets the notebook's, outside the host's, whichever came first."""
    parts = dict.fromkeys(("before", "between", "after"), "") | {when: MAKES}
    ended = subprocess.run(
        [sys.executable, "-c", HOST.format(folder=str(tmp_path), **parts)],
        capture_output=True,
        text=True,
        check=False,
        env={"IPYTHONDIR": str(tmp_path), "HOME": str(tmp_path)},
    )
    assert ended.stdout.endswith("fine\n"), ended.stderr
