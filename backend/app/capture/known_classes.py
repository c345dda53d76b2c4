"""Which classes are Python's or a library's, so that their code may run beside a cell."""

from __future__ import annotations

import site
import sys
import sysconfig
from functools import cache
from pathlib import Path

from ..runtime.assistance.live import is_from, module_of, own_dict

_SCHEMES = ("stdlib", "platstdlib", "purelib", "platlib")


def is_known(cls: type) -> bool:
    """Whether a class is the one that Python or an installed package has under its name.

    Classes of cells and of modules beside the notebook are not, nor those that only claim to be.
    """
    package = (module_of(cls) or "").partition(".")[0]
    return _is_installed(package) and is_from(cls, package)


def _is_installed(package: str) -> bool:
    if package in sys.stdlib_module_names or package == "builtins":
        return True
    module = sys.modules.get(package)
    file = None if module is None else own_dict(module).get("__file__")
    return isinstance(file, str) and any(map(Path(file).is_relative_to, _places()))


@cache
def _places() -> tuple[Path, ...]:
    schemes = sysconfig.get_paths()
    return tuple(map(Path, {*(schemes[name] for name in _SCHEMES), *site.getsitepackages()}))
