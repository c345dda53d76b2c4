"""What of this process's environment a worker gets: only what is on the list."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from ..policy.sandbox.limits import ENVIRONMENT

NAMES = frozenset({
    "APPDATA", "COMSPEC", "CONDA_PREFIX", "DYLD_LIBRARY_PATH", "HOME", "HOMEDRIVE", "HOMEPATH",
    "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOCALAPPDATA", "LOGNAME", "MPLCONFIGDIR",
    "NUMBER_OF_PROCESSORS", "PATH", "PATHEXT", "PROCESSOR_ARCHITECTURE", "PROGRAMDATA",
    "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUTF8", "SHELL", "SYSTEMDRIVE", "SYSTEMROOT",
    "TEMP", "TERM", "TMP", "TMPDIR", "TZ", "USER", "USERNAME", "USERPROFILE", "VIRTUAL_ENV",
    "WINDIR",
})  # fmt: skip
PREFIXES = ("LC_", "XDG_CACHE_", "XDG_CONFIG_", "XDG_DATA_")
QUIET = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "LOKY_MAX_CPU_COUNT": str(os.cpu_count() or 1),
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""Keeps libraries from starting threads when they are imported: only one thread may fork. joblib is
told what it would start a program to find out."""


def allowed(names: Iterable[str] = (), environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of workers.

    Args:
        names: further variables to pass on.
        environ: where from; by default this process's.
    """
    environ = os.environ if environ is None else environ
    wanted = NAMES.union(names)
    return (
        {
            name: value
            for name, value in environ.items()
            if name in wanted or name.startswith(PREFIXES)
        }
        | QUIET
        | ENVIRONMENT
    )
