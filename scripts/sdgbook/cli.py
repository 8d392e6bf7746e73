"""The command `sdgbook`: one thin task each. It acts on the project that the current folder belongs to."""

from __future__ import annotations

import gc
import os
import shlex
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sdgbook.data import ProblemsFound, find_root
from sdgbook.data.problems import Problem
from sdgbook.hosting import commands
from sdgbook.speaking import App
from sdgbook.terminal import (
    asking,
    console,
    editing,
    errors,
    noting,
    root_or_exit,
    steps,
    stop,
    system_problem,
    tell,
)

app = App(help="Dựng, kiểm tra và sửa báo cáo phát triển bền vững của Cao Bằng.", pretty_exceptions_enable=False)
app.add_typer(commands.app)
# By which a shell asks for what may be typed next.
COMPLETE = "_SDGBOOK_COMPLETE"


class Format(StrEnum):
    """Ways to tell problems."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


@app.command("check")
def check_command(
    files: Annotated[
        list[str] | None, typer.Argument(help="Chỉ kể lỗi ở những tệp này; không có thì kể tất cả.", metavar="TỆP…")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="text: cho người; json, github: cho máy.")] = Format.TEXT,
    fix: Annotated[bool, typer.Option("--fix", help="Trước khi kiểm tra, sửa những gì chỉ có một cách đúng.")] = False,
) -> None:
    """Kiểm tra dữ liệu và các trang, nói rõ từng lỗi ở đâu và sửa thế nào.

    Kết thúc với 0 khi đều ổn, 1 khi có lỗi, 2 khi không kiểm tra được.

    Ví dụ:
    sdgbook check
    sdgbook check --fix
    """
    from sdgbook.building import CannotCheck, check_all
    from sdgbook.edit.telling import as_github, as_json

    root = root_or_exit(status=2)
    if fix:
        format_files(root)
    # This process ends soon: looking for memory that is no longer needed would take a fifth of its time.
    gc.disable()
    try:
        problems = check_all(root, [os.path.relpath(Path(file).resolve(), root) for file in files or []])
    except CannotCheck as error:
        stop(error.problems, status=2)
    wrong = [problem for problem in problems if not problem.is_question]
    if form == Format.JSON:
        print(as_json(problems))
    elif form == Format.GITHUB:
        for problem in problems:
            print(as_github(problem))
    else:
        tell_questions(problems)
        if wrong:
            stop(wrong)
        console.print("Dữ liệu và các trang đều ổn.")
    if wrong:
        raise typer.Exit(1)


def tell_questions(problems: list[Problem]) -> None:
    """Say what is to be looked at again, though it may be right."""
    from sdgbook.edit.telling import as_text

    for problem in problems:
        if problem.is_question:
            for line in as_text(problem):
                console.print(line, markup=False)


def format_files(root: Path) -> None:
    """Mend what has one right answer, and say what was done."""
    from sdgbook.edit.fixing import fix
    from sdgbook.edit.owners import write_owners

    with editing(root):
        done = [*fix(root), *(f"Đã viết lại {file}: theo cấu hình" for file in write_owners(root))]
    for line in done:
        console.print(line, markup=False)
    console.print(f"Đã viết lại {len(done)} tệp." if done else "Mọi tệp đã ở dạng chuẩn.")


@app.command("format")
def format_command() -> None:
    """Viết lại các tệp theo dạng chuẩn; không đổi giá trị nào.

    Ví dụ:
    sdgbook format
    """
    format_files(root_or_exit())


@app.command("site")
def site_command(
    confined: Annotated[
        bool, typer.Option("--confined", help="Dựng trong vùng kín: không mạng, chỉ ghi được vào _build.")
    ] = False,
) -> None:
    """Kiểm tra rồi dựng trang web vào _build/html. Có lỗi thì bản cũ vẫn nguyên.

    Ví dụ:
    sdgbook site
    sdgbook site --confined
    """
    from sdgbook.building import build_site

    started = time.monotonic()
    root = root_or_exit()
    if confined:
        site_confined(root)
    keep = "Trang web cũ vẫn nguyên." if (root / "_build" / "html").exists() else ""
    with noting(), steps() as progress:
        task = progress.add_task("Kiểm tra dữ liệu và các trang", total=None)

        def tell(step: str, done: int | None, page: str) -> None:
            fields = {"description": step} if step else {}
            progress.update(task, completed=done, total=None if done is None else 100, page=page, **fields)

        try:
            built = build_site(root, tell)
        except ProblemsFound as error:
            progress.stop()
            stop(error.problems, keep)
        except OSError as error:
            progress.stop()
            stop([system_problem(error, root)], keep)
        except KeyboardInterrupt:
            progress.stop()
            errors.print(f"Đã dừng. {keep}".rstrip())
            raise typer.Exit(130) from None
    seconds = f"{time.monotonic() - started:.1f} giây".replace(".", ",")
    if not built.written and not built.removed:
        console.print(f"Không có gì thay đổi: {built.pages} trang trong _build/html vẫn đúng ({seconds}).")
        return
    console.print(
        f"Viết lại {built.pages_written} trang; trong _build/html có {built.written} tệp mới hoặc đổi, "
        f"{built.removed} tệp bị bỏ.",
        markup=False,
    )
    console.print(f"Đã dựng {built.pages} trang trong {seconds}. Mở _build/html/index.html", markup=False)
    # To take apart all that a build has made would take a tenth of its time.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def site_confined(root: Path) -> NoReturn:
    """The same in a process that can do nothing else; frozen editions, which may need the network to be set up, come
    first, each confined by itself."""
    from sdgbook.building import alone_in, confined
    from sdgbook.building.editions import built_editions

    console.print(confined.told(), markup=False)
    try:
        with alone_in(
            root / "_build", lambda: console.print("Một lần dựng khác đang chạy, đợi nó xong…", markup=False)
        ):
            built_editions(
                root, root / "_build" / "editions", lambda step, done, page: console.print(step, markup=False)
            )
    except ProblemsFound as error:
        stop(error.problems)
    sys.stdout.flush()
    raise typer.Exit(confined.site(root))


def pages(incomplete: str) -> list[str]:
    """Pages by name, for the shell to complete."""
    return completed(incomplete, "pages")


def names(incomplete: str) -> list[str]:
    """Figures, pages and codes, for the shell to complete."""
    return completed(incomplete, "names")


def completed(incomplete: str, kind: str) -> list[str]:
    """What begins as a person has begun to type; nothing where that cannot be told."""
    from sdgbook.edit import explain

    try:
        return [name for name in getattr(explain, kind)(find_root()) if name.startswith(incomplete)]
    except Exception:
        # While a key is pressed is no time for messages.
        return []


@app.command("explain")
def explain_command(
    name: Annotated[
        str, typer.Argument(help="Tên, mã hay giá trị của một con số; trang; mã.", metavar="TÊN", autocompletion=names)
    ],
) -> None:
    """Kể về một con số (nằm ở ô nào, lấy từ đâu, ai dùng, đã đổi thế nào), một trang, mục tiêu, chỉ số hay văn bản.

    Ví dụ:
    sdgbook explain ten-chi-so
    sdgbook explain 12,34
    sdgbook explain muc-tieu/9-9
    """
    from sdgbook.edit.explain import explain

    try:
        tell(list(explain(root_or_exit(), name)))
    except ProblemsFound as error:
        stop(error.problems)


@app.command("find")
def find_command(
    text: Annotated[str, typer.Argument(help="Chữ hay con số cần tìm; có dấu hay không đều được.", metavar="CHỮ")],
) -> None:
    """Tìm một câu, một chữ, một con số trong các trang và các bảng: tệp nào, dòng mấy.

    Ví dụ:
    sdgbook find "ten co dau hay khong"
    sdgbook find 12,34
    """
    from sdgbook.edit.find import find, nothing

    root = root_or_exit()
    found = find(root, text)
    if not found:
        stop([nothing(root, text)])
    tell([*map(str, found), f"Thấy ở {len(found)} chỗ."])


@app.command("doctor")
def doctor_command() -> None:
    """Xem máy này đã đủ những gì dự án cần chưa; thiếu gì thì nói cài thế nào.

    Ví dụ:
    sdgbook doctor
    """
    from sdgbook.edit.doctor import doctor

    found = doctor(root_or_exit())
    tell(list(map(str, found)))
    if any(one.is_missing for one in found):
        errors.print("Còn thiếu thứ dự án cần: xem các dòng có ✗.")
        raise typer.Exit(1)
    console.print("Máy này có đủ những gì dự án cần.")


SHELLS = ("bash", "zsh", "fish")


@app.command("completion")
def completion_command(
    shell: Annotated[str, typer.Argument(help="Vỏ lệnh: bash, zsh hay fish.", metavar="VỎ")],
    install: Annotated[bool, typer.Option("--install", help="Cài luôn, thay vì in ra.")] = False,
) -> None:
    """In đoạn lệnh để vỏ lệnh tự điền tên lệnh, con số và trang khi nhấn phím Tab.

    Ví dụ:
    sdgbook completion bash --install
    """
    from typer import completion

    if shell not in SHELLS:
        remedy = f"Chọn một trong: {', '.join(SHELLS)}."
        stop([Problem("completion", None, None, f"Không có vỏ lệnh “{shell}”.", remedy, kind="command")])
    if install:
        _, path = completion.install(shell=shell, prog_name="sdgbook", complete_var=COMPLETE)
        console.print(f"Đã cài cho {shell}: {path}. Mở cửa sổ lệnh mới để dùng.", markup=False)
    else:
        print(completion.get_completion_script(prog_name="sdgbook", complete_var=COMPLETE, shell=shell))


@app.command("why")
def why_command(
    page: Annotated[str, typer.Argument(help="Trang, ví dụ muc-tieu/1-1.", metavar="TRANG", autocompletion=pages)],
) -> None:
    """Kể vì sao một trang được dựng lại hay không, và nó được làm từ những gì.

    Ví dụ:
    sdgbook why muc-tieu/1-1
    """
    from sdgbook.building.why import why

    try:
        for line in why(root_or_exit(), page):
            console.print(line, markup=False)
    except ProblemsFound as error:
        stop(error.problems)


@app.command("manifest")
def manifest_command(
    site: Annotated[Path | None, typer.Option(help="Thư mục của trang web, thay cho _build/html ở đây.")] = None,
) -> None:
    """Ghi SHA-256 của từng tệp trong trang web và của cả trang, để so hai lần dựng với nhau.

    Ví dụ:
    sdgbook manifest
    sdgbook manifest --site /media/usb/html
    """
    from sdgbook.publish.manifest import manifest, write_manifest

    folder = site or root_or_exit() / "_build" / "html"
    try:
        found = manifest(folder)
        file = write_manifest(folder, found)
    except ProblemsFound as error:
        stop(error.problems)
    except OSError as error:
        stop([system_problem(error, folder.resolve().parent)])
    console.print(f"Cả trang web, {found.files} tệp: {found.whole}", markup=False)
    console.print(f"Từng tệp: {file}", markup=False)
    command = f"cd {shlex.quote(str(folder))} && sha256sum --check --quiet {shlex.quote(str(file))}"
    console.print(f"Soát lại: {command}", markup=False)


@app.command("freeze")
def freeze_command(
    year: Annotated[str, typer.Argument(help="Năm của ấn bản, ví dụ 2021.", metavar="NĂM")],
    yes: Annotated[bool, typer.Option("--yes", help="Chốt ngay, không hỏi lại.")] = False,
) -> None:
    """Chốt một ấn bản: từ đó không ô nào của nó đổi nữa. Ghi mã kiểm tra, một commit và một thẻ git.

    Ví dụ:
    sdgbook freeze 2021
    """
    from sdgbook.building import check
    from sdgbook.data.frozen import SUMS, folder_of, tag_of
    from sdgbook.edit.freezing import check_ready, freeze

    root = root_or_exit()
    try:
        console.print(f"Kiểm tra trước khi chốt ấn bản {year}…", markup=False)
        ready = check_ready(root, year, check)
        if not yes:
            console.print("Đã chốt thì không mở lại: sau này muốn sửa một con số, chỉ còn cách ghi một dòng hiệu đính.")
            if console.input(f"Gõ {ready} để chốt, hoặc Enter để thôi: ").strip() != str(ready):
                console.print("Chưa chốt; không có gì thay đổi.")
                raise typer.Exit(1)
        done = freeze(root, ready)
    except ProblemsFound as error:
        stop(error.problems, "Không có gì thay đổi.")
    except (KeyboardInterrupt, EOFError):
        errors.print("\nĐã dừng; không có gì thay đổi.")
        raise typer.Exit(130) from None
    console.print(
        f"Đã chốt ấn bản {done.year}: {done.tables} bảng có mã kiểm tra trong {folder_of(done.year)}/{SUMS}.\n"
        f"Đã ghi commit {done.commit[:10]} vào nhánh {done.branch}, và thẻ {tag_of(done.year)}. Chưa gửi gì đi đâu.\n"
        "Gửi thẻ trước, rồi gửi nhánh, để nơi dựng trang tìm thấy thẻ: git push --tags && git push",
        markup=False,
    )


@app.command("changes")
def changes_command(
    span: Annotated[str, typer.Argument(metavar="TỪ..ĐẾN", help="Ví dụ main..HEAD; bỏ trống sau .. là tệp trên máy.")],
    form: Annotated[str, typer.Option("--format", help="Dạng: md, html hay json.")] = "md",
    pictures: Annotated[Path | None, typer.Option(help="Thư mục để ghi hình biểu đồ trước và sau.")] = None,
    to: Annotated[Path | None, typer.Option(help="Thư mục để ghi cả ba dạng, thay vì in ra.")] = None,
    site_before: Annotated[Path | None, typer.Option(help="Trang web đã dựng từ bản trước, nếu có.")] = None,
    site_after: Annotated[Path | None, typer.Option(help="Trang web đã dựng từ bản sau, nếu có.")] = None,
) -> None:
    """Kể một thay đổi làm gì với người đọc: con số, câu, trang, đánh giá, biểu đồ, liên kết, phiên bản.

    Ví dụ:
    sdgbook changes main..HEAD
    sdgbook changes main.. --format html
    """
    from sdgbook.edit.changes import changes
    from sdgbook.edit.changes.telling.data import as_json
    from sdgbook.edit.changes.telling.markdown import as_markdown
    from sdgbook.edit.changes.telling.page import as_page
    from sdgbook.files import write
    from sdgbook.site.downloads import SCALE, chart_svg
    from sdgbook.site.drawing import png

    root = root_or_exit()
    forms = {
        "md": lambda: as_markdown(found, pictures=bool(drawn)),
        "html": lambda: as_page(found, drawn),
        "json": lambda: as_json(found),
    }
    if form not in forms:
        stop(
            [
                Problem(
                    "changes", None, "--format", f"Không có dạng “{form}”.", f"Chọn {', '.join(forms)}.", kind="command"
                )
            ]
        )
    drawing = pictures or to or form == "html"
    draw = (lambda *chart: png(chart_svg(*chart), SCALE)) if drawing else None
    try:
        found, drawn = changes(root, span, sites=(site_before, site_after), draw=draw)
        for folder in (pictures, to):
            for name, picture in drawn.items() if folder else ():
                write(folder / name, picture)
        if to is None:
            print(forms[form](), end="")
            return
        for name, told in forms.items():
            write(to / f"thay-doi.{name}", told())
    except ProblemsFound as error:
        stop(error.problems)
    except OSError as error:
        stop([system_problem(error, root)])
    console.print(found.verdict, markup=False)


new_app = App(help="Làm một ấn bản, chỉ số, mục tiêu hay trang mới.")
remove_app = App(help="Bỏ một bản nháp.")
app.add_typer(new_app, name="new")
app.add_typer(remove_app, name="remove")
# Those that may be missing have an empty default: what is missing is told in Vietnamese.
Year = Annotated[str, typer.Argument(help="Năm báo cáo, ví dụ 2001.", metavar="NĂM")]
Code = Annotated[
    str, typer.Argument(help="Mã chỉ số, ví dụ ten-chi-so; hay số mục tiêu của tỉnh, ví dụ 9.9.", metavar="MÃ")
]
Values = Annotated[
    list[str] | None, typer.Argument(help="Dạng cột=giá trị; cột nào thiếu thì máy hỏi.", metavar="CỘT=GIÁ-TRỊ…")
]


@new_app.command("edition")
def new_edition_command(
    year: Year = "",
    title: str = typer.Option("", help="Tên báo cáo, chép đúng như in. Không có thì lấy tên cũ, đổi năm."),
) -> None:
    """Tạo bản nháp của ấn bản mới: bảng để điền, trang nháp, danh sách còn thiếu. Ấn bản cũ không đổi.

    Ví dụ:
    sdgbook new edition 2022
    sdgbook new edition 2022 --title "Báo cáo năm 2022 của …"
    """
    from sdgbook.edit.new.editions import new_edition, year_of

    root = root_or_exit()
    with editing(root):
        tell(new_edition(root, year_of(year), title))


@new_app.command("indicator")
def new_indicator_command(code: Code = "", values: Values = None) -> None:
    """Thêm một chỉ số vào data/reference/indicators.csv.

    Ví dụ:
    sdgbook new indicator ten-chi-so
    sdgbook new indicator ten-chi-so targets=9.9 unit=household kind=outcome better=lower decimals=0
    """
    from sdgbook.edit.new.codes import new_indicator

    root = root_or_exit()
    with editing(root):
        tell(new_indicator(root, code, values or [], asking()))


@new_app.command("target")
def new_target_command(code: Code = "", values: Values = None) -> None:
    """Thêm một mục tiêu vào data/reference/targets.csv, và trang của nó nếu chưa có.

    Ví dụ:
    sdgbook new target 9.9
    """
    from sdgbook.edit.new.codes import new_target

    root = root_or_exit()
    with editing(root):
        tell(new_target(root, code, values or [], asking()))


@new_app.command("chapter")
def new_chapter_command(
    page: Annotated[str, typer.Argument(help="Tên trang, ví dụ muc-tieu/9-9.", metavar="TRANG")] = "",
    targets: str = typer.Option("", help="Các mục tiêu của trang, cách nhau bằng dấu chấm phẩy."),
    title: str = typer.Option("", help="Tên trang. Không có thì lấy tên mục tiêu."),
) -> None:
    """Tạo một trang mới theo mẫu và thêm nó vào mục lục.

    Ví dụ:
    sdgbook new chapter muc-tieu/9-9 --targets "9.9"
    sdgbook new chapter chuyen-de --title "Tên trang"
    """
    from sdgbook.edit.new.codes import new_chapter

    root = root_or_exit()
    with editing(root):
        tell(new_chapter(root, page, targets, title))


@app.command("todo")
def todo_command(year: Year = "") -> None:
    """Kể những gì còn thiếu để đăng một bản nháp.

    Ví dụ:
    sdgbook todo 2022
    """
    from sdgbook.edit.new.editions import todo, year_of

    root = root_or_exit()
    with editing(root):
        tell(todo(root, year_of(year)))


@app.command("adopt")
def adopt_command(year: Year = "") -> None:
    """Đăng một bản nháp đã đủ: trang nháp thay trang đang đăng. Còn thiếu thì nói thiếu gì và không đổi gì.

    Ví dụ:
    sdgbook adopt 2022
    """
    from sdgbook.edit.new.editions import adopt, year_of

    root = root_or_exit()
    with editing(root):
        tell(adopt(root, year_of(year)))


@remove_app.command("edition")
def remove_edition_command(
    year: Year = "",
    yes: bool = typer.Option(False, "--yes", help="Bỏ cả những gì đã điền, không hỏi lại."),
) -> None:
    """Bỏ một bản nháp: thư mục, trang nháp và mọi chỗ nhắc đến nó.

    Ví dụ:
    sdgbook remove edition 2022
    """
    from sdgbook.edit.new.editions import remove_edition, year_of

    root, ask = root_or_exit(), asking()

    def sure(question: str) -> bool:
        return yes or (ask is not None and ask(f"{question} Gõ “có” để bỏ: ").strip().lower() == "có")

    with editing(root):
        tell(remove_edition(root, year_of(year), sure))


sheet_app = App(help="Xuất số liệu ra tệp Excel để sửa, và nhận lại tệp đã sửa.")
app.add_typer(sheet_app, name="sheet")


@sheet_app.command("export")
def sheet_export_command(
    edition: Annotated[int | None, typer.Option(help="Năm của ấn bản; không ghi thì lấy ấn bản mới nhất.")] = None,
    to: Annotated[Path | None, typer.Option(help="Tệp sẽ ghi; không ghi thì là _build/so-lieu-NĂM.xlsx.")] = None,
) -> None:
    """Xuất các bảng của một ấn bản ra một tệp Excel.

    Ví dụ:
    sdgbook sheet export
    sdgbook sheet export --edition 2021
    """
    from sdgbook.edit.sheet.exporting import export

    root = root_or_exit()
    with editing(root):
        tell(export(root, edition, to))


@sheet_app.command("import")
def sheet_import_command(
    file: Annotated[Path, typer.Argument(help="Tệp đã sửa: .xlsx, .ods, hoặc .csv của một bảng.", metavar="TỆP")],
    yes: Annotated[bool, typer.Option("--yes", help="Ghi ngay, không hỏi lại.")] = False,
    edition: Annotated[int | None, typer.Option(help="Năm của ấn bản, cho tệp .csv.")] = None,
) -> None:
    """Đưa một tệp bảng tính đã sửa vào dự án: kể mọi ô đổi, hỏi lại, rồi ghi. Có chỗ không hiểu thì không ghi gì.

    Không có ai ngồi ở máy (chạy trong một lệnh khác) và không có --yes thì chỉ kể, không ghi.

    Ví dụ:
    sdgbook sheet import so-lieu-2021.xlsx
    """
    from sdgbook.edit.sheet.applying import prepare

    root, ask = root_or_exit(), asking()
    with editing(root):
        found = prepare(root, file, edition)
        if not found.lines:
            console.print("Không có gì thay đổi: tệp này nói đúng như các bảng.")
            return
        tell([*found.lines, *found.after])
        if not yes and ask is None:
            console.print("Chưa ghi gì. Muốn ghi thì thêm --yes.")
            return
        if not yes and ask("Ghi những chỗ này? Gõ “có” để ghi: ").strip().lower() not in ("có", "co"):
            console.print("Chưa ghi gì.")
            raise typer.Exit(1)
        found.apply()
    console.print("Đã ghi. Kiểm tra lại: make check. Xem trang: make preview.")


@app.command("preview")
def preview_command(port: int = typer.Option(8000, min=0, max=65535, help="Cổng trên máy này.")) -> None:
    """Xem trang web trên máy này; trang tự tải lại khi tệp được lưu.

    Ví dụ:
    sdgbook preview
    sdgbook preview --port 8080
    """
    from sdgbook.edit.preview import CannotServe, preview

    try:
        preview(root_or_exit(), port)
    except CannotServe as error:
        errors.print(str(error), markup=False)
        raise typer.Exit(1) from None


def main() -> None:
    """The command `sdgbook`. What is called most often goes without Typer, which imports a lot even for one option."""
    if COMPLETE in os.environ:
        from typer.completion import completion_init

        completion_init()
    often = {"site": site_command, "check": check_command, "format": format_command}
    name, *files = sys.argv[1:] or [""]
    # Of these, a check takes files; anything else is for Typer to tell.
    if name not in often or (files and name != "check") or any(file.startswith("-") for file in files):
        return app(prog_name="sdgbook")
    try:
        often[name](*([files] if files else []))
    except typer.Exit as end:
        sys.exit(end.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
