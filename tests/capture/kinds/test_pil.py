from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from .conftest import Show


def decoded(text: object) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(str(text))))


def test_an_image_is_a_png_of_the_same_pixels(show: Show) -> None:
    """An image made in a cell comes back pixel by pixel, beside its repr."""
    image = Image.linear_gradient("L").convert("RGBA")
    data = show(image).data
    assert set(data) == {"text/plain", "image/png"}
    assert decoded(data["image/png"]).tobytes() == image.tobytes()
    assert str(data["text/plain"]).startswith("<PIL.Image.Image image mode=RGBA size=256x256")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa",
                                  "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16", "F"])  # fmt: skip
def test_every_mode_can_be_seen(show: Show, mode: str) -> None:
    """Modes that PNG does not know are converted to the nearest that it does."""
    picture = decoded(show(Image.new(mode, (3, 2))).data["image/png"])
    assert picture.size == (3, 2)


def test_a_photograph_stays_a_jpeg(show: Show) -> None:
    """What was opened from a JPEG is shown as one, with the same compression."""
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "JPEG", quality=30)
    photograph = Image.open(file)
    data = show(photograph).data
    shown = decoded(data["image/jpeg"])
    assert "image/png" not in data
    assert shown.quantization == photograph.quantization  # type: ignore[attr-defined]


def test_an_image_without_pixels_is_its_text(show: Show) -> None:
    """An empty image has nothing to show but its repr."""
    assert set(show(Image.new("RGB", (0, 5))).data) == {"text/plain"}
