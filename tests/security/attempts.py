"""What a hostile cell tries: each attempt with the weakest level that must withstand it.

An attempt finds these variables: `target`, a path in a folder that holds nothing; `secret`, a file
that is not the notebook's; `port`, where somebody listens; `df`, `pd`, `np`. It has succeeded when
that folder holds something, somebody was reached, or the variable `loot` is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from nbengine.models.session import Level

Category = Literal["file write", "file read", "process", "network", "introspection", "escape"]


@dataclass(frozen=True)
class Attempt:
    """One way to do what READ_ONLY forbids."""

    name: str
    category: Category
    code: str
    level: Level = "in_process"
    """The weakest level that promises against it."""
    silent: bool = False
    """Whether Python raises no audit event for it, so that only source and kernel can stop it."""
    later: str = ""
    """A cell that has to run before it is seen whether it succeeded."""
    freed: str = ""
    """A harmless cell of a mode that allows more, which sets off what the attempt left behind."""
    needs: str = ""
    """A module without which it cannot be tried."""


PREPARATION: Final = """
import numpy as np
import pandas as pd
df = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [3.0, 5.0, 4.0]})
loot = None
"""


def _all(category: Category, table: dict[str, str], *, silent: bool = False) -> list[Attempt]:
    return [Attempt(name, category, code, silent=silent) for name, code in table.items()]


_WRITES = {
    "open": "open(target, 'w').write('x')",
    "open through a default": "def f(o=open): o(target, 'a').close()\nf()",
    "print to a file": "print('x', file=open(target, 'w'))",
    "io.open": "import io\nio.open(target, 'w').close()",
    "io.FileIO": "import io\nio.FileIO(target, 'w').close()",
    "os.open": "import os\nos.close(os.open(target, os.O_CREAT | os.O_WRONLY))",
    "os.mkdir": "import os\nos.mkdir(target)",
    "os.symlink": "import os\nos.symlink('/etc/passwd', target)",
    "os.rename": "import os\nopen('mine', 'w').close()\nos.rename('mine', target)",
    "Path.write_text": "from pathlib import Path\nPath(target).write_text('x')",
    "Path.touch": "from pathlib import Path\nPath(target).touch()",
    "Path.open": "from pathlib import Path\nPath(target).open('w').close()",
    "Path.mkdir": "from pathlib import Path\nPath(target).mkdir()",
    "unbound Path.write_text": "from pathlib import Path\nPath.write_text(Path(target), 'x')",
    "shutil.copy": "import shutil\nshutil.copy(secret, target)",
    "tempfile": "import os, tempfile\ntempfile.mkstemp(dir=os.path.dirname(target))",
    "pickle.dump": "import pickle\npickle.dump(1, open(target, 'wb'))",
    "gzip.open": "import gzip\ngzip.open(target, 'w').close()",
    "zipfile": "import zipfile\nzipfile.ZipFile(target, 'w').close()",
    "logging": "import logging\nlogging.FileHandler(target).close()",
    "to_csv": "df.to_csv(target)",
    "to_csv by keyword": "df.to_csv(path_or_buf=target)",
    "to_json": "df.to_json(target)",
    "to_html": "df.to_html(target)",
    "to_string": "df.to_string(target)",
    "to_pickle": "df.a.to_pickle(target)",
    "to_csv of the class": "pd.DataFrame.to_csv(df, target)",
    "to_csv by getattr": "getattr(df, 'to_' + 'csv')(target)",
    "to_csv by a subclass": "class D(pd.DataFrame): pass\nD(df).to_csv(target)",
    "to_csv by super": """
class D(pd.DataFrame):
    def go(self): super().to_csv(target)
D(df).go()
""",
    "to_csv by agg": "df.agg('to_csv', path_or_buf=target)",
    "to_csv by agg of a subclass of str": """
class Word(str):
    pass
df.agg(Word('to_csv'), path_or_buf=target)
""",
    "to_pickle by apply": "df.a.apply('to_pickle', args=(target,))",
    "to_csv by transform": "df.a.transform('to_csv', 0, target)",
    "to_csv by pipe": "df.pipe(pd.DataFrame.to_csv, target)",
    "to_csv by map": "list(map(df.to_csv, [target]))",
    "to_csv by partial": "import functools\nfunctools.partial(pd.DataFrame.to_csv, df)(target)",
    "to_csv by methodcaller": "import operator\noperator.methodcaller('to_csv', target)(df)",
    "to_csv by attrgetter": "import operator\noperator.attrgetter('to_csv')(df)(target)",
    "to_csv by a pattern": "match df:\n    case pd.DataFrame(to_csv=write):\n        write(target)",
    "to_csv by match args": """
class D(pd.DataFrame):
    __match_args__ = ('to_csv',)
match D(df):
    case D(write):
        write(target)
""",
    "to_csv by a value in a pattern": """
class Thief:
    def __eq__(self, other):
        other(df, target)
        return True
match Thief():
    case pd.DataFrame.to_csv:
        pass
""",
    "to_csv by an augmented assignment": """
class Thief:
    def __radd__(self, other):
        other(target)
        return other
df.to_csv += Thief()
""",
    "to_csv by query": "df.query('@df.to_csv(@target) == 1')",
    "to_csv by eval": "df.eval('@df.to_csv(@target)')",
    "open by a formula": """
