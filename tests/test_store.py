"""The store of things made before: an entry may be lost, never wrong."""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sdgbook import store
from sdgbook.store import Store, key_of

KEY, OTHER = key_of("a"), key_of("b")
CONTENT = "Tỷ lệ hộ nghèo".encode() * 50


def entry(folder: Path, kind: str = "svg", key: str = KEY) -> Path:
    return folder / kind / key


@pytest.fixture
def kept(tmp_path):
    """A folder in which a build of before has kept one thing."""
    Store(tmp_path).put("svg", KEY, CONTENT)
    return tmp_path


def test_what_was_kept_comes_back_byte_for_byte_in_another_process(kept):
    assert Store(kept).get("svg", KEY) == CONTENT
    assert Store(kept).get("png", KEY) is None and Store(kept).get("svg", OTHER) is None
    Store(kept).put("svg", OTHER, b"")
    assert Store(kept).get("svg", OTHER) == b""


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-1])


def cut_to_its_head(path):
    path.write_bytes(path.read_bytes()[:20])


def emptied(path):
    path.write_bytes(b"")


def one_bit_turned(path):
    raw = bytearray(path.read_bytes())
    raw[-7] ^= 1
    path.write_bytes(bytes(raw))


def longer(path):
    path.write_bytes(path.read_bytes() + b"\0")


def of_another_version(path):
    path.write_bytes(path.read_bytes().replace(store.FORMAT, b"sdgbook store 0\n"))


def under_another_things_name(path):
    Store(path.parents[1]).put("svg", OTHER, b"another thing")
    os.replace(path.with_name(OTHER), path)


def a_folder_in_its_place(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "spoil",
    [
        cut_short,
        cut_to_its_head,
        emptied,
        one_bit_turned,
        longer,
        of_another_version,
        under_another_things_name,
        a_folder_in_its_place,
    ],
)
def test_an_entry_that_is_not_whole_counts_as_absent_and_is_made_anew(kept, spoil, caplog):
    spoil(entry(kept))
    assert Store(kept).get("svg", KEY) is None
    assert Store(kept).made("svg", KEY, lambda: CONTENT) == CONTENT
    assert Store(kept).made("svg", KEY, lambda: CONTENT) == CONTENT


def test_a_thing_is_made_once(kept):
    opened = Store(kept)
    assert opened.made("svg", KEY, lambda: pytest.fail("made again")) == CONTENT
    assert Store(None).made("svg", KEY, lambda: b"new") == b"new"


def test_without_a_folder_things_last_as_long_as_the_process():
    opened = Store(None)
    opened.put("svg", KEY, CONTENT)
    assert opened.get("svg", KEY) == CONTENT
    opened.sweep()
    assert opened.get("svg", KEY) == CONTENT and Store(None).get("svg", KEY) is None


def refuse(error):
    def replace(*_):
        raise OSError(error, os.strerror(error))

    return replace


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_stops_nothing_and_is_told_once(kept, error, monkeypatch, caplog):
    monkeypatch.setattr(os, "replace", refuse(error))
    opened = Store(kept)
    with caplog.at_level(logging.WARNING, "sdgbook"):
        assert opened.made("svg", OTHER, lambda: b"1") == b"1"
        assert opened.made("png", OTHER, lambda: b"2") == b"2"
    assert [record.getMessage().startswith("Không ghi được vào") for record in caplog.records] == [True]
    assert str(kept) in caplog.text and os.strerror(error) in caplog.text
    # Within this build they are known all the same, and what was kept before is still read.
    assert (opened.get("svg", OTHER), opened.get("png", OTHER), opened.get("svg", KEY)) == (b"1", b"2", CONTENT)
    assert [path.name for path in kept.rglob("*") if path.is_file()] == [KEY]


# A real limit of the system: no file of this process may grow beyond 100 bytes.
FULL = """
import resource, signal, sys
from pathlib import Path
from sdgbook.store import Store, key_of
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
store = Store(Path(sys.argv[1]))
assert store.made("svg", key_of("b"), lambda: b"x" * 4000) == b"x" * 4000
assert store.get("svg", key_of("b")) == b"x" * 4000
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_a_write_that_the_system_breaks_off_leaves_nothing(kept):
    done = subprocess.run([sys.executable, "-c", FULL, str(kept)], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("Không ghi được")) == (0, 1), done.stderr
    assert [path.name for path in kept.rglob("*") if path.is_file()] == [KEY]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may write everywhere")
def test_a_folder_made_read_only_is_read(kept, caplog):
    kept.chmod(0o555)
    try:
        opened = Store(kept)
        assert opened.made("png", KEY, lambda: b"1") == b"1" and opened.get("svg", KEY) == CONTENT
    finally:
        kept.chmod(0o755)


def test_a_file_where_the_folder_should_be_stops_nothing(tmp_path, caplog):
    (tmp_path / "store").write_text("")
    opened = Store(tmp_path / "store")
    assert opened.made("svg", KEY, lambda: CONTENT) == CONTENT
    opened.sweep()
    assert "Không ghi được vào" in caplog.text


WRITER = """
import sys
from pathlib import Path
from sdgbook.store import Store, key_of
store, content = Store(Path(sys.argv[1])), sys.argv[2].encode() * 200_000
for _ in range(60):
    store.put("svg", key_of("a"), content)
"""


def test_two_processes_that_write_the_same_never_mix(kept):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(kept), letter]) for letter in "xy"]
    seen = set()
    opened = Store(kept)
    while any(writer.poll() is None for writer in writers):
        seen.add(opened.get("svg", KEY))
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen <= {CONTENT, b"x" * 200_000, b"y" * 200_000}
    assert [path.name for path in kept.rglob("*") if path.is_file()] == [KEY]


def test_two_threads_may_write_the_same(tmp_path):
    opened = Store(tmp_path)
    threads = [threading.Thread(target=opened.put, args=("svg", KEY, CONTENT)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened.get("svg", KEY) == CONTENT and len([*(tmp_path / "svg").iterdir()]) == 1


def test_sweeping_drops_what_a_build_did_not_ask_for_and_what_a_killed_one_left(kept):
    Store(kept).put("png", OTHER, b"of a chart that is gone")
    Store(kept).put("svg", OTHER, b"asked for")
    entry(kept).with_name(f"{KEY}.4711.0.new").write_bytes(b"half")
    (kept / "LIESMICH").write_text("not the store's")
    opened = Store(kept)
    opened.get("svg", OTHER)
    opened.put("svg", key_of("c"), b"made")
    opened.sweep()
    left = {path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()}
    assert left == {f"svg/{OTHER}", f"svg/{key_of('c')}", "LIESMICH"}
    assert not (kept / "png").exists()


def test_keys_tell_lists_of_parts_apart():
    keys = [key_of("ab"), key_of("a", "b"), key_of("", "ab"), key_of("ab", ""), key_of(), key_of(b"a", "bc")]
    assert len(set(keys)) == len(keys) and key_of("ạ") == key_of("ạ".encode())


def test_a_name_that_leads_out_of_the_store_is_refused(tmp_path):
    for kind, key in (("../svg", KEY), ("svg", "../../x"), ("svg", KEY.upper()), ("", KEY)):
        with pytest.raises(ValueError):
            Store(tmp_path).put(kind, key, b"")


def test_the_current_store_is_the_opened_one_and_in_memory_otherwise(tmp_path):
    assert store.current().folder is None
    with store.use(Store(tmp_path)) as opened:
        assert store.current() is opened
    assert store.current().folder is None
