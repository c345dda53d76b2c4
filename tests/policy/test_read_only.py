from __future__ import annotations

import builtins
import threading
from pathlib import Path

import pytest

from nbengine import ExecutionMode, ExecutionResult, ExecutionService
from nbengine.models.events import OutputEvent
from tests.conftest import Run

from .programs import python

RO = ExecutionMode.READ_ONLY


def _shown(result: ExecutionResult) -> str:
    assert result.error is None, result.error.traceback
    return str(result.outputs[-1].model_dump()["data"]["text/plain"])


def _error(result: ExecutionResult) -> tuple[str, str]:
    assert result.error is not None
    return result.error.type, result.error.message


def test_result_says_what_held_the_cell(run: Run) -> None:
    """READ_ONLY in process is source policy and audit net; other modes have neither."""
    held = run("1", mode=RO).isolation_effective
    assert (held.mode, held.level, held.source_policy, held.audit) == (RO, "in_process", True, True)
    free = run("1", mode="epics_control").isolation_effective
    assert (free.mode, free.source_policy, free.audit) == ("epics_control", False, False)
    assert run("1").isolation_effective.mode == "write_enabled"


def test_modes_take_turns_in_one_notebook(run: Run, own_settings: Path) -> None:
    """Variables go from mode to mode; a WRITE_ENABLED cell is never touched by one before."""
    assert run("import os\nx = [1]", mode=RO).error is None
    assert run("open('f.txt', 'w').write('12')\nos.rename('f.txt', 'g.txt')").error is None
    assert _shown(run("x.append(2)\nlen(open('g.txt').read()), x", mode=RO)) == "(2, [1, 2])"
    assert _error(run("os.remove('g.txt')", mode=RO))[0] == "ReadOnlyError"
    assert _shown(run("__builtins__ is __import__('builtins'), eval('x')")) == "(True, [1, 2])"
    assert (own_settings / "n" / "data" / "g.txt").exists()


def test_function_keeps_the_rules_under_which_it_was_written(run: Run) -> None:
    """Called from a WRITE_ENABLED cell it still reads through its guards, also in closures."""
    run(
        """
import os
def outer(name):
    return [(lambda: getattr(item, name))() for item in (os,)]
class Box:
    def __init__(self, x): self._x = x
    def get(self): return [self._x for _ in range(2)]
""",
        mode=RO,
    )
    assert _shown(run("outer('sep'), Box(3).get()")) == "(['/'], [3, 3])"
    assert _error(run("outer('system')")) == (
        "ReadOnlyError",
        "'os.system' is not allowed in READ_ONLY; WRITE_ENABLED allows it.",
    )


def test_function_is_held_by_the_net_wherever_it_is_called(run: Run, own_settings: Path) -> None:
    """In a WRITE_ENABLED cell it reads what that may and writes nothing; what it calls may."""
    run(
        """
import numpy as np
def load(): return open('f.txt').read()
def save(): np.memmap('g.bin', 'u1', 'w+', 0, (4,))
def twice(function): return [function() for _ in range(2)]
class A:
    def __repr__(self): return str(save())
a = A()
""",
        mode=RO,
    )
    free = "def write(): return open('f.txt', 'w').write('12')\ntwice(write), load()"
    assert _shown(run(free)) == "([2, 2], '12')"
    assert _error(run("save()"))[1].startswith("Writing 'g.bin' is not allowed in READ_ONLY")
    assert "its repr raised ReadOnlyError: Writing 'g.bin'" in _shown(run("a"))
    assert not (own_settings / "n" / "data" / "g.bin").exists()


def test_function_written_without_guards_is_held_by_the_net(run: Run) -> None:
    """Code of an earlier WRITE_ENABLED cell may do no more than the cell that calls it."""
    run("def save(): open('f.txt', 'w').close()")
    kind, message = _error(run("save()", mode=RO))
    assert kind == "ReadOnlyError"
    assert message.startswith("Writing 'f.txt' is not allowed in READ_ONLY")
    assert run("save()").error is None


def test_refusal_is_a_permission_error(run: Run) -> None:
    """A cell may catch it like one of the operating system's."""
    code = "try:\n    open('f', 'w')\nexcept PermissionError as e:\n    print(type(e).__name__)"
    assert run(code, mode=RO).stdout == "ReadOnlyError\n"


def test_declared_inputs_may_be_read(tmp_path: Path) -> None:
    """`input_folders` names folders and single files beside the notebook's own."""
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    (inputs / "a.txt").write_text("one")
    single = tmp_path / "b.txt"
    single.write_text("two")
    (tmp_path / "c.txt").write_text("three")
    (inputs / "link.txt").symlink_to(tmp_path / "c.txt")
    with ExecutionService(input_folders=(inputs, single)) as service:

        def read(path: Path) -> ExecutionResult:
            return service.execute_code(f"open({str(path)!r}).read()", "c", "n", mode=RO)

        assert _shown(read(inputs / "a.txt")) == "'one'"
        assert _shown(read(single)) == "'two'"
        assert "declared inputs (setting `input_folders`)" in _error(read(tmp_path / "c.txt"))[1]
        assert _error(read(inputs / "link.txt"))[0] == "ReadOnlyError"


