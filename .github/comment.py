"""The one comment under a pull request that tells what the change does for readers.

Runs beside the secrets of the repository, so it runs nothing of the change: what the unprivileged workflow has left
behind comes from foreign code and is text that nobody trusts. Which pull request it belongs to is asked of GitHub; of
the text only words are let through, no links, no markup that is HTML, nobody who would be called by name.
Standard library only.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from typing import Any

ARTIFACT, FILE = "ban-ke", "thay-doi.md"
# GitHub takes comments of 65,536 characters.
MOST_BYTES, MOST_CHARACTERS = 1_000_000, 55_000
MARKER = "<!-- sdgbook: thay-doi -->"
BOT = "github-actions[bot]"
UNSEEN = "\u200b"
CUT = "… Bản kể dài quá, ở đây chỉ có phần đầu. Xem cả bản trong gói `thay-doi`."
NOTE = (
    "*Máy viết lời này từ các tệp trong đề nghị, và viết lại mỗi khi đề nghị đổi. Chữ ở dưới do lần kiểm tra của đề "
    "nghị làm ra: người duyệt vẫn phải tự xem.*"
)


class Elsewhere(urllib.request.HTTPRedirectHandler):
    """Follows GitHub to where it stores files, without taking the key along."""

    def redirect_request(self, request, response, code, message, headers, address):
        """The next request, bare where it goes to another host."""
        following = super().redirect_request(request, response, code, message, headers, address)
        if following and urllib.parse.urlsplit(address).netloc != urllib.parse.urlsplit(request.full_url).netloc:
            following.remove_header("Authorization")
        return following


def ask(method: str, path: str, data: dict[str, Any] | None = None, most: int = 10_000_000) -> bytes:
    """What GitHub's interface answers."""
    address = path if "://" in path else f"{os.environ['GITHUB_API_URL']}/{path}"
    headers = {"Accept": "application/vnd.github+json", "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}"}
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(address, body, headers, method=method)
    with urllib.request.build_opener(Elsewhere).open(request, timeout=60) as answer:
        told = answer.read(most + 1)
    if len(told) > most:
        raise ValueError("the answer is too long")
    return told


def get(path: str) -> Any:
    """The same as data."""
    return json.loads(ask("GET", path))


def request_of(run: dict[str, Any], repository: str) -> int | None:
    """The number of the open pull request whose newest commit a run has checked; None where there is none any more."""
    head = f"{run['head_repository']['owner']['login']}:{run['head_branch']}"
    asked = urllib.parse.urlencode({"state": "open", "head": head, "per_page": 100})
    for one in get(f"repos/{repository}/pulls?{asked}"):
        if one["head"]["sha"] == run["head_sha"] and one["base"]["repo"]["full_name"] == repository:
            return int(one["number"])
    return None


def told_by(run: dict[str, Any], repository: str) -> str:
    """The text that a run has left behind; empty where there is none that can be read."""
    asked = urllib.parse.urlencode({"name": ARTIFACT, "per_page": 100})
    left = get(f"repos/{repository}/actions/runs/{int(run['id'])}/artifacts?{asked}")["artifacts"]
    for one in left:
        if one["name"] != ARTIFACT or one["expired"] or one["size_in_bytes"] > MOST_BYTES:
            continue
        packed = ask("GET", f"repos/{repository}/actions/artifacts/{int(one['id'])}/zip", most=MOST_BYTES)
        try:
            # Read in memory, by its one name, and no further than allowed: no path of it is ever used.
            with zipfile.ZipFile(io.BytesIO(packed)) as file, file.open(FILE) as text:
                return text.read(MOST_BYTES).decode("utf-8", "replace")
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error):
            return ""
    return ""


