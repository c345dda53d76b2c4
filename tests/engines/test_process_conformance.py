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
                spare_workers=0,
                interrupt_grace=GRACE,
            )

        return open_engine
