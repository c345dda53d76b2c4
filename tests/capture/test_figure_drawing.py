from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from nbengine.capture.figure_drawing import draw
from nbengine.settings import Settings

Pixels = np.ndarray[Any, np.dtype[np.int16]]
Make = Callable[[], Figure]


def lines() -> Figure:
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 3, 2], label="a")
    axes.set(title="A title", xlabel="x", ylabel="$y^2$")
    axes.legend()
    return figure


def constrained() -> Figure:
    figure = Figure(layout="constrained")
    for axes in figure.subplots(2, 2).flat:
        axes.plot([1, 2])
    figure.suptitle("Above them all")
    return figure


def tight() -> Figure:
    figure = Figure(layout="tight")
    for axes in figure.subplots(2, 2).flat:
        axes.set_title("One")
    return figure


def colorbar() -> Figure:
    figure = Figure()
    axes = figure.subplots()
    figure.colorbar(axes.imshow(np.arange(12).reshape(3, 4)))
    return figure


def three_dimensional() -> Figure:
    figure = Figure()
    figure.add_subplot(projection="3d").plot([1, 2], [2, 1], [1, 2])
    return figure


def polar() -> Figure:
    figure = Figure()
    figure.add_subplot(projection="polar").plot([0, 1, 2], [1, 2, 3])
    return figure


def transparent() -> Figure:
    figure = lines()
    figure.patch.set_alpha(0.25)
    return figure


def of_odd_size() -> Figure:
    figure = Figure(figsize=(5.37, 3.13), dpi=73)
    figure.subplots().plot([1, 2])
    return figure


def with_subfigures() -> Figure:
    figure = Figure(figsize=(6, 3))
    grid = figure.add_gridspec(1, 2)
    for place in (grid[0], grid[1]):
        figure.add_subfigure(place).subplots().plot([1, 2])
    return figure


def legend_outside() -> Figure:
    figure = lines()
    figure.axes[0].legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure


def filled() -> Figure:
    figure = Figure()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(np.arange(12).reshape(3, 4), aspect="auto")
    return figure


def framed() -> Figure:
    figure = lines()
    figure.patch.set(linewidth=5, edgecolor="red")
    return figure


WITHIN: tuple[Make, ...] = (
    lines, constrained, tight, colorbar, three_dimensional, polar, transparent, of_odd_size,
    with_subfigures,
)  # fmt: skip
BEYOND: tuple[Make, ...] = (legend_outside, filled, framed)


def drawn(figure: Figure, **settings: Any) -> Pixels:
    bundle = draw(figure, Settings(**settings))
    return pixels(base64.b64decode(str(bundle.data["image/png"]), validate=True))


def saved(figure: Figure, box: Any, dpi: float | None = None) -> Pixels:
    stream = io.BytesIO()
    figure.savefig(
        stream,
        dpi=dpi or figure.dpi,
        bbox_inches=box,
        facecolor=figure.get_facecolor(),
        edgecolor=figure.get_edgecolor(),
    )
    return pixels(stream.getvalue())


def pixels(png: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), np.int16)


def laid_out(make: Make, dpi: float | None = None) -> tuple[Figure, Bbox]:
    """A figure whose layout is settled, and the tight box rounded to whole pixels."""
    figure = make()
    if dpi is not None:
        figure.dpi = dpi
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.get_tightbbox(canvas.get_renderer()).padded(0.1)
    figure.set_layout_engine("none")
    size = np.floor(np.array(box.size) * figure.dpi + 1e-8)
    corner = np.round(box.p0 * figure.dpi)
    return figure, Bbox.from_bounds(*corner / figure.dpi, *size / figure.dpi)


@pytest.mark.parametrize("make", WITHIN)
def test_the_picture_is_what_savefig_draws_for_whole_pixels(make: Make) -> None:
    """Pixel for pixel the picture of `savefig` with the tight box rounded to whole pixels.

    But for a tick that lies exactly between two pixels, which may fall to either.
    """
    ours, theirs = drawn(make()), saved(*laid_out(make))
    assert (ours != theirs).any(axis=-1).mean() < 0.0005


@pytest.mark.parametrize("make", WITHIN)
def test_the_picture_has_the_size_of_savefig_tight(make: Make) -> None:
    """The box is the one of `savefig(bbox_inches="tight")`, the picture shifted by half a pixel."""
    ours, theirs = drawn(make()), saved(make(), "tight")
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).mean() < 4


@pytest.mark.parametrize("make", BEYOND)
def test_what_lies_beyond_the_canvas_is_drawn_as_savefig_draws_it(make: Make) -> None:
    """A legend beside the axes, a border or an image over everything: equal to `savefig` tight."""
    assert np.array_equal(drawn(make()), saved(make(), "tight"))


