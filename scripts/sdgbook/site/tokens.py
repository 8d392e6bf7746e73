"""The design tokens: read from the stylesheet and tried for contrast. `tokens_page.py` shows them.

Tokens are custom properties of `:root`: once for the light scheme, and again for the dark one, in a rule
`:root[data-theme="dark"]`, in `@media (prefers-color-scheme: dark)`, or in both, which must then agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sdgbook.data import Problem
from sdgbook.report.context import contrast, luminance

SHEET = "scripts/sdgbook/site/theme/static/sdgbook.css"
LEAST = 4.5
# What stands on what: every ink that is used for text, with the grounds it is used on.
PAIRS = [
    *((ink, ground) for ink in ("ink", "muted", "link", "note", "good", "bad") for ground in ("paper", "card")),
    *((ink, "note-paper") for ink in ("ink", "muted", "link", "note")),
    ("on-brand", "brand"),
    ("on-header", "header"),
]
# Set by the classes of the goals, whose colours are data (`assets.py`).
OF_GOALS = {"tile", "tile-ink"}
SCHEMES = {"light": "sáng", "dark": "tối"}
NAMED = {"white": "#ffffff", "black": "#000000"}


@dataclass(frozen=True)
class Declaration:
    """A property set in the stylesheet: its value, and the line where it stands."""

    value: str
    line: int


@dataclass
class Rule:
    """A rule of the stylesheet: its selectors, the at-rules around it, its declarations by property."""

    selectors: list[str]
    within: list[str]
    line: int
    declarations: dict[str, Declaration] = field(default_factory=dict)


def read_rules(css: str) -> list[Rule]:
    """The rules of a stylesheet in their order. Comments are skipped; nested rules know the rules around them."""
    css = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), css, flags=re.DOTALL)
    rules: list[Rule] = []
    open_rules: list[Rule] = []
    start = 0
    for match in re.finditer(r"""[{};]|"[^"]*"|'[^']*'""", css):
        sign = match[0]
        if sign not in "{};":
            continue
        text = css[start : match.start()]
        line = css.count("\n", 0, start + len(text) - len(text.lstrip())) + 1
        start = match.end()
        if sign == "{":
            around = [rule.selectors for rule in open_rules]
            rule = Rule(_selectors(text.strip()), [s for selectors in around for s in selectors], line)
            open_rules.append(rule)
            rules.append(rule)
            continue
        name, colon, value = text.strip().partition(":")
        if colon and open_rules:
            open_rules[-1].declarations[name.strip()] = Declaration(value.strip(), line)
        if sign == "}" and open_rules:
            open_rules.pop()
    return rules


def _selectors(text: str) -> list[str]:
    if text.startswith("@"):
        return [re.sub(r"\s+", " ", text)]
    return [re.sub(r"\s+", " ", part.strip()).replace("'", '"') for part in text.split(",")]


@dataclass
class Tokens:
    """The tokens of a stylesheet: `light` has all of them, `dark` what the dark scheme gives a value of its own."""

    light: dict[str, Declaration]
    dark: dict[str, Declaration]
    problems: list[Problem]

    def colour(self, name: str, scheme: str) -> str | None:
        """A token's colour in a scheme as `#rrggbb`; None when it is no plain colour."""
        found = self.place(name, scheme)
        return self.plain(found.value, scheme) if found else None

    def place(self, name: str, scheme: str) -> Declaration | None:
        """Where a token gets the value that it has in a scheme."""
        return (self.dark if scheme == "dark" else {}).get(name) or self.light.get(name)

    def plain(self, value: str, scheme: str, depth: int = 0) -> str | None:
        """A colour written in the stylesheet, through `var(--…)`, as `#rrggbb`; None when it is no plain colour."""
        value = NAMED.get(value.strip().lower(), value.strip().lower())
        if match := re.fullmatch(r"var\(--([\w-]+)\)", value):
            found = self.place(match[1], scheme)
            return self.plain(found.value, scheme, depth + 1) if found and depth < 9 else None
        if re.fullmatch(r"#[0-9a-f]{3}", value):
            return "#" + "".join(2 * digit for digit in value[1:])
        return value if re.fullmatch(r"#[0-9a-f]{6}", value) else None


def read_tokens(rules: list[Rule]) -> Tokens:
    """The tokens that rules on `:root` set, and what is wrong where the dark scheme is written twice but not alike."""
    light: dict[str, Declaration] = {}
    chosen: dict[str, Declaration] = {}
    system: dict[str, Declaration] = {}
    for rule in rules:
        custom = {name[2:]: d for name, d in rule.declarations.items() if name.startswith("--")}
        for selector in rule.selectors if custom else []:
            if any("print" in around for around in rule.within):
                continue
            dark_system = any(re.search(r"prefers-color-scheme:\s*dark", around) for around in rule.within)
            if not re.fullmatch(r':root(\[data-theme="\w+"\]|:not\(\[data-theme="?light"?\]\))?', selector):
                continue
            if re.fullmatch(r':root\[data-theme="dark"\]', selector):
                chosen.update(custom)
            elif dark_system:
                system.update(custom)
            elif not rule.within and selector in (":root", ':root[data-theme="light"]'):
                light.update(custom)
    problems = []
    if chosen and system:
        for name in sorted(chosen.keys() | system.keys()):
            one, other = chosen.get(name), system.get(name)
            if one is None or other is None or one.value.lower() != other.value.lower():
                values = [f"{d.value} (dòng {d.line})" if d else "không có" for d in (one, other)]
                line = (one or other).line
                told = f"--{name} của nền tối ghi hai lần mà không giống nhau: {' và '.join(values)}."
                problems.append(Problem(SHEET, line, None, told, "Viết cùng một màu ở cả hai chỗ.", kind="colour"))
    return Tokens(light, {**system, **chosen}, problems)


