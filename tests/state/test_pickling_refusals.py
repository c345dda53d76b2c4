"""What cannot be saved is left out alone, and told with a reason."""

from __future__ import annotations

import pickle

import pytest

from nbengine.state.known import Space
from nbengine.state.lost import Lost
from nbengine.state.output import Bounds, BoundsExceededError
from nbengine.state.pickling import dump

from .round_trip import NoDefinitions, as_main, round_trip, saved

PARTS = (
    ("a lock", "import threading\nx = threading.Lock()", "make a new one"),
    ("a re-entrant lock", "import threading\nx = threading.RLock()", "make a new one"),
    ("an event", "import threading\nx = threading.Event()", "make a new one"),
    ("a condition", "import threading\nx = threading.Condition()", "make a new one"),
    ("a semaphore", "import threading\nx = threading.BoundedSemaphore()", "make a new one"),
    ("a thread", "import threading\nx = threading.Thread(target=print)", "start it again"),
    ("thread-local data", "import threading\nx = threading.local()", "make a new one"),
    ("a queue", "import queue\nx = queue.Queue()\nx.put(1)", "keep a list"),
    ("a file", "x = open(__import__('os').devnull)\nx.close()", "open '/dev/null' again"),
    ("a file of bytes", "x = open(__import__('os').devnull, 'rb')\nx.close()", "open '/dev/null'"),
    ("a file of any name", "x = open(1, 'w', closefd=False)", "open 1 again"),
    (
        "an archive",
        "import io, zipfile\nx = zipfile.ZipFile(io.BytesIO(), 'w')\nx.close()",
        "open it again",
    ),
    ("a socket", "import socket\nx = socket.socket()\nx.close()", "connect again"),
    ("a database", "import sqlite3\nx = sqlite3.connect(':memory:')\nx.close()", "connect again"),
    (
        "a cursor",
        "import sqlite3\nc = sqlite3.connect(':memory:')\nx = c.cursor()\nc.close()\ndel c",
        "connect again",
    ),
    ("a generator", "x = (i for i in range(3))", "make a list"),
    (
        "an asynchronous generator",
        "async def g():\n    yield 1\nx = g()\ndel g",
        "make a list",
    ),
    ("a coroutine", "async def f(): pass\nx = f()\nx.close()\ndel f", "await it"),
    (
        "an executor",
        "from concurrent.futures import ThreadPoolExecutor\nx = ThreadPoolExecutor(1)",
        "make a new executor",
    ),
    ("a future", "from concurrent.futures import Future\nx = Future()", "keep the result"),
    (
        "a process",
        "import subprocess\nx = subprocess.Popen(['true'])\nx.wait()",
        "start it again",
    ),
    (
        "a temporary file",
        "import tempfile\nx = tempfile.NamedTemporaryFile()\nx.close()",
        "of your own",
    ),
    (
        "a temporary folder",
        "import tempfile\nx = tempfile.TemporaryDirectory()\nx.cleanup()",
        "own",
    ),
    ("mapped memory", "import mmap\nx = mmap.mmap(-1, 4096)", "map the file again"),
    ("a pointer", "import ctypes\nx = ctypes.pointer(ctypes.c_int(3))", "from the data"),
    ("a library", "import ctypes\nx = ctypes.CDLL(None)", "load it again"),
    ("a frame", "import sys\nx = sys._getframe()", "formatted text"),
    ("a match", "import re\nx = re.match('a', 'a')", "keep its groups"),
    ("a digest", "import hashlib\nx = hashlib.sha256()", "keep its value"),
    ("a context variable", "import contextvars\nx = contextvars.ContextVar('v')", "make it again"),
    ("a directory that is read", "import os\nx = os.scandir('.')\nx.close()", "keep a list"),
    (
        "what runs at the end of an object",
        "import weakref\nclass A: pass\na = A()\nx = weakref.finalize(a, int)\nx.detach()",
        "register it again",
    ),
    (
        "a class with a lock",
        "import threading\nclass A(threading.Thread): pass\nx = A()",
        "start it again",
    ),
    (
        "a file over memory",
        "import io\nx = io.TextIOWrapper(io.BytesIO(b'a'))",
        "process; open it again",
    ),
    (
        "a closed stream of one's own",
        "import io\nclass A(io.StringIO): pass\nx = A()\nx.close()",
        "it is closed, and what was in it is gone",
    ),
    (
        "a row of a database",
        (
            "import sqlite3\nc = sqlite3.connect(':memory:')\nc.row_factory = sqlite3.Row\n"
            "x = c.execute('select 1').fetchone()\nc.close()\ndel c"
        ),
        "keep dict(row)",
    ),
    ("data to be compressed", "import zlib\nx = zlib.compressobj()", "keep what went in"),
    ("a walk through arrays", "import numpy\nx = numpy.nditer(numpy.zeros(3))", "make it again"),
    ("memory of processes", "import multiprocessing as m\nx = m.Value('i')", "keep its value"),
    (
        "a queue of processes",
        "import multiprocessing as m\nx = m.Queue()\nx.close()\nx.join_thread()",
        "keep a list",
    ),
    ("a lock of processes", "import multiprocessing as m\nx = m.Lock()", "make a new one"),
    ("what waits for files", "import select\nx = select.poll()", "register that again"),
    (
        "a settled view of memory",
        "x = memoryview(b'abcd')\nx.release()",
        "make it again from what it is a view of",
    ),
    (
        "every second byte",
        "x = memoryview(bytearray(b'abcd'))[::2]",
        "make it again from what it is a view of",
    ),
    ("a method of a lock", "import threading\nx = threading.Lock().acquire", "make a new one"),
    (
        "a partial of a method of a lock",
        "import functools, threading\nx = functools.partial(threading.Lock().acquire)",
        "make a new one",
    ),
)

