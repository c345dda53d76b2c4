"""What `unsaved` says: where in a variable something was, why it is not kept, and what to do."""

from __future__ import annotations

import sys

import pytest

from nbengine import ExecutionService
from tests.services.conftest import Serve
from tests.services.test_execution_service_state import run, value


def unsaved(service: ExecutionService, *cells: str) -> dict[str, str]:
    """What is said after the last cell."""
    return dict(run(service, *cells).state.unsaved)


def test_the_way_to_what_is_missing_is_told(serve: Serve) -> None:
    """The smallest part is left out, and all else of the variable is kept."""
    told = unsaved(
        serve(),
        "import sqlite3, threading",
        "class Row:\n    def __init__(self, n): self.n = n\nrows = [Row(n) for n in range(1000)]",
        "rows[3].lock = threading.Lock()\ndata = {'conn': sqlite3.connect(':memory:'), 'k': [1]}",
    )
    assert told == {
        "rows": "without rows[3].lock (_thread.lock): locks belong to the threads of a process; "
        "make a new one",
        "data": "without data['conn'] (sqlite3.Connection): database connections end with their "
        "process; connect again",
    }
    assert value(serve(), "len(rows), rows[999].n, data['k']") == "(1000, 999, [1])"


def test_a_variable_that_is_gone_as_a_whole_has_the_reason_alone(serve: Serve) -> None:
    """And each name of it the same."""
    reason = "locks belong to the threads of a process; make a new one"
    told = unsaved(serve(), "import threading\na = b = threading.Lock()")
    assert told == {"a": reason, "b": reason}


def test_those_that_share_are_told_apart(serve: Serve) -> None:
    """What is whole is not named because it is saved together with what is not."""
    told = unsaved(
        serve(),
        "import threading\nwhole = [1]\npart = {'w': whole, 'lock': threading.Lock()}",
        "both = [part, whole]",
    )
    assert sorted(told) == ["both", "part"]
    assert told["both"].startswith("without both[0]['lock'] (_thread.lock): ")
    assert value(serve(), "both[1] is whole is part['w']") == "True"


def test_many_of_one_kind_are_told_together(serve: Serve) -> None:
    """Three places and how many more."""
    told = unsaved(serve(), "import threading\nx = [threading.Lock() for _ in range(50)]")
    assert told["x"].startswith("without x[0], x[1], x[2] and 47 more (_thread.lock): ")


def test_what_is_told_follows_what_the_cell_did(serve: Serve) -> None:
    """Another place, or nothing any more."""
    service = serve()
    run(service, "import threading\nx = [threading.Lock(), 1]")
    assert "x[1]" in unsaved(service, "x.insert(0, 5)")["x"]
    assert unsaved(service, "y = 1")["x"].startswith("without x[1] ")
    assert unsaved(service, "del x[1]") == {}


def test_what_needs_a_class_that_is_not_saved_is_named_with_it(serve: Serve) -> None:
    """Before the restart, and not only when it is missed after it."""
    service = serve(pickle_bytes=100_000)
    told = unsaved(service, "class Big: data = 'x' * 200_000\nx, ok = [Big()], 1")
    assert "100,000 bytes" in told["Big"]
    assert told["x"].startswith("it needs Big, which is not saved: it takes more than 100,000")
    assert "ok" not in told


def test_what_is_given_up_together_is_named_together(serve: Serve) -> None:
    """Alone it would have been kept: what it shares objects with is said."""
    told = unsaved(
        serve(pickle_bytes=1_000_000),
        "class Grows:\n    times = 0\n    def __init__(self, of): self.of = of\n"
        "    def __getstate__(self):\n        Grows.times += 1\n"
        "        return {'of': self.of, 'more': 'x' * (Grows.times > 1) * 5_000_000}\n"
        "shared = []\na, b = [shared], Grows(shared)",
    )
    others = "it shares objects with b, shared, and together it takes more than 3,000,000 bytes"
    assert told["a"].startswith(others)


CHAINS = {
    "objects": (
        "class N:\n    def __init__(self, n): self.n = n\n"
        "x = None\nfor _ in range(100_000): x = N(x)"
    ),
    "dictionaries": "x = None\nfor _ in range(100_000): x = {'next': x}",
    "tuples": "x = ()\nfor _ in range(100_000): x = (x,)",
    "closures": (
        "def around(f): return lambda: f()\nx = None\nfor _ in range(100_000): x = around(x)"
    ),
}


TOO_DEEP = "it is nested too deeply, or without an end; keep what is in it in a flat list"


@pytest.mark.parametrize("high", [False, True], ids=["as it comes", "a high limit"])
@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_a_chain_without_end_costs_itself_alone(chain: str, high: bool, serve: Serve) -> None:
    """The cell succeeds, the stack holds whatever limit was set, and the reason says why."""
    service = serve()
    limit = "import sys\nsys.setrecursionlimit(1_000_000)" if high else "pass"
    told = unsaved(service, "ok = {'a': [1]}", limit, chain)
    has_room = high and sys.version_info >= (3, 12)  # where Python code needs no stack of C
    assert "x" in told or has_room
    assert told.get("x", TOO_DEEP).endswith(TOO_DEEP)
    assert "ok" not in told
    run(service, "import sys\nsys.setrecursionlimit(1_000)\ndel x")
    assert value(serve(), "ok") == "{'a': [1]}"