def test_a_resolution_can_be_chosen() -> None:
    """`figure_dpi` draws with these dots, and the figure keeps its own."""
    figure = lines()
    assert np.array_equal(drawn(figure, figure_dpi=150), saved(*laid_out(lines, 150), 150))
    assert figure.dpi == 100


def test_retina_has_twice_the_dots_and_says_the_size_to_show() -> None:
    """A retina picture is twice as wide and high as the size in its metadata."""
    bundle = draw(lines(), Settings(figure_format="retina"))
    height, width, _ = pixels(base64.b64decode(str(bundle.data["image/png"]))).shape
    assert bundle.metadata["image/png"] == {"width": width // 2, "height": height // 2}
    assert width > 1000


def test_svg_is_text() -> None:
    """With `figure_format` svg the picture is an SVG document, the same each time, and no PNG."""
    bundle = draw(lines(), Settings(figure_format="svg"))
    assert "</svg>" in str(bundle.data["image/svg+xml"])
    assert bundle == draw(lines(), Settings(figure_format="svg"))
    assert "image/png" not in bundle.data


def test_an_empty_figure_has_no_picture() -> None:
    """A figure with nothing on it is its repr, as in Jupyter, and counts as no plot."""
    bundle = draw(Figure(), Settings())
    assert bundle.data == {"text/plain": "<Figure size 640x480 with 0 Axes>"}
    assert bundle.metadata == {}


def test_a_figure_of_text_alone_has_a_picture() -> None:
    """A figure without axes but with something on it is drawn."""
    figure = Figure()
    figure.text(0.5, 0.5, "alone")
    assert drawn(figure).size


def test_the_figure_is_left_as_it_was() -> None:
    """Drawing gives the figure its canvas, resolution and size back and leaves it unchanged."""
    figure = lines()
    canvas = figure.canvas
    draw(figure, Settings(figure_format="retina"))
    assert (figure.canvas, figure.dpi, figure.stale) == (canvas, 100, False)
    assert tuple(figure.get_size_inches()) == (6.4, 4.8)


def test_a_failed_drawing_leaves_the_figure_as_it_was() -> None:
    """An artist that raises ends the drawing, and the figure still has its own canvas."""
    figure = lines()
    canvas = figure.canvas
    figure.text(0, 0, r"$\nonsense$")
    with pytest.raises(ValueError, match="nonsense"):
        draw(figure, Settings(figure_dpi=50))
    assert (figure.canvas, figure.dpi) == (canvas, 100)


def test_something_far_away_does_not_take_the_picture_along() -> None:
    """Text at a far place would need a picture that cannot be drawn; the canvas is shown then."""
    figure = lines()
    figure.axes[0].text(1e4, 1, "lost")
    assert drawn(figure).shape == (480, 640, 4)


def test_an_opaque_picture_needs_no_transparency() -> None:
    """Three channels for an opaque figure, four for a transparent one."""
    modes = [
        Image.open(io.BytesIO(base64.b64decode(str(draw(f, Settings()).data["image/png"])))).mode
        for f in (lines(), transparent())
    ]
    assert modes == ["RGB", "RGBA"]


def test_a_jpeg_has_no_transparency() -> None:
    """The colours are there, as large as the PNG."""
    data = draw(transparent(), Settings(figure_format="jpeg")).data
    assert data.keys() == {"image/jpeg", "text/plain"}
    picture = Image.open(io.BytesIO(base64.b64decode(str(data["image/jpeg"]))))
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    assert picture.size[::-1] == drawn(transparent()).shape[:2]


def test_a_figure_can_be_shown_uncut() -> None:
    """Without cutting the picture is the whole canvas, as PNG and as SVG."""
    png = draw(lines(), Settings(figure_cut=False)).data["image/png"]
    assert Image.open(io.BytesIO(base64.b64decode(str(png)))).size == (640, 480)
    svg = draw(lines(), Settings(figure_cut=False, figure_format="svg")).data["image/svg+xml"]
    assert 'width="460.8pt" height="345.6pt"' in str(svg)


def test_the_names_in_an_svg_are_the_users_to_salt() -> None:
    """The same figure has the same text, another one where `svg.hashsalt` says so."""

    def svg(salt: str | None = None) -> str:
        with rc_context({"svg.hashsalt": salt}):
            return str(draw(lines(), Settings(figure_format="svg")).data["image/svg+xml"])

    assert svg() == svg() != svg("mine") == svg("mine")
