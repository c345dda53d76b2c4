"""Cells that show everything a cell can show: every engine is to give the same results for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """A cell, those before it, and how they are run."""

    code: str
    before: tuple[str, ...] = ()
    """Cells that are run first, in the same way."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of `execute_code`, for the last one."""
    vague: tuple[str, ...] = ()
    """Regular expressions of texts, beside those that are everybody's, that no two runs share."""


def _no_more(_prompt: str, _password: bool) -> str:
    raise EOFError("no more lines")


def _number(_prompt: str, _password: bool) -> Any:
    return 7


FRAME = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3], 'b': ['x', None, 'z']})"
TIMES = (r"(?m)^(CPU times|Wall time): .*$",)

CASES: dict[str, Case] = {
    # ------------------------------------------------ values
    "a value": Case("1 + 1"),
    "no value": Case("x = 5"),
    "nothing": Case("  \n# only a comment"),
    "None": Case("None"),
    "a value that is not shown": Case("41 + 1;"),
    "text in all scripts": Case("print('añ 漢 🐧 \\x1b[31mred\\x1b[0m \\r\\nover'); 'é 🎉'"),
    "a carriage return": Case("print('50%', end='\\r'); print('100%')"),
    "a long list": Case("list(range(5_000))"),
    "a set and a dict": Case("({1, 2, 3}, {'b': [1], 'a': {'c': None}})"),
    "numbers": Case("(float('nan'), -0.0, 1e300, 2**100, 1+2j)"),
    "a class and its object": Case(
        "class Point:\n    def __repr__(self): return 'Point!'\nPoint, Point()"
    ),
    "an object without a repr of its own": Case("object()"),
    "a repr that fails": Case("class Bad:\n    def __repr__(self): raise ValueError('no')\nBad()"),
    "variables of earlier cells": Case("x + y", before=("x = 1", "y = x + 1")),
    "a function of an earlier cell": Case("twice(4)", before=("def twice(n): return 2 * n",)),
    "_, Out and In": Case("_, __, Out[1], In[1], _i", before=("'one'", "'two'")),
    "names that went": Case("del x\n'x' in globals()", before=("x = 1",)),
    # ------------------------------------------------ streams
    "both streams in order": Case(
        "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\nprint('d')"
    ),
    "text without a line end": Case("import sys\nsys.stdout.write('no end')\nNone"),
    "many lines": Case("for i in range(3_000): print(i)"),
    "more than the limit": Case("print('x' * 3_000_000)"),
    "more lines than the limit": Case("for i in range(300_000): print('line', i)"),
    "a value longer than the limit": Case("'y' * 3_000_000"),
    "lone surrogates": Case("print('\\udcff'); '\\ud800 \\udcff'"),
    "printing in a thread": Case(
        "import threading\nt = threading.Thread(target=print, args=('from a thread',))\n"
        "t.start(); t.join(); print('after')"
    ),
    "a thread that fails": Case(
        "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='mine')\n"
        "t.start(); t.join()"
    ),
    "a thread that exits": Case(
        "import threading, sys\nt = threading.Thread(target=sys.exit)\nt.start(); t.join(); 1"
    ),
    "logging": Case(
        "import logging\nlogging.basicConfig(format='%(levelname)s %(message)s', force=True)\n"
        "logging.warning('careful')\nlogging.getLogger().handlers.clear()"
    ),
    "C code that writes": Case(
        "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.puts(b'from C')\nlibc.fflush(None)\n"
        "print('from Python')"
    ),
    "a child process that writes": Case(
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', "
        "'import os; os.write(1, b\"out\"); os.write(2, b\"err\")']).returncode"
    ),
    "os.system": Case("import os\nos.system('echo from a shell')"),
    "a descriptor": Case("import os\nos.write(1, b'raw\\n'); os.write(2, b'raw too\\n')"),
    "a forked copy": Case(
        "import os, warnings\nwarnings.simplefilter('ignore')\npid = os.fork()\n"  # of threads
        "if pid == 0:\n    os.write(1, b'copy\\n'); os._exit(7)\n"
        "os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])"
    ),
    "a forked copy that falls through": Case(
        "import os, warnings\nwarnings.simplefilter('ignore')\npid = os.fork()\n"
        "if pid:\n    os.waitpid(pid, 0); print('original')\n"
        "else:\n    os._exit(0)"
    ),
    "a pool of processes": Case(
        "from multiprocessing import get_context\nwith get_context('fork').Pool(2) as pool:\n"
        "    made = pool.map(str.upper, ['a', 'b'])\nmade"
    ),
    # ------------------------------------------------ displays
    "a display": Case("display('one', 2)"),
    "a display that is updated": Case(
        "h = display('old', display_id='d')\nprint('between')\nh.update('new')"
    ),
    "an update of an earlier cell's display": Case(
        "h.update('new')", before=("h = display('old', display_id=True)",), vague=("[0-9a-f]{32}",)
    ),
    "cleared outputs": Case(
        "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('here')"
    ),
    "outputs cleared with the next one": Case(
        "from IPython.display import clear_output\nprint('stays')\nclear_output(wait=True)"
    ),
    "HTML": Case("from IPython.display import HTML\nHTML('<b>bold</b>')"),
    "Markdown, Latex and JSON": Case(
        "from IPython.display import JSON, Latex, Markdown\n"
        "display(Markdown('*m*'), Latex('$x$'), JSON({'a': [1]}))"
    ),
    "a bundle of its own": Case(
        "display({'text/plain': 'p', 'application/x-own+json': {'k': 1}}, raw=True)"
    ),
    "an object with representations": Case(
        "class Rich:\n    def _repr_html_(self): return '<i>r</i>'\n"
        "    def __repr__(self): return 'plain'\nRich()"
    ),
    "a Matplotlib figure": Case(
        "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.title('T')\nplt.show()"
    ),
    "a figure left open": Case("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()"),
    "a Plotly figure": Case(
        "import plotly.graph_objects as go\ngo.Figure(go.Scatter(x=[1, 2], y=[3, 4]))",
        vague=("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",),
    ),
    "a DataFrame": Case(f"{FRAME}\ndf"),
    "a DataFrame in a variable": Case(FRAME),
    "a large DataFrame": Case(
        "import numpy as np, pandas as pd\n"
        "pd.DataFrame(np.arange(200_000.0).reshape(1_000, 200)).replace(7.0, np.nan)"
    ),
    "a column of an earlier frame": Case("df['c'] = df['a'] * 2\ndf['c']", before=(FRAME,)),
    "an array": Case("import numpy as np\nnp.linspace(0, 1, 5).reshape(1, 5)"),
    # ------------------------------------------------ warnings
    "a Python warning": Case("import warnings\nfor _ in range(3): warnings.warn('careful')"),
    "a warning of a library": Case("import numpy as np\nnp.array([1.0]) / np.array([0.0])"),
    "a statistical warning": Case(
        "import pandas as pd\nfit = pd.DataFrame({'term': ['ka', 'V'], 'estimate': [10.0, 5.2],\n"
        "    'lower': [0.1, 1.0], 'upper': [10.0, 9.0]})"
    ),
    # ------------------------------------------------ errors
    "an exception": Case("print('before')\n1 / 0\nprint('after')"),
    "an exception in a function of another cell": Case(
        "fail(3)", before=("def fail(n):\n    return n / 0",)
    ),
    "a syntax error": Case("x = (1,\nfor"),
    "an indentation error": Case("if True:\nx = 1"),
    "chained exceptions": Case(
        "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('v') from e"
    ),
    "an exception while handling another": Case("try:\n    1 / 0\nexcept Exception:\n    int('x')"),
    "a group of exceptions": Case(
        "raise ExceptionGroup('two', [ValueError('a'), ExceptionGroup('in', [TypeError('b')])])"
    ),
    "an exception with notes": Case("e = ValueError('v')\ne.add_note('a note')\nraise e"),
    "an exception of its own class": Case("class Odd(Exception): pass\nraise Odd('it', 'is', 3)"),
    "an exception that cannot be told": Case(
        "class Mute(Exception):\n    def __str__(self): raise RuntimeError\nraise Mute"
    ),
    "an exception with lone surrogates": Case("raise ValueError('\\udcff')"),
    "endless recursion": Case(
        "def f(n): return f(n + 1)\nf(0)", vague=(r"repeated \d+ more times",)
    ),
    "SystemExit": Case("import sys\nprint('bye')\nsys.exit(3)"),
    "KeyboardInterrupt of its own": Case("raise KeyboardInterrupt('mine')"),
    "GeneratorExit": Case("raise GeneratorExit"),
    "an assertion": Case("assert 1 == 2, 'not equal'"),
    "an error in a library": Case("import pandas as pd\npd.DataFrame({'a': [1]})['b']"),
    "null bytes": Case("x = 1\0"),
    # ------------------------------------------------ asynchronous code
    "await": Case("import asyncio\nawait asyncio.sleep(0)\nprint('slept')\n'value'"),
    "async for and with": Case(
        "class A:\n    async def __aenter__(self): return self\n"
        "    async def __aexit__(self, *a): print('left')\n"
        "    async def __aiter__(self):\n        yield 1\n        yield 2\n"
        "async with A() as a:\n    [n async for n in a]\n[n async for n in a]"
    ),
    "gathered tasks": Case(
        "import asyncio\nasync def one(n):\n    await asyncio.sleep(0)\n    print(n)\n"
        "    return n\nawait asyncio.gather(one(1), one(2))"
    ),
    "an exception that was awaited": Case("async def f(): raise ValueError('v')\nawait f()"),
    # ------------------------------------------------ magics
    "%time": Case("%time sum(range(10))", vague=TIMES),
    "%%time": Case("%%time\nx = 1\nx", vague=TIMES),
    "%%bash": Case("%%bash\necho one\necho two >&2"),
    "a shell command": Case("!echo 'hello  world'"),
    "what a shell command wrote": Case("lines = !printf 'a\\nb\\n'\nlines"),
    "%who": Case("%who", before=("alpha = 1\nbeta = 'b'",)),
    "?": Case(
        "f?",
        before=("def f(x, y=2):\n    '''What f does.'''\n    return x",),
        vague=(r"<cell before0 #\d+>",),
    ),
    "%%capture": Case("%%capture said\nprint('caught')"),
    "an unknown magic": Case("%nonsense_magic"),
    # ------------------------------------------------ input
    "a line of input": Case(
        "name = input('Who? ')\nname", options={"stdin": lambda p, _: p + "!"}
    ),
    "a password": Case(
        "import getpass\ngetpass.getpass('Key: ')", options={"stdin": lambda p, s: f"{p}{s}"}
    ),
    "caught end of input": Case(
        "try:\n    input()\nexcept EOFError as e:\n    print('end', e)", options={"stdin": _no_more}
    ),
    "input that is no text": Case("input()", options={"stdin": _number}),
    "input from nobody": Case("import IPython.core.error\ninput('?')"),
    # ------------------------------------------------ ways to run
    "user expressions": Case(
        "x = 5", options={"user_expressions": {"good": "x + 1", "bad": "1 / 0", "odd": "("}}
    ),
    "user expressions after an error": Case("1 / 0", options={"user_expressions": {"x": "1"}}),
    "silent": Case("print('heard')\n5", options={"silent": True}),
    "without history": Case(
        "len(In), Out", before=("'first'",), options={"store_history": False}
    ),
    "in time": Case("'in time'", options={"timeout": 60}),
}  # fmt: skip
