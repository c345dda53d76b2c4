from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from nbengine.models.outputs import MimeBundle
from nbengine.services.execution_service import ExecutionService
from tests.capture.kinds.cells import Run, runner, shown


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with runner(tmp_path) as run:
        yield run


def test_open_figures_are_shown_at_the_end_and_closed(run: Run) -> None:
    """Each open figure is shown once, in order of use, and the next cell begins with none."""
    result = run(
        """
        import matplotlib.pyplot as plt
        for width in (3, 4):
            plt.figure(figsize=(width, 2)).add_subplot().plot([1, 2])
        print("done")
        """.replace("\n        ", "\n")
    )
    assert shown(result) == ["done", "figure", "figure"]
    assert [output.data["text/plain"] for output in result.outputs[1:]] == [  # type: ignore[union-attr]
        "<Figure size 300x200 with 1 Axes>",
        "<Figure size 400x200 with 1 Axes>",
    ]
    assert run("plt.get_fignums()").outputs[0].data["text/plain"] == "[]"  # type: ignore[union-attr]


def test_a_shown_figure_is_a_bundle_for_notebooks(run: Run) -> None:
    """Base64 without line breaks, the repr beside it, and the kind in the metadata."""
    result = run("import matplotlib.pyplot as plt; plt.plot([1, 2]);")
    (output,) = result.outputs
    assert isinstance(output, MimeBundle)
    assert sorted(output.data) == ["image/png", "text/plain"]
    assert output.metadata == {"nbengine": {"kind": "matplotlib"}}
    assert base64.b64decode(str(output.data["image/png"]), validate=True) == result.plots[0].png


def test_show_puts_figures_in_their_place(run: Run) -> None:
    """`plt.show()` shows what is open between the lines printed before and after, once."""
    result = run(
        "import matplotlib.pyplot as plt\n"
        "plt.plot([1]); print('a'); plt.show(); print('b'); plt.plot([2]); plt.show(block=True)\n"
        "plt.show()"
    )
    assert shown(result) == ["a", "figure", "b", "figure"]


@pytest.mark.parametrize("backend", ["agg", "TkAgg", "QtAgg", "webagg", "inline", "widget", "none"])
def test_any_backend_may_be_asked_for(run: Run, backend: str) -> None:
    """Choosing one never blocks, warns or fails; the figure is shown, by a backend inline."""
    result = run(
        f"import matplotlib; matplotlib.use({backend!r})\n"
        "import matplotlib.pyplot as plt\n"
        f"plt.switch_backend({backend!r})\n"
        "plt.plot([1, 2])\n"
        "print('inline' in plt.get_backend(), plt.get_backend() == matplotlib.get_backend())\n"
        "plt.show(block=True)\n"
    )
    assert shown(result) == ["True True", "figure"]


def test_figure_show_needs_no_window(run: Run) -> None:
    """`fig.show()` shows the figure where it is called, once, whether pyplot made it or not."""
    result = run(
        "import matplotlib.pyplot as plt\n"
        "from matplotlib.figure import Figure\n"
        "mine = Figure(); mine.subplots().plot([1]); mine.show()\n"
        "print('between')\n"
        "fig, ax = plt.subplots(); fig.show(); plt.show()\n"
    )
    assert shown(result) == ["figure", "between", "figure"]


def test_a_figure_that_the_cell_closed_is_not_shown(run: Run) -> None:
    """Saving a figure to a file and closing it shows nothing."""
    result = run(
        "import matplotlib.pyplot as plt, os\n"
        "plt.plot([1]); plt.savefig('f.png'); plt.close(); print(os.path.exists('f.png'))"
    )
    assert shown(result) == ["True"]


def test_a_displayed_figure_is_not_shown_again(run: Run) -> None:
    """One displayed or returned as the last value is not repeated at the end of the cell."""
    assert shown(
        run("import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); display(fig); print('x')")
    ) == ["figure", "x"]
    assert shown(run("fig, ax = plt.subplots()\nfig")) == ["figure"]


