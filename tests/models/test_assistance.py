from __future__ import annotations

import pytest
from pydantic import ValidationError

from nbengine.models.assistance import Completeness, Completion, Inspection


def test_a_completion_is_a_complete_reply() -> None:
    """Dumped, it has the fields that Jupyter's message has."""
    dumped = Completion(matches=["a"], cursor_start=0, cursor_end=1).model_dump()
    assert dumped.keys() == {"matches", "cursor_start", "cursor_end", "metadata", "status"}
    assert dumped["status"] == "ok"


def test_an_inspection_is_an_inspect_reply() -> None:
    """Dumped, it has the fields that Jupyter's message has."""
    dumped = Inspection().model_dump()
    assert dumped == {"found": False, "data": {}, "metadata": {}, "status": "ok"}


@pytest.mark.parametrize("status", ["complete", "incomplete", "invalid", "unknown"])
def test_completeness_is_an_is_complete_reply(status: str) -> None:
    """It goes through JSON unchanged."""
    answer = Completeness.model_validate({"status": status})
    assert Completeness.model_validate_json(answer.model_dump_json()) == answer


def test_an_answer_cannot_be_changed() -> None:
    """It is frozen."""
    with pytest.raises(ValidationError):
        Inspection().found = True  # type: ignore[misc]
