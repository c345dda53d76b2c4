"""Values of the libraries that notebooks are written with come back as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from .round_trip import brought_back, case, round_trip, saved_again

NUMPY = (
    case(
        "views",
        """
        import numpy as np
        a = np.arange(20000.)
        v, w, step, back = a[10:20], a[15:25], a[::2], a[::-1]
        grid = a.reshape(100, 200)
        turned, one = grid.T, a[3:4].reshape(())
        """,
        "(a.__setitem__(slice(0, 20), 99), v[0], w[0], step[5], back[-1], grid[0, 15], "
        "turned[15, 0],"
        " one[()])[1:] == (99.,) * 7 and v.base is a and np.shares_memory(v, w)"
        " and turned.flags.f_contiguous and back.strides == (-8,)",
    ),
    case(
        "small views",
        "import numpy as np\na = np.zeros((3, 4), order='F')\nv = a[1:, 2:]\nnone = a[:0]",
        "(a.__setitem__((1, 2), 5), v[0, 0])[1] == 5 and a.flags.f_contiguous"
        " and none.shape == (0, 4)",
    ),
    case(
        "views of objects",
        "import numpy as np\nx = [1]\na = np.array([x, None, 'a'], dtype=object)\nv, "
        "r = a[1:], a[::-1]",
        "a[0] is x and (a.__setitem__(1, 5), v[0], r[1])[1:] == (5, 5)",
    ),
    case(
        "read-only",
        """
        import numpy as np
        a = np.arange(100000)
        v = a[1:]
        v.flags.writeable = False
        ro = np.arange(100000)
        ro.flags.writeable = False
        """,
        "a.flags.writeable and not v.flags.writeable and not ro.flags.writeable"
        " and (a.__setitem__(1, 7), v[0])[1] == 7",
    ),
    case(
        "structured arrays and their fields",
        "import numpy as np\na = np.zeros(3, dtype=[('x', '<i4'), ('y', 'f8', (2,))])\nx = a['x']\n"
        "r = np.rec.array([(1, 2.)], dtype=[('a', int), ('b', float)])",
        "(x.__setitem__(1, 5), a[1]['x'])[1] == 5 and a.dtype.names == ('x', 'y') and r.a[0] == 1"
        " and type(r) is np.recarray",
    ),
    case(
        "memory of other objects",
        "import numpy as np\nb = bytearray(80000)\na = np.frombuffer(b)\n"
        "fixed = np.frombuffer(b'x' * 80)",
        "(a.__setitem__(0, 1.), b[7])[1] == 63 and not fixed.flags.writeable",
    ),
    case(
        "kinds of arrays",
        """
        import numpy as np
        big = np.array([1, 2], dtype='>i4')
        zero, empty = np.array(3.5), np.zeros((0, 3))
        dates = np.array(['2024-01-01', 'NaT'], dtype='datetime64[D]')
        text = np.array(['a', 'bc'])
        strings = np.array(['a', 'long' * 10], dtype=np.dtypes.StringDType())
        scalar, kind = np.float32(1.5), np.dtype('int16')
        m = np.ma.array([1, 2, 3], mask=[0, 1, 0])
        x = np.zeros(5)
        over = np.ma.array(x, copy=False)
        mat = np.matrix([[1, 2]])
        """,
        "big.dtype.byteorder == '>' and big[1] == 2 and zero.shape == () and empty.shape == (0, 3)"
        " and str(dates[0]) == '2024-01-01' and text[1] == 'bc' and strings[1] == 'long' * 10"
        " and type(scalar) is np.float32 and kind == np.int16 and m.sum() == 4"
        " and (x.__setitem__(0, 9), over[0])[1] == 9 and type(mat) is np.matrix",
    ),
    case(
        "random generators",
        "import numpy as np\ng = np.random.default_rng(1)\ng.random()\n"
        "second = np.random.default_rng(1)\nsecond.random()\nold = np.random.RandomState(3)",
        "g.random() == second.random() and old.rand() == np.random.RandomState(3).rand()",
    ),
    case(
        "a subclass from a cell",
        """
        import numpy as np
        class A(np.ndarray):
            def __array_finalize__(self, of): self.unit = getattr(of, 'unit', None)
            def __reduce__(self):
                make, args, state = super().__reduce__()
                return make, args, (*state, self.unit)
            def __setstate__(self, state):
                super().__setstate__(state[:-1])
                self.unit = state[-1]
        a = np.arange(3.).view(A)
        a.unit = 'm'
        """,
        "type(a) is A and a.unit == 'm' and a.sum() == 3",
    ),
    case(
        "functions",
        "import numpy as np\nf = np.vectorize(lambda x: x + 1)\nu, d = np.add, np.poly1d([1, 2])",
        "f([1])[0] == 2 and u is np.add and d(1) == 3",
    ),
)

PANDAS = (
    case(
        "over an array",
        "import pandas as pd, numpy as np\na = np.zeros((1000, 20))\ndf = pd.DataFrame(a, "
        "copy=False)",
        "(a.__setitem__((0, 0), 5), df.iloc[0, 0])[1] == 5",
    ),
    case(
        "frames that share until one is changed",
        """
        import pandas as pd
        df = pd.DataFrame({'a': [1, 2, 3], 'b': [4, 5, 6]})
        same, column, later = df[:], df['a'], df.rename(columns=str.upper)
        """,
        "(df.__setitem__('a', 0) or df.loc.__setitem__((0, 'b'), 99), same.loc[0, 'b'],"
        " later.loc[0, 'B'], column[0])[1:] == (4, 4, 1)",
    ),
    case(
        "a column that is changed",
        "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3]})\ns = df['a']",
        "(s.__setitem__(0, 9), df.loc[0, 'a'])[1] == 1",
    ),
    case(
        "an index that shares with a column",
        "import pandas as pd\ni = pd.Index([1, 2, 3])\ns = pd.Series(i)",
        "(s.__setitem__(0, 9), i[0])[1] == 1",
    ),
    case(
        "kinds of columns",
        """
        import pandas as pd
        df = pd.DataFrame({'c': pd.Categorical(['a', 'b'], ordered=True), 's': ['x', None],
                           't': pd.date_range('2024', periods=2, tz='Europe/Vienna'),
                           'i': pd.array([1, None], dtype='Int64'), 'o': [[1], {2}],
                           'p': pd.period_range('2024', periods=2, freq='M')})
        df.attrs['unit'] = 'm'
        twin = df.copy()
        m = df.set_index(['c', 's'])
        n = pd.NA
        """,
        "df.equals(twin) and df.c.cat.ordered and str(df.t.dt.tz) == 'Europe/Vienna'"
        " and df.i[1] is pd.NA is n and df.attrs == {'unit': 'm'} and m.index.names == ['c', 's']"
        " and df.s.dtype == twin.s.dtype and df.o[1] == {2}",
    ),
    case(
        "an index under two frames",
        "import pandas as pd\ni = pd.MultiIndex.from_product([[1, 2], list('ab')])\n"
        "a, b = pd.Series(1, index=i), pd.Series(2, index=i)",
        "a.index is b.index is i",
    ),
    case(
        "groups and windows",
        "import pandas as pd\ndf = pd.DataFrame({'k': [1, 1, 2], 'v': [1, 2, 3]})\n"
        "g, r = df.groupby('k'), df.v.rolling(2)",
        "list(g.v.sum()) == [3, 3] and r.sum()[2] == 5",
    ),
)

OTHERS = (
    case(
        "polars",
        "pl = __import__('pytest').importorskip('polars')\n"
        "df = pl.DataFrame({'a': [1, 2], 'b': ['x', None]})\nlazy, "
        "e = df.lazy().filter(pl.col('a') > 1), pl.col('a')",
        "df['a'].sum() == 3 and lazy.collect().height == 1 and df.select(e).width == 1",
    ),
    case(
        "pyarrow",
        "pa = __import__('pytest').importorskip('pyarrow')\n"
        "t = pa.table({'x': list(range(100000)), 's': ['a'] * 100000})\nc = t['x']",
        "t.num_rows == 100000 and c[5].as_py() == 5 and t.schema.names == ['x', 's']",
    ),
    case(
        "scipy",
        """
        __import__('pytest').importorskip('scipy')
        import numpy as np, scipy.sparse as sp, scipy.stats as st, scipy.interpolate as si
        m, n = sp.csr_matrix(np.eye(50)), sp.coo_array(([1.], ([0], [1])), shape=(2, 2))
        d, f = st.norm(1, 2), si.interp1d([0, 1], [0, 2])
        """,
        "m.sum() == 50 and n.toarray()[0, 1] == 1 and d.mean() == 1 and f(.5) == 1",
    ),
    case(
        "scikit-learn",
        """
        __import__('pytest').importorskip('sklearn')
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.linear_model import LinearRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import FunctionTransformer, StandardScaler
        twice = FunctionTransformer(lambda x: x * 2)
        p = make_pipeline(StandardScaler(), twice, LinearRegression())
        p.fit([[1.], [2.], [3.]], [1., 2., 3.])
        forest = RandomForestClassifier(5, random_state=1).fit([[1], [2]], [0, 1])
        """,
        "round(p.predict([[4.]])[0]) == 4 and forest.predict([[2]])[0] in (0, 1)",
    ),
    case(
        "statsmodels",
        """
        __import__('pytest').importorskip('statsmodels')
        import numpy as np, pandas as pd, statsmodels.api as sm, statsmodels.formula.api as smf
        df = pd.DataFrame({'x': [1., 2, 3, 5] * 3, 'y': [1., 2, 3, 4] * 3})
        r = sm.OLS(df.y, sm.add_constant(df.x)).fit()
        f = smf.ols('y ~ x', df).fit()
        """,
        "len(r.params) == 2 and abs(f.predict(pd.DataFrame({'x': [4.]}))[0] - r.predict([1, 4])[0])"
        " < 1e-9 and 'OLS' in str(f.summary().tables[0])",
    ),
    case(
        "sympy",
        """
        sp = __import__('pytest').importorskip('sympy')
        x, n, d = sp.Symbol('x', positive=True), sp.symbols('n', integer=True), sp.Dummy('d')
        f = sp.Function('f')
        e = sp.sqrt(x**2) + sp.integrate(sp.sin(n), n) + d
        eq = sp.Eq(f(x), 2)
        """,
        "x.is_positive and sp.sqrt(x**2) == x and d in e.free_symbols and eq.lhs == f(x)"
        " and e.subs({x: 1, n: 0, d: 0}) == 0",
    ),
    case(
        "networkx",
        "nx = __import__('pytest').importorskip('networkx')\nclass A: pass\na = A()\n"
        "g = nx.DiGraph()\ng.add_edge(a, 'b', weight=2)\nv, u = g.nodes, g.to_undirected()",
        "g.edges[a, 'b']['weight'] == 2 and v is g.nodes and u.number_of_edges() == 1",
    ),
)

TENSORS = (
    case(
        "torch",
        """
        torch = __import__('pytest').importorskip('torch')
        a = torch.arange(6.).reshape(2, 3)
        v, w = a[1], torch.ones(2, requires_grad=True)
        net = torch.nn.Linear(3, 1)
        made = torch.Generator().manual_seed(1)
        """,
        "(v.mul_(2), a[1, 2])[1] == 10 and w.requires_grad and net(a).shape == (2, 1)"
        " and torch.rand(1, generator=made) == torch.rand(1, generator=torch.Generator()"
        ".manual_seed(1))",
    ),
)

PICTURES = (
    case(
        "matplotlib",
        """
        from matplotlib.figure import Figure
        fig = Figure()
        ax, other = fig.subplots(2)
        line, = ax.plot([1, 2])
        text, bars = ax.set_title('t'), other.bar([1, 2], [3, 4])
        """,
        "ax.figure is fig and fig.axes == [ax, other] and ax.lines[0] is line and line.axes is ax"
        " and ax.title is text and other.containers[0] is bars and fig.canvas is not None",
    ),
    case(
        "pyplot",
        """
        import matplotlib
        matplotlib.use('agg')
        import matplotlib.pyplot as plt
        fig, ax = plt.subplots()
        ax.plot([1, 2])
        ax.imshow([[1, 2]])
        plt.close(fig)
        """,
        "ax.figure is fig and len(ax.lines) == 1 and plt.get_fignums() == []",
    ),
    case(
        "seaborn",
        """
        import matplotlib
        matplotlib.use('agg')
        sns = __import__('pytest').importorskip('seaborn')
        import matplotlib.pyplot as plt, pandas as pd
        df = pd.DataFrame({'x': [1, 2, 3], 'y': [1, 4, 9], 'k': list('aab')})
        grid = sns.FacetGrid(df, col='k').map(plt.plot, 'x', 'y')
        plt.close('all')
        """,
        "grid.axes.shape == (1, 2) and grid.figure.axes[0] is grid.axes[0, 0]",
    ),
    case(
        "plotly",
        "import plotly.graph_objects as go\nfig = go.Figure(go.Scatter(y=[1, 2]))\n"
        "fig.update_layout(title='t')",
        "fig.layout.title.text == 't' and list(fig.data[0].y) == [1, 2]",
    ),
)

PYDANTIC = (
    case(
        "models",
        """
        import pydantic
        from typing import Generic, TypeVar
        class Part(pydantic.BaseModel):
            n: int = 1
        class Whole(pydantic.BaseModel):
            model_config = pydantic.ConfigDict(validate_assignment=True)
            name: str
            parts: list[Part] = []
            _private: int = pydantic.PrivateAttr(5)
            @pydantic.field_validator('name')
            @classmethod
            def upper(cls, value): return value.upper()
            @pydantic.model_validator(mode='after')
            def known(self):
                if self.name == 'BAD': raise ValueError('bad')
                return self
            @pydantic.computed_field
            @property
            def size(self) -> int: return len(self.parts)
            @pydantic.field_serializer('name')
            def lower(self, value): return value.lower()
        T = TypeVar('T')
        class Box(pydantic.BaseModel, Generic[T]):
            content: T
        class Tree(pydantic.BaseModel):
            children: list['Tree'] = []
        w = Whole(name='a', parts=[{'n': '3'}])
        b = Box[int](content='4')
        t = Tree(children=[Tree()])
        """,
        "w == Whole(name='a', parts=[Part(n=3)]) and w.name == 'A' and w.size == 1"
        " and w.model_dump() == {'name': 'a', 'parts': [{'n': 3}], 'size': 1} and w._private == 5"
        " and b.content == 4 and type(b) is Box[int]"
        " and Tree.model_validate({'children': [{}]}) == t"
        " and 'size' in Whole.model_computed_fields"
        " and Whole.model_json_schema()['required'] == ['name']",
    ),
    case(
        "pydantic dataclasses and adapters",
        """
        import pydantic
        @pydantic.dataclasses.dataclass
        class D:
            x: int
        d = D('3')
        a = pydantic.TypeAdapter(list[int])
        """,
        "d.x == 3 and D('4').x == 4 and a.validate_python(['1']) == [1]",
    ),
    case(
        "attrs",
        """
        attrs = __import__('pytest').importorskip('attrs')
        @attrs.define
        class A:
            x: int = attrs.field(converter=int)
            y: list = attrs.field(factory=list)
            @x.validator
            def positive(self, attribute, value):
                if value < 0: raise ValueError(value)
        @attrs.frozen
        class F:
            x: int = 1
        a, f = A('3'), F()
        """,
        "a == A(3) and a.y == [] and attrs.asdict(a) == {'x': 3, 'y': []} and f == F(1)"
        " and hash(f) == hash(F(1)) and repr(a) == 'A(x=3, y=[])'",
    ),
)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("source, check", NUMPY)
def test_arrays_come_back(source: str, check: str) -> None:
    """An array has its form, its flags, and shares its memory with whom it did."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


