"""Any uploaded files as tables: what kind each is, by its content first and its name second."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from zipfile import ZipFile, ZipInfo

import pyarrow as pa

from pht_core.intake.limits import LIMITS, Limits, check_bytes, check_limit
from pht_core.intake.opening.archive import (
    Budget,
    format_label,
    iterate_member,
    list_members,
    open_zip,
)
from pht_core.intake.opening.kinds import KINDS, ZIPPED, Unsupported, ending_of, find_kind
from pht_core.intake.opening.text import check_line, read_text
from pht_core.intake.opening.worker import read_apart
from pht_core.intake.source import SourceFile, SourceTable
from pht_core.model.errors import UnreadableFile, fault_place
from pht_core.model.findings import BLOCKS, CHANGES, Findings, build_finding
from pht_core.model.words import counted


@dataclass(frozen=True)
class Opened:
    """The tables of some files, and what was found on the way to them."""

    tables: tuple[SourceTable, ...]
    findings: Findings


class _Document(UnreadableFile):
    """A file for people to read, which holds no table to begin with."""


def open_files(files: Sequence[SourceFile], limits: Limits = LIMITS) -> Opened:
    """Read every table of the files: text, workbooks, ZIPs of them, Parquet, SAS, SPSS, Stata.

    A file of which no table comes is a finding that blocks, as long as another one gives a table.
    Raises UnreadableFile if no table at all comes of the files: which file, why, and what to do.
    """
    check_limit("The upload", len(files), limits.files, "files", "Put fewer together.")
    total = sum(len(file.content) for file in files)
    check_bytes("The upload", total, limits.upload_bytes, "has", "Leave out what is not needed.")
    findings: Findings = []
    tables: list[SourceTable] = []
    budget = Budget(limits)
    for file in _each_once(files, findings):
        for one in _unpack(file, budget, findings):
            try:
                tables += _read_file(one, budget, findings)
            except _Document as error:
                # A codebook that was packed with the tables does not stand in their way.
                _refuse(one.name, error, findings, BLOCKS if one is file else CHANGES)
            except UnreadableFile as error:
                _refuse(one.name, error, findings)
            except Exception as error:  # whatever a file leads to, it is of this file alone
                words = (
                    f"{one.name} could not be read because of a fault in this program "
                    f"({fault_place(error)}). Save the table as 'CSV UTF-8', and report the fault."
                )
                _refuse(one.name, UnreadableFile(words), findings)
    if not tables:
        raise UnreadableFile(_join_refusals(findings))
    # pyarrow keeps what it needed for the next file; a server has other sessions to serve.
    pa.default_memory_pool().release_unused()
    return Opened(_with_own_names(tables), findings)


def _each_once(files: Sequence[SourceFile], findings: Findings) -> Iterator[SourceFile]:
    """The files, and one with the very same bytes as another only once."""
    first: dict[bytes, str] = {}
    for file in files:
        if file.content in first:
            other = first[file.content]
            findings.append(build_finding("same_file_twice", file.name, other=other))
        else:
            first[file.content] = file.name
            yield file


def _unpack(file: SourceFile, budget: Budget, findings: Findings) -> Iterator[SourceFile]:
    """The file itself, or the files in it if it is an archive."""
    name = file.name
    try:
        if find_kind(name, file.content) != "archive":
            yield file
            return
        _note_ending(name, "archive", findings)
        with open_zip(name, file.content) as archive:
            for info in list_members(name, archive, budget.limits, findings):
                if budget.is_spent():
                    break
                label = SourceFile(format_label(name, info.filename), b"").name
                try:
                    content = _read_member(label, archive, info, budget)
                except UnreadableFile as error:
                    _refuse(label, error, findings)
                else:
                    yield SourceFile(label, content)
    except UnreadableFile as error:
        _refuse(name, error, findings)


def _read_member(label: str, archive: ZipFile, info: ZipInfo, budget: Budget) -> bytes:
    """A member's bytes; a line of text that has no end is refused while it unpacks."""
    pieces: list[bytes] = []
    n = 0
    for piece in iterate_member(label, archive, info, budget):
        pieces.append(piece)
        n = 0 if b"\n" in piece or b"\r" in piece else n + len(piece)
        endless = n > budget.limits.line_bytes and not pieces[0].startswith(ZIPPED)
        if endless and find_kind(label, pieces[0]) == "text":
            check_line(label, n, budget.limits)
    return b"".join(pieces)


def _read_file(file: SourceFile, budget: Budget, findings: Findings) -> list[SourceTable]:
    name, content = file.name, file.content
    kind = find_kind(name, content)
    if kind == "archive":
        to_do = "Unpack it, and put its files side by side."
        kind = Unsupported("an archive inside an archive", to_do)
    if isinstance(kind, Unsupported):
        refusal = _Document if kind.is_document else UnreadableFile
        raise refusal(f"{name} is {kind.what}. {kind.to_do}")
    _note_ending(name, kind, findings)
    if kind == "text":
        return [read_text(name, content, findings, budget.limits)]
    read = read_apart(
        "pht_core.intake.opening.binary:read_binary",
        content,
        name,
        kind,
        asdict(budget.limits),
        budget.used,
        damaged=f"{name} is {KINDS[kind].title} that is damaged, cut off or protected. Open it in "
        "the program that wrote it and save it again, or save the table as 'CSV UTF-8'.",
    )
    budget.used = read["used"]
    findings += read["findings"]
    tables: list[SourceTable] = read["tables"]
    return tables


def _note_ending(name: str, kind: str, findings: Findings) -> None:
    ending, title = ending_of(name), KINDS[kind].title
    known = {own for each in KINDS.values() for own in each.endings} | {"xlsb", "ods"}
    if ending in known - set(KINDS[kind].endings):
        findings.append(build_finding("other_ending", name, value=ending, kind=title))


def _refuse(name: str, error: UnreadableFile, findings: Findings, severity: str = BLOCKS) -> None:
    findings.append(build_finding("file_refused", name, severity=severity, reason=str(error)))


def _join_refusals(findings: Findings) -> str:
    refused = [row["found"] for row in findings if row["name"] == "file_refused"]
    if not refused:
        return "There is no file. Choose one, or several that belong together."
    n_more = len(refused) - 3
    more = f" {counted(n_more, 'more file', 'more files')} could not be read." if n_more > 0 else ""
    return " ".join(refused[:3]) + more


def _with_own_names(tables: list[SourceTable]) -> tuple[SourceTable, ...]:
    """The tables, each under a name of its own: two files may have the same."""
    taken: Counter[str] = Counter()
    named = []
    for table in tables:
        taken[table.name] += 1
        n = taken[table.name]
        named.append(table if n == 1 else replace(table, name=f"{table.name} ({n})"))
    return tuple(named)
