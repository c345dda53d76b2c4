"""Which modules a READ_ONLY cell may use, and which of their names."""

from __future__ import annotations

import sys
from functools import cache
from typing import NamedTuple

EVERYTHING = frozenset({"*"})


class Rule(NamedTuple):
    """What of a module may be used."""

    only: frozenset[str] = EVERYTHING
    never: frozenset[str] = frozenset()

    def allows(self, name: str) -> bool:
        """Whether the name may be used."""
        return name not in self.never and (self.only is EVERYTHING or name in self.only)


def _only(names: str) -> Rule:
    return Rule(only=frozenset(names.split()))


def _but(names: str) -> Rule:
    return Rule(never=frozenset(names.split()))


_WHOLE = """
    abc array base64 binascii bisect calendar cmath collections colorsys concurrent contextlib copy
    csv datetime
    decimal difflib enum fractions functools graphlib hashlib heapq html ipaddress itertools json
    keyword
    math numbers numpy pandas pprint queue random re reprlib secrets sre_compile sre_constants
    sre_parse statistics stat struct strptime textwrap time token unicodedata uuid warnings zlib
    zoneinfo scipy sklearn statsmodels matplotlib mpl_toolkits seaborn plotly patsy formulaic
    narwhals polars pytz dateutil tqdm cycler kiwisolver PIL imblearn lifelines pingouin
    networkx tabulate
"""
_NOTHING = _only("")
_RULES: dict[str, Rule] = {
    **{name: Rule() for name in _WHOLE.split()},
    "asyncio": _only(
        "sleep gather wait wait_for create_task as_completed timeout timeout_at TaskGroup Task "
        "Future Queue LifoQueue PriorityQueue QueueEmpty QueueFull Lock Event Condition Semaphore "
        "BoundedSemaphore Barrier shield iscoroutine iscoroutinefunction run to_thread "
        "CancelledError TimeoutError InvalidStateError FIRST_COMPLETED FIRST_EXCEPTION "
        "ALL_COMPLETED current_task all_tasks Runner"
    ),
    "builtins": _NOTHING,
    "concurrent.futures": _but("ProcessPoolExecutor process InterpreterPoolExecutor interpreter"),
    "copy": _but("dispatch_table copyreg"),
    "dataclasses": _but("make_dataclass"),
    "enum": _but("global_enum"),
    "glob": _only("glob iglob escape has_magic"),
    "gzip": _only("open GzipFile compress decompress BadGzipFile"),
    "io": _only(
        "StringIO BytesIO TextIOBase RawIOBase BufferedIOBase IOBase SEEK_SET SEEK_CUR "
        "SEEK_END UnsupportedOperation"
    ),
    "logging": _only(
        "getLogger Logger DEBUG INFO WARNING ERROR CRITICAL NOTSET debug info warning error "
        "critical exception log disable getLevelName LoggerAdapter"
    ),
    "ntpath": _NOTHING,
    "operator": _but("attrgetter methodcaller"),
    "os": _only(
        "path sep altsep linesep pathsep curdir pardir extsep name devnull getcwd listdir scandir "
        "walk stat lstat cpu_count fspath PathLike fsencode fsdecode DirEntry stat_result"
    ),
    "pathlib": _only("Path PurePath PurePosixPath PosixPath PureWindowsPath WindowsPath"),
    "platform": _only(
        "python_version python_implementation system machine release python_version_tuple"
    ),
    "posixpath": _only(
        "abspath basename commonpath commonprefix dirname exists expanduser getatime getctime "
        "getmtime getsize isabs isdir isfile islink join lexists normcase normpath realpath "
        "relpath samefile split splitdrive splitext sep curdir pardir extsep altsep pathsep"
    ),
    "string": _but("Formatter"),
    "sys": _only(
        "version version_info implementation maxsize maxunicode float_info int_info hash_info "
        "byteorder platform stdout stderr getsizeof getrecursionlimit exc_info api_version "
        "hexversion copyright executable getrefcount intern exit"
    ),
    "threading": _only(
        "Thread Lock RLock Event Condition Semaphore BoundedSemaphore Barrier Timer local "
        "current_thread active_count main_thread get_ident BrokenBarrierError"
    ),
    "traceback": _only("format_exc print_exc format_exception format_exception_only"),
    "types": _only(
        "SimpleNamespace MappingProxyType NoneType EllipsisType GenericAlias UnionType "
        "NotImplementedType"
    ),
    "typing": _but("get_type_hints get_origin ForwardRef evaluate_forward_ref"),
    "typing_extensions": _but("get_type_hints get_origin ForwardRef evaluate_forward_ref"),
    "weakref": _only("WeakKeyDictionary WeakValueDictionary WeakSet proxy ref"),
    "numpy.ctypeslib": _NOTHING,
    "numpy.distutils": _NOTHING,
    "numpy.f2py": _NOTHING,
    "numpy.testing": _but("rundocs run_module_suite runstring measure tempdir temppath"),
    "matplotlib.artist": _but("get ArtistInspector"),
    "matplotlib.backends.registry": _only("BackendFilter"),
    "matplotlib.pyplot": _but("get"),
    "matplotlib.sphinxext": _NOTHING,
    "matplotlib.testing": _NOTHING,
    "pandas.core.apply": _NOTHING,
    "pandas.io.clipboard": _NOTHING,
    "pandas.io.feather_format": _only("read_feather"),
    "pandas.io.orc": _only("read_orc"),
    "pandas.io.parquet": _only("read_parquet"),
    "pandas.io.pytables": _NOTHING,
    "pandas.io.sql": _NOTHING,
    "PIL.ImageCms": _NOTHING,
    "plotly.io": _but("kaleido orca"),
    "polars": _but("Catalog SQLContext sql"),
    "polars.plugins": _NOTHING,
    "statsmodels.base.wrapper": _NOTHING,
    "tqdm.utils": _NOTHING,
    "unittest": _NOTHING,
}  # fmt: skip
_HASHES = dict.fromkeys(["_blake2", "_md5", "_sha1", "_sha2", "_sha3"], "hashlib")
_HOMES = {"nt": "os", "posix": "os", "_io": "io", "_strptime": "strptime", **_HASHES}
"""Modules under another name, whose rule holds for them."""


def is_importable(module: str) -> bool:
    """Whether an import statement may name the module."""
    if is_private(module):
        return False
    rule = rule_of(module)
    package, _, part = module.rpartition(".")
    around = rule_of(package) if package else None
    return rule is not None and bool(rule.only) and (around is None or around.allows(part))


def is_private(module: str) -> bool:
    """Whether a module is a package's own affair, or Python's."""
    return any(part.startswith("_") for part in module.split("."))


@cache
def is_known(library: str) -> bool:
    """Whether objects of a package's classes may be used: Python's own, and those with a rule."""
    ours = library in sys.stdlib_module_names or library.startswith("_cython_")
    return ours or not library or rule_of(library) is not None


@cache
def rule_of(module: str) -> Rule | None:
    """The rule of a module, or of the nearest package around it; None if it may not be used."""
    name = _HOMES.get(module, module)
    while name:
        if name in _RULES:
            return _RULES[name]
        name = name.rpartition(".")[0]
    return rule_of(module[1:]) if module.startswith("_") else None
