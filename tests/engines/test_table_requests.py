from __future__ import annotations

from pathlib import Path

import pytest

from nbengine.engines.table_requests import told_query, written_file
from nbengine.errors import WorkerLostError
from nbengine.models.tables import TableQuery

NAME = f"table-{'0' * 32}.csv"


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    """The folder of a notebook's artifacts."""
    folder = tmp_path / "n" / "artifacts"
    folder.mkdir(parents=True)
    return folder


def test_a_file_of_a_worker(artifacts: Path, tmp_path: Path) -> None:
    """Its place is what the engine knows, its name what the worker says."""
    (artifacts / NAME).touch()
    assert written_file(tmp_path, "n", NAME, "csv") == artifacts / NAME


@pytest.mark.parametrize("name", ["../x.csv", "x.csv", NAME + "x", NAME.upper(), "", "table-.csv"])
def test_a_name_that_no_engine_gives(artifacts: Path, tmp_path: Path, name: str) -> None:
    """A worker may have been talked into saying anything."""
    (artifacts / "x.csv").touch()
    (artifacts.parent / "x.csv").touch()
    with pytest.raises(WorkerLostError):
        written_file(tmp_path, "n", name, "csv")


def test_a_link_is_no_file(artifacts: Path, tmp_path: Path) -> None:
    """Neither a link nor a folder is handed on, nor a file of another form."""
    (tmp_path / "secret").touch()
    (artifacts / NAME).symlink_to(tmp_path / "secret")
    with pytest.raises(WorkerLostError):
        written_file(tmp_path, "n", NAME, "csv")
    (artifacts / NAME).unlink()
    (artifacts / NAME).touch()
    with pytest.raises(WorkerLostError):
        written_file(tmp_path, "n", NAME, "parquet")


def test_a_query_as_it_is_told() -> None:
    """A model becomes what it is made of; the rest is the worker's to judge."""
    query = TableQuery(limit=5)
    assert TableQuery.model_validate(told_query(query)) == query
    assert told_query({"limit": "x"}) == {"limit": "x"}
    assert told_query(None) is None