def test_looking_at_a_displayed_figure_does_not_change_it(run: Run) -> None:
    """Reading or saving a displayed figure is no reason to show it again."""
    result = run(
        "import matplotlib.pyplot as plt\n"
        "fig, ax = plt.subplots(); ax.plot([1, 2]); display(fig)\n"
        "ax.get_xlim(), ax.get_xticklabels(), ax.get_position(), fig.get_size_inches()\n"
        "ax.axis(), ax.get_tightbbox(), fig.axes, ax.dataLim, str(ax)\n"
        "fig.savefig('saved.png', bbox_inches='tight')\n"
    )
    assert shown(result) == ["figure"]


def test_a_figure_changed_after_display_is_shown_as_it_ends_up(run: Run) -> None:
    """What was added after a display is not lost: the figure comes again at the end."""
    result = run(
        "import matplotlib.pyplot as plt\n"
        "fig, ax = plt.subplots(); display(fig); ax.plot([1, 2]); display(fig); ax.plot([2, 1])\n"
        "print('end')"
    )
    assert shown(result) == ["figure", "figure", "end", "figure"]
    assert len({plot.data for plot in result.plots}) == 3


def test_axes_give_their_figure(run: Run) -> None:
    """Axes as the last value, such as pandas returns, are shown as their figure, once."""
    result = run("import pandas as pd\npd.DataFrame({'a': [1, 2]}).plot()")
    assert shown(result) == ["figure"]
    assert result.outputs[0].output_type == "execute_result"


def test_axes_whose_figure_was_shown_are_their_repr(run: Run) -> None:
    """After `plt.show()` the axes as last value do not show the same figure again."""
    result = run("import matplotlib.pyplot as plt\nax = plt.subplot(); plt.show()\nax")
    assert shown(result) == ["figure", "<Axes: >"]


def test_removed_axes_are_their_repr(run: Run) -> None:
    """Axes that belong to no figure any more are shown as text."""
    result = run("import matplotlib.pyplot as plt\nax = plt.subplot(); ax.remove(); ax")
    assert shown(result)[0] == "<Axes: >"


@pytest.mark.parametrize(
    "expression",
    [
        "plt.plot([1, 2])",
        "plt.bar(['a'], [1])",
        "plt.title('t')",
        "plt.subplots(2)",
        "plt.hist([1])",
    ],
)
def test_other_parts_are_text_and_the_figure_follows(run: Run, expression: str) -> None:
    """Artists, containers and tuples keep their repr; their figure comes at the end of the cell."""
    text, figure = shown(run(f"import matplotlib.pyplot as plt\n{expression}"))
    assert text != "figure"
    assert figure == "figure"


def test_a_figure_that_cannot_be_drawn_loses_no_other(run: Run) -> None:
    """Bad mathtext and artists that raise are told with the figure's number; the rest is shown."""
    result = run(
        "import matplotlib.pyplot as plt\n"
        "from matplotlib.lines import Line2D\n"
        "class Broken(Line2D):\n"
        "    def draw(self, renderer): raise RuntimeError('no\\nluck')\n"
        "plt.figure(1).add_subplot().plot([1])\n"
        "plt.figure(2).text(0, 0, r'$\\nonsense$')\n"
        "plt.figure(3).add_subplot().add_line(Broken([0], [1]))\n"
        "plt.figure(4).add_subplot().plot([2])\n"
    )
    assert result.status == "ok"
    assert len(result.plots) == 2
    assert "Figure 2 could not be drawn: ValueError:" in result.stderr
    assert "Figure 3 could not be drawn: RuntimeError: no luck\n" in result.stderr


def test_an_interrupt_while_drawing_loses_that_figure_alone(run: Run) -> None:
    """A figure whose drawing was interrupted is told, and not drawn once more at the end."""
    result = run(
        "import matplotlib.pyplot as plt\n"
        "from matplotlib.lines import Line2D\n"
        "class Slow(Line2D):\n"
        "    def draw(self, renderer): raise KeyboardInterrupt\n"
        "plt.figure().add_subplot().add_line(Slow([0], [1]))\n"
        "plt.figure().add_subplot().plot([1])\n"
        "plt.show(); print('not reached')\n"
    )
    assert result.status != "ok"
    assert result.stdout == ""
    assert result.stderr == "Figure 1 could not be drawn: interrupted\n"
    assert len(result.plots) == 1


