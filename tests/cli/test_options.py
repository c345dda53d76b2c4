from __future__ import annotations

from pathlib import Path

from tests.cli.command import nbengine


def test_exec_runs_code_in_the_mode_that_is_named(tmp_path: Path) -> None:
    """READ_ONLY computes and refuses to write, with the exit code of a cell that failed."""
    assert nbengine("exec", "--mode", "read_only", "6 * 7", cwd=tmp_path).stdout == "42\n"
    done = nbengine("exec", "--mode", "read_only", "open('f', 'w')", cwd=tmp_path)
    assert done.returncode == 1
    assert "not allowed in READ_ONLY; WRITE_ENABLED allows it." in done.stderr
    assert not (tmp_path / "f").exists()


def test_run_runs_every_cell_in_the_mode_that_is_named(tmp_path: Path) -> None:
    """What the cells may not do the command may: it writes the notebook with their outputs."""
    (tmp_path / "script.py").write_text("# %%\n6 * 7\n# %%\nopen('f', 'w')\n")
    done = nbengine(
        "run", "script.py", "--mode", "read_only", "-o", "out.ipynb", "--keep-going", cwd=tmp_path
    )
    assert done.returncode == 1
    written = (tmp_path / "out.ipynb").read_text()
    assert '"42"' in written
    assert "ReadOnlyError" in written
    assert not (tmp_path / "f").exists()


def test_unknown_mode_is_refused(tmp_path: Path) -> None:
    """Nothing runs, and the modes there are are named."""
    done = nbengine("exec", "--mode", "readonly", "open('f', 'w')", cwd=tmp_path)
    assert done.returncode == 2
    assert "'read_only', 'write_enabled', 'epics_control'" in done.stderr
    assert not (tmp_path / "f").exists()
