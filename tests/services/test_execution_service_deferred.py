"""Answers that come first, and saves that come after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionResult, ExecutionService, StatePersistenceService
from tests.conftest import until
from tests.services.conftest import Serve


@pytest.fixture
def always() -> dict[str, Any]:
    """Settings of every service here."""
    return {"durability": "deferred"}


def run(service: ExecutionService, *cells: str, **options: Any) -> ExecutionResult:
    """The result of the last cell, all of which have to succeed."""
    for cell in cells:
        result = service.execute_code(cell, "c", "n", **options)
        assert result.error is None, result.error.traceback
    return result


SLOW = """
import threading
class Slow:
    begun, may_end = threading.Event(), threading.Event()
    def __getstate__(self):
        self.begun.set()
        self.may_end.wait(20)
        return {}
"""


def test_the_answer_says_that_it_is_not_saved_yet(serve: Serve) -> None:
    """And that the reason is no failure; what became of it is in the record of the run."""
    service = serve()
    result = run(service, "x = [1]\ng = (n for n in 'ab')")
    state = result.state
    assert (state.saved, state.pending, state.problem) == (False, True, None)
    assert state.added == ["x", "g"]
    until(lambda: service.result(result.execution_id).state.saved)
    state = service.result(result.execution_id).state
    assert (state.pending, list(state.unsaved), state.added) == (False, ["g"], ["x", "g"])
    assert state.bytes_written > 0


def test_nobody_waits_for_a_slow_save(serve: Serve) -> None:
    """The answer is there before the value is looked at."""
    service = serve()
    result = run(service, SLOW + "slow = Slow()")
    kind = service.notebook_globals["n"]["Slow"]
    until(kind.begun.is_set)
    assert service.result(result.execution_id).state.pending
    kind.may_end.set()
    until(lambda: service.result(result.execution_id).state.saved)


def test_the_next_cell_begins_when_the_save_has_ended(
    serve: Serve, callers: ThreadPoolExecutor
) -> None:
    """So that no cell changes what is being saved; other notebooks' cells run on."""
    service = serve()
    run(service, SLOW + "slow = Slow(); x = [1]")
    kind = service.notebook_globals["n"]["Slow"]
    until(kind.begun.is_set)
    assert service.execute_code("1", "c", "other").status == "ok"
    next_one = callers.submit(run, service, "x.append(2)")
    assert not next_one.done()
    assert service.notebook_globals["n"]["x"] == [1]
    kind.may_end.set()
    assert next_one.result().state.pending
    service.restore_state("n", 1)
    assert run(service, "print(x)").stdout == "[1]\n"


def test_each_cell_has_its_snapshot(serve: Serve) -> None:
    """However fast they follow one another; each is what the variables were then."""
    service = serve()
    run(service, "x = []", *(f"x.append({n})" for n in range(5)))
    assert len(service.states.history("n")) == 6
    service.restore_state("n", 4)
    assert run(service, "print(x)").stdout == "[0, 1, 2]\n"


def test_a_cell_that_fails_is_not_in_the_snapshot_before_it(serve: Serve) -> None:
    """Which was to be saved still when it began."""
    service = serve()
    run(service, "x = [1]")
    assert service.execute_code("x.append(2); 1 / 0", "c", "n").status == "error"
    service.restore_state("n")
    assert run(service, "print(x)").stdout == "[1]\n"


@pytest.mark.parametrize("options", [{}, {"timeout": 20}], ids=["main thread", "own thread"])
def test_closing_saves_what_is_left(serve: Serve, options: dict[str, Any]) -> None:
    """With what cells have made of the process, and the source of functions."""
    run(
        serve(),
        "import os, warnings, inspect",
        "def f(): return x\n"
        "x = 1; os.environ['MINE'] = 'yes'; warnings.simplefilter('error', FutureWarning)",
        **options,
    )
    code = "print(f(), os.environ['MINE'], warnings.filters[0][2].__name__, inspect.getsource(f))"
    shown = run(serve(), code).stdout
    assert shown == "1 yes FutureWarning def f(): return x\n\n"


