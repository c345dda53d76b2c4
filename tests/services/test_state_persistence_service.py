"""Looking at a notebook's snapshots and going back, while the notebook does not run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbengine import ExecutionService, StatePersistenceService
from nbengine.errors import (
    DamagedSnapshotError,
    ForeignSnapshotError,
    InvalidIdError,
    InvalidInputError,
    StateLockedError,
    StorageError,
    UnknownSnapshotError,
)

Run = Callable[..., str]


@pytest.fixture(autouse=True)
def own_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The key with which snapshots are signed is the test's own."""
    monkeypatch.setenv("NBENGINE_KEY_FILE", str(tmp_path / "key"))


@pytest.fixture
def states() -> Iterator[StatePersistenceService]:
    with StatePersistenceService() as states:
        yield states


def run(*cells: str, notebook_id: str = "n") -> str:
    """What the cells print, in a notebook that goes on from its last snapshot and ends."""
    printed = ""
    with ExecutionService(snapshots=True) as service:
        for number, cell in enumerate(cells, start=1):
            result = service.execute_code(cell, f"c{number}", notebook_id)
            assert result.error is None, result.error.traceback
            assert result.state.saved
            printed += result.stdout
    return printed


def only(folder: Path, pattern: str) -> Path:
    """The one file of this name."""
    (found,) = folder.rglob(pattern)
    return found


def test_every_cell_is_in_the_history(states: StatePersistenceService) -> None:
    """With what it did, in the order in which they ran; the last one is gone on from."""
    run("x = 1", "x = 2; y = 3", "del y")
    first, second, third = states.history("n")
    assert [info.cell_id for info in (first, second, third)] == ["c1", "c2", "c3"]
    assert [info.parent for info in (first, second, third)] == [None, first.id, second.id]
    assert (second.added, second.changed, third.removed) == (("y",), ("x",), ("y",))
    assert first.source == "x = 1"
    assert states.head("n") == third


def test_a_snapshot_is_shown_without_its_values(states: StatePersistenceService) -> None:
    """Its variables with type and size, what they share, and what could not be kept."""
    cell = "import threading\na = [1, 2]\nb = {'a': a}\ntext = 'é' * 10\nlock = threading.Lock()"
    run(cell, "del text")
    told = states.show("n", states.history("n")[0].id)
    about = {each.name: (each.about, each.shares_with) for each in told.variables}
    assert about["a"] == ("list of 2", ("b",))
    assert about["text"] == ("str of 10", ())
    assert about["threading"] == ("module threading", ())
    assert told.bytes >= sum(each.bytes for each in told.variables if each.name != "b")
    lost = {each.name: each.incomplete for each in told.variables if each.incomplete}
    assert "locks belong to the threads" in {**lost, **told.unsaved}["lock"]
    assert "text" not in {each.name for each in states.show("n").variables}


def test_looking_unpickles_nothing(states: StatePersistenceService) -> None:
    """Code that a value would run on its way back is not run by who only looks."""
    trap = "import os\nclass Trap:\n    def __reduce__(self): return os.mkdir, ('trapped',)"
    run(trap, "trap = Trap()")
    first, second = (info.id for info in states.history("n"))
    assert states.show("n").variables
    assert states.diff("n", first, second).names("added") == ["trap"]
    assert states.verify("n") == []
    assert not list(states.settings.workspace_dir.rglob("trapped"))


def test_two_snapshots_are_compared(states: StatePersistenceService) -> None:
    """Also where what is large changed in one place."""
    run(
        "import numpy as np\na = np.zeros(100_000); same = np.ones(100_000); gone = 1; n = 1",
        "a[5] = 1; del gone; new = 2",
    )
    found = states.diff("n", 1, 2)
    assert found.names("added") == ["new"]
    assert found.names("removed") == ["gone"]
    assert found.names("changed") == ["a"]
    assert found.names("equal") == ["n", "np", "same"]
    assert found.variables[0].after is not None
    assert found.variables[0].after.about == "ndarray 100000"