@pytest.mark.parametrize("source, check", PANDAS)
def test_frames_come_back(source: str, check: str) -> None:
    """A frame has its columns, and is changed without others noticing just when it was before."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


@pytest.mark.parametrize("source, check", [*OTHERS, *TENSORS, *PICTURES, *PYDANTIC])
def test_values_of_libraries_come_back(source: str, check: str) -> None:
    """What a library computed or drew goes on as before."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


def test_mapped_files_are_mapped_again(tmp_path: Path) -> None:
    """An array over a file is one again, with its slices, and writes to the same file."""
    path = tmp_path / "numbers"
    restored = round_trip(
        f"import numpy as np\nm = np.memmap({str(path)!r}, dtype='f8', mode='w+', shape=(10, 10))\n"
        "m[0, 0] = 3\nv = m[0, 1:]\nplain = np.asarray(m)\nm.flush()"
    )
    assert restored.holds(
        "m[0, 0] == 3 and m.mode == 'r+' and type(v) is np.memmap"
        " and m.filename.endswith('numbers')"
        " and (m.__setitem__((0, 1), 5), v[0], plain[0, 1])[1:] == (5, 5)"
    )
    assert len(restored.pickled.data) < 2000


def test_large_memory_stays_out_of_the_pickle() -> None:
    """Arrays and frames are buffers beside the pickle, each once however many views there are."""
    pickled = round_trip(
        "import numpy as np, pandas as pd\na = np.zeros(100_000)\nv = a[5:]\n"
        "r = a.reshape(100, -1)\n"
        "df = pd.DataFrame({'x': np.arange(100_000)})"
    ).pickled
    assert sorted(buffer.raw().nbytes for buffer in pickled.buffers) == [800_000, 800_000]
    assert len(pickled.data) < 10_000


