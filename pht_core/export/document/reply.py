"""A reply to the editor from a report: each finding with its place, print and arithmetic.

The wording is neutral: a figure "does not follow from" another; why is for the authors to say.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from pht_core.claims.claim import (
    CANNOT_TELL,
    CONSISTENT,
    IMPOSSIBLE,
    INCONSISTENT,
    NO_COLUMN,
    NOT_REPRODUCED,
    REPRODUCED,
    ROUNDING,
    VERDICTS,
    WRONG,
    Claim,
    Finding,
    Report,
)
from pht_core.claims.report import format_summary
from pht_core.export.document.word_tables import new_document

VERDICT_WORDS = {
    IMPOSSIBLE: "not possible",
    INCONSISTENT: "does not follow",
    ROUNDING: "follows by another rounding",
    CANNOT_TELL: "could not be told",
    CONSISTENT: "follows",
}
FINDING_WORDS = VERDICT_WORDS | {CANNOT_TELL: "worth a look", CONSISTENT: "noted"}
TITLES = {
    "wrong": "Percents that do not follow from their counts",
    "rounding": "Percents that follow by another rounding only",
    "between": "Statements that do not fit together",
    "look": "Statements worth a look",
    "data": "Figures that the data do not give",
    "notes": "Further notes",
}


@dataclass(frozen=True)
class Item:
    """A finding: where it stands, what is printed there, what was found, and the reader's note."""

    places: tuple[str, ...]
    prints: tuple[str, ...]
    found: str
    note: str = ""


@dataclass(frozen=True)
class Reply:
    """What is told to the editor, by section."""

    name: str
    summary: str
    sections: Mapping[str, tuple[Item, ...]]
    not_checked: Mapping[str, int] = field(default_factory=dict)
    set_aside: tuple[str, ...] = ()
    data_name: str = ""


def sort_by_weight(claims: Sequence[Claim]) -> list[Claim]:
    """The gravest first: what does not follow, what the data do not give, then the others."""

    def weight(claim: Claim) -> tuple[float, bool, int]:
        other = claim.data != NOT_REPRODUCED
        rank = VERDICTS.index(claim.verdict)
        after_wrong = max(map(VERDICTS.index, WRONG)) + 0.5
        return rank if other else min(rank, after_wrong), other, claim.pct_start

    return sorted(claims, key=weight)


def format_place(report: Report, offset: int, heading: str = "") -> str:
    """Where a character of the text stands: its heading, if known, and its line from 1."""
    line = f"line {report.text.count(chr(10), 0, offset) + 1:,}"
    return f"{one_line(heading)}, {line}" if heading else line


def format_data(claim: Claim) -> str:
    """What the data say of a claim, in words; empty where none was asked."""
    if claim.data is None:
        return ""
    if claim.data == REPRODUCED:
        return f"reproduced: the data give {claim.data_gives}"
    if claim.data == NO_COLUMN:
        why = "" if claim.data_gives in ("", NO_COLUMN) else f": {claim.data_gives}"
        return f"no column{why}"
    return f"not reproduced: the data give {claim.data_gives}"


