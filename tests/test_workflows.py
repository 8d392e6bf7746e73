"""What GitHub runs and shows: valid, with no more rights than needed, and safe from what foreign changes leave behind.

The steps are run here as they are written, with a small server in GitHub's place.
"""

from __future__ import annotations

import importlib.resources
import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest
import yaml
from helpers import ROOT, Project

from sdgbook.site import forge

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


def load(path: Path) -> dict:
    # YAML 1.1 takes the key `on` for true; GitHub does not.
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in told.items()}


def schema(name: str) -> dict:
    """A schema that GitHub's files are described by, as the package `check-jsonschema` brings it."""
    place = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{name}.json"
    return json.loads(place.read_text(encoding="utf-8"))


def steps() -> list[tuple[str, str, dict]]:
    """Workflow, job and step of every step."""
    return [
        (path.name, name, step)
        for path in WORKFLOWS
        for name, job in load(path)["jobs"].items()
        for step in job["steps"]
    ]


@pytest.mark.parametrize(
    "path, name",
    [
        *((path, "github-workflows") for path in WORKFLOWS),
        *((path, "github-issue-forms") for path in FORMS),
        (GITHUB / "ISSUE_TEMPLATE" / "config.yml", "github-issue-config"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else value,
)
def test_what_github_reads_is_as_its_schema_wants(path, name):
    kind = jsonschema.validators.validator_for(schema(name))
    problems = [f"{error.json_path}: {error.message}" for error in kind(schema(name)).iter_errors(load(path))]
    assert not problems


def test_forms_have_labels_that_exist_and_fields_that_are_told_apart():
    known = {label["name"]: label for label in yaml.safe_load((GITHUB / "labels.yml").read_text(encoding="utf-8"))}
    assert len(known) > 3
    for label in known.values():
        assert set(label) == {"name", "color", "description"} and re.fullmatch("[0-9a-f]{6}", label["color"])
        # What GitHub takes at most.
        assert len(label["name"]) <= 50 and len(label["description"]) <= 100
    for path in FORMS:
        form = load(path)
        assert form["labels"] and set(form["labels"]) <= known.keys(), path.name
        fields = [part for part in form["body"] if part["type"] != "markdown"]
        ids, words = [part["id"] for part in fields], [part["attributes"]["label"] for part in fields]
        assert len(set(ids)) == len(ids) and len(set(words)) == len(words) and fields


def test_the_form_for_errors_has_the_fields_that_pages_fill_in():
    fields = {
        part["id"]: part["attributes"]["label"] for part in load(GITHUB / "ISSUE_TEMPLATE" / forge.FORM)["body"][1:]
    }
    assert forge.FIELDS.items() <= fields.items()


# What may start a workflow. `pull_request_target` is not among it: it lends the repository's key to foreign code.
TRIGGERS = {"pull_request", "push", "schedule", "workflow_dispatch", "workflow_run"}
# Every right to do more than read, by workflow and job.
RIGHTS = {
    ("comment.yml", "comment", "pull-requests"): "write",
    ("pages.yml", "deploy", "pages"): "write",
    ("pages.yml", "deploy", "id-token"): "write",
}


def test_actions_are_pinned_by_commit_and_those_that_are_not_are_listed():
    pinned: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := re.match(r"\s*(?:- )?uses: (.*)", line):
                by_commit = re.fullmatch(r"(actions/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", match[1])
                assert by_commit or match[1].split(" ")[0] in listed_by_tag(), f"{path.name}: {match[1]}"
                if by_commit:
                    pinned.setdefault(by_commit[1], set()).add(by_commit[2])
    assert "actions/checkout" in pinned
    # One version of each, so that a new one is looked at once.
    assert all(len(versions) == 1 for versions in pinned.values()), pinned


def listed_by_tag() -> list[str]:
    """The actions that SECURITY.md admits to be pinned by tag."""
    told = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    return re.findall(r"actions/[\w-]+@v[\d.]+", told.partition("by tag")[2])


def test_no_workflow_has_a_right_that_it_does_not_need_and_foreign_words_reach_no_script():
    found = {}
    for path in WORKFLOWS:
        told = load(path)
        assert set(told["on"]) <= TRIGGERS, path.name
        assert told["permissions"] in ({}, {"contents": "read"}), f"{path.name}: rights for all jobs"
        assert "secrets." not in path.read_text(encoding="utf-8") and "inherit" not in path.read_text(encoding="utf-8")
        for name, job in told["jobs"].items():
            for right, level in (job.get("permissions") or {}).items():
                if level != "read":
                    found[path.name, name, right] = level
            # A pull request's own code runs with nothing but the right to read.
            assert "pull_request" not in told["on"] or "permissions" not in job
    assert found == RIGHTS
    for workflow, job, step in steps():
        # What others choose (titles, names of branches) never becomes part of a script.
        assert "${{" not in step.get("run", ""), f"{workflow}, {job}: {step.get('name')}"
        for value in map(str, step.get("env", {}).values()):
            allowed = r"\$\{\{ github\.(token|event\.pull_request\.base\.sha) \}\}"
            assert "${{" not in value or re.fullmatch(allowed, value), f"{workflow}, {job}: {value}"
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, f"{workflow}, {job}"
    # Beside the right to publish, nothing runs but the action that publishes.
    deploy = load(GITHUB / "workflows" / "pages.yml")["jobs"]["deploy"]
    assert [step.get("uses", "").partition("@")[0] for step in deploy["steps"]] == ["actions/deploy-pages"]


@pytest.mark.parametrize("configured", ["", "https://example.org/bao-cao/"])
def test_the_weekly_look_at_the_published_site_asks_for_the_configured_address(tmp_path, configured):
    text = (ROOT / "_config.yml").read_text(encoding="utf-8")
    text = re.sub(r'html_baseurl: "[^"]*"', f'html_baseurl: "{configured}"', text)
    (tmp_path / "_config.yml").write_text(text, encoding="utf-8")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@" > asked\n', encoding="utf-8")
    python.chmod(0o755)
    step = load(GITHUB / "workflows" / "weekly.yml")["jobs"]["site"]["steps"][-1]
    env = {**os.environ, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=env, check=True, capture_output=True)
    if configured:
        assert (tmp_path / "asked").read_text(encoding="utf-8").split()[2:] == ["verify", configured]
    else:
        assert not (tmp_path / "asked").exists() and "chưa có gì để so" in (tmp_path / "summary.md").read_text("utf-8")


def test_the_weekly_look_at_packages_tells_what_it_found_and_fails_when_the_audit_does(tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$3: lời"\n[ "$3" = licences ] || exit 2\n', encoding="utf-8")
    python.chmod(0o755)
    summary = tmp_path / "summary.md"
    (tmp_path / "_build" / "renewal").mkdir(parents=True)
    (tmp_path / "_build" / "renewal" / "thu-vien.md").write_text("bản kể\n", encoding="utf-8")
    ended = {}
    for step in load(GITHUB / "workflows" / "weekly.yml")["jobs"]["packages"]["steps"]:
        if ".venv" in step.get("run", ""):
            env = {**os.environ, "GITHUB_STEP_SUMMARY": str(summary)}
            shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            ended[step["name"]] = subprocess.run(shell, cwd=tmp_path, env=env, capture_output=True).returncode
    assert ended == {"Lỗ hổng đã biết": 2, "Giấy phép": 0, "Làm mới khóa, thử, kể": 2}
    told = summary.read_text(encoding="utf-8")
    assert "audit: lời" in told and told.count("```") == 2 and told.endswith("bản kể\n")


def test_beside_the_key_only_the_main_branch_own_script_runs():
    comment = load(GITHUB / "workflows" / "comment.yml")
    assert comment["on"] == {
        "workflow_run": {"workflows": [load(GITHUB / "workflows" / "check.yml")["name"]], "types": ["completed"]}
    }
    [job] = comment["jobs"].values()
    checkout, write = job["steps"]
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"
    assert checkout["with"]["persist-credentials"] is False
    assert write["run"].strip() == "python3 -I .github/comment.py" and set(write["env"]) == {"GITHUB_TOKEN"}
    uses = [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]
    assert uses == ["actions/checkout"]


# The unprivileged side


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """A change, and what the steps of check.yml make of it: the folder of the runner's own files."""
    place = tmp_path_factory.mktemp("máy chạy")
    project = Project.copy(place)

    def git(*words: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.hooksPath=/dev/null")
        return subprocess.run(
            ["git", *who, *words], cwd=project.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "gốc")
    base = git("rev-parse", "HEAD")
    project.edit("observations", "policy-loans", "obs_value", "87440")
    git("commit", "-q", "-a", "-m", "sửa")
    # `make` and the environment's Python as on the runner, but that the site is one page: building it takes a minute.
    tools = place / "bin"
    tools.mkdir()
    python = project.root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    for file, text in {
        python: f'''#!/bin/bash
if [ "$*" = "-m sdgbook site" ]; then
    mkdir -p _build/html && grep -h ^policy-loans data/editions/*/observations.csv > _build/html/index.html; exit
fi
[ "$3" != check ] || {{ shift 3; echo "check $*" >> "{place}/asked"; exit; }}
exec "{sys.executable}" "$@"
''',
        tools / "make": f'''#!/bin/bash
echo "make $*" >> "{place}/asked"
[ "$1" != site ] || exec .venv/bin/python -m sdgbook site
''',
        tools / "sudo": "#!/bin/bash\n",
    }.items():
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
    temp = place / "tạm"
    temp.mkdir()
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GIT_"))},
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONUTF8": "1",
        "RUNNER_TEMP": str(temp),
        "GITHUB_WORKSPACE": str(project.root),
        "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
    }
    for step in load(GITHUB / "workflows" / "check.yml")["jobs"]["check"]["steps"]:
        if "run" not in step or step.get("if") == "failure()":
            continue
        asked = {
            name: value.replace("${{ github.event.pull_request.base.sha }}", base)
            for name, value in step.get("env", {}).items()
        }
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"] if step.get("shell") == "bash" else ["bash", "-e"]
        script = place / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        done = subprocess.run([*shell, script], cwd=project.root, env={**env, **asked}, capture_output=True, text=True)
        assert done.returncode == 0, f"{step['name']}: {done.stdout}{done.stderr}"
    return place


def test_the_steps_of_the_check_leave_behind_what_the_comment_and_the_artifacts_need(checked):
    left = {path.name for path in (checked / "tạm" / "thay-doi").iterdir()}
    assert {"thay-doi.md", "thay-doi.html", "thay-doi.json"} <= left
    told = (checked / "tạm" / "thay-doi" / "thay-doi.md").read_text(encoding="utf-8")
    assert "87.440" in told and (checked / "summary.md").read_text(encoding="utf-8") == told
    # Both sites were there: pages are those whose bytes differ.
    assert json.loads((checked / "tạm" / "thay-doi" / "thay-doi.json").read_text("utf-8"))["touched"] == ["index"]
    asked = (checked / "asked").read_text(encoding="utf-8").splitlines()
    assert asked[0] == "make site ARGS=--confined" and "check --format github" in asked and asked[-1] == "make test"
    assert any(line.startswith("make shots ARGS=--changed ") for line in asked)


# The side with the key

SHA = "a" * 40
# In KiB: enough for what is allowed, not for what a small archive can unpack to.
MEMORY = 200_000
RUN = {
    "id": 7,
    "event": "pull_request",
    "conclusion": "success",
    "head_sha": SHA,
    "head_branch": "sua-so",
    "head_repository": {"full_name": "nguoi-la/bao-cao", "owner": {"login": "nguoi-la"}},
    # GitHub leaves this empty for forks; nothing may rest on it.
    "pull_requests": [{"number": 666}],
}


def zipped(files: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


class GitHub:
    """What the script may ask of GitHub; everything that it asked is in `asked`."""

    def __init__(
        self, packed: bytes | None = None, comments: list[dict] | None = None, sha: str = SHA, size: int = 1000
    ):
        self.packed, self.comments, self.sha, self.size = packed, comments or [], sha, size
        self.asked: list[tuple[str, str, str | None]] = []
        self.written: list[tuple[str, str, str]] = []

    def __enter__(self) -> GitHub:
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                status, headers, body = ours.answer(self, self.rfile.read(length))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = answer

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        path, port = urlsplit(request.path), self.server.server_port
        self.asked.append((request.command, request.path, request.headers.get("Authorization")))
        if request.command != "GET":
            self.written.append((request.command, path.path, json.loads(body)["body"]))
            return 200, {}, b"{}"
        if path.path == "/kho/tep":
            return 200, {}, self.packed
        if path.path.endswith("/zip"):
            # GitHub stores files on another host.
            return 302, {"Location": f"http://localhost:{port}/kho/tep"}, b""
        if path.path.endswith("/pulls"):
            assert parse_qs(path.query)["head"] == ["nguoi-la:sua-so"]
            base = {"repo": {"full_name": "so/bao-cao"}}
            told: object = [{"number": 12, "head": {"sha": self.sha}, "base": base}]
        elif path.path.endswith("/artifacts"):
            one = {"id": 9, "name": "ban-ke", "expired": False, "size_in_bytes": self.size}
            told = {"artifacts": [one] if self.packed is not None else []}
        else:
            page = int(parse_qs(path.query)["page"][0])
            told = self.comments[100 * (page - 1) : 100 * page]
        return 200, {}, json.dumps(told).encode()


def run_comment(github: GitHub, tmp_path: Path, **changed) -> subprocess.CompletedProcess[str]:
    """Run the step of comment.yml as it is written."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"workflow_run": {**RUN, **changed}}), encoding="utf-8")
    [job] = load(GITHUB / "workflows" / "comment.yml")["jobs"].values()
    env = {
        "PATH": os.environ["PATH"],
        "GITHUB_API_URL": f"http://127.0.0.1:{github.server.server_port}",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "so/bao-cao",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_TOKEN": "khoa-bi-mat",
    }
    return subprocess.run(
        ["bash", "-e", "-c", f"ulimit -v {MEMORY}; {job['steps'][-1]['run']}"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )


def test_the_comment_is_posted_once_and_then_kept_up_to_date(tmp_path, checked):
    packed = zipped({"thay-doi.md": (checked / "tạm" / "thay-doi" / "thay-doi.md").read_bytes()})
    with GitHub(packed) as github:
        done = run_comment(github, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        [(method, path, body)] = github.written
        assert (method, path) == ("POST", "/repos/so/bao-cao/issues/12/comments")
        assert "87.440" in body and "https://github.com/so/bao-cao/actions/runs/7" in body
        assert "khoa-bi-mat" not in body + done.stdout + done.stderr
        # The key goes to GitHub only, not to where files are stored.
        assert {path: key for _, path, key in github.asked}["/kho/tep"] is None
    others = [{"id": n, "user": {"login": "ai-do"}, "body": body} for n in range(100)]
    mine = {"id": 500, "user": {"login": "github-actions[bot]"}, "body": body}
    with GitHub(packed, [*others, mine]) as github:
        assert run_comment(github, tmp_path, conclusion="failure").returncode == 0
        [(method, path, body)] = github.written
        assert (method, path) == ("PATCH", "/repos/so/bao-cao/issues/comments/500")
        assert "chưa đạt" in body


def test_what_the_telling_itself_writes_comes_through_unharmed(tmp_path, checked):
    told = (checked / "tạm" / "thay-doi" / "thay-doi.md").read_text(encoding="utf-8")
    with GitHub(zipped({"thay-doi.md": told})) as github:
        run_comment(github, tmp_path)
        [(_, _, body)] = github.written
    assert body.endswith(told.strip())


HOSTILE = {
    "someone called": "@maintainers xem; (@ai) _a_@ai `x`@ai ế@ai \\@ai",
    "a link": "[bấm](https://example.org) ![ảnh](//example.org/x.png) [a]: https://example.org [a][b] www.example.org",
    "markup": '<script>alert(1)</script><img src=x> <!-- sdgbook: thay-doi --> &#64;ai &commat;ai <a href="//x">',
    "other requests": "#12 GH-12 fixes so/bao-cao#12",
    "hidden signs": "a\u202eb\u2066c\u200bd\x00\x1b[31m",
    "an open fence": "```\n~~~\n<details>",
    "a drawing": "```mermaid\ngraph TD\n```\n~~~geojson\n{}\n~~~",
    "formulas and mail": "$\\href{a}{b}$ $`x`$ ai@example.org mailto:ai@example.org xmpp:ai@example.org",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_calls_nobody_links_nowhere_and_hides_nothing(tmp_path, text):
    with GitHub(zipped({"thay-doi.md": text})) as github:
        assert run_comment(github, tmp_path).returncode == 0
        [(_, path, body)] = github.written
    assert path == "/repos/so/bao-cao/issues/12/comments"
    ours, _, foreign = body.partition("tự xem.*")
    assert ours.count("<!-- sdgbook: thay-doi -->") == 1 and "actions/runs/7" in ours
    assert not re.search(r"(?<![A-Za-z0-9])@\w|<|\]\(|\]\[|\]:|://|www\.|#\d|GH-\d|&(?!lt;|gt;|amp;)", foreign)
    assert not re.search(r"`{3}|~{3}|\$(?!\u200b)|@[\w-]+\.|mailto:|xmpp:", foreign)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", foreign)


@pytest.mark.parametrize(
    "packed, size",
    [
        (zipped({"thay-doi.md": "dòng <&@a\n" * 90_000}), 1000),
        (zipped({"thay-doi.md": b"0" * 200_000_000}), 1000),
        (zipped({"../../thay-doi.md": "a", "/etc/thay-doi.md": "a", "thay-doi.md/x": "a"}), 1000),
        (b"khong phai zip", 1000),
        (zipped({"thay-doi.md": "a"})[:-10], 1000),
        (zipped({"thay-doi.md": "a"}), 5_000_000),
        (None, 0),
    ],
    ids=["huge", "a bomb", "other paths", "no zip", "cut off", "too large to fetch", "nothing"],
)
def test_what_is_no_telling_does_no_harm(tmp_path, packed, size):
    with GitHub(packed, size=size) as github:
        done = run_comment(github, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        [(_, _, body)] = github.written
        assert len(body) < 65_536
        if size == 5_000_000:
            assert not any("/zip" in path for _, path, _ in github.asked)
    assert ("chưa kể được" in body) or ("dài quá" in body)


def test_only_the_pull_request_whose_newest_commit_was_checked_is_written_to(tmp_path):
    with GitHub(zipped({"thay-doi.md": "a"}), sha="b" * 40) as github:
        assert run_comment(github, tmp_path).returncode == 0
        assert not github.written
    with GitHub(zipped({"thay-doi.md": "a"})) as github:
        assert run_comment(github, tmp_path, event="push").returncode == 0
        assert not github.asked
