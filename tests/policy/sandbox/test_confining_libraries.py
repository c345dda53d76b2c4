from __future__ import annotations

import pytest

from tests.policy.sandbox.host import Ground, Host

MODES = ["read_only", "write_enabled"]

WORK = {
    "numpy": """
import numpy as np
a = np.random.default_rng(1).normal(size=(300, 300))
answer = bool(np.allclose(a @ np.linalg.inv(a), np.eye(300), atol=1e-6))
""",
    "numpy maps a file": """
import numpy as np
np.save(given["own"] + "/a.npy", np.arange(10))
answer = int(np.load(given["own"] + "/a.npy", mmap_mode="r").sum()) == 45
""",
    "pandas": """
import pandas as pd
frame = pd.DataFrame({"a": [1, 2, 2], "b": [1.0, 2.0, 4.0]})
read = pd.read_csv(given["input"] + "/there")
answer = frame.groupby("a").b.mean().tolist() == [1.0, 3.0] and list(read.columns) == ["text"]
""",
    "matplotlib": """
import io
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 2, 3])
axes.set_title("α")
kept = io.BytesIO()
figure.savefig(kept, format="png")
answer = kept.getvalue()[:4] == b"\\x89PNG"
""",
    "plotly": """
import plotly.express as px
answer = len(px.scatter(x=[1, 2], y=[3, 4]).to_json()) > 100
""",
    "scikit-learn": """
from sklearn.linear_model import LinearRegression
answer = round(float(LinearRegression(n_jobs=1).fit([[1], [2], [3]], [2, 4, 6]).coef_[0]), 6) == 2.0
""",
    "sqlite": """
import sqlite3
base = sqlite3.connect(given["own"] + "/base.db")
base.execute("PRAGMA journal_mode=WAL")
base.execute("PRAGMA synchronous=FULL")
base.execute("PRAGMA mmap_size=1048576")
base.execute("CREATE TABLE t (a)")
base.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1000)])
base.commit()
base.execute("VACUUM")
answer = base.execute("SELECT sum(a) FROM t").fetchone() == (499500,)
base.close()
""",
    "durable files": """
import os, pathlib
own = pathlib.Path(given["own"])
with open(own / "new.tmp", "wb") as file:
    file.write(b"x" * 100_000)
    file.flush()
    os.fsync(file.fileno())
os.replace(own / "new.tmp", own / "new")
folder = os.open(own, os.O_RDONLY)
os.fsync(folder)
answer = (own / "new").stat().st_size == 100_000
""",
    "file locks": """
import fcntl
with open(given["own"] + "/lock", "w") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    fcntl.lockf(file, fcntl.LOCK_EX)
    answer = True
""",
    "threads": """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    answer = sum(pool.map(lambda n: n * n, range(100))) == 328350
""",
    "asyncio": """
import asyncio
async def nap(n):
    await asyncio.sleep(0.001)
    return await asyncio.to_thread(lambda: n)
async def main():
    return sum(await asyncio.gather(*map(nap, range(10))))
answer = asyncio.run(main()) == 45
""",
    "tracked pages": """
import os
from nbengine.state.written_pages import WrittenPages
pages = WrittenPages()
answer = pages.available() == given["tracks"]
pages.close()
""",
    "pipes and timers": """
import os, select, signal
signal.signal(signal.SIGALRM, lambda *_: os.write(sink, b"x"))
source, sink = os.pipe()
signal.setitimer(signal.ITIMER_REAL, 0.01)
answer = select.select([source], [], [], 10)[0] == [source]
""",
    "local time": """
import datetime, zoneinfo
answer = datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")).hour == 0
""",
    "a module that nobody imported yet": """
import fractions, wsgiref.util
answer = True
""",
    "a library that would use all cores": """
import warnings
warnings.simplefilter("error")
from joblib import Parallel, delayed
answer = sum(Parallel(n_jobs=2)(delayed(pow)(n, 2) for n in range(10))) == 285
""",
    "an extension that nobody imported yet": """
import scipy.signal
answer = len(scipy.signal.windows.hann(8)) == 8
""",
}
"""What analysis and the engine itself do; each sets `answer` to whether it came out right."""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", WORK)
def test_works_as_before(library_host: Host, own_ground: Ground, name: str, mode: str) -> None:
    """Who computes, draws and saves its state in its own folder notices nothing."""
    tracks = "import nbengine.state.written_pages as w; answer = w.WrittenPages().available()"
    given = {
        "own": str(own_ground.own),
        "input": str(own_ground.input),
        "tracks": library_host.run(tracks).answer,
    }
    limits = {"memory_bytes": 2**30, "open_files": 256}
    found = library_host.run(WORK[name], own_ground.confinement(mode, limits=limits), **given)
    assert (found.error, found.answer) == ("", True)


def test_threads_of_a_library_would_be_told(library_host: Host) -> None:
    """The interpreter with all libraries has one thread, so that its children can be confined."""
    assert library_host.run("import os; answer = len(os.listdir('/proc/self/task'))").answer == 1
