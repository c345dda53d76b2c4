"""`nbengine state`, on the snapshots of real notebooks."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.cli.exit_codes import HELP
from tests.cli.command import nbengine


@pytest.fixture(autouse=True)
def own_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The key with which snapshots are signed is the test's own."""
    monkeypatch.setenv("NBENGINE_KEY_FILE", str(tmp_path / "key"))


def run(*cells: str, notebook_id: str = "n") -> str:
    """What the cells print, in a notebook that goes on from its last snapshot and ends."""
    with ExecutionService(snapshots=True) as service:
        results = [service.execute_code(cell, "c", notebook_id) for cell in cells]
    assert [result.error for result in results] == [None] * len(results)
    return "".join(result.stdout for result in results)


def state(*arguments: str | Path, cwd: Path, code: int = 0) -> str:
    """What the command prints, or what it complains of if another exit code is expected."""
    done = nbengine("state", *arguments, cwd=cwd)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr if code else done.stdout


def data(*arguments: str | Path, cwd: Path, code: int = 0) -> Any:
    """What the command prints as JSON, all of its output."""
    done = nbengine("state", *arguments, "--json", cwd=cwd)
    assert (done.returncode, done.stderr) == (code, "")
    return json.loads(done.stdout)


def test_notebooks_and_their_snapshots_are_listed(tmp_path: Path) -> None:
    """Without an id the notebooks, with one its snapshots, the one to go on from marked."""
    assert state("ls", cwd=tmp_path) == "No notebook has a state here.\n"
    run("x = 1", "x = 2; y = 3")
    assert " n " in state("ls", cwd=tmp_path)
    lines = [line.split() for line in state("ls", "n", cwd=tmp_path).splitlines()]
    first, second = [line for line in lines if "[1]" in line or "[2]" in line]
    assert (first[0], first[-3:-2]) == ("1", ["+x"])
    assert second[:3] == [">", "2", "1"]
    assert "+y" in second
    assert "~x" in second


def test_all_that_is_listed_is_there_as_json(tmp_path: Path) -> None:
    """Strict JSON and nothing else, with the fields of the models."""
    run("x = 1", "x = 2")
    (notebook,) = data("ls", cwd=tmp_path)
    assert notebook["notebook_id"] == "n"
    first, second = data("ls", "n", cwd=tmp_path)
    assert (first["parent"], second["parent"], second["source"]) == (None, 1, "x = 2")
    assert data("show", "n", cwd=tmp_path)["variables"][0]["about"] == "int 2"
    compared = data("diff", "n", "1", "2", cwd=tmp_path)["variables"]
    assert [(each["name"], each["comparison"]) for each in compared] == [("x", "changed")]
    assert data("verify", "n", cwd=tmp_path) == []
    assert data("gc", "n", cwd=tmp_path)["snapshots"] == 0
    assert data("restore", "n", "1", cwd=tmp_path)["id"] == 1
    assert data("undo", "n", cwd=tmp_path) is None


def test_a_snapshot_is_shown(tmp_path: Path) -> None:
    """A line a variable with type and size, then what is missing and why."""
    run("import threading\nx = [1]; y = x; lock = threading.Lock()", "x = None")
    shown = state("show", "n", "1", cwd=tmp_path)
    assert [line.split()[:3] for line in shown.splitlines() if line.split()[:1] == ["x"]] == [
        ["x", "list", "of"]
    ]
    assert "locks belong to the threads" in shown
    assert "NoneType" not in shown
    assert "None" in state("show", "n", cwd=tmp_path)


def test_two_snapshots_are_compared(tmp_path: Path) -> None:
    """What differs in full, what does not as a number."""
    run("x = 1; y = 2; z = 3", "x = 'now'; del y")
    shown = [line.split() for line in state("diff", "n", "1", "2", cwd=tmp_path).splitlines()]
    assert ["x", "changed", "int", "1,"] in [line[:4] for line in shown]
    assert ["y", "removed", "int", "2,"] in [line[:4] for line in shown]
    assert "z" not in [line[0] for line in shown if line]
    assert ["1", "equal."] in shown


def test_markup_in_names_and_reasons_is_text(tmp_path: Path) -> None:
    """What looks like markup of a terminal library is printed as it is."""
    run("x = type('[b]C[/b]', (), {})()")
    assert "[b]C[/b]" in state("show", "n", cwd=tmp_path)


def test_going_back_holds_for_the_next_start(tmp_path: Path) -> None:
    """`restore` and `undo` say where the notebook goes on from, and it does."""
    run("x = 1", "x = 2", "x = 3")
    said = state("restore", "n", "2", cwd=tmp_path)
    assert said == "Notebook n goes on from snapshot 2, after c [2].\n"
    assert run("print(x)") == "2\n"
    assert state("undo", "n", cwd=tmp_path) == said
    state("undo", "n", cwd=tmp_path)
    assert state("undo", "n", cwd=tmp_path) == "Notebook n goes on from nothing.\n"
    complaint = state("undo", "n", cwd=tmp_path, code=2)
    assert "begins with nothing" in complaint


