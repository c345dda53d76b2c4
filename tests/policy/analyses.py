"""Cells as analysts write them, by name; each runs alone, after `PREPARATION`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

DATA: Final = "penguins.csv"

PREPARATION: Final = """
import numpy as np
import pandas as pd
rng = np.random.default_rng(7)
n = 60
df = pd.DataFrame({
    "species": rng.choice(["Adelie", "Gentoo", "Chinstrap"], n),
    "island": rng.choice(["Biscoe", "Dream"], n),
    "mass": rng.normal(4200, 500, n).round(1),
    "flipper": rng.normal(200, 12, n).round(1),
    "day": pd.date_range("2024-01-01", periods=n),
})
"""

ANALYSES: Final[dict[str, str]] = {
    "pandas read a file": f"df2 = pd.read_csv('{DATA}')\ndf2.describe()",
    "pandas groupby mean": "df.groupby('species')[['mass', 'flipper']].mean()",
    "pandas groupby agg": """
df.groupby('species').agg(
    mean_mass=('mass', 'mean'), spread=('flipper', lambda s: s.max() - s.min()), n=('mass', 'size')
)
""".replace("'size'", "'count'"),
    "pandas agg lists": "df[['mass', 'flipper']].agg(['mean', 'std', np.median])",
    "pandas agg dict": "df.groupby('island').agg({'mass': ['min', 'max'], 'flipper': 'median'})",
    "pandas item assignment": """
df['ratio'] = df['mass'] / df.flipper
df.loc[df.ratio > 21, 'heavy'] = True
df['ratio'] += 1
df.iloc[0, 2] *= 2
df.heavy.notna().sum()
""",
    "pandas query": "low = 4000\ndf.query('mass > @low and species == \"Adelie\"').shape",
    "pandas query methods": "df.query('species.str.startswith(\"A\") and mass > mass.mean()')",
    "pandas query backticks": """
df.rename(columns={'mass': 'body mass'}).query('`body mass` < 4000')
""",
    "pandas eval": "df.eval('density = mass / flipper\\nbig = density > 20').head()",
    "pandas pd.eval": "a = df.mass\npd.eval('a * 2 + 1').sum()",
    "pandas pivot": """
df.pivot_table(values='mass', index='species', columns='island', aggfunc='median')
""",
    "pandas crosstab": "pd.crosstab(df.species, df.island, normalize='index')",
    "pandas merge": """
info = pd.DataFrame({'species': ['Adelie', 'Gentoo'], 'latin': ['P. adeliae', 'P. papua']})
df.merge(info, how='left', on='species').latin.value_counts(dropna=False)
""",
    "pandas apply": """
def size_class(row):
    match row:
        case {'mass': m} if m > 4500:
            return 'large'
        case _:
            return 'small'
df.apply(size_class, axis=1).value_counts()
""",
    "pandas transform": """
df['z'] = df.groupby('species')['mass'].transform(lambda s: (s - s.mean()) / s.std())
df.z.describe()
""",
    "pandas resample": "df.set_index('day')['mass'].resample('W').agg(['mean', 'count']).tail(3)",
    "pandas rolling": "df.set_index('day').mass.rolling(7).mean().dropna().head()",
    "pandas strings": "df.species.str.upper().str[:3].str.cat(df.island, sep='-').head(3).tolist()",
    "pandas dates": "df.assign(month=df.day.dt.month_name()).groupby('month', sort=False).size()",
    "pandas melt": """
df.melt(id_vars='species', value_vars=['mass', 'flipper']).groupby('variable').value.std()
""",
    "pandas text out": """
print(df.head(2).to_csv(index=False))
print(df.head(2).to_string())
df.head(2).to_json()
""",
    "pandas style": "df.head(3).style.format({'mass': '{:.0f}'}).to_html(table_uuid='t')",
    "pandas options": """
pd.options.display.max_rows = 8
with pd.option_context('display.precision', 1):
    print(df)
""",
    "numpy linear algebra": """
A = rng.normal(size=(4, 4)); b = np.ones(4)
A[0, 0] += 5
x = np.linalg.solve(A, b)
np.allclose(A @ x, b), float(np.linalg.det(A))
""",
    "numpy masks": """
x = np.arange(12).reshape(3, 4)
x[x % 2 == 0] = -1
x[:, 1] -= 7
x.sum(axis=0), x.mean(), x.T
""",
    "numpy structured": """