ASKED: dict[str, Callable[[ExecutionService], object]] = {
    "history": lambda service: service.states.history("n")[1],
    "head": lambda service: service.states.head("n"),
    "show": lambda service: service.states.show("n", 2),
    "diff": lambda service: service.states.diff("n", 1, 2),
    "verify": lambda service: service.states.verify("n") == [] and service.states.history("n")[1],
    "collect": lambda service: service.states.collect("n", count=1).snapshots == 1,
    "undo": lambda service: service.undo("n"),
    "restore": lambda service: service.restore_state("n", 2),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_who_asks_for_snapshots_finds_the_last_one(
    serve: Serve, ask: Callable[[ExecutionService], object]
) -> None:
    """What is still to be saved is saved first."""
    service = serve()
    run(service, "x = 1", "x = 2")
    assert ask(service)
    assert len(service.states.history("n")) == (1 if ask is ASKED["collect"] else 2)


def test_an_exported_and_a_forked_state_are_complete(serve: Serve, tmp_path: Path) -> None:
    """The last cell is in both."""
    service = serve()
    run(service, "x = 1")
    service.states.export("n", tmp_path / "file")
    service.states.import_("m", tmp_path / "file")
    run(service, "x = 2")
    service.states.fork("n", "k")
    shown = [service.execute_code("print(x)", "c", notebook).stdout for notebook in "mk"]
    assert shown == ["1\n", "2\n"]


def test_a_restart_leaves_the_last_snapshot_behind(serve: Serve) -> None:
    """One can go back to it from the empty notebook."""
    service = serve()
    result = run(service, "x = 1")
    service.restart("n")
    assert run(service, "print('x' in globals())").stdout == "False\n"
    assert service.result(result.execution_id).state.saved
    service.restore_state("n", 1)
    assert run(service, "print(x)").stdout == "1\n"


def test_a_save_that_fails_late_is_told_and_caught_up(serve: Serve) -> None:
    """In the record of its run; the next save has everything."""
    service = serve(snapshot_bytes=300_000)
    run(service, "x = [1]")
    failed = run(service, "import os; big = os.urandom(400_000); x.append(2)")
    assert failed.state.pending
    until(lambda: not service.result(failed.execution_id).state.pending)
    state = service.result(failed.execution_id).state
    assert not state.saved
    assert "larger than its quota" in str(state.problem)
    run(service, "del big")
    assert run(serve(), "print(x)").stdout == "[1, 2]\n"


def test_without_deferring_there_is_no_thread(serve: Serve) -> None:
    """Nor does a deferring service without a cell have one."""

    def late() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "nbengine-late"]

    until(lambda: not late())
    run(serve(durability="process"), "x = 1")
    assert not late()
    serve()
    assert not late()


SCRIPT = """
import os, sys
from nbengine import ExecutionService
service = ExecutionService(snapshots=True, durability="deferred")
for cell in sys.argv[1:]:
    result = service.execute_code(cell, "c", "n")
    assert result.error is None, result.error.traceback
    assert result.state.pending
"""


def script(*cells: str, then: str = "") -> subprocess.CompletedProcess[str]:
    """A process that runs cells, does something and ends without a word to its service."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT + then, *cells],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_interpreter_saves_before_it_exits(serve: Serve) -> None:
    """Also if it exits with an error; nothing was closed."""
    assert script("x = 1", "x += 1").returncode == 0
    assert script("x += 1", then="raise SystemExit(3)").returncode == 3
    assert run(serve(), "print(x)").stdout == "3\n"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing is killed here")
def test_a_kill_costs_the_last_cell_at_most(serve: Serve) -> None:
    """Everything before it is there, whatever moment it strikes."""
    cells = [f"x = {n}" for n in range(5)]
    assert script(*cells, then="os.kill(os.getpid(), 9)").returncode == -signal.SIGKILL
    assert run(serve(), "print(x)").stdout in ("3\n", "4\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_child_saves_nothing(serve: Serve) -> None:
    """Its cells run and say so; the parent's last one is saved by the parent."""
    then = """
child = os.fork()
if not child:
    result = service.execute_code("x = 3", "c", "n")
    print(result.state.pending, result.state.problem)
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = script("x = 2", then=then)
    assert done.stdout.startswith("False The state of notebook 'n' is not open in process")
    assert done.stdout.endswith("\n7\n"), done.stderr
    with StatePersistenceService() as states:
        assert [info.id for info in states.history("n")] == [1]
    assert run(serve(), "print(x)").stdout == "2\n"


def test_a_service_that_nobody_knows_any_more_still_saves(serve: Serve) -> None:
    """What it had put off, before the notebook is open again."""
    service = ExecutionService(snapshots=True, durability="deferred")
    run(service, "x = 'kept'")
    del service
    assert run(serve(), "print(x)").stdout == "kept\n"
