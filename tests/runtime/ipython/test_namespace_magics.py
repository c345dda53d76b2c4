"""Magics over the names of a notebook, its history, its files and its extensions."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import which

import pytest

from tests.conftest import Run
from tests.runtime.ipython.cells import displayed, refusal, told, value


def test_names_are_listed(run: Run) -> None:
    """Those that cells have made, by name, with details, or of one type."""
    run("count = 3\nword = 'a'")
    assert run("%who").stdout.split() == ["count", "word"]
    assert run("%whos").stdout.splitlines()[2].split() == ["count", "int", "3"]
    assert value(run("%who_ls str")) == "['word']"


def test_names_are_forgotten(run: Run) -> None:
    """Single ones, or all but those that every notebook has."""
    run("a, b, c = [], [], []")
    run("%xdel a\n%reset_selective -f ^b")
    assert value(run("%who_ls")) == "['c']"
    run("%reset -f")
    assert value(run("'c' in globals(), callable(get_ipython), callable(display)")) == (
        "(False, True, True)"
    )


def test_a_reset_that_asks_without_anybody_to_answer(run: Run) -> None:
    """Does not hang."""
    result = run("a = 1\n%reset")
    assert result.status in {"ok", "error"}
    assert value(run("1")) == "1"


def test_the_history_is_shown(run: Run) -> None:
    """With numbers, by ranges, or the last ones."""
    run("a = 1")
    run("%time b = 2")
    assert run("%history -n 1-2").stdout == "   1: a = 1\n   2: %time b = 2\n"
    assert run("%history -l 1").stdout == "%history -n 1-2\n"
    assert run("%hist -t 2").stdout == "get_ipython().run_line_magic('time', 'b = 2')\n"


def test_cells_are_saved_and_run_again(run: Run) -> None:
    """`%save`, `%macro` and `%rerun` take them from the history."""
    run("print('one')")
    run("%save -f saved.py 1")
    assert run("!cat saved.py").stdout.endswith("print('one')\n")
    run("%macro again 1")
    assert value(run("again.value")) == repr("print('one')\n")
    assert run("%rerun 1").stdout.endswith("one\n")


def test_a_script_is_run_in_the_notebook(run: Run) -> None:
    """With arguments, as `__main__`; its names are the notebook's, and `-i` lends it those."""
    run("%%writefile script.py\nimport sys\nprint(sys.argv, __name__)\nmade = 5")
    assert run("%run script.py a 'b c'").stdout == "['script.py', 'a', 'b c'] __main__\n"
    assert value(run("made")) == "5"
    run("%%writefile -a script.py\nmade += lent")
    assert told(run("%run script.py")) == ["NameError: name 'lent' is not defined"]
    run("lent = 2\n%run -i script.py")
    assert value(run("made, __name__")) == "(7, '__main__')"


def test_a_script_that_is_not_there(run: Run) -> None:
    """Is an error."""
    assert refusal(run("%run nothing.py")) == "Exception: File `'nothing.py'` not found."


def test_a_script_that_exits_does_not_end_the_cell(run: Run) -> None:
    """As in Jupyter."""
    run("%%writefile script.py\nimport sys\nprint('before')\nsys.exit(0)\nprint('never')")
    assert run("%run script.py\nprint('after')").stdout == "before\nafter\n"


def test_files_are_written_appended_and_shown(run: Run) -> None:
    """`%%writefile` says what it does; what a pager would show is an output."""
    assert run("%%writefile a.txt\none").stdout == "Writing a.txt\n"
    assert run("%%writefile a.txt\ntwo").stdout == "Overwriting a.txt\n"
    assert run("%%writefile -a a.txt\nthree").stdout == "Appending to a.txt\n"
    for magic in ("%less", "%more", "%pycat"):
        (shown,) = displayed(run(f"{magic} a.txt"))
        assert shown["text/plain"] == "two\nthree\n"
    assert refusal(run("%less")) == "UsageError: Missing filename."


