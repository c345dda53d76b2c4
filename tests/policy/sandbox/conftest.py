from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from nbengine.policy.sandbox import landlock, seccomp
from tests.policy.sandbox.host import NOBODY, Ground, Host, new_ground

NEEDS_LINUX = "the kernel here holds nobody to anything"


@pytest.fixture(scope="session", autouse=True)
def _able_kernel() -> None:
    if sys.platform != "linux" or not (landlock.version() and seccomp.available()):
        pytest.skip(NEEDS_LINUX)


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    """An interpreter with what the attempts need, imported before anything is refused."""
    host = Host(
        "asyncio", "ctypes", "fcntl", "mmap", "multiprocessing.pool", "multiprocessing.synchronize",
        "pty", "resource", "signal", "shutil", "socket", "sqlite3", "subprocess", "tempfile",
        "threading",
    )  # fmt: skip
    yield host
    host.close()


@pytest.fixture(scope="session")
def library_host() -> Iterator[Host]:
    """An interpreter as the engine keeps it: the libraries of analysis are loaded."""
    host = Host(
        "numpy", "pandas", "matplotlib.pyplot", "plotly.express",
        "sqlite3", "asyncio", "concurrent.futures.thread",
    )  # fmt: skip
    yield host
    host.close()


@pytest.fixture(params=["own", "nobody"])
def user(request: pytest.FixtureRequest) -> int | None:
    """Who runs the worker: whoever runs the tests, and an ordinary user where root does."""
    if request.param == "own":
        return None
    if os.getuid() != 0:
        pytest.skip("only root can become an ordinary user")
    return NOBODY


@pytest.fixture
def ground(user: int | None) -> Iterator[Ground]:
    """Folders of the user."""
    with new_ground(user) as ground:
        yield ground


@pytest.fixture
def own_ground() -> Iterator[Ground]:
    """Folders of whoever runs the tests."""
    with new_ground(None) as ground:
        yield ground
