from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from nbengine.errors import DamagedSnapshotError, NbengineError
from nbengine.state.collection import Retention
from nbengine.state.open_folder import DATABASE
from nbengine.state.pieces import LARGE
from nbengine.state.store import Store
from tests.state.stored import load, open_store, save

ENDLESS = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


def alter(folder: Path, script: str) -> None:
    """Change the database of a notebook with two snapshots behind the store's back."""
    with open_store(folder) as store:
        save(store, a=b"1", b=b"b" * LARGE)
        save(store, a=b"2")
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.executescript(script)


@pytest.mark.parametrize(
    "script",
    [
        f"DROP TABLE head; CREATE VIEW head AS SELECT 2 AS snapshot, ({ENDLESS}) AS last",
        "CREATE TRIGGER t AFTER INSERT ON snapshot BEGIN DELETE FROM snapshot WHERE id = 1; END",
        "DROP TABLE pack; CREATE TABLE pack (number, size); INSERT INTO pack VALUES (NULL, NULL)",
        "CREATE TABLE more (x)",
        "DROP TABLE piece",
    ],
)
def test_other_tables_than_those_of_a_state_are_refused(tmp_path: Path, script: str) -> None:
    """Nothing runs that somebody else has put there, and nothing ends in the middle."""
    alter(tmp_path, script)
    with pytest.raises(DamagedSnapshotError, match="tables are not those of a state"):
        open_store(tmp_path)


USES: list[Callable[[Store], object]] = [
    Store.history,
    Store.verify,
    lambda store: (store.size, store.count),
    lambda store: load(store, store.head()),
    lambda store: store.export(store._folder / "n.tar"),
    lambda store: store.copy_to(store._folder / "copy", "m"),
    lambda store: save(store, c=b"c" * LARGE),
    lambda store: store.collect(Retention(count=1, age=9, bytes=9)),
]


@pytest.mark.parametrize("value", ["'x'", "x'ff'", "1.5", "-1", str((1 << 63) - 1)])
@pytest.mark.parametrize(
    "column",
    [
        "head.snapshot", "head.last", "pack.size", "piece.length", "piece.pack", "piece.place",
        "piece.content", "snapshot.base", "snapshot.retired", "snapshot.key_id",
        "snapshot.signature", "snapshot.body",
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_at_most_damage(tmp_path: Path, column: str, value: str) -> None:
    """It is done all the same, or told in an error of ours."""
    table, name = column.split(".")
    alter(tmp_path, f"UPDATE {table} SET {name} = {value}")
    for use in USES:
        with suppress(NbengineError), open_store(tmp_path) as store:
            use(store)