MISBEHAVIOUR = (
    ("raises", "def __reduce__(self): raise ValueError('no')", "ValueError: no"),
    ("raises in getstate", "def __getstate__(self): raise OSError('gone')", "OSError: gone"),
    ("leaves", "def __reduce__(self): raise SystemExit(3)", "SystemExit: 3"),
    (
        "raises what is no exception to most",
        "def __reduce__(self): raise BaseException",
        "BaseException",
    ),
    ("gives nonsense", "def __reduce__(self): return 42", "neither a name nor a tuple"),
    ("gives too little", "def __reduce__(self): return (1,)", "neither a name nor a tuple"),
    ("gives no function", "def __reduce__(self): return 1, ()", "does not begin with a function"),
    ("gives no arguments", "def __reduce__(self): return int, 3", "does not begin with a function"),
    (
        "gives a wrong part",
        "def __reduce__(self): return list, (), None, 5",
        "items that are no iterator",
    ),
    (
        "gives a wrong setter",
        "def __reduce__(self): return int, (), 1, None, None, 7",
        "no function",
    ),
    (
        "fails half-way",
        "def __reduce__(self): return list, (), None, (1 // (2 - i) for i in range(5))",
        "ZeroDivisionError",
    ),
    ("calls itself for ever", "def __reduce__(self): return self.__reduce__()", "without an end"),
    ("has no end", "def __reduce__(self): return A, (A(),)", "without an end"),
)


@pytest.mark.parametrize("source, way", [pytest.param(*row[1:], id=row[0]) for row in PARTS])
def test_the_smallest_part_is_left_out(source: str, way: str) -> None:
    """What belongs to the process is named with a way to have it again; all else is kept."""
    source += "\nd = {'ok': [1], 'x': x, 'after': [2]}\nd['me'] = d"
    restored = round_trip(source)
    assert restored.holds("d['ok'] == [1] and d['after'] == [2] and d['me'] is d and d['x'] is x")
    assert isinstance(vars(restored.main)["x"], Lost)
    assert way in "".join(restored.lost.values())
    assert "not saved" in repr(vars(restored.main)["x"])


@pytest.mark.parametrize(
    "body, reason", [pytest.param(*row[1:], id=row[0]) for row in MISBEHAVIOUR]
)
def test_an_object_that_fails_to_save_itself_is_left_out_alone(body: str, reason: str) -> None:
    """Whatever an object's own methods do, what stands beside it is kept."""
    restored = round_trip(f"class A:\n    {body}\nx = A()\nd = {{'ok': [1], 'x': x}}\ny = d['ok']")
    assert restored.holds("d['ok'] == [1] and d['ok'] is y")
    assert isinstance(vars(restored.main)["x"], Lost)
    assert reason in "".join(restored.lost.values())


def test_what_an_object_holds_may_have_gaps() -> None:
    """An object stays itself when one of its attributes cannot be saved."""
    restored = round_trip(
        "import threading\nclass A:\n    def __init__(self): self.lock, "
        "self.n = threading.Lock(), 3\na = A()"
    )
    assert restored.holds("type(a) is A and a.n == 3 and 'not saved' in repr(a.lock)")
    assert list(restored.lost) == ["_thread.lock"]


