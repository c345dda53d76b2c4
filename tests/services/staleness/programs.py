"""Random notebooks: small cells that share, change and delete things, run in any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import indent

from nbengine.models.notebook import Cell
from tests.services.staleness.oracle import PlainNotebook

Choose = Callable[[Sequence[str]], str]

PREAMBLE = """
a, b, c, d, e = 1, 2, [3, [4]], [[5], 6], {'k': [7]}
def f():
    return c
def g(x=a):
    d.append(x)
    return e
"""
PLACES = {"N": "abcde", "I": "ab", "L": "cd", "M": "e", "F": "fg"}
"""What is put in for a capital letter: any name, an integer's, a list's, a dictionary's, ..."""

COUNTER = """def F():
    n = N
    def inner():
        nonlocal n
        n = [n]
        return n
    return inner"""
BOX = """class F:
    shared = N
    def __init__(self):
        self.own = N
    def __str__(self):
        return str([self.own, N])"""
KEEPER = """class F:
    kept = []
    def __new__(cls):
        cls.kept.append(1)
        return cls.kept"""
HOLDER = """class F:
    def __init__(self):
        self.own = L
    def go(self):
        self.own.append(I)
        return self.own"""
GUARD = """class F:
    def __enter__(self):
        L.append(I)
    def __exit__(self, *_):
        return True"""
ORDINARY = (
    "I = 1", "I = 2", "I = I + 1", "I = I * 3", "I += I", "I = len(L)", "L = [I, [I]]", "L = []",
    "L = L + [I]", "L = L", "L = L[:]", "L = [L, I]", "L = [x for x in L]", "L.append(I)",
    "L.append([I])", "L.append(L[:1])", "L += [I]", "L[0] = I", "L[0] = [I]", "L.pop()",
    "L.clear()",
    "L.insert(0, I)", "L.reverse()", "M = {}", "M = {'k': L}", "M['k'] = I", "M['k'] = L[:2]",
    "M['l'] = [I]", "M.update(k=I)", "M = dict(M)", "M.setdefault('k', L)", "L = list(M)",
    "print(I)", "print(L)", "print(M)", "print(I, L)", "print(len(L), len(M))", "print(M['k'])",
    "print(L[0])", "print(str(L)[:4])", "I, I = I, I", "del M['k']", "del L[0]", "del N",
    "for i in range(I % 4):\n    L.append(i)", "if I > 2:\n    print(L)\nelse:\n    print(M)",
    "for x in L[:3]:\n    print(x)", "def F():\n    return I", "def F():\n    return L",
    "def F(x=I):\n    return [x, L]", "def F():\n    L.append(I)\n    return I",
    "def F():\n    global I\n    I += 1\n    return I", "def F():\n    return F()",
    "def F(x=L):\n    x.append(I)\n    return M", "F = lambda: L", "F = F", "print(F())", "F()",
    "I = F()", "L = F()", "M = {'k': F()}", "L.append(F())", "L.append(F)", "print(L[-1]())",
)  # fmt: skip
"""What ordinary cells do: most of these succeed most of the time."""

ODD = (
    "N = 1", "N = 2", "N = []", "N = [1, [2]]", "N = {}", "N = N", "N = N", "N = [N]",
    "N = {'k': N}", "N = [N, 1]", "N = N + 1", "N = N + [1]", "N = N[0]", "N = N['k']",
    "N = N[:]", "N = len(N)", "N = list(N)", "N += 1", "N += [N]", "N += N[:1]", "N.append(N)",
    "N.append(1)", "N[0] = N", "N[0].append(1)", "N['k'] = N", "N.update(k=1)", "N.pop()",
    "N.clear()", "del N", "del N[0]", "N, N = N, N", "print(N)", "print(N, N)", "print(len(N))",
    "print(sorted(map(str, [N, N])))", "for N in [N, 1]: pass",
    "for N in N[:2]:\n    N.append(1)", "[each.append(1) for each in N[:2]]", "if N:\n    N = 3",
    "if N:\n    N.append(2)\nelse:\n    print(N)",
    "try:\n    N = N[0]\nexcept Exception:\n    N = 0",
    "def F():\n    return N", "def F():\n    N.append(1)", "def F():\n    global N\n    N = 4",
    "def F():\n    global N\n    N += 1\n    return N", "def F(x=N):\n    return x",
    "def F(x=[]):\n    x.append(N)\n    print(x)", "def F():\n    return F()",
    "def F():\n    for each in N[:2]:\n        each.append(5)", "F = lambda: N",
    "F = lambda x=N: [x, N]",
    COUNTER, BOX, KEEPER,
    "N = F", "F = F", "N = F()", "print(F())", "F()", "N()", "print(N())", "N = N()", "N.append(F)",
    "F.shared.append(1)", "F.extra = N", "print(N.own)", "N.own = N", "N[0]()",
    "N = [F(), F]", "N = (lambda x: x)(N)", "(lambda x: x.append(7))(N)", "print([x for x in N])",
    "print(sum(x for x in N))", "exec('N = N')", "exec('N.append(3)')", "print(eval('N'))",
    "globals()['N'] = 6", "print('N' in globals())", "setattr(F, 'extra', N)",
)  # fmt: skip
"""What is hard to see through."""