a = np.array([(1, 2.5)], dtype=[('i', int), ('f', float)])
a['f'] *= 2
a['f'], f'{a[0][1]:.2f}'
""",
    "numpy fft": """
t = np.linspace(0, 1, 64, endpoint=False)
np.abs(np.fft.rfft(np.sin(2 * np.pi * 5 * t))).argmax()
""",
    "numpy from memory": "import io\nnp.loadtxt(io.StringIO('1 2\\n3 4')).sum()",
    "scipy t test": """
from scipy import stats
groups = [g.mass.to_numpy() for _, g in df.groupby('island')]
stats.ttest_ind(*groups, equal_var=False)
""",
    "scipy distributions": """
from scipy import stats
stats.norm(loc=1, scale=2).cdf([0, 1, 2]), stats.norm.fit(df.mass)
""",
    "scipy optimize": """
from scipy.optimize import curve_fit, minimize
x = np.linspace(0, 4, 30)
popt, _ = curve_fit(lambda x, a, b: a * np.exp(-b * x), x, 2.5 * np.exp(-1.3 * x))
res = minimize(lambda p: (p[0] - 1) ** 2 + (p[1] + 2) ** 2, x0=[0, 0])
popt.round(3), res.x.round(3), res.success
""",
    "scipy integrate": "from scipy import integrate\nintegrate.quad(np.sin, 0, np.pi)[0]",
    "scipy interpolate": """
from scipy.interpolate import CubicSpline
float(CubicSpline([0, 1, 2], [0, 1, 4])(1.5))
""",
    "statsmodels formula": """
import statsmodels.formula.api as smf
fit = smf.ols('mass ~ flipper + C(species)', data=df).fit()
print(fit.params.round(4))
""",
    "statsmodels own numpy in formula": """
import statsmodels.formula.api as smf
scale = 3
fit = smf.ols('np.log(mass) ~ I(flipper / scale) + island', df).fit()
fit.rsquared
""",
    "statsmodels arrays": """
import statsmodels.api as sm
X = sm.add_constant(df[['flipper']])
sm.OLS(df.mass, X).fit().pvalues
""",
    "statsmodels anova": """
import statsmodels.api as sm
from statsmodels.formula.api import ols
sm.stats.anova_lm(ols('mass ~ species', data=df).fit(), typ=2)
""",
    "sklearn pipeline": """
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
cross_val_score(model, df[['mass', 'flipper']], df.species, cv=3).round(4)
""",
    "sklearn clusters": """
from sklearn.cluster import KMeans
km = KMeans(n_clusters=3, n_init=2, random_state=0).fit(df[['mass', 'flipper']])
np.bincount(km.labels_)
""",
    "sklearn forest": """
from sklearn.ensemble import RandomForestRegressor
forest = RandomForestRegressor(n_estimators=10, random_state=1).fit(df[['flipper']], df.mass)
forest.score(df[['flipper']], df.mass)
""",
    "sklearn own transformer": """
from sklearn.base import BaseEstimator, TransformerMixin
class Centre(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        self.mean_ = X.mean()
        return self
    def transform(self, X):
        return X - self.mean_
Centre().fit_transform(df[['mass']]).abs().max()
""",
    "sklearn own data": """
from sklearn.datasets import load_iris
load_iris(as_frame=True).frame.groupby('target').mean()
""",
    "matplotlib lines": """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(4, 3))
ax.plot(df.day, df.mass, label='mass')
ax.set(title='Mass', xlabel='day')
ax.legend()
plt.show()
""",
    "matplotlib grid": """
import matplotlib.pyplot as plt
fig, axes = plt.subplots(1, 2, sharey=True)
for ax, (name, group) in zip(axes, df.groupby('island')):
    ax.hist(group.mass, bins=8); ax.set_title(name)
fig.tight_layout()
""",
    "matplotlib settings": """
import matplotlib.pyplot as plt
plt.rcParams['figure.dpi'] = 60
with plt.style.context('ggplot'):
    df.plot.scatter('flipper', 'mass')
""",
    "matplotlib to memory": """
import io
import matplotlib.pyplot as plt
buffer = io.BytesIO()
plt.plot([1, 2]); plt.savefig(buffer, format='png'); plt.close()
len(buffer.getvalue()) > 1000
""",
    "seaborn": """
