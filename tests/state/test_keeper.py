"""Snapshots of a namespace: what comes back, what is written, and what an error leaves behind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from nbengine.errors import StorageError
from nbengine.state import rounds
from nbengine.state.group import Look
from nbengine.state.keeper import Keeper, Restored
from nbengine.state.partition import Partition
from nbengine.state.pickling import Space
from nbengine.state.records import Cause, Snapshot
from nbengine.state.signing import UserKey
from nbengine.state.store import Store

KEY = UserKey(b"k" * 32)


class Notebook:
    """A namespace whose cells are saved, as often as it is restarted."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.count = 0
        self.ways: dict[str, tuple[str, ...]] = {}
        """By which names code gets at values that it has no name for."""
        self.begin()

    def begin(self) -> None:
        """An empty namespace."""
        self.main = ModuleType("__main__")
        sys.modules["__main__"] = self.main
        self.keeper = Keeper(self.store, Space(self.main))

    @property
    def values(self) -> dict[str, Any]:
        """Its variables."""
        return {n: v for n, v in vars(self.main).items() if not n.startswith("__")}

    def cell(self, source: str) -> Snapshot:
        """Run a cell and save what it has made."""
        self.count += 1
        code = compile(source, f"<cell {self.count}>", "exec")
        before = self.values
        self.keeper.begin()
        self.keeper.foresee([code])
        exec(code, vars(self.main))
        values = self.values
        bound = [name for name, value in values.items() if before.get(name) is not value]
        before.clear()
        cause = Cause("c", self.count, source)
        return self.keeper.save(values, bound, cause, ways=lambda: self.ways)

    def restart(self, snapshot: Snapshot | None = None) -> Restored:
        """Bring a snapshot back into a new namespace; the last one by default."""
        self.begin()
        snapshot = snapshot or self.store.head()
        assert snapshot is not None
        restored = self.keeper.restore(snapshot)
        vars(self.main).update(restored.values)
        return restored

    def value(self, expression: str) -> Any:
        """What an expression is in the namespace."""
        return eval(expression, vars(self.main))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "state", "n", key=KEY) as store:
        yield store


@pytest.fixture
def notebook(store: Store) -> Iterator[Notebook]:
    before = sys.modules["__main__"]
    yield Notebook(store)
    sys.modules["__main__"] = before


def test_variables_come_back_with_what_they_share(notebook: Notebook) -> None:
    """One object under two names is one object again, within containers too."""
    notebook.cell("a = [1]; b = a; c = {'a': a}")
    notebook.cell("d = 1")
    notebook.restart()
    assert notebook.value("b is a and c['a'] is a and d == 1")


def test_functions_see_the_namespace_that_they_are_in_now(notebook: Notebook) -> None:
    """A global that is bound anew after the restart is what they find, and what they write."""
    notebook.cell("x = 1\ndef read(): return x\ndef write():\n    global x\n    x = 3")
    notebook.restart()
    vars(notebook.main)["x"] = 2
    assert notebook.value("read()") == 2
    assert notebook.value("(write(), x)[1]") == 3


def test_instances_belong_to_the_class_that_came_back(notebook: Notebook) -> None:
    """Those saved with it, before it was changed and after a restart."""
    notebook.cell("class A: pass\na = A()")
    notebook.cell("b = A()")
    notebook.restart()
    notebook.cell("c = A(); A.mark = 1")
    notebook.restart()
    assert notebook.value("all(isinstance(x, A) and x.mark == 1 for x in (a, b, c))")


def test_a_class_that_has_lost_its_name_stays_with_its_instances(notebook: Notebook) -> None:
    """Also when another one has the name now."""
    notebook.cell("class A: kind = 'old'\na = A()")
    notebook.cell("class A: kind = 'new'\nb = A()")
    notebook.restart()
    assert notebook.value("(a.kind, b.kind, isinstance(a, A))") == ("old", "new", False)


def test_only_what_changed_is_written(notebook: Notebook) -> None:
    """A cell that reads a big array writes none of it, one that sets an item a chunk."""
    notebook.cell("import numpy as np\nbig = np.arange(3_000_000.)")
    assert notebook.cell("total = big.sum()").info.bytes_written < 1000
    assert 2**20 <= notebook.cell("big[7] = 1").info.bytes_written < 2**20 + 1000
    notebook.restart()
    assert notebook.value("big[7]") == 1
    assert notebook.cell("pass").info.bytes_written < 1000


