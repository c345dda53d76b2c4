from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from threading import Event
from typing import Any

import pytest

from nbengine.errors import StorageError
from nbengine.settings import Settings
from nbengine.state.signing import NotebookKey
from nbengine.worker.hosted_service import HostedService
from tests.conftest import PATIENCE


@pytest.fixture
def service() -> Iterator[HostedService]:
    """A service whose first cell is over."""
    with HostedService(Settings(snapshots=False)) as service:
        service.over = 1
        yield service


def interrupting(service: HostedService, number: int, done: Event) -> Any:
    """A listener that interrupts a cell as soon as something is shown, and tells when it did."""

    def interrupt(_event: object) -> None:
        assert service.interrupt("n", number)
        done.set()

    return interrupt


def test_an_interrupt_that_comes_late_hits_no_other_cell(service: HostedService) -> None:
    """It was meant for one that is over."""
    done = Event()
    result = service.execute_code(
        "print('a', flush=True)\ndisplay(1)", "c", "n", on_output=interrupting(service, 0, done)
    )
    assert result.status == "ok"
    assert done.wait(PATIENCE)


def test_an_interrupt_hits_the_cell_that_it_is_meant_for(service: HostedService) -> None:
    """Whichever thread it comes from; the cell is told where it is."""
    code = "import threading, time\nthreading.Thread(target=stop).start()\ntime.sleep(600)"
    service._get_notebook_globals("n")["stop"] = lambda: service.interrupt("n", 1)
    assert service.execute_code(code, "c", "n").status == "interrupted"


def test_an_interrupt_of_what_is_over(service: HostedService) -> None:
    """There is nothing to wait for."""
    assert service.interrupt("n", 0)
    assert service.interrupt("n")


def test_a_notebook_is_open_before_its_first_cell(tmp_path: Path) -> None:
    """Nobody waits for that any more; what stands in its way is told by the first cell."""
    workspace = tmp_path / "workspace"
    for in_the_way in (False, True):
        with HostedService(Settings(snapshots=False, workspace_dir=workspace)) as service:
            service.keep(NotebookKey("n", b"", b""))
            service.make_ready("n")
            assert list(service.notebook_globals) == ([] if in_the_way else ["n"])
            if in_the_way:
                with pytest.raises(StorageError, match="cannot be made"):
                    service.execute_code("1", "c", "n")
        rmtree(workspace, ignore_errors=True)
        workspace.write_text("in the way")
