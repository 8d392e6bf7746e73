"""The date at a page's foot is that of the last change of what this page shows, and of nothing else."""

from __future__ import annotations

import datetime
import os
import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdgbook import commits, store
from sdgbook.commits import History
from sdgbook.data import ProblemsFound

PAGE, TABLE = "book/a.md", "data/b.csv"
WHO = ["-c", "user.name=Thử", "-c", "user.email=thu@example.org"]


class Repository:
    """A repository of its own, and what one does in it on a day of June 2001."""

    def __init__(self, root: Path):
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, day: int = 1, fine: bool = True) -> str:
        at = f"2001-06-{day:02}T12:00:00+0700"
        env = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, "HOME": str(self.root), "PATH": os.environ["PATH"]}
        command = ["git", *WHO, "-c", "core.quotePath=false", *words]
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True)
        assert done.returncode == 0 or not fine, done.stderr
        return done.stdout

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")

    def commit(self, day: int, **texts: str) -> None:
        for name, text in texts.items():
            self.write({"page": PAGE, "table": TABLE}[name], text)
        self.git("add", ".")
        self.git("commit", "-q", "--allow-empty", "-m", "x", day=day)


@pytest.fixture
def committed(tmp_path):
    return Repository(tmp_path)


@pytest.fixture
def kept(tmp_path_factory):
    """A store that outlasts a build."""
    folder = tmp_path_factory.mktemp("kho")
    with store.use(store.Store(folder)):
        yield folder


def newest(root, *lines):
    return History(root).newest(PAGE, [(TABLE, line) for line in lines])


def june(day: int) -> datetime.date:
    return datetime.date(2001, 6, day)


# What the day is


def test_a_changed_row_dates_the_pages_that_show_it_and_no_other(committed):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\nb,2\n")
    committed.commit(9, table="khóa,số\na,1\nb,3\n")
    assert newest(committed.root, 2) == june(1)
    assert newest(committed.root, 2, 3) == june(9)


def test_rows_that_only_moved_keep_their_date(committed):
    committed.commit(1, page="xin chào", table="khóa,số\nb,2\n")
    committed.commit(9, table="khóa,số\na,1\nb,2\n")
    assert newest(committed.root, 3) == june(1)


def test_a_changed_text_dates_its_page(committed):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    committed.commit(5, page="chào bạn")
    assert newest(committed.root, 2) == june(5)


def test_the_day_is_that_in_vietnam(committed, monkeypatch):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    committed.write(PAGE, "chào bạn")
    committed.git("add", ".")
    committed.git("commit", "-q", "-m", "x", "--date", "2001-06-20T00:00:00Z", day=1)
    # 23:30 of the 6th in London is the 7th in Vietnam; the day of the commit counts, not that of its first draft.
    env = {**os.environ, "GIT_COMMITTER_DATE": "2001-06-06T23:30:00+0100", "HOME": str(committed.root)}
    subprocess.run(["git", *WHO, "commit", "-q", "--amend", "-m", "y"], cwd=committed.root, env=env, check=True)
    for zone in ("Asia/Ho_Chi_Minh", "America/New_York", "Pacific/Kiritimati"):
        monkeypatch.setenv("TZ", zone)
        assert newest(committed.root, 2) == june(7)


@pytest.mark.parametrize("file", [PAGE, TABLE])
def test_what_is_not_committed_has_no_date(committed, file):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    committed.write(file, "khóa,số\na,7\n")
    assert newest(committed.root, 2) is None
    committed.git("add", ".")
    assert newest(committed.root, 2) is None


def test_a_row_that_is_gone_has_no_date(committed):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    assert newest(committed.root, None) is None
    assert newest(committed.root, 3) is None


def test_a_file_that_git_leaves_out_has_no_date_even_if_it_had_one_once(committed):
    committed.commit(1, page="xin chào")
    committed.git("rm", "-q", "--cached", PAGE)
    committed.write(".gitignore", "/book/\n")
    committed.commit(2)
    assert (committed.root / PAGE).is_file()
    assert newest(committed.root) is None


