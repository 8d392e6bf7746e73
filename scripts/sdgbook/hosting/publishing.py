"""`sdgbook publish`: a commit becomes what readers get, whole and in one step, or nothing changes.

The site is built from a clean checkout of the commit. With its proof, its compressed twins, and the styles and scripts
that pages opened before still ask for, it is a release. The release is brought beside the live one, compared there byte
for byte, shown in one step, and looked at once more as readers see it; where that fails, the earlier one comes back.
"""

from __future__ import annotations

import datetime
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sdgbook.building import Tell, alone_in
from sdgbook.building.addresses import addresses
from sdgbook.commits import git, told_day
from sdgbook.data import read_package
from sdgbook.data.package import read_descriptor
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.edit.markdown import read_yaml
from sdgbook.files import digest_of_file, digests_in, listing, write
from sdgbook.hosting.building import BUILDING, built_commit, editions_of, full_name
from sdgbook.hosting.proof import Release, manifest_of, misnamed, read_manifest, write_proof
from sdgbook.hosting.sbom import FILE as SBOM
from sdgbook.hosting.sbom import write_sbom
from sdgbook.hosting.security_txt import write_security_txt
from sdgbook.hosting.servers.twins import add_twins
from sdgbook.hosting.servers.writing import write_static
from sdgbook.hosting.targets import Place, Standing, Standings, Target, refused, target_of
from sdgbook.publish.finish import COMPRESSED, compressed

__all__ = ["BUILDING", "Done", "NotWanted", "publish", "roll_back"]
# Hears what will change, and says whether to go on.
Sure = Callable[[list[str]], bool]
# Adds files to a release that stands in a folder, before its proof is written.
Complete = Callable[[Path], None]
KEEP = 5
# How many names are told of each kind.
FEW = 5


class NotWanted(Exception):
    """Raised when the person at the terminal does not want it after all."""


@dataclass
class Done:
    """What was done: the release, whether it is a new one, how many files it has, what else is to be said, and how long
    each step took (seconds)."""

    release: Release
    is_new: bool = True
    files: int = 0
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def publish(root: Path, to: str, tell: Tell, sure: Sure, keep: int = KEEP, url: str | None = None) -> Done:
    """Publish the commit that is checked out at `root` to a target (`target_of`).

    `url` is where readers get it (None: as configured; "": nowhere that can be asked). Raises `ProblemsFound` with what
    stands against it, `NotWanted` where `sure` says no; readers then get what they got before.
    """
    commit = check_ready(root)
    with at_work(root, to, tell, sure, keep, url) as work:
        version = read_descriptor(root)["version"]
        if problems := check_version(version, work.before.live):
            raise ProblemsFound(problems)
        site = built_commit(root, commit, work.tell)
        release = Release(commit, version, _now(), editions_of(site))
        return work.show(site, release, complete=lambda folder: _complete(root, release, folder, work.target.twins))


def roll_back(root: Path, to: str, tell: Tell, sure: Sure, keep: int = KEEP, url: str | None = None) -> Done:
    """Show the release again that was live before this one; it becomes the newest, with the styles and scripts of all
    that readers may have open. Raises as `publish` does."""
    with at_work(root, to, tell, sure, keep, url) as work:
        # It gets its twins again: nothing is taken that no manifest covers.
        return work.roll_back(lambda folder: _add_twins(root, folder) if work.target.twins else None)


def _complete(root: Path, release: Release, folder: Path, twins: bool) -> None:
    """Add to a release what the site itself does not have: for hosts, for browsers, for those who look at security."""
    write_sbom(root, folder, release.commit)
    write_security_txt(root, folder, datetime.datetime.fromisoformat(release.published))
    write_static(root, folder)
    if twins:
        _add_twins(root, folder)


