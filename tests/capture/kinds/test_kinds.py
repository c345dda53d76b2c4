from __future__ import annotations

from types import ModuleType

import pytest

from nbengine.capture.registry import Kind, built_in_kinds, no_renderers

KINDS = [kind for kind in built_in_kinds() if kind.renderers is not no_renderers]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.library)
def test_a_half_imported_library_is_asked_again_later(kind: Kind) -> None:
    """A kind whose library has not defined its classes yet says so in the agreed way."""
    with pytest.raises(AttributeError):
        kind.renderers(ModuleType(kind.library))
