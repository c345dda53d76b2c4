"""Roads by which a cell changes what is in a notebook's variables."""

from __future__ import annotations

Case = tuple[list[str], str, str]
"""Cells before, the cell that changes something, and what is different after it."""
Table = dict[str, Case]

X = "x = [[n] for n in range(50)]"

# fmt: off
CODE: Table = {
    "function": ([X, "def f(): x.append(1)"], "f()", "len(x)"),
    "property elsewhere": (
        [X, "class B:\n    @property\n    def p(s): x.append(1)\nb=B()"],
        "b.p", "len(x)",
    ),
    "getattr": (
        [
            X,
            (
                "class B:\n    def __getattr__(s, n):\n"
                "        if n.startswith('_'): raise AttributeError\n        x.append(n)\nb=B()"
            ),
        ],
        "b.anything", "len(x)",
    ),
    "descriptor": (
        [X, "class D:\n    def __get__(s, i, o): x.append(1)\nclass B:\n    d=D()\nb=B()"],
        "b.d", "len(x)",
    ),
    "closure": (
        ["def make():\n    rows=[]\n    return lambda v: rows.append(v)\nf=make()"],
        "f(3)", "f.__closure__[0].cell_contents",
    ),
    "default argument": ([X, "def f(v, a=x): a.append(v)"], "f(3)", "len(x)"),
    "default argument unnamed": (["def f(v, a=[]): a.append(v)"], "f(3)", "f.__defaults__"),
    "iadd in function": ([X, "def f(a): a += [1]"], "f(x)", "len(x)"),
    "defaultdict read": (
        ["from collections import defaultdict\nm=defaultdict(list)"],
        "m[1]", "dict(m)",
    ),
    "bool": (
        [
            (
                "class M:\n    v=[]\n    def __bool__(s):\n        s.v.append(1)\n"
                "        return True\nm=M()"
            ),
        ],
        "y = 1 if m else 2", "M.v",
    ),
    "unpack": (
        [
            (
                "class M:\n    v=[]\n    def __iter__(s):\n        s.v.append(1)\n"
                "        return iter('ab')\nm=M()"
            ),
        ],
        "y, z = m", "M.v",
    ),
    "del inside container": (
        ["v=[]\nclass M:\n    def __del__(s): v.append(1)\nm=[M()]"],
        "m = None", "v",
    ),
    "repr of alias": (
        [X, "class M:\n    def __repr__(s):\n        x.append(1)\n        return 'M'\nm=M()"],
        "m", "len(x) > 50",
    ),
    "exitstack": (
        [X, "import contextlib\nst=contextlib.ExitStack()\nst.callback(x.append, 1)"],
        "st.close()", "len(x)",
    ),
    "generator advanced": (
        [X, "def g():\n    for v in x:\n        x[0].append(v)\n        yield\ngs=[g()]"],
        "next(gs[0])", "len(x[0])",
    ),
    "nonlocal": (
        [
            (
                "def make():\n    n=0\n    def up():\n        nonlocal n\n        n+=1\n"
                "        return n\n    return up\nf=make()"
            ),
        ],
        "f()", "f.__closure__[0].cell_contents",
    ),
    "global in function": (["n=0\ndef f():\n    global n\n    n+=1"], "f()", "n"),
    "global del in function": (
        ["n=[0]\ndef f():\n    global n\n    del n"],
        "f()", "'n' in globals()",
    ),
    "weak callback": (
        [
            (
                "class A: pass\na=A()\nv=[]\nimport weakref\n"
                "f=weakref.ref(a, lambda _: v.append(1))"
            ),
        ],
        "a = 1", "v",
    ),
    "del cycle gc": (
        [
            (
                "import gc; gc.disable()\nv=[]\nclass A:\n    def __del__(s): v.append(1)\n"
                "a=A(); a.me=a\ndel a"
            )
        ],
        "gc.collect(); gc.enable()", "v",
    ),
    "traceback kept frames": (
        [
            X,
            (
                "import sys\ndef f():\n    y=x\n    1/0\nerrs=[]\ntry: f()\n"
                "except Exception as e: errs.append(e.__traceback__)"
            ),
        ],
        "errs[0].tb_next.tb_frame.f_locals['y'].append(1)", "len(x)",
    ),
}
"""Through what a cell calls, or what runs when it asks for an attribute, an item, an operator."""

