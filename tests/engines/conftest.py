"""Engines that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbengine.engines.process import ProcessEngine
from nbengine.engines.starter import Worker

pytest.register_assert_rewrite("tests.engines.conformance")

GRACE = 6.0
"""Seconds that a cell of these engines has after an interrupt: more than a busy machine takes."""


@pytest.fixture(scope="session")
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shared engine's notebooks."""
    return tmp_path_factory.mktemp("shared") / "workspace"


@pytest.fixture(scope="session")
def shared_engine(shared_root: Path) -> Iterator[ProcessEngine]:
    """One engine for every test that changes nothing but a notebook of its own."""
    with ProcessEngine(
        workspace_dir=shared_root,
        key_file=shared_root.with_name("key"),
        snapshots=True,
        worker_count=6,
        interrupt_grace=GRACE,
    ) as engine:
        yield engine


@pytest.fixture(scope="session")
def spawning_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the notebooks of the one whose workers are fresh interpreters."""
    return tmp_path_factory.mktemp("spawning") / "workspace"


@pytest.fixture(scope="session")
def spawning_engine(spawning_root: Path) -> Iterator[ProcessEngine]:
    """One whose workers are fresh interpreters, none of them warm."""
    with ProcessEngine(
        workspace_dir=spawning_root,
        key_file=spawning_root.with_name("key"),
        snapshots=True,
        worker_start="spawn",
        worker_count=6,
        spare_workers=0,
        interrupt_grace=GRACE,
    ) as engine:
        yield engine


@pytest.fixture(scope="session")
def impatient_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessEngine]:
    """One whose cells have next to no time after an interrupt, for those that never heed it."""
    folder = tmp_path_factory.mktemp("impatient")
    with ProcessEngine(
        workspace_dir=folder / "workspace",
        key_file=folder / "key",
        snapshots=True,
        worker_count=4,
        spare_workers=1,
        interrupt_grace=0.2,
    ) as engine:
        yield engine


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The signals that workers are sent in the course of the test."""
    sent: list[int] = []
    send = Worker.signal

    def signal_and_tell(worker: Worker, number: int) -> None:
        sent.append(number)
        send(worker, number)

    monkeypatch.setattr(Worker, "signal", signal_and_tell)
    return sent
