from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from nbengine.errors import (
    FileConflictError,
    FileTooLargeError,
    InvalidIdError,
    InvalidInputError,
    QuotaError,
    StorageError,
    UnknownFileError,
)
from nbengine.services.data_files import quota
from nbengine.services.data_manager import DataManager
from nbengine.settings import load_settings

Manage = Callable[..., DataManager]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def manage(folder: Path) -> Manage:
    """Makes managers of the same folder; none of them starts a process."""
    return lambda **settings: DataManager(folder, settings=load_settings(**settings))


def leftovers(folder: Path) -> list[str]:
    """What lies in the hidden folder."""
    return sorted(path.name for path in (folder / ".nbengine-uploads").iterdir())


def broken_off(data: bytes) -> Iterator[bytes]:
    """A client that goes away."""
    yield data
    raise ConnectionResetError


def test_a_file_is_brought_in_at_once(manage: Manage, folder: Path) -> None:
    """The chunks become one file, in folders that are made, and nothing else stays."""
    info = manage().upload("a/b.csv", [b"x,y\n", b"1,2\n"])
    assert (info.name, info.size) == ("a/b.csv", 8)
    assert (folder / "a" / "b.csv").read_bytes() == b"x,y\n1,2\n"
    assert leftovers(folder) == []


def test_an_existing_file_is_replaced_only_if_that_is_said(manage: Manage, folder: Path) -> None:
    """The refusal says how to; whoever has the old file open reads the old one to its end."""
    files = manage()
    files.upload("a.txt", [b"old"])
    with pytest.raises(FileConflictError, match="overwrite=True"):
        files.upload("a.txt", [b"new"])
    stream, _ = files.open("a.txt")
    with stream:
        files.upload("a.txt", [b"new"], overwrite=True)
        assert stream.read() == b"old"
    assert (folder / "a.txt").read_bytes() == b"new"


def test_a_name_that_is_taken_meanwhile_is_not_overwritten(manage: Manage, folder: Path) -> None:
    """The upload is refused when it ends, stays, and can be finished once the name is free."""
    files = manage()
    upload = files.begin_upload("a.txt")
    upload.append(0, [b"mine"])
    (folder / "a.txt").write_text("a cell's")
    with pytest.raises(FileConflictError, match="already"):
        upload.finish()
    assert (folder / "a.txt").read_text() == "a cell's"
    files.delete("a.txt")
    upload.finish()
    assert (folder / "a.txt").read_text() == "mine"


def test_a_partial_upload_is_never_seen_under_its_name(manage: Manage) -> None:
    """A client that goes away leaves no file; a one-shot upload leaves nothing at all."""
    files = manage()
    with pytest.raises(ConnectionResetError):
        files.upload("a.txt", broken_off(b"half"))
    assert files.list(hidden=True).files == []
    with pytest.raises(UnknownFileError):
        files.info("a.txt")


def test_an_upload_goes_on_where_it_broke_off(manage: Manage, folder: Path) -> None:
    """Bytes that came are kept; another offset is refused with the right one."""
    files = manage()
    upload = files.begin_upload("a.txt", size=8)
    with pytest.raises(ConnectionResetError):
        upload.append(0, broken_off(b"1234"))
    assert upload.offset == 4
    for wrong in (0, 3, 5, -1):
        with pytest.raises(FileConflictError, match="goes on at offset 4") as refused:
            upload.append(wrong, [b"x"])
        assert refused.value.offset == 4
    assert upload.append(4, [b"56", b"78"]) == 8
    upload.finish()
    assert (folder / "a.txt").read_bytes() == b"12345678"
    with pytest.raises(UnknownFileError, match="no upload"):
        upload.append(8, [b"x"])


def test_an_upload_survives_the_process(manage: Manage, folder: Path) -> None:
    """Another process had begun it and was killed; this one finishes it by its id."""
    code = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from nbengine.services.data_manager import DataManager\n"
        "from nbengine.settings import load_settings\n"
        "files = DataManager(Path(sys.argv[1]), settings=load_settings())\n"
        "upload = files.begin_upload('a.txt', size=4)\nupload.append(0, [b'12'])\n"
        "print(upload.id, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False
    )
    upload = manage().find_upload(ended.stdout.strip())
    assert (upload.name, upload.size, upload.offset) == ("a.txt", 4, 2)
    upload.append(2, [b"34"])
    upload.finish()
    assert (folder / "a.txt").read_bytes() == b"1234"


