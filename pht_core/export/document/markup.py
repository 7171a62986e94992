"""Words and tables as HTML: whatever a file said stays text, in its own place."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from pht_core.exhibits.rendering import print_cell

# A page of more rows than this is read by nobody, and slows a browser down.
MOST_ROWS = 500
_LONG_WORD, _SHORT_CELL = 18, 32
# Signs that are not seen and turn the letters after them round, or are no text at all.
_UNSEEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"[<>≤≥]?\s?[-−+]?[0-9][0-9.,]*%?\Z|–\Z|\Z")
# What would end a script element, or begin a comment in it; and two ends of lines.
_IN_SCRIPT = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def format_text(words: object) -> str:
    """Any words as the text of an element or the value of a quoted attribute.

    Letters that would turn their neighbours' order round stand as a replacement sign: an id must
    not be read backwards.

    >>> format_text('<b> "P\u202e12"')
    '&lt;b&gt; &quot;P\ufffd12&quot;'
    """
    return html.escape(show_unseen(str(words)), quote=True)


def show_unseen(words: str) -> str:
    """Words with a replacement sign for each letter that turns others round or is no text."""
    return _UNSEEN.sub("\ufffd", words)


def format_name(words: object) -> str:
    """An id or name, kept apart from the direction in which the words around it are written.

    >>> format_name("P1")
    '<bdi>P1</bdi>'
    """
    return f"<bdi>{format_text(words)}</bdi>"


def format_json(content: Any) -> str:
    r"""JSON that can stand in a script element: nothing in it ends the element.

    >>> print(format_json({"id": "</script>&"}))
    {"id":"\u003c/script\u003e\u0026"}
    """
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Half of a pair of letters is no text, and no file can hold it.
    return show_unseen(written).translate(_IN_SCRIPT).encode("utf-8", "replace").decode()


def format_numbers(numbers: pd.DataFrame) -> str:
    """A table of numbers; long decimals at six digits, as the CSV keeps them all."""
    cells = {
        str(name): [_number(value) for value in numbers[name].tolist()] for name in numbers.columns
    }
    return format_table(pd.DataFrame(cells, dtype=object))


def format_table(table: pd.DataFrame, *, most_rows: int = MOST_ROWS, caption: str = "") -> str:
    """A table of texts; after ``most_rows`` rows a sentence says how many were left out.

    >>> format_table(pd.DataFrame({"Day": ["1", "2"]}), most_rows=1).partition("</table>")[2]
    '<p class="left-out">The first 1 of 2 rows are shown.</p>'
    """
    shown = table.head(most_rows)
    names = [str(name) for name in table.columns]
    columns = [[str(cell) for cell in shown.iloc[:, place]] for place in range(len(names))]
    kinds = [_kind(cells) for cells in columns]
    head = "".join(
        f'<th scope="col"{kind}>{format_text(name)}</th>'
        for name, kind in zip(names, kinds, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{kind}>{format_name(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)
        )
        + "</tr>"
        for row in zip(*columns, strict=True)
    )
    told = f"<caption>{format_text(caption)}</caption>" if caption else ""
    written = f"<table>{told}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    if len(table) > most_rows:
        written += (
            f'<p class="left-out">The first {most_rows:,} of {len(table):,} rows are shown.</p>'
        )
    return written


def letters_across(table: pd.DataFrame) -> int:
    """Letters that a table is wide at least, where only long words of its cells are broken.

    >>> letters_across(pd.DataFrame({"Patient no.": ["P1"], "Day": ["1200"]}))
    13
    """
    return sum(
        max(_longest([str(name)]), min(_longest(map(str, table.iloc[:, place])), _LONG_WORD)) + 1
        for place, name in enumerate(table.columns)
    )


def _longest(texts: Iterable[str]) -> int:
    return max((len(word) for text in texts for word in text.split()), default=0)


def _kind(cells: Sequence[str]) -> str:
    """Class of a column: numbers to the right, short cells on one line, long words in pieces."""
    if all(_NUMBER.match(cell) for cell in cells):
        return ' class="n"'
    if all(len(cell) <= _SHORT_CELL for cell in cells):
        return ' class="s"'
    return ' class="w"' if _longest(cells) > _LONG_WORD else ""


def _number(value: object) -> str:
    if isinstance(value, float) and value == value and value != int(value):
        return f"{value:.6g}" if abs(value) < 1e5 else f"{value:.1f}"
    return print_cell(value)