import statsmodels.formula.api as smf
smf.ols('a ~ b + len(str(open(target, "w")))', df).fit()
""",
    "np.save": "np.save(target, df.a)",
    "np.savetxt": "np.savetxt(target, df.a)",
    "np.savez": "np.savez(target, a=1)",
    "ndarray.tofile": "np.arange(3).tofile(target)",
    "np.memmap": "np.memmap(target, dtype='u1', mode='w+', shape=(4,))",
    "open_memmap": "np.lib.format.open_memmap(target, mode='w+', dtype='u1', shape=(4,))",
    "plt.savefig": """
import matplotlib.pyplot as plt
plt.plot([1])
plt.savefig(target)
plt.close()
""",
    "Figure.savefig": """
import matplotlib.pyplot as plt
f = plt.figure()
f.savefig(target)
plt.close(f)
""",
    "plt.imsave": "import matplotlib.pyplot as plt\nplt.imsave(target, np.eye(3), format='png')",
    "print_png": """
import matplotlib.pyplot as plt
f = plt.figure()
f.canvas.print_png(target)
plt.close(f)
""",
    "write_html": "import plotly.graph_objects as go\ngo.Figure().write_html(target)",
    "write_json": "import plotly.io as pio\npio.write_json({'data': []}, target, validate=False)",
    "savemat": "import scipy.io\nscipy.io.savemat(target, {'a': 1})",
    "wavfile.write": "from scipy.io import wavfile\nwavfile.write(target, 8000, np.zeros(4, 'i2'))",
    "joblib.dump": "import joblib\njoblib.dump(1, target)",
    "sqlite3.connect": "import sqlite3\nsqlite3.connect(target).execute('create table t (x)')",
    "get_handle of pandas": """
from pandas.io.common import get_handle
get_handle(target, 'w').close()
""",
    "%%writefile": "%%writefile {target}\nx",
    "to_csv by __getattr__": "df.__getattr__('to_csv')(target)",
    "to_csv by a generator of super": """
class D(pd.DataFrame):
    def go(self): return [getattr(super(D, self), n) for n in ('to_csv',)]
D(df).go()[0](target)
""",
    "to_csv of a Series in a list": "df.agg(['to_csv'], path_or_buf=target)",
    "Styler": "df.style.to_html(target)",
    "from import of a writer": "from numpy import savetxt\nsavetxt(target, [1])",
    "star import of writers": "from numpy import *\nsavetxt(target, [1])",
    "a path and a mode that lie": """
class P(str):
    def __getitem__(self, place): return '/usr/share/zoneinfo/x'[place]
    def __eq__(self, other): return True
    def __hash__(self): return 1
class M(str):
    def __iter__(self): return iter('r')
    def __contains__(self, sign): return sign == 'r'
open(P(target), M('w')).close()
""",
    "np.memmap of a path that lies": """
class P(str):
    def __getitem__(self, place): return '/usr/share/zoneinfo/x'[place]
    def __eq__(self, other): return True
    def __hash__(self): return 1
np.memmap(P(target), dtype='u1', mode='w+', shape=(4,))
""",
}
_SILENT_WRITES = {
    "to_parquet": ("df.to_parquet(target)", "pyarrow"),
    "to_feather": ("df.to_feather(target)", "pyarrow"),
    "pyarrow.csv": (
        "import pyarrow as pa, pyarrow.csv\npa.csv.write_csv(pa.table({'a': [1]}), target)",
        "pyarrow",
    ),
    "pyarrow files": ("import pyarrow as pa\npa.OSFile(target, 'w').close()", "pyarrow"),
    "polars write_csv": (
        "import polars as pl\npl.DataFrame({'a': [1]}).write_csv(target)",
        "polars",
    ),
    "polars sink_csv": ("import polars as pl\npl.LazyFrame({'a': [1]}).sink_csv(target)", "polars"),
    "a writer within pandas": (
        "import pandas.io.parquet as p\np.PyArrowImpl().write(df, target)",
        "pyarrow",
    ),
    "a private module of SciPy": (
        """
import scipy.io._fast_matrix_market._fmm_core as c
c.open_write_file(target, c.header(), 1, 6)
""",
        "scipy",
    ),
    "to_parquet by the fields of a dataclass": (
        """
from dataclasses import dataclass
@dataclass
class B:
    to_parquet: int = 0
class D(pd.DataFrame, B): pass
match D(df):
    case B(write): write(target)
""",
        "pyarrow",
    ),
    "to_parquet by the fields of a dataclass in a dict": (
        """
import dataclasses
@dataclasses.dataclass
class B:
    to_parquet: int = 0
class D(pd.DataFrame, B): pass
dataclasses.asdict(D(df))['to_parquet'](target)
""",
        "pyarrow",
    ),
    "to_parquet by a field of a dataclass": (
        """
import dataclasses
@dataclasses.dataclass(init=False, repr=False)
class D(pd.DataFrame):
    to_parquet: int
dataclasses.asdict(D(df))['to_parquet'](target)
""",
        "pyarrow",
    ),
    "to_parquet by what applies within pandas": (
        """
from pandas.core.apply import frame_apply
frame_apply(df, 'to_parquet', args=(target,), kwargs={}).apply()
""",
        "pyarrow",
    ),
    "a module by a weak reference": (
        """
import weakref
weakref.proxy(weakref.proxy(pd.io.common).os).mkfifo(target)
""",
        "",
    ),
    "a module by a wrapper": (
        """
from tqdm.utils import ObjectWrapper as Wrapped
Wrapped(Wrapped(pd.io.common).os).mkfifo(target)
""",
        "tqdm",
    ),
    "a function of a module in a pattern": (
        """
