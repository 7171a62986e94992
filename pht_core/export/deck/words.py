"""Texts of any file as a slide can hold them: without what XML forbids, and not endless."""

import re

# What XML 1.0 cannot hold, half pairs, and signs that turn the direction of all that follows.
_FORBIDDEN = re.compile(
    "[^\t\n\u0020-\u007e\u00a0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    "\U00010000-\U0010ffff]"
)
LONGEST = {"title": 300, "cell": 200, "line": 600, "alt": 1500, "notes": 20_000}


def clean(text: str, most: int = LONGEST["line"]) -> str:
    """One line of text: forbidden signs are left out, white space is one space, the end is cut.

    >>> clean("P1" + chr(0) + " <b>" + chr(10) + "患者"), clean("abcdefgh", most=5)
    ('P1 <b> 患者', 'abcd…')
    """
    # A space that keeps words together stays one.
    kept = re.sub(r"[ \t\n]+", " ", _FORBIDDEN.sub("", text)).strip(" \u00a0")
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


def clean_lines(text: str, most: int = LONGEST["notes"]) -> str:
    r"""Several lines of text, each with its tabs; see `clean`.

    >>> clean_lines("a" + chr(9) + "b" + chr(13) + chr(10) + "c" + chr(7))
    'a\tb\nc'
    """
    lines = _FORBIDDEN.sub("", text.replace("\r\n", "\n")).split("\n")
    kept = "\n".join(line.rstrip() for line in lines)
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


def shorten_middle(text: str, most: int) -> str:
    """A long id by its two ends: ids differ at their ends.

    >>> shorten_middle("NORTH-WEST/CAR-T 2023 no. 001", 16)
    'NORTH-…3 no. 001'
    """
    if len(text) <= most:
        return text
    last = (most - 1) * 3 // 5
    return f"{text[: most - 1 - last].rstrip()}…{text[-last:].lstrip()}"
