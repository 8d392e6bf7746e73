"""The date at a page's foot is that of the last change of what this page shows, and of nothing else."""

from __future__ import annotations

import datetime
import subprocess

import pytest

from sdgbook.site.history import History

PAGE, TABLE = "book/a.md", "data/b.csv"


@pytest.fixture
def committed(tmp_path):
    """A repository, and how to commit files in it on a day of June 2001."""

    def git(*words, day=1):
        at = f"2001-06-{day:02}T12:00:00+0700"
        env = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        names = ["-c", "user.name=Thử", "-c", "user.email=thu@example.org"]
        subprocess.run(["git", *names, *words], cwd=tmp_path, env=env, check=True, capture_output=True)

    def commit(day, **texts):
        for name, text in texts.items():
            path = tmp_path / {"page": PAGE, "table": TABLE}[name]
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        git("add", ".")
        git("commit", "-m", "x", day=day)

    git("init")
    commit.root, commit.git = tmp_path, git
    return commit


def newest(root, *lines):
    return History(root).newest(PAGE, [(TABLE, line) for line in lines])


def test_a_changed_row_dates_the_pages_that_show_it_and_no_other(committed):
    committed(1, page="xin chào", table="khóa,số\na,1\nb,2\n")
    committed(9, table="khóa,số\na,1\nb,3\n")
    assert newest(committed.root, 2) == datetime.date(2001, 6, 1)
    assert newest(committed.root, 2, 3) == datetime.date(2001, 6, 9)


def test_rows_that_only_moved_keep_their_date(committed):
    committed(1, page="xin chào", table="khóa,số\nb,2\n")
    committed(9, table="khóa,số\na,1\nb,2\n")
    assert newest(committed.root, 3) == datetime.date(2001, 6, 1)


def test_a_changed_text_dates_its_page(committed):
    committed(1, page="xin chào", table="khóa,số\na,1\n")
    committed(5, page="chào bạn")
    assert newest(committed.root, 2) == datetime.date(2001, 6, 5)


@pytest.mark.parametrize("file", [PAGE, TABLE])
def test_what_is_not_committed_has_no_date(committed, file):
    committed(1, page="xin chào", table="khóa,số\na,1\n")
    (committed.root / file).write_text("khóa,số\na,7\n", encoding="utf-8")
    assert newest(committed.root, 2) is None


def test_a_history_cut_short_gives_no_date_rather_than_a_wrong_one(committed, tmp_path_factory):
    committed(1, page="xin chào", table="khóa,số\na,1\n")
    committed(5, page="chào bạn")
    copy = tmp_path_factory.mktemp("bản sao") / "x"
    committed.git("clone", "--depth", "1", f"file://{committed.root}", str(copy))
    assert newest(copy, 2) is None


def test_without_git_there_is_no_date(tmp_path):
    assert newest(tmp_path, 2) is None