match pd.io.common:
    case object(os=object(mkfifo=make)): make(target)
""",
        "",
    ),
    "to_parquet by a keyword that lies": (
        """
class K(str):
    def __hash__(self): return 1
df.to_parquet(**{K('path'): target})
""",
        "pyarrow",
    ),
    "to_parquet by the parameters of an estimator": (
        """
from sklearn.base import BaseEstimator
class D(pd.DataFrame, BaseEstimator):
    def __init__(self, to_parquet=None): super().__init__({'a': [1]})
D().get_params(deep=False)['to_parquet'](target)
""",
        "sklearn",
    ),
    "to_parquet by the parameters of what is no estimator": (
        """
from sklearn.base import BaseEstimator
class D(pd.DataFrame):
    def __getattr__(self, name):
        if name == '_get_param_names': return lambda: ['to_parquet']
        raise AttributeError(name)
BaseEstimator.get_params(D(df), deep=False)['to_parquet'](target)
""",
        "sklearn",
    ),
    "to_parquet by a scorer": (
        """
from sklearn.metrics import make_scorer
class Tags:
    estimator_type = 'regressor'
class D(pd.DataFrame):
    def __getattr__(self, name):
        if name == '__sklearn_tags__': return Tags
        raise AttributeError(name)
make_scorer(lambda *_: 1.0, response_method=['to_parquet'])(D(df), target, [1])
""",
        "sklearn",
    ),
    "the report of ODR": (
        """
from scipy.odr import ODR, Data, Model
asked = Data([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]), Model(lambda b, x: b[0] * x), [1.0]
ODR(*asked, rptfile=target).run()
""",
        "scipy",
    ),
    "the errors of ODR": (
        """
from scipy.odr import ODR, Data, Model
asked = Data([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]), Model(lambda b, x: b[0] * x), [1.0]
ODR(*asked, None, None, None, None, None, target).run()
""",
        "scipy",
    ),
    "the report of ODR named later": (
        """
from scipy.odr import ODR, Data, Model
asked = Data([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]), Model(lambda b, x: b[0] * x), [1.0]
fit = ODR(*asked)
fit.rptfile = target
fit.run()
""",
        "scipy",
    ),
    "the report of another ODR": (
        """
from scipy.odr import ODR, Data, Model
asked = Data([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]), Model(lambda b, x: b[0] * x), [1.0]
fit = type(ODR(*asked))(*asked, rptfile=target)
fit.run()
""",
        "scipy",
    ),
    "the report of ODR begun anew": (
        """
from scipy.odr import ODR, Data, Model
asked = Data([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]), Model(lambda b, x: b[0] * x), [1.0]
fit = ODR(*asked)
fit.__init__(*asked, rptfile=target)
fit.run()
""",
        "scipy",
    ),
    "the report of ODR by a dataclass": (
        """
from scipy.odr import ODR, Data, Model
asked = Data([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]), Model(lambda b, x: b[0] * x), [1.0]
from dataclasses import dataclass
@dataclass
class B:
    rptfile: str
fit = ODR(*asked)
vars(B)['__init__'](fit, target)
fit.run()
""",
        "scipy",
    ),
    "the report of the function of ODR": (
        """
import scipy.odr
known = [1.0, 2.0, 4.0], [1.0, 2.0, 3.0]
scipy.odr.odr(lambda b, x: b[0] * x, [1.0], *known, rptfile=target)
""",
        "scipy",
    ),
    "os.mkfifo": ("import os\nos.mkfifo(target)", ""),
    "sqlite ATTACH": (
        """
import sqlite3
c = sqlite3.connect(':memory:')
c.execute('attach ? as d', (target,))
c.execute('create table d.t (x)')
c.commit()
""",
        "",
    ),
}  # fmt: skip
_READS = {
    "open": "loot = open(secret).read()",
    "Path.read_text": "from pathlib import Path\nloot = Path(secret).read_text()",
    "a path that climbs": "import os\nloot = open(os.path.relpath(secret)).read()",
    "read_csv": "loot = pd.read_csv(secret).shape",
    "read_csv of a file URL": "loot = pd.read_csv('file://' + secret).shape",
    "np.loadtxt": "loot = np.loadtxt(secret, dtype=str, delimiter='|')",
    "np.fromfile": "loot = np.fromfile(secret, dtype='u1').size",
    "np.genfromtxt": "loot = len(np.genfromtxt(secret, dtype=str, delimiter='|'))",
    "np.memmap": "loot = np.memmap(secret, dtype='u1', mode='r').size",
    "os.listdir": "import os\nloot = os.listdir(os.path.dirname(secret))",
    "glob": "import glob, os\nloot = glob.glob(os.path.dirname(secret) + '/*')",
    "Path.iterdir": "from pathlib import Path\nloot = list(Path(secret).parent.iterdir())",
    "linecache": "import linecache\nloot = linecache.getline(secret, 1) or None",
    "fileinput": "import fileinput\nloot = list(fileinput.input(secret))",
    "open of a path that lies": """
class P(str):
    def __getitem__(self, place): return '/usr/share/zoneinfo/x'[place]
loot = open(P(secret)).read()
""",
    "os.listdir of a path that lies": """
import os
class P(str):
    def __getitem__(self, place): return '/usr/share/zoneinfo/x'[place]