def one_line(text: str) -> str:
    """Printed words on one line, without characters that are no text."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", " ", text).split())


def build_reply(
    report: Report,
    name: str,
    *,
    notes: Mapping[str, str] | None = None,
    set_aside: Sequence[str] = (),
    data_name: str = "",
) -> Reply:
    """A reply that holds whatever does not follow, in the order of the text.

    Parameters
    ----------
    name : the manuscript's.
    notes : by a claim's id; those on other claims come last, with these claims.
    set_aside : prints that the reader said are no claims.
    data_name : the cohort's, if claims were held against one.
    """
    notes = {key: note.strip() for key, note in (notes or {}).items() if note.strip()}
    sections: dict[str, list[Item]] = {section: [] for section in TITLES}
    for claim in report.claims:
        if claim.verdict in WRONG:
            section = "wrong"
        elif claim.verdict == ROUNDING:
            section = "rounding"
        elif claim.data == NOT_REPRODUCED:
            section = "data"
        elif claim.id in notes:
            section = "notes"
        else:
            continue
        sections[section].append(_item(report, claim, notes.get(claim.id, "")))
    for finding in report.findings:
        if finding.verdict in WRONG:
            sections["between"].append(_between(report, finding))
        elif finding.verdict != CONSISTENT:
            sections["look"].append(_between(report, finding))
    return Reply(
        one_line(name),
        format_summary(report),
        {section: tuple(items) for section, items in sections.items() if items},
        report.not_checked,
        tuple(one_line(words) for words in set_aside),
        one_line(data_name),
    )


def _item(report: Report, claim: Claim, note: str) -> Item:
    found = f"{VERDICT_WORDS[claim.verdict]}: {one_line(claim.arithmetic)}"
    if claim.n_source == "reader":
        found += "; the N is the reader's"
    if claim.data:
        found += f". {_capital(one_line(claim.read_as))}; {format_data(claim)}"
    return Item(
        (_capital(format_place(report, claim.pct_start, claim.place)),),
        (one_line(claim.text),),
        f"{_capital(found)}.",
        " ".join(note.split()),
    )


def _between(report: Report, finding: Finding) -> Item:
    return Item(
        tuple(_capital(format_place(report, start)) for start, _ in finding.spans),
        tuple(one_line(text) for text in finding.texts),
        _capital(f"{finding.kind}: {one_line(finding.message)}."),
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def format_markdown(reply: Reply) -> str:
    """The reply as Markdown; words of the manuscript stand as code, so that none is markup."""
    lines = [f"# Figures in {_code(reply.name)}", ""]
    lines += [f"{_plain(line)}\n" for line in _opening(reply)]
    for section, items in reply.sections.items():
        lines += [f"## {TITLES[section]} ({len(items)})", ""]
        for number, item in enumerate(items, 1):
            lines.append(f"{number}. {_where(item, _code)}")
            lines.append(f"   - {_plain(item.found)}")
            if item.note:
                lines.append(f"   - Note: {_plain(item.note)}")
        lines.append("")
    lines += [f"{_plain(line)}\n" for line in _ending(reply)]
    if reply.set_aside:
        lines.append(f"Set aside as no claim: {', '.join(map(_code, reply.set_aside))}.\n")
    return "\n".join(lines)


def write_docx(reply: Reply) -> bytes:
    """The reply as a Word file; every word of the manuscript is a plain run."""
    document = new_document("Report check")
    document.add_heading(f"Figures in {reply.name}", level=1)
    for line in _opening(reply):
        document.add_paragraph(line)
    for section, items in reply.sections.items():
        document.add_heading(f"{TITLES[section]} ({len(items)})", level=2)
        for number, item in enumerate(items, 1):
            paragraph = document.add_paragraph(f"{number}. ")
            paragraph.add_run(_where(item, _quoted)).bold = True
            paragraph.add_run(f"\n{item.found}")
            if item.note:
                paragraph.add_run("\nNote: ").italic = True
                paragraph.add_run(item.note)
    for line in _ending(reply):
        document.add_paragraph(line)
    if reply.set_aside:
        prints = ", ".join(map(_quoted, reply.set_aside))
        document.add_paragraph(f"Set aside as no claim: {prints}.")
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _opening(reply: Reply) -> list[str]:
    lines = [reply.summary]
    if reply.data_name:
        lines.append(f"Held against the data of {reply.data_name}.")
    if not reply.sections:
        lines.append("Nothing was found that does not follow.")
    return lines


def _ending(reply: Reply) -> list[str]:
    how = (
        "Checked by exact arithmetic on the printed digits: a percent follows if its count and "
        "its denominator give it, rounded half up. Lines are those of the text as it was read."
    )
    lines = [how]
    if reply.not_checked:
        counts = "; ".join(f"{words}: {n}" for words, n in sorted(reply.not_checked.items()))
        lines.append(f"Read and not checked, with their counts: {counts}.")
    return lines


def _where(item: Item, quote: Callable[[str], str]) -> str:
    pairs = zip(item.places, item.prints, strict=True)
    return "; ".join(f"{place}: {quote(words)}" for place, words in pairs) or "In the whole text"


def _quoted(words: str) -> str:
    return f"“{words}”"


def _code(words: str) -> str:
    """A code span around any words: its fence is longer than any run of backticks in them."""
    runs = [len(run) for run in re.findall(r"`+", words)]
    fence = "`" * (max(runs, default=0) + 1)
    space = " " if runs else ""
    return f"{fence}{space}{words}{space}{fence}"


_HARMLESS = re.compile(r"[^\W_](?:[^\W_]|[ ,.;:=/%()\"'“”±–·≤≥…?+-]|->)*", re.UNICODE)
_ADDRESS = re.compile(r"://|www\.|@", re.IGNORECASE)


def _plain(words: str) -> str:
    """Words as they are if no sign in them means anything to Markdown, else as code."""
    if _HARMLESS.fullmatch(words) and not _ADDRESS.search(words):
        return words
    return _code(words)