def test_missing_bytes_and_a_wrong_hash_are_found(manage: Manage, folder: Path) -> None:
    """What was announced must be there; bytes that are others than were sent are dropped."""
    files = manage()
    upload = files.begin_upload("a.txt", size=4)
    upload.append(0, [b"12"])
    with pytest.raises(FileConflictError, match="2 of 4 bytes") as refused:
        upload.finish()
    assert refused.value.offset == 2
    upload.append(2, [b"34"])
    with pytest.raises(InvalidInputError, match="not what was sent"):
        upload.finish(hashlib.sha256(b"other").hexdigest())
    assert leftovers(folder) == []
    info = files.upload("a.txt", [b"1234"], sha256=hashlib.sha256(b"1234").hexdigest().upper())
    assert info.size == 4


def test_a_file_may_not_be_longer_than_allowed_or_announced(manage: Manage) -> None:
    """Announced too long it is refused at once; else where it becomes too long, and stays so."""
    files = manage(upload_limit=10)
    with pytest.raises(FileTooLargeError, match="more than 10 bytes"):
        files.begin_upload("a.txt", size=11)
    upload = files.begin_upload("a.txt")
    with pytest.raises(FileTooLargeError, match="upload_limit"):
        upload.append(0, [b"123456", b"789012"])
    assert upload.offset == 6
    announced = files.begin_upload("b.txt", size=3)
    with pytest.raises(FileTooLargeError, match="announced"):
        announced.append(0, [b"1234"])


def test_all_files_together_may_not_take_more_room_than_allowed(
    manage: Manage, folder: Path
) -> None:
    """What cells wrote, hidden files and unfinished uploads count; deleting makes room."""
    files = manage(data_quota=100)
    folder.mkdir()
    (folder / ".hidden").write_bytes(bytes(30))
    files.upload("a.bin", [bytes(30)])
    with pytest.raises(QuotaError, match="data_quota"):
        files.begin_upload("b.bin", size=41)
    upload = files.begin_upload("b.bin")
    with pytest.raises(QuotaError, match="delete some"):
        upload.append(0, [bytes(20)] * 3)
    assert upload.offset == 40
    files.delete("a.bin")
    upload.append(40, [bytes(20)])
    upload.finish()
    assert files.info("b.bin").size == 60


def test_two_servers_do_not_overrun_the_room_together(manage: Manage) -> None:
    """What both let in while they knew nothing of each other becomes no file; nothing is lost."""
    one, other = manage(data_quota=100), manage(data_quota=100)
    uploads = [one.begin_upload("a.bin"), other.begin_upload("b.bin")]
    with uploads[0].writing(0) as first, uploads[1].writing(0) as second:
        first.write(bytes(60))
        second.write(bytes(60))
    for upload in uploads:
        with pytest.raises(QuotaError, match="delete some"):
            upload.finish()
    uploads[0].cancel()
    uploads[1].finish()
    assert [file.name for file in one.list().files] == ["b.bin"]