def check_tokens(root: Path) -> list[Problem]:
    """Colours of the stylesheet that do not read: pairs under 4.5 : 1 in either scheme, names that are not defined."""
    path = root / SHEET
    if not path.is_file():
        return [Problem(SHEET, None, None, "Thiếu tệp kiểu dáng này.", "Khôi phục tệp từ bản trước.", kind="colour")]
    css = path.read_text(encoding="utf-8", errors="replace")
    rules = read_rules(css)
    tokens = read_tokens(rules)
    return list(dict.fromkeys([*tokens.problems, *_undefined(css, rules), *_pairs(tokens), *_rules(rules, tokens)]))


def _undefined(css: str, rules: list[Rule]) -> Iterator[Problem]:
    """`var(--…)` of a property that is set nowhere."""
    known = OF_GOALS | {name[2:] for rule in rules for name in rule.declarations if name.startswith("--")}
    for match in re.finditer(r"var\(--([\w-]+)\s*\)", css):
        if match[1] not in known:
            line = css.count("\n", 0, match.start()) + 1
            yield Problem(
                SHEET, line, None, f"Không có token --{match[1]}.", "Khai báo nó ở :root, hoặc sửa tên.", kind="colour"
            )


def _pairs(tokens: Tokens) -> Iterator[Problem]:
    """For each ink and scheme the ground on which it reads worst, where that is too little."""
    for name in dict.fromkeys(name for pair in PAIRS for name in pair):
        for scheme in SCHEMES:
            place = tokens.place(name, scheme)
            if tokens.colour(name, scheme) is None:
                told = f"Không đọc được màu “{place.value}” của --{name}." if place else f"Thiếu token màu --{name}."
                yield Problem(SHEET, place.line if place else None, None, told, "Viết màu dạng #RRGGBB.", kind="colour")
    for ink in dict.fromkeys(ink for ink, _ in PAIRS):
        for scheme in SCHEMES:
            grounds = [
                g for i, g in PAIRS if i == ink and None not in (tokens.colour(i, scheme), tokens.colour(g, scheme))
            ]
            worst = min(
                grounds, key=lambda g: contrast(tokens.colour(ink, scheme), tokens.colour(g, scheme)), default=None
            )
            if worst:
                line = tokens.place(ink, scheme).line
                yield from _judge(tokens, f"var(--{ink})", f"var(--{worst})", line, scheme)


def _rules(rules: list[Rule], tokens: Tokens) -> Iterator[Problem]:
    """Rules that set both ink and ground, in other colours than the pairs."""
    known = {(f"var(--{ink})", f"var(--{ground})") for ink, ground in PAIRS}
    for rule in rules:
        ink = rule.declarations.get("color")
        ground = rule.declarations.get("background") or rule.declarations.get("background-color")
        printed = any("print" in around for around in rule.within)
        if ink and ground and not printed and (ink.value, ground.value) not in known:
            for scheme in SCHEMES:
                yield from _judge(tokens, ink.value, ground.value, ink.line, scheme)


def _judge(tokens: Tokens, ink: str, ground: str, line: int, scheme: str) -> Iterator[Problem]:
    """The problem that an ink does not read on a ground, both as the stylesheet writes them."""
    colours = [tokens.plain(value, scheme) for value in (ink, ground)]
    if None in colours or contrast(*colours) >= LEAST:
        return
    shown = []
    for value, colour in zip((ink, ground), colours, strict=True):
        name = re.sub(r"var\((--[\w-]+)\)", r"\1", value)
        shown.append(name if name == colour else f"{name} ({colour})")
    told = f"Chữ {shown[0]} trên nền {shown[1]} chỉ tương phản {spelt(contrast(*colours))} ở kiểu {SCHEMES[scheme]}"
    darker = luminance(colours[0]) < luminance(colours[1])
    remedy = f"Chọn màu chữ {'đậm' if darker else 'sáng'} hơn, hoặc màu nền {'sáng' if darker else 'đậm'} hơn."
    yield Problem(SHEET, line, None, f"{told}, cần ít nhất {spelt(LEAST)}.", remedy, kind="colour")


def spelt(ratio: float) -> str:
    """A contrast ratio as Vietnamese readers write it, never rounded up."""
    return f"{int(ratio * 10) / 10:.1f}".replace(".", ",")
