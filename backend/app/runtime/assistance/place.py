"""Where code is written: the notebook that it is for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..kernel import Kernel

STANDARD_MAGICS: Mapping[str, Iterable[str]] = {
    "line": """alias autoreload cd conda config debug dhist dirs doctest_mode edit env history
        load load_ext lsmagic macro magic matplotlib mkdir notebook page pastebin pdb pdef pdoc
        pfile pinfo pinfo2 pip popd precision prun psearch psource pushd pwd pycat recall rehashx
        reload_ext rerun reset reset_selective run save set_env store sx system tb time timeit
        unalias unload_ext who who_ls whos xdel xmode""".split(),
    "cell": """bash capture debug html javascript js latex markdown perl prun pypy python
        python3 ruby script sh svg sx system time timeit writefile""".split(),
}
"""What IPython offers before a library adds to it, for a notebook that has used none yet."""


@dataclass(frozen=True, slots=True)
class Place:
    """One notebook as the code in it sees it."""

    namespace: dict[str, Any]
    """Live; it may change while it is looked at."""
    cwd: str
    path: list[str]
    """Its `sys.path`."""
    magics: Mapping[str, Iterable[str]] = field(default_factory=lambda: STANDARD_MAGICS)
    """Names of the magics, without percent signs, under `line` and `cell`."""


def place_of(kernel: Kernel) -> Place:
    """An open notebook, whether its cell runs or not."""
    surroundings = kernel.surroundings
    cwd = surroundings.cwd if kernel.running is None else os.getcwd()  # noqa: PTH109
    return Place(kernel.namespace, cwd, surroundings.path, _magics(kernel))


def _magics(kernel: Kernel) -> Mapping[str, Iterable[str]]:
    shell = kernel.bridge.made
    if shell is None:
        return STANDARD_MAGICS
    return {kind: list(names) for kind, names in shell.magics_manager.magics.items()}
