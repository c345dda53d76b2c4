"""Images: size and mode by the header; no pixel is unpacked."""

from __future__ import annotations

import io
import warnings

from ....models.files import Contents
from ..extra import library
from ..source import Source


def describe_image(source: Source, form: str) -> Contents:
    """Width, height and mode."""
    images = library("PIL.Image")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = images.open(io.BufferedReader(source.file))
        except images.DecompressionBombError:
            return Contents(kind="image", format=form, problem="This image has too many pixels.")
        except images.UnidentifiedImageError:
            told = f"This {form} is damaged: nothing follows its first bytes as it should."
            return Contents(kind="image", format=form, problem=told)
    return Contents(
        kind="image",
        format=form,
        details={"width": image.width, "height": image.height, "mode": image.mode},
    )
