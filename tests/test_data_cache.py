"""The cache: whatever happens to a build, a file is whole or is not there, and errors say what to do."""

import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from filelock import FileLock, Timeout

from course_pkg.data import cache
from helpers import GUARD, environment, wait_for

SHAPE = (8, 100)
EXPECTED = np.repeat(np.arange(8, dtype=np.uint8), 100).reshape(SHAPE)


def blocks():
    yield from (EXPECTED[k : k + 1] for k in range(8))


def stored(path, blocks=blocks):
    return cache.stored(path, SHAPE, blocks, n_blocks=8)


def start(path, body):
    """A process that stores the same array at `path`, with `body` run before each block k.

    It says that it is about to ask for the array by a file `asked.<its number>` beside it.
    """
    code = textwrap.dedent("""
        import os, signal, sys, time
        from pathlib import Path
        import numpy as np
        from course_pkg.data import cache
        path = Path(sys.argv[1])
        def blocks():
            for k in range(8):
                exec(sys.argv[2])
                yield np.full((1, 100), k, np.uint8)
        path.with_name(f"asked.{os.getpid()}").touch()
        print(cache.stored(path, (8, 100), blocks, 8).astype(int).sum())
    """)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path), body],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_computed_once_then_read(tmp_path):
    path = tmp_path / "new" / "folder" / "set"
    np.testing.assert_array_equal(stored(path), EXPECTED)

    def never():
        raise AssertionError("computed a second time")

    np.testing.assert_array_equal(stored(path, never), EXPECTED)
    assert names(path.parent) in (["set"], ["set", "set.lock"])


def test_the_map_is_private(tmp_path):
    array = stored(tmp_path / "set")
    array[:] = 99
    np.testing.assert_array_equal(stored(tmp_path / "set"), EXPECTED)


def test_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path))
    assert cache.folder() == tmp_path
    monkeypatch.delenv("DISENTANGLE_CACHE")
    assert "disentangle-course" in str(cache.folder())


def test_two_processes_at_once_build_once(tmp_path):
    path, log = tmp_path / "set", tmp_path / "log"
    body = f"""
while len(list(path.parent.glob("asked.*"))) < 2:
    time.sleep(0.01)  # who builds waits until the other has asked, too
open({str(log)!r}, "a").write(f"{{os.getpid()}}\\n")
"""
    both = [start(path, body) for _ in range(2)]
    for process in both:
        out, err = process.communicate(timeout=GUARD)
        assert process.returncode == 0, err
        assert int(out) == EXPECTED.astype(int).sum()
    assert len(set(log.read_text("utf-8").split())) == 1  # one computed, the other waited
    assert not (tmp_path / "set.part").exists()


def test_killed_half_way_leaves_nothing_under_the_name_and_no_lock(tmp_path):
    path, half = tmp_path / "set", tmp_path / "half"
    process = start(path, f"if k == 4: open({str(half)!r}, 'w').close(); signal.pause()")
    wait_for(half.exists, process)
    process.kill()
    process.communicate()
    assert not path.exists() and (tmp_path / "set.part").exists()
    np.testing.assert_array_equal(stored(path), EXPECTED)  # a lock left behind would raise or hang here
    assert not (tmp_path / "set.part").exists()


def test_killed_while_another_waits_the_other_builds(tmp_path):
    path, half = tmp_path / "set", tmp_path / "half"
    first = start(path, f"if k == 4: open({str(half)!r}, 'w').close(); signal.pause()")
    wait_for(half.exists, first)
    second = start(path, "pass")
    wait_for((tmp_path / f"asked.{second.pid}").exists, second)
    assert second.poll() is None and not path.exists()
    first.send_signal(signal.SIGKILL)
    first.communicate()
    out, err = second.communicate(timeout=GUARD)
    assert second.returncode == 0, err
    assert int(out) == EXPECTED.astype(int).sum()


def test_a_lock_that_is_never_given_back(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "WAIT", 0.1)
    with FileLock(tmp_path / "set.lock"):
        with pytest.raises(OSError, match=r"another process has held .*set.lock"):
            stored(tmp_path / "set")


def refuse(number):
    def refusing(*_):
        raise OSError(number, os.strerror(number))

    return refusing


@pytest.mark.parametrize("when", ["write", "fsync"])
def test_full_disk(tmp_path, monkeypatch, when):
    if when == "fsync":
        monkeypatch.setattr(os, "fsync", refuse(errno.ENOSPC))
    else:  # the system's own full disk: what is written there is refused
        monkeypatch.setattr(cache, "open", lambda path, mode: open("/dev/full", mode), raising=False)
    with pytest.raises(OSError, match=r"cannot keep .*No space left on device.*DISENTANGLE_CACHE"):
        stored(tmp_path / "set")
    assert "set" not in names(tmp_path) and "set.part" not in names(tmp_path)


