"""Which way of starting workers an engine has."""

from __future__ import annotations

import sys

import pytest

from nbengine.engines.launcher import Launcher
from nbengine.engines.process import ProcessEngine
from nbengine.engines.starters import open_starter, start_method
from nbengine.engines.switchboard import Switchboard
from nbengine.errors import InvalidSettingError
from nbengine.settings import Settings


@pytest.mark.parametrize(
    "platform, asked, method",
    [
        ("linux", "auto", "fork"),
        ("linux", "fork", "fork"),
        ("linux", "spawn", "spawn"),
        ("darwin", "auto", "spawn"),
        ("darwin", "spawn", "spawn"),
        ("win32", "auto", "spawn"),
    ],
)
def test_the_system_decides_unless_the_settings_do(
    monkeypatch: pytest.MonkeyPatch, platform: str, asked: str, method: str
) -> None:
    """Only Linux forks, and it need not."""
    monkeypatch.setattr(sys, "platform", platform)
    assert start_method(Settings.model_validate({"worker_start": asked})) == method


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_what_the_system_has_not(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    """An engine that is to fork is refused at once, in words that name the other way."""
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(InvalidSettingError, match=f"on {platform}.*'spawn'"):
        ProcessEngine(worker_start="fork")


def test_fresh_interpreters() -> None:
    """A starter of them is nothing but itself until a worker is wanted."""
    board = Switchboard()
    starter = open_starter(Settings(worker_start="spawn"), board)
    assert isinstance(starter, Launcher)
    assert starter.alive
    starter.close()
    assert not starter.alive
    board.close()