def test_buffers_come_back_as_writable_as_they_were() -> None:
    """Only what could not be written to before cannot be written to now."""
    restored = round_trip(
        "import numpy as np\nfree, fixed = np.zeros(100_000), np.ones(100_000)\n"
        "fixed.flags.writeable = False"
    )
    assert [buffer.raw().readonly for buffer in restored.pickled.buffers] == [False, True]
    assert restored.holds("free.flags.writeable and not fixed.flags.writeable")


def test_what_came_back_is_saved_as_it_was() -> None:
    """A second trip keeps the views and the memory that the first one brought back."""
    first = round_trip(
        "import numpy as np, pandas as pd\na = np.arange(100_000.)\nv = a[10:]\n"
        "df = pd.DataFrame({'x': np.arange(100_000)})\nsame = df[:]"
    )
    second = brought_back(saved_again(first.main))
    assert second.holds("v.base is a and (a.__setitem__(15, -1), v[5])[1] == -1")
    assert second.holds("(df.__setitem__('x', -1), same.x[1])[1] == 1")
    sizes = [[b.raw().nbytes for b in restored.pickled.buffers] for restored in (first, second)]
    assert sizes == [[800_000, 800_000]] * 2


def test_a_figure_that_nobody_changed_is_saved_as_before() -> None:
    """Pickling it leaves no trace in it."""
    main = round_trip(
        "from matplotlib.figure import Figure\nfig = Figure()\nax = fig.subplots()"
    ).main
    first, second = saved_again(main), saved_again(main)
    assert first.data == second.data