def test_what_has_no_name_is_looked_at_in_turn(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much that is, a cell that has no way there looks at little of it."""
    monkeypatch.setattr(rounds, "BUDGET", 0.0)
    looks: list[set[str]] = []
    look = Partition.look

    def note(
        self: Partition,
        values: Mapping[str, Any],
        touched: Iterable[str],
        idle: Collection[str] = (),
    ) -> Look:
        looks.append({name for name in touched if name in notebook.ways})
        return look(self, values, touched, idle)

    monkeypatch.setattr(Partition, "look", note)
    notebook.ways = {f"shown{number}": ("way", f"way{number}") for number in range(5)}
    notebook.cell("\n".join(f"{name} = [0]" for name in notebook.ways))
    for source in ("[].sort()", "[].sort()", "way3 = []", "len('way')", "way4 = len('a')"):
        notebook.cell(source)
    notebook.cell("way = len('a')")
    assert [len(names) for names in looks[1:3]] == [1, 1]
    assert looks[1] != looks[2]
    assert looks[3] == set()  # it only binds names
    assert len(looks[4]) == 1
    assert "shown4" in looks[5]
    assert looks[6] == set(notebook.ways)


def test_of_long_bytes_what_changed_is_written(notebook: Notebook) -> None:
    """Whatever they are in, and whatever is beside them."""
    notebook.cell("import random; r = random.Random(1).randbytes")
    notebook.cell("images = {n: r(2_000_000) for n in range(5)}; zeros = bytes(5_000_000)")
    written = notebook.cell("images[2] = r(1_500_000); images['new'] = 'x'").info.bytes_written
    assert 1_500_000 <= written < 1_510_000
    assert notebook.cell("text = images.pop(0).hex()").info.bytes_written < 4_001_000
    expected = {name: notebook.value(name) for name in ("images", "zeros", "text")}
    notebook.restart()
    assert {name: notebook.value(name) for name in expected} == expected


def test_an_array_that_came_back_is_written_where_it_changes(notebook: Notebook) -> None:
    """Nothing has to be read of it to know that."""
    notebook.cell("import numpy as np\nbig = np.zeros(3_000_000)")
    notebook.restart()
    notebook.cell("big[[5, -1]] = 1, 2")
    notebook.restart()
    expected = np.zeros(3_000_000)
    expected[[5, -1]] = 1, 2
    assert np.array_equal(notebook.value("big"), expected)


def test_groups_stay_apart_after_a_restart(notebook: Notebook) -> None:
    """New groups take no key of an old one, whatever is grouped anew in the same look."""
    notebook.cell("; ".join(f"v{n} = [{n}]" for n in range(50)))
    notebook.restart()
    notebook.cell("; ".join(f"w{n} = ['new', {n}]" for n in range(50)))
    notebook.restart()
    expected = {f"v{n}": [n] for n in range(50)} | {f"w{n}": ["new", n] for n in range(50)}
    assert notebook.values == expected


LARGE = "data = [{'a': n, 'b': [n]} for n in range(20_000)]; small = [1]"
IDLE = "import math; math.sin(1)"
REACHING = {
    "an item": ("data[5]['b'].append(1)", "data[5]['b'] == [5, 1]"),
    "an alias": ("other = data[7]", "other is data[7]"),
    "an alias of an alias": (
        "other = data[7]; others = [other]; others[0]['a'] = 0",
        "not data[7]['a']",
    ),
    "a function": ("def f(): data.clear()\nf()", "data == []"),
    "a namespace": ("globals()['data'].clear()", "data == []"),
    "code in a string": ("exec('da' 'ta.clear()')", "data == []"),
    "a new name": ("data = 1", "data == 1"),
    "a name less": ("del data", "'data' not in globals()"),
}


@pytest.mark.parametrize("before", ["pass", "def g(): return data[7]", "import builtins"])
@pytest.mark.parametrize("source, expected", REACHING.values(), ids=REACHING)
def test_whoever_gets_at_a_large_value_is_seen(
    source: str, expected: str, before: str, notebook: Notebook
) -> None:
    """However a cell reaches it, what it did is saved."""
    notebook.cell(LARGE)
    notebook.cell(IDLE)
    notebook.cell(before)
    notebook.cell(f"import math; math.sin(1)\n{source}")
    notebook.restart()
    assert notebook.value(expected)


ESCAPES = {
    "by a function without a name": "def f(): data.append('late')\nhook = [f]; del f",
    "by a library": "import types; hidden = types.SimpleNamespace(); hidden.data = data",
    "by a closure": "def make(d): return lambda: d.append('late')\nhook = [make(data)]",
}


@pytest.mark.parametrize("source", ESCAPES.values(), ids=ESCAPES)
def test_a_large_value_that_somebody_else_can_reach_is_looked_at(
    source: str, notebook: Notebook
) -> None:
    """Although no cell names it any more."""
    notebook.cell(LARGE)
    notebook.cell(IDLE)
    notebook.cell(source)
    notebook.cell(IDLE)
    run = "hidden.data.append('late')" if "hidden" in source else "hook[0]()"
    notebook.cell(run)
    notebook.restart()
    assert notebook.value("data[-1]") == "late"


def test_a_large_value_that_nobody_can_reach_is_not_looked_at(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell that calls others' functions costs what it touches, but for the first."""
    notebook.cell(LARGE)
    notebook.cell(IDLE)
    looked_at: list[set[str]] = []
    look = Partition.look

    def noting(partition: Partition, values: Any, touched: Any, idle: Any) -> Look:
        looked_at.append(set(touched))
        return look(partition, values, touched, idle)

    monkeypatch.setattr(Partition, "look", noting)
    notebook.cell("small.append(len(small)); import math; math.sin(1)")
    assert looked_at == [{"small", "math"}]


def test_names_that_are_gone_stay_gone(notebook: Notebook) -> None:
    """Whether or not the one who asks says so."""
    notebook.cell("a = []; b = [a]")
    notebook.cell("del a")
    assert notebook.restart().values.keys() == {"b"}


LEFT_OUT = {
    "a generator": ("g = (n for n in 'ab')", "a generator cannot be copied"),
    "a lock": ("import threading; g = threading.Lock()", "locks belong to"),
    "a file": ("g = open('/dev/null')", "open '/dev/null' again"),
    "one that raises": (
        "class G:\n    def __reduce__(self): raise OSError('not me')\ng = G()",
        "not me",
    ),
}


@pytest.mark.parametrize("source, reason", LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_cannot_be_kept_is_named(source: str, reason: str, notebook: Notebook) -> None:
    """With its reason, in the snapshot and after the restart; all else is there."""
    snapshot = notebook.cell(f"{source}\nx = [1]\nwith_it = [x, g]")
    assert reason in snapshot.unsaved["g"]
    assert reason in snapshot.unsaved["with_it"]
    getattr(notebook.value("g"), "close", bool)()
    restored = notebook.restart()
    assert reason in restored.lost["g"]
    assert "g" not in restored.values
    assert notebook.value("with_it[0] is x")
    notebook.cell("y = x")
    notebook.restart()
    assert notebook.value("with_it[0] is x is y")
    assert not notebook.cell("g = with_it = 1").unsaved


def test_one_can_go_back_and_on_from_there(notebook: Notebook) -> None:
    """An older snapshot is what it was, also where memory was changed in place since."""
    first = notebook.cell("import numpy as np\nbig = np.zeros(300_000); x = [1]")
    second = notebook.cell("big[:] = 1; x.append(2)")
    notebook.store.set_head(first.id)
    notebook.restart(first)
    assert (notebook.value("big.sum()"), notebook.value("x")) == (0, [1])
    notebook.cell("big[0] = 5")
    notebook.restart(second)
    assert (notebook.value("big.sum()"), notebook.value("x")) == (300_000, [1, 2])


def failing_once(monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException) -> None:
    """Let the store fail at its next commit."""
    commit: Callable[..., Snapshot] = getattr(Store, name)

    def fail(*_: Any, **__: Any) -> Snapshot:
        monkeypatch.setattr(Store, name, commit)
        raise error

    monkeypatch.setattr(Store, name, fail)


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_stored_although_nobody_heard_of_it(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """An interrupt that strikes just then leaves a snapshot that the next one comes after."""
    commit = Store.commit

    def commit_and_stop(*given: Any, **more: Any) -> Snapshot:
        commit(*given, **more)
        raise KeyboardInterrupt

    notebook.cell("a = [1]; b = [2]; c = [3]")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", commit_and_stop)
        for number in range(times):
            with pytest.raises(KeyboardInterrupt):
                notebook.cell(f"del a; new{number} = [4]; a = [new{number}, b]")
    notebook.cell("a = [1]; b = [2]; c = [3]")
    notebook.cell("d = 1")
    notebook.restart()
    assert notebook.value("[a, b, c, d, new0]") == [[1], [2], [3], 1, [4]]


@pytest.mark.parametrize("error", [StorageError("the disk is full"), KeyboardInterrupt()])
def test_what_could_not_be_stored_is_caught_up(
    error: BaseException, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot before it stays; the next one has everything, whatever that cell touched."""
    notebook.cell("a = [1]; b = [a]")
    failing_once(monkeypatch, "commit", error)
    with pytest.raises(type(error)):
        notebook.cell("a.append(2); c = a")
    assert notebook.store.head() is not None
    notebook.cell("d = 1")
    notebook.restart()
    assert notebook.value("c is a and b == [[1, 2]] and d == 1")
