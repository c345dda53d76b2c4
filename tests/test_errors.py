from __future__ import annotations

import pytest

from nbengine import errors
from nbengine.errors import InvalidIdError, InvalidInputError, NbengineError


@pytest.mark.parametrize("name", [n for n in vars(errors) if n.endswith("Error")])
def test_every_error_of_ours_can_be_caught_as_one(name: str) -> None:
    """Whoever embeds the engine needs one except clause, and the message stays as it was said."""
    error = getattr(errors, name)("A sentence.")
    assert isinstance(error, NbengineError)
    assert str(error) == "A sentence."


def test_a_more_special_error_is_also_the_general_one() -> None:
    """An id that cannot be one is input that makes no sense, with its status and exit code."""
    assert issubclass(InvalidIdError, InvalidInputError)
    assert (InvalidIdError.http_status, InvalidIdError.exit_code) == (422, 2)
