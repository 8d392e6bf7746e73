"""What is wrong with text before its words are read: characters that nobody sees, letters that only look like ours,
text that an old Vietnamese font has left behind, markup, formulas."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# Control and format characters, fillers and tags; the tab is none in a chapter.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# What stands where a letter could not be read when a file was turned from one encoding into another.
LOST = "\ufffd"
SPECIAL_SPACE = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# Letters of other scripts, of phonetics, of formulas and in circles that look like ours, full-width ones, digits of
# other scripts, and two letters that look like Đ anywhere; Greek letters next to Latin ones.
LOOK_ALIKE = re.compile(
    "[\u0131\u0237\u0250-\u02af\u02b0-\u02b8\u0400-\u058f\u13a0-\u13fd\u1c80-\u1c88\u1d00-\u1dbf\u2024\u2100-\u2102\u2105-"
    "\u2115\u2117-\u218f\u24b6-\u24e9\u2c60-\u2c7f\ua4d0-\ua4ff\ua640-\ua69f\ua720-\ua7ff\uab30-\uabbf\uff01-\uff5e\U0001d400-\U0001d7ff\u00d0\u00f0\u0189\u0256]|(?![0-9])\\d"
    "|(?<=[A-Za-z\u00c0-\u1ef9])[\u0370-\u03ff]|[\u0370-\u03ff](?=[A-Za-z\u00c0-\u1ef9])"
)
# Marks that stand over or through the letter before them.
MARK = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
MEANT = dict(
    zip(
        "авеосрхуікАВЕКМНОРСТХУІЈЅѕјÐðƉɖοιαΑΒΕΗΙΚΜΝΟΡΤΥΧ",
        "abeocpxyikABEKMHOPCTXYIJSsjĐđĐđoiaABEHIKMNOPTYX",
        strict=True,
    )
)
# Letters that TCVN3 and VNI text is full of when it is read as Unicode, and that Vietnamese never has.
NEVER = "µ¸¶·¹¨»¾¼½®×÷ÆÇËÎÏÑÖØÜÞßäåæçëîïñöøûüþ"
OLD_FONT = re.compile(rf"(?=\w*[A-Za-z])[\w{NEVER}]*(?:[{NEVER}]|[aeo]â|[aeiou]ù)[\w{NEVER}]*")
# A tag with an attribute counts before its end too: a browser finds one for it.
HTML = re.compile(r"</?[A-Za-z][^<>]*>|<[!?/]|<[A-Za-z][\w:-]*[\s/][^<>]*=|&(?:[A-Za-z]{2,8}|#\d+|#x[0-9A-Fa-f]+);")
MARKDOWN = re.compile(r"\*\*\S|__\S|!?\[[^\]\n]*\]\([^)\n]*\)|^#{1,6} ")
# A signed number is no formula, with words behind it or without, nor are words behind a hyphen and a space.
FORMULA = re.compile(r"\s*(?:[=@]|[+-](?![\d.,]+ ?%?(?: [^\W\d]+)*$)(?!(?<=-) [^|!(=@+]*$))")
# The longest text that a cell may hold.
MOST = 600


class Fault(NamedTuple):
    """What is wrong with a piece of text: a message, a remedy, a kind (`sdgbook.data.kinds`), and the place in it."""

    message: str
    remedy: str
    kind: str
    at: int = 0


def odd_character(text: str, *, plain: bool = False) -> Fault | None:
    """The first character of `text` that cannot be seen or that is another than it looks; None where all are sound.

    `plain` is for codes and numbers, in which no other space than the usual one may stand either.
    """
    if text.isascii() and text.isprintable():
        return None
    if LOST in text:
        told = "Có chữ đã hỏng khi đổi mã (�)."
        return Fault(told, "Gõ lại chữ ấy, hoặc lưu lại tệp gốc dạng CSV UTF-8.", "encoding", text.index(LOST))
    found = INVISIBLE.search(text) or (SPECIAL_SPACE.search(text) if plain else None)
    if found:
        name = _name(found[0])
        told = f"Có ký tự không nhìn thấy ({name}) sau “{_before(text, found.start())}”."
        return Fault(told, "Xóa nó: chạy `sdgbook check --fix`, hoặc gõ lại ô này.", "invisible", found.start())
    if (at := piled_marks(text)) is not None:
        told = f"Có dấu không thuộc chữ nào sau “{_before(text, at)}”."
        return Fault(told, "Xóa và gõ lại bằng bàn phím tiếng Việt.", "look-alike", min(at, len(text)))
    found = LOOK_ALIKE.search(text)
    if found:
        meant = MEANT.get(found[0]) or unicodedata.normalize("NFKC", found[0])
        meant = meant if meant != found[0] else str(unicodedata.decimal(found[0], ""))
        told = f"Chữ “{found[0]}” trong “{text}” là {_name(found[0])}, không phải chữ thường dùng."
        remedy = f"Xóa nó và gõ lại{f': {meant}' if meant else ' bằng bàn phím tiếng Việt'}."
        return Fault(told, remedy, "look-alike", found.start())
    return None


def piled_marks(text: str) -> int | None:
    """Where a mark stands over a letter that has none in any language: many of them cover the lines around."""
    found = MARK.search(text) and MARK.search(unicodedata.normalize("NFC", text))
    return found.start() if found else None


def old_font(text: str) -> Fault | None:
    """Whether `text` was typed in a font from before Unicode (TCVN3, VNI): then its letters are others than meant."""
    if text.isascii():
        return None
    words = [match for match in OLD_FONT.finditer(text) if match[0]]
    if len(words) < 2 or len(words) * 4 < len(text.split()):
        return None
    told = f"“{words[0][0]}” là chữ gõ bằng phông cũ (TCVN3 hoặc VNI)."
    return Fault(told, "Chuyển sang Unicode (ví dụ bằng UniKey), rồi chép lại.", "encoding", words[0].start())


def markup(text: str) -> Fault | None:
    """HTML or Markdown in text that is shown as it is."""
    found = HTML.search(text) or MARKDOWN.search(text)
    if not found:
        return None
    return Fault(f"“{found[0]}” là mã định dạng, ở đây chỉ viết chữ thường.", "Bỏ nó.", "markup", found.start())


def formula(text: str) -> Fault | None:
    """Text that a spreadsheet would take as a formula."""
    if not FORMULA.match(text):
        return None
    told = f"“{text[:40]}” bắt đầu như một công thức của bảng tính."
    return Fault(told, "Viết kết quả thay cho công thức; với chữ thì đừng bắt đầu bằng dấu này.", "formula")


def without_invisible(text: str) -> str:
    """`text` without the characters that nobody sees."""
    return INVISIBLE.sub("", text)


def _name(character: str) -> str:
    names = {"\u200b": "dấu cách rộng bằng không", "\ufeff": "dấu BOM", "\u00a0": "dấu cách cứng", "\t": "dấu tab"}
    names |= {"\u00ad": "dấu gạch nối ẩn", "\x00": "ký tự rỗng"}
    scripts = {"CYRILLIC": "chữ Nga", "GREEK": "chữ Hy Lạp", "FULLWIDTH": "chữ rộng của tiếng Trung, tiếng Nhật"}
    scripts |= {"MATHEMATICAL": "chữ của công thức toán", "ETH": "chữ của tiếng Iceland"}
    official = unicodedata.name(character, "")
    told = names.get(character) or next((told for word, told in scripts.items() if word in official), "")
    return f"{told or 'ký tự'} U+{ord(character):04X}".strip()


def _before(text: str, at: int) -> str:
    return text[max(0, at - 12) : at] or "đầu ô"