def test_state_and_keys_of_the_engine_may_not_be_read(own_settings: Path) -> None:
    """The notebook's folder for data is its own; what the engine keeps beside it is not."""
    with ExecutionService(snapshots=True) as service:
        service.execute_code("x = 1", "c", "n", mode=RO)
        state = own_settings / "n" / "state"
        assert list(state.iterdir())
        result = service.execute_code(f"import os\nos.listdir({str(state)!r})", "c", "n", mode=RO)
        assert _error(result)[0] == "ReadOnlyError"


def test_snapshots_are_saved_and_undone() -> None:
    """The engine writes, not the cell: state is kept in every mode."""
    with ExecutionService(snapshots=True) as service:
        first = service.execute_code("import pandas as pd\nx = 1", "c1", "n", mode=RO)
        second = service.execute_code(
            "df = pd.DataFrame({'a': range(3)})\nx = 2\ndef f(y): return [y.real for _ in '1']",
            "c2",
            "n",
            mode=RO,
        )
        assert (first.state.saved, second.state.saved) == (True, True)
        assert (second.state.problem, second.state.unsaved) == (None, {})
        service.undo("n")
        assert _shown(service.execute_code("x", "c3", "n", mode=RO)) == "1"


def test_functions_come_back_with_their_guards() -> None:
    """In a new process that has not yet used READ_ONLY, what READ_ONLY cells defined works."""
    code = """
import os
def f(x): return [x.real for _ in (1,)]
def g(): return (lambda: os.system('true'))()
class A:
    def __init__(self): self._n = 4
    def n(self): return self._n
a = A()
"""
    with ExecutionService(snapshots=True) as service:
        saved = service.execute_code(code, "c", "n", mode=RO)
        assert saved.state.unsaved == {}
    script = """
from nbengine import ExecutionService
with ExecutionService(snapshots=True) as service:
    print(service.execute_code("f(3), a.n()", "c", "n").outputs[-1].data["text/plain"])
    print(service.execute_code("g()", "c", "n").error.type)
"""
    assert python(script) == "([3], 4)\nReadOnlyError\n"


def test_whole_of_a_long_stream_is_kept() -> None:
    """The artifact of a cut stream is the engine's own file."""
    with ExecutionService(stream_limit=1000) as service:
        result = service.execute_code("print('x' * 5000)", "c", "n", mode=RO)
        assert result.error is None
        (cut,) = result.cuts
        assert (service.artifacts_dir("n") / str(cut.artifact)).stat().st_size == 5001


def test_host_that_is_called_back_is_free(run: Run, tmp_path: Path) -> None:
    """What `on_output` does is the host's own affair, in whichever mode the cell runs."""
    log = tmp_path / "log.txt"

    def keep(event: OutputEvent) -> None:
        log.write_text(str(event))

    assert run("print('hello')", mode=RO, on_output=keep).error is None
    assert "hello" in log.read_text()


def test_other_threads_of_the_host_are_free(run: Run, tmp_path: Path) -> None:
    """The net is cast over code of READ_ONLY cells only."""
    begun, done = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def work() -> None:
        begun.wait()
        try:
            (tmp_path / "mine.txt").write_text("x")
        except BaseException as error:
            failed.append(error)
        done.set()

    def answer(*_: object) -> str:
        begun.set()
        return str(done.wait())

    thread = threading.Thread(target=work)
    thread.start()
    result = run("name = input()", mode=RO, stdin=answer)
    begun.set()
    thread.join()
    assert (result.error, failed) == (None, [])


def test_user_expressions_are_held_too(run: Run) -> None:
    """They are read under the same policy as the cell."""
    asked = {"good": "df.a.sum()", "bad": "df.to_csv('x')", "worse": "().__class__.__base__"}
    result = run(
        "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})", mode=RO, user_expressions=asked
    )
    answers = result.user_expressions
    assert answers["good"]["data"] == {"text/plain": "np.int64(3)"}
    assert answers["bad"]["ename"] == "ReadOnlyError"
    assert answers["worse"]["ename"] == "PolicyError"


def test_interrupted_cell_leaves_no_guard_behind(run: Run) -> None:
    """After a timeout in READ_ONLY the next WRITE_ENABLED cell has Python's own names."""
    assert run("while True: pass", mode=RO, timeout=0.1).status == "timeout"
    assert _shown(run("__builtins__ is __import__('builtins')")) == "True"


def test_variable_named_as_a_builtin_stays_a_variable(run: Run) -> None:
    """What the notebook calls `type`, `open` or `vars` is its own, in either mode."""
    run("open = {'day': 1}\nvars = ['a']")
    assert _shown(run("type = 'x'\nopen['day'], vars[0], type", mode=RO)) == "(1, 'a', 'x')"
    run("del open, vars, type", mode=RO)
    assert _error(run("vars(1)", mode=RO))[0] == "ReadOnlyError"