import seaborn as sns
ax = sns.boxplot(data=df, x='species', y='mass', hue='island')
ax.set_title('box')
""",
    "seaborn facets": """
import seaborn as sns
g = sns.relplot(data=df, x='flipper', y='mass', col='island', height=2)
g.set_titles('{col_name}')
""",
    "plotly express": """
import plotly.express as px
px.scatter(df, x='flipper', y='mass', color='species', trendline='ols')
""",
    "plotly objects": """
import plotly.graph_objects as go
fig = go.Figure(go.Bar(x=['a', 'b'], y=[1, 3]))
fig.update_layout(title='bars')
fig.layout.title.font.size = 20
fig.show()
""",
    "dataclasses": """
from dataclasses import dataclass, field
@dataclass(order=True)
class Sample:
    name: str
    values: list[float] = field(default_factory=list)
    weight: "float | None" = None
    @property
    def mean(self) -> float:
        return sum(self.values) / len(self.values)
s = Sample('a', [1, 2, 3]); s.weight = 2; s.weight += .5
s, s.mean, s == Sample('a', [1, 2, 3], 2.5)
""",
    "classes": """
from abc import ABC, abstractmethod
from enum import Enum
class Kind(Enum):
    A = 1
    B = 2
class Shape(ABC):
    count = 0
    def __init__(self, name):
        self._name = name
        self.__secret = 3
        Shape.count += 1
    @abstractmethod
    def area(self): ...
    @property
    def name(self): return self._name
    @classmethod
    def make(cls, *args, **kwargs): return cls(*args, **kwargs)
    @staticmethod
    def unit(): return 1
    def __repr__(self): return f'{type(self).__name__}({self._name!r}, {self.__secret})'
    def __lt__(self, other): return self.area() < other.area()
class Square(Shape):
    def __init__(self, side):
        super().__init__('square')
        self.side = side
    def area(self): return self.side ** 2
shapes = sorted([Square.make(3), Square(side=2)])
print(shapes, Shape.count, Kind['A'], Kind.B.value)
isinstance(shapes[0], Shape), getattr(shapes[0], 'side')
""",
    "generators": """
import contextlib, functools, itertools
from collections import Counter, defaultdict, namedtuple
@functools.lru_cache(maxsize=None)
def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def pairs(items):
    it = iter(items)
    while (first := next(it, None)) is not None:
        yield first, (yield from ())
@contextlib.contextmanager
def doubled(x):
    yield x * 2
Point = namedtuple('Point', 'x y')
counts = defaultdict(int)
for k, *rest in [(1, 2, 3), (4, 5)]:
    counts[k] += len(rest)
with doubled(21) as answer, contextlib.suppress(KeyError):
    {}['missing']
print([fib(i) for i in range(10)], list(itertools.islice(pairs('abc'), 2)), answer)
dict(counts), Point(1, y=2), Counter('hello').most_common(1)
""",
    "exceptions": """
def f(x):
    global seen
    seen = x
    def inner():
        nonlocal x
        x += 1
        return x
    return inner()
try:
    1 / 0
except ZeroDivisionError as error:
    print(f'{error=} {f(3)}')
else:
    print('no')
finally:
    print('done')
try:
    raise ExceptionGroup('many', [ValueError(1), TypeError('t')])
except* ValueError as group:
    print(group.exceptions)
except* TypeError:
    pass
assert seen == 3
""",
    "async": """
import asyncio
async def double(x):
    await asyncio.sleep(0)
    return 2 * x
async def numbers():
    for i in range(3):
        yield i
print(await asyncio.gather(*(double(i) for i in range(3))))
[i async for i in numbers()]
""",
    "threads": """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as pool:
    species = sorted(df.species.unique())
    totals = list(pool.map(lambda s: float(df[df.species == s].mass.sum()), species))
totals
""",
    "typing": """
from __future__ import annotations
from typing import NamedTuple, TypeVar, Generic
T = TypeVar('T')
class Row(NamedTuple):
    name: str
    size: float = 1.0
class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item: T = item
limit: int = 3
def head(rows: list[Row], *, k: int = limit, **more: dict[str, Row]) -> list[Row]:
    return rows[:k]
head([Row('a'), Row('b', 2.0)]), Box(Row('c')).item.name
""",
    "match": """
