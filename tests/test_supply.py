"""What the site is made with: locks that name nothing but packages, licences that fit, a bill of materials that is the
commit's, and no word of safety where nobody could be asked."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import Distribution

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from helpers import ROOT, Project, digests, sdgbook

from sdgbook.data import ProblemsFound
from sdgbook.hosting import sbom, security_txt
from sdgbook.hosting.supply import audit, licences, locks, renewing

# Locks


def test_the_locks_name_packages_by_exact_version_and_hash_and_nothing_else():
    site, dev = (locks.lock_of(ROOT, name) for name in (locks.SITE, locks.DEV))
    assert len(site) > 50 and all(one.hashes for one in [*site, *dev])
    # What serves both is the same in both.
    assert {(one.name, one.version) for one in site} <= {(one.name, one.version) for one in dev}


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.org/simple",
        "--find-links /opt/goi",
        "jinja2 @ https://example.org/jinja2-3.1.6-py3-none-any.whl \\",
        "jinja2>=3.1 \\",
        "-e .",
        "jinja2==3.1.6",
        "    --hash=md5:0123456789abcdef0123456789abcdef",
    ],
)
def test_a_lock_with_a_host_a_range_or_no_hash_is_refused_with_its_line(line):
    text = (ROOT / locks.SITE).read_text(encoding="utf-8")
    with pytest.raises(ProblemsFound) as refused:
        locks.read_lock(text + line + "\n", locks.SITE)
    [problem] = refused.value.problems
    assert problem.line == text.count("\n") + 1 and problem.file == locks.SITE


# Licences


def test_every_package_and_every_file_of_others_has_a_licence_that_fits():
    rows, wrong = licences.check_licences(ROOT)
    assert [str(problem) for problem in wrong] == []
    assert {row.name for row in rows if row.needed_for == licences.SHIPPED} == {"minisearch", "noto-sans"}


@pytest.mark.parametrize(
    "licence, fits",
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("MIT AND (MPL-2.0 OR GPL-2.0-only)", True),
        ("LGPL-2.1-or-later", True),
        ("MIT AND GPL-3.0-or-later", False),
        ("(MIT AND GPL-2.0-only) OR AGPL-3.0-only", False),
        ("GPL-3.0-or-later", False),
        ("", False),
        ("Proprietary", False),
    ],
)
def test_a_licence_fits_when_one_of_each_choice_does(licence, fits):
    assert licences.is_allowed(licence) is fits


def package(place, name: str, *about: str, text: str = "") -> Distribution:
    folder = place / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *about, ""]))
    (folder / "LICENSE").write_text(text)
    (folder / "RECORD").write_text(f"{name}-1.0.dist-info/LICENSE,,{len(text)}\n")
    return Distribution.at(folder)


def test_what_a_package_says_is_read_and_what_is_not_clear_is_left_to_a_person(tmp_path):
    bsd = "Redistributions in binary form must … may be used to endorse or\n promote products"
    for about, text, licence in (
        (["License-Expression: MIT OR Apache-2.0"], "", "MIT OR Apache-2.0"),
        (["Classifier: License :: OSI Approved :: MIT License"], "", "MIT"),
        (["License: BSD", "Classifier: License :: OSI Approved :: BSD License"], bsd, "BSD-3-Clause"),
        (["License: BSD-2-Clause", "Classifier: License :: OSI Approved :: BSD License"], bsd, "BSD-2-Clause"),
        (["License: Apache 2.0"], "", "Apache-2.0"),
        # Two that do not say how they belong together.
        (["License: MIT", "Classifier: License :: OSI Approved :: Apache Software License"], "", ""),
        (["License: MIT", "Classifier: License :: OSI Approved :: GNU General Public License (GPL)"], "", ""),
        (["License: Our own words"], "", ""),
        ([], "", ""),
    ):
        found = licences.licence_of(package(tmp_path / str(len([*tmp_path.iterdir()])), "goi", *about, text=text))
        assert found[0] == licence, about
    # What a person has judged holds for just the words that were judged.
    about = "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)"
    found = licences.licence_of(package(tmp_path / "judged", "text-unidecode", about))
    assert licences.JUDGED["text-unidecode"] and found[0] == ""


def test_a_licence_that_does_not_fit_and_a_package_that_is_not_listed_are_told(project):
    table = project.read(licences.FILE)
    jinja = next(line for line in table.splitlines() if line.startswith("jinja2,"))
    for changed, told in (
        (table.replace(jinja, jinja.replace("BSD-3-Clause", "GPL-3.0-only")), "GPL-3.0-only"),
        (table.replace(jinja + "\n", ""), "jinja2 3.1.6 chưa có trong bảng"),
        (table + "cu-ky,1.0,dựng trang,MIT,MIT,,1\n", "cu-ky 1.0 thừa"),
    ):
        project.write(licences.FILE, changed)
        _, wrong = licences.check_licences(project.root)
        assert any(told in problem.message for problem in wrong), told
    done = sdgbook(project.root, "licences")
    assert done.returncode == 1 and "cu-ky 1.0 thừa" in done.stderr and "Traceback" not in done.stderr


# The bill of materials


def committed(project: Project) -> Project:
    """The project as one commit of a repository of its own."""
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.hooksPath=/dev/null"]
    env = {**os.environ, "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "gốc"]):
        subprocess.run(["git", *words], cwd=project.root, env=env, check=True)
    return project


def test_the_bill_of_materials_is_the_commits_and_valid_cyclonedx(project, tmp_path):
    root = committed(project).root
    text = sbom.write_sbom(root, tmp_path).read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    assert told["metadata"]["timestamp"] == "2026-01-02T03:04:05Z" and "serialNumber" not in told
    parts = {(one["name"], one.get("version")): one for one in told["components"]}
    wanted = {(one.name, one.version) for one in locks.lock_of(ROOT, locks.SITE)}
    assert wanted < parts.keys() and {name for name, _ in parts.keys() - wanted} == {"minisearch", "noto-sans"}
    assert all(one["licenses"] for one in told["components"])
    # What lies around uncommitted says nothing.
    project.write(locks.SITE, "")
    assert sbom.sbom(root) == text


# Known vulnerabilities


@contextlib.contextmanager
def osv(answer) -> Iterator[str]:
    """A small database in OSV's place; `answer(path, body)` gives a status and what it tells."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told = answer(self.path, json.loads(body) if body else None)
            raw = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = answer

        def log_message(self, *words):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def known(path: str, body):
    """Jinja2 has a vulnerability, told on the second page, and one that was taken back."""
    if body is None:
        name = path.rpartition("/")[2]
        told = {"id": name, "aliases": ["CVE-2099-1\x1b[31m"], "summary": "Chạy được mã lạ"}
        events = [{"introduced": "0"}, {"fixed": "99.1"}]
        affected = [{"package": {"name": "jinja2"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
        return 200, told | ({"withdrawn": "2099-01-01"} if name == "GHSA-b" else {"affected": affected})
    results = []
    for query in body["queries"]:
        if query["package"]["name"] != "jinja2":
            results.append({})
        elif "page_token" not in query:
            results.append({"vulns": [{"id": "GHSA-b"}], "next_page_token": "tiếp"})
        else:
            results.append({"vulns": [{"id": "GHSA-a"}]})
    return 200, {"results": results}


def audited(address: str, monkeypatch) -> subprocess.CompletedProcess[str]:
    monkeypatch.setenv("SDGBOOK_OSV", address)
    return sdgbook(ROOT, "audit")


def test_the_audit_ends_with_one_for_a_vulnerability_and_zero_for_none(monkeypatch):
    asked = []
    with osv(known) as address:
        done = audited(address, monkeypatch)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "GHSA-a" in done.stdout and "GHSA-b" not in done.stdout and "\x1b" not in done.stdout
        assert "sửa ở bản 99.1" in done.stdout and "--package jinja2" in done.stdout
    with osv(lambda path, body: (200, {"results": [asked.append(q) or {} for q in body["queries"]]})) as address:
        done = audited(address, monkeypatch)
        assert done.returncode == 0 and "Không có lỗ hổng nào" in done.stdout
    named = {(query["package"]["ecosystem"], query["package"]["name"], query["version"]) for query in asked}
    assert {("PyPI", one.name, one.version) for one in locks.lock_of(ROOT, locks.DEV)} <= named
    assert {"minisearch", "lighthouse"} <= {name for ecosystem, name, _ in named if ecosystem == "npm"}


def test_an_audit_that_could_not_ask_says_so_and_is_no_pass(monkeypatch):
    with osv(lambda *asked: (200, {})) as address:
        pass
    done = audited(address, monkeypatch)
    assert done.returncode == 2 and "Chưa kiểm tra được" in done.stderr and "KHÔNG có nghĩa" in done.stderr
    assert done.stdout == "" and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "answer",
    [
        lambda path, body: (503, b""),
        lambda path, body: (404, b""),
        lambda path, body: (200, b"<html>Xin dang nhap</html>"),
        lambda path, body: (200, {"results": []}),
        lambda path, body: (200, {"results": [{"vulns": [{}]}] * len(body["queries"])}),
        lambda path, body: (200, {"results": [{"next_page_token": "a"}] * len(body["queries"])}),
        lambda path, body: known(path, body) if body else (404, b""),
    ],
    ids=["broken", "not there", "a login page", "too few", "no names", "without end", "no details"],
)
def test_half_an_answer_is_no_answer(monkeypatch, answer):
    monkeypatch.setattr(audit.time, "sleep", lambda seconds: None)
    with osv(answer) as address, pytest.raises(audit.Unreachable):
        audit.audit([audit.Package("jinja2", "3.1.6", audit.PYPI, "")], address)


# Renewing


@pytest.fixture
def renewed(project, monkeypatch):
    """`renew` on a copy of the project, with a newer Jinja2 to be had and a trial that runs nothing; `fails` says which
    of its commands does not end well."""
    new = {name: project.read(name).replace("jinja2==3.1.6", "jinja2==99.1") for name in (locks.SITE, locks.DEV)}
    rows = licences.kept_licences(project.root)
    moved = [dataclasses.replace(row, version="99.1") if row.name == "jinja2" else row for row in rows]
    monkeypatch.setattr(renewing, "compile_locks", lambda root, place, words: new)
    monkeypatch.setattr(licences, "look_up", lambda root, site, dev: moved)
    built = []

    def run(folder, *command, more=None):
        if "site" in command:
            built.append(command)
            text = "khác" if run.fails == "same" and len(built) == 3 else str(command[0])
            (folder / "_build" / "html").mkdir(parents=True)
            (folder / "_build" / "html" / "index.html").write_text(text)
        elif run.fails and run.fails in command:
            raise renewing.Failed("    câu cuối của lệnh")
        run.commands.append(command)
        return ""

    run.fails, run.commands = "", []
    monkeypatch.setattr(renewing, "_run", run)
    run.project, run.new, run.rows = project, new, moved
    return run


def test_new_locks_take_the_old_ones_place_when_all_is_well_and_the_summary_says_what_moved(renewed):
    root = renewed.project.root
    before = digests(root, without=("_build",))
    found = renewing.renew(root, lambda words: None)
    assert {name: renewed.project.read(name) for name in renewed.new} == renewed.new
    assert ("jinja2", "99.1") in {(row.name, row.version) for row in licences.kept_licences(root)}
    after = digests(root, without=("_build",))
    assert {name for name in after if after[name] != before.get(name)} == {*renewed.new, licences.FILE}
    told = renewed.project.read(renewing.SUMMARY)
    assert told == found.told() and "✗" not in told
    assert "| jinja2 | 3.1.6 | 99.1 | dựng trang | BSD-3-Clause |" in told and "1 thư viện đổi" in told
    words = [" ".join(command) for command in renewed.commands]
    steps = ("bootstrap.py --dev", "sdgbook check", "make test")
    assert all(any(step in line for line in words) for step in steps) and "make test" in told


@pytest.mark.parametrize("fails", ["scripts/bootstrap.py", "check", "same", "test", "licence"])
def test_a_renewal_that_fails_changes_nothing_and_says_what_did(renewed, fails):
    root = renewed.project.root
    renewed.fails = fails
    if fails == "licence":
        at = next(n for n, row in enumerate(renewed.rows) if row.name == "jinja2")
        renewed.rows[at] = licences.Licensed("jinja2", "99.1", licences.SITE, "AGPL-3.0-only", "AGPL-3.0-only", "", "1")
    before = digests(root, without=("_build",))
    with pytest.raises(ProblemsFound):
        renewing.renew(root, lambda words: None)
    assert digests(root, without=("_build",)) == before
    told = renewed.project.read(renewing.SUMMARY)
    assert told.count("✗") == 1 and "giữ nguyên như cũ" in told


def test_a_lock_that_the_tool_made_with_a_host_in_it_is_refused(project, tmp_path, monkeypatch):
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\nfor file; do case "$file" in requirements*.txt) out="$file";; esac; done\n'
                  'echo "--index-url https://example.org/simple" > "$out"\n')  # fmt: skip
    uv.chmod(0o755)
    monkeypatch.setattr(renewing.uv, "program", lambda: str(uv))
    before = digests(project.root, without=("_build",))
    with pytest.raises(ProblemsFound) as refused:
        renewing.renew(project.root, lambda words: None)
    assert "--index-url" in str(refused.value) and digests(project.root, without=("_build",)) == before


# Whom to tell


def test_security_txt_names_who_is_configured_until_a_year_from_the_release(project, tmp_path):
    published = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    file = tmp_path / security_txt.FILE
    assert security_txt.write_security_txt(project.root, tmp_path, published) is None and not file.exists()
    text = project.read("_config.yml")
    for line, value in (
        ("sdgbook_email", "an-ninh@example.org"),
        ("sdgbook_repository", "https://github.com/owner/name"),
        ("html_baseurl", "https://example.org/bao-cao/"),
    ):
        text = text.replace(f'{line}: ""', f'{line}: "{value}"')
    project.write("_config.yml", text)
    assert security_txt.write_security_txt(project.root, tmp_path, published) == file
    told = [line.split(": ", 1) for line in file.read_text(encoding="utf-8").splitlines()]
    assert told == [
        ["Contact", "mailto:an-ninh@example.org"],
        ["Contact", "https://github.com/owner/name/security/advisories/new"],
        ["Expires", "2027-01-02T03:04:05Z"],
        ["Preferred-Languages", "vi, en"],
        ["Canonical", "https://example.org/bao-cao/.well-known/security.txt"],
        ["Policy", "https://github.com/owner/name/blob/main/SECURITY.md"],
    ]
