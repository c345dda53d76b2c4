"""Every reader by the top-level package whose values it knows; none imports that package."""

from __future__ import annotations

from collections.abc import Mapping

from . import builtins, frames, numpy, scipy, sklearn, statsmodels
from .reader import Read

READERS: Mapping[str, Read] = {
    "builtins": builtins.read,
    "numpy": numpy.read,
    "pandas": frames.read,
    "polars": frames.read,
    "scipy": scipy.read,
    "sklearn": sklearn.read,
    "statsmodels": statsmodels.read,
}

__all__ = ["READERS", "Read"]
