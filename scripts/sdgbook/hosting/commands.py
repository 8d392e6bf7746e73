"""The commands for what comes after the build: publishing, verifying, archiving, servers, libraries."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sdgbook.data import ProblemsFound, find_root
from sdgbook.data.problems import Problem
from sdgbook.speaking import App
from sdgbook.terminal import asking, console, editing, errors, root_or_exit, steps, stop, system_problem, tell

app = App()
server_app = App(help="Viết cấu hình của máy chủ web cho trang này.")
app.add_typer(server_app, name="server")
ServerName = Annotated[str, typer.Option("--name", help="Tên máy chủ mà người đọc gõ, ví dụ example.org.")]
ServerRoot = Annotated[Path, typer.Option("--root", help="Thư mục trên máy chủ mà trang được đăng vào.")]
Plain = Annotated[
    str,
    typer.Option("--plain", help="Chỉ dùng HTTP, ở địa chỉ và cổng này: cho máy chủ đứng sau một máy khác lo HTTPS."),
]
Certificate = Annotated[str, typer.Option(help="Tệp chứng chỉ trên máy chủ.")]
CertificateKey = Annotated[str, typer.Option("--key", help="Tệp khóa của chứng chỉ.")]
ServerFile = Annotated[Path | None, typer.Option("--to", help="Tệp sẽ ghi; không ghi thì in ra.")]


@app.command("addresses")
def addresses_command() -> None:
    """Ghi thêm địa chỉ của trang web vừa dựng vào data/addresses.txt: từ đó, bản dựng nào mất một địa chỉ thì bị dừng.

    Ví dụ:
    sdgbook addresses
    """
    from sdgbook.building.addresses import LIST, record

    root = root_or_exit()
    with editing(root):
        new = record(root)
    tell([f"Mới: {address}" for address in new])
    console.print(f"{LIST} có thêm {len(new)} địa chỉ." if new else f"{LIST} đã có đủ mọi địa chỉ.")


class Told(StrEnum):
    """Ways to tell what was found."""

    TEXT = "text"
    JSON = "json"


@app.command("verify")
def verify_command(
    where: Annotated[
        str, typer.Argument(help="Địa chỉ của trang đăng, hay thư mục có trang ấy.", metavar="ĐỊA-CHỈ|THƯ-MỤC")
    ],
    commit: Annotated[str, typer.Option(help="Commit, thẻ hay nhánh mà trang phải là: nó được dựng lại tại đây.")] = "",
    form: Annotated[Told, typer.Option("--format", help="text: cho người; json: cho máy.")] = Told.TEXT,
    quiet: Annotated[bool, typer.Option("--quiet", help="Đúng hết thì không nói gì: cho máy tự chạy.")] = False,
    headers: Annotated[bool, typer.Option("--headers", help="Thiếu tiêu đề HTTP cũng là sai.")] = False,
    connections: Annotated[int, typer.Option(min=1, max=16, help="Số kết nối cùng lúc.")] = 4,
    pause: Annotated[float, typer.Option(min=0, help="Số giây nghỉ trước mỗi lần hỏi.")] = 0.0,
) -> None:
    """Soát trang đăng với bản đã duyệt: tệp nào đúng, bị đổi, thiếu, thừa, tráo nhau; tiêu đề HTTP có đúng không.

    Kết thúc với 0 khi đều đúng, 1 khi có chỗ khác, 2 khi không tìm hiểu được. Bị ngắt thì lần sau làm tiếp. Không ghi
    --commit thì chỉ so trang với danh sách của chính nó.

    Ví dụ:
    sdgbook verify https://example.org/ --commit main
    sdgbook verify https://example.org/ --commit main --headers --quiet
    sdgbook verify /media/usb/html
    """
    from sdgbook.hosting.verify import Folder, Manners, Web, as_json, as_text, expected_of, redirects_at, verify

    is_web = where.startswith(("http://", "https://"))
    if not is_web and not Path(where).is_dir():
        remedy = "Ghi một thư mục có thật, hay một địa chỉ bắt đầu bằng https:// (hoặc http://)."
        told = f"Không có thư mục “{where}”."
        stop([Problem("verify", None, None, told, remedy, kind="command")], status=2)
    reader = Web(where, Manners(connections, pause)) if is_web else Folder(Path(where))
    shown = steps() if form == Told.TEXT and not quiet else nullcontext()
    try:
        with shown as progress:
            task = progress.add_task("Soát trang đăng", total=None) if progress else None

            def tell(step: str, done: int | None, page: str, of: int = 100) -> None:
                fields = {"description": step} if step else {}
                if progress:
                    progress.update(task, completed=done, total=None if done is None else of, page=page, **fields)

            expected, memory = None, None
            if commit:
                expected = expected_of(root_or_exit(status=2), commit, tell)
            with suppress(ProblemsFound):
                root = find_root()
                memory = root / "_build" / "verify"
                expected = expected or redirects_at(root, "HEAD")
            found = verify(
                reader, expected, lambda done, of, file: tell("", done, file, of), memory, connections, headers
            )
    except ProblemsFound as error:
        stop(error.problems, status=2)
    except OSError as error:
        stop([system_problem(error, Path.cwd())], status=2)
    except KeyboardInterrupt:
        errors.print("Đã dừng. Chạy lại thì làm tiếp từ chỗ này.")
        raise typer.Exit(130) from None
    if form == Told.JSON:
        print(as_json(found))
    elif found.status or not quiet:
        for line in as_text(found):
            console.print(line, markup=False)
    raise typer.Exit(found.status)


@app.command("archive")
def archive_command(
    year: Annotated[str, typer.Argument(help="Năm của ấn bản, ví dụ 2021.", metavar="NĂM")],
    to: Annotated[Path | None, typer.Option(help="Tệp sẽ ghi; không ghi thì là _build/luu-tru-NĂM.zip.")] = None,
) -> None:
    """Gói một ấn bản vào một tệp cho thư viện hay thẻ nhớ: trang web mở từ đĩa, số liệu, mã nguồn, cách dựng lại.

    Ấn bản chưa chốt thì gói trang web của commit hiện tại. Cùng một commit cho cùng một tệp.

    Ví dụ:
    sdgbook archive 2021
    sdgbook archive 2021 --to /media/usb/bao-cao-2021.zip
    """
    from sdgbook.hosting.archive import archive

    root = root_or_exit()
    try:
        with steps() as progress:
            task = progress.add_task(f"Lưu trữ ấn bản {year}", total=None)

            def tell(step: str, done: int | None, page: str) -> None:
                progress.update(task, completed=done, page=page, **({"description": step} if step else {}))

            made = archive(root, year, to, tell)
    except ProblemsFound as error:
        stop(error.problems, "Chưa ghi tệp nào.")
    except OSError as error:
        stop([system_problem(error, root)], "Chưa ghi tệp nào.")
    for note in made.notes:
        console.print(note, markup=False)
    size = f"{made.size / 1_000_000:.1f}".replace(".", ",")
    console.print(f"Đã ghi {made.file}: {made.files} tệp, {size} MB, SHA-256 {made.digest}", markup=False)


@app.command("publish")
def publish_command(
    to: Annotated[
        str,
        typer.Option(help="Thư mục, người@máy:/thư-mục, pages, kho#nhánh, hoặc tệp .zip hay .tar.gz.", metavar="NƠI"),
    ] = "",
    rollback: Annotated[bool, typer.Option("--rollback", help="Quay về bản đã đăng trước bản này.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Đăng ngay, không hỏi lại.")] = False,
    keep: Annotated[int, typer.Option(min=2, max=50, help="Giữ bao nhiêu bản gần nhất để quay về được.")] = 5,
    url: Annotated[
        str | None, typer.Option(help="Địa chỉ để soát sau khi đăng; không ghi thì lấy html_baseurl, ghi '' thì thôi.")
    ] = None,
) -> None:
    """Đăng commit đang có ở đây: dựng từ bản sạch, gửi đi, so lại từng byte, đổi trong một bước, soát, giữ bản cũ.

    Ngắt giữa chừng lúc nào cũng được: người đọc thấy bản cũ hoặc bản mới, nguyên vẹn.

    Ví dụ:
    sdgbook publish --to /srv/trang
    sdgbook publish --to dang@example.org:/srv/trang
    sdgbook publish --to pages
    sdgbook publish --to ../trang.zip --yes
    sdgbook publish --to /srv/trang --rollback
    """
    from sdgbook.hosting.publishing import BUILDING, NotWanted, publish, roll_back

    started, root, ask = time.monotonic(), root_or_exit(), asking()
    after = "Chưa đăng gì: người đọc vẫn thấy bản cũ."
    with steps() as progress:
        task = progress.add_task("Xem dự án", total=None)

        def telling(step: str, done: int | None, page: str) -> None:
            fields = {"description": step} if step else {}
            progress.update(task, completed=done, total=None if done is None else 100, page=page, **fields)

        def sure(lines: list[str]) -> bool:
            progress.stop()
            tell(lines)
            if not yes and ask is None:
                told = "Không có ai ngồi ở máy để hỏi có đăng hay không."
                stop([Problem("publish", None, None, told, "Muốn đăng thì thêm --yes.", kind="command")], after)
            wanted = yes or ask("Đăng bản này? Gõ “có” để đăng: ").strip().lower() in ("có", "co")
            progress.start()
            return wanted

        try:
            done = (roll_back if rollback else publish)(root, to, telling, sure, keep, url)
        except ProblemsFound as error:
            progress.stop()
            stop(error.problems, after)
        except OSError as error:
            progress.stop()
            stop([system_problem(error, root)], after)
        except NotWanted:
            progress.stop()
            console.print("Chưa đăng gì.")
            raise typer.Exit(1) from None
        except (KeyboardInterrupt, EOFError):
            progress.stop()
            errors.print("\nĐã dừng: người đọc thấy bản cũ hoặc bản mới, nguyên vẹn. Chạy lại để đăng cho xong.")
            raise typer.Exit(130) from None
    tell(done.notes)
    seconds = f"{time.monotonic() - started:.1f} giây".replace(".", ",")
    about = f"commit {done.release.commit[:10]}, dữ liệu {done.release.data_version}"
    if not done.is_new:
        console.print(f"Bản này đang được đăng ở {to} rồi: {about}. Không đổi gì ({seconds}).", markup=False)
        return
    building = sum(took for step, took in done.seconds.items() if step.startswith(BUILDING))
    seconds += f", trong đó dựng {building:.1f}".replace(".", ",") if building else ""
    console.print(f"Đã đăng ở {to}: {about}, {done.files} tệp ({seconds}).", markup=False)


@contextmanager
def setting_up(root: Path) -> Iterator[None]:
    """Tell what cannot be set up."""
    with editing(root):
        try:
            yield
        except ValueError as error:
            errors.print(str(error), markup=False)
            raise typer.Exit(1) from None


def write_server(kind: str, name: str, folder: Path, to: Path | None, *rest: object) -> None:
    """Write or print the configuration of a server."""
    from sdgbook.files import write
    from sdgbook.hosting.servers.writing import configuration, what_next

    root = root_or_exit()
    with setting_up(root):
        text = configuration(kind, root, name, folder, *rest)
        if to is None:
            print(text, end="")
        else:
            write(to, text)
            tell(what_next(kind, name, to))


@server_app.command("nginx")
def server_nginx_command(
    name: ServerName,
    folder: ServerRoot,
    to: ServerFile = None,
    plain: Plain = "",
    certificate: Certificate = "",
    key: CertificateKey = "",
    without_brotli: Annotated[bool, typer.Option("--without-brotli", help="Máy chủ không có mô-đun Brotli.")] = False,
) -> None:
    """Viết cấu hình cho nginx: HTTPS, các đầu mục bảo vệ, bộ nhớ đệm, tệp nén sẵn, chuyển hướng, nhật ký rút ngắn.

    Không ghi chứng chỉ thì dùng chứng chỉ mà certbot lấy về.

    Ví dụ:
    sdgbook server nginx --name example.org --root /srv/sdgbook --to example.org.conf
    sdgbook server nginx --name example.org --root /srv/sdgbook --plain 127.0.0.1:8080
    """
    write_server("nginx", name, folder, to, plain, (certificate, key), not without_brotli)


@server_app.command("caddy")
def server_caddy_command(
    name: ServerName,
    folder: ServerRoot,
    to: ServerFile = None,
    plain: Plain = "",
    certificate: Certificate = "",
    key: CertificateKey = "",
) -> None:
    """Viết cấu hình cho Caddy, như cho nginx. Không ghi chứng chỉ thì Caddy tự lấy và tự gia hạn.

    Ví dụ:
    sdgbook server caddy --name example.org --root /srv/sdgbook --to Caddyfile
    """
    write_server("caddy", name, folder, to, plain, (certificate, key), True)


@server_app.command("static")
def server_static_command(
    to: Annotated[Path, typer.Option("--to", help="Thư mục trang sẽ đưa lên.")],
) -> None:
    """Viết _headers và _redirects cho nơi đăng chỉ nhận tệp (Netlify, Cloudflare Pages).

    Ví dụ:
    sdgbook server static --to _build/dua-len
    """
    from sdgbook.hosting.servers.writing import write_static

    root = root_or_exit()
    with setting_up(root):
        tell(write_static(root, to))


@server_app.command("container")
def server_container_command(
    name: ServerName,
    to: Annotated[Path, typer.Option("--to", help="Thư mục sẽ ghi.")],
) -> None:
    """Viết những gì cần để làm một container có nginx, không có quyền gì, đứng sau một máy lo HTTPS.

    Ví dụ:
    sdgbook server container --name example.org --to _build/container
    """
    from sdgbook.hosting.servers.writing import write_container

    root = root_or_exit()
    with setting_up(root):
        tell(write_container(root, name, to))


@app.command("renew")
def renew_command(
    package: Annotated[list[str] | None, typer.Option(help="Chỉ làm mới thư viện này; ghi được nhiều lần.")] = None,
    only_needed: Annotated[
        bool, typer.Option("--only-needed", help="Chỉ đổi những gì pyproject.toml vừa sửa đòi hỏi.")
    ] = False,
    without_tests: Annotated[bool, typer.Option("--without-tests", help="Không chạy make test với khóa mới.")] = False,
) -> None:
    """Làm mới khóa thư viện: tìm bản mới, cài thử ở chỗ riêng, kiểm tra, dựng trang hai lần, kể thay đổi rồi mới ghi.

    Có phép thử không đạt thì các khóa giữ nguyên như cũ.

    Ví dụ:
    sdgbook renew
    sdgbook renew --package jinja2 --without-tests
    """
    from sdgbook.hosting.supply import renewing

    root = root_or_exit()
    with editing(root):
        found = renewing.renew(root, console.print, package, only_needed, not without_tests)
    console.print(found.told(), markup=False)
    console.print(f"Bản kể này ở {renewing.SUMMARY}. Cài theo khóa mới: make test", markup=False)


@app.command("licences")
def licences_command(
    write: Annotated[bool, typer.Option("--write", help="Tải từng thư viện về xem, rồi làm lại bảng.")] = False,
) -> None:
    """Kể giấy phép của mọi thư viện trong khóa và mọi phần lấy từ dự án khác; có cái không dùng được thì báo lỗi.

    Ví dụ:
    sdgbook licences
    sdgbook licences --write
    """
    from sdgbook.hosting.supply import licences

    root = root_or_exit()
    with editing(root):
        wrong = licences.write_licences(root, console.print) if write else []
        if not wrong:
            rows, wrong = licences.check_licences(root)
            tell(licences.summary(rows))
    if wrong:
        stop(wrong)
    console.print(f"Giấy phép nào cũng dùng được. Bảng ở {licences.FILE}.", markup=False)


@app.command("audit")
def audit_command() -> None:
    """Hỏi kho lỗ hổng OSV xem thư viện nào trong khóa có lỗ hổng đã biết.

    Kết thúc với 0 khi không có, 1 khi có, 2 khi không hỏi được.

    Ví dụ:
    sdgbook audit
    """
    from sdgbook.hosting.supply import audit

    root = root_or_exit(status=2)
    try:
        packages = audit.packages_of(root)
        found = audit.audit(packages, os.environ.get("SDGBOOK_OSV", audit.DATABASE))
    except ProblemsFound as error:
        stop(error.problems, status=2)
    except audit.Unreachable as why:
        errors.print(f"Chưa kiểm tra được: không hỏi được kho lỗ hổng OSV ({why}).", markup=False)
        errors.print("Như vậy KHÔNG có nghĩa là không có lỗ hổng. Hãy chạy lại khi có mạng: make audit", markup=False)
        raise typer.Exit(2) from None
    for line in audit.as_lines(packages, found):
        console.print(line, markup=False)
    if found:
        raise typer.Exit(1)
