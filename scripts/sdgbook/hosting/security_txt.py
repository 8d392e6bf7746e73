"""`/.well-known/security.txt`: whom to tell of a hole in the site (RFC 9116), where somebody is there to be told."""

from __future__ import annotations

import datetime
from pathlib import Path
from urllib.parse import urlsplit

import yaml

FILE = ".well-known/security.txt"
# A file that nobody renews says so itself after a year, the most that the standard advises.
VALID = datetime.timedelta(days=365)


def write_security_txt(root: Path, folder: Path, published: datetime.datetime) -> Path | None:
    """Write the file into the release in `folder`, from `_config.yml` of the project in `root`; valid for a year from
    `published`. Returns it; None, and no file, where neither an address for mail nor one on GitHub is configured."""
    file = folder / FILE
    content = security_txt(root, published)
    if not content:
        file.unlink(missing_ok=True)
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8", newline="\n")
    return file


def security_txt(root: Path, published: datetime.datetime) -> str:
    """The text of the file; "" where nobody can be told."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    contacts = []
    if config.get("sdgbook_email"):
        contacts.append(f"mailto:{config['sdgbook_email']}")
    repository = (config.get("sdgbook_repository") or "").rstrip("/")
    on_github = urlsplit(repository).hostname == "github.com" or config.get("sdgbook_forge") == "github"
    if repository and on_github:
        # Where GitHub takes reports that only the maintainers see.
        contacts.append(f"{repository}/security/advisories/new")
    if not contacts:
        return ""
    ends = (published + VALID).astimezone(datetime.UTC)
    lines = [*(f"Contact: {contact}" for contact in contacts), f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}"]
    lines.append("Preferred-Languages: vi, en")
    if config.get("html_baseurl"):
        lines.append(f"Canonical: {config['html_baseurl']}{FILE}")
    if repository and on_github:
        branch = config.get("sdgbook_branch") or "main"
        lines.append(f"Policy: {repository}/blob/{branch}/SECURITY.md")
    return "\n".join(lines) + "\n"
