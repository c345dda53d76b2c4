from __future__ import annotations

import pytest

from nbengine.engines.frames import Kind
from nbengine.models.notebook import ExecutionResult
from nbengine.worker import rehearsal


@pytest.mark.parametrize("snapshots", [False, True])
def test_a_rehearsal_is_what_a_worker_does(
    monkeypatch: pytest.MonkeyPatch, *, snapshots: bool
) -> None:
    """Each cell is run as if somebody had asked for it, and what it shows is told to nobody."""
    said: list[tuple[Kind, bytes]] = []
    monkeypatch.setattr(
        rehearsal._Nobody, "send", lambda _, kind, _nonce, body: said.append((kind, body))
    )
    rehearsal.rehearse(rehearsal.CELLS[:3], snapshots=snapshots)
    results = [
        ExecutionResult.model_validate_json(body) for kind, body in said if kind is Kind.RESULT
    ]
    assert [result.status for result in results] == ["ok"] * 3
    assert [result.state.saved for result in results] == [snapshots] * 3
    assert {kind for kind, _ in said} == {Kind.EVENT, Kind.RESULT}
