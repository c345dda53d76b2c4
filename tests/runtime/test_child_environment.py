"""The environment of commands."""

from __future__ import annotations

import pytest

from nbengine.runtime.child_environment import TERMINAL, ChildEnvironment


def test_commands_find_a_notebooks_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever terminal the process was started in, if any."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("PAGER", raising=False)
    monkeypatch.setenv("COLOUR_OF_DAY", "blue")
    now = ChildEnvironment().now()
    assert now.items() >= TERMINAL.items()
    assert now["COLOUR_OF_DAY"] == "blue"


def test_what_was_chosen_since_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another value, or none."""
    monkeypatch.setenv("PAGER", "less")
    environment = ChildEnvironment()
    monkeypatch.setenv("TERM", "vt100")
    monkeypatch.delenv("PAGER")
    now = environment.now()
    assert now["TERM"] == "vt100"
    assert "PAGER" not in now