loot = os.listdir(P(os.path.dirname(secret)))
""",
}  # fmt: skip
_SILENT_READS = {
    "polars SQL": (
        """
import polars as pl
query = f"select * from read_csv('{secret}')"
loot = pl.DataFrame({'a': [1]}).sql(query).shape
""",
        "polars",
    ),
    "environment": ("import os\nloot = dict(os.environ)", ""),
    "existence": ("import ctypes.util\nloot = ctypes.util.os.access(secret, 0)", ""),
    "mmread": (
        "import scipy.io\ntry:\n    scipy.io.mmread(secret)\nexcept ValueError:\n    loot = True",
        "scipy",
    ),
    "mminfo": (
        "import scipy.io\ntry:\n    scipy.io.mminfo(secret)\nexcept ValueError:\n    loot = True",
        "scipy",
    ),
    "read_parquet of a file URL": (
        """
try:
    pd.read_parquet('file://' + secret)
except Exception as e:
    loot = 'Parquet magic' in str(e) or None
""",
        "pyarrow",
    ),
    "a reader within pandas": (
        """
import pandas.io.parquet as p
try:
    p.PyArrowImpl().read(secret)
except Exception as e:
    loot = 'Parquet magic' in str(e) or None
""",
        "pyarrow",
    ),
    "a font": (
        """
from PIL import ImageFont
try:
    ImageFont.truetype(secret)
except OSError as e:
    loot = 'unknown file format' in str(e) or None
""",
        "PIL",
    ),
    "a font by its class": (
        """
from PIL import ImageFont
try:
    ImageFont.FreeTypeFont(font=secret)
except OSError as e:
    loot = 'unknown file format' in str(e) or None
""",
        "PIL",
    ),
    "another font": (
        """
import matplotlib
from PIL import ImageFont
font = ImageFont.truetype(matplotlib.get_data_path() + '/fonts/ttf/DejaVuSans.ttf')
try:
    font.font_variant(secret)
except OSError as e:
    loot = 'unknown file format' in str(e) or None
""",
        "PIL",
    ),
    "a font by the type of another": (
        """
from PIL import ImageFont
try:
    type(ImageFont.load_default(10))(secret)
except OSError as e:
    loot = 'unknown file format' in str(e) or None
""",
        "PIL",
    ),
    "a font begun anew": (
        """
from PIL import ImageFont
try:
    ImageFont.load_default(10).__init__(secret)
except OSError as e:
    loot = 'unknown file format' in str(e) or None
""",
        "PIL",
    ),
    "a profile of colours": (
        """
from PIL import ImageCms
try:
    ImageCms.ImageCmsProfile(secret)
except OSError as e:
    loot = 'cannot open profile' in str(e) or None
""",
        "PIL",
    ),
    "polars scan_csv of a file URL": (
        "import polars as pl\nloot = pl.scan_csv('file://' + secret).collect().shape",
        "polars",
    ),
    "polars read_csv of a path that lies": (
        """
import polars as pl
class P(str):
    def __getitem__(self, place): return '/usr/share/zoneinfo/x'[place]
loot = pl.read_csv(P(secret)).shape
""",
        "polars",
    ),
    "polars scan_csv of paths in a class": (
        """
import polars as pl
from collections import UserList
loot = pl.scan_csv(UserList([secret])).collect().shape
""",
        "polars",
    ),
    "polars read_csv": ("import polars as pl\nloot = pl.read_csv(secret).shape", "polars"),
    "polars scan_csv": (
        "import polars as pl\nloot = pl.scan_csv(secret).collect().shape",
        "polars",
    ),
}
_PROCESSES = {
    "subprocess.run": "import subprocess\nsubprocess.run(['touch', target])",
    "os.system": "import os\nos.system(f'touch {target}')",
    "os.popen": "import os\nos.popen(f'touch {target}').close()",
    "os.posix_spawn": """
import os
os.waitpid(os.posix_spawn('/usr/bin/touch', ['touch', target], {}), 0)
""",
    "an importer of pandas": """
from pandas.io.formats.style import import_optional_dependency
import_optional_dependency('subprocess').call(['touch', target])
""",
    "os of another module": "pd.io.common.os.system(f'touch {target}')",
    "sys of matplotlib": """
import matplotlib
matplotlib.sys.modules['os'].system(f'touch {target}')
""",
    "asyncio subprocess": """
import asyncio
p = await asyncio.create_subprocess_exec('touch', target)
await p.wait()
""",
    "shell line": "!touch {target}",
    "shell line into a variable": "x = !touch {target}",
    "%%bash": "%%bash -s {target}\ntouch $1",
    "get_ipython": "get_ipython().system(f'touch {target}')",
    "get_ipython by another name": "g = get_ipython\ng().run_line_magic('sx', f'touch {target}')",
    "from import": "from os import system\nsystem(f'touch {target}')",
    "import as": "import os as o\no.system(f'touch {target}')",
    "import in a function": """
def f():
    import subprocess as s
    s.call(['touch', target])
f()
""",
    "pty": "import pty\npty.spawn(['touch', target])",
    "evil pickle": """
import pickle, os
class Evil:
    def __reduce__(self): return (os.system, (f'touch {target}',))
pickle.loads(pickle.dumps(Evil()))
""",
    "read_pickle": """
import io, pickle, os
class Evil:
    def __reduce__(self): return (os.system, (f'touch {target}',))
pd.read_pickle(io.BytesIO(pickle.dumps(Evil())))
""",
    "np.load of pickles": """