def test_figures_of_a_failed_cell_are_shown(run: Run) -> None:
    """An error after drawing keeps the figures that were open."""
    result = run("import matplotlib.pyplot as plt\nplt.plot([1, 2]); 1 / 0")
    assert result.status == "error"
    assert len(result.plots) == 1


def test_figures_made_in_threads_are_shown(run: Run) -> None:
    """A thread of the cell may open, show and leave figures; each is shown once."""
    result = run(
        "import threading, matplotlib.pyplot as plt\n"
        "def shows(): plt.figure().text(0, 0, 'a'); plt.show()\n"
        "def leaves(): plt.figure().text(0, 0, 'b')\n"
        "for work in (shows, leaves):\n"
        "    thread = threading.Thread(target=work); thread.start(); thread.join()\n"
    )
    assert len(result.plots) == 2
    assert result.stderr == ""


def test_an_animation_shows_its_first_frame(run: Run) -> None:
    """An animation that nobody plays puts its first frame on the figure, without a warning."""
    cell = (
        "import gc, matplotlib.pyplot as plt\n"
        "from matplotlib.animation import FuncAnimation\n"
        "fig, ax = plt.subplots(); ax.set(xlim=(0, 1), ylim=(0, 1))\n"
        "(line,) = ax.plot([], [], animated={blit})\n"
        "def frame(i): line.set_data([0, 1], [0, 1]); return [line]\n"
        "{animate}; plt.show(); anim = None; gc.collect();"
    )
    animate = "anim = FuncAnimation(fig, frame, frames=2, blit={blit})"
    still, moving, blitted = (
        run(cell.format(animate=code.format(blit=blit), blit=blit))
        for code, blit in (("frame(0)", False), (animate, False), (animate, True))
    )
    assert [r.stderr for r in (still, moving, blitted)] == ["", "", ""]
    assert still.plots[0].data == moving.plots[0].data == blitted.plots[0].data


def test_widgets_are_shown_as_they_stand(run: Run) -> None:
    """A slider and a button are drawn on the figure."""
    result = run(
        "import matplotlib.pyplot as plt\n"
        "from matplotlib.widgets import Button, CheckButtons, Slider\n"
        "fig, axes = plt.subplots(3)\n"
        "parts = Slider(axes[0], 's', 0, 1), Button(axes[1], 'b'), CheckButtons(axes[2], ['c'])\n"
    )
    assert shown(result) == ["figure"]


def test_a_pause_keeps_the_figure_open(run: Run) -> None:
    """A loop that redraws with `plt.pause` shows the figure as it ends up, once."""
    result = run(
        "import matplotlib.pyplot as plt\n"
        "for height in (1, 2):\n"
        "    plt.cla(); plt.bar(['a'], [height]); plt.pause(0.001)\n"
    )
    assert shown(result) == ["figure"]


def test_figures_are_drawn_as_the_settings_say(tmp_path: Path) -> None:
    """Format and resolution of the settings reach the result's plots."""
    code = "import matplotlib.pyplot as plt; plt.plot([1, 2]);"
    for how, mime, width in (("svg", "image/svg+xml", False), ("retina", "image/png", True)):
        with runner(tmp_path, figure_format=how) as run:
            (plot,) = run(code).plots
        assert plot.mime == mime
        assert (plot.width is not None) is width


@pytest.mark.parametrize("how", ["png", "svg"])
def test_a_warning_of_drawing_is_the_cell_s(tmp_path: Path, how: str) -> None:
    """What drawing warns of has the line that showed the figure, or none at the end of the cell."""
    with runner(tmp_path, figure_format=how) as run:
        shows = run("import matplotlib.pyplot as plt\nplt.figtext(0, 0, '\u4e2d')\nplt.show()")
        leaves = run("plt.figtext(0, 0, '\u4e2d');")
    assert [warning.line for warning in shows.warnings] == [3]
    assert shows.stderr.startswith("Cell c:3: UserWarning: Glyph 20013 ")
    assert [warning.line for warning in leaves.warnings] == [None]
    assert leaves.stderr.startswith("Cell c: UserWarning: Glyph 20013 ")
    assert "nbengine" not in shows.stderr + leaves.stderr


