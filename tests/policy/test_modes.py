from __future__ import annotations

import pytest

from nbengine import ExecutionMode, ExecutionService
from nbengine.errors import InvalidInputError
from nbengine.models.session import Isolation
from nbengine.policy.modes import check_mode
from tests.conftest import Run


@pytest.mark.parametrize("mode", ExecutionMode)
def test_mode_is_known_by_its_name(mode: ExecutionMode) -> None:
    """Text and member mean the same."""
    assert check_mode(mode) is check_mode(mode.value) is mode


@pytest.mark.parametrize(
    "wrong, near",
    [("readonly", "read_only"), ("READ_ONLY", "read_only"), ("write", "write_enabled"), (3, "")],
)
def test_unknown_mode_is_refused_with_the_nearest(run: Run, wrong: object, near: str) -> None:
    """Nothing runs, and one sentence names the modes there are."""
    with pytest.raises(InvalidInputError) as caught:
        run("x = 1", mode=wrong)
    told = str(caught.value)
    assert (f"the nearest is {near!r}" in told) == bool(near)
    assert told.endswith("Modes are read_only, write_enabled, epics_control.")


def test_results_say_what_confines_the_process(service: ExecutionService) -> None:
    """Whoever has confined it tells the service, which adds what the mode promises."""
    service.confinement = Isolation(level="process", landlock_abi=7, seccomp=True)
    result = service.execute_code("1", "c", "n", mode="read_only")
    assert result.isolation_effective == Isolation(
        level="process",
        mode=ExecutionMode.READ_ONLY,
        source_policy=True,
        audit=True,
        landlock_abi=7,
        seccomp=True,
    )
