from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from nbengine.runtime.assistance import jedi_process
from nbengine.runtime.assistance.jedi_process import MOST_FAILURES, Jedi
from tests.conftest import PATIENCE, until


@pytest.fixture
def jedi() -> Iterator[Jedi]:
    jedi = Jedi()
    yield jedi
    jedi.close()


def question(source: str, cwd: Path, what: str = "complete") -> dict[str, Any]:
    line, column = source.count("\n") + 1, len(source.rpartition("\n")[2])
    return {
        "what": what,
        "source": source,
        "line": line,
        "column": column,
        "cwd": str(cwd),
        "path": sys.path,
    }


def workers() -> set[int]:
    """The processes that analyse source, of this one."""
    return {
        child.pid
        for child in psutil.Process().children()
        if any("jedi_worker" in part for part in child.cmdline())
    }


def slow(cwd: Path, lines: int) -> dict[str, Any]:
    """A question that takes long: a cell of very many lines."""
    return question("x = [{'a': (1, 'b')}, f(y)]\n" * lines + "x.app", cwd)


def test_names_are_found_in_the_source(jedi: Jedi, tmp_path: Path) -> None:
    """What a call gives back is known without running it."""
    answer = jedi.ask(question("'a b'.split().app", tmp_path), PATIENCE)
    assert answer["matches"] == [["append", "function"]]


def test_a_definition_is_told(jedi: Jedi, tmp_path: Path) -> None:
    """Signature, documentation and kind."""
    answer = jedi.ask(question("import json\njson.dumps", tmp_path, "inspect"), PATIENCE)
    assert answer["signature"].startswith("dumps(obj")
    assert answer["type"] == "function"


def test_what_cannot_be_analysed_is_answered_with_nothing(jedi: Jedi, tmp_path: Path) -> None:
    """And the next question is answered again."""
    broken = question("x", tmp_path) | {"line": 99}
    assert "matches" not in jedi.ask(broken, PATIENCE)
    assert jedi.ask(question("'a'.upp", tmp_path), PATIENCE)["matches"]


def test_a_late_answer_is_nobody_elses(jedi: Jedi, tmp_path: Path) -> None:
    """After a question that nobody waited for, the next gets its own answer."""
    jedi.ask(question("'a'.upp", tmp_path), PATIENCE)
    assert jedi.ask(slow(tmp_path, 1_000), 0.001) == {}
    until(lambda: jedi.ask(question("[].app", tmp_path), PATIENCE) != {})
    assert jedi.ask(question("'a'.upp", tmp_path), PATIENCE)["matches"] == [["upper", "function"]]


def test_a_question_that_takes_for_ever_is_ended(
    jedi: Jedi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that works on it is killed, and another answers."""
    jedi.ask(question("'a'.upp", tmp_path), PATIENCE)
    (before,) = workers()
    monkeypatch.setattr(jedi_process, "PATIENCE", 0.0)
    assert jedi.ask(slow(tmp_path, 100_000), 0.01) == {}
    until(lambda: jedi.ask(question("[].app", tmp_path), PATIENCE) != {})
    assert before not in workers()


def test_a_process_that_was_killed_is_replaced(jedi: Jedi, tmp_path: Path) -> None:
    """One question may be lost, no more."""
    jedi.ask(question("'a'.upp", tmp_path), PATIENCE)
    (worker,) = workers()
    psutil.Process(worker).kill()
    until(lambda: jedi.ask(question("'a'.upp", tmp_path), PATIENCE) != {})


def test_a_process_that_only_listens_is_replaced(
    jedi: Jedi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one that is dying, the pipe for answers may be closed before the one for questions."""
    deaf = tmp_path / "jedi_worker.py"
    deaf.write_text("import os, sys\nos.close(1)\nsys.stdin.read()")
    ask = question("'a'.upp", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(jedi_process, "_WORKER", deaf)
        assert [jedi.ask(ask, PATIENCE) for _ in range(MOST_FAILURES - 1)] == [{}, {}]
    assert workers() == set()
    assert jedi.ask(ask, PATIENCE)["matches"]
    assert jedi._failures == 0


def test_where_no_process_may_be_started_there_is_no_answer(
    jedi: Jedi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried a few times, then no more."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    for _ in range(MOST_FAILURES + 1):
        assert jedi.ask(question("'a'.upp", tmp_path), PATIENCE) == {}
    monkeypatch.undo()
    assert jedi.ask(question("'a'.upp", tmp_path), PATIENCE) == {}


def test_the_process_ends_with_its_owner(tmp_path: Path) -> None:
    """By `close`, or when nobody has the owner any more."""
    before = workers()
    closed, forgotten = Jedi(), Jedi()
    for jedi in (closed, forgotten):
        jedi.ask(question("'a'.upp", tmp_path), PATIENCE)
    assert len(workers() - before) == 2
    closed.close()
    del jedi, forgotten
    gc.collect()
    until(lambda: workers() <= before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_leaves_the_process_alone(jedi: Jedi, tmp_path: Path) -> None:
    """What the child does with its copy does not disturb the parent's questions."""
    jedi.ask(question("'a'.upp", tmp_path), PATIENCE)
    before = workers()
    child = os.fork()
    if child == 0:
        try:
            jedi.close()
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert workers() == before
    assert jedi.ask(question("'a'.upp", tmp_path), PATIENCE)["matches"]