OBJECTS: Table = {
    "Out mutated": (["[1, 2]"], "Out[1].append(3)", "Out[1]"),
    "underscore mutated": (["[1, 2]"], "_.append(3)", "Out[1]"),
    "Out alias": (["rows=[1]\nrows"], "Out[1].append(3)", "rows, rows is Out[1]"),
    "Out item deleted": (["[1]"], "del Out[1]", "1 in Out"),
    "append alias in tuple": (["x=([],)\ny=x[0]"], "y.append(1)", "x"),
    "iterator zip": (["it=iter([1,2,3])\nj=it"], "list(zip('a', it));", "it.__reduce__()"),
    "bytesio": (["import io\ns=io.BytesIO()"], "s.write(b'hi')", "s.getvalue(), s.tell()"),
    "enum member attr": (
        ["import enum\nclass E(enum.Enum):\n    A=1\ne=E.A"],
        "e.extra=[1]", "E.A.extra",
    ),
    "dataclass field": (
        [
            (
                "from dataclasses import dataclass, field\n@dataclass\nclass D:\n"
                "    r: list = field(default_factory=list)\nd=D()"
            ),
        ],
        "d.r.append(1)", "d",
    ),
    "class assignment": (
        ["class A: pass\nclass B:\n    k=1\na=A()"],
        "a.__class__=B", "type(a).__name__, a.k",
    ),
    "function defaults": (["def f(a=1): return a\ng=[f]"], "g[0].__defaults__=(5,)", "f()"),
    "function code": (["def f(): return 1\ndef h(): return 2"], "f.__code__=h.__code__", "f()"),
    "class monkeypatch": (["class A:\n    def m(s): return 1\na=A()"], "A.m=lambda s: 2", "a.m()"),
    "closure cell contents": (
        ["def make():\n    n=1\n    return lambda: n\nf=make()"],
        "f.__closure__[0].cell_contents=7", "f()",
    ),
    "weakref": (
        ["class A: pass\na=A()\na.r=[0]*50\nimport weakref\nw=[weakref.ref(a)]"],
        "w[0]().r.append(1)", "len(a.r)",
    ),
    "weakvalue": (
        [
            (
                "class A: pass\na=A()\na.r=[0]*50\nimport weakref\n"
                "w=weakref.WeakValueDictionary(k=a)"
            ),
        ],
        "w['k'].r.append(1)", "len(a.r)",
    ),
    "getattr computed": (
        ["class A: pass\na=A()\na.rows=[0]*50\nimport types\nm=types.SimpleNamespace(a=a)"],
        "getattr(m, 'a').rows.append(1)", "len(a.rows)",
    ),
}
"""Through objects of Python and its standard library."""

BINDINGS: Table = {
    "walrus": (["n=0\nx=[1,2]"], "[n := v for v in x]", "n"),
    "walrus binds": (["n=[0]\nm=[]"], "(n := m)", "n is m"),
    "del loop": (
        ["a=1\nb=[1]"],
        "for k in ['a','b']: del globals()[k]", "'a' in globals(), 'b' in globals()",
    ),
    "import rebinding": (["math=[1]"], "import math", "type(math).__name__"),
    "swap": (["x=[1]\ny=[2]\nz=[x,y]"], "x, y = y, x", "x is z[1], y is z[0]"),
    "bind list of": (["x=[1]\ny=None"], "y = [x, x]", "x is y[0] is y[1]"),
    "del at shadow": (
        ["v=[]\nclass M:\n    def __del__(s): v.append(1)\nm=1\nk=M()"],
        "m = k; k = m; m = 2", "m",
    ),
    "sympy var": (["x=[1]*50", "import sympy"], "sympy.var('x');", "type(x).__name__"),
    "shell push": ([X], "get_ipython().push({'x': [1]})", "x"),
    "star import": ([X, "open('own_s.py','w').write('x=[7]')"], "from own_s import *", "x"),
}
"""By binding and deleting names."""

