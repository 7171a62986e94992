"""A reply to the editor from a report: each finding with its place, print and arithmetic."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from pht_core.claims.claim import NO_COLUMN, NOT_REPRODUCED, REPRODUCED, Claim, Finding, Report
from pht_core.claims.report import format_summary
from pht_core.claims.verdicts import REQUESTS, VERDICTS, by_gravity

DATA_SECTION = "Figures not reproduced by the data"
NOTES_SECTION = "Further notes"


@dataclass(frozen=True)
class Item:
    """A finding, or claims with one cause: places, prints, what was found, the reader's note."""

    places: tuple[str, ...]
    prints: tuple[str, ...]
    found: str
    note: str = ""
    size: int = 1  # the claims in it


@dataclass(frozen=True)
class Reply:
    """What the editor reads, by the heading of its section."""

    name: str
    summary: str
    sections: Mapping[str, tuple[Item, ...]]
    not_checked: Mapping[str, int] = field(default_factory=dict)
    dismissed: tuple[str, ...] = ()
    data_name: str = ""


def sort_by_gravity(claims: Sequence[Claim]) -> list[Claim]:
    """The most serious first: what does not match, what the data do not give, then the others."""
    after_wrong = max(verdict.gravity for verdict in VERDICTS.values() if verdict.is_wrong) + 0.5

    def gravity(claim: Claim) -> tuple[float, bool, int]:
        reproduced = claim.data != NOT_REPRODUCED
        own = VERDICTS[claim.verdict].gravity
        return own if reproduced else min(own, after_wrong), reproduced, claim.pct_start

    return sorted(claims, key=gravity)


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
    dismissed: Sequence[str] = (),
    data_name: str = "",
) -> Reply:
    """A reply that holds whatever does not match, in the order of the text.

    name : the manuscript's. notes : by a claim's id; those on other claims come last, with these
    claims. dismissed : prints that are no claims. data_name : the cohort's, if one was compared.
    """
    notes = {key: note.strip() for key, note in (notes or {}).items() if note.strip()}
    headings = [verdict.section for verdict in by_gravity()]
    headings += [verdict.finding_section for verdict in by_gravity()]
    sections: dict[str, list[Item]] = {
        heading: [] for heading in (*headings, DATA_SECTION, NOTES_SECTION) if heading
    }
    causes: dict[tuple[str, object], list[Claim]] = {}
    for claim in report.claims:
        section = VERDICTS[claim.verdict].section
        if not section and claim.data == NOT_REPRODUCED:
            section = DATA_SECTION
        elif not section and claim.id in notes:
            section = NOTES_SECTION
        if section:
            # One cause is told once: what stands in one column, with one N.
            cell = claim.cell
            column = (cell.table, cell.column, claim.denominator) if cell else claim.id
            causes.setdefault((section, column), []).append(claim)
    for (section, _), claims in causes.items():
        sections[section].append(_item(report, claims, notes))
    for finding in report.findings:
        if section := VERDICTS[finding.verdict].finding_section:
            sections[section].append(_between(report, finding))
    return Reply(
        one_line(name),
        format_summary(report),
        {section: tuple(items) for section, items in sections.items() if items},
        report.not_checked,
        tuple(one_line(words) for words in dismissed),
        one_line(data_name),
    )


def _item(report: Report, claims: Sequence[Claim], notes: Mapping[str, str]) -> Item:
    """Claims with one cause: their places and prints, then the arithmetic of each."""
    found = []
    for claim in claims:
        words = f"{VERDICTS[claim.verdict].one}: {one_line(claim.arithmetic)}"
        if claim.n_source == "reader":
            words += "; N as corrected by the reader"
        if claim.data:
            words += f". {_capital(one_line(claim.read_as))}; {format_data(claim)}"
        found.append(f"{_capital(words)}.")
    if len(claims) > 1:
        n = claims[0].denominator
        found.insert(0, f"{len(claims)} percentages of one column" + (f", N = {n}." if n else "."))
    return Item(
        tuple(_capital(format_place(report, claim.pct_start, claim.place)) for claim in claims),
        tuple(one_line(claim.text) for claim in claims),
        " ".join(found),
        " ".join(" ".join(notes[claim.id].split()) for claim in claims if claim.id in notes),
        len(claims),
    )


def _size(items: Sequence[Item]) -> int:
    return sum(item.size for item in items)


def _between(report: Report, finding: Finding) -> Item:
    return Item(
        tuple(_capital(format_place(report, start)) for start, _ in finding.spans),
        tuple(one_line(text) for text in finding.texts),
        _capital(f"{finding.title}: {one_line(finding.message)}."),
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def format_markdown(reply: Reply) -> str:
    """The reply as Markdown; words of the manuscript stand as code, so that none is markup."""
    lines = [f"# Figures in {_code(reply.name)}", ""]
    lines += [f"{_plain(line)}\n" for line in _opening(reply)]
    for section, items in reply.sections.items():
        lines += [f"## {section} ({_size(items)})", ""]
        if section in REQUESTS:
            lines += [_plain(REQUESTS[section]), ""]
        for number, item in enumerate(items, 1):
            lines.append(f"{number}. {_where(item, _code)}")
            lines.append(f"   - {_plain(item.found)}")
            if item.note:
                lines.append(f"   - Note: {_plain(item.note)}")
        lines.append("")
    lines += [f"{_plain(line)}\n" for line in _ending(reply)]
    if reply.dismissed:
        lines.append(f"Dismissed: {', '.join(map(_code, reply.dismissed))}.\n")
    return "\n".join(lines)


def write_docx(reply: Reply) -> bytes:
    """The reply as a Word file; every word of the manuscript is a plain run."""
    from pht_core.export.document.word_tables import new_document  # not when a page starts

    document = new_document("Report check")
    document.add_heading(f"Figures in {reply.name}", level=1)
    for line in _opening(reply):
        document.add_paragraph(line)
    for section, items in reply.sections.items():
        document.add_heading(f"{section} ({_size(items)})", level=2)
        if section in REQUESTS:
            document.add_paragraph(REQUESTS[section])
        for number, item in enumerate(items, 1):
            paragraph = document.add_paragraph(f"{number}. ")
            paragraph.add_run(_where(item, _quoted)).bold = True
            paragraph.add_run(f"\n{item.found}")
            if item.note:
                paragraph.add_run("\nNote: ").italic = True
                paragraph.add_run(item.note)
    for line in _ending(reply):
        document.add_paragraph(line)
    if reply.dismissed:
        prints = ", ".join(map(_quoted, reply.dismissed))
        document.add_paragraph(f"Dismissed: {prints}.")
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _opening(reply: Reply) -> list[str]:
    lines = [reply.summary]
    if reply.data_name:
        lines.append(f"Compared with the data of {reply.data_name}.")
    if not reply.sections:
        lines.append("No mismatch was found.")
    return lines


def _ending(reply: Reply) -> list[str]:
    how = (
        "Method: exact arithmetic on the printed digits. A percentage is consistent if its count "
        "and denominator give it, rounded half up. Line numbers refer to the text as it was read."
    )
    lines = [how]
    if reply.not_checked:
        counts = "; ".join(f"{words}: {n}" for words, n in sorted(reply.not_checked.items()))
        lines.append(f"Numbers read but not checked: {counts}.")
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
