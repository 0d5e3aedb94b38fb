import contextlib
import errno
import os
import stat

import pytest

from tests.runs.breaking import broken, disk_full
from weightloom.runs.atomic import is_partial, write_file, write_folder

FILES = {"a": b"1" * 100, "below/b": b"2", "below/deeper/c": b""}
GONE = 2**22 + 1  # above the largest process number of Linux


def test_content_reaches_the_disk_before_the_name_and_the_name_before_the_return(tmp_path):
    with broken(at=None, action=None) as operations:
        write_file(tmp_path / "file", b"content")
    assert [name for name in operations if name in ("write", "fsync", "os.rename")] == [
        "write",
        "fsync",
        "os.rename",
        "fsync",
    ]


@pytest.mark.parametrize("old", [None, b"old"])
def test_a_failing_disk_leaves_the_old_file_or_the_new_one(tmp_path, old):
    path = tmp_path / "file"
    for at in range(1, 100):
        if old is not None:
            path.write_bytes(old)
        with broken(at, disk_full) as operations:
            try:
                write_file(path, b"new content")
                failed = False
            except OSError:
                failed = True
        assert failed == (len(operations) >= at)
        assert os.listdir(tmp_path) in ([], ["file"])
        content = path.read_bytes() if path.exists() else None
        assert content in (old, b"new content")
        path.unlink(missing_ok=True)
        if not failed:
            assert at > 4
            return
    pytest.fail("it never succeeded")


def test_a_failing_disk_leaves_the_whole_folder_or_nothing(tmp_path):
    for at in range(1, 100):
        with broken(at, disk_full) as operations, contextlib.suppress(OSError):
            write_folder(tmp_path / "folder", FILES)
        if (tmp_path / "folder").exists():
            assert {name: (tmp_path / "folder" / name).read_bytes() for name in FILES} == FILES
            if len(operations) < at:
                return
            (tmp_path / "folder").rename(tmp_path.parent / f"folder{at}")
        assert os.listdir(tmp_path) == []
    pytest.fail("it never succeeded")


def test_an_interruption_leaves_nothing(tmp_path):
    def interrupted():
        raise KeyboardInterrupt

    with broken(3, interrupted), pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "file", b"new content")
    assert os.listdir(tmp_path) == []


def test_the_next_writer_removes_what_a_killed_one_left_and_nothing_else(tmp_path):
    (tmp_path / f".file.{GONE}.partial").write_bytes(b"abandoned")
    (tmp_path / f".file.{10**30}.partial").mkdir()
    kept = {f".file.{os.getppid()}.partial", f".other.{GONE}.partial", "file.partial", ".file.txt"}
    for name in kept:
        (tmp_path / name).write_bytes(b"kept")
    write_file(tmp_path / "file", b"content")
    assert set(os.listdir(tmp_path)) == kept | {"file"}


def test_an_abandoned_folder_of_a_process_with_our_number_is_no_obstacle(tmp_path):
    (tmp_path / f".folder.{os.getpid()}.partial" / "below").mkdir(parents=True)
    write_folder(tmp_path / "folder", FILES)
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.parametrize("name", ["file", ".file", ".file.partial", ".file.1.partial2", "file.1.partial"])
def test_only_names_of_temporaries_are_partial(name):
    assert not is_partial(name)
    assert is_partial(f".{name}.1.partial")


def test_a_file_system_that_cannot_flush_folders_is_no_obstacle_but_a_broken_one_is(tmp_path, monkeypatch):
    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    number = errno.EINVAL
    write_file(tmp_path / "file", b"content")
    number = errno.EIO
    with pytest.raises(OSError, match="Input/output error"):
        write_file(tmp_path / "file", b"content")
