from __future__ import annotations

from datetime import UTC, datetime

from nbengine.models.snapshot import ComparedVariable, SavedVariable, SnapshotDiff, SnapshotInfo


def test_what_is_told_of_a_snapshot_goes_through_json() -> None:
    """A page that asks for the history gets the time in UTC and every name."""
    info = SnapshotInfo(
        id=2,
        parent=1,
        cell_id="c",
        execution_count=3,
        time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        bytes_written=4,
        changed=("größe",),
    )
    text = info.model_dump_json()
    assert '"time":"2026-01-02T03:04:05Z"' in text
    assert SnapshotInfo.model_validate_json(text) == info


def test_a_difference_is_asked_for_its_names() -> None:
    """By what became of them; it goes through JSON with both sides of each."""
    x = SavedVariable(name="x", about="list of 1", bytes=9, shares_with=("y",))
    found = SnapshotDiff(
        before=1,
        after=2,
        variables=(
            ComparedVariable(name="x", comparison="removed", before=x, after=None),
            ComparedVariable(name="y", comparison="equal", before=x, after=x),
        ),
    )
    assert (found.names("removed"), found.names("equal")) == (["x"], ["y"])
    assert found.names("added") == []
    assert SnapshotDiff.model_validate_json(found.model_dump_json()) == found
