"""What tests of notebooks on disk share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.services.notebook_service import NotebookService

Serve = Callable[..., NotebookService]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Opens the workspace, as the next server would; the one before is closed."""
    opened: list[NotebookService] = []

    def close() -> None:
        while opened:
            service = opened.pop()
            service.close()
            service.engine.close()

    def serve(folder: Path | None = None, **settings: Any) -> NotebookService:
        close()
        engine = ExecutionService(**{"snapshots": False, **settings})
        opened.append(NotebookService(engine, engine.settings, folder=folder))
        return opened[0]

    yield serve
    close()


@pytest.fixture
def service(serve: Serve) -> NotebookService:
    """Notebooks of a fresh workspace."""
    return serve()


@pytest.fixture
def notebook_id(service: NotebookService) -> str:
    """A notebook with the cells `a`: `x = 1`, and `b`: `print(x)`."""
    notebook = service.create("Whales")
    service.add_cell(notebook.id, "x = 1", cell_id="a")
    service.add_cell(notebook.id, "print(x)", cell_id="b", after="a")
    return notebook.id
