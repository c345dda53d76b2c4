"""Pillow images: a PNG of any image, the JPEG again of one that was opened from a JPEG."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...models.notebook import OWN_METADATA
from ...models.outputs import MimeBundle
from ...settings import Settings
from ..registry import Kind, Renderer

if TYPE_CHECKING:
    from PIL.Image import Image

_PNG_MODES = frozenset({"1", "L", "LA", "I;16", "P", "RGB", "RGBA"})
_CONVERSIONS = {"F": "L", "I": "I;16", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
"""Modes that PNG lacks -> the nearest that it has; any other becomes RGB. `F` is cut at 0..255."""


def render(image: Image, _settings: Settings) -> MimeBundle:
    """The picture at its full size. A photograph stays a JPEG: its PNG would be many times larger.

    An image without a pixel has its text only.
    """
    data: dict[str, Any] = {}
    if image.width and image.height:
        if image.format == "JPEG":
            data["image/jpeg"] = _encoded(image, "JPEG", quality="keep")
        else:
            data["image/png"] = _encoded(_for_png(image), "PNG", compress_level=1)
    return MimeBundle(data=data, metadata={OWN_METADATA: {"kind": "pil"}})


def _for_png(image: Image) -> Image:
    if image.mode in _PNG_MODES:
        return image
    return image.convert(_CONVERSIONS.get(image.mode, "RGB"))


def _encoded(image: Image, image_format: str, **options: object) -> str:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return base64.b64encode(file.getvalue()).decode()


def _renderers(images: ModuleType) -> Mapping[type, Renderer]:
    return {images.Image: render}


KIND = Kind(library="PIL.Image", renderers=_renderers)