OTHER = (
    "import math\nI = math.floor(I)", "from operator import add as F", "I = F(I, I)",
    "import copy\nL = copy.copy(L)", "import copy\nL = copy.deepcopy(L)",
    "import operator\noperator.iadd(L, [I])", "import operator\noperator.setitem(L, 0, I)",
    "import functools\nF = functools.partial(L.append, I)", "import heapq\nheapq.heapify(L)",
    "import types\nN = types.SimpleNamespace(q=L)", "N.q.append(I)", "N.q = I",
    "import collections\nN = collections.ChainMap(M)", "from builtins import *",
    "L = [I for I in L]", "L = [(I := x) for x in L[:2]]", "print((I := I + 1))",
    "L = [x for y in [L] for x in y]", "M = {k: I for k in 'kl'}", "print({I for _ in L})",
    "L = [lambda: I for _ in 'ab']", "print(any(I == x for x in L))",
    "L = sorted(L, key=str)", "L = list(filter(None, L))", "L = list(map(F, [I]))",
    "L[0:1] = [I]", "L[0] += [I]", "M['k'] += [1]", "M |= {'k': I}", "L *= 1", "del L[:1]",
    "exec('L.append(I)')", "exec('I = I + 1')", "eval('L.append(I)')", "globals().update(I=4)",
    "globals().pop('I', None)", "locals()['I'] = 3", "vars()['L'] = L", "del L, M",
    HOLDER, "N = F()", "N.go()", "print(N.go())",
    "class F:\n    @property\n    def p(self):\n        L.append(I)\n        return I",
    "print(F().p)", "class F:\n    def __len__(self):\n        L.append(1)\n        return I",
    "print(len(F()))", "class F:\n    def __getattr__(self, n):\n        return L",
    "F().x.append(I)", GUARD, "with F():\n    I = I + 1",
    "with F() as N:\n    raise ValueError", "def F():\n    yield from L", "print(list(N))",
    "N = (x for x in L)", "N = iter(L)", "print(next(N, None))", "N = zip(L, L)",
    "N = L.append", "N(I)", "N = L.pop", "N()", "def F(*a, **k):\n    return k or a",
    "print(F(I, *L[:1], **{'z': I}))", "N = F(L)",
    "def F(h):\n    def w(*a):\n        L.append(I)\n        return h(*a)\n    return w",
    "@F\ndef f():\n    return c",
    "def F():\n    def G():\n        global I\n        I = 9\n    return G", "F()()",
    "a, *b = [I, I, I]", "(a, b), c = [I, I], L", "c = d = L", "L[0], I = I, 5",
    "match L:\n    case [x, *N]:\n        print(x)\n    case _:\n        N = 0",
    "while I < 3:\n    L.append(I)\n    break", "I = 8\n1 / 0\nL = []",
    "L.append(I)\nraise ValueError",
    "I = I if I else L", "I and L.append(I)", "print(f'{L.append(I)}')", "I: int = 3",
    "def F(x: I) -> L:\n    return x", "list.append(L, I)", "dict.update(M, z=I)",
    "print(F.__defaults__)", "F.__defaults__ = (I,)", "M['f'] = lambda x=L: x.append(I)",
    "M['f']()", "print = print", "len = len", "sum = len", "del sum", "print(sum([1, 2]))",
)  # fmt: skip
"""Imports, comprehensions, protocols of classes, iterators, decorators, names of built-ins."""


def statement(choose: Choose, texts: Sequence[str]) -> str:
    """One of these statements with names put in for its places."""
    text = choose(texts)
    parts = []
    for at, character in enumerate(text):
        alone = not (text[at - 1 : at] + text[at + 1 : at + 2]).strip("_'").isalnum()
        stands = alone and not text[at + 1 : at + 2].isalnum() and not text[at - 1 : at].isalnum()
        places = PLACES.get(character, "") if stands else ""
        parts.append(choose(places) if places else character)
    return "".join(parts)


def source(choose: Choose, texts: Sequence[str]) -> str:
    """A cell of one to three statements, of which some may go wrong without ending the cell."""
    lines = [statement(choose, texts) for _ in range(int(choose("1123")))]
    attempt = "try:\n{}\nexcept Exception as error:\n    print(type(error).__name__)"
    return "\n".join(
        attempt.format(indent(line, "    ")) if choose("yyyn") == "y" else line for line in lines
    )


def build(choose: Choose, notebook: PlainNotebook, texts: Sequence[str]) -> None:
    """Fill the notebook with cells, and run the first one, which defines everything."""
    notebook.cells.append(Cell(id="c", source=PREAMBLE))
    notebook.run(notebook.cells[0])
    for number in range(int(choose("4567"))):
        notebook.cells.append(Cell(id=f"c{number}", source=source(choose, texts)))


def act(choose: Choose, notebook: PlainNotebook, texts: Sequence[str]) -> None:
    """Do one of the things that people do with a notebook."""
    cells = notebook.cells
    place = int(choose([str(n) for n in range(len(cells))]))
    match choose("rrrrrrremdbs"):
        case "r":
            notebook.run(cells[place])
        case "e":
            cells[place] = cells[place].model_copy(update={"source": source(choose, texts)})
        case "m":
            cells.append(cells.pop(place))
        case "d" if len(cells) > 2:
            del cells[place]
        case "b":
            notebook.go_back(int(choose([str(moment) for moment in notebook.moments])))
        case "s":
            notebook.restart()