def harmless(text: str) -> str:
    """Foreign text as words, cut to its size: nothing that calls, links, embeds, hides or ends what stands around."""
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    # Only what the telling itself writes stays an entity: none can become a sign that was taken out.
    kept = re.sub(r"&(?!(?:lt|gt|amp);)", "&amp;", kept).replace("<", "&lt;")
    # Within a word, as in names of figures, it calls nobody.
    kept = re.sub(r"(?<![A-Za-z0-9])@", f"@{UNSEEN}", kept)
    kept = re.sub(r"(#|GH-)(?=\d)", rf"\1{UNSEEN}", kept, flags=re.IGNORECASE)
    # Links, images, references, addresses.
    kept = re.sub(r"\](?=[(\[:])", f"]{UNSEEN}", kept)
    kept = re.sub(r":(?=//)", f":{UNSEEN}", kept)
    kept = re.sub(r"(?i)www(?=\.)", f"www{UNSEEN}", kept)
    # Addresses of mail, which need no brackets; a name of a figure has no point after its sign.
    kept = re.sub(r"@(?=[\w-]+\.[A-Za-z])", f"@{UNSEEN}", kept)
    kept = re.sub(r"(?i)(mailto|xmpp)(?=:)", rf"\1{UNSEEN}", kept)
    # Formulas, and blocks that GitHub draws (maps, diagrams) or that would take in what follows.
    kept = re.sub(r"\$(?!\u200b)", f"${UNSEEN}", kept)
    kept = re.sub(r"(`{3,}|~{3,})", lambda fence: UNSEEN.join(fence[0]), kept).strip()
    # Last, since the text has grown.
    return kept if len(kept) <= MOST_CHARACTERS else f"{kept[:MOST_CHARACTERS].rpartition(chr(10))[0]}\n\n{CUT}"


def comment(run: dict[str, Any], repository: str, text: str) -> str:
    """The whole comment: ours first, so that nothing foreign can swallow it."""
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    address = f"{server}/{repository}/actions/runs/{int(run['id'])}"
    passed = run["conclusion"] == "success"
    state = "Mọi bước kiểm tra đều đạt." if passed else "Có bước kiểm tra chưa đạt: xem bước có dấu đỏ ở liên kết này."
    lines = [MARKER, "## Đề nghị này làm gì với người đọc", ""]
    lines += [
        f"{state} [Mở lần kiểm tra này]({address}): ở cuối trang ấy có `trang-xem-thu` và `thay-doi` để tải về.",
        "",
    ]
    if text:
        return "\n".join([*lines, NOTE, "", text])
    return "\n".join(
        [*lines, "Máy chưa kể được thay đổi: lần kiểm tra dừng trước đó. Sửa lỗi rồi gửi tiếp, máy sẽ kể lại."]
    )


def post(number: int, body: str, repository: str) -> str:
    """Write the comment, over the one that stands there from last time; returns what was done."""
    page = 1
    while True:
        found = get(f"repos/{repository}/issues/{number}/comments?per_page=100&page={page}")
        for one in found:
            # Anybody can write the marker; only our own is written over.
            if one["user"]["login"] == BOT and one["body"].startswith(MARKER):
                ask("PATCH", f"repos/{repository}/issues/comments/{int(one['id'])}", {"body": body})
                return "updated"
        if len(found) < 100:
            break
        page += 1
    ask("POST", f"repos/{repository}/issues/{number}/comments", {"body": body})
    return "posted"


def main() -> int:
    """Comment on the pull request of the run in the event; nothing where there is none any more."""
    with open(os.environ["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
        event = json.load(file)
    run, repository = event["workflow_run"], os.environ["GITHUB_REPOSITORY"]
    if run["event"] != "pull_request" or not run.get("head_repository"):
        print("Not a pull request.")
        return 0
    try:
        number = request_of(run, repository)
        if number is None:
            print("No open pull request has this commit as its newest.")
            return 0
        print(f"{post(number, comment(run, repository, harmless(told_by(run, repository))), repository)}: #{number}")
    except (urllib.error.URLError, ValueError, KeyError) as error:
        print(f"::error::{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
