"""A Matplotlib figure as a picture cut to what is drawn on it, drawn once.

`savefig(bbox_inches="tight")` lays a figure out, measures it and then draws it shifted by a
fraction of a pixel. Here it is drawn where it stands, measured, and the pixels are cut out: the
same picture for the box rounded to whole pixels, in two thirds of the time. Only what reaches
beyond the canvas (a legend beside the axes) has to be drawn again.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..models.notebook import OWN_METADATA
from ..models.outputs import MimeBundle
from ..settings import Settings
from .figure_background import background

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox
    from PIL.Image import Image

_LARGEST = 2**16
"""Pixels in one direction that Agg refuses to draw: then the canvas is the picture."""
_RUN_LENGTHS = 3
"""zlib's strategy Z_RLE: as small as level 6 for drawings, in half the time."""


def draw(figure: Figure, settings: Settings) -> MimeBundle:
    """The figure as a picture beside its repr; an empty one has its repr alone.

    Raises:
        Exception: whatever the figure's artists raise.
    """
    if len(figure.get_children()) == 1:
        return MimeBundle(data={"text/plain": repr(figure)})
    metadata: dict[str, Any] = {OWN_METADATA: {"kind": "matplotlib"}, **background(figure)}
    dpi = settings.figure_dpi or figure.dpi
    if settings.figure_format == "svg":
        data = {"image/svg+xml": _svg(figure, cut=settings.figure_cut)}
    elif settings.figure_format == "jpeg":
        data = {"image/jpeg": _base64_jpeg(_picture(figure, dpi, cut=settings.figure_cut), dpi)}
    else:
        sharpness = 2 if settings.figure_format == "retina" else 1
        picture = _picture(figure, dpi * sharpness, cut=settings.figure_cut)
        data = {"image/png": _base64_png(picture, dpi * sharpness)}
        if sharpness > 1:
            width, height = (pixels // sharpness for pixels in picture.size)
            metadata["image/png"] = {"width": width, "height": height}
    return MimeBundle(data={**data, "text/plain": repr(figure)}, metadata=metadata)


def _picture(figure: Figure, dpi: float, *, cut: bool) -> Image:
    with _canvas(figure, dpi) as canvas:
        canvas.draw()
        tight = figure.get_tightbbox(canvas.get_renderer())
        box = _padded(tight)
        if not cut or max(box.size) * dpi >= _LARGEST:
            picture = _cut(canvas, figure.bbox_inches)
        elif _holds(canvas, tight):
            picture = _cut(canvas, box)
        else:
            picture = _drawn_again(canvas, box)
    return picture.convert("RGB") if _is_opaque(picture) else picture


def _svg(figure: Figure, *, cut: bool) -> str:
    """The same text for the same figure: no date, no random names."""
    from matplotlib import rc_context, rcParams

    stream = BytesIO()
    salt = rcParams["svg.hashsalt"] or "nbengine"
    with _canvas(figure, figure.dpi) as canvas, rc_context({"svg.hashsalt": salt}):
        canvas.print_figure(
            stream,
            format="svg",
            bbox_inches="tight" if cut else None,
            metadata={"Date": None},
            **_colours(figure),
        )
    return stream.getvalue().decode()


def _base64_png(picture: Image, dpi: float) -> str:
    stream = BytesIO()
    picture.save(stream, "png", compress_type=_RUN_LENGTHS, dpi=(dpi, dpi))
    return b2a_base64(stream.getvalue(), newline=False).decode()


def _base64_jpeg(picture: Image, dpi: float) -> str:
    """The picture without transparency, which JPEG lacks."""
    stream = BytesIO()
    picture.convert("RGB").save(stream, "jpeg", dpi=(round(dpi), round(dpi)))
    return b2a_base64(stream.getvalue(), newline=False).decode()


@contextmanager
def _canvas(figure: Figure, dpi: float) -> Iterator[FigureCanvasAgg]:
    """A canvas of our own for the figure, gone with its pixels as soon as the picture is made."""
    own, own_dpi = figure.canvas, figure.dpi
    _start_animations(figure)
    canvas = _still_canvas()(figure)
    try:
        if dpi != own_dpi:
            figure.dpi = dpi
        yield canvas
    finally:
        if dpi != own_dpi:
            figure.dpi = own_dpi
        figure.set_canvas(own)
        figure.stale = False


@cache
def _still_canvas() -> type[FigureCanvasAgg]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    class StillCanvas(FigureCanvasAgg):
        """Draws as for a file: artists that wait for an animation are part of the picture."""

        def is_saving(self) -> bool:
            return True

    return StillCanvas


def _start_animations(figure: Figure) -> None:
    """Let animations put their first frame on the figure; they wait for it to be drawn."""
    from matplotlib.backend_bases import DrawEvent
    from matplotlib.backends.backend_agg import RendererAgg

    event = DrawEvent("draw_event", figure.canvas, RendererAgg(1, 1, figure.dpi))
    figure.canvas.callbacks.process("draw_event", event)


def _padded(tight: Bbox) -> Bbox:
    from matplotlib import rcParams

    return tight.padded(rcParams["savefig.pad_inches"])


def _holds(canvas: FigureCanvasAgg, tight: Bbox) -> bool:
    """Whether everything drawn lies on the canvas, and its margin has no border of its own."""
    width, height = canvas.get_width_height(physical=True)
    dpi = canvas.figure.dpi
    return (
        min(tight.x0, tight.y0) * dpi >= 1
        and tight.x1 * dpi <= width - 1
        and tight.y1 * dpi <= height - 1
        and canvas.figure.patch.get_linewidth() == 0
    )


def _cut(canvas: FigureCanvasAgg, box: Bbox) -> Image:
    """The pixels in the box; where it is larger than the canvas the margin goes on."""
    from PIL import Image

    width, height = canvas.get_width_height(physical=True)
    drawn = Image.frombuffer("RGBA", (width, height), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    dpi = canvas.figure.dpi
    size = (_whole(box.width * dpi), _whole(box.height * dpi))
    picture = Image.new("RGBA", size, drawn.getpixel((0, 0)))
    left, bottom = round(box.x0 * dpi), round(box.y0 * dpi)
    picture.paste(drawn, (-left, size[1] + bottom - height))
    return picture


def _drawn_again(canvas: FigureCanvasAgg, box: Bbox) -> Image:
    from PIL import Image

    stream = BytesIO()
    colours = _colours(canvas.figure)
    canvas.print_figure(stream, dpi=canvas.figure.dpi, format="rgba", bbox_inches=box, **colours)
    dpi = canvas.figure.dpi
    size = (_whole(box.width * dpi), _whole(box.height * dpi))
    return Image.frombytes("RGBA", size, stream.getvalue())


def _whole(pixels: float) -> int:
    """Pixels as Agg counts them."""
    return int(pixels + 1e-8)


def _colours(figure: Figure) -> dict[str, Any]:
    return {"facecolor": figure.get_facecolor(), "edgecolor": figure.get_edgecolor()}


def _is_opaque(picture: Image) -> bool:
    return picture.getchannel("A").getextrema()[0] == 255
