"""What tests of child processes find."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbengine import ExecutionService
from tests.runtime.ipython.processes import MARK


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever the test starts can be told by its environment."""
    monkeypatch.setenv(MARK, str(tmp_path))


@pytest.fixture
def warm(service: ExecutionService) -> ExecutionService:
    """A service whose notebook has its shell and the thread that looks after scripts."""
    service.execute_code("%%bash\ntrue", "c", "n")
    return service
