from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from nbengine.models.session import ExecutionMode
from nbengine.policy.sandbox.confinement import Confinement
from nbengine.policy.sandbox.control_groups import ControlGroup
from nbengine.policy.sandbox.limits import Limits
from nbengine.settings import Settings

GROUP = ControlGroup((Path("/sys/fs/cgroup/a"),), "cgroup v1")
WHOLE = Confinement(
    mode=ExecutionMode.WRITE_ENABLED,
    readable=(Path("/data"),),
    writable=(Path("/own"),),
    temporary_folder=Path("/tmp/own"),
    processes=True,
    network=True,
    isolation="best_effort",
    limits=Limits(memory_bytes=2**30, cpu_seconds=3, file_bytes=0, processes=7, open_files=64),
    group=GROUP,
)


@pytest.mark.parametrize("confinement", [WHOLE, Confinement(mode=ExecutionMode.READ_ONLY)])
def test_it_travels_as_json(confinement: Confinement) -> None:
    """What is read at the other end is equal to what was written."""
    assert Confinement.model_validate_json(confinement.model_dump_json()) == confinement


@pytest.mark.parametrize("leave", ["processes", "network"])
def test_read_only_has_neither_processes_nor_network(leave: str) -> None:
    """A confinement that says both makes no sense, and is none."""
    with pytest.raises(ValidationError, match="read_only knows no processes"):
        Confinement.model_validate({"mode": "read_only", leave: True})


@pytest.mark.parametrize(
    "wrong",
    [{"mod": "read_only"}, {"mode": "all"}, {"mode": "read_only", "limits": {"memory_bytes": 0}}],
)
def test_what_makes_no_sense(wrong: dict[str, object]) -> None:
    """Unknown names, unknown modes and limits that nothing could run under are refused."""
    with pytest.raises(ValidationError):
        Confinement.model_validate(wrong)


def test_it_is_frozen() -> None:
    """Nobody widens a confinement that was decided."""
    with pytest.raises(ValidationError):
        WHOLE.network = False  # type: ignore[misc]


def test_what_the_settings_say() -> None:
    """Each mode gets what the settings give it, and read-only mode never more than it may."""
    settings = Settings(
        allow_processes=True,
        allow_network=True,
        input_folders=(Path("/data"),),
        memory_limit=2**30,
        cpu_limit=60,
        file_size_limit=2**20,
        process_limit=9,
        open_file_limit=99,
        isolation="best_effort",
    )
    writing = Confinement.chosen(
        settings, ExecutionMode.EPICS_CONTROL, readable=(Path("/in"),), writable=(Path("/own"),)
    )
    assert (writing.processes, writing.network, writing.isolation) == (True, True, "best_effort")
    assert writing.readable == (Path("/in"), Path("/data"))
    assert writing.limits == Limits(
        memory_bytes=2**30, cpu_seconds=60, file_bytes=2**20, processes=9, open_files=99
    )
    reading = Confinement.chosen(settings, ExecutionMode.READ_ONLY, group=GROUP)
    assert (reading.processes, reading.network, reading.group) == (False, False, GROUP)


def test_the_settings_that_hold_unless_told_otherwise() -> None:
    """Programs may be started, the network may not be reached, and memory is bounded."""
    found = Confinement.chosen(Settings(), ExecutionMode.WRITE_ENABLED)
    assert (found.processes, found.network, found.isolation) == (True, False, "required")
    assert found.limits.memory_bytes is not None
    assert found.limits.processes is not None


def test_namespaces_by_mode() -> None:
    """Who may write has mounts of its own, who may not speak to the network has one of its own."""
    assert Confinement(mode=ExecutionMode.READ_ONLY).namespaces == ("user", "ipc", "net")
    assert WHOLE.namespaces == ("user", "ipc", "mnt")
    assert WHOLE.own_folders == (Path("/own"), Path("/tmp/own"))
