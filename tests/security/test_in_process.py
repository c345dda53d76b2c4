"""READ_ONLY in process against every attempt that it promises to withstand."""

from __future__ import annotations

import importlib.util
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbengine import ExecutionMode, ExecutionResult, ExecutionService
from tests.conftest import until

from .attempts import ATTEMPTS, Attempt
from .ground import Ground, Listener

HERE = [attempt for attempt in ATTEMPTS if attempt.level == "in_process"]
HEARD = [
    attempt
    for attempt in HERE
    if not attempt.silent and attempt.category != "escape" and "await" not in attempt.code
    and not attempt.code.startswith(("!", "%", "x = !", "from numpy import *"))
]  # fmt: skip
"""Those that raise an audit event wherever they are written."""


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """Somebody to reach."""
    with Listener() as listener:
        yield listener


@pytest.fixture
def ground(tmp_path: Path, listener: Listener) -> Ground:
    """A place to make attempts."""
    listener.taken()
    return Ground(tmp_path / "ground", listener.port)


def test_there_are_at_least_sixty_attempts() -> None:
    """None has the name of another in its category."""
    assert len(HERE) >= 60
    assert len({(a.category, a.name) for a in HERE}) == len(HERE)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("attempt", HERE, ids=lambda a: f"{a.category}: {a.name}")
def test_attempt_succeeds_without_the_guard_and_fails_with_it(
    service: ExecutionService, ground: Ground, listener: Listener, attempt: Attempt
) -> None:
    """Nothing is taken in READ_ONLY, the notebook goes on, and WRITE_ENABLED is as before."""
    if attempt.needs and importlib.util.find_spec(attempt.needs) is None:
        pytest.skip(f"{attempt.needs} is not installed")
    _make(service, ground, attempt, ExecutionMode.WRITE_ENABLED)
    until(lambda: ground.taken(service.notebook_globals["write_enabled"], listener))
    ground.clear()

    held = _make(service, ground, attempt, ExecutionMode.READ_ONLY)

    assert not ground.taken(service.notebook_globals["read_only"], listener), held
    assert _in(service, "1 + 1", ExecutionMode.READ_ONLY).outputs[-1].data["text/plain"] == "2"  # type: ignore[union-attr]
    after = service.execute_code("open(target, 'w').close()", "c3", "read_only")
    assert after.error is None
    assert ground.taken({}, listener)


@pytest.mark.parametrize("attempt", HEARD, ids=lambda a: f"{a.category}: {a.name}")
def test_audit_net_holds_alone(
    service: ExecutionService, ground: Ground, listener: Listener, attempt: Attempt
) -> None:
    """The same code in a function that was written without guards takes nothing either."""
    code = f"def attempt():\n    global loot\n{textwrap.indent(attempt.code.strip(), '    ')}"
    notebook = "read_only"
    service.execute_code(ground.preparation, "c0", notebook)
    defined = service.execute_code(code, "c1", notebook)
    assert defined.error is None

    held = _in(service, "attempt()", ExecutionMode.READ_ONLY)

    assert not ground.taken(service.notebook_globals[notebook], listener), held


def _make(
    service: ExecutionService, ground: Ground, attempt: Attempt, mode: ExecutionMode
) -> ExecutionResult:
    service.execute_code(ground.preparation, "c0", mode.value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = _in(service, attempt.code, mode)
        if attempt.later:
            _in(service, attempt.later, mode)
        if attempt.freed:
            _in(service, attempt.freed, ExecutionMode.WRITE_ENABLED, mode.value)
    return result


def _in(
    service: ExecutionService, code: str, mode: ExecutionMode, notebook_id: str = ""
) -> ExecutionResult:
    return service.execute_code(code, "c1", notebook_id or mode.value, mode=mode)
