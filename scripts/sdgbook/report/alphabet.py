"""The order of the Vietnamese alphabet, for lists and indexes."""

from __future__ import annotations

import unicodedata

# How typists write the letters that would lose their mark in an anchor.
TELEX = {"Ă": "AW", "Â": "AA", "Đ": "DD", "Ê": "EE", "Ô": "OO", "Ơ": "OW", "Ư": "UW"}
ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"


def toneless(text: str) -> str:
    """`text` in small letters without tone marks; vowels keep their own: “Ấn” → “ân”."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    return unicodedata.normalize(
        "NFC", "".join(c for c in unicodedata.normalize("NFD", text.lower()) if c not in tones)
    )


def letter_of(text: str) -> str:
    """The letter that `text` stands under in an index: “Ấn phẩm” → “Â”; “0–9” for a number."""
    first = toneless(text)[:1].upper()
    return first if first.isalpha() else "0–9"


def vietnamese_order(text: str) -> tuple[tuple[int, ...], str]:
    """Sort key in the order of the Vietnamese alphabet (letters before tone marks)."""
    bare = toneless(text)
    return tuple(ALPHABET.find(c) + 1 if c in ALPHABET else 100 + ord(c) if c.isalpha() else 0 for c in bare), text
