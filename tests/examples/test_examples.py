from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.models.notebook import ExecutionResult
from nbengine.models.outputs import DisplayData, ExecuteResult, Plot, StreamOutput
from nbengine.models.tables import Table
from nbengine.services.notebook_file import read_notebook
from nbengine.services.notebook_run import CellEnded, run_notebook
from nbengine.settings import Settings

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
LARGEST_DATA = 64 * 2**10

Endings = Mapping[str, CellEnded]


def endings(path: Path, workspace: Path) -> Endings:
    """How each code cell of a notebook ended, by cell id; nothing is skipped after a failure."""
    notebook = read_notebook(path).notebook
    with ExecutionService(Settings(workspace_dir=workspace)) as service:
        service.open_notebook(notebook.id, cwd=path.parent)
        steps = run_notebook(service, notebook, keep_going=True)
        return {step.cell.id: step for step in steps if isinstance(step, CellEnded)}


@pytest.fixture(scope="module")
def penguins(tmp_path_factory: pytest.TempPathFactory) -> Endings:
    return endings(EXAMPLES / "penguins.ipynb", tmp_path_factory.mktemp("penguins"))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stress")


@pytest.fixture(scope="module")
def stress(workspace: Path) -> Endings:
    return endings(EXAMPLES / "output_stress.ipynb", workspace)


@pytest.fixture
def ran(stress: Endings) -> Callable[[str], ExecutionResult]:
    """The result of a cell of the stress notebook."""
    return lambda cell_id: stress[cell_id].result


Ran = Callable[[str], ExecutionResult]


def bundles(result: ExecutionResult) -> list[DisplayData | ExecuteResult]:
    return [out for out in result.outputs if isinstance(out, DisplayData | ExecuteResult)]


def shown_text(result: ExecutionResult) -> object:
    """Plain text of the only thing that the cell showed."""
    (bundle,) = bundles(result)
    return bundle.data["text/plain"]


def table(result: ExecutionResult, name: str | None = None) -> Table:
    return next(table for table in result.tables if table.name == name)


def said(result: ExecutionResult, kind: str) -> dict[str, int]:
    return {found.category: found.count for found in result.warnings if found.kind == kind}


def outline(result: ExecutionResult) -> list[str]:
    """The outputs in order: the text of streams, the richest kind of everything else."""
    return [_outlined(output) for output in result.outputs]


def _outlined(output: object) -> str:
    if isinstance(output, StreamOutput):
        return output.text.strip()
    if isinstance(output, DisplayData | ExecuteResult):
        return next(iter(sorted(output.data)))
    return "error"


def is_drawn(plot: Plot) -> bool:
    """Whether a picture is a PNG of more than a blank page."""
    return plot.png.startswith(b"\x89PNG") and len(plot.png) > 4_000


# ---------------------------------------------------------------- the files