def test_a_history_cut_short_gives_no_date_rather_than_a_wrong_one(committed, tmp_path_factory, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    committed.commit(5, page="chào bạn")
    copy = tmp_path_factory.mktemp("bản sao") / "x"
    committed.git("clone", "--depth", "1", f"file://{committed.root}", str(copy))
    assert newest(copy, 2) is None


def test_without_git_there_is_no_date(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert newest(tmp_path, 2) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert newest(tmp_path, 2) is None


def test_where_there_is_no_history_the_day_is_the_one_that_is_told(committed, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "991414800")
    # 17:00 in Greenwich is the next day in Vietnam.
    assert newest(tmp_path_factory.mktemp("không git"), 2) == june(2)
    committed.commit(5, page="xin chào", table="khóa,số\na,1\n")
    assert newest(committed.root, 2) == june(5)
    committed.write(PAGE, "chào bạn")
    assert newest(committed.root, 2) is None


@pytest.mark.parametrize("text", ["", "hôm nay", "2001-06-01", "9" * 30])
def test_a_told_day_that_is_none_is_refused(text, monkeypatch, tmp_path):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    with pytest.raises(ProblemsFound, match=r"SOURCE_DATE_EPOCH.*git log"):
        newest(tmp_path, 2)


def test_before_the_first_commit_there_is_no_date(committed):
    committed.write(PAGE, "xin chào")
    assert newest(committed.root) is None


# Whoever asks


def test_a_project_below_the_repositorys_top_has_the_same_dates(tmp_path):
    above = Repository(tmp_path)
    root = tmp_path / "báo cáo" / "2021"
    for day, text in ((1, "xin chào"), (4, "chào bạn")):
        above.write(f"báo cáo/2021/{PAGE}", text)
        above.write(f"báo cáo/2021/{TABLE}", "khóa,số\na,1\n")
        above.commit(day)
    above.write(PAGE, "một cuốn sách khác")
    assert newest(root, 2) == june(4)
    above.write(f"báo cáo/2021/{PAGE}", "chưa xong")
    assert newest(root, 2) is None


def test_file_names_that_git_would_quote_or_take_for_patterns_have_dates(committed):
    names = ["book/tỉnh.md", 'book/"a" [b]*.md', "book/a b.md"]
    for day, name in enumerate(names, 1):
        committed.write(name, "xin chào")
        committed.commit(day)
    assert [History(committed.root).newest(name, ()) for name in names] == [june(1), june(2), june(3)]


def test_settings_of_a_user_change_no_date(committed, monkeypatch, tmp_path_factory):
    committed.commit(1, page="xin chào\n" * 20, table="khóa,số\na,1\n")
    committed.git("mv", PAGE, "book/b.md")
    committed.commit(3, table="khóa,số\na,1\nb,1\n")
    committed.git("mv", "book/b.md", PAGE)
    committed.commit(5)
    home = tmp_path_factory.mktemp("nhà")
    settings = ["log.follow=true", "log.showRoot=false", "log.diffMerges=off", "status.showUntrackedFiles=no"]
    settings += ["color.ui=always", "log.showSignature=true", "diff.noprefix=true", "blame.showEmail=true"]
    for name, value in (setting.split("=") for setting in settings):
        subprocess.run(["git", "config", "--file", home / ".gitconfig", name, value], check=True)
    before = [newest(committed.root), newest(committed.root, 2), newest(committed.root, 3)]
    monkeypatch.setenv("HOME", str(home))
    assert [newest(committed.root), newest(committed.root, 2), newest(committed.root, 3)] == before
    committed.write("book/mới.md", "mới")
    assert History(committed.root).newest("book/mới.md", ()) is None


def test_inside_a_hook_of_another_repository_the_dates_are_the_same(committed, monkeypatch, tmp_path_factory):
    committed.commit(2, page="xin chào", table="khóa,số\na,1\n")
    other = Repository(tmp_path_factory.mktemp("khác"))
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git" / "index"))
    assert newest(committed.root, 2) == june(2)


def test_asking_leaves_the_repository_untouched(committed):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    # The index would be written anew: it holds another time of this file.
    os.utime(committed.root / PAGE, (1, 1))
    index = committed.root / ".git" / "index"
    before = (index.read_bytes(), index.stat().st_mtime_ns)
    (committed.root / ".git" / "index.lock").touch()
    assert newest(committed.root, 2) == june(1)
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


# What is kept


def questions(monkeypatch) -> list[str]:
    """The words that git is asked from now on."""
    asked = []

    class Asked(subprocess.Popen):
        def __init__(self, command, *args, **options):
            asked.append(command[len(commits.GIT)])
            super().__init__(command, *args, **options)

    monkeypatch.setattr(subprocess, "Popen", Asked)
    return asked


def test_a_second_build_asks_git_only_whether_anything_changed(committed, kept, monkeypatch):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    committed.commit(2, table="khóa,số\na,2\n")
    asked = questions(monkeypatch)
    first = newest(committed.root, 2)
    assert sorted(asked) == ["blame", "log", "ls-tree", "rev-parse", "status"]
    asked.clear()
    assert newest(committed.root, 2) == first == june(2)
    assert sorted(asked) == ["rev-parse", "status"]


def test_a_commit_that_leaves_a_table_alone_asks_no_more_for_its_lines(committed, kept, monkeypatch):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    newest(committed.root, 2)
    committed.commit(2, page="chào bạn")
    asked = questions(monkeypatch)
    assert newest(committed.root, 2) == june(2)
    assert sorted(asked) == ["log", "ls-tree", "rev-parse", "status"]


def test_what_git_refused_once_is_not_kept(committed, kept, monkeypatch):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    for word in ("ls-tree", "log", "blame"):
        with monkeypatch.context() as broken:
            broken.setattr(
                History,
                "_git",
                lambda self, *words, w=word, ask=History._git: ask(self, *words) if words[0] != w else None,
            )
            broken.setattr(History, "_commits", lambda self: iter(()))
            newest(committed.root, 2)
    assert newest(committed.root, 2) == june(1)


def test_an_older_git_without_the_quick_walk_gives_the_same_days(committed, kept, monkeypatch):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    committed.commit(6, page="chào bạn")
    monkeypatch.setattr(History, "_commits", lambda self: iter(()))
    assert newest(committed.root, 2) == june(6)


def test_the_state_changes_with_every_commit_and_with_what_is_not_committed(committed):
    states = [History(committed.root).state]
    committed.commit(1, page="xin chào", table="khóa,số\na,1\n")
    states.append(History(committed.root).state)
    committed.commit(2)
    states.append(History(committed.root).state)
    committed.write(PAGE, "chào bạn")
    states.append(History(committed.root).state)
    committed.commit(3)
    states.append(History(committed.root).state)
    assert len(set(states)) == len(states)
    assert History(committed.root).state == states[-1]


# The same answers as git gives for one file at a time


class Plain:
    """What the days are, asked of git file by file and line by line."""

    def __init__(self, repository: Repository):
        self.git = repository.git
        self.shallow = self.git("rev-parse", "--is-shallow-repository").strip() != "false"

    def of_file(self, file: str) -> int | None:
        changed = self.git("status", "--porcelain", "--", file)
        told = self.git("log", "-1", "--format=%ct", "--", file, fine=False).strip()
        return int(told) if told and not changed and not self.shallow else None

    def of_lines(self, file: str) -> list[int | None]:
        times, time, commit = [], None, ""
        for text in self.git("blame", "--line-porcelain", "--", file, fine=False).split("\n"):
            if text.startswith("\t"):
                times.append(None if not commit.strip("0") or self.shallow else time)
                commit = ""
            elif not commit:
                commit = text.partition(" ")[0]
            elif text.startswith("committer-time "):
                time = int(text.rpartition(" ")[2])
        return times


def same_as_plain(repository: Repository) -> None:
    found, plain = History(repository.root), Plain(repository)
    for folder in ("book", "data"):
        for path in (path for path in sorted((repository.root / folder).rglob("*")) if path.is_file()):
            file = path.relative_to(repository.root).as_posix()
            assert found.newest(file, ()) == day(plain.of_file(file)), file
            lines = plain.of_lines(file)
            times = [found._of_line(file, n) if found.known else None for n in range(1, len(lines) + 1)]
            assert times == lines, file


def day(time: int | None) -> datetime.date | None:
    return time and datetime.datetime.fromtimestamp(time, commits.VIETNAM).date()


FILES = [PAGE, TABLE, "data/c.csv", "book/d/e.md"]
DEEDS = [
    "save",
    "save",
    "branch",
    "merge",
    "merge",
    "ours",
    "pick",
    "edit",
    "edit",
    "stage",
    "revert",
    "rename",
    "remove",
]


def edit(repository: Repository, file: str, chance: random.Random) -> None:
    """Add, change or remove a line or two."""
    path = repository.root / file
    lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else ["khóa,số"]
    at = chance.randrange(len(lines))
    new = [f"{chance.choice('abc')},{chance.randrange(4)}" for _ in range(chance.randrange(3))]
    lines[at : at + chance.randrange(2)] = new
    repository.write(file, "\n".join(lines))


def do(repository: Repository, deed: str, chance: random.Random) -> None:
    """Something that people do in a repository; what git refuses in its present state is left undone."""
    git, file = repository.git, chance.choice(FILES)
    # Clocks of different people are not alike.
    day = chance.randrange(1, 30)
    branches = git("branch", "--format=%(refname:short)").split()
    if deed in ("edit", "save", "branch"):
        if deed == "branch":
            git("checkout", "-q", chance.choice(branches), fine=False)
            git("checkout", "-q", "-b", f"nhánh-{len(branches)}", fine=False)
        edit(repository, file, chance)
    if deed in ("save", "branch"):
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", "x", day=day, fine=False)
    elif deed == "stage":
        git("add", "-A", "--", file, fine=False)
    elif deed == "revert":
        git("checkout", "HEAD", "--", file, fine=False)
    elif deed == "rename":
        git("mv", "-f", file, chance.choice(FILES), fine=False)
    elif deed == "remove":
        (repository.root / file).unlink(missing_ok=True)
    elif deed in ("merge", "ours"):
        side = ["-s", "ours"] if deed == "ours" else ["-X", chance.choice(["ours", "theirs"])]
        git("merge", "-q", "--no-ff", "--no-edit", *side, chance.choice(branches), day=day, fine=False)
    elif deed == "pick":
        git("cherry-pick", "-X", "theirs", chance.choice(branches), day=day, fine=False)


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(deeds=st.lists(st.sampled_from(DEEDS), min_size=5, max_size=20), seed=st.integers(0, 2**32))
def test_the_days_are_those_that_git_tells_for_each_file_alone(tmp_path_factory, deeds, seed):
    repository, chance = Repository(tmp_path_factory.mktemp("kho git")), random.Random(seed)
    with store.use(store.Store(tmp_path_factory.mktemp("kho"))):
        for day, file in enumerate(FILES, 1):
            repository.write(file, "".join(f"{file},{n}\n" for n in range(5)))
            repository.commit(day)
        for deed in ("save", "branch", *deeds):
            do(repository, deed, chance)
            same_as_plain(repository)


def test_a_merge_that_kept_one_side_has_the_days_of_that_side(committed, kept):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\nb,2\n")
    committed.git("checkout", "-q", "-b", "nhánh")
    committed.commit(8, page="chào bạn", table="khóa,số\na,1\nb,3\n")
    committed.git("checkout", "-q", "main")
    committed.commit(4, table="khóa,số\na,4\nb,2\n")
    assert newest(committed.root, 2) == june(4)
    committed.git("merge", "-q", "-s", "ours", "--no-edit", "nhánh", day=9)
    assert newest(committed.root, 2, 3) == june(4)
    same_as_plain(committed)
    committed.git("reset", "-q", "--hard", "HEAD^")
    committed.git("merge", "-q", "-X", "theirs", "--no-edit", "nhánh", day=9, fine=False)
    same_as_plain(committed)


def test_a_merge_under_way_has_the_days_that_git_tells(committed, kept):
    committed.commit(1, page="xin chào", table="khóa,số\na,1\nb,2\n")
    committed.git("checkout", "-q", "-b", "nhánh")
    committed.commit(8, table="khóa,số\na,1\nb,3\n")
    committed.git("checkout", "-q", "main")
    committed.commit(4, page="chào", table="khóa,số\na,4\nb,2\n")
    before = History(committed.root).state
    committed.git("merge", "-q", "--no-commit", "--no-edit", "nhánh", day=9, fine=False)
    same_as_plain(committed)
    assert History(committed.root).state != before
