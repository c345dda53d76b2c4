"""Being told when a library has been imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from nbengine.runtime.imports import ImportWatch


@pytest.fixture
def watch() -> Iterator[ImportWatch]:
    """A watch of the test's own."""
    watch = ImportWatch()
    yield watch
    if watch in sys.meta_path:
        sys.meta_path.remove(watch)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], str]]:
    """Writes importable modules, which are forgotten after the test."""
    monkeypatch.syspath_prepend(tmp_path)
    names = []

    def write(path: str, text: str) -> str:
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        names.append(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        importlib.invalidate_caches()
        return names[-1]

    yield write
    for name in names:
        sys.modules.pop(name, None)


def test_a_module_is_told_of_once_it_is_whole(
    watch: ImportWatch, module: Callable[[str, str], str]
) -> None:
    """The callback finds what the last line of the module defines."""
    name = module("watched_a.py", "first = 1\nlast = 2\n")
    told: list[int] = []
    watch.when_imported(name, lambda m: told.append(m.last))
    assert told == []
    importlib.import_module(name)
    importlib.import_module(name)
    assert told == [2]


def test_a_module_that_is_there_is_told_of_at_once(watch: ImportWatch) -> None:
    """Nobody waits for what has already happened."""
    told: list[ModuleType] = []
    watch.when_imported("json", told.append)
    assert told == [sys.modules["json"]]
    assert watch not in sys.meta_path


def test_everybody_who_waits_is_told(watch: ImportWatch, module: Callable[[str, str], str]) -> None:
    """In the order of asking, also of a module inside a package."""
    module("watched_b/__init__.py", "")
    name = module("watched_b/part.py", "")
    told: list[int] = []
    watch.when_imported(name, lambda _: told.append(1))
    watch.when_imported(name, lambda _: told.append(2))
    importlib.import_module(name)
    assert told == [1, 2]


def test_who_asks_twice_is_told_once(watch: ImportWatch, module: Callable[[str, str], str]) -> None:
    """Services that come and go before the import leave one question, not one each."""
    name = module("watched_twice.py", "")
    told: list[ModuleType] = []
    tell = told.append
    watch.when_imported(name, tell)
    watch.when_imported(name, tell)
    importlib.import_module(name)
    assert len(told) == 1


def test_the_module_is_as_if_nobody_had_watched(
    watch: ImportWatch, module: Callable[[str, str], str]
) -> None:
    """Its loader is the real one, so `inspect` and `importlib.reload` work."""
    name = module("watched_c.py", "x = 1\n")
    watch.when_imported(name, lambda _: None)
    found = importlib.import_module(name)
    assert type(found.__loader__) is SourceFileLoader
    assert found.__spec__ is not None
    assert type(found.__spec__.loader) is SourceFileLoader
    assert importlib.reload(found) is found


def test_a_module_that_fails_is_not_told_of(
    watch: ImportWatch, module: Callable[[str, str], str]
) -> None:
    """Only once a later attempt succeeds."""
    name = module("watched_d.py", "1 / 0\n")
    told: list[ModuleType] = []
    watch.when_imported(name, told.append)
    with pytest.raises(ZeroDivisionError):
        importlib.import_module(name)
    assert told == []
    module("watched_d.py", "x = 'a longer text than before'\n")
    assert [importlib.import_module(name)] == told


def test_a_module_that_does_not_exist_is_not_found(watch: ImportWatch) -> None:
    """Waiting for it changes nothing about that."""
    watch.when_imported("there_is_no_such_module", lambda _: None)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("there_is_no_such_module")
