"""Magics that show something, keep what is shown, or say how it is to be shown."""

from __future__ import annotations

import pytest

from tests.conftest import Run
from tests.runtime.ipython.cells import displayed, told, value

FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"


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
    plain = run(FIGURE).plots[0]
    fine = run(f"%config InlineBackend.figure_format = 'retina'\n{FIGURE}").plots[0]
    assert len(fine.png) > len(plain.png)


def test_settings_are_shown(run: Run) -> None:
    """Those of a class with their values, one by its name."""
    assert "InlineBackend.figure_formats" in run("%config InlineBackend").stdout
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