import io, os
class Evil:
    def __reduce__(self): return (os.system, (f'touch {target}',))
b = io.BytesIO(); np.save(b, np.array([Evil()], dtype=object), allow_pickle=True); b.seek(0)
np.load(b, allow_pickle=True)
""",
    "ctypes": "import ctypes\nctypes.CDLL(None).system(f'touch {target}'.encode())",
    "ctypes of numpy": "np.ctypeslib.ctypes.CDLL(None).system(f'touch {target}'.encode())",
}
_SILENT_PROCESSES = {
    "fork_exec": """
import _posixsubprocess, os, sys
r, w = os.pipe()
command = (['touch', target], [b'/usr/bin/touch'], True, (), None, None)
pipes = (-1, -1, -1, -1, -1, -1, r, w)
rest = (False, False, 0, None, None, None, -1, None)
last = (True,) if sys.version_info < (3, 14) else ()
pid = _posixsubprocess.fork_exec(*command, *pipes, *rest, *last)
os.waitpid(pid, 0); os.close(r); os.close(w)
""",
}  # fmt: skip
_NETWORK = {
    "TCP": "import socket\nsocket.create_connection(('127.0.0.1', port), 2).close()",
    "UDP": """
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))
""",
    "urlopen": "import urllib.request\nurllib.request.urlopen(f'http://127.0.0.1:{port}/').read()",
    "http.client": """
import http.client
http.client.HTTPConnection('127.0.0.1', port).request('GET', '/')
""",
    "read_csv of a URL": "pd.read_csv(f'http://127.0.0.1:{port}/')",
    "read_json of a URL": "pd.read_json(f'http://127.0.0.1:{port}/')",
    "asyncio": "import asyncio\nr, w = await asyncio.open_connection('127.0.0.1', port)\nw.close()",
    "np DataSource": "np.lib.npyio.DataSource(None).open(f'http://127.0.0.1:{port}/x').close()",
}
_SILENT_NETWORK = {
    "polars": (
        "import polars as pl\npl.read_parquet(f'http://127.0.0.1:{port}/x.parquet')",
        "polars",
    ),
    "an object store of pyarrow": (
        """
where = f'endpoint_override=127.0.0.1:{port}'
pd.read_parquet(f's3://a:b@bucket/x.parquet?scheme=http&region=us-east-1&{where}')
""",
        "pyarrow",
    ),
}
_INTROSPECTION = {
    # One of them is loot enough: a snapshot of thousands would take half a minute.
    "subclasses": "loot = ().__class__.__base__.__subclasses__()[:1]",
    "subclasses by getattr": "loot = getattr(object, '__sub' + 'classes__')()[:1]",
    "subclasses of type": "loot = type.__subclasses__(object)[:1]",
    "mro": "loot = int.mro()",
    "globals of a function": "def f(): pass\nloot = f.__globals__",
    "globals of a library": "loot = pd.read_csv.__globals__",
    "code": "def f(): pass\nloot = f.__code__",
    "closure": "def f(x): return lambda: x\nloot = f(1).__closure__",
    "self of a builtin": "loot = print.__self__",
    "frame of a generator": "g = (g.gi_frame for _ in [1])\nloot = next(g)",
    "frame of a traceback": """
try:
    1 / 0
except Exception as e:
    loot = e.__traceback__.tb_frame
""",
    "frame of a coroutine": "async def f(): pass\nc = f()\nloot = c.cr_frame\nc.close()",
    "sys._getframe": "import sys\nloot = sys._getframe()",
    "sys.modules": "import sys\nloot = sys.modules",
    "inspect": "import inspect\nloot = inspect.currentframe()",
    "gc": "import gc\nloot = gc.get_objects()[:1]",
    "builtins": "import builtins\nloot = builtins.eval",
    "__builtins__": "loot = __builtins__",
    "globals()": "loot = globals()",
    "vars of a module": "import math\nloot = vars(math)",
    "exec": "exec('loot = 1')",
    "eval": "loot = eval('1')",
    "eval under another name": "eval = eval\nloot = eval('1')",
    "eval that was a variable": "eval = 1\ndel eval\nloot = eval('1')",
    "compile": "loot = compile('1', 'f', 'eval')",
    "__import__": "loot = __import__('os')",
    "importlib": "import importlib\nloot = importlib.import_module('os')",
    "types.FunctionType": "import types\nloot = types.FunctionType",
    "AttributeError.obj": "try:\n    pd.no_such\nexcept AttributeError as e:\n    loot = e.obj",
    "format": "loot = '{0.__globals__[pd]}'.format(lambda: 1)",
    "format_map": "loot = '{f.__code__}'.format_map({'f': lambda: 1})",
    "unbound format": "loot = str.format('{0.__globals__[pd]}', lambda: 1)",
    "format of a subclass": "class S(str): pass\nloot = S('{0.__code__}').format(lambda: 1)",
    "Formatter": "import string\nloot = string.Formatter().format('{0.__code__}', lambda: 1)",
    "private of a library": "loot = df._mgr",
    "memory beyond an array": "loot = np.lib.stride_tricks.as_strided(np.ones(1), (9,), (8,)).size",
    "memory by an interface": """
class A:
    __array_interface__ = {'data': (id(df), True), 'shape': (9,), 'typestr': '|u1', 'version': 3}
loot = np.asarray(A()).size
""",
    "streams of the host's log": """
import logging
h = logging.Logger('x').handlers
loot = [h]
""",
    "context of a task": """
