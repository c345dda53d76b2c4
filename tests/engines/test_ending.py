"""The words for how a worker ended."""

from __future__ import annotations

import signal

import pytest

from nbengine.engines.ending import KILL, Ending


@pytest.mark.parametrize(
    "code, told",
    [
        (0, "exit code 0"),
        (3, "exit code 3"),
        (255, "exit code 255"),
        (0xC0000005, "exit code 0xc0000005: it accessed memory that is not its own"),
        (-signal.SIGUSR2, "signal SIGUSR2"),
        (-63, "signal 63"),
        (-signal.SIGSEGV, "signal SIGSEGV: it accessed memory that is not its own"),
        (-signal.SIGKILL, "signal SIGKILL: it was killed, by hand or because memory ran out"),
        (-signal.SIGXCPU, "signal SIGXCPU: it used up its limit of processor time"),
        (None, "nobody could see how"),
    ],
)
def test_codes(code: int | None, told: str) -> None:
    """Exit codes, and signals by name with what they mostly mean."""
    assert Ending(code).told.startswith(told)


def test_who_never_served() -> None:
    """What it wrote last is the reason, if it wrote anything."""
    assert Ending(1).at_once == "A new worker died at once: exit code 1."
    said = Ending(1, said="ImportError: no x").at_once
    assert said == "A new worker died at once: exit code 1 (ImportError: no x)."


def test_the_end_by_force() -> None:
    """It is told by the name that it has on most systems, also where there is none."""
    assert Ending(-KILL).told.startswith("signal SIGKILL")


def test_what_is_known_beside() -> None:
    """It says more than the status."""
    assert Ending(-9, why="the memory limit of 1 GB").told == "the memory limit of 1 GB"
    assert Ending.lost().told == "the process that had started it ended"


@pytest.mark.parametrize(
    "code, killed", [(None, False), (0, False), (9, False), (-9, True), (-11, False)]
)
def test_being_killed(code: int | None, killed: bool) -> None:
    """Only the signal counts, no exit code of that number."""
    assert Ending(code).is_killed is killed