def test_older_snapshots_are_let_go_of(tmp_path: Path) -> None:
    """By count, days or bytes; what came of it is told."""
    run(*(f"x = {n}" for n in range(4)))
    assert state("gc", "n", "--days", "1", cwd=tmp_path).startswith("0 snapshots and ")
    assert state("gc", "n", "--count", "2", cwd=tmp_path).startswith("2 snapshots and ")
    assert state("gc", "n", "--bytes", "0", cwd=tmp_path).startswith("1 snapshot and ")
    assert [info["id"] for info in data("ls", "n", cwd=tmp_path)] == [4]


def test_a_state_moves_to_another_workspace(tmp_path: Path) -> None:
    """Exported, imported under another id in another root, and forked there."""
    run("x = [1]")
    state("export", "n", "n.state", cwd=tmp_path)
    elsewhere = ("--workspace", tmp_path / "other")
    said = state("import", "m", "n.state", *elsewhere, cwd=tmp_path)
    assert said == "Notebook m goes on from snapshot 1, after c [1].\n"
    assert "Notebook k begins" in state("fork", "m", "k", *elsewhere, cwd=tmp_path)
    assert [each["notebook_id"] for each in data("ls", *elsewhere, cwd=tmp_path)] == ["k", "m"]
    assert [each["notebook_id"] for each in data("ls", cwd=tmp_path)] == ["n"]


def test_another_users_state_needs_a_word_of_trust(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 77 without it, because going on from a snapshot runs code in it."""
    run("x = 1")
    state("export", "n", "n.state", cwd=tmp_path)
    monkeypatch.setenv("NBENGINE_KEY_FILE", str(tmp_path / "another"))
    assert "--trust" in state("import", "m", "n.state", cwd=tmp_path, code=77)
    assert "snapshot 1" in state("import", "m", "n.state", "--trust", cwd=tmp_path)
    assert "another key" in state("ls", "n", cwd=tmp_path, code=77)


@pytest.mark.parametrize(
    "arguments, code, sentence",
    [
        ("show m", 2, "There is no saved state of a notebook 'm'"),
        ("show n 7", 2, "There is no snapshot 7."),
        ("diff n 1 7", 2, "There is no snapshot 7."),
        ("restore n 7", 2, "There is no snapshot 7."),
        ("show ../n", 2, "'../n' cannot be a notebook id"),
        ("fork n n", 2, "Notebook 'n' has a state already."),
        ("import m n.state", 74, "no such file or directory"),
        ("import n text", 2, "Only a notebook without snapshots can import some."),
        ("import m text", 65, "is no archive of a notebook's state"),
        ("export n missing/n.state", 74, "no such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    tmp_path: Path, arguments: str, code: int, sentence: str
) -> None:
    """On standard error, with the exit code of its kind."""
    run("x = 1")
    (tmp_path / "text").write_text("no archive")
    complaint = state(*arguments.split(), cwd=tmp_path, code=code)
    assert sentence in complaint
    assert complaint.startswith("nbengine: ")
    assert complaint.count("\n") == 1


def test_a_notebook_that_runs_is_left_alone(tmp_path: Path) -> None:
    """Exit code 75 and the process that has it, whatever is asked."""
    with ExecutionService(snapshots=True) as service:
        service.execute_code("x = 1", "c", "n")
        for arguments in (["ls", "n"], ["undo", "n"], ["verify", "n"]):
            complaint = state(*arguments, cwd=tmp_path, code=75)
            assert f"in use by process {os.getpid()}" in complaint
        assert " n " in state("ls", cwd=tmp_path)


def test_of_a_damaged_snapshot_an_older_one_is_offered(tmp_path: Path) -> None:
    """Exit code 65 and the command that goes back to it, which then works."""
    run("x = 1", "x = 2")
    database = tmp_path / "workspace" / "n" / "state" / "snapshots.db"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE snapshot SET body = body || ' ' WHERE id = 2")
    connection.close()
    complaint = state("show", "n", cwd=tmp_path, code=65)
    assert complaint.endswith("Go back to it: nbengine state restore n 1\n")
    listing = nbengine("state", "ls", "n", cwd=tmp_path)
    assert (listing.returncode, "[1]" in listing.stdout) == (65, True)
    verified = nbengine("state", "verify", "n", cwd=tmp_path)
    assert verified.returncode == 65
    assert "Snapshot 1 is the newest that is whole." in verified.stdout
    state("restore", "n", "1", cwd=tmp_path)
    assert run("print(x)") == "1\n"


def test_a_whole_state_is_verified(tmp_path: Path) -> None:
    """Every byte was read, and one sentence says so."""
    run("x = 1")
    assert state("verify", "n", cwd=tmp_path) == "Every byte of 1 snapshot is as it was written.\n"


@pytest.mark.parametrize("command", ["", "ls", "gc", "import"])
def test_help_loads_no_part_of_the_state(tmp_path: Path, command: str) -> None:
    """Each command explains itself, and the exit codes stand below the list of them."""
    code = (
        "import sys; from nbengine.cli.commands import app\n"
        "try: app(['state', *sys.argv[1:], '--help'])\n"
        "except SystemExit: print('blake3' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Usage:" in done.stdout
    assert done.stderr == "False\n"
    assert (HELP.splitlines()[2] in done.stdout) == (not command)