import asyncio, contextvars
task = asyncio.current_task()
loot = task.get_context() if hasattr(task, 'get_context') else contextvars.copy_context()
await asyncio.sleep(0)
""",
    "stack of a task": """
import asyncio
task = asyncio.create_task(asyncio.sleep(0))
loot = [task.get_stack()]
await task
""",
    "stack of a task by a property": """
import asyncio
import matplotlib.pyplot as plt
task = asyncio.create_task(asyncio.sleep(0))
loot = [plt.getp(task, 'stack')]
await task
""",
    "a module by a backend of Matplotlib": """
from matplotlib.backends.registry import backend_registry
loot = backend_registry.load_backend_module('module://subprocess')
""",
    "loggers of the host by an adapter": """
import logging
loot = list(logging.LoggerAdapter(logging.getLogger('x')).manager.loggerDict)
""",
    "private by getattr": "loot = getattr(df, '_m' + 'gr')",
    "a class by type": "loot = type('X', (), {'__del__': print})",
    "a metaclass": "class M(type): pass\nclass X(metaclass=M): pass\nloot = X",
    "make_dataclass": """
import dataclasses
loot = dataclasses.make_dataclass('X', [], namespace={'__del__': print})
""",
    "annotations that run": """
from typing import get_type_hints
def f(x: "().__class__.__base__"): pass
loot = get_type_hints(f)
""",
    "operator of a dispatch": """
from functools import singledispatch
@singledispatch
def f(x): pass
@f.register
def g(x: "().__class__.__base__.__subclasses__()[0]"): pass
loot = 1
""",
    "globals by functools.wraps": """
import functools
class A: pass
a = functools.wraps(pd.concat)(A(), assigned=['__globals__'], updated=[])
loot = vars(a)['__globals__']
""",
    "globals by update_wrapper": """
import functools
class A: pass
a = functools.update_wrapper(A(), pd.concat, assigned=['__globals__'], updated=[])
loot = vars(a)['__globals__']
""",
    "update_wrapper by a partial": """
import functools
loot = functools.wraps(pd.concat).func
""",
    "private data by functools.wraps": """
import functools
class A: pass
a = functools.wraps(df)(A())
loot = vars(a)['_mgr']
""",
    "the dict behind a proxy": """
got = []
class A:
    def __eq__(self, other):
        got.append(other)
        return True
kind = np.dtype([('a', 'i4')])
kind.fields == A()
got[0]['a'] = (np.dtype('i8'), 8)
loot = kind.fields['a'][1] == 8 or None
""",
    "a frame by the fields of a named tuple": """
import abc
from collections import namedtuple
class N(namedtuple('N', 'gi_frame'), metaclass=abc.ABCMeta): pass
held = (n for n in [1])
N.register(type(held))
match held:
    case N(frame): loot = frame
""",
    "private data by the fields of a dataclass": """
import abc
from dataclasses import dataclass
@dataclass
class B(abc.ABC):
    _mgr: int = 0
B.register(pd.DataFrame)
match df:
    case B(data): loot = data
""",
    "the engine by a pattern": """
import sys
match sys.stdout:
    case object(original=stream): loot = stream
""",
    "a handler of the host's log by a pattern": """
import logging
match logging.getLogger():
    case object(handlers=handlers): loot = [handlers]
""",
    "a metaclass by a pattern": """
import abc
match abc:
    case object(ABCMeta=make): loot = make('X', (), {'__del__': print})
""",
    "functions in C of a generator of numbers": "loot = np.random.PCG64().ctypes",
    "functions in C of an array": """
class A(np.ndarray):
    native = np.ndarray.ctypes
loot = np.ones(1).view(A).native
""",
    "the class of a class": "loot = (1).__class__.__class__('X', (), {'__del__': print})",
    "the type of a type": "loot = type(type(1))('X', (), {'__del__': print})",
    "the origin of a type": """
import typing
loot = typing.get_origin(typing.Type)('X', (), {'__del__': print})
""",
    "ABCMeta": "import abc\nloot = abc.ABCMeta('X', (), {'__del__': print})",
    "a subclass of ABCMeta": """
import abc
class M(abc.ABCMeta): pass
loot = M('X', (), {'__del__': print})
""",
    "format by super": """
class S(str):
    def go(self, *args): return super().format(*args)
loot = S('{0.__globals__}').go(pd.concat)
""",
    "format of a Styler": """
shown = pd.DataFrame({'f': [pd.concat]}).style.format('{0.__globals__}').to_html()
loot = '__builtins__' in shown or None
""",
    "format of an axis": """
from matplotlib.ticker import StrMethodFormatter
loot = StrMethodFormatter('{x.__globals__[__name__]}')(pd.concat)
""",
    "format of an axis set later": """
from matplotlib.ticker import StrMethodFormatter
f = StrMethodFormatter('{x}')
f.fmt = '{x.__globals__[__name__]}'
loot = f(pd.concat)
""",
    "format of bars": """
import matplotlib.pyplot as plt
f, ax = plt.subplots()
text = ax.bar_label(ax.bar([1], [2]), fmt='{0.__class__.__base__}')[0].get_text()
loot = 'class' in text or None
plt.close(f)
""",
    "format of a progress bar": """
import io, tqdm
told = io.StringIO()
for _ in tqdm.tqdm([1], file=told, bar_format='{bar.__class__.__init__.__globals__}'): pass
loot = '__builtins__' in told.getvalue() or None
""",
    "a template of Styler": """