def test_an_error_of_what_is_read_is_no_error_of_the_cache(tmp_path):
    """A damaged picture is no full disk: its own words come through."""

    def damaged_picture():
        yield EXPECTED[:4]
        raise OSError("face.png: not a picture that can be read")

    with pytest.raises(OSError, match=r"^face.png: not a picture that can be read$"):
        stored(tmp_path / "set", damaged_picture)
    assert "set" not in names(tmp_path) and "set.part" not in names(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
def test_a_file_system_without_locks(tmp_path, monkeypatch, number):
    """As NFS without its lock daemon answers: a warning, the array, and nothing left over."""
    monkeypatch.setattr(fcntl, "flock", refuse(number))
    with pytest.warns(UserWarning, match=r"the file system of .*set.lock has no locks .*going on without"):
        np.testing.assert_array_equal(stored(tmp_path / "set"), EXPECTED)
    assert set(names(tmp_path)) <= {"set", "set.lock"}


def test_two_at_once_without_locks_do_not_write_into_one_file(tmp_path, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", refuse(errno.ENOLCK))
    seen = []

    def looking():
        seen.append(names(tmp_path))
        yield from blocks()

    with pytest.warns(UserWarning, match="no locks"):
        stored(tmp_path / "set", looking)
    assert "set.part" not in seen[0] and any(str(os.getpid()) in name for name in seen[0])


def test_a_lock_is_held_and_given_back(tmp_path):
    with cache.held(tmp_path / "lock", 0) as alone:
        assert alone
        with pytest.raises(Timeout), cache.held(tmp_path / "lock", 0):
            pass
    with cache.held(tmp_path / "lock", 0) as alone:
        assert alone


def test_other_refusals_of_a_lock_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", refuse(errno.EIO))
    with pytest.raises(OSError, match=r"cannot keep .*DISENTANGLE_CACHE"):
        stored(tmp_path / "set")


def test_a_map_whose_file_was_cut_is_not_handed_out_again(tmp_path):
    path = tmp_path / "set"
    array = stored(path)
    cache.check_whole(path, array.size)
    os.truncate(path, 300)
    with pytest.raises(OSError, match=rf"has 300 bytes, expected 864; delete {path}"):
        cache.check_whole(path, array.size)
    path.unlink()
    np.testing.assert_array_equal(stored(path), EXPECTED)


def test_a_map_whose_file_was_deleted_stands(tmp_path):
    array = stored(tmp_path / "set")
    (tmp_path / "set").unlink()
    cache.check_whole(tmp_path / "set", array.size)
    np.testing.assert_array_equal(array, EXPECTED)


def test_limit_on_the_size_of_a_file(tmp_path):
    """The system itself refuses the write: RLIMIT_FSIZE stands in for a quota."""
    path = tmp_path / "set"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))"
    process = start(path, limit)
    _, err = process.communicate(timeout=GUARD)
    assert process.returncode == 1
    assert f"cannot keep 0 MB at {path} (File too large)" in err.splitlines()[-1]
    assert "set" not in names(tmp_path) and "set.part" not in names(tmp_path)


@contextlib.contextmanager
def ordinary_user():
    """As root every folder can be written, so step down for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_unwritable_folder(tmp_path, mode):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(mode)
    try:
        with ordinary_user(), pytest.raises(OSError, match=r"cannot keep .*denied.*DISENTANGLE_CACHE"):
            stored(closed / "set")
    finally:
        closed.chmod(0o755)
    assert names(closed) == []


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "taken").write_text("mine", "utf-8")
    with pytest.raises(OSError, match=r"cannot keep .*DISENTANGLE_CACHE"):
        stored(tmp_path / "taken" / "set")
    assert (tmp_path / "taken").read_text("utf-8") == "mine"


def damaged(whole):
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    return bytes(flipped)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda whole: whole[:-1], r"has 863 bytes, expected 864"),
        (lambda whole: b"", r"has 0 bytes, expected 864"),
        (lambda whole: whole + b"more", r"has 868 bytes, expected 864"),
        (lambda whole: b"PK" + whole[2:], r"not a file of this course"),
        (damaged, r"is damaged"),
    ],
)
def test_truncated_or_foreign_file_is_reported_and_left_alone(tmp_path, spoil, message):
    path = tmp_path / "set"
    stored(path)
    spoilt = spoil(path.read_bytes())
    path.write_bytes(spoilt)
    with pytest.raises(OSError, match=message) as caught:
        stored(path)
    assert f"delete {path}" in str(caught.value)
    assert path.read_bytes() == spoilt
    path.unlink()
    np.testing.assert_array_equal(stored(path), EXPECTED)  # the remedy works


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_interrupted_build_is_passed_on_and_cleaned_up(tmp_path, error):
    def broken():
        yield EXPECTED[:4]
        raise error

    with pytest.raises(error):
        stored(tmp_path / "set", broken)
    assert "set" not in names(tmp_path) and "set.part" not in names(tmp_path)


def test_blocks_of_the_wrong_total_are_not_kept(tmp_path):
    with pytest.raises(ValueError, match="expected 800 bytes for set, got 400"):
        stored(tmp_path / "set", lambda: iter([EXPECTED[:4]]))
    assert "set" not in names(tmp_path)


def test_threads_may_ask_at_once(tmp_path):
    results = []
    threads = [threading.Thread(target=lambda: results.append(stored(tmp_path / "set").copy())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for result in results:
        np.testing.assert_array_equal(result, EXPECTED)