@pytest.mark.parametrize(
    "chain",
    [
        "x = []\nfor _ in range(100_000): x = [x]",
        "x = {}\nfor _ in range(100_000): x = {1: x, 2: 0}",
        (
            "class N:\n    def __init__(self, n): self.n, self.v = n, 1\nx = None\n"
            "for _ in range(100_000): x = N(x)"
        ),
    ],
    ids=["lists", "dictionaries", "objects"],
)
def test_a_chain_without_end_is_left_out_from_its_first_link(chain: str) -> None:
    """What is nested too deeply for Python's stack does not take its neighbours along."""
    restored = round_trip(chain + "\ndeep, d = (x, 5), {'ok': [1]}")
    assert restored.holds("d == {'ok': [1]} and deep[1] == 5 and deep[0] is x")
    assert isinstance(vars(restored.main)["x"], Lost)
    (reason,) = restored.lost.values()
    assert reason.startswith("it is nested too deeply, or without an end; keep")


def test_what_holds_a_chain_without_end_is_kept() -> None:
    """Also if it is a dictionary, as the attributes of each link are."""
    restored = round_trip(
        "class N:\n    def __init__(self, n): self.n = n\nx = None\n"
        "for _ in range(100_000): x = N(x)\nd = {'ok': [1], 'chain': x}\ndel x"
    )
    assert restored.holds("d['ok'] == [1]")
    assert list(restored.lost) == ["__main__.N"]


def test_nesting_that_python_can_save_is_kept() -> None:
    """A few hundred levels are no chain without an end."""
    restored = round_trip("x = 7\nfor _ in range(300): x = [x]")
    assert restored.holds("__import__('functools').reduce(lambda x, _: x[0], range(300), x) == 7")
    assert not restored.lost


def test_what_changes_while_it_is_saved_is_kept_as_it_was_at_one_moment() -> None:
    """An object whose parts change it when they are saved does not stop the rest."""
    restored = round_trip(
        """
        class Part:
            def __init__(self, of): self.of = of
            def __reduce__(self):
                setattr(self.of, f'n{len(vars(self.of))}', 1)
                return int, ()
        class A:
            def __init__(self): self.a, self.part, self.z = 1, Part(self), 2
        x = A()
        """
    )
    assert restored.holds("type(x) is A and (x.a, x.part, x.z) == (1, 0, 2)")


def test_what_prints_while_it_is_saved_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """An object's own methods may print: where to is the caller's matter."""
    restored = round_trip(
        "class A:\n    def __getstate__(self):\n        print('saving')\n"
        "        return {'x': 1}\na = A()"
    )
    assert restored.holds("a.x == 1")
    assert capsys.readouterr().out == "saving\n"


def test_an_interrupt_is_not_taken_for_a_refusal() -> None:
    """Who asks to stop while something is saved is heard."""
    with pytest.raises(KeyboardInterrupt):
        saved("class A:\n    def __reduce__(self): raise KeyboardInterrupt\na = A()")


def test_a_pickle_stays_within_its_size() -> None:
    """What stands in the pickle itself has a limit; buffers beside it do not count."""
    with pytest.raises(BoundsExceededError, match="more than 1,000,000 bytes"):
        bounded("x = 'a' * 2_000_000", Bounds(size=1_000_000))
    bounded("import numpy as np\nx = np.zeros(1_000_000)", Bounds(size=1_000_000))


@pytest.mark.parametrize("end", ["", "x.append(i for i in 'ab')"])
def test_a_pickle_that_has_no_end_is_given_up(end: str) -> None:
    """Whatever produces objects for ever is stopped by its size or by its time."""
    source = (
        "import itertools\nclass A:\n    def __reduce__(self):\n"
        "        return list, (), None, map(str, itertools.count(10**9))\nx = [A()]\n" + end
    )
    with pytest.raises(BoundsExceededError):
        bounded(source, Bounds(size=300_000))
    with pytest.raises(BoundsExceededError):
        bounded(source, Bounds(seconds=0.05))


def test_a_value_of_which_nothing_can_be_saved_is_refused() -> None:
    """There is no pickle where there would be nothing in it."""
    with pytest.raises(pickle.PicklingError):
        dump(_BrokenBuffer(), Space(__import__("types").ModuleType("__main__")), NoDefinitions())


class _BrokenBuffer:
    def __reduce__(self) -> tuple[object, ...]:
        return list, (), None, iter(lambda: 1 // 0, None)


def bounded(source: str, bounds: Bounds) -> None:
    """Save what a cell makes within bounds."""
    import types

    main = types.ModuleType("__main__")
    with as_main(main):
        exec(source, vars(main))
        dump({"x": vars(main)["x"]}, Space(main), NoDefinitions(), bounds=bounds)