template = df.style.env.from_string('{{ x.__globals__ }}')
loot = template.render(x=pd.concat)
""",
    "text in a dataclass": """
from dataclasses import dataclass
box = []
class A:
    y: int = 1
A.__annotations__.clear()
A.__annotations__['y,box.append(().__class__.__base__.__subclasses__())'] = int
A = dataclass(init=False, repr=False)(A)
A() == A()
loot = box[0]
""",
    "a module by text in a dataclass": """
from dataclasses import dataclass
box = []
class A:
    y: int = 1
A.__annotations__.clear()
A.__annotations__['y,box.append(pd.io.common.os.environ)'] = int
A = dataclass(init=False, repr=False)(A)
A() == A()
loot = box[0]
""",
    "text by a factor of patsy": """
import patsy
factor, memory = patsy.eval.EvalFactor('().__class__.__base__.__subclasses__()'), {}
factor.memorize_passes_needed(memory, patsy.EvalEnvironment.capture(0))
loot = factor.eval(memory, df)
""",
    "text by an environment of patsy": """
import patsy
loot = patsy.EvalEnvironment.capture().eval('().__class__.__base__')
""",
    "text by formulaic": """
import formulaic
loot = formulaic.model_matrix('a ~ b + len(str(().__class__.__base__.__subclasses__()))', df)
""",
    "text by an expression of pandas": """
from pandas.core.computation.expr import Expr
from pandas.core.computation.scope import ensure_scope
scope = ensure_scope(0, global_dict={}, local_dict={'f': pd.concat})
loot = Expr('f.__globals__', engine='python', parser='pandas', env=scope).terms.value
""",
    "a handler of the host's log": """
import logging
class Thief:
    level = 0
    def handle(self, record): pass
log = logging.getLogger('host')
log.addHandler(Thief())
loot = log.handlers or None
""",
    "the host's thread": """
import threading
threading.main_thread().of_mine = 1
loot = 1
del threading.main_thread().of_mine
""",
    "the engine": "import nbengine\nloot = nbengine",
    "the engine by a stream": "import sys\nloot = sys.stdout.original",
}  # fmt: skip
_ESCAPES = {
    "a thread": """
import threading
t = threading.Thread(target=lambda: open(target, 'w').close())
t.start(); t.join()
""",
    "a pool": """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1) as p:
    p.submit(lambda: np.save(target, 1)).result()
""",
    "a task": "import asyncio\nasync def f(): np.save(target, 1)\nawait asyncio.create_task(f())",
    "the end of an object": """
class A:
    def __del__(self): open(target, 'w').close()
a = A()
del a
""",
    "the end of a library's object": """
import weakref
class A: pass
a = A()
r = weakref.ref(a, lambda _: np.save(target, 1))
del a
""",
    "weakref.finalize": """
import weakref
class A: pass
a = A()
weakref.finalize(a, np.save, target, 1)
del a
""",
    "a fresh context": "import contextvars\ncontextvars.Context().run(np.save, target, 1)",
    "a callback of the loop in a fresh context": """
import asyncio, contextvars
asyncio.get_running_loop().call_soon(np.save, target, 1, context=contextvars.Context())
await asyncio.sleep(0)
""",
    "repr of the result": """
class A:
    def __repr__(self):
        np.save(target, 1)
        return 'A'
A()
""",
    "_repr_html_": """
class A:
    def _repr_html_(self):
        np.save(target, 1)
        return 'A'
A()
""",
    "repr of a value in a table": """
class A:
    def __repr__(self):
        np.memmap(target, 'u1', 'w+', 0, (4,))
        return 'A'
pd.DataFrame({'a': [A()]})
""",
    "a signal handler": """
import signal
signal.signal(signal.SIGUSR1, lambda *_: np.save(target, 1))
signal.raise_signal(signal.SIGUSR1)
signal.signal(signal.SIGUSR1, signal.SIG_DFL)
""",
    "a trace function": """
import sys
def t(*_): sys.settrace(None); np.save(target, 1)
sys.settrace(t)
(lambda: 1)()
""",
    "an audit of its own": """
import sys
def once(event, args, said=[]):
    if event == 'nb.go' and not said:
        said.append(1); open(target, 'w').close()
sys.addaudithook(once)
sys.audit('nb.go')
""",
}  # fmt: skip

LATE = (
    Attempt(
        "a library changed by functools.wraps",
        "introspection",
        """
import functools
def f(): pass
victim = pd.io.formats.format.set_eng_float_format
before = victim.__name__, victim.__qualname__, victim.__module__, victim.__doc__
functools.wraps(f)(victim)
loot = victim.__name__ == 'f' or None
""",
        silent=True,
        later="""
victim.__name__, victim.__qualname__, victim.__module__, victim.__doc__ = before
del victim.__wrapped__
""",
    ),
    Attempt(
        "a module changed by an enum",
        "introspection",
        """
import enum, math
enum.global_enum(enum.Enum('X', {'of_mine': 1}, module='math'))
loot = math.of_mine.value
""",
        silent=True,
        later="import math\ndel math.of_mine",
    ),
    Attempt(
        "a module changed by a conversion to an enum",
        "introspection",
        """
import enum, math
class E(enum.IntEnum): pass
class Source: of_mine = 3
E._convert_('of_mine', 'math', lambda name: name == 'of_mine', Source)
loot = hasattr(math, 'of_mine') or None
""",
        silent=True,
        later="import math\ndel math.of_mine",
    ),
    Attempt(
        "a module changed by a dataclass",
        "introspection",
        """
