"""The command `sdgbook`: one thin task each. It acts on the project that the current folder belongs to."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sdgbook.data import ProblemsFound, find_root
from sdgbook.data.problems import Problem

app = typer.Typer(
    help="Dựng, kiểm tra và sửa báo cáo phát triển bền vững của Cao Bằng.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(highlight=False, soft_wrap=True)
errors = Console(highlight=False, soft_wrap=True, stderr=True)


def root_or_exit() -> Path:
    """The project's folder; ends the command with a message when there is none."""
    try:
        return find_root()
    except ProblemsFound as error:
        stop(error.problems)
        raise


def stop(problems: list[Problem], after: str = "") -> None:
    """Print every problem and end with exit status 1."""
    for problem in problems:
        errors.print(str(problem), markup=False)
    errors.print(f"[bold]Có {len(problems)} lỗi.[/bold] {after}".rstrip())
    raise typer.Exit(1)


def checked(root: Path) -> list[Problem]:
    """All problems of the project and of its look; what no check foresaw is one of them, and no traceback."""
    from sdgbook.edit.check import check
    from sdgbook.site.tokens import check_tokens

    try:
        return check(root) + check_tokens(root)
    except Exception as error:
        what = f"Việc kiểm tra dừng vì điều chưa lường trước ({type(error).__name__}: {error})."
        return [Problem("data", None, None, what, "Xem lại chỗ vừa sửa; không thấy sai thì báo người phát triển.")]


@app.command("check")
def check_command() -> None:
    """Kiểm tra dữ liệu và các trang, nói rõ từng lỗi ở đâu và sửa thế nào."""
    problems = checked(root_or_exit())
    if problems:
        stop(problems)
    console.print("Dữ liệu và các trang đều ổn.")


@app.command("format")
def format_command() -> None:
    """Viết lại các bảng CSV theo dạng chuẩn; không đổi giá trị nào."""
    from sdgbook.data.layout import write_canonical

    changed = write_canonical(root_or_exit())
    for file in changed:
        console.print(f"Đã viết lại {file}", markup=False)
    console.print(f"Đã viết lại {len(changed)} tệp." if changed else "Mọi tệp đã ở dạng chuẩn.")


@app.command("site")
def site_command() -> None:
    """Kiểm tra rồi dựng trang web vào _build/html. Có lỗi thì bản cũ vẫn nguyên."""
    from sdgbook.publish import finish
    from sdgbook.site.build import build

    started = time.monotonic()
    root = root_or_exit()
    work, site = root / "_build" / "work", root / "_build" / "html"
    keep = "Trang web cũ vẫn nguyên." if site.exists() else ""
    with steps() as progress:
        task = progress.add_task("Kiểm tra dữ liệu và các trang", total=None)
        problems = checked(root)
        if problems:
            progress.stop()
            stop(problems, keep)
        progress.update(task, description="Dựng các trang", total=100)
        shutil.rmtree(work, ignore_errors=True)
        try:
            fresh = build(root, work, lambda done, page: progress.update(task, completed=done, page=page))
            progress.update(task, description="Kiểm tra liên kết", completed=100, page="")
            pages = finish(fresh, site).pages
        except ProblemsFound as error:
            progress.stop()
            stop(error.problems, keep)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    seconds = time.monotonic() - started
    console.print(f"Đã dựng {pages} trang trong {seconds:.0f} giây. Mở _build/html/index.html", markup=False)


class steps(Progress):
    """Progress on a terminal; one plain line per step elsewhere."""

    def __init__(self) -> None:
        super().__init__(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[page]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not sys.stdout.isatty(),
        )

    def add_task(self, description: str, *args, **fields):
        """Begin with a step's name."""
        self._say(description)
        return super().add_task(description, *args, page="", **fields)

    def update(self, task_id, **fields) -> None:
        """Go on; a new `description` is a new step."""
        if fields.get("description"):
            self._say(fields["description"])
        super().update(task_id, **fields)

    def _say(self, description: str) -> None:
        if self.disable:
            console.print(f"{description}…", markup=False)


@app.command("preview")
def preview_command(port: int = typer.Option(8000, help="Cổng trên máy này.")) -> None:
    """Xem trang web trên máy này; trang tự tải lại khi tệp được lưu."""
    from sdgbook.edit.preview import preview

    preview(root_or_exit(), port)
