from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.guards.repository import ROOT, name, tracked


def build(target: str, source: Path, folder: Path) -> Path:
    """The distribution of a source tree, made by the build backend itself."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


def files_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {entry for entry in archive.namelist() if ".dist-info/" not in entry}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def test_the_wheel_is_the_package_and_nothing_else(wheel: Path) -> None:
    """Every tracked file of the package, templates and `py.typed` included, under `nbengine/`."""
    package = {name(path).removeprefix("backend/app/") for path in tracked("backend/app")}
    assert "py.typed" in package
    assert files_in(wheel) == {f"nbengine/{path}" for path in package}


def test_the_wheel_carries_the_licence_and_the_command(wheel: Path) -> None:
    """An installed wheel has its licence beside it and puts `nbengine` on the path."""
    with zipfile.ZipFile(wheel) as archive:
        texts = {entry.split("/")[-1]: archive.read(entry) for entry in archive.namelist()}
    assert b"Apache License" in texts["LICENSE"]
    assert b"nbengine = nbengine.cli.app:main" in texts["entry_points.txt"]


def test_the_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """Whoever packages from the source distribution gets the package whole."""
    archive = build("sdist", ROOT, tmp_path / "sdist")
    unpacked = tmp_path / "source"
    subprocess.run([sys.executable, "-m", "tarfile", "-e", archive, unpacked], check=True)
    (source,) = unpacked.iterdir()
    again = build("wheel", source, tmp_path / "wheel")
    assert files_in(again) == files_in(wheel)


def test_the_wheel_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """The package can be imported from the wheel alone, and keeps its files outside of it."""
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    script = (
        f"import sys; sys.path.insert(0, {str(installed)!r})\n"
        "import nbengine; from nbengine.settings import default_workspace\n"
        "print(nbengine.__file__, default_workspace(), sep='\\n')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    imported, workspace = ended.stdout.splitlines()
    assert Path(imported) == installed / "nbengine" / "__init__.py"
    assert not Path(workspace).is_relative_to(ROOT)
    assert not Path(workspace).is_relative_to(installed)
