"""Every error of ours, with the HTTP status and the exit code that go with it.

    NbengineError                 500  70
    ├── InvalidInputError         422   2   what was asked for makes no sense
    │   ├── InvalidIdError        422   2
    │   ├── InvalidCodeError      422   2
    │   └── InvalidSettingError   422   2
    ├── NotebookFileError         400  65   a notebook or script file cannot be read
    ├── UnknownNotebookError      404   2
    ├── UnknownCellError          404   2
    ├── UnknownExecutionError     404   2
    ├── UnknownTableError         404   2   no table has this handle
    │   └── GoneTableError        410   2   it had, and is not kept any more
    ├── TableChangedError         409  75   a cell changed it while it was read
    ├── EditConflictError         409  75   somebody else has edited it meanwhile
    ├── NotebookBusyError         409  75   a cell of it runs
    ├── ReentryError              409  70   a cell asked its own notebook to run a cell
    ├── NotebookStuckError        423  75   an earlier cell could not be stopped
    ├── StateLockedError          423  75   another process has the notebook's state
    ├── UnknownSnapshotError      404   2
    ├── SnapshotError             500  65   a snapshot cannot be used
    │   ├── DamagedSnapshotError  500  65
    │   └── ForeignSnapshotError  403  77   it was signed with another key
    ├── WorkerStartError          503  71   no process for the cells could be started
    ├── WorkerLostError           503  71   the process that was asked has ended
    ├── CapacityError             503  75   too many cells wait for a worker
    ├── IsolationUnavailableError 503  69   this host cannot hold cells to what was asked for
    ├── MissingDependencyError    501  69   an extra is not installed
    ├── StorageError              507  74   a file could not be written
    │   └── QuotaError            507  74   a notebook's files may not take more room
    ├── UnknownFileError          404  66   no such file or upload
    ├── FileConflictError         409  73   what is there already does not go with it
    └── FileTooLargeError         413  73   one file may not be so long

A user's error is data in the result, never one of these.
Exit codes follow sysexits.h where it has one.
"""

from __future__ import annotations

from typing import Any


class NbengineError(Exception):
    """Base of every error that the engine raises itself."""

    http_status = 500
    exit_code = 70


class InvalidInputError(NbengineError):
    """What was asked for makes no sense as it stands."""

    http_status = 422
    exit_code = 2


class InvalidIdError(InvalidInputError):
    """A notebook, cell, session, execution, artifact or file name that cannot be one."""


class InvalidCodeError(InvalidInputError):
    """Code that is not a `str`."""


class InvalidSettingError(InvalidInputError):
    """A setting that is unknown, of the wrong type or out of range."""


class NotebookFileError(NbengineError):
    """A notebook or script file that cannot be read as one."""

    http_status = 400
    exit_code = 65


class UnknownNotebookError(NbengineError):
    """No notebook with this id: it never was, or is in the trash."""

    http_status = 404
    exit_code = 2


class UnknownCellError(NbengineError):
    """No cell with this id in the notebook: it never was, or was deleted."""

    http_status = 404
    exit_code = 2


class UnknownExecutionError(NbengineError):
    """No record of this execution: it never was, or its retention ended."""

    http_status = 404
    exit_code = 2


class UnknownTableError(NbengineError):
    """No table has this handle; the message says why and what to do."""

    http_status = 404
    exit_code = 2


class GoneTableError(UnknownTableError):
    """A table that was shown and that nothing holds any more."""

    http_status = 410


class TableChangedError(NbengineError):
    """A running cell changed the table while it was read; asking again helps."""

    http_status = 409
    exit_code = 75


class EditConflictError(NbengineError):
    """What was to be edited is not what its editor has seen.

    `theirs` is what is there now, `yours` what was to be there.
    """

    http_status = 409
    exit_code = 75

    def __init__(self, message: str, theirs: Any = None, yours: Any = None) -> None:
        super().__init__(message)
        self.theirs = theirs
        self.yours = yours


class NotebookBusyError(NbengineError):
    """A cell of the notebook runs, or waits to, and what was asked for cannot be done meanwhile."""

    http_status = 409
    exit_code = 75


class ReentryError(NbengineError):
    """A cell asked its own notebook to run another cell before it had ended itself."""

    http_status = 409


class NotebookStuckError(NbengineError):
    """An earlier cell of this notebook could not be stopped and is still running."""

    http_status = 423
    exit_code = 75


class StateLockedError(NbengineError):
    """The state of this notebook is open already; `pid` says in which process, if that is known."""

    http_status = 423
    exit_code = 75

    def __init__(self, message: str, pid: int | None = None) -> None:
        super().__init__(message)
        self.pid = pid


class UnknownSnapshotError(NbengineError):
    """No snapshot with this number: it never was, or its retention ended."""

    http_status = 404
    exit_code = 2


class SnapshotError(NbengineError):
    """A snapshot that cannot be used; `older` is the number of the newest whole one before it."""

    http_status = 500
    exit_code = 65

    def __init__(self, message: str, older: int | None = None) -> None:
        super().__init__(message)
        self.older = older


class DamagedSnapshotError(SnapshotError):
    """What is stored is not what was written."""


class ForeignSnapshotError(SnapshotError):
    """Signed with another key than that of this user: its content may not be trusted."""

    http_status = 403
    exit_code = 77


class WorkerStartError(NbengineError):
    """No process for the cells could be started; the message says why."""

    http_status = 503
    exit_code = 71


class WorkerLostError(NbengineError):
    """The process that was asked has ended, or does not answer."""

    http_status = 503
    exit_code = 71


class CapacityError(NbengineError):
    """All workers are busy, and as many cells wait for one as may."""

    http_status = 503
    exit_code = 75


class IsolationUnavailableError(NbengineError):
    """This host cannot hold cells to their mode: nothing was run; `nbengine doctor` says more."""

    http_status = 503
    exit_code = 69


class MissingDependencyError(NbengineError):
    """A library that this needs is not installed; the message carries the pip line."""

    http_status = 501
    exit_code = 69


class StorageError(NbengineError):
    """A file could not be written: no space, no permission, no such folder."""

    http_status = 507
    exit_code = 74


class QuotaError(StorageError):
    """The files of a notebook take up as much room as they may."""


class UnknownFileError(NbengineError):
    """No file of this name in the notebook's folder, or no upload with this id."""

    http_status = 404
    exit_code = 66


class FileConflictError(NbengineError):
    """A file is there already, or bytes come that do not follow those that came.

    `offset` is then the one at which the upload goes on.
    """

    http_status = 409
    exit_code = 73

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


class FileTooLargeError(NbengineError):
    """More bytes than one uploaded file may have."""

    http_status = 413
    exit_code = 73
