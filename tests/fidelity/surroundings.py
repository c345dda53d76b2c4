"""What both sides find around them: the same files, environment and interpreter."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = Path(__file__).with_name("notebooks")

UNSET = ("NBENGINE_", "MPLBACKEND", "PYTHONWARNINGS", "PYTEST_", "COLUMNS", "LINES", "FORCE_COLOR")


def new_folder(folder: Path) -> Path:
    """A working folder with the data files of the examples and nothing else."""
    shutil.copytree(ROOT / "examples" / "data", folder / "data")
    return folder


def environment(home: Path) -> dict[str, str]:
    """The environment of a run, with the user's own files and settings out of reach.

    Args:
        home: where IPython keeps its history; not the working folder, which cells list.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(UNSET)}
    ours = {
        "IPYTHONDIR": str(home / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT / "src"),
        "TZ": "UTC",
        "USER_OF_THE_SUITE": "fidelity",
    }
    return kept | ours