def raw(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def code_cells(path: Path) -> Iterator[dict[str, Any]]:
    return (cell for cell in raw(path)["cells"] if cell["cell_type"] == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_valid_file_of_the_format(path: Path) -> None:
    """Each example is nbformat 4.5 for the kernel `python3`, and nothing in it must be mended."""
    import nbformat

    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert list(read_notebook(path).notes) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_as_it_was_written(path: Path) -> None:
    """No outputs and no counts are kept in the repository, and cells have readable ids."""
    assert not [cell["id"] for cell in code_cells(path) if cell["outputs"]]
    assert {cell["execution_count"] for cell in code_cells(path)} == {None}
    ids = [cell["id"] for cell in raw(path)["cells"]]
    assert not [id_ for id_ in ids if not id_.replace("-", "").isalnum() or id_ != id_.lower()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_needs_no_jupyter(path: Path) -> None:
    """No example imports IPython; `display` is there without."""
    assert "IPython" not in path.read_text(encoding="utf-8")


def test_the_data_are_small_used_and_explained() -> None:
    """Each data file is small, read by a notebook, and has its licence in the README."""
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    sources = "".join("".join(cell["source"]) for path in NOTEBOOKS for cell in code_cells(path))
    for file in (EXAMPLES / "data").iterdir():
        assert file.stat().st_size <= LARGEST_DATA
        assert f'"data/{file.name}"' in sources
        _, _, section = readme.partition(f"### `data/{file.name}`")
        assert "**Licence:**" in section.partition("###")[0]


# ---------------------------------------------------------------- penguins


def test_every_cell_of_the_analysis_ends_well(penguins: Endings) -> None:
    """The analysis runs from top to bottom, with nothing cut."""
    assert {ended.result.status for ended in penguins.values()} == {"ok"}
    assert [ended.cell.id for ended in penguins.values() if ended.result.cuts] == []
    assert len(penguins) >= 20


def test_the_analysis_shows_its_figures(penguins: Endings) -> None:
    """Each of these cells gives one drawn figure, the others none."""
    plots = {key: ended.result.plots for key, ended in penguins.items() if ended.result.plots}
    assert {key: [is_drawn(plot) for plot in drawn] for key, drawn in plots.items()} == {
        "species-composition": [True],
        "distributions": [True],
        "dimorphism-facets": [True],
        "simpsons-paradox": [True],
        "mass-diagnostics": [True],
        "separating-line": [True],
        "confusion": [True],
    }


def test_an_axes_at_the_end_of_a_cell_shows_its_figure(penguins: Endings) -> None:
    """The heat map's last expression is the figure, and no repr of the axes beside it."""
    assert outline(penguins["confusion"].result) == ["image/png"]


def test_the_analysis_shows_its_interactive_plots(penguins: Endings) -> None:
    """A plot shown by its method and one that is the last expression come once, with all birds."""
    plots = {
        key: ended.result.interactive_plots
        for key, ended in penguins.items()
        if ended.result.interactive_plots
    }
    assert {key: len(shown) for key, shown in plots.items()} == {
        "measurements-3d": 1,
        "flipper-and-mass": 1,
        "misclassified-plot": 1,
    }
    (cloud,) = plots["measurements-3d"]
    assert [(trace["type"], trace["name"]) for trace in cloud.figure["data"]] == [
        ("scatter3d", "Adelie"),
        ("scatter3d", "Chinstrap"),
        ("scatter3d", "Gentoo"),
    ]
    assert isinstance(bundles(penguins["flipper-and-mass"].result)[0], ExecuteResult)


def test_the_analysis_shows_its_tables(penguins: Endings) -> None:
    """Shown tables are whole, a frame in a variable is a preview with its true length."""
    assert table(penguins["load-data"].result).rows[3][2:6] == [None] * 4
    loaded = table(penguins["load-data"].result, "penguins")
    assert (loaded.source, loaded.total_rows, loaded.truncated) == ("variable", 344, True)
    assert table(penguins["missing-birds"].result).total_rows == 11
    assert table(penguins["summary-by-species"].result, "summary").total_rows == 3
    assert [row[0] for row in table(penguins["bill-correlations"].result).rows] == [
        "all birds",
        "Adelie",
        "Chinstrap",
        "Gentoo",
    ]


def test_a_frame_changed_in_place_is_listed_again(penguins: Endings) -> None:
    """A new column in an old frame is a change of that variable, and its new table is there."""
    result = penguins["mass-model"].result
    assert "birds" in result.state.changed
    assert table(result, "birds").columns[-1].name == "flipper_centred"


def test_the_analysis_finds_what_it_says(penguins: Endings) -> None:
    """The numbers that the prose draws on come out of the cells above it."""
    assert penguins["complete-cases"].result.stdout.startswith("333 of 344 birds")
    assert "R² = 0.867" in penguins["mass-model"].result.stdout
    assert "329 of 333 unseen birds" in penguins["classifier"].result.stdout
    correlations = [row[1] for row in table(penguins["bill-correlations"].result).rows]
    assert correlations == [-0.23, 0.39, 0.65, 0.65]


def test_the_ill_conditioned_fit_is_noticed(penguins: Endings) -> None:
    """The cubic in raw millimetres is reported though Python warned of nothing; the sound one not.

    The finding names the variable and says what to do.
    """
    (found,) = penguins["cubic-raw"].result.warnings
    assert (found.kind, found.category, found.subject) == (
        "statistical",
        "ill-conditioned",
        "raw_fit",
    )
    assert found.remedy
    assert penguins["cubic-standardised"].result.warnings == []


def test_the_perfect_separation_is_noticed(penguins: Endings) -> None:
    """The library's own warnings are recognised, and the fitted model is reported by rule."""
    found = said(penguins["gentoo-logit"].result, "statistical")
    assert {"PerfectSeparationWarning", "ConvergenceWarning"} <= found.keys()
    assert "perfect-separation" in found
    assert "not-converged" not in found, "the library said so already"


def test_nothing_else_in_the_analysis_warns(penguins: Endings) -> None:
    """Only the two cells that are unsound on purpose warn or write to standard error."""
    noisy = [key for key, end in penguins.items() if end.result.warnings or end.result.stderr]
    assert noisy == ["cubic-raw", "gentoo-logit"]


# ---------------------------------------------------------------- output_stress


def test_only_the_meant_cells_end_with_an_error(stress: Endings) -> None:
    """Two cells fail, both tagged for it; a view that raises fails no cell."""
    statuses = {key: ended.result.status for key, ended in stress.items()}
    assert {key for key, status in statuses.items() if status == "error"} == {
        "error-chained",
        "error-group",
    }
    assert set(statuses.values()) == {"ok", "error"}
    assert not [key for key, ended in stress.items() if ended.failed]


def test_a_progress_bar_ends_as_one_line(ran: Ran) -> None:
    """Two hundred redraws fold into the finished bar."""
    (line,) = ran("progress-bar").stderr.splitlines()
    assert line.startswith("single: 100%")
    assert "200/200" in line


def test_nested_progress_bars_leave_the_outer_one(ran: Ran) -> None:
    """Cursor movements are carried out; of the inner bars nothing is left to see."""
    text = ran("progress-bars-nested").stderr
    assert text.split()[:2] == ["outer:", "100%|██████████|"]
    assert "inner" not in text
    assert "\x1b" not in text


def test_carriage_return_and_backspace_overwrite(ran: Ran) -> None:
    """Text comes as a terminal would show it at the end."""
    assert ran("carriage-return").stdout == "done: 100 %\nHELLO world\n"
    assert ran("backspace").stdout == "working: ok\n"


def test_both_streams_keep_their_order(ran: Ran) -> None:
    """What was written to the two streams in turn comes in turn."""
    outputs = [out for out in ran("streams-in-order").outputs if isinstance(out, StreamOutput)]
    assert [(out.name, out.text) for out in outputs] == [
        ("stdout", "1 out\n"),
        ("stderr", "2 err\n"),
        ("stdout", "3 out\n"),
        ("stderr", "4 err\n"),
        ("stdout", "5 out without a newline"),
    ]


def test_a_long_output_is_cut_in_sight_and_kept_whole(ran: Ran, workspace: Path) -> None:
    """The beginning and the end are in the result, the cut is declared, the file has it all."""
    result = ran("long-output")
    lines = [f"line {number}\n" for number in range(200_000)]
    (cut,) = result.cuts
    assert (cut.what, cut.total) == ("stdout", len("".join(lines)))
    assert cut.kept < cut.total
    assert result.stdout.startswith("".join(lines[:1000]))
    assert result.stdout.endswith("".join(lines[-1000:]))
    assert cut.artifact is not None
    whole = workspace / result.notebook_id / "artifacts" / cut.artifact
    assert whole.read_text(encoding="utf-8") == "".join(lines)


def test_all_scripts_of_the_world_come_through(ran: Ran) -> None:
    """Scripts, joined emoji, control characters: every character comes back."""
    text = ran("unicode").stdout
    for sample in (
        "日本語",
        "עברית",
        "e\u0301",
        "👩🏽\u200d🔬",
        "🇦🇶",
        "𓀀",
        "null \x00 here",
        "\x07",
    ):
        assert sample in text


def test_a_lone_surrogate_loses_nothing_beside_it(ran: Ran) -> None:
    """What no encoding can write is escaped; the text around it and the JSON of it are whole."""
    result = ran("lone-surrogate")
    assert result.stdout == "lone \\ud83d surrogate\n"
    assert shown_text(result) == "'lone \\ud83d surrogate'"
    assert ExecutionResult.model_validate_json(result.model_dump_json()) == result


def test_lines_of_threads_are_neither_torn_nor_lost(ran: Ran) -> None:
    """Every line of every thread comes whole, each thread's in order."""
    lines = ran("threads").stdout.splitlines()
    written = [f"thread {name} line {number}" for name in "abcd" for number in range(10)]
    assert sorted(lines, key=lambda line: line.split()[1]) == written
    squared = ran("thread-pool")
    assert sorted(squared.stdout.splitlines()) == sorted(f"squaring {n}" for n in range(12))
    assert shown_text(squared) == str([n**2 for n in range(12)])


def test_a_cell_may_await(ran: Ran) -> None:
    """`await` and `async for` work at the top level."""
    assert ran("top-level-await").stdout == "measured fast\nmeasured slow\n"
    assert shown_text(ran("top-level-await")) == "['slow', 'fast']"
    assert ran("async-for").stdout == "3\n2\n1\n"


def test_a_task_outlives_its_cell(ran: Ran) -> None:
    """A task that waits at the end of its cell is finished by a later one."""
    assert shown_text(ran("task-start")) == "False"
    assert shown_text(ran("task-finish")) == "'the task outlived its cell'"


def test_a_log_handler_outlives_its_cell(ran: Ran) -> None:
    """A handler made in one cell writes into the later cell that logs."""
    assert ran("logging").stderr == "INFO stress: a handler made in this cell\n"
    assert (
        ran("logging-later").stderr == "WARNING stress: the handler still works in a later cell\n"
    )


def test_warnings_are_counted_and_told_once(ran: Ran) -> None:
    """A repeated warning is one entry with its count and line, and one message in the text."""
    result = ran("warnings")
    assert [(w.category, w.line, w.count) for w in result.warnings] == [
        ("UserWarning", 2, 100),
        ("RuntimeWarning", 3, 1),
    ]
    assert result.stderr.count("UserWarning: the same again") == 1


def test_an_error_comes_with_cause_and_note(ran: Ran) -> None:
    """The traceback has both errors, the note and the cell's lines; earlier output is kept."""
    result = ran("error-chained")
    assert result.stdout == "parsing\n"
    error = result.error
    assert error is not None
    assert (error.type, error.message) == (
        "RuntimeError",
        "cannot read the measurement '3,14'",
    )
    assert "ValueError: could not convert string to float: '3,14'" in error.traceback
    assert "Numbers are written with a point." in error.traceback
    assert "Cell error-chained, line 10" in error.traceback


def test_an_exception_group_comes_whole(ran: Ran) -> None:
    """Every member of the group and of the group inside it is in the traceback."""
    error = ran("error-group").error
    assert error is not None
    assert error.type == "ExceptionGroup"
    for member in ("ValueError: first", "KeyError: 'second'", "OSError: third"):
        assert member in error.traceback
    assert "IPython" not in error.traceback


def test_names_made_before_an_error_are_kept(ran: Ran) -> None:
    """The function of the cell that failed can be called in a later one."""
    assert shown_text(ran("after-errors")) == "3.14"


def test_a_large_table_is_a_preview(ran: Ran) -> None:
    """200,000 rows of 30 columns come as a bounded preview with their true size."""
    result = ran("large-table")
    shown = next(table for table in result.tables if table.source == "display")
    assert (shown.name, shown.total_rows, shown.total_columns) == ("large", 200_000, 30)
    assert shown.truncated
    assert len(shown.rows) <= Settings().table_rows
    assert len(result.model_dump_json()) < 2**20


def test_a_wide_table_says_what_was_left_out(ran: Ran) -> None:
    """203 quarters side by side are more columns than a preview has."""
    shown = table(ran("wide-table"), "wide")
    assert shown.truncated
    assert len(shown.columns) < shown.total_columns
    assert [row[0] for row in shown.rows] == ["realgdp", "unemp", "infl"]


def test_levels_of_an_index_are_columns(ran: Ran) -> None:
    """Two levels of rows lead the table, two levels of columns name it."""
    shown = table(ran("multiindex-table"))
    assert [column.name for column in shown.columns[:2]] == ["decade", "quarter"]
    assert len(shown.columns) == 6
    assert shown.rows[0][:2] == [1950, 1]
    assert shown.rows[0][3] is None


def test_what_json_cannot_say_is_null_and_counted(ran: Ran) -> None:
    """NaN, infinities and missing dates are null in strict JSON, and the table tells how many."""
    result = ran("nan-table")
    shown = table(result)
    assert [row[0] for row in shown.rows] == [1.5, None, None, None]
    assert shown.rows[1][2] is None
    assert shown.nulled >= 4
    strict = json.loads(result.model_dump_json(), parse_constant=pytest.fail)
    assert strict["status"] == "ok"


def test_a_table_without_rows_keeps_its_columns(ran: Ran) -> None:
    """Zero rows are shown with all their columns."""
    shown = table(ran("empty-table"))
    assert (shown.total_rows, shown.rows, shown.truncated) == (0, [], False)
    assert "realgdp" in [column.name for column in shown.columns]


def test_figures_of_a_loop_stand_where_they_were_shown(ran: Ran) -> None:
    """Each figure follows the line printed before it."""
    names = ["realgdp", "realcons", "unemp", "infl"]
    expected = [part for name in names for part in (f"figure of {name}", "image/png")]
    assert outline(ran("figures-in-loop")) == expected
    assert len({plot.data for plot in ran("figures-in-loop").plots}) == len(names)


def test_figures_left_open_are_shown_at_the_end(ran: Ran) -> None:
    """Two figures without `show` come, each once."""
    plots = ran("figures-left-open").plots
    assert [is_drawn(plot) for plot in plots] == [True, True]
    assert plots[0].data != plots[1].data


def test_displays_of_a_loop_stand_between_its_lines(ran: Ran) -> None:
    """Printed lines and displayed tables alternate as the code did."""
    shown = "application/vnd.dataresource+json"
    assert outline(ran("displays-in-loop")) == [
        *("year 1960", shown),
        *("year 1980", shown),
        *("year 2000", shown),
        "end",
    ]


def test_an_object_is_shown_as_it_asks(ran: Ran) -> None:
    """HTML, SVG and LaTeX come in their MIME types, beside plain text."""
    shown = [set(bundle.data) for bundle in bundles(ran("rich-reprs"))]
    assert shown == [
        {"text/html", "text/plain"},
        {"image/svg+xml", "text/plain"},
        {"text/latex", "text/plain"},
    ]


def test_an_updated_display_is_shown_as_it_became(ran: Ran) -> None:
    """Two updates later there is one display with the last content."""
    assert shown_text(ran("display-update")) == "step 3 of 3"


def test_a_view_that_raises_leaves_the_others(ran: Ran) -> None:
    """A failing rich view leaves the plain one, a failing repr a note; both name the reason."""
    half = ran("repr-html-raises")
    assert "the plain view" in str(shown_text(half))
    assert "no HTML today" in half.model_dump_json()
    assert "no view at all" in str(shown_text(ran("repr-raises")))


def test_classes_of_a_notebook_are_real_classes(ran: Ran) -> None:
    """Source, hints and module of a class are found, its instances are ordered and pickled."""
    assert shown_text(ran("dataclass")) == "True"
    introspected = ran("introspection").stdout
    assert "def label(self) -> str:" in introspected
    assert "'notes': list[str]" in introspected
    assert introspected.endswith("__main__\n")
    assert ran("class-source").stdout.startswith(
        "@dataclasses.dataclass(order=True)\nclass Quarter"
    )
    copy = "Quarter(year=2009, number=3, notes=['🐧'])"
    assert shown_text(ran("pickle")) == f"(True, False, {copy})"


def test_a_trailing_semicolon_hides_the_result(ran: Ran) -> None:
    """The last expression of a cell is not shown if a semicolon follows it."""
    assert ran("hidden-result").outputs == []
