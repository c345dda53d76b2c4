"""Magics that show something, keep what is shown, or say how it is to be shown."""

from __future__ import annotations

import pytest

from nbengine.models.outputs import Plot
from tests.conftest import Run
from tests.runtime.ipython.cells import displayed, told, value

FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
WHOLE = "%config InlineBackend.print_figure_kwargs = {'bbox_inches': None}"


def size(plot: Plot) -> tuple[int, int]:
    """Width and height of a PNG in dots, from its header."""
    return int.from_bytes(plot.png[16:20]), int.from_bytes(plot.png[20:24])


@pytest.mark.parametrize(
    "magic, mime",
    [
        ("html", "text/html"),
        ("javascript", "application/javascript"),
        ("js", "application/javascript"),
        ("latex", "text/latex"),
        ("markdown", "text/markdown"),
    ],
)
def test_a_cell_of_another_language_is_shown(magic: str, mime: str, run: Run) -> None:
    """As what it is, with the text that stands for it."""
    (bundle,) = displayed(run(f"%%{magic}\n$x$ <b>\n"))
    assert bundle[mime] == "$x$ <b>\n"
    assert "IPython.core.display" in str(bundle["text/plain"])


def test_a_captured_cell_shows_nothing(run: Run) -> None:
    """Streams and displays are kept, commands' too, and can be shown later."""
    result = run(
        "%%capture kept\nimport sys\nprint('a')\nprint('b', file=sys.stderr)\n"
        "!echo c\ndisplay('d')\n'e'"
    )
    assert result.outputs == []
    assert value(run("kept.stdout, kept.stderr, len(kept.outputs)")) == "('a\\nc\\n', 'b\\n', 2)"
    shown = run("kept.show()")
    assert (shown.stdout, shown.stderr) == ("a\nc\n", "b\n")
    assert [bundle["text/plain"] for bundle in displayed(shown)] == ["'d'", "'e'"]


def test_streams_can_be_left_out_of_a_capture(run: Run) -> None:
    """By options."""
    result = run("%%capture kept --no-stdout --no-display\nprint('a')\ndisplay('b')")
    assert result.stdout == "a\n"
    assert [bundle["text/plain"] for bundle in displayed(result)] == ["'b'"]


def test_an_error_in_a_captured_cell_is_told(run: Run) -> None:
    """Without failing the cell, as in Jupyter; what it wrote before is kept."""
    result = run("%%capture kept\nprint('a')\n1 / 0")
    assert (result.status, told(result)) == ("ok", ["ZeroDivisionError: division by zero"])
    assert run("print(kept.stdout)").stdout == "a\n\n"


def test_numbers_are_shown_with_a_precision(run: Run) -> None:
    """Until it is taken back, for values of a cell and for displays."""
    assert value(run("%precision 3\n1 / 3")) == "0.333"
    assert value(run("1 / 3")) == "0.333"
    assert [bundle["text/plain"] for bundle in displayed(run("display(1 / 3)"))] == ["0.333"]
    run("%precision")
    assert value(run("1 / 3")) == repr(1 / 3)


PLAIN = "get_ipython().display_formatter.formatters['text/plain']"


@pytest.mark.parametrize(
    "choice, shown",
    [
        ("%pprint", str(list(range(40)))),
        (f"{PLAIN}.max_seq_length = 2", "[0, 1, ...]"),
        (f"{PLAIN}.for_type_by_name('array', 'array', lambda v, p, _: p.text('A'));", "A"),
    ],
)
def test_texts_are_made_as_was_chosen(choice: str, shown: str, run: Run) -> None:
    """Without pretty printing, shorter, or by a printer that waits for a class of this name."""
    run(choice)
    made = "array.array('b')" if shown == "A" else "list(range(40))"
    assert value(run(f"import array\n{made}")) == shown


def test_a_formatter_that_is_switched_off_is_not_asked(run: Run) -> None:
    """For values whose class a printer was registered for with it."""
    html = "get_ipython().display_formatter.formatters['text/html']"
    run(f"{html}.for_type(int, lambda value: '<b>');")
    assert displayed(run("display(1)")) == [{"text/plain": "1", "text/html": "<b>"}]
    run(f"{html}.enabled = False")
    assert displayed(run("display(1)")) == [{"text/plain": "1"}]