@pytest.mark.parametrize(
    "code, value",
    [
        ("type(3)", "int"),
        ("type(3) is int, type is type, isinstance(int, type)", "(True, True, True)"),
        ("getattr(3, 'none', 7), hasattr(3, 'real')", "(7, True)"),
        ("hasattr(int, '__subclasses__')", "False"),
        ("class A: pass\nsetattr(A, 'x', 2)\nA.x += 1\nA.x", "3"),
        ("class A: pass\na = A()\na.x = 1\ndelattr(a, 'x')\nvars(a)", "{}"),
        ("f'{3!r:>4}'", "'   3'"),
        ("[*range(2)], {**{'a': 1}}", "([0, 1], {'a': 1})"),
        ("__name__", "'__main__'"),
        ("_ = 5\n_private = 6\n__x = 7\n_private + __x", "13"),
    ],
)  # fmt: skip
def test_python_is_as_ever(run: Run, code: str, value: str) -> None:
    """Guards that stand for builtins do what those do."""
    assert _shown(run(code, mode=RO)) == value


@pytest.mark.parametrize(
    "code, message",
    [
        ("type('X', (), {})", "Making a class by a call of 'type'"),
        ("import math\nmath.pi = 3", "Changing the module 'math'"),
        ("import pandas as pd\npd.DataFrame.x = 3", "Changing pandas.DataFrame"),
        ("import pandas as pd\npd.DataFrame._repr_html_ = 3", "Setting the private attribute"),
        ("import sys\nsys.stdout.x = 3", "Changing an object of the engine"),
        ("import sys\nsys.path", "'sys.path'"),
        ("import os\nos.environ", "'os.environ'"),
        ("from os import environ", "'os.environ'"),
        ("import numpy as np\nnp.ctypeslib", "The module 'numpy.ctypeslib'"),
        ("import pandas as pd\npd.io.common.os.system", "'os.system'"),
        ("import pandas as pd\npd.io.common.codecs", "The module 'codecs'"),
        ("from pathlib import Path\nPath('x').unlink()", "'unlink' of a path"),
        ("import pandas as pd\npd.read_pickle('x')", "'read_pickle'"),
        ("import numpy as np\nnp.load('x', allow_pickle=True)", "Loading pickled objects"),
        ("class A: pass\nsetattr(A, '__del__', print)", "Setting the attribute '__del__'"),
        ("getattr(1, '__reduce__')", "The attribute '__reduce__'"),
        ("class M(type): pass", "A metaclass"),
        (
            "import dataclasses as d\nclass A: x: int\nA.__annotations__['!'] = 1\nd.dataclass(A)",
            "A field of the name '!'",
        ),
        ("import weakref\nweakref.ref({1}, print)", "A weak reference that calls a function of"),
        ("import logging\nlogging.getLogger('x').handlers", "'handlers' of a logger"),
        ("import threading\nthreading.main_thread().x = 1", "Changing a _MainThread of the host"),
        ("import functools\nfunctools.partial(int).func", "'func' of a partial"),
        ("import pandas as pd\npd.DataFrame().style.env.loader", "'loader' of an object of the"),
        ("import pandas as pd\npd.read_parquet('s3://a/b')", "Using the network ('s3://a/b')"),
        ("import scipy\nscipy.io._mmio", "The private attribute '_mmio' of the module 'scipy.io'"),
        ("class M(metaclass=print): pass", "A metaclass other than"),
        ("open(1)", "Opening '1'"),
        ("get_ipython().user_ns", "'user_ns' of an object of the engine"),
    ],
)
def test_refusal_at_run_time_names_what_and_which_mode(run: Run, code: str, message: str) -> None:
    """What only the running code shows is refused in one sentence, on its line."""
    result = run(code, mode=RO)
    kind, text = _error(result)
    assert kind == "ReadOnlyError"
    assert text.startswith(message)
    assert text.endswith("is not allowed in READ_ONLY; WRITE_ENABLED allows it.")
    assert result.error is not None
    assert result.error.line == len(code.splitlines())


def test_names_of_guards_are_out_of_reach() -> None:
    """No source can spell them, and Python's own names are unchanged beside them."""
    added = [name for name in vars(builtins) if name.startswith("guarded ")]
    assert not any(name.isidentifier() for name in added)
    assert builtins.open.__module__ in ("_io", "io")


def test_cells_without_read_only_import_nothing_for_it() -> None:
    """RestrictedPython and the net are loaded by the first READ_ONLY cell."""
    script = """
import sys
from nbengine import ExecutionService
with ExecutionService() as service:
    service.execute_code("x = 1", "c", "n")
    print("RestrictedPython" in sys.modules, "nbengine.policy.audit" in sys.modules)
    service.execute_code("x = 1", "c", "n", mode="read_only")
    print("RestrictedPython" in sys.modules, "nbengine.policy.audit" in sys.modules)
"""
    assert python(script) == "False False\nTrue True\n"
