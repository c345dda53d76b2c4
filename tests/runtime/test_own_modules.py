"""Which modules belong to one notebook."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbengine.runtime.own_modules import OwnModules


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of modules `own` and `own_pack.part`, which are forgotten after the test."""
    (tmp_path / "own.py").write_text("")
    (tmp_path / "own_pack").mkdir()
    (tmp_path / "own_pack" / "part.py").write_text("")
    yield tmp_path
    for name in ("own", "own_pack", "own_pack.part"):
        sys.modules.pop(name, None)


def import_from(folder: Path, *names: str) -> None:
    """Import as a cell does whose `sys.path` has the folder."""
    sys.path.insert(0, str(folder))
    try:
        for name in names:
            importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))


def test_modules_that_only_the_notebook_could_import_are_its_own(folder: Path) -> None:
    """Modules, and packages with all their parts, also those without an `__init__`."""
    modules = OwnModules()
    import_from(folder, "own", "own_pack.part")
    assert set(modules.take()) == {"own", "own_pack", "own_pack.part"}


def test_modules_that_the_host_could_import_are_shared(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by way of the host's `sys.path`, whoever imported them first."""
    modules = OwnModules()
    monkeypatch.syspath_prepend(folder)
    import_from(folder, "own")
    assert modules.take() == {}


def test_modules_from_before_are_shared(folder: Path) -> None:
    """What the host had imported stays."""
    import_from(folder, "own")
    modules = OwnModules()
    assert modules.take() == {}
    modules.put({})
    assert "own" in sys.modules


def test_putting_replaces_one_notebooks_modules_by_anothers(folder: Path) -> None:
    """The same objects come back."""
    modules = OwnModules()
    import_from(folder, "own")
    taken = modules.take()
    modules.put({})
    assert "own" not in sys.modules
    modules.put(taken)
    assert sys.modules["own"] is taken["own"]


def test_a_package_with_compiled_parts_is_shared(folder: Path) -> None:
    """The process cannot load them twice."""
    modules = OwnModules()
    import_from(folder, "own_pack.part")
    spec = sys.modules["own_pack.part"].__spec__
    assert spec is not None
    spec.origin = str(folder / "own_pack" / f"part{importlib.machinery.EXTENSION_SUFFIXES[0]}")
    assert modules.take() == {}
