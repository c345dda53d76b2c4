from __future__ import annotations

import pytest

from nbengine.policy.modules import is_importable, is_known, rule_of


@pytest.mark.parametrize(
    "name",
    ["math", "os", "os.path", "numpy.random", "pandas.io.formats.style", "concurrent.futures"],
)
def test_module_of_an_allowed_package_may_be_imported(name: str) -> None:
    """What has no rule of its own has that of the package around it."""
    assert is_importable(name)


@pytest.mark.parametrize(
    "name",
    """
    subprocess ctypes pickle builtins numpy.ctypeslib nbengine _posixsubprocess asyncio.subprocess
    concurrent.futures.process importlib multiprocessing os.system numpyx gc inspect pyarrow
    scipy.io._fast_matrix_market numpy._core _io PIL._imaging polars.plugins pandas.io.sql
    """.split(),
)
def test_any_other_module_may_not(name: str) -> None:
    """Also one whose name begins like an allowed one, or that its package holds back."""
    assert not is_importable(name)


def test_module_under_another_name_has_the_same_rule() -> None:
    """`posix` is `os`, `_io` is `io`, and an accelerator is what it accelerates."""
    assert rule_of("posix") == rule_of("os")
    assert rule_of("_io") == rule_of("io")
    assert rule_of("_collections") == rule_of("collections")


def test_libraries_without_a_rule_are_unknown() -> None:
    """Objects of Python's own classes, of compiled functions and of allowed libraries are used."""
    assert all(map(is_known, ["", "builtins", "re", "_csv", "numpy", "_cython_3_1_2"]))
    assert not any(map(is_known, ["jinja2", "pyarrow", "requests"]))
