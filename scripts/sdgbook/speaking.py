"""How the command `sdgbook` speaks: help and mistakes of typing in Vietnamese, whatever Typer would say.

A command's help is the docstring of its function: first what it does, then lines that begin with “Ví dụ:”.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from sdgbook.data.problems import did_you_mean

# Newer Typers bring a Click of their own, older ones use the one that is installed.
UsageError = typer.BadParameter.__bases__[0]
HELP = "In lời giải thích này."
WIDTH = 100
EXAMPLE = "Ví dụ:"


def parts_of(text: str | None) -> tuple[str, list[str]]:
    """What a help text says, in one line, and its examples."""
    said, _, examples = inspect.cleandoc(text or "").partition(EXAMPLE)
    return " ".join(said.split()), [line.strip() for line in examples.split("\n") if line.strip()]


def usage(command: Any, ctx: Any) -> str:
    """How a command is called: “sdgbook why TRANG”."""
    words = [ctx.command_path]
    if any(param.param_type_name == "option" for param in command.params):
        words.append("[LỰA CHỌN]")
    words += [_metavar(param) for param in command.params if param.param_type_name == "argument"]
    if isinstance(command, TyperGroup):
        words.append("LỆNH …")
    return " ".join(words)


def help_text(command: Any, ctx: Any) -> str:
    """All that `--help` says of a command."""
    said, examples = parts_of(command.help)
    blocks = [f"Cách gọi: {usage(command, ctx)}", textwrap.fill(said, WIDTH)]
    if isinstance(command, TyperGroup):
        below = [(name, command.get_command(ctx, name)) for name in command.list_commands(ctx)]
        rows = [(name, parts_of(one.help)[0]) for name, one in below if one is not None and not one.hidden]
        blocks.append("\n".join(["Các lệnh:", *_columns(rows)]))
        blocks.append(f"Xem kỹ một lệnh: {ctx.command_path} LỆNH --help")
    if examples:
        blocks.append("\n".join([EXAMPLE, *(f"  {line}" for line in examples)]))
    arguments = [(_metavar(p), p.help or "") for p in command.params if p.param_type_name == "argument"]
    if any(text for _, text in arguments):
        blocks.append("\n".join(["Điền gì:", *_columns(arguments)]))
    options = [(", ".join(p.opts), _option_help(p)) for p in command.params if p.param_type_name == "option"]
    blocks.append("\n".join(["Lựa chọn:", *_columns([*options, ("--help", HELP)])]))
    return "\n\n".join(block for block in blocks if block)


def _metavar(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return name if argument.required else f"[{name}]"


def _option_help(option: Any) -> str:
    said, default = option.help or "", option.default
    # A switch that is off and an empty text need not be told.
    return f"{said} Không ghi thì là {default}." if default and not isinstance(default, bool) else said


def _columns(rows: Iterable[tuple[str, str]]) -> list[str]:
    rows = list(rows)
    wide = max(len(name) for name, _ in rows) + 4
    lines = []
    for name, said in rows:
        told = textwrap.wrap(said, WIDTH - wide) or [""]
        lines += [f"  {name:<{wide - 2}}{told[0]}".rstrip(), *(f"{'':<{wide}}{line}" for line in told[1:])]
    return lines


def mistake(error: Any) -> str:
    """What was typed wrong, in one or two sentences."""
    kind, english = type(error).__name__, str(error.message)
    quoted = re.search(r"['‘\"“](.+?)['’\"”]|\((?!s\))(.+?)\)", english)
    word = next(filter(None, quoted.groups()), "") if quoted else ""
    named = _named(getattr(error, "param", None)) or getattr(error, "option_name", "")
    if kind == "MissingParameter":
        return f"Thiếu {named or 'một phần phải ghi'}."
    if kind == "NoSuchOption":
        known = [word for param in error.ctx.command.params for word in param.opts] if error.ctx else []
        return f"Không có lựa chọn “{error.option_name}”. {did_you_mean(error.option_name, [*known, '--help'])}".strip()
    if english.startswith("No such command"):
        known = error.ctx.command.list_commands(error.ctx) if error.ctx else []
        return f"Không có lệnh “{word}”. {did_you_mean(word, known)}".strip()
    if "unexpected extra argument" in english:
        return f"Thừa “{word}”."
    if "requires an argument" in english:
        return f"Sau {named} phải có một giá trị."
    if kind == "BadParameter" and named:
        return f"Giá trị ghi cho {named} không dùng được."
    return "Lệnh gõ chưa đúng."


def _named(param: Any) -> str:
    if param is None:
        return ""
    return _metavar(param).strip("[]") if param.param_type_name == "argument" else param.opts[0]


class Command(TyperCommand):
    """A command whose help is Vietnamese."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(help_text(self, ctx) + "\n")

    def get_usage(self, ctx: Any) -> str:
        return f"Cách gọi: {usage(self, ctx)}"


class Group(TyperGroup):
    """Commands under one name, whose help and mistakes of typing are told in Vietnamese; the latter end with 2."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(help_text(self, ctx) + "\n")

    def get_usage(self, ctx: Any) -> str:
        return f"Cách gọi: {usage(self, ctx)}"

    def main(self, *args: Any, standalone_mode: bool = True, **more: Any) -> Any:
        if not standalone_mode:
            return super().main(*args, standalone_mode=False, **more)
        try:
            code = super().main(*args, standalone_mode=False, **more)
        except UsageError as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                print(error.message.rstrip())
            else:
                command = error.ctx.command_path if error.ctx else "sdgbook"
                print(f"{mistake(error)}\nXem cách gọi: {command} --help", file=sys.stderr)
            sys.exit(2)
        except typer.Abort:
            print("Đã dừng.", file=sys.stderr)
            sys.exit(130)
        sys.exit(code if isinstance(code, int) else 0)


class App(typer.Typer):
    """A Typer whose commands speak Vietnamese."""

    def __init__(self, **settings: Any):
        super().__init__(cls=Group, no_args_is_help=True, add_completion=False, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Any:
        """As Typer's, with the class that speaks Vietnamese."""
        return super().command(name, **{"cls": Command, **settings})
