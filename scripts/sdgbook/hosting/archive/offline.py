"""A site for readers who open it from a disk (`file://`), where browsers fetch no lists and import no scripts.

What pages load is put into one plain script, and the list that search needs with it. Their policy gets `file:` beside
`'self'`, since browsers do not agree on what that means for a file, and stays as strict otherwise. Addresses of folders
are written out, as no server is there to find the page in them.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from urllib.parse import unquote

SCRIPT = "mo-tu-dia.js"
LOADED = re.compile(r'<script src="((?:\.\./)*)(_static/[0-9a-f]{16}/)sdgbook\.js"></script>')
POLICY = re.compile(r'(?<=<meta http-equiv="Content-Security-Policy" content=")[^"]*')
# A list for telephones that put the site on their screen; from a disk they cannot, and browsers complain.
FOR_SERVERS = re.compile(r'<link rel="manifest"[^>]*>\n?')
FOLDER = re.compile(r'(?<= href=")([^":#?]*/)(?=["#?])')
# How a module is told from a plain script, in the two forms that ours have.
EXPORT = re.compile(r"^export (?=(?:async )?function|const)", re.MULTILINE)
DEFAULT = re.compile(r"export\s*\{\s*(\w+) as default\s*\};?\s*$")
NEEDED = ("sdgbook.js", "search.js", "vendor/minisearch.js")


def offline(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], bool]:
    """The files of a site, made to be opened from a disk; and whether search works there: it does not on pages of a
    time whose scripts were others."""
    made = dict(files)
    pages = {name: content.decode() for name, content in files.items() if name.endswith(".html")}
    folders = {found[2] for text in pages.values() if (found := LOADED.search(text))}
    scripts = {folder: script for folder in folders if (script := _script(files, folder))}
    for folder, script in scripts.items():
        made[folder + SCRIPT] = script.encode()
    for name, text in pages.items():
        text = LOADED.sub(lambda found: _loading(found, scripts), text)
        text = POLICY.sub(lambda found: found[0].replace("'self'", "'self' file:"), FOR_SERVERS.sub("", text))
        made[name] = FOLDER.sub(lambda found, name=name: _written_out(found[1], name, files), text).encode()
    return made, bool(scripts)


def _loading(found: re.Match[str], scripts: Mapping[str, str]) -> str:
    return f'<script src="{found[1]}{found[2]}{SCRIPT}"></script>' if found[2] in scripts else found[0]


def _written_out(address: str, page: str, files: Mapping[str, bytes]) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(address), "index.html"))
    return f"{address}index.html" if target in files else address


def _script(files: Mapping[str, bytes], folder: str) -> str:
    """All that pages load on demand, in one script; "" where that is not what is known here.

    What a module asks the browser for, it asks here of a function or value of the same use that stands beside it.
    """
    # Frozen editions beside this site have a list of their own, above the folder of their scripts.
    above = folder.partition("_static/")[0]
    if not all(f"{folder}{name}" in files for name in NEEDED) or f"{above}search.json" not in files:
        return ""
    comforts, search, index = (files[f"{folder}{name}"].decode() for name in NEEDED)
    if not DEFAULT.search(index) or "export function open" not in search:
        return ""
    # As a text that is read, not as a program: that is quicker, and whatever it holds stays text.
    kept = json.dumps(files[f"{above}search.json"].decode(), ensure_ascii=False)
    plain_index = DEFAULT.sub(r"return \1;", index)
    return f"""/* For pages that are opened from a disk: the scripts of the site in one. */
(() => {{
"use strict";
const address = document.currentScript.src;
const index = () => {{
{plain_index}
}};
const fetch = async () => ({{ ok: true, json: async () => JSON.parse({kept}) }});
const imported = async (name) => (String(name).endsWith("minisearch.js") ? {{ default: index() }} : {{ open }});
{_plain(search)}
{_plain(comforts)}
}})();
"""


def _plain(module: str) -> str:
    return EXPORT.sub("", module).replace("import.meta.url", "address").replace("import(", "imported(")