def _add_twins(root: Path, folder: Path) -> None:
    for name in listing(folder):
        if name.endswith(COMPRESSED) and not (folder / f"{name}.gz").exists():
            write(folder / f"{name}.gz", compressed((folder / name).read_bytes()))
    add_twins(folder, root / "_build" / "twins")


@contextmanager
def at_work(
    root: Path, to: str, tell: Tell, sure: Sure, keep: int = KEEP, url: str | None = None
) -> Iterator[Publishing]:
    """A context in which something is published from the project at `root` to a target."""
    target = target_of(root, to)
    tell, seconds = timed(tell)
    with _room(root) as room, target.opened() as place:
        tell(f"Xem bản đang đăng ở {target.name}", None, "")
        before = place.standings()
        yield Publishing(root, target, place, before, room, tell, sure, keep, address(root, target, url), seconds)


@dataclass(frozen=True)
class Publishing:
    """A target that is worked at and what stood there `before`; a `room` to put a release together in; how many
    releases are kept, and the `url` at which readers get them ("": none that can be asked)."""

    root: Path
    target: Target
    place: Place
    before: Standings
    room: Path
    tell: Tell
    sure: Sure
    keep: int
    url: str
    seconds: dict[str, float]

    def show(
        self, site: Path, release: Release, complete: Complete = lambda folder: None, withdrawn: tuple[str, ...] = ()
    ) -> Done:
        """Make a built site the live release. `complete` adds to its folder what is no part of the site. `withdrawn`:
        releases that nobody is to go back to from then on."""
        live, was, folder = self.before.live, self.before.live_name, self.room / "release"
        self.tell("Chuẩn bị bản để đăng", None, "")
        files = read_manifest(manifest_of(site))
        if not withdrawn and (problems := check_against(release, files, live)):
            raise ProblemsFound(problems)
        release = self._make(site, release, folder, complete)
        done = Done(release, True, len(files), [], self.seconds)
        if live and (live.release.commit, live.release.manifest) == (release.commit, release.manifest):
            try:
                self.place.verify()
            except ProblemsFound as error:
                done.notes += [f"Bản đang đăng không còn nguyên, nên đăng lại: {error.problems[0].message}"]
            else:
                done.is_new = False
                return done
        self.tell("Xem người đọc sẽ thấy gì khác", None, "")
        if not self.sure([*done.notes, *told_changes(self.root, release, files, self.before)]):
            raise NotWanted
        self.tell("Giữ chỗ", None, "")
        self.place.lock()
        if self.place.standings().live_name != was:
            told = f"Trong lúc chuẩn bị, một người khác vừa đăng bản khác ở {self.target.name}."
            raise refused(told, "Chạy lại để xem bản mới sẽ đổi gì so với bản ấy.")
        day = release.published[:10].replace("-", "")
        name = f"{int(self.before.last_name[:6] or 0) + 1:06d}-{day}-{release.commit[:12]}"
        self.tell(f"Gửi {len(files)} tệp đến {self.target.name} và so lại", None, "")
        self.place.upload(folder, name, was, withdrawn)
        self.tell("Đổi sang bản mới", None, "")
        self.place.switch(name, was)
        self.tell("Soát bản vừa đăng", None, "")
        try:
            done.notes += self._verify(files, folder, release.commit)
        except ProblemsFound as error:
            self.tell("Trả lại bản trước", None, "")
            self.place.back(was)
            again = "Người đọc lại thấy bản trước." if was else "Người đọc chưa thấy gì, như trước."
            raise ProblemsFound([replace(one, message=f"{one.message} {again}") for one in error.problems]) from None
        self.tell("Bỏ các bản quá cũ", None, "")
        self.place.prune(self.keep, was)
        self.tell("", None, "")
        return done

    def roll_back(self, complete: Complete = lambda folder: None) -> Done:
        """Show the release again that was live before this one."""
        earlier, name = self.before.earlier, self.target.name
        if not earlier:
            told = f"Ở {name} không có bản nào trước bản đang đăng để quay về."
            raise refused(told, "Muốn đăng một commit cũ: `git switch --detach <commit>`, rồi chạy `make publish`.")
        self.tell("Lấy bản trước", None, "")
        site = self.room / "site"
        self.place.fetch(earlier, site)
        for kept in earlier.carried():
            shutil.rmtree(site / kept)
        if read_manifest(manifest_of(site)) != earlier.manifest:
            told = f"Bản trước ở {name} không còn nguyên như lúc đăng."
            raise refused(told, "Đăng lại từ git: `git switch --detach <commit>`, rồi chạy `make publish`.")
        return self.show(site, earlier.release, complete, (self.before.live_name, earlier.name))

    def _make(self, site: Path, release: Release, folder: Path, complete: Complete) -> Release:
        """Put a release together in `folder`: the site, what earlier releases leave for pages that are open, what makes
        it complete, the proof. Returns it as its proof tells it."""
        ignored = None if self.target.twins else shutil.ignore_patterns("*.gz")
        shutil.copytree(site, folder, ignore=ignored, copy_function=shutil.copyfile)
        kept = self._carry_over(folder)
        # For GitHub Pages: folders that begin with a dot or an underscore are files like others.
        write(folder / ".nojekyll", "")
        complete(folder)
        return write_proof(folder, release, kept)

    def _carry_over(self, folder: Path) -> list[str]:
        """Bring styles and scripts of the releases that stand there into a new one; returns their folders."""
        wanted = {name for one in self.before.all for name in one.assets() if not (folder / name).exists()}
        kept: list[str] = []
        # The live one has most of them, kept for the same reason.
        for one in reversed(self.before.all):
            there = wanted.intersection(one.assets() | one.carried())
            if there:
                self.place.fetch(one, folder, there)
            for name in sorted(there):
                found = {f"{name}/{file}": digest for file, digest in digests_in(folder / name).items()}
                # What somebody has changed there is not carried on.
                if not found or misnamed(found):
                    shutil.rmtree(folder / name, ignore_errors=True)
                else:
                    kept.append(name)
                    wanted.remove(name)
        return kept

    def _verify(self, files: dict[str, str], folder: Path, commit: str) -> list[str]:
        """See that the place shows what was sent, and, where there is a `url`, that readers get it there; returns what
        else is to be said. Raises `ProblemsFound` with what differs."""
        self.place.verify()
        if not self.url:
            return []
        from sdgbook.hosting.verify import Expected, Manners, Web, as_text, redirects_at, verify

        # What it has beside the site, and does not say of itself.
        own = {name: digest for name, digest in digests_in(folder / ".well-known").items() if "/" not in name}
        beside = {f".well-known/{name}": digest for name, digest in own.items()}
        if (folder / SBOM).exists():
            beside[SBOM] = digest_of_file(folder / SBOM)
        expected = Expected(files, redirects_at(self.root, commit), commit, beside)
        report = verify(Web(self.url, Manners(8, 0)), expected, connections=8)
        if report.status == 2 and not self.before.live_name:
            again = f"`sdgbook verify {self.url} --commit {commit[:10]}`"
            return [f"Chưa đọc được {self.url}: cài đặt máy chủ, rồi soát bằng {again}."]
        if report.status:
            told = " / ".join(line.strip() for line in as_text(report))[:600]
            raise refused(f"Ở {self.url} người đọc không thấy đúng bản vừa đăng: {told}", "Xem máy chủ ở đó.")
        return [f"Đã soát {self.url}: {report.right} tệp đúng."]