LIBRARIES: Table = {
    "rcParams list": (
        ["import matplotlib as mpl\nfonts=mpl.rcParams['font.sans-serif']"],
        "fonts.append('Mine')", "fonts[-1]",
    ),
    "lru_cache value": (
        ["import functools\n@functools.lru_cache\ndef f(k): return []\nr=f(1)"],
        "f(1).append(2)", "r",
    ),
    "logging handler list": (
        [
            (
                "import logging\nseen=[]\nclass H(logging.Handler):\n"
                "    def emit(s, r): seen.append(r.getMessage())\n"
                "logging.getLogger('mine2').addHandler(H())\n"
                "logging.getLogger('mine2').propagate=False"
            ),
        ],
        "import logging\nlogging.getLogger('mine2').warning('hi')", "seen",
    ),
    "pandas accessor": (
        [
            (
                "import pandas as pd\nseen=[]\n"
                "@pd.api.extensions.register_dataframe_accessor('mine_acc')\nclass A:\n"
                "    def __init__(s, d): seen.append(1)\ndf=pd.DataFrame({'a':[1]})"
            ),
        ],
        "df.mine_acc;", "seen",
    ),
    "df values": (
        [
            (
                "import pandas as pd\ndf=pd.DataFrame({'a':[1.,2.],'b':[3.,4.]})\n"
                "v=df._mgr.blocks[0].values"
            ),
        ],
        "v.flags.writeable=True; v[0,0]=99", "df.iloc[0,0]",
    ),
    "df inplace": (
        ["import pandas as pd\ndf=pd.DataFrame({'a':[2,1]})\nd=df"],
        "d.sort_values('a', inplace=True)", "list(df.a), df is d",
    ),
    "df attrs list": (
        ["import pandas as pd\ndf=pd.DataFrame({'a':[2,1]})\nl=[]\ndf.attrs['k']=l"],
        "l.append(1)", "df.attrs",
    ),
    "series array ext": (
        ["import pandas as pd\ns=pd.Series([1,2],dtype='Int64')\narr=s.array"],
        "arr[0]=9", "list(s), list(arr)",
    ),
    "df of objects": (
        [
            (
                "import pandas as pd\ndf=pd.DataFrame({'a':[[i] for i in range(50)]})\n"
                "cell=df.a[3]"
            ),
        ],
        "cell.append(5)", "df.a[3]",
    ),
    "np copyto": (
        ["import numpy as np\na=np.zeros(3_000_000)\nb={'k': a.reshape(2,-1)}"],
        "np.copyto(b['k'][1], 3)", "float(a[-1])",
    ),
    "flags": (
        ["import numpy as np\na=np.zeros(50_000)"],
        "a.flags.writeable=False", "a.flags.writeable",
    ),
    "shuffle": (
        ["import numpy as np\na=np.arange(50_000.)\nr=np.random.default_rng(1)"],
        "r.shuffle(a)", "float(a[0]), r.bit_generator.state",
    ),
    "bit generator shared": (
        ["import numpy as np\nb=np.random.PCG64(1)\nr=np.random.Generator(b)"],
        "r.random()", "b.state",
    ),
    "sparse": (
        ["import scipy.sparse as sp, numpy as np\nm=sp.csr_matrix(np.eye(5))\nd=m.data"],
        "d[0]=9", "float(m[0,0])",
    ),
    "structured field": (
        ["import numpy as np\na=np.zeros(5000,dtype=[('p','f8'),('q','f8')])\nq=a['q']"],
        "q[3]=4", "float(a[3]['q'])",
    ),
    "object array": (
        ["import numpy as np\nx=[0]*50\na=np.array([x,None],dtype=object)\nb=a[:1]"],
        "b[0].append(1)", "len(x), a[0] is x",
    ),
    "matplotlib artist": (
        [
            (
                "import matplotlib\nmatplotlib.use('agg')\nfrom matplotlib.figure import Figure\n"
                "fig=Figure()\nax=fig.subplots()\nline,=ax.plot([1,2])"
            ),
        ],
        "line.set_ydata([5,6])", "[float(v) for v in ax.lines[0].get_ydata()]",
    ),
    "own module keeps": (
        [
            X,
            (
                "open('own_k.py','w').write('held=[]\\ndef go(): held[0].append(1)')\n"
                "import own_k\nown_k.held.append(x)"
            ),
        ],
        "own_k.go()", "len(x)",
    ),
}
"""Through objects of other libraries, and what these remember."""