@pytest.mark.parametrize("backend", ["inline", "agg"])
def test_pictures_are_the_backend(backend: str, run: Run) -> None:
    """Nothing is said of a backend that shows what is shown anyway."""
    result = run(f"%matplotlib {backend}\n{FIGURE}")
    assert (result.stdout, result.stderr) == ("", "")
    assert len(result.plots) == 1


@pytest.mark.parametrize("backend", ["widget", "notebook", "qt"])
def test_other_backends_get_a_note(backend: str, run: Run) -> None:
    """The cell goes on, and figures are pictures."""
    result = run(f"%matplotlib {backend}\n{FIGURE}")
    assert f"[%matplotlib {backend}: there is no such display here" in result.stderr
    assert len(result.plots) == 1


@pytest.mark.parametrize(
    "choice, mime",
    [
        ("figure_format = 'svg'", "image/svg+xml"),
        ("figure_formats = {'png'}", "image/png"),
        ("figure_format = 'jpeg'", "image/jpeg"),
    ],
)
def test_the_format_of_figures_is_configured(choice: str, mime: str, run: Run) -> None:
    """For this notebook."""
    run(f"%config InlineBackend.{choice}")
    assert mime in displayed(run(FIGURE))[-1]
    assert "image/png" in displayed(run(FIGURE, notebook_id="other"))[-1]


def test_retina_figures_are_shown_at_half_their_size(run: Run) -> None:
    """They have twice the dots."""
    plain = size(run(f"{WHOLE}\n{FIGURE}").plots[0])
    plot = run(f"%config InlineBackend.figure_format = 'retina'\n{FIGURE}").plots[0]
    assert size(plot) == (2 * plain[0], 2 * plain[1])
    assert (plot.width, plot.height) == plain


def test_figures_are_cut_unless_they_are_wanted_whole(run: Run) -> None:
    """To what is drawn, by a keyword of Matplotlib's own."""
    assert size(run(f"{WHOLE}\n{FIGURE}").plots[0]) == (640, 480)
    run("%config InlineBackend.print_figure_kwargs = {'bbox_inches': 'tight'}")
    assert size(run(FIGURE).plots[0]) < (640, 480)


@pytest.mark.parametrize("before", ["", "import matplotlib.pyplot"])
def test_settings_of_matplotlib_are_configured(before: str, run: Run) -> None:
    """For this notebook, also before it has used Matplotlib."""
    run(before)
    run("%config InlineBackend.rc = {'figure.figsize': (3.0, 2.0)}")
    size = "import matplotlib.pyplot as plt\nplt.rcParams['figure.figsize']"
    assert value(run(size)) == "[3.0, 2.0]"
    assert value(run(size, notebook_id="other")) == "[6.4, 4.8]"


def test_settings_are_shown(run: Run) -> None:
    """Those of a class with their values, one by its name."""
    assert "InlineBackend.figure_formats" in run("%config InlineBackend").stdout
    assert "HistoryManager.enabled" in run("%config HistoryManager").stdout
    assert value(run("%config InlineBackend.figure_formats")) == "{'png'}"


@pytest.mark.parametrize(
    "code, says",
    [
        ("number?", "Type:        int"),
        ("?number", "Type:        int"),
        ("word.upper?", "Docstring: Return a copy of the string converted to uppercase."),
        ("function??", "return 1  # its source"),
        ("%time?", "Time execution of a Python statement or expression."),
        ("%%bash?", "%%bash script magic"),
        ("str.up*?", "str.upper"),
        ("%psearch func*", "function"),
    ],
)
def test_help_is_an_output(code: str, says: str, run: Run) -> None:
    """What a pager would show."""
    run("number, word = 3, 'a'\ndef function():\n    return 1  # its source")
    (bundle,) = displayed(run(code))
    assert says in str(bundle["text/plain"])


def test_help_for_nothing(run: Run) -> None:
    """Says so."""
    assert run("not_there?").stdout == "Object `not_there` not found.\n"
