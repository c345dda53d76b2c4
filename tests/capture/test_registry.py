from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from nbengine import ExecutionService
from nbengine.capture.registry import Kind, Registry, built_in_kinds, installed_kinds
from nbengine.errors import InvalidSettingError
from nbengine.models.outputs import MimeBundle
from nbengine.settings import Settings

KIND = """
from nbengine.capture.registry import Kind
from nbengine.models.outputs import MimeBundle

def show(value, settings):
    return MimeBundle(data={"text/html": f"<spoon size={value.size}>"})

KIND = Kind(library="cutlery", renderers=lambda module: {module.Spoon: show})
"""


class Thing:
    """A class to claim."""


def show(_value: object, _settings: Settings) -> MimeBundle:
    return MimeBundle(data={"text/plain": "shown"})


def install(folder: Path, entry: str = "spoons = cutlery_kind:KIND") -> None:
    """A distribution with a library, a kind for it, and the entry point that offers it."""
    (folder / "cutlery.py").write_text("class Spoon:\n    size = 3\n")
    (folder / "cutlery_kind.py").write_text(KIND)
    about = folder / "cutlery-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: cutlery\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[nbengine.kinds]\n{entry}\n")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which packages can be imported."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    for name in ("cutlery", "cutlery_kind"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return folder


def test_a_kind_waits_for_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is imported for a kind; it answers once the user's code has imported its library."""
    registry = Registry([Kind(library="thing_lib", renderers=lambda module: {module.Thing: show})])
    assert registry.renderer(Thing) is None
    assert "thing_lib" not in sys.modules
    module = ModuleType("thing_lib")
    monkeypatch.setitem(sys.modules, "thing_lib", module)
    assert registry.renderer(Thing) is None, "half imported"
    module.Thing = Thing  # type: ignore[attr-defined]
    assert registry.renderer(Thing) is show
    assert registry.renderer(object) is None


def test_two_kinds_may_not_claim_one_class() -> None:
    """The error names the class and both libraries."""
    kinds = [Kind(library=name, renderers=lambda _module: {Thing: show}) for name in ("sys", "os")]
    with pytest.raises(InvalidSettingError, match=r"Two output kinds claim .*Thing.*'sys'.*'os'"):
        Registry(kinds).renderer(Thing)


def test_every_file_of_kinds_is_one() -> None:
    """The built-in kinds are found by their files, without importing their libraries."""
    libraries = [kind.library for kind in built_in_kinds()]
    assert {"matplotlib.figure", "pandas"} & set(libraries)
    assert len(libraries) >= 10


def test_another_package_adds_a_kind(packages: Path) -> None:
    """A kind offered by an installed distribution shows values of its library in cells."""
    install(packages)
    with ExecutionService() as service:
        result = service.execute_code("import cutlery\ncutlery.Spoon()", "c1", "n")
    assert "<spoon size=3>" in str(result.outputs)


def test_a_package_that_offers_no_kind(packages: Path) -> None:
    """The error names the entry point."""
    install(packages, "forks = cutlery_kind:show")
    with pytest.raises(InvalidSettingError, match=r"'forks'.*cutlery_kind:show.* is no Kind"):
        installed_kinds()