def test_what_cells_write_during_a_long_upload_counts(
    manage: Manage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is measured again from time to time, not only when the upload goes on."""
    monkeypatch.setattr(quota, "_MEASURED_EACH", 10)
    upload = manage(data_quota=100).begin_upload("a.bin")
    with upload.writing(0) as writer:
        writer.write(bytes(20))
        (folder / "cell.bin").write_bytes(bytes(70))
        with pytest.raises(QuotaError):
            writer.write(bytes(20))
    assert upload.offset == 20


def test_two_requests_do_not_write_one_upload(manage: Manage) -> None:
    """While one appends the other is refused, told where the upload is, and loses nothing."""
    files = manage()
    upload = files.begin_upload("a.txt")
    with upload.writing(0) as writer:
        writer.write(b"12")
        with pytest.raises(FileConflictError, match="another request") as refused:
            manage().find_upload(upload.id).append(2, [b"x"])
        assert refused.value.offset == 2
        with pytest.raises(FileConflictError, match="another request"):
            upload.finish()
        writer.write(b"34")
    assert upload.offset == 4


def test_of_many_who_want_a_name_one_gets_it(manage: Manage, folder: Path) -> None:
    """Eight threads finish uploads of one name: the file is that of the one not refused."""
    files, barrier = manage(), Barrier(8)

    def attempt(number: int) -> int | None:
        upload = files.begin_upload("a.txt")
        upload.append(0, [str(number).encode() * 1000])
        barrier.wait()
        try:
            upload.finish()
        except FileConflictError:
            upload.cancel()
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(attempt, range(8)) if number is not None]
    assert len(winners) == 1
    assert (folder / "a.txt").read_bytes() == str(winners[0]).encode() * 1000
    assert leftovers(folder) == []


def test_abandoned_uploads_go(manage: Manage, folder: Path) -> None:
    """With the next upload those go that nobody went on with for long, and nothing else."""
    files = manage(upload_expiry=1000)
    old, fresh = files.begin_upload("old.txt"), files.begin_upload("fresh.txt")
    old.append(0, [b"x"])
    for path in (folder / ".nbengine-uploads").glob(f"{old.id}.*"):
        os.utime(path, (1, 1))
    os.utime(folder / ".nbengine-uploads" / f"{fresh.id}.json", (1, 1))
    files.begin_upload("third.txt").cancel()
    with pytest.raises(UnknownFileError, match="expired"):
        files.find_upload(old.id)
    assert files.find_upload(fresh.id).offset == 0
    assert len(leftovers(folder)) == 2


def test_what_a_cell_makes_of_the_hidden_folder_leads_nowhere(
    manage: Manage, folder: Path, tmp_path: Path
) -> None:
    """Links, hard links and descriptions that a cell put there reach no other file."""
    files = manage()
    target = tmp_path / "precious.txt"
    target.write_text("precious")
    upload = files.begin_upload("a.txt")
    part = folder / ".nbengine-uploads" / f"{upload.id}.part"
    part.unlink()
    for take_place in (part.symlink_to, part.hardlink_to):
        take_place(target)
        for use in (lambda: upload.append(8, [b"x"]), upload.finish, lambda: upload.offset):
            with pytest.raises(UnknownFileError):
                use()
        part.unlink()
    part.touch()
    about = folder / ".nbengine-uploads" / f"{upload.id}.json"
    about.write_text('{"name": "../../precious.txt", "overwrite": true}')
    with pytest.raises(InvalidIdError):
        files.find_upload(upload.id)
    for nonsense in ("[" * 5000, '{"name": 1}', "\0"):
        about.write_text(nonsense)
        with pytest.raises(UnknownFileError):
            files.find_upload(upload.id)
    assert target.read_text() == "precious"


def test_a_link_in_place_of_the_hidden_folder_is_refused(
    manage: Manage, folder: Path, tmp_path: Path
) -> None:
    """Uploads are not led elsewhere; the sentence says what is in the way."""
    folder.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (folder / ".nbengine-uploads").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="taken the place"):
        manage().upload("a.txt", [b"x"])
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_or_link_in_place_of_a_folder_is_a_conflict(
    manage: Manage, folder: Path, tmp_path: Path
) -> None:
    """`a/b.txt` where `a` is a file, a link out of the folder, or where `b.txt` is a folder."""
    files = manage()
    files.upload("file", [b"x"])
    (folder / "out").symlink_to(tmp_path)
    (folder / "sub" / "b.txt").mkdir(parents=True)
    for name, said in (
        ("file/b.txt", "no folder"),
        ("out/b.txt", "no folder"),
        ("sub/b.txt", "is a folder"),
    ):
        with pytest.raises(FileConflictError, match=said):
            files.upload(name, [b"x"], overwrite=True)
    assert not (tmp_path / "b.txt").exists()
    assert leftovers(folder) == []


@pytest.mark.parametrize("upload_id", ["../a", "", "a/b", "x" * 200, "\0"])
def test_an_id_that_is_none_is_refused(manage: Manage, upload_id: str) -> None:
    """An id never becomes a path."""
    with pytest.raises(InvalidIdError):
        manage().find_upload(upload_id)


def test_names_are_composed(manage: Manage) -> None:
    """A name that comes decomposed, as some systems have it, is the same as the composed one."""
    files, name = manage(), "e\u0301.csv"
    assert files.upload(name, [b"x"]).name == "\xe9.csv"
    assert files.info(name).name == files.context(name).file.name == "\xe9.csv"
    stream, info = files.open(name)
    with stream:
        assert (stream.read(), info.name) == (b"x", "\xe9.csv")
    files.delete(name)
    assert files.list().files == []


def test_a_decomposed_name_that_a_cell_gave_is_found(manage: Manage, folder: Path) -> None:
    """It is another file than the composed one, and each is found by its own name."""
    files = manage()
    files.upload("\xe9.csv", [b"ours"])
    (folder / "e\u0301.csv").write_bytes(b"the cell's")
    assert [files.info(name).size for name in ("\xe9.csv", "e\u0301.csv")] == [4, 10]


def test_a_name_that_becomes_too_long_when_it_is_composed_is_refused(manage: Manage) -> None:
    """Some letters are two when composed; what counts is what would be stored."""
    with pytest.raises(InvalidIdError, match="255 bytes"):
        manage().begin_upload("\u0958" * 85)


def test_the_deepest_name_is_listed(manage: Manage) -> None:
    """What can be uploaded can be found again."""
    files = manage()
    name = "/".join("d" * 32)
    files.upload(name, [b"x"])
    assert [file.name for file in files.list().files] == [name]
    assert not files.list().truncated


def test_a_long_upload_takes_little_memory(manage: Manage) -> None:
    """Thirty-two megabytes pass through in chunks, and less than four are ever held."""
    import tracemalloc

    chunk = bytes(2**18)
    tracemalloc.start()
    try:
        manage().upload("a.bin", (chunk for _ in range(128)), sha256=None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20