MEMORY: Table = {
    "frombuffer": (["import numpy as np\nb=bytearray(800)\na=np.frombuffer(b)"], "a[0]=1", "b[7]"),
    "memoryview": (
        ["b=bytearray(80000)\nimport numpy as np\na=np.asarray(memoryview(b))"],
        "a[0]=1", "b[0]",
    ),
    "array module": (
        [
            (
                "from array import array\na=array('d', [0]*20000)\nimport numpy as np\n"
                "n=np.frombuffer(a)"
            ),
        ],
        "n[5]=3", "a[5]",
    ),
    "ctypes memmove": (
        ["import numpy as np\na=np.zeros(20000)\nimport ctypes\naddr=a.ctypes.data"],
        "ctypes.memmove(addr, b'x'*8, 8)", "a[0]",
    ),
    "ctypes pointer": (
        [
            (
                "import numpy as np, ctypes\na=np.zeros(20000)\n"
                "p=a.ctypes.data_as(ctypes.POINTER(ctypes.c_double))"
            ),
        ],
        "p[3]=7.", "a[3]",
    ),
    "array interface": (
        ["import numpy as np\na=np.zeros(20000)\ni=a.__array_interface__"],
        "class F: __array_interface__=i\nnp.asarray(F())[0]=5", "a[0]",
    ),
    "readinto large": (
        [
            (
                "import numpy as np\na=np.zeros(20_000_000, np.uint8)\n"
                "open('f','wb').write(b'x'*9)"
            ),
            "y=1",
        ],
        "m=open('f','rb', buffering=0)\nm.readinto(a[10_000_000:]); m.close()",
        "int(a[10_000_000])",
    ),
    "bytearray same place": (
        ["b=bytearray(40_000_000)", "y=2"],
        "b.clear(); b.extend(bytes(20_000_000)+b'x'*20_000_000)", "b[39_999_999], len(b)",
    ),
    "memmap": (
        [
            (
                "import numpy as np\nm=np.memmap('mm',dtype='f8',mode='w+',shape=(100_000,))\n"
                "v=m[5:]"
            ),
        ],
        "v[0]=3; m.flush()", "float(m[5])",
    ),
}
"""Through memory that several objects look at."""

