from __future__ import annotations

import sys
import types
from collections import OrderedDict
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbengine.capture.known_classes import is_known


@pytest.mark.parametrize(
    "cls", [int, list, Decimal, OrderedDict, type(Path()), np.float64, pd.Timestamp, type(pd.NaT)]
)
def test_classes_of_libraries(cls: type) -> None:
    """Those of Python and of installed packages are known."""
    assert is_known(cls)


class Own: ...


class Subclass(int): ...


class Pretender:
    __module__ = "builtins"
    __qualname__ = "int"


class Nameless:
    __module__: Any = None


@pytest.mark.parametrize("cls", [Own, Subclass, Pretender, Nameless], ids=lambda cls: cls.__name__)
def test_classes_of_the_users(cls: type) -> None:
    """Those of a notebook or of a file beside it are not, whatever they call themselves."""
    assert not is_known(cls)


def test_a_module_that_was_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module without a file is nobody's."""
    made = types.ModuleType("made_up")
    made.Own = Own  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "made_up", made)
    monkeypatch.setattr(Own, "__module__", "made_up")
    assert not is_known(Own)
