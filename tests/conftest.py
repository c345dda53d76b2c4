"""What every test finds: settings of its own, a service, and a browser to look at a page."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from selenium import webdriver

from nbengine import ExecutionResult, ExecutionService

Run = Callable[..., ExecutionResult]

PATIENCE = 20.0
"""Seconds after which a test gives up waiting for what another thread or process does."""

# Whether an example is slow is a matter of the machine, never of a test.
settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")

# A shell that starts the tests in the background lets them, and all they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

BROWSER_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1200,1600",
)
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing of the developer's environment reaches a test; its workspace is a fresh folder."""
    for name in [name for name in os.environ if name.startswith("NBENGINE_")]:
        monkeypatch.delenv(name)
    workspace = tmp_path / "workspace"
    monkeypatch.setenv("NBENGINE_WORKSPACE_DIR", str(workspace))
    monkeypatch.setenv("NBENGINE_KEY_FILE", str(tmp_path / "key"))
    return workspace


@pytest.fixture(autouse=True)
def own_log_handlers() -> Iterator[None]:
    """A cell that logs leaves no handler behind, which would write into other tests' cells."""
    _remove_foreign_handlers()  # of cells that fixtures of wider scope have run
    yield
    _remove_foreign_handlers()


def _remove_foreign_handlers() -> None:
    """All but those of pytest."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if not type(handler).__module__.startswith("_pytest"):
            root.removeHandler(handler)


@pytest.fixture
def service() -> Iterator[ExecutionService]:
    """A service whose notebooks are closed after the test."""
    with ExecutionService() as service:
        yield service


@pytest.fixture
def run(service: ExecutionService) -> Run:
    """Runs a cell, by default of the one notebook of the test, and gives back its result."""

    def run(
        code: str, cell_id: str = "c1", notebook_id: str = "n", **options: Any
    ) -> ExecutionResult:
        return service.execute_code(code, cell_id, notebook_id, **options)

    return run


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A headless Chromium that reaches no other host; its console is in `get_log("browser")`."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no Chromium with its driver here: `make system-packages`")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    profile = tmp_path_factory.mktemp("browser")
    for flag in (*BROWSER_FLAGS, NO_NETWORK, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


@pytest.fixture(autouse=True)
def own_browser_log(request: pytest.FixtureRequest) -> None:
    """What pages of another test had to say is not in the console of this one's."""
    if "browser" in request.fixturenames:
        request.getfixturevalue("browser").get_log("browser")


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    """Threads that ask for cells."""
    with ThreadPoolExecutor() as pool:
        yield pool


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread or process does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.001)