@contextmanager
def _room(root: Path) -> Iterator[Path]:
    """A folder to put a release together in; only one publishes from here at a time."""

    def busy() -> None:
        raise refused("Một lần đăng khác đang chạy từ thư mục này.", "Đợi nó xong rồi chạy lại.")

    folder = root / "_build" / "publishing"
    with alone_in(folder, busy):
        try:
            # What a killed one has left.
            shutil.rmtree(folder / "work", ignore_errors=True)
            (folder / "work").mkdir()
            yield folder / "work"
        finally:
            shutil.rmtree(folder / "work", ignore_errors=True)


def timed(tell: Tell) -> tuple[Tell, dict[str, float]]:
    """The same, and how long each step that is told takes."""
    seconds: dict[str, float] = {}
    at = [("", time.monotonic())]

    def telling(step: str, done: int | None, page: str) -> None:
        # The last one is ended by one without a name.
        if step or not page:
            name, began = at[0]
            if name:
                seconds[name] = seconds.get(name, 0) + time.monotonic() - began
            at[0] = (step, time.monotonic())
        tell(step, done, page)

    return telling, seconds


def _now() -> str:
    """The time, or the day that `SOURCE_DATE_EPOCH` tells."""
    day = told_day()
    now = datetime.datetime.combine(day, datetime.time(), datetime.UTC) if day else datetime.datetime.now(datetime.UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


# What stands against it


def check_ready(root: Path) -> str:
    """The commit that is checked out, when it can be published: with all that is on this machine written in it, and no
    draft among its editions. Raises `ProblemsFound`."""
    if git(root, "rev-parse", "--verify", "HEAD") is None:
        told = "Ở đây không có git, hoặc chưa ghi (commit) lần nào: chỉ đăng những gì git đã ghi."
        raise ProblemsFound([Problem(".git", None, None, told, "Lấy dự án bằng `git clone`.", kind="git")])
    changed = git(root, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames") or b""
    names = [entry[3:] for entry in changed.decode("utf-8", "replace").split("\0") if entry]
    told, remedy = "Tệp này có chỗ chưa ghi vào git.", "Ghi nó (git commit) hoặc bỏ chỗ sửa, rồi đăng."
    problems = [Problem(name, None, None, told, remedy, kind="git") for name in names[:FEW]]
    if len(names) > FEW:
        told = f"Còn {len(names) - FEW} tệp nữa chưa ghi vào git."
        problems.append(Problem(".git", None, None, told, "Xem `git status`.", kind="git"))
    if problems:
        raise ProblemsFound(problems)
    package = read_package(root, strict=False)
    for year in package.editions:
        edition = package.table("edition", year)
        if edition.rows and edition.rows[0]["status"] == "draft":
            told = f"Ấn bản {year} còn là bản nháp."
            remedy = (
                f'Điền cho đủ rồi nhận nó (`make adopt ARGS={year}`), bỏ nó (`make remove ARGS="edition {year}"`), '
                "hoặc đăng từ một nhánh không có nó."
            )
            problems.append(Problem(edition.file, 2, "status", told, remedy, kind="publish"))
    if problems:
        raise ProblemsFound(problems)
    return full_name(root, "HEAD")


def check_version(version: str, live: Standing | None) -> list[Problem]:
    """Whether the data to be published is as new as what is live."""
    if not live or _number(version) >= _number(live.release.data_version):
        return []
    told = f"Phiên bản dữ liệu ở đây là {version}, cũ hơn bản đang đăng ({live.release.data_version})."
    remedy = "Lấy bản mới nhất (`git pull`) rồi đăng. Muốn quay về bản đã đăng trước: thêm --rollback."
    return [Problem("data/datapackage.json", None, "version", told, remedy, kind="publish")]


def _number(version: str) -> list[int]:
    return [int(part) if part.isdigit() else -1 for part in version.split(".")]


def check_against(release: Release, files: dict[str, str], live: Standing | None) -> list[Problem]:
    """What readers would lose: frozen editions that are no longer as they are live, addresses that lead nowhere."""
    if not live:
        return []
    problems = []
    for year, digest in sorted(live.release.editions.items()):
        if release.editions.get(year) != digest:
            how = "khác với" if year in release.editions else "không còn, mà có ở"
            told = f"Ấn bản {year} đã chốt: bản dựng ở đây {how} bản đang đăng ở /{year}/."
            remedy = (
                f"Xem thẻ của nó: `git fetch --tags`, rồi `git log -1 edition-{year}`. Đúng thẻ mà vẫn khác thì xóa "
                "_build/editions và dựng lại; còn khác thì báo cho người phát triển."
            )
            problems.append(Problem(f"data/editions/{year}/edition.csv", None, None, told, remedy, kind="publish"))
    gone = [name for name in addresses(live.manifest) if name not in files]
    for name in gone[:FEW]:
        told = f"Địa chỉ /{name} đang có trên trang, mà bản mới không còn trả lời ở đó."
        remedy = (
            "Giữ lại trang hay tệp ấy, hoặc thêm một dòng vào data/reference/redirects.csv: địa chỉ cũ, địa chỉ mới."
        )
        problems.append(Problem(name, None, None, told, remedy, kind="publish"))
    if len(gone) > FEW:
        told = f"Còn {len(gone) - FEW} địa chỉ nữa mà bản mới không còn trả lời."
        problems.append(Problem("data/reference/redirects.csv", None, None, told, "Như trên.", kind="publish"))
    return problems


# What is told


def told_changes(root: Path, release: Release, files: dict[str, str], before: Standings) -> list[str]:
    """What changes for readers, line by line."""
    live = before.live
    data = f"commit {release.commit[:10]}, dữ liệu {release.data_version}"
    if not live:
        if before.live_name:
            return [
                f"Sẽ đăng {data}. Bản đang đăng không cho biết nó là gì, nên không kể được người đọc sẽ thấy gì khác."
            ]
        return [f"Sẽ đăng lần đầu: {data}, {sum(map(_is_page, files))} trang."]
    was = f"commit {live.release.commit[:10]}, dữ liệu {live.release.data_version}"
    lines = [f"Đang đăng: {was}, từ {live.release.published}.", f"Sẽ đăng: {data}."]
    old = live.manifest
    for kind, pages in (("trang", True), ("tệp khác", False)):
        there = [name for name in addresses({*old, *files}) if _is_page(name) == pages]
        new = [name for name in there if name not in old]
        changed = [name for name in there if name in old and name in files and files[name] != old[name]]
        gone = [name for name in there if name not in files]
        for what, names in (("mới", new), ("đổi", changed), ("không còn", gone)):
            if names:
                more = f" và {len(names) - FEW} {kind} nữa" if len(names) > FEW else ""
                lines.append(f"{len(names)} {kind} {what}: {', '.join(names[:FEW])}{more}.")
    if old == files:
        lines.append("Không trang nào và tệp nào đổi.")
    return lines + _told_by_commits(root, live.release.commit, release.commit)


def _is_page(name: str) -> bool:
    return name.endswith(".html")


def _told_by_commits(root: Path, old: str, new: str) -> list[str]:
    """What `sdgbook changes` says of two commits, in short; nothing where git does not know both here."""
    from sdgbook.edit.changes import changes

    if old == new or any(git(root, "cat-file", "-e", f"{one}^{{commit}}") is None for one in (old, new)):
        return []
    try:
        found, _ = changes(root, f"{old}..{new}")
    except ProblemsFound:
        return []
    return [found.verdict, f"Kể đủ: make changes ARGS={old[:10]}..{new[:10]}"]


# As readers see it


def address(root: Path, target: Target, url: str | None) -> str:
    """Where readers get what is published: as given, or as configured; "" where that cannot be asked at once."""
    if url is not None or not target.at_once:
        return url or ""
    try:
        told = read_yaml((root / "_config.yml").read_text(encoding="utf-8"))
        return told["sphinx"]["config"].get("html_baseurl") or ""
    except (OSError, LookupError, TypeError, AttributeError, ProblemsFound):
        return ""
