"""Values whose pickling lasts, is huge, or does more than give its object: bounded and quiet."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from nbengine import ExecutionResult, ExecutionService
from tests.services.conftest import Serve


def run(service: ExecutionService, code: str, timeout: float | None = None) -> ExecutionResult:
    """The result of a cell that has to succeed."""
    result = service.execute_code(code, "c", "n", timeout=timeout)
    assert (result.status, result.error) == ("ok", None)
    return result


def text(service: ExecutionService, code: str) -> str:
    """What a cell prints."""
    return run(service, f"print({code})").stdout.strip()


ENDLESS = {
    "a loop": "def __reduce__(self):\n        while True: pass",
    "a sleep": "def __getstate__(self): __import__('time').sleep(1000)",
    "a wait": "def __getstate__(self): __import__('threading').Event().wait()",
    "items": "def __reduce__(self): return list, (), None, __import__('itertools').repeat(0)",
    "a loop that takes no end": (
        "def __getstate__(self):\n        while True:\n"
        "            try: __import__('time').sleep(1)\n            except BaseException: pass"
    ),
}


@pytest.mark.parametrize("timeout", [None, 60], ids=["in the main thread", "in another"])
@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_pickling_that_never_ends_is_given_up(
    body: str, timeout: float | None, serve: Serve
) -> None:
    """The value is named with the reason and a way, all else is saved."""
    service = serve(pickle_seconds=0.2, pickle_bytes=10_000_000)
    result = run(service, f"class A:\n    {body}\nx, ok = A(), [1]", timeout)
    assert result.state.saved
    assert "setting pickle_" in result.state.unsaved["x"]
    assert "is bound to something else" in result.state.unsaved["x"]
    assert text(serve(), "ok") == "[1]"


UNRETURNING = {
    "never": "def __setstate__(self, state):\n        while True: pass",
    "to be asked": "def __getattr__(self, name):\n        while name == '__setstate__': pass",
    "but leaves": "def __setstate__(self, state): raise SystemExit",
    "but interrupts": "def __setstate__(self, state): raise KeyboardInterrupt",
}


@pytest.mark.parametrize("body", UNRETURNING.values(), ids=UNRETURNING)
def test_what_does_not_come_back_is_lost_alone(body: str, serve: Serve) -> None:
    """In the next process, within the same time, and whoever misses it is told."""
    source = f"class A:\n    n = 1\n    {body}\nx, ok = A(), [1]\nx.n = 2"
    assert run(serve(), source).state.unsaved == {}
    service = serve(pickle_seconds=0.2)
    assert text(service, "ok") == "[1]"
    result = service.execute_code("x", "c", "n")
    assert result.error is not None
    assert "x could not be brought back" in result.error.traceback


def test_a_huge_pickle_is_given_up(serve: Serve) -> None:
    """Buffers do not count; what is within the bound is saved beside it."""
    service = serve(pickle_bytes=100_000)
    code = "import numpy as np\nbig = 'a' * 200_000\narray = np.zeros(50_000)\nok = 'a' * 90_000"
    result = run(service, code)
    assert list(result.state.unsaved) == ["big"]
    assert "more than 100,000 bytes" in result.state.unsaved["big"]
    assert text(serve(), "len(ok), array.nbytes, 'big' in globals()") == "90000 400000 False"


COUNTING = """
calls = []
class A:
    def __getstate__(self):
        calls.append(1)
        while len(calls) < limit: pass
        return {}