WAYS: Table = {
    "exec dict": ([X, "d={'x': x}\nexec('def g(): x.append(1)', d)\ng=d['g']"], "g()", "len(x)"),
    "exec defines function": ([X, "exec('def g(): x.append(1)')"], "g()", "len(x)"),
    "exec defines function through attribute": (
        [X, "class A: pass\na=A()", "exec('a.g = lambda: x.append(1)')"],
        "a.g()", "len(x)",
    ),
    "eval makes lambda": ([X, "g = eval('lambda: x.append(1)')"], "g()", "len(x)"),
    "exec redefines function": (
        [X, "def g(): pass", "exec('def g(): x.append(1)')"],
        "g()", "len(x)",
    ),
    "compile and FunctionType": (
        [X, "import types\ng=types.FunctionType(compile('x.append(1)','s','exec'), globals())"],
        "g()", "len(x)",
    ),
    "function with swapped code": (
        [X, "def g(): pass\ng.__code__ = compile('x.append(1)','s','exec')"],
        "g()", "len(x)",
    ),
    "kept namespace in dict": ([X, "ns = {'k': globals()}"], "ns['k']['x'].append(1)", "len(x)"),
    "kept namespace in class": ([X, "class A: ns = globals()"], "A.ns['x'].append(1)", "len(x)"),
    "kept namespace as partial": (
        [X, "import functools\ng=functools.partial(globals().get, 'x')"],
        "g().append(1)", "len(x)",
    ),
    "kept way in dict": ([X, "d={'g': globals}"], "d['g']()['x'].append(1)", "len(x)"),
    "way bound later": ([X, "def f(): g()['x'].append(1)", "g = globals"], "f()", "len(x)"),
    "main alias earlier": ([X, "import __main__ as m"], "m.x.append(1)", "len(x)"),
    "main in list": ([X, "import __main__ as m\nms=[m]\ndel m"], "ms[0].x.append(1)", "len(x)"),
    "sys.modules computed": (
        [X, "import sys\nms=[sys.modules]"],
        "ms[0]['__ma'+'in__'].x.append(1)", "len(x)",
    ),
    "frame kept": (
        [X, "import sys\nfr=[sys._getframe()]"],
        "fr[0].f_globals['x'].append(1)", "len(x)",
    ),
    "f_locals": (
        [
            X,
            (
                "def f():\n    y = x\n    import sys\n    return sys._getframe()\n"
                "def h(): f().f_locals['y'].append(1)"
            ),
        ],
        "h()", "len(x)",
    ),
    "gc objects": (
        [X],
        (
            "import gc\n"
            "found = [o for o in gc.get_objects() if type(o) is list and "
            "str(list(map(type, o[:1]))) == str([list]) and str(o[48:50]) == '[[48], [49]]']\n"
            "[o.append(1) for o in found];\ndel found"
        ),
        "len(x)",
    ),
    "user_ns kept": ([X, "ip=[get_ipython()]"], "ip[0].user_ns['x'].append(1)", "len(x)"),
    "run defines function": (
        [X, "open('s.py','w').write('def g(): x.append(1)')", "%run -i s.py"],
        "g()", "len(x)",
    ),
    "cell magic defines function": ([X, "%%time\ndef g(): x.append(1)"], "g()", "len(x)"),
    "capture magic defines function": ([X, "%%capture out\ndef g(): x.append(1)"], "g()", "len(x)"),
    "timeit string": (
        [X, "import timeit"],
        "timeit.timeit('import __main__; __main__.x.append(1)', number=1)", "len(x)",
    ),
    "cProfile": (
        [X, "import cProfile, io, contextlib"],
        "with contextlib.redirect_stdout(io.StringIO()): cProfile.run('x.append(1)')", "len(x)",
    ),
    "doctest": (
        [X, "def g():\n    '''\n    >>> x.append(1)\n    '''\nimport doctest"],
        "doctest.testmod();", "len(x)",
    ),
    "mock patch dict": (
        ["x={'k': 1}", "from unittest import mock"],
        "mock.patch.dict('__main__.x', {'k': 2}).start();", "x",
    ),
    "pkgutil resolve": (
        [X, "import pkgutil"],
        "pkgutil.resolve_name('__main__:x').append(1)", "len(x)",
    ),
    "own module main": (
        [X, "open('own_m.py','w').write('import __main__\\ndef go(): __main__.x.append(1)')"],
        "import own_m\nown_m.go()", "len(x)",
    ),
    "own module frame": (
        [
            X,
            (
                "open('own_f.py','w').write('import sys\\ndef go(): "
                'sys._getframe(1).f_globals["x"].append(1)\')\nimport own_f'
            ),
        ],
        "own_f.go()", "len(x)",
    ),
    "own module imports main": (
        [X, "open('own_i.py','w').write('from __main__ import x\\nx.append(1)')"],
        "import own_i", "len(x)",
    ),
    "format string": (
        [
            (
                "class M:\n    def __init__(s): s.v=[0]*50\n    def __format__(s, f):\n"
                "        s.v.append(1)\n        return ''\nx=M()\ndef f(): pass"
            ),
        ],
        "'{0.__globals__[x]}'.format(f);", "len(x.v)",
    ),
    "attrgetter": (
        [X, "import operator, __main__\nget=operator.attrgetter('x')\nhold=[__main__]"],
        "get(hold[0]).append(1)", "len(x)",
    ),
    "code module": (
        [X, "import code\ni=code.InteractiveInterpreter(globals())"],
        "i.runsource('x.append(1)')", "len(x)",
    ),
    "pickle by name": (
        [X, "def g(): x.append(1)\nimport pickle\nb=pickle.dumps(g)"],
        "pickle.loads(b)()", "len(x)",
    ),
    "typed get_type_hints": (
        [X, "import typing\ndef g(a: 'x.append(1)'): pass"],
        "try: typing.get_type_hints(g)\nexcept Exception: pass", "len(x)",
    ),
}
"""Without the name, or by code that is in no cell."""
# fmt: on

ROADS = CODE | OBJECTS | BINDINGS | LIBRARIES | MEMORY | WAYS