def test_a_notebook_goes_on_from_where_it_was_taken_back_to(
    states: StatePersistenceService,
) -> None:
    """Its next snapshot comes after that one; the others stay, and one can go forward again."""
    run("x = [1]", "x.append(2)", "x.append(3)")
    first, _, third = states.history("n")
    assert states.go_back("n", first.id) == first
    assert run("x.append(9); print(x)") == "[1, 9]\n"
    assert states.history("n")[-1].parent == first.id
    assert states.go_back("n", third.id) == third
    assert run("print(x)") == "[1, 2, 3]\n"


def test_a_notebook_can_begin_with_nothing_again(states: StatePersistenceService) -> None:
    """Going back before the first cell loses no snapshot."""
    run("x = 1")
    assert states.go_back("n", None) is None
    assert states.head("n") is None
    assert run("print('x' in globals())") == "False\n"
    assert len(states.history("n")) == 2


def test_undo_takes_one_cell_back_at_a_time(states: StatePersistenceService) -> None:
    """Until before the first; then there is nothing to undo."""
    run("x = [1]", "x.append(2)")
    info = states.undo("n")
    assert info is not None
    assert info.id == 1
    assert run("print(x)") == "[1]\n"
    assert states.undo("n") == info
    assert states.undo("n") is None
    with pytest.raises(UnknownSnapshotError, match="begins with nothing"):
        states.undo("n")


def test_undo_needs_what_came_before(states: StatePersistenceService) -> None:
    """Where it was let go of, the sentence says which, and nothing happens."""
    run("x = 1", "x = 2")
    states.collect("n", count=1)
    with pytest.raises(UnknownSnapshotError, match="Snapshot 1, before 2, was not kept"):
        states.undo("n")
    assert run("print(x)") == "2\n"


@pytest.mark.parametrize("wanted", [7, 0, -1])
def test_an_unknown_snapshot_is_refused(states: StatePersistenceService, wanted: int) -> None:
    """Nothing changes for who asks for one that never was."""
    run("x = 1")
    for ask in (states.go_back, states.show, states.find):
        with pytest.raises(UnknownSnapshotError, match=f"no snapshot {wanted}"):
            ask("n", wanted)
    with pytest.raises(UnknownSnapshotError):
        states.diff("n", 1, wanted)
    assert states.find("n") == 1


def test_looking_at_an_unknown_notebook_makes_nothing(states: StatePersistenceService) -> None:
    """No folder, and one sentence; an id that cannot be one is refused as everywhere."""
    for ask in (states.history, states.show, states.undo, states.verify, states.collect):
        with pytest.raises(UnknownSnapshotError, match="no saved state of a notebook 'other'"):
            ask("other")
        with pytest.raises(InvalidIdError):
            ask("../other")
    assert states.notebooks() == []
    assert not states.settings.workspace_dir.exists()


def test_a_fork_goes_its_own_way(states: StatePersistenceService) -> None:
    """It begins with the same variables and history; neither sees what the other does."""
    run("x = [1]", "x.append(2)")
    states.fork("n", "m")
    assert states.history("m") == states.history("n")
    assert run("x.append(3); print(x)", notebook_id="m") == "[1, 2, 3]\n"
    assert run("print(x)") == "[1, 2]\n"


def test_a_fork_takes_no_notebooks_place(states: StatePersistenceService) -> None:
    """An id that has a state, or cannot be one, is refused."""
    run("x = 1")
    run("x = 2", notebook_id="m")
    for taken in ("m", "n"):
        with pytest.raises(InvalidInputError, match="has a state already"):
            states.fork("n", taken)
    with pytest.raises(InvalidIdError):
        states.fork("n", "a/b")
    assert run("print(x)", notebook_id="m") == "2\n"


def test_older_snapshots_are_let_go_of(states: StatePersistenceService) -> None:
    """By count, age or bytes; the one that the notebook goes on from stays whatever is asked."""
    run(*(f"x = {n}" for n in range(5)))
    states.go_back("n", 2)
    assert states.collect("n").snapshots == 0
    assert states.collect("n", count=2).snapshots == 3
    assert [info.id for info in states.history("n")] == [2, 5]
    assert states.collect("n", age=0).snapshots == 1
    assert states.collect("n", bytes=0).snapshots == 0
    assert run("print(x)") == "1\n"


