"""What is measured: the table's rows, with the goals they are to reach."""

from __future__ import annotations

from benchmarks.goals import at_most, steady, times_less_than
from benchmarks.quantities import FLOOR, OURS, scaled, seconds, size

from .cells import CellRow, SizeRow
from .imports import ImportRow
from .memory import IdleRow, PeakRow
from .notebooks import CommandRow, LibraryRow
from .row import Row

IN_PROCESS = (OURS, FLOOR, "IPython")

FIGURE_SETUP = "import matplotlib.pyplot as plt"
FIGURE = """\
fig, ax = plt.subplots()
ax.plot([1, 2, 3], [1, 4, 9], label="squares")
ax.set(title="Squares", xlabel="n", ylabel="n²")
ax.legend();"""

SCATTER = 'go.Figure(go.Scattergl(x=x, y=y, mode="markers"))'
SHOWN_BY_PLOTLY = '"application/vnd.plotly.v1+json"'

ANALYSIS = (
    "import math, statistics\nreadings = [math.sin(n / 7) + n % 5 for n in range(500)]",
    "mean = statistics.fmean(readings)\nprint(f'mean {mean:.3f}')",
    (
        "def smooth(xs, width):\n"
        "    return [sum(xs[n : n + width]) / width for n in range(len(xs) - width)]"
    ),
    "smoothed = smooth(readings, 5)\nfor value in smoothed[:20]:\n    print(round(value, 4))",
    "{'least': min(smoothed), 'greatest': max(smoothed)}",
)
"""Cells of an analysis in plain Python: they import, compute, define, print and show."""


def rows(scale: float = 1.0) -> list[Row]:
    """Every row of cells and notebooks; lines, points and table rows multiplied by `scale`."""
    lines, points = scaled(1_000_000, scale), scaled(100_000, scale)
    return [
        *_cells(),
        *_printing(lines),
        *_figures(points),
        *_tables(lines),
        *_notebooks(),
        *_costs_of_being(),
    ]


def _cells() -> list[Row]:
    return [
        CellRow(
            "trivial",
            "trivial cell `x = 1`",
            cell="x = 1",
            goals=(
                at_most(40e-6, seconds),
                times_less_than("IPython", 5),
                times_less_than("ipykernel", 100),
                steady(5),
            ),
            repeats=10_000,
        ),
        CellRow(
            "raising",
            "cell that raises `ZeroDivisionError`, traceback included",
            cell="1 / 0",
            goals=(at_most(250e-6, seconds),),
            shows="ZeroDivisionError",
            repeats=2_000,
        ),
    ]


def _printing(lines: int) -> list[Row]:
    cell = f"for i in range({lines}):\n    print(i)"
    return [
        CellRow(
            "print",
            f"`print` {lines:,} lines",
            cell=cell,
            goals=(at_most(0.9, seconds),),
            shows='"stream"',
            repeats=3,
            patience=30,
        ),
        PeakRow(
            "print-memory",
            f"`print` {lines:,} lines: memory at its peak",
            cell=cell,
            goals=(at_most(16e6, size),),
            contenders=IN_PROCESS,
        ),
    ]


def _figures(points: int) -> list[Row]:
    scatter_setup = (
        "import numpy as np, plotly.graph_objects as go\n"
        f"x, y = np.random.default_rng(0).normal(size=(2, {points}))"
    )
    return [
        CellRow(
            "matplotlib",
            "Matplotlib figure, built and drawn as PNG with tight box",
            setup=FIGURE_SETUP,
            cell=FIGURE,
            goals=(at_most(60e-3, seconds),),
            contenders=(OURS, FLOOR, "ipykernel", "nbclient"),
            shows='"image/png"',
            repeats=20,
        ),
        CellRow(
            "plotly",
            f"Plotly scatter of {points:,} points shown",
            setup=f"{scatter_setup}\nfig = {SCATTER}",
            cell="fig",
            goals=(at_most(4e-3, seconds),),
            shows=SHOWN_BY_PLOTLY,
            repeats=50,
        ),
        CellRow(
            "plotly-built",
            f"Plotly scatter of {points:,} points built and shown",
            setup=scatter_setup,
            cell=SCATTER,
            shows=SHOWN_BY_PLOTLY,
            repeats=50,
        ),
        SizeRow(
            "plotly-size",
            f"Plotly scatter of {points:,} points: size of its outputs",
            setup=scatter_setup,
            cell=SCATTER,
            goals=(at_most(2.2e6, size),),
        ),
    ]


def _tables(length: int) -> list[Row]:
    return [
        CellRow(
            "frame",
            f"DataFrame of {length:,} × 20 shown",
            setup=_frame_of(length, "float64"),
            cell="df",
            goals=(at_most(10e-3, seconds),),
            shows='"text/html"',
            repeats=100,
        ),
        CellRow(
            "frame-10x",
            f"DataFrame of {10 * length:,} × 20 shown",
            setup=_frame_of(10 * length, "float32"),
            cell="df",
            goals=(at_most(10e-3, seconds),),
            contenders=IN_PROCESS,
            shows='"text/html"',
            repeats=100,
        ),
    ]


def _notebooks() -> list[Row]:
    far_less = [times_less_than(peer, 10) for peer in ("nbclient", "papermill")]
    less = [times_less_than(peer, 1) for peer in ("nbclient", "papermill")]
    hundred = [ANALYSIS[number % len(ANALYSIS)] for number in range(100)]
    return [
        CommandRow("one-cell", "notebook of one cell, as a command", ["x = 1"], far_less),
        CommandRow("100-cells", "notebook of 100 cells, as a command", hundred, less, repeats=5),
        LibraryRow("one-cell-call", "notebook of one cell, as a call", ["x = 1"], far_less),
        LibraryRow("100-cells-call", "notebook of 100 cells, as a call", hundred, less, repeats=5),
    ]


def _costs_of_being() -> list[Row]:
    return [
        IdleRow(
            "idle",
            "memory of an idle notebook",
            goals=(at_most(50e3, size),),
            contenders=(OURS, FLOOR, "ipykernel"),
        ),
        ImportRow(
            "import",
            "`import` in a fresh interpreter",
            statements={
                OURS: "import nbengine",
                FLOOR: "pass",
                "IPython": "import IPython",
                "ipykernel": "import ipykernel",
                "nbclient": "import nbclient",
            },
            goals=(at_most(0.1, seconds),),
        ),
        ImportRow(
            "import-engine",
            "the same until the class that runs cells is there",
            statements={
                OURS: "from nbengine import ExecutionService",
                FLOOR: "pass",
                "IPython": "from IPython.core.interactiveshell import InteractiveShell",
                "ipykernel": "from ipykernel.kernelapp import IPKernelApp",
                "nbclient": "from nbclient import NotebookClient",
            },
        ),
    ]


def _frame_of(length: int, dtype: str) -> str:
    return (
        "import numpy as np, pandas as pd\n"
        f"values = np.random.default_rng(0).random(({length}, 20), dtype={dtype!r})\n"
        "df = pd.DataFrame(values, columns=[f'c{i}' for i in range(20)])\n"
        "del values"
    )


__all__ = ["Row", "rows"]
