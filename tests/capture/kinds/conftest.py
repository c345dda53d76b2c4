"""Values rendered as a cell would show them, without a cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nbengine.capture.registry import Registry, built_in_kinds
from nbengine.capture.render import render
from nbengine.models.outputs import MimeBundle
from nbengine.settings import Settings

Show = Callable[..., MimeBundle]


@pytest.fixture
def show() -> Show:
    """Render a value with the built-in kinds; nothing may have gone wrong on the way."""

    def shown(value: Any, **limits: Any) -> MimeBundle:
        bundle, notes = render(value, Registry(built_in_kinds()), Settings(**limits))
        assert notes == []
        return bundle

    return shown
