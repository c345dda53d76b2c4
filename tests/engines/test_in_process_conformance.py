"""`ExecutionService` is an engine itself: the suite that measures others by it holds for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbengine import ExecutionService
from nbengine.engines.base import Engine
from tests.engines.conformance import Conformance, OpenEngine


class TestInProcess(Conformance):
    """The measure, measured."""

    @pytest.fixture
    def open_engine(self, tmp_path: Path) -> OpenEngine:
        """Opens services with snapshots."""

        def open_engine(folder: Path) -> Engine:
            return ExecutionService(
                workspace_dir=folder,
                key_file=tmp_path / "key",
                snapshots=True,
                own_descriptors=True,
            )

        return open_engine