import math
from dataclasses import dataclass
@dataclass
class B:
    of_mine: int
B.__init__(math, 1)
loot = math.of_mine
""",
        silent=True,
        later="import math\ndel math.of_mine",
    ),
    Attempt(
        "a module changed by what holds anything",
        "introspection",
        """
import math
from statsmodels.tools.testing import Holder
Holder.__init__(math, of_mine=1)
loot = math.of_mine
""",
        silent=True,
        later="import math\ndel math.of_mine",
        needs="statsmodels",
    ),
    Attempt(
        "a library's class made a dataclass",
        "introspection",
        """
from dataclasses import dataclass
dataclass(init=False, repr=False, eq=False, match_args=False)(np.poly1d)
loot = 1
""",
        silent=True,
        later="del np.poly1d.__dataclass_fields__, np.poly1d.__dataclass_params__",
    ),
    Attempt(
        "a patched library",
        "escape",
        """
before = pd.DataFrame._repr_html_
pd.DataFrame._repr_html_ = lambda self: np.save(target, 1)
display(df)
""",
        later="pd.DataFrame._repr_html_ = before",
    ),
    Attempt(
        "a thread that outlives its cell",
        "escape",
        """
import threading, time
def f():
    time.sleep(0.05)
    open(target, 'w').close()
worker = threading.Thread(target=f)
worker.start()
""",
        later="worker.join()",
    ),
    Attempt(
        "a closure that a late thread makes",
        "escape",
        """
import threading, time
def f():
    time.sleep(0.05)
    (lambda: np.save(target, getattr(df, '_mgr') and 1))()
worker = threading.Thread(target=f)
worker.start()
""",
        later="worker.join()",
    ),
    Attempt(
        "a builtin behind a variable that is never bound",
        "escape",
        """
import os, threading, time
if False:
    vars = None
def f():
    time.sleep(0.05)
    (lambda: vars(os)['mkfifo'](target))()
worker = threading.Thread(target=f)
worker.start()
""",
        silent=True,
        later="worker.join()",
    ),
    Attempt(
        "a timer",
        "escape",
        "import threading\nworker = threading.Timer(0.05, np.save, (target, 1))\nworker.start()",
        later="worker.join()",
    ),
)

_WRITE = "np.memmap(target, 'u1', 'w+', 0, (4,))"
"""What the source policy does not know by its name."""
_TRAPS = {
    "repr": (f"class A:\n    def __repr__(self): return str({_WRITE})\na = A()", "a"),
    "a method": (f"class A:\n    def total(self): {_WRITE}\na = A()", "a.total()"),
    "a name": (f"def print(*args): {_WRITE}", "print(1)"),
    "a closure made later": (
        "def outer():\n    def inner(): np.memmap(target, 'u1', 'w+', 0, (4,))\n    return inner",
        "outer()()",
    ),
    "the end of a generator": (
        f"""
def g():
    try:
        yield
    finally:
        {_WRITE}
held = g()
next(held)
""",
        "del held",
    ),
    "a weak reference": (
        f"""
import weakref
class A: pass
a = A()
watch = weakref.ref(a, lambda _: {_WRITE})
""",
        "del a",
    ),
    "the end of a block": (
        f"""
class A:
    def __enter__(self): pass
    def __exit__(self, *_): {_WRITE}
a = A()
""",
        "with a: pass",
    ),
    "a subclass": (f"class A:\n    def __init_subclass__(cls): {_WRITE}", "class B(A): pass"),
    "an operand of NumPy": (
        f"class A:\n    def __array_ufunc__(self, *_, **__): {_WRITE}\na = A()",
        "np.add(1, a)",
    ),
    "a table that shows itself": (
        f"class D(pd.DataFrame):\n    def _repr_html_(self): return str({_WRITE})\nd = D(df)",
        "d",
    ),
    "a value in a table": (
        f"class A:\n    def __repr__(self): return str({_WRITE})\nd = pd.DataFrame({{'a': [A()]}})",
        "d",
    ),
    "a weak reference of a library's": (
        """
import functools, weakref
class A: pass
a = A()
save = functools.partial(np.memmap, target, 'u1', 'w+', 0, (4,))
watch = weakref.proxy(a, save)
""",
        "del a",
    ),
    "a coroutine": (f"async def f(): {_WRITE}\nc = f()", "await c"),
}
TRAPS = tuple(
    Attempt(f"a trap: {name}", "escape", code, freed=freed)
    for name, (code, freed) in _TRAPS.items()
)


def _silent(category: Category, table: dict[str, tuple[str, str]]) -> list[Attempt]:
    return [
        Attempt(name, category, code, silent=True, needs=needs)
        for name, (code, needs) in table.items()
    ]


ATTEMPTS: Final[tuple[Attempt, ...]] = (
    *_all("file write", _WRITES),
    *_silent("file write", _SILENT_WRITES),
    *_all("file read", _READS),
    *_silent("file read", _SILENT_READS),
    *_all("process", _PROCESSES),
    *_all("process", _SILENT_PROCESSES, silent=True),
    *_all("network", _NETWORK),
    *_silent("network", _SILENT_NETWORK),
    *_all("introspection", _INTROSPECTION, silent=True),
    *_all("escape", _ESCAPES),
    *LATE,
    *TRAPS,
)
