"""The words for how a worker ended."""

from __future__ import annotations

import signal

import pytest

from nbengine.engines.ending import Ending


@pytest.mark.parametrize(
    "status, told",
    [
        (0, "exit code 0"),
        (3 << 8, "exit code 3"),
        (255 << 8, "exit code 255"),
        (signal.SIGUSR2, "signal SIGUSR2"),
        (63, "signal 63"),
        (signal.SIGSEGV | 128, "signal SIGSEGV: it accessed memory that is not its own"),
        (signal.SIGKILL, "signal SIGKILL: it was killed, by hand or because memory ran out"),
        (signal.SIGXCPU, "signal SIGXCPU: it used up its limit of processor time"),
        (None, "nobody could see how"),
    ],
)
def test_statuses(status: int | None, told: str) -> None:
    """Exit codes, and signals by name with what they mostly mean."""
    assert Ending(status).told.startswith(told)


def test_what_is_known_beside() -> None:
    """It says more than the status."""
    assert Ending(signal.SIGKILL, why="the memory limit of 1 GB").told == "the memory limit of 1 GB"
    assert Ending.lost().told == "the process that had started it ended"


@pytest.mark.parametrize(
    "status, killed", [(None, False), (0, False), (9 << 8, False), (9, True), (11, False)]
)
def test_being_killed(status: int | None, killed: bool) -> None:
    """Only the signal counts, no exit code of that number."""
    assert Ending(status).is_killed is killed
