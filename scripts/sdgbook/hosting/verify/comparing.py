"""The comparison itself: each file that is expected, what is there besides, headers, redirects, the page for errors."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree, html

from sdgbook.hosting import proof
from sdgbook.hosting.servers.headers import FOR_ALL, FOR_DOCUMENTS, headers_for
from sdgbook.hosting.servers.moved import moved
from sdgbook.hosting.verify.reading import Answer, CannotDecode, CannotRead, Reader
from sdgbook.hosting.verify.remembered import Remembered
from sdgbook.hosting.verify.report import Finding, Report
from sdgbook.publish.finish import COMPRESSED

# What hosts with rules of ours send (`_headers`), what only servers do that are set up with all of them.
POLICY, OWN = "content-security-policy", "cross-origin-resource-policy"
TYPE = "Content-Type"
META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="[^"]+">', re.IGNORECASE)
# Editions that were frozen are as they were then.
FROZEN = re.compile(r"\d{4}/")
# What a search engine would look at, though no page leads there.
USUAL = ("sitemap.xml", "robots.txt")
# How many addresses that are no part of the commit are followed.
MOST_FOLLOWED = 300
CODINGS = ("gzip", "br")


@dataclass(frozen=True)
class Expected:
    """What a site should be: SHA-256 of its `files`, where its `redirects` lead (paths from the site's folder), the
    `commit`, and SHA-256 of what a release has `beside` the site and the commit decides."""

    files: Mapping[str, str]
    redirects: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Looked:
    """What was seen of one file: what is wrong, apart from headers; headers that are wrong, by name; types that a
    browser would take for others; what of ours the host `sends`; whether the page `has_policy` itself; tags to know it
    by, whether it was known by them; the content of a page that is wrong."""

    findings: list[Finding] = field(default_factory=list)
    headers: list[tuple[str, Finding]] = field(default_factory=list)
    types: list[Finding] = field(default_factory=list)
    sends: set[str] = field(default_factory=set)
    has_policy: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    is_same: bool = False
    content: bytes = b""


def verify(
    reader: Reader,
    expected: Expected | Mapping[str, str] | None = None,
    tell: Callable[[int, int, str], None] = lambda done, all_of_them, file: None,
    memory: Path | None = None,
    connections: int = 4,
    needs_headers: bool = False,
) -> Report:
    """Compare a site with what is `expected` of it; a mapping or None: with its own manifest, and these redirects.

    `tell` is called with the number of files looked at, of all files, and the file's name. `memory`: a folder for what
    an interrupted comparison need not fetch again. `needs_headers`: a host that sends none of our headers is wrong too;
    else that is noted once, and pages must carry the policy themselves.
    """
    approved = expected if isinstance(expected, Expected) else None
    report = Report(reader.address, approved.commit if approved else "")
    try:
        told, kept = _told(reader, report, approved)
    except CannotRead as error:
        report.unread.append(("", str(error)))
        return report
    if approved is None and told is None:
        return report
    expected = approved or Expected(told, expected or {})
    report.manifest = hashlib.sha256(proof.listed(expected.files).encode()).hexdigest()
    report.files = len(expected.files)
    # What the site says of itself never goes before what is expected.
    names = {**kept, **expected.beside, **expected.files}
    remembered = Remembered.of(memory, reader.address, report.manifest)
    ways = {old.removeprefix("/"): urljoin(reader.address, new[1:]) for old, new in moved(expected.redirects).items()}
    look = _Look(reader, names, remembered, ways)
    looked = _all(reader, names, look, tell, remembered, connections, report)
    is_ours = reader.is_web and _judge_headers(looked, report, needs_headers)
    known = {*names, *(name.removesuffix("index.html") for name in names), *ways}
    try:
        if reader.is_web:
            is_lost = _look_for_nothing(reader, expected, report)
            # Elsewhere the pages that the build has made at old addresses lead on.
            for old in ways if is_ours else ():
                _look_at_redirect(reader, old, ways[old], expected, report)
            _follow(reader, looked, known, report, is_lost)
    except CannotRead as error:
        report.unread.append(("", str(error)))
    _look_for_others(reader, expected, told or {}, names, report)
    wrong = {found.file for found in report.findings} | {name for name, _ in report.unread}
    wrong |= {f"{address}index.html" for address in wrong if not address or address.endswith("/")}
    report.right = sum(name not in wrong for name in expected.files)
    return report


def _told(reader: Reader, report: Report, expected: Expected | None) -> tuple[dict[str, str] | None, dict[str, str]]:
    """What the site tells of itself: its manifest (None: nothing that can be read) and the files that it has kept of
    earlier releases. What is wrong with that is put into the report."""
    texts = {}
    for name in (proof.RELEASE, proof.MANIFEST, proof.KEPT):
        try:
            answer = reader.read(name)
        except CannotDecode:
            answer = Answer(0)
        if answer.status == 200:
            texts[name] = answer.content.decode("utf-8", "replace")
        else:
            report.findings.append(Finding("proof", name, "không có"))
    told, kept = None, {}
    try:
        if proof.MANIFEST in texts:
            told = proof.read_manifest(texts[proof.MANIFEST])
        if proof.KEPT in texts:
            kept = proof.read_manifest(texts[proof.KEPT])
    except ValueError:
        name = proof.KEPT if told is not None else proof.MANIFEST
        report.findings.append(Finding("proof", name, "không phải là danh sách như sha256sum viết"))
    report.findings += [Finding("kept", folder) for folder in proof.misnamed(kept)]
    if proof.RELEASE in texts:
        _look_at_release(texts, report, expected)
    if expected and told is not None and told != dict(expected.files):
        count = len(dict(told.items() ^ expected.files.items()))
        report.findings.append(Finding("proof", proof.MANIFEST, f"khác danh sách của commit ở {count} tệp"))
    return told, kept


def _look_at_release(texts: dict[str, str], report: Report, expected: Expected | None) -> None:
    try:
        release = proof.Release.read(texts[proof.RELEASE])
    except ValueError:
        report.findings.append(Finding("proof", proof.RELEASE, "không đọc được"))
        return
    report.commit, report.data_version, report.published = release.commit, release.data_version, release.published
    if expected and expected.commit and release.commit != expected.commit:
        report.findings.append(Finding("commit", "", f"release.json ghi {release.commit}"))
    text = texts.get(proof.MANIFEST)
    if text is not None and hashlib.sha256(text.encode()).hexdigest() != release.manifest:
        report.findings.append(Finding("proof", proof.RELEASE, "ghi mã của một manifest.txt khác"))


class _Look:
    """Looks at one file after another; several at a time are looked at in threads."""

    def __init__(self, reader: Reader, names: Mapping[str, str], remembered: Remembered, ways: Mapping[str, str]):
        self.reader, self.names, self.remembered, self.ways = reader, names, remembered, ways
        self.named: dict[str, str] = {}
        for name, digest in names.items():
            self.named.setdefault(digest, name)
        self.https = reader.address.startswith("https:")

    def __call__(self, name: str) -> _Looked:
        """What there is to say of a file: itself, the address of its folder, what readers get compressed."""
        looked = _Looked()
        codings = ("", *CODINGS) if name.endswith(COMPRESSED) else ("",)
        for coding in codings:
            self._look(name, name, coding, looked)
            if looked.findings:
                break
        # Readers ask for “/”, not for “/index.html”.
        if name.rpartition("/")[2] == "index.html" and not looked.findings and self.reader.is_web:
            self._look(name.removesuffix("index.html"), name, CODINGS[-1], looked)
        if not looked.findings and not looked.headers:
            self.remembered.add(name, looked.tags)
        return looked

    def _look(self, address: str, name: str, coding: str, looked: _Looked) -> None:
        known = self.remembered.tag(name, coding) if address == name else ""
        way = self.ways.get(address)
        try:
            answer = self.reader.read(address, coding, known, follow=way is None)
        except CannotDecode:
            looked.findings.append(Finding("twin", address, f"bản {coding} không giải nén được"))
            return
        if answer.is_same and known:
            looked.tags[coding] = known
            looked.is_same = True
            return
        if way is not None and answer.location == way:
            # The page at an old address is for hosts that know no redirects.
            return
        if coding and not self.reader.is_web and answer.status == 404:
            return
        if found := self._wrong(address, name, coding, answer):
            looked.findings.append(found)
            looked.content = answer.content if address.endswith((".html", "/")) or not address else b""
            return
        if self.reader.is_web:
            wanted = headers_for(name, https=self.https)
            looked.headers += _wrong_headers(address, wanted, answer)
            looked.types += _wrong_type(address, wanted, answer)
            looked.sends |= {name for name in (POLICY, OWN) if name in answer.headers}
        if name.endswith(".html") and not FROZEN.match(name):
            looked.has_policy = META.search(answer.content.decode("utf-8", "replace")) is not None
        if address == name:
            looked.tags[coding] = answer.tag

    def _wrong(self, address: str, name: str, coding: str, answer: Answer) -> Finding | None:
        if answer.location:
            return Finding("changed", address, f"dẫn sang {answer.location}")
        # The page for addresses that lead nowhere may be sent as what it is.
        if answer.status != 200 and (name, answer.status) != ("404.html", 404):
            return Finding("missing", address, f"máy chủ trả lời {answer.status}" if self.reader.is_web else "")
        digest = hashlib.sha256(answer.content).hexdigest()
        if digest == self.names[name]:
            return None
        if digest in self.named:
            return Finding("swapped", address, self.named[digest])
        if coding and address == name:
            # The file itself, looked at before, was right.
            return Finding("twin", address, f"bản {coding}")
        return Finding("changed", address)


def _wrong_headers(address: str, wanted: Mapping[str, str], answer: Answer) -> Iterator[tuple[str, Finding]]:
    for name, value in wanted.items():
        sent = answer.headers.get(name.lower())
        if sent != value:
            says = f"{name}: {'không có' if sent is None else sent} (phải là: {value})"
            yield name, Finding("header", address, says)


def _wrong_type(address: str, wanted: Mapping[str, str], answer: Answer) -> Iterator[Finding]:
    """What is wrong even where a host has headers of its own: a page, style, script or drawing that is called something
    else."""
    type_, _, more = wanted.get(TYPE, "").partition(";")
    sent, _, told = answer.headers.get(TYPE.lower(), "").partition(";")
    # Its old name is right as well: https://www.rfc-editor.org/rfc/rfc9239
    sent = sent.strip().lower().replace("application/javascript", "text/javascript")
    wrong = sent != type_ or (type_ == "text/html" and "utf-8" not in told.lower())
    if wrong and type_ in ("text/html", "text/css", "text/javascript", "image/svg+xml"):
        yield Finding("header", address, f"{TYPE}: {answer.headers.get(TYPE.lower())} (phải là: {type_};{more})")


def _all(
    reader: Reader,
    names: Iterable[str],
    look: Callable[[str], _Looked],
    tell: Callable[[int, int, str], None],
    remembered: Remembered,
    connections: int,
    report: Report,
) -> dict[str, _Looked]:
    """What was seen of each file, several at a time; an interruption leaves what was found to be right behind."""
    looked: dict[str, _Looked] = {}
    names = list(names)
    with ThreadPoolExecutor(connections) as threads:
        tasks = {threads.submit(look, name): name for name in names}
        try:
            for count, task in enumerate(as_completed(tasks), 1):
                name = tasks[task]
                tell(count, len(names), name)
                try:
                    looked[name] = task.result()
                except CannotRead as error:
                    report.unread.append((name, str(error)))
        except BaseException:
            reader.stop()
            threads.shutdown(wait=False, cancel_futures=True)
            remembered.save()
            raise
    # What could not be looked at may be told the next time.
    remembered.save() if report.unread else remembered.forget()
    looked = {name: looked[name] for name in names if name in looked}
    report.unread.sort()
    for one in looked.values():
        report.findings += one.findings
    return looked


def _judge_headers(looked: Mapping[str, _Looked], report: Report, needed: bool) -> bool:
    """Put wrong headers into the report: all, on a server that is set up with ours, which is what is returned; else
    what must be right even without."""
    fresh = {name: one for name, one in looked.items() if not one.is_same}
    sent = set().union(*(one.sends for one in fresh.values()))
    if needed or OWN in sent or not fresh:
        report.findings += dict.fromkeys(found for one in fresh.values() for _, found in one.headers)
        return True
    report.findings += dict.fromkeys(found for one in fresh.values() for found in one.types)
    if POLICY in sent:
        rules = {*FOR_ALL, *FOR_DOCUMENTS}
        told = "Nơi đăng này chỉ gửi những tiêu đề HTTP mà tệp _headers đặt được: chỉ xét các tiêu đề an toàn."
        report.findings += dict.fromkeys(
            found for one in fresh.values() for name, found in one.headers if name in rules
        )
    else:
        told = (
            "Nơi đăng này không gửi tiêu đề HTTP nào của ta (nhiều nơi không cho đặt tiêu đề): chỉ xét quy định an "
            "toàn mà từng trang tự mang theo."
        )
        report.findings += [
            Finding("header", name, "không có, và trang cũng không tự mang Content-Security-Policy")
            for name, one in fresh.items()
            if not one.has_policy
        ]
    report.notes.append(f"{told} Máy chủ của mình thì thêm --headers, để thiếu tiêu đề cũng là sai.")
    return False


def _look_for_nothing(reader: Reader, expected: Expected, report: Report) -> bool:
    """Whether an address that nobody knows is answered as one, with our page for it; else that is put into the
    report."""
    name = f"khong-co-{secrets.token_hex(8)}.html"
    try:
        answer = reader.read(name)
    except CannotDecode:
        answer = Answer(0)
    if answer.status != 404:
        report.findings.append(Finding("lost", name, f"máy chủ trả lời {answer.status}, đáng lẽ là 404"))
    elif "404.html" in expected.files and hashlib.sha256(answer.content).hexdigest() != expected.files["404.html"]:
        report.findings.append(Finding("lost", name, "trang hiện ra không phải là 404.html"))
    return answer.status == 404


def _look_at_redirect(reader: Reader, old: str, new: str, expected: Expected, report: Report) -> None:
    answer = reader.read(old, follow=False)
    if answer.status == 200 and hashlib.sha256(answer.content).hexdigest() == expected.files.get(old):
        # The page at the old address leads on as well, where the server's configuration is not of today.
        return
    if answer.status not in (301, 308) or answer.location != new:
        told = f"dẫn đến {answer.location}" if answer.location else f"máy chủ trả lời {answer.status}"
        report.findings.append(Finding("redirect", old, f"{told} (phải dẫn đến {new})"))


def _follow(reader: Reader, looked: Mapping[str, _Looked], known: set[str], report: Report, is_lost: bool) -> None:
    """Look where changed pages and the site's map lead: whatever answers there is no part of the commit.

    Pages that are as approved lead nowhere else: the build has made sure of that.
    """
    if not is_lost:
        # A host that answers whatever it is asked would have everything.
        return
    asked = deque(name for name in USUAL if name not in known)
    for name, one in looked.items():
        asked += _links(reader.address, name, one.content)
    seen = set(known)
    while asked and len(seen) - len(known) < MOST_FOLLOWED:
        name = asked.popleft()
        if name in seen or name.startswith(f"{proof.FOLDER}/"):
            continue
        seen.add(name)
        try:
            answer = reader.read(name)
        except CannotDecode:
            answer = Answer(200)
        if answer.status == 200:
            report.findings.append(Finding("extra", name, "có người đọc đến được"))
            asked += _links(reader.address, name, answer.content)


def _links(site: str, name: str, content: bytes) -> list[str]:
    """Where a page or a map leads, within the site."""
    if not content.strip():
        return []
    try:
        if name.endswith(".xml"):
            found = re.findall(r"<loc>\s*([^<\s]+)\s*</loc>", content.decode("utf-8", "replace"))
        else:
            parser = html.HTMLParser(encoding="utf-8")
            found = html.fromstring(content, parser=parser).xpath("//@href | //@src")
        addresses = [urlsplit(urljoin(site + name, link)) for link in found]
    except (ValueError, etree.LxmlError):
        return []
    own = urlsplit(site)
    return [
        unquote(parts.path).removeprefix(own.path)
        for parts in addresses
        if parts.netloc == own.netloc and unquote(parts.path).startswith(own.path)
    ]


def _look_for_others(
    reader: Reader, expected: Expected, told: Mapping[str, str], names: Mapping[str, str], report: Report
) -> None:
    """What the site lists, or has on disk, and should not have."""
    listed = {name for name in told if name not in expected.files}
    report.findings += [Finding("extra", name, "có trong danh sách của trang đăng") for name in sorted(listed)]
    own = {*proof.TOLD, *names}
    for name in reader.others():
        base = next((name.removesuffix(end) for end in proof.TWINS if name.endswith(end)), name)
        if base not in own and name not in proof.FOR_HOSTS and name not in listed:
            report.findings.append(Finding("extra", name, "có trên đĩa"))