limit = 10**9
"""


def test_what_was_given_up_is_not_tried_in_every_cell(serve: Serve) -> None:
    """But when its name is bound to something else it is; it stays unsaved until then."""
    service = serve(pickle_seconds=0.2)
    run(service, COUNTING + "x = A()")
    before = len(text(service, "calls"))
    for code in ("y = 1", "y = [x]; del y; x.n = 1", "len('ab')"):
        assert "pickle_seconds" in run(service, code).state.unsaved["x"]
    assert len(text(service, "calls")) == before
    assert run(service, "limit = 0; x = A()").state.unsaved == {}
    assert text(serve(), "type(x) is A") == "True"


def test_what_shares_with_a_value_that_was_given_up_is_saved(serve: Serve) -> None:
    """As it is by itself."""
    service = serve(pickle_seconds=0.2)
    result = run(service, COUNTING + "shared = [1]\nx = [A(), shared]\nd = {'s': shared}")
    assert list(result.state.unsaved) == ["x"]
    run(service, "shared.append(2)")
    assert text(serve(), "d, d['s'] is shared") == "{'s': [1, 2]} True"


def test_what_pickling_says_is_not_heard(serve: Serve) -> None:
    """Text, displays and warnings are no outputs of a cell that did not run that code."""
    service = serve()
    code = """
        import sys, warnings
        from IPython.display import display
        class A:
            def __getstate__(self):
                print('text')
                print('text', file=sys.stderr)
                sys.stdout.buffer.write(b'text')
                sys.stdout.flush()
                handle = display({'text/plain': 'shown'}, raw=True, display_id='d')
                handle.update({'text/plain': 'shown'}, raw=True)
                warnings.warn('not now')
                return {'n': 1}
        x = A()
    """
    result = run(service, __import__("textwrap").dedent(code))
    assert (result.outputs, result.warnings, result.state.unsaved) == ([], [], {})
    assert text(serve(), "x.n") == "1"


def test_a_warning_is_no_error_of_pickling(serve: Serve) -> None:
    """Although the notebook has made all of them errors, and goes on to."""
    service = serve()
    code = (
        "import warnings\nwarnings.simplefilter('error')\nclass A:\n"
        "    def __getstate__(self):\n        warnings.warn('not now')\n        return {}\nx = A()"
    )
    assert run(service, code).state.unsaved == {}
    result = service.execute_code("warnings.warn('now')", "c", "n")
    assert result.error is not None
    assert result.error.type == "UserWarning"


MUTATIONS = {
    "binds a variable": ("globals().update(y=len(log))", "y == len(log) - 1 or y == len(log)"),
    "makes a variable": ("globals().setdefault('new', [])", "new == []"),
    "deletes a variable": ("globals().pop('gone', None)", "'gone' not in globals()"),
    "changes a list": ("other.append(1)", "len(other) >= 1"),
    "empties what it is in": ("box.clear()", "box == {}"),
    "changes itself": ("self.n = len(log)", "sum(a.n for a in objects) == 1"),
}


@pytest.mark.parametrize("code, expected", MUTATIONS.values(), ids=MUTATIONS)
def test_what_pickling_changes_is_in_the_next_snapshot(
    code: str, expected: str, serve: Serve
) -> None:
    """Whatever that cell does: one that only binds a name is no reason not to look."""
    service = serve()
    source = (
        "log, other, gone, y = [], [], [1], 0\nclass A:\n    n = 0\n    def __getstate__(self):\n"
        f"        if len(log) < 1:\n            log.append(1)\n            {code}\n"
        "        return dict(vars(self))\nx = A()\nbox = {n: A() for n in range(3)}\n"
        "objects = [x, *box.values()]"
    )
    assert run(service, source).state.saved
    run(service, "z = 1")
    everything = "(log, other, y, box.keys(), list(map(vars, objects)), 'gone' in globals())"
    live = str(eval(everything, service.notebook_globals["n"]))
    service = serve()
    assert text(service, expected) == "True"
    assert text(service, everything) == live


def test_settings_that_pickling_changes_are_in_the_next_snapshot(serve: Serve) -> None:
    """They are asked for again after a cell that only binds a name."""
    service = serve()
    changes = "warnings.filterwarnings('ignore', 'from a pickle')"
    run(service, f"import warnings\nclass A:\n    def __getstate__(self): {changes}\nx = A()")
    run(service, "z = 1")
    service = serve()
    assert text(service, "'from a pickle' in str(warnings.filters)") == "True"


LIARS = {
    "a class that raises": "class A:\n    __class__ = property(lambda self: 1 // 0)",
    "the class of a class": "class A:\n    __class__ = property(lambda self: type)",
    "the class of a function": "class A:\n    __class__ = property(lambda self: type(run))",
    "no truth and no length": (
        "class A:\n    def __bool__(self): 1 // 0\n    __len__ = __hash__ = __bool__\n"
        "    def __eq__(self, other): 1 // 0"
    ),
    "a metaclass without attributes": (
        "class M(type):\n    def __getattribute__(cls, name): 1 // 0\nclass A(metaclass=M): pass"
    ),
    "every attribute": (
        "class A:\n    def __getattr__(self, name): return self\n"
        "    def __call__(self, *args, **named): return self"
    ),
    "truly every attribute": (
        "class A:\n    def __getattribute__(self, name): return self\n"
        "    def __call__(self, *args, **named): return self"
    ),
    "a mock": "from unittest.mock import MagicMock as A",
    "an interrupt": "class A:\n    def __reduce__(self): raise KeyboardInterrupt",
    "an exit": "class A:\n    def __reduce__(self): raise SystemExit",
    "the end of a generator": "class A:\n    def __getstate__(self): raise GeneratorExit",
    "an error without words": (
        "class E(Exception):\n    def __str__(self): 1 // 0\n"
        "class A:\n    def __reduce__(self): raise E"
    ),
}


@pytest.mark.parametrize("source", LIARS.values(), ids=LIARS)
def test_whatever_an_object_says_the_rest_is_saved(source: str, serve: Serve) -> None:
    """The cell is as good as it was, and so is the next one."""
    service = serve()
    assert run(service, f"def run(): pass\n{source}\nx, ok = A(), [1]\nd = [x, ok]").state.saved
    assert run(service, "ok.append(len('ab'))").state.saved
    assert text(serve(), "ok") == "[1, 2]"


SLOW = (
    "import time\nclass A:\n    def __getstate__(self):\n        time.sleep(seconds)\n"
    "        return {}\nseconds = 100\nx = A()"
)


def test_a_cell_whose_time_is_up_while_it_is_saved_has_ended_well(serve: Serve) -> None:
    """It is not saved, and the result says why; the next one catches up."""
    service = serve()
    result = run(service, SLOW, timeout=0.5)
    assert not result.state.saved
    assert "stopped while its variables were being saved" in str(result.state.problem)
    assert result.outputs == []
    assert run(service, "seconds = 0").state.saved
    assert text(serve(), "type(x) is A, seconds") == "True 0"


def test_a_cell_that_swallowed_its_interrupt_was_stopped_whatever_becomes_of_its_save(
    serve: Serve,
) -> None:
    """The save is interrupted, too, when the time after the interrupt is over."""
    service = serve(interrupt_grace=1.0)
    swallowing = "try: time.sleep(100)\nexcept KeyboardInterrupt: print('after')"
    result = service.execute_code(f"{SLOW}\n{swallowing}", "c", "n", timeout=0.5)
    assert (result.status, result.stdout) == ("timeout", "after\n")
    assert not result.state.saved
    assert "stopped while its variables were being saved" in str(result.state.problem)


@pytest.mark.parametrize("timeout", [None, 60], ids=["in the main thread", "in another"])
def test_an_interrupt_ends_the_save_alone(timeout: float | None, serve: Serve) -> None:
    """The same if the user interrupts."""
    service = serve()
    run(service, "ok = [1]")
    timer = threading.Timer(0.3, service.interrupt, ["n"])
    timer.start()
    result = run(service, SLOW + "\nok.append(2)", timeout)
    timer.join()
    assert not result.state.saved
    assert run(service, "seconds = 0").state.saved
    assert text(serve(), "ok, type(x) is A") == "[1, 2] True"


def test_ctrl_c_ends_the_save_alone(serve: Serve) -> None:
    """In the main thread it comes as a signal."""
    service = serve()
    timer = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT])
    timer.start()
    assert not run(service, SLOW).state.saved
    timer.join()
