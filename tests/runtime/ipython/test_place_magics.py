"""Folder and environment of a notebook, as magics show and change them."""

from __future__ import annotations

import os
from pathlib import Path

from nbengine import ExecutionService
from tests.conftest import Run
from tests.runtime.ipython.cells import kernel, refusal, value


def folder(service: ExecutionService) -> Path:
    """Where the notebook starts."""
    return service.settings.workspace_dir / "n" / "data"


def test_the_folder_is_shown_and_changed(service: ExecutionService, run: Run) -> None:
    """`%pwd` and `%cd`, for Python and for commands; `-` leads back."""
    home = folder(service)
    assert value(run("%pwd")) == repr(str(home))
    assert run("%mkdir sub\n%cd sub").stdout == f"{home / 'sub'}\n"
    assert run("import os\nprint(os.getcwd())\n!pwd").stdout == f"{home / 'sub'}\n" * 2
    assert run("%cd -").stdout == f"{home}\n"
    assert run("print(*_dh)").stdout == f"{home} {home / 'sub'} {home}\n"


def test_a_folder_that_is_not_there_changes_nothing(service: ExecutionService, run: Run) -> None:
    """It is said, and the notebook stays where it is."""
    assert "No such file or directory: 'nowhere'" in run("%cd nowhere").stdout
    assert value(run("%pwd")) == repr(str(folder(service)))


def test_folders_are_stacked_and_marked(service: ExecutionService, run: Run) -> None:
    """`%pushd`, `%popd`, `%bookmark`; nothing of it is kept on disk."""
    run("%mkdir sub\n%bookmark home\n%pushd sub")
    assert value(run("%pwd")) == repr(str(folder(service) / "sub"))
    run("%popd\n%cd -q sub\n%cd -q -b home")
    assert value(run("%pwd")) == repr(str(folder(service)))


def test_the_environment_is_shown_and_changed(run: Run) -> None:
    """`%env` and `%set_env`, for Python and for commands, with variables in braces."""
    assert run("colour = 'red'\n%env FIRST={colour}\n%set_env SECOND 2").stdout == (
        "env: FIRST=red\nenv: SECOND=2\n"
    )
    assert value(run("%env FIRST")) == "'red'"
    assert run("import os\nprint(os.environ['SECOND'])\n!echo $FIRST").stdout == "2\nred\n"
    assert value(run("'FIRST' in get_ipython().run_line_magic('env', '')")) == "True"


def test_an_environment_variable_that_is_not_there(run: Run) -> None:
    """Is a usage error."""
    assert refusal(run("%env NOT_THERE")) == (
        "UsageError: Environment does not have key: NOT_THERE"
    )


def test_commands_of_the_system_become_magics(run: Run) -> None:
    """Those that are found when it is asked for; and again."""
    assert run("%rehashx\n%rehashx\n%printf hello").stdout == "hello"


def test_the_host_keeps_its_folder(service: ExecutionService, run: Run) -> None:
    """What a magic changes is the notebook's."""
    before = Path.cwd()
    run("%mkdir sub\n%cd sub")
    assert Path.cwd() == before
    assert not kernel(service).closed
    assert os.environ.get("IPYTHONDIR") is None