def test_a_state_moves_through_one_file(states: StatePersistenceService, tmp_path: Path) -> None:
    """Under another id, with its history, as far as the same user takes it."""
    run("x = [1]; y = x", "y.append(2)")
    states.export("n", tmp_path / "n.state")
    states.import_("m", tmp_path / "n.state")
    assert states.history("m") == states.history("n")
    assert run("print(x, x is y)", notebook_id="m") == "[1, 2] True\n"
    with pytest.raises(InvalidInputError, match="without snapshots"):
        states.import_("m", tmp_path / "n.state")
    assert len(states.history("m")) == 3


def test_another_users_file_is_taken_only_on_trust(
    states: StatePersistenceService, tmp_path: Path
) -> None:
    """Its snapshots hold code: without a word of trust nothing of it is kept."""
    run("x = 1")
    states.export("n", tmp_path / "n.state")
    with StatePersistenceService(key_file=tmp_path / "other") as elsewhere:
        with pytest.raises(ForeignSnapshotError):
            elsewhere.import_("m", tmp_path / "n.state")
        assert not elsewhere.settings.workspace_dir.joinpath("m", "state").exists()
        elsewhere.import_("m", tmp_path / "n.state", trusted=True)
        assert [info.id for info in elsewhere.history("m")] == [1]
    with pytest.raises(ForeignSnapshotError):
        states.show("m")


def test_a_file_that_is_no_archive_leaves_nothing_behind(
    states: StatePersistenceService, tmp_path: Path
) -> None:
    """Neither one of another kind nor one that is not there makes a state."""
    (tmp_path / "text").write_text("no archive")
    with pytest.raises(DamagedSnapshotError):
        states.import_("m", tmp_path / "text")
    with pytest.raises(StorageError):
        states.import_("m", tmp_path / "missing")
    assert states.notebooks() == []


def test_damage_is_found_and_an_older_snapshot_offered(states: StatePersistenceService) -> None:
    """A byte that changed on disk is told with the variables that it belongs to."""
    run("import numpy as np\nx = 1", "a = np.arange(100_000)")
    pack = only(states.settings.workspace_dir, "*.pack")
    data = bytearray(pack.read_bytes())
    data[100] ^= 1
    pack.write_bytes(data)
    (damage,) = states.verify("n")
    assert (damage.snapshot, damage.names) == (2, ("a",))
    states.go_back("n", 1)
    assert run("print(x)") == "1\n"


def test_every_notebook_with_a_state_is_listed(states: StatePersistenceService) -> None:
    """By id, with its size; what else lies in the workspace is passed over."""
    run("x = b'x' * 200_000", notebook_id="b")
    run("x = 1", notebook_id="a")
    workspace = states.settings.workspace_dir
    (workspace / "no state").mkdir()
    (workspace / "not an id" / "state").mkdir(parents=True)
    (workspace / "not an id" / "state" / "snapshots.db").touch()
    first, second = states.notebooks()
    assert (first.notebook_id, second.notebook_id) == ("a", "b")
    assert first.bytes < 200_000 < second.bytes


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a file system of all times")
def test_a_state_with_a_time_that_no_calendar_has() -> None:
    """It is listed, and so are the others."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as workspace:
        for name in ("a", "b"):
            path = Path(workspace, name, "state", "snapshots.db")
            path.parent.mkdir(parents=True)
            path.touch()
        os.utime(path, (2**40, 2**40))
        with StatePersistenceService(workspace_dir=Path(workspace)) as states:
            assert [each.notebook_id for each in states.notebooks()] == ["a", "b"]


def test_what_runs_elsewhere_is_left_alone(states: StatePersistenceService) -> None:
    """Whoever has the notebook is named; it can be looked at again when it has ended."""
    with ExecutionService(snapshots=True) as service:
        service.execute_code("x = 1", "c", "n")
        with pytest.raises(StateLockedError) as refused:
            states.history("n")
        assert refused.value.pid == os.getpid()
    assert len(states.history("n")) == 1


def test_a_notebook_is_open_for_a_call_only(states: StatePersistenceService) -> None:
    """Others get at it in between, also after a call that failed."""
    run("x = 1")
    states.history("n")
    with pytest.raises(UnknownSnapshotError):
        states.go_back("n", 9)
    assert run("print(x)") == "1\n"
