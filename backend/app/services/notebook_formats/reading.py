"""What reading a notebook gave: the notebook, and what had to be mended on the way."""

from __future__ import annotations

from dataclasses import dataclass

from ...models.notebook import Notebook

PYTHON_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Reading:
    """A notebook and one sentence for everything that was not as the format wants it."""

    notebook: Notebook
    notes: tuple[str, ...] = ()
