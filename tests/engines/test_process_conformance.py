"""The `process` engine gives what `ExecutionService` gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbengine.engines.base import Engine
from nbengine.engines.process import ProcessEngine
from tests.engines.conformance import Conformance, Notebook, OpenEngine
from tests.engines.conftest import GRACE


class TestProcess(Conformance):
    """Workers that are forked."""

    worker_start = "fork"

    @pytest.fixture
    def engine(self, shared_engine: ProcessEngine) -> Engine:
        """The engine that all tests share."""
        return shared_engine

    @pytest.fixture
    def root(self, shared_root: Path) -> Path:
        """Its folder."""
        return shared_root

    @pytest.fixture
    def notebook(self, engine: Engine) -> Iterator[Notebook]:
        """A fresh notebook, whose worker ends with the test."""
        notebook = Notebook(engine)
        yield notebook
        assert isinstance(engine, ProcessEngine)
        engine.hibernate(notebook.id)

    @pytest.fixture
    def open_engine(self, tmp_path: Path) -> OpenEngine:
        """Opens engines without spare workers."""

        def open_engine(folder: Path) -> Engine:
            return ProcessEngine(
                workspace_dir=folder,
                key_file=tmp_path / "key",
                snapshots=True,
                worker_start=self.worker_start,
                spare_workers=0,
                interrupt_grace=GRACE,
            )

        return open_engine


class TestSpawned(TestProcess):
    """Workers that are fresh interpreters."""

    worker_start = "spawn"

    @pytest.fixture
    def engine(self, spawning_engine: ProcessEngine) -> Engine:
        """The engine of that kind that all tests share."""
        return spawning_engine

    @pytest.fixture
    def root(self, spawning_root: Path) -> Path:
        """Its folder."""
        return spawning_root

    @pytest.fixture
    def notebook(self, engine: Engine) -> Iterator[Notebook]:
        """A fresh notebook whose worker is there before the test, so that no timeout counts it."""
        notebook = Notebook(engine)
        assert isinstance(engine, ProcessEngine)
        engine.is_complete("1", notebook.id)
        yield notebook
        engine.hibernate(notebook.id)
