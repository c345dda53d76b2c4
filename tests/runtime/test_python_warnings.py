from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.models.notebook import Cut
from nbengine.runtime import python_warnings
from nbengine.runtime.python_warnings import WarningLog


@pytest.fixture
def namespace() -> dict[str, Any]:
    """What a cell sees, with a log to note warnings in."""
    return {"log": WarningLog(3), "__name__": "__main__"}


def note(namespace: dict[str, Any], call: str) -> Any:
    exec(compile(f"\n\nresult = {call}", "<cell c1 #1>", "exec"), namespace)
    return namespace["result"]


def test_repeats_are_counted_not_shown(namespace: dict[str, Any]) -> None:
    """The first of equal warnings is new, the others raise its count."""
    call = "[log.note('text', UserWarning, 'lib.py', 7, '<cell c1 #1>') for _ in range(5)]"
    assert note(namespace, call) == [True, False, False, False, False]
    (noted,) = namespace["log"]
    assert (noted.category, noted.message, noted.count) == (UserWarning, "text", 5)


def test_the_line_is_that_of_the_cell(namespace: dict[str, Any]) -> None:
    """A warning raised in a library has the line of the cell that called it."""
    note(namespace, "log.note('far', UserWarning, 'lib.py', 700, '<cell c1 #1>')")
    note(namespace, "log.note('near', UserWarning, '<cell c1 #1>', 2, '<cell c1 #1>')")
    assert [noted.line for noted in namespace["log"]] == [3, 2]


def test_different_warnings_are_bounded(namespace: dict[str, Any]) -> None:
    """Warnings beyond the limit are shown but not listed."""
    call = "[log.note(f'{n}', UserWarning, 'lib.py', n, '<cell c1 #1>') for n in range(5)]"
    assert note(namespace, call) == [True] * 5
    assert [noted.message for noted in namespace["log"]] == ["0", "1", "2"]
    assert namespace["log"].cut == Cut(what="warnings", kept=3, total=5)


def test_nothing_is_cut_within_the_limit(namespace: dict[str, Any]) -> None:
    """As many warnings as may be listed, however often they come, are no cut."""
    call = "[log.note(f'{n % 3}', UserWarning, 'lib.py', 1, '<cell c1 #1>') for n in range(9)]"
    note(namespace, call)
    assert namespace["log"].cut is None


def test_a_warning_without_text(namespace: dict[str, Any]) -> None:
    """A warning whose text cannot be had is listed by its class."""

    class Odd(UserWarning):
        def __str__(self) -> str:
            raise ValueError

    namespace["odd"] = Odd()
    note(namespace, "log.note(odd, type(odd), 'lib.py', 1, '<cell c1 #1>')")
    (noted,) = namespace["log"]
    assert noted.message == "<Odd whose text cannot be had>"


def test_endless_repeats_are_left_to_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that warns for ever is handed to Python's own once-per-place rule."""
    import warnings

    monkeypatch.setattr(warnings, "defaultaction", "always", raising=False)
    log = WarningLog(3)
    for _ in range(python_warnings.MOST_REPEATS + 1):
        log.note("text", UserWarning, "lib.py", 1, "<cell>")
    assert getattr(warnings, "defaultaction", None) == "default"


def test_a_warning_about_an_object_says_how_to_find_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Python does: where the object was made, or how to know; of other warnings nothing."""
    monkeypatch.setattr(warnings, "formatwarning", warnings._formatwarning_orig)  # type: ignore[attr-defined]
    with ExecutionService(workspace_dir=tmp_path) as service:
        forget = "async def forgotten(): ...\nx = forgotten()\ndel x"
        about = service.execute_code(forget, "c", "n")
        assert about.stderr.endswith(
            "\n  del x\nRuntimeWarning: Enable tracemalloc to get the object allocation traceback\n"
        )
        other = service.execute_code("import warnings\nwarnings.warn('w')", "c", "n")
        assert other.stderr == "Cell c:2: UserWarning: w\n  warnings.warn('w')\n"