import datetime, math
def what(value):
    match value:
        case [x, *_] if x > 0: return 'list'
        case {'kind': str(kind), **rest}: return kind
        case int() | float(): return 'number'
        case complex(real=r): return r
        case None: return 'nothing'
        case math.inf | datetime.date(year=2024): return 'dotted'
        case other: return other
[what(v) for v in ([1, 2], {'kind': 'k', 'z': 1}, 3, 2j, None, 'text', datetime.date(2024, 1, 1))]
""",
    "text": """
import json, re, textwrap, statistics, math
from datetime import datetime, timedelta
from pathlib import Path
words = re.findall(r'\\w+', 'The quick, brown fox')
print('{0:>10}|{1:.2f}|{name}'.format('x', math.pi, name='n'), '{:,}'.format(1234567))
print(json.dumps({w: len(w) for w in words}, indent=1))
print(datetime(2024, 2, 28) + timedelta(days=2), statistics.median([1, 3, 2]))
print(f"{Path('a') / 'b.txt'} {Path('a.csv').suffix} {'y':^5}|{3.14159:{'.3f'}}")
""",
    "files": f"""
import os
from pathlib import Path
with open('{DATA}') as file:
    header = next(file).strip()
print(header, os.path.exists('{DATA}'), sorted(os.listdir()))
print([path.name for path in Path('.').glob('*.csv')])
Path('{DATA}').read_text().count('\\n')
""",
    "files named in an array": f"""
from pathlib import Path
names = np.array(['{DATA}'])
[pd.read_csv(name).shape for name in [names[0], Path(names[0])]], len(open(names[0]).read())
""",
    "scipy odr": """
from scipy.odr import ODR, Model, RealData
data = RealData([1.0, 2.0, 3.0], [1.1, 1.9, 3.2], sx=0.1, sy=0.2)
fit = ODR(data, Model(lambda b, x: b[0] * x), beta0=[1.0])
fit.set_job(fit_type=2)
fit.run().beta.round(3), isinstance(fit, ODR), type(fit) is type(fit)
""",
    "sklearn estimators of one's own": """
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LinearRegression
from sklearn.metrics import make_scorer, r2_score
from sklearn.pipeline import make_pipeline
class Scale(BaseEstimator, TransformerMixin):
    def __init__(self, by=2): self.by = by
    def fit(self, X, y=None): return self
    def transform(self, X): return X * self.by
model = make_pipeline(Scale(3), LinearRegression()).fit(df[['flipper']], df.mass)
score = make_scorer(r2_score, response_method='predict')(model, df[['flipper']], df.mass)
clone(model).get_params()['scale__by'], round(float(score), 6)
""",
    "matplotlib properties": """
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
line, = ax.plot([1, 2])
plt.setp(line, linewidth=3)
plt.close(fig)
plt.getp(line, 'linewidth'), plt.getp(obj=line, property='alpha')
""",
    "classes that begin their bases": """
from dataclasses import dataclass, field, replace
@dataclass
class A:
    x: int
    more: list = field(default_factory=list)
@dataclass(slots=True, frozen=True)
class F:
    x: int
class B(A):
    def __init__(self, x):
        A.__init__(self, x)
        super().__init__(x=x + 1)
class D(pd.DataFrame):
    def __init__(self, *args):
        pd.DataFrame.__init__(self, *args)
class E(ValueError):
    def __init__(self, text): ValueError.__init__(self, text)
A(1), B(2), replace(F(3), x=4), D({'a': [1]}).shape, E('e')
""",
    "logging by an adapter": """
import logging
class Told(logging.LoggerAdapter):
    def process(self, message, options): return f'{self.extra["run"]}: {message}', options
log = Told(logging.getLogger('analysis'), {'run': 3})
log.mine = 1
log.info('nobody hears it')
log.logger.name, log.name, log.extra
""",
    "warnings": """
import warnings
warnings.warn('careful')
with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    warnings.warn('quiet')
np.log(np.array([0.0, 1.0]))
""",
    "polars": """
import polars as pl
pl.DataFrame({'a': [1, 2, 3]}).with_columns((pl.col('a') * 2).alias('b')).filter(pl.col('b') > 2)
""",
}  # fmt: skip
"""More than forty, of every library that analyses live on and of every kind of statement."""


def put_data(folder: Path) -> None:
    """The file that some of the cells read."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = "\n".join(f"{i},{3000 + 7 * i},{'ab'[i % 2]}" for i in range(20))
    (folder / DATA).write_text(f"id,mass,island\n{rows}\n")
