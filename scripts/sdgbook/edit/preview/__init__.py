"""`sdgbook preview`: shows the site on this machine, builds it again when a file is saved, and has the browser load it
again where the reader was. A build that fails shows its problems in place of the pages.

Nothing of this is written into the site: what the pages need for it is added when they are sent.
"""

from __future__ import annotations

import asyncio
import errno
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from sdgbook.edit.preview.building import build
from sdgbook.edit.preview.serving import Shown, application
from sdgbook.edit.preview.watching import watch

# A fresh process, so that changed code of this package counts as well.
COMMAND = (sys.executable, "-m", "sdgbook", "site")


class CannotServe(Exception):
    """The preview cannot be shown at the port that was asked for; says why, and what to do instead."""


def preview(root: Path, port: int, command: Sequence[str] = COMMAND) -> None:
    """Show the site of the project at `root` at this machine's own address and `port` (0: any free one) until
    Ctrl+C, SIGTERM, or the terminal is closed.

    `command`, run in `root`, builds the site into `_build/html`: at the start, and again after every save. Raises
    `CannotServe` when the port cannot be had.
    """
    asyncio.run(_preview(root, port, command))


async def _preview(root: Path, port: int, command: Sequence[str]) -> None:
    stopped, saved = asyncio.Event(), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    shown = Shown(root / "_build" / "html")
    server = HTTPServer(application(shown))
    sockets = _sockets(port)
    server.add_sockets(sockets)
    print(f"Xem tại http://127.0.0.1:{sockets[0].getsockname()[1]}/ (dừng bằng Ctrl+C)", flush=True)
    # In this order: what is saved while the first build runs must count.
    tasks = [
        asyncio.create_task(task)
        for task in (watch(root, saved.set, stopped), _keep_building(root, command, saved, shown), stopped.wait())
    ]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    server.stop()
    stopped.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    shown.close()
    for task in done:
        task.result()
    print("\nĐã dừng.", flush=True)


async def _keep_building(root: Path, command: Sequence[str], saved: asyncio.Event, shown: Shown) -> None:
    """Build now, and again as long as something was saved since the last build began."""
    while True:
        saved.clear()
        shown.begin()
        shown.end(await build(command, root))
        await saved.wait()
        print("Có tệp vừa được lưu, dựng lại.", flush=True)


def _sockets(port: int) -> list:
    """Where browsers on this machine, and only they, reach the preview."""
    try:
        return bind_sockets(port, "127.0.0.1")
    except OSError as error:
        why = {
            errno.EADDRINUSE: "đang có chương trình khác dùng, có thể là một lần xem thử chưa tắt",
            errno.EACCES: "chỉ dành cho người quản trị máy",
        }.get(error.errno, f"không mở được ({error.strerror})")
        other = port + 1 if 1024 <= port < 65535 else 8001
        raise CannotServe(
            f'Cổng {port} {why}. → Tắt chương trình ấy, hoặc dùng cổng khác: make preview ARGS="--port {other}"'
        ) from error
