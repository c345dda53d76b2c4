"""Who gives each notebook a process of its own, and what that is asked to do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Protocol

from benchmarks.memory import proportional, resident
from nbengine.engines.process import ProcessEngine

ANSWER = """\
import pandas as pd, matplotlib.pyplot as plt, plotly.graph_objects as go
pd.DataFrame({"a": [1, 2, 3]}).sum()"""
"""The first cell of a session that has pandas, Matplotlib and Plotly."""
REST = 0.5
"""Seconds between starts, in which spare workers are made."""
MOST = 250
"""Workers that may live at a time."""


class Sessions(Protocol):
    """Starts processes for notebooks."""

    def start(self) -> float:
        """Seconds until the first answer of one more."""

    def run(self, code: str) -> None:
        """A cell in the one that was started last."""

    def memory(self) -> float:
        """Bytes of one on average, pages that are shared counted in part."""

    def close(self) -> None:
        """End them all."""


class EngineSessions:
    """Workers of the `process` engine.

    Args:
        spares: how many are kept ready.
        snapshots: whether variables are saved.
    """

    def __init__(self, spares: int = 2, *, snapshots: bool = False) -> None:
        self.folder = TemporaryDirectory(prefix="nbengine-benchmark-")
        self._snapshots = snapshots
        self._spares = spares
        self._count = 0
        self.engine = self._open()
        self.start()
        self.engine.hibernate(self.newest)

    @property
    def newest(self) -> str:
        """Id of the notebook that was started last."""
        return f"n{self._count}"

    def start(self) -> float:
        sleep(REST)
        return self.start_at_once()

    def start_at_once(self, code: str = ANSWER) -> float:
        """The same without giving spare workers the time to be made."""
        self._count += 1
        began = perf_counter()
        self.run(code)
        return perf_counter() - began

    def start_cold(self) -> float:
        """The same with the engine itself, and the parent of its workers, still to be started."""
        self.engine.close()
        began = perf_counter()
        self.engine = self._open()
        self.start_at_once()
        return perf_counter() - began

    def run(self, code: str) -> None:
        result = self.engine.execute_code(code, "cell", self.newest)
        if result.error is not None:
            raise RuntimeError(result.error.traceback)

    def memory(self) -> float:
        return fmean(map(proportional, self.engine.workers.values()))

    def private(self) -> float:
        """Bytes of the newest session that no other process shares."""
        fields = Path(f"/proc/{self.engine.workers[self.newest]}/smaps_rollup").read_text()
        found = [line.split() for line in fields.splitlines() if line.startswith("Private_")]
        return sum(int(words[1]) for words in found) * 1024.0

    def close(self) -> None:
        self.engine.close()
        self.folder.cleanup()

    def _open(self) -> ProcessEngine:
        folder = self.folder.name
        return ProcessEngine(
            workspace_dir=folder,
            key_file=Path(folder, "key"),
            snapshots=self._snapshots,
            spare_workers=self._spares,
            worker_count=MOST,
        )


class KernelSessions:
    """ipykernels, driven by jupyter_client."""

    def __init__(self) -> None:
        from .jupyter import Kernel

        self._make: Callable[[], Kernel] = Kernel
        self._kernels: list[Kernel] = []

    def start(self) -> float:
        began = perf_counter()
        self._kernels.append(self._make())
        self.run(ANSWER)
        return perf_counter() - began

    def run(self, code: str) -> None:
        self._kernels[-1].run(code)

    def memory(self) -> float:
        return fmean(kernel.idle_memory() for kernel in self._kernels)

    def close(self) -> None:
        for kernel in self._kernels:
            kernel.close()


def start(sessions: Sessions) -> float:
    """Seconds until the first answer of a new session."""
    return sessions.start()


def start_without_spare(sessions: Sessions) -> float:
    """The same where no worker was made beforehand."""
    assert isinstance(sessions, EngineSessions)
    return sessions.start_at_once()


def start_cold(sessions: Sessions) -> float:
    """The same where nothing was started before."""
    assert isinstance(sessions, EngineSessions)
    return sessions.start_cold()


def trip(sessions: Sessions) -> float:
    """Seconds of a trivial cell."""
    began = perf_counter()
    sessions.run("x = 1")
    return perf_counter() - began


def idle(sessions: Sessions, count: int) -> float:
    """Bytes of one of so many idle sessions."""
    for _ in range(count):
        sessions.start()
    return sessions.memory()


def idle_alone(sessions: Sessions) -> float:
    """Bytes of an idle session that would be free without it."""
    assert isinstance(sessions, EngineSessions)
    return sessions.private()


def start_many(sessions: Sessions, count: int) -> float:
    """Seconds until so many sessions have answered, asked for one after another."""
    assert isinstance(sessions, EngineSessions)
    return sum(sessions.start_at_once() for _ in range(count))


def weigh_many(sessions: Sessions, count: int) -> float:
    """Bytes of so many sessions together."""
    assert isinstance(sessions, EngineSessions)
    for _ in range(count):
        sessions.start_at_once()
    return float(sum(map(proportional, sessions.engine.workers.values())))


def hibernate_many(sessions: Sessions, count: int) -> float:
    """Bytes by which this process grows with so many notebooks that hibernate."""
    assert isinstance(sessions, EngineSessions)
    before = resident()
    _hibernate(sessions, count)
    return float(resident() - before)


def keep_many(sessions: Sessions, count: int) -> float:
    """Bytes on disk of so many notebooks that hibernate, each with a small table."""
    assert isinstance(sessions, EngineSessions)
    before = _disk(sessions.folder.name)
    _hibernate(sessions, count)
    return float(_disk(sessions.folder.name) - before)


def _hibernate(sessions: EngineSessions, count: int) -> None:
    for _ in range(count):
        sessions.start_at_once("import pandas as pd\ndf = pd.DataFrame({'a': range(10)})")
        sessions.engine.hibernate(sessions.newest)


def _disk(folder: str) -> int:
    total = 0
    for path in Path(folder).rglob("*"):
        with suppress(OSError):
            total += path.lstat().st_blocks * 512
    return total
