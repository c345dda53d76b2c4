"""What cannot be kept, by kind, and what stands in its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

_module = type.__dict__["__module__"].__get__
_qualname = type.__dict__["__qualname__"].__get__


class Refused(Exception):
    """A value belongs to the process and is not saved."""


class Lost:
    """Stands where something was that could not be saved."""

    def __init__(self, kind: str, reason: str) -> None:
        self.kind = kind
        self.reason = reason

    def __repr__(self) -> str:
        return f"<{self.kind} that was not saved: {self.reason}>"

    def __reduce__(self) -> tuple[type[Lost], tuple[str, str]]:
        return Lost, (self.kind, self.reason)


_GENERATOR = "a generator cannot be copied in mid-flight; make a list of what it yields"
_COROUTINE = "a coroutine cannot be copied in mid-flight; await it and keep its result"
_FRAME = "frames and tracebacks belong to the process; keep the formatted text"
_FILE = "an open file belongs to the process; open {name} again"
_TEMPORARY = "temporary files go with the process that made them; write to a file of your own"
_LOCK = "locks belong to the threads of a process; make a new one"
_THREAD = "threads end with their process; start it again"
_LOCAL = "what it holds belongs to the threads of the process; make a new one"
_EXECUTOR = "threads and processes end with the one that started them; make a new executor"
_FUTURE = "what is still to come belongs to the process; keep the result"
_QUEUE = "a queue belongs to the threads of a process; keep a list of what is in it"
_SOCKET = "connections end with their process; connect again"
_POLL = "what it waits for belongs to the process; make a new one and register that again"
_DATABASE = "database connections end with their process; connect again"
_ROW = "it belongs to a database connection; keep dict(row) or tuple(row)"
_PROCESS = "other processes cannot be taken along; start it again"
_SHARED = "memory that processes share belongs to them; keep its value"
_MEMORY = "mapped memory belongs to the process; map the file again"
ADDRESS = "addresses mean nothing in another process; make it again from the data"
_LIBRARY = "loaded libraries belong to the process; load it again"
_CALLBACK = "what is to run at the end of an object is not known afterwards; register it again"
_CONTEXT = "contexts belong to the process; make it again"
_ARCHIVE = "an open file belongs to the process; open it again"
_CURSOR = "a cursor over data in progress cannot be copied; keep a list of what it gives"
_MATCH = "it cannot be copied; keep its groups"
_DIGEST = "a digest in progress cannot be copied; keep its value"
_STREAM = "data in progress cannot be copied; keep what went in, or what came out"
_ITERATOR = "it goes through arrays and cannot be copied; keep those and make it again"

REASONS: Mapping[str, str] = {
    "builtins.generator": _GENERATOR,
    "builtins.async_generator": _GENERATOR,
    "builtins.coroutine": _COROUTINE,
    "builtins.frame": _FRAME,
    "builtins.traceback": _FRAME,
    "_io.FileIO": _FILE,
    "_io.TextIOWrapper": _FILE,
    "_io.BufferedReader": _FILE,
    "_io.BufferedWriter": _FILE,
    "_io.BufferedRandom": _FILE,
    "_io.BufferedRWPair": _FILE,
    "codecs.StreamReaderWriter": _ARCHIVE,
    "tempfile._TemporaryFileWrapper": _TEMPORARY,
    "tempfile.TemporaryDirectory": _TEMPORARY,
    "tempfile.SpooledTemporaryFile": _TEMPORARY,
    "gzip.GzipFile": _ARCHIVE,
    "bz2.BZ2File": _ARCHIVE,
    "lzma.LZMAFile": _ARCHIVE,
    "zipfile.ZipFile": _ARCHIVE,
    "tarfile.TarFile": _ARCHIVE,
    "h5py._hl.base.HLObject": _ARCHIVE,
    "pyarrow.lib.NativeFile": _ARCHIVE,
    "_csv.reader": _CURSOR,
    "_csv.writer": _ARCHIVE,
    "posix.ScandirIterator": _CURSOR,
    "_thread.lock": _LOCK,
    "_thread.RLock": _LOCK,
    "_thread._local": _LOCAL,
    "threading.Condition": _LOCK,
    "threading.Semaphore": _LOCK,
    "threading.Event": _LOCK,
    "threading.Barrier": _LOCK,
    "threading.Thread": _THREAD,
    "_thread._ThreadHandle": _THREAD,
    "concurrent.futures._base.Executor": _EXECUTOR,
    "concurrent.futures._base.Future": _FUTURE,
    "_asyncio.Future": _FUTURE,
    "asyncio.events.AbstractEventLoop": _THREAD,
    "queue.Queue": _QUEUE,
    "_queue.SimpleQueue": _QUEUE,
    "_socket.socket": _SOCKET,
    "_ssl._SSLSocket": _SOCKET,
    "_ssl._SSLContext": _CONTEXT,
    "select.epoll": _POLL,
    "select.poll": _POLL,
    "selectors.BaseSelector": _SOCKET,
    "socketserver.BaseServer": _SOCKET,
    "sqlite3.Connection": _DATABASE,
    "sqlite3.Cursor": _DATABASE,
    "sqlite3.Blob": _DATABASE,
    "sqlite3.Row": _ROW,
    "_duckdb.DuckDBPyConnection": _DATABASE,
    "duckdb.DuckDBPyConnection": _DATABASE,
    "sqlalchemy.engine.base.Engine": _DATABASE,
    "sqlalchemy.engine.base.Connection": _DATABASE,
    "sqlalchemy.orm.session.Session": _DATABASE,
    "psycopg.BaseConnection": _DATABASE,
    "psycopg2.extensions.connection": _DATABASE,
    "subprocess.Popen": _PROCESS,
    "multiprocessing.process.BaseProcess": _PROCESS,
    "multiprocessing.pool.Pool": _EXECUTOR,
    "multiprocessing.connection._ConnectionBase": _SOCKET,
    "multiprocessing.managers.BaseManager": _PROCESS,
    "multiprocessing.queues.Queue": _QUEUE,
    "multiprocessing.queues.SimpleQueue": _QUEUE,
    "multiprocessing.sharedctypes.SynchronizedBase": _SHARED,
    "multiprocessing.synchronize.SemLock": _LOCK,
    "multiprocessing.synchronize.Condition": _LOCK,
    "multiprocessing.synchronize.Event": _LOCK,
    "mmap.mmap": _MEMORY,
    "multiprocessing.shared_memory.SharedMemory": _MEMORY,
    "_ctypes._Pointer": ADDRESS,
    "_ctypes.CFuncPtr": ADDRESS,
    "ctypes.c_void_p": ADDRESS,
    "ctypes.c_char_p": ADDRESS,
    "ctypes.c_wchar_p": ADDRESS,
    "ctypes.py_object": ADDRESS,
    "ctypes.CDLL": _LIBRARY,
    "builtins.PyCapsule": ADDRESS,
    "weakref.finalize": _CALLBACK,
    "_contextvars.ContextVar": _CONTEXT,
    "_contextvars.Context": _CONTEXT,
    "_contextvars.Token": _CONTEXT,
    "re.Match": _MATCH,
    "_hashlib.HASH": _DIGEST,
    "_hashlib.HMAC": _DIGEST,
    "_hmac.HMAC": _DIGEST,
    "_md5.md5": _DIGEST,
    "_blake2.blake2b": _DIGEST,
    "_blake2.blake2s": _DIGEST,
    "zlib.Compress": _STREAM,
    "zlib.Decompress": _STREAM,
    "_bz2.BZ2Compressor": _STREAM,
    "_bz2.BZ2Decompressor": _STREAM,
    "_lzma.LZMACompressor": _STREAM,
    "_lzma.LZMADecompressor": _STREAM,
    "numpy.nditer": _ITERATOR,
    "numpy.flatiter": _ITERATOR,
    "numpy.broadcast": _ITERATOR,
}
"""By the qualified name of a type, so that no library is imported to know what is one of its."""


def reason_of(names: Collection[str]) -> str | None:
    """Why values of a type are never saved, by the names of it and its bases; None if they may."""
    return next((reason for name, reason in REASONS.items() if name in names), None)


def refuse(value: Any, reason: str) -> None:
    """Say why a value is not saved.

    Raises:
        Refused: always.
    """
    raise Refused(reason.format(name=_named(value)))


def _named(value: Any) -> str:
    """What a file says that it is called."""
    try:
        return repr(value.name)
    except Exception:  # files in memory have no name, and a detached one says so
        return "it"


def name_of(kind: type) -> str:
    """The full name of a type; its metaclass is not asked."""
    return f"{_module(kind)}.{_qualname(kind)}".removeprefix("builtins.")