def test_a_late_figure_is_gone_with_its_thread(tmp_path: Path) -> None:
    """One that nobody shows lives no longer than the thread, though the cell is remembered."""
    with ExecutionService(workspace_dir=tmp_path) as service:
        code = dedent("""
            import gc, threading, weakref
            import matplotlib.pyplot as plt
            ended, left = threading.Event(), []
            def late():
                ended.wait()
                plt.plot([1, 2])
                plt.plot([2, 3])
                left.extend([weakref.ref(plt.gcf()), len(plt.gca().lines), plt.get_fignums()])
            thread = threading.Thread(target=late)
            thread.start()
            """)
        early = service.execute_code(code, "early", "n")
        code = "ended.set(); thread.join(); gc.collect(); print(left[0](), left[1:])"
        assert service.execute_code(code, "later", "n").stdout == "None [2, [1]]\n"
        assert service.result(early.execution_id) == early


def test_a_late_figure_is_shown_by_show_alone(tmp_path: Path) -> None:
    """A thread that outlives its cell shows what it draws there; what it leaves open is not."""
    with ExecutionService(workspace_dir=tmp_path) as service:
        early = service.execute_code(
            "import matplotlib.pyplot as plt, threading\n"
            "ended = threading.Event()\n"
            "def late():\n"
            "    ended.wait()\n"
            "    plt.plot([1]); plt.show(); plt.plot([2])\n"
            "thread = threading.Thread(target=late)\n"
            "thread.start()",
            "early",
            "n",
        )
        later = service.execute_code("ended.set(); thread.join()", "later", "n")
        assert (early.plots, later.plots) == ([], [])
        assert len(service.result(early.execution_id).plots) == 1


def test_figures_are_numbered_in_each_notebook(service: ExecutionService) -> None:
    """A cell sees no figure of another notebook and counts its own from 1."""
    code = "import matplotlib.pyplot as plt; plt.plot([1]); print(plt.get_fignums())"
    for notebook in ("n", "m", "n"):
        result = service.execute_code(code, cell_id="c", notebook_id=notebook)
        assert result.stdout == "[1]\n"


HOST = """
import matplotlib
matplotlib.use("pdf")
import matplotlib.pyplot as plt
from nbengine.services.execution_service import ExecutionService

shows = []
plt._get_backend_mod().show = lambda *a, **k: shows.append(plt.get_fignums())
hosts = plt.figure(7)
service = ExecutionService(workspace_dir={folder!r})
code = '''
import matplotlib, matplotlib.pyplot as plt
matplotlib.use("svg"); plt.switch_backend("ps")
print(plt.get_fignums(), "inline" in plt.get_backend()); plt.plot([1]); plt.show()
plt.figure(9).text(0, 0, "left open")
'''
result = service.execute_code(code, cell_id="c", notebook_id="n")
assert result.stdout == "[] True\\n", result
assert len(result.plots) == 2
assert matplotlib.get_backend() == plt.get_backend() == "pdf"
assert plt.get_fignums() == [7] and plt.gcf() is hosts
plt.show()
assert shows == [[7]]
matplotlib.use("agg")
assert plt.get_backend() == "agg"
"""


def test_the_host_program_keeps_its_pyplot(tmp_path: Path) -> None:
    """Backend, open figures and `show` of a host that uses pyplot itself are as before a cell."""
    subprocess.run([sys.executable, "-c", HOST.format(folder=str(tmp_path))], check=True)


FIGURES = """
import gc, sys
import psutil
from nbengine import ExecutionService

cell = "import matplotlib.pyplot as plt\\nplt.plot(range(100)); plt.show(); plt.plot([1]);"

def memory_after(cells):
    for _ in range(cells):
        assert len(service.execute_code(cell, "c", "n").plots) == 2
    gc.collect()
    return psutil.Process().memory_info().rss

with ExecutionService(workspace_dir=sys.argv[1]) as service:
    before = memory_after(100)
    assert memory_after(400) - before < 40 * 2**20
"""


@pytest.mark.slow
def test_a_thousand_figures_leave_memory_flat(tmp_path: Path) -> None:
    """Cells that open, show and forget figures do not make the process grow.

    In a process of its own: the holes in the memory of one that has run much else count too.
    """
    subprocess.run([sys.executable, "-c", FIGURES, str(tmp_path)], check=True)
