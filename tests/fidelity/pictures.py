"""Pictures in outputs: the same size, and the same to the eye."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

MOST_DIFFERENT = 0.01
"""Mean difference of the colour values, of the whole range, that nobody sees."""
BLOCK = 4
"""Side of the squares of dots that are compared by their mean: edges may lie half a dot apart."""


@dataclass(frozen=True)
class Picture:
    """A raster picture that a cell showed, as the base64 text of its file."""

    text: str

    @cached_property
    def image(self) -> Any:
        """The picture with its transparency."""
        from PIL import Image

        return Image.open(io.BytesIO(base64.b64decode(self.text))).convert("RGBA")

    def __str__(self) -> str:
        width, height = self.image.size
        return f"picture of {width} x {height}"

    def resembles(self, other: Picture) -> bool:
        """Whether the two have one size and no visible difference."""
        return self.text == other.text or (
            self.image.size == other.image.size and self.distance(other) <= MOST_DIFFERENT
        )

    def distance(self, other: Picture) -> float:
        """Mean difference of the colour values of two pictures of one size, from 0 to 1."""
        from PIL import ImageChops, ImageStat

        ours, theirs = self.image.reduce(BLOCK), other.image.reduce(BLOCK)
        difference = ImageChops.difference(ours, theirs)
        means = ImageStat.Stat(difference).mean
        return float(sum(means)) / len(means) / 255
