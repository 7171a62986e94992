"""Templates of documents, and HTML files that ask nothing of any network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import string
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from pht_core.exhibits.rendering import print_cell
from pht_core.export.deck.text import clean, shorten_middle
from pht_core.export.pictures.fonts import Font, fonts_for, format_faces, split_runs
from pht_core.model.words import counted
from pht_core.stats.summary import print_shares

_TEMPLATES = Path(__file__).with_name("templates")
# Nothing may be fetched, and no script runs but ours, known by their digests. Styles stand in the
# page, and the charts' script sets some of its own.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
# What axes and tooltips may write beyond the texts that stand in the document.
_ALWAYS = string.digits + string.ascii_letters + string.punctuation + " \u2212\u2013\u2026×·"
_WEIGHTS = (400, 600)
# A page of more rows than this is read by nobody, and slows a browser down.
MOST_ROWS = 500
_LONG_WORD, _SHORT_CELL = 18, 32
# A table of more columns is set smaller, so that it fits on a page.
_MANY_COLUMNS = 9
# So many small letters stand beside each other on A4; in a wider table any word may be broken.
_LETTERS_ACROSS = 150
# Invisible characters that reverse the direction of the text after them, or are no text at all.
_UNSEEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"[<>≤≥]?\s?[-−+]?[0-9][0-9.,]*%?\Z|–\Z|\Z")
# What would end a script element, or begin a comment in it; and two ends of lines.
_IN_SCRIPT = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def write_page(
    title: str, template: str, *, style: str, scripts: Sequence[str] = (), **values: Any
) -> bytes:
    """A whole HTML file in UTF-8.

    title : text of the browser's tab. template : name of the template of its body, which gets the
        ``values``. style : name of a style file. scripts : in the order in which they run, after
        the page is read.
    """
    body = render(template, **values)
    # Ends of lines are made \n by a browser before it takes a script's digest.
    scripts = [script.replace("\r\n", "\n").replace("\r", "\n") for script in scripts]
    policy = _POLICY
    if scripts:
        policy += "; script-src " + " ".join(f"'{_digest(script)}'" for script in scripts)
    rules = format_fonts(title + body) + read_part("shared.css") + read_part(style)
    page = render(
        "page.html",
        title=title,
        policy=Markup(policy),
        rules=Markup(rules),
        body=Markup(body),
        scripts=[Markup(script) for script in scripts],
    )
    return page.encode("utf-8", "replace")


def render(template: str, **values: Any) -> str:
    """A template filled with values, each escaped where it is HTML."""
    return _ENVIRONMENT.get_template(template).render(values)


def read_part(name: str) -> str:
    """A style or script that lies beside the templates."""
    return (_TEMPLATES / name).read_text("utf-8")


def show_unseen(words: object) -> str:
    r"""Words with a replacement sign for each character that reverses others or is no text.

    An id must not be read backwards. What is HTML already stays it.

    >>> show_unseen("P\u202e12")
    'P\ufffd12'
    """
    return words if isinstance(words, Markup) else _UNSEEN.sub("\ufffd", str(words))


def format_json(content: Any) -> Markup:
    r"""JSON that can stand in a script element: nothing in it ends the element.

    >>> print(format_json({"id": "</script>&"}))
    {"id":"\u003c/script\u003e\u0026"}
    """
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(show_unseen(written).translate(_IN_SCRIPT))


def format_numbers(numbers: pd.DataFrame) -> Markup:
    """A table of numbers; long decimals at six digits, as the CSV keeps them all."""
    numbers = print_shares(numbers)
    cells = {str(name): [_number(value) for value in numbers[name].tolist()] for name in numbers}
    return format_table(pd.DataFrame(cells, dtype=object))


def format_table(table: pd.DataFrame, *, most_rows: int = MOST_ROWS) -> Markup:
    """A table of texts; after ``most_rows`` rows a sentence says how many were left out.

    >>> format_table(pd.DataFrame({"Day": ["1", "2"]}), most_rows=1).partition("</table>")[2]
    Markup('<p class="left-out">Showing the first 1 of 2 rows.</p>')
    """
    shown = table.head(most_rows)
    cells = [[str(cell) for cell in shown.iloc[:, place]] for place in range(table.shape[1])]
    left_out = f"Showing the first {most_rows:,} of {len(table):,} rows."
    written = render(
        "table.html",
        columns=[
            {"name": name, "kind": _kind(own)}
            for name, own in zip(table.columns, cells, strict=True)
        ],
        rows=zip(*cells, strict=True),
        left_out=left_out if len(table) > most_rows else "",
    )
    return Markup(written)


def format_fonts(texts: str) -> str:
    """Style rules with each font that the letters need, cut down to these letters."""
    letters = "".join(sorted({*texts, *_ALWAYS}))
    fonts = fonts_for([letters])
    used: dict[Font, set[str]] = {}
    for weight in _WEIGHTS:
        for font, piece in split_runs(letters, weight, fonts):
            if font is not None:
                used.setdefault(font, set()).update(piece)
    return format_faces(used)


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _width_class(table: pd.DataFrame) -> str:
    """Class of a table of many columns: smaller letters, and where they are too wide, broken words.

    >>> _width_class(pd.DataFrame({"Patient no.": ["P1"], "Day": ["1200"]}))
    ''
    """
    if table.shape[1] <= _MANY_COLUMNS:
        return ""
    letters = sum(
        max(_longest([str(name)]), min(_longest(map(str, table.iloc[:, place])), _LONG_WORD)) + 1
        for place, name in enumerate(table.columns)
    )
    return " wide" if letters <= _LETTERS_ACROSS else " wide widest"


def _longest(texts: Iterable[str]) -> int:
    return max((len(word) for text in texts for word in text.split()), default=0)


def _kind(cells: Sequence[str]) -> Markup:
    """Class of a column: numbers to the right, short cells on one line, long words in pieces."""
    if all(_NUMBER.match(cell) for cell in cells):
        return Markup(' class="n"')
    if all(len(cell) <= _SHORT_CELL for cell in cells):
        return Markup(' class="s"')
    return Markup(' class="w"' if _longest(cells) > _LONG_WORD else "")


def _number(value: object) -> str:
    if isinstance(value, float) and value == value and value != int(value):
        return f"{value:.6g}" if abs(value) < 1e5 else f"{value:.1f}"
    return print_cell(value)


def _escape_markdown(text: str) -> str:
    """Text in which no sign means anything to Markdown, and no address makes a link."""
    escaped = re.sub(r"([\\`*_{}\[\]#+!|<>~$&@]|:(?=/)|(?<=www)\.|^[-=])", r"\\\1", text)
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", escaped)


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    finalize=show_unseen,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "table": format_table,
    "numbers": format_numbers,
    "width_class": _width_class,
    "shortened": shorten_middle,
    "script_json": format_json,
    "clean": clean,
    "markdown": _escape_markdown,
}
_ENVIRONMENT.globals["counted"] = counted