@pytest.mark.skipif(which("col") is None, reason="what takes overstrikes away is not here")
def test_a_page_of_the_manual_is_shown(run: Run, tmp_path: Path) -> None:
    """As plain text, whatever `man` does to make letters bold."""
    program = tmp_path / "man"
    program.write_text("#!/bin/sh\nprintf 'N\\bNa\\bam\\bme\\be of %s\\n' $1\n")
    program.chmod(0o700)
    run(f"%env PATH={tmp_path}:{os.environ['PATH']}")
    (shown,) = displayed(run("%man ls"))
    assert shown["text/plain"] == "Name of ls\n"


def test_an_extension_is_loaded(run: Run) -> None:
    """From the notebook's folder; one that is not there is an error."""
    run("%%writefile mine.py\ndef load_ipython_extension(ip): ip.push({'loaded': 'yes'})")
    run("%load_ext mine")
    assert value(run("loaded")) == "'yes'"
    assert refusal(run("%load_ext not_there")) == (
        "ModuleNotFoundError: No module named 'not_there'"
    )


def test_changed_modules_are_loaded_anew(run: Run) -> None:
    """With `%autoreload 2`, before each cell."""
    run("%%writefile changing.py\ndef answer(): return 1")
    run("%load_ext autoreload\n%autoreload 2\nfrom changing import answer")
    assert value(run("answer()")) == "1"
    run("%%writefile changing.py\ndef answer(): return 'another'")
    run("import os\nos.utime('changing.py', (2e9, 2e9))")
    assert value(run("answer()")) == "'another'"


def test_packages_are_asked_for(run: Run) -> None:
    """`%pip` is that of the engine's own Python; its output is the cell's."""
    result = run("%pip --version")
    assert result.stdout.startswith("pip ")
    assert "restart the kernel" in result.stdout


@pytest.mark.parametrize(
    "code, says",
    [
        ("%conda install x", "%conda is not available here"),
        ("%store x", "%store is not needed here"),
        ("%debug", "%debug needs somebody at a terminal"),
        ("%xmode Verbose", "tracebacks stay as they are here"),
        ("%edit", "%edit is not available here"),
        ("%pastebin 1", "%pastebin is not available here"),
    ],
)
def test_what_means_nothing_here_says_what_to_do(code: str, says: str, run: Run) -> None:
    """In one note; the cell goes on."""
    result = run(f"{code}\nprint('after')")
    assert result.error is None
    assert says in result.stderr
    assert result.stdout.endswith("after\n")


def test_ways_to_tell_of_errors_that_are_the_engine_s_are_chosen_in_silence(run: Run) -> None:
    """As in Jupyter there is a line of what was chosen, and no more."""
    result = run("%xmode Plain")
    assert (result.stdout, result.stderr) == ("Exception reporting mode: Plain\n", "")


def test_code_is_stepped_through_where_somebody_answers(run: Run) -> None:
    """Without anybody the code does not run, and a sentence says why."""
    code = "%%debug\nprint('ran')"
    alone = run(code)
    assert alone.error is None
    assert alone.stdout == ""
    assert "%%debug needs somebody who answers" in alone.stderr
    asked: list[str] = []

    def answer(prompt: str, _password: bool) -> str:
        asked.append(prompt)
        return "c"

    assert "ran\n" in run(code, stdin=answer).stdout
    assert asked == ["ipdb> "]


def test_a_notebook_without_its_name_has_magics(run: Run) -> None:
    """A cell may have deleted it; it is there again, because IPython wants one."""
    run("del __name__")
    assert run("%who_ls").error is None
    assert value(run("__name__")) == "'__main__'"


def test_the_last_values_are_there_when_the_shell_is_made(run: Run) -> None:
    """IPython, which begins with none, finds those of the cells before it."""
    for code in ("1", "2", "3"):
        run(code)
    run("%who")
    assert value(run("_, __, ___")) == "(3, 2, 1)"
