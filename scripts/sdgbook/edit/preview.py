"""Serves the site on this machine, rebuilds it when a file is saved, and has the browser load it again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WATCHED = ("book", "data", "scripts/sdgbook", "_config.yml", "_toc.yml")


def preview(root: Path, port: int) -> None:
    """Build once, then serve `_build/html` at localhost:`port` until stopped.

    A build that fails tells why on the terminal and leaves the last good pages in view.
    """
    from livereload import Server

    def rebuild() -> None:
        # A process of its own, so that changed code of this package counts as well.
        subprocess.run([sys.executable, "-m", "sdgbook", "site"], cwd=root, check=False)

    rebuild()
    server = Server()
    for name in WATCHED:
        path = root / name
        server.watch(f"{path}/**/*" if path.is_dir() else str(path), rebuild, delay=1)
    print(f"Xem tại http://localhost:{port} (dừng bằng Ctrl+C)", flush=True)
    server.serve(root=str(root / "_build" / "html"), port=port, host="127.0.0.1", open_url_delay=None)
