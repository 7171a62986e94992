"""Any uploaded files as tables: what kind each is, by its content first and its name second."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pht_core.errors import UnreadableFile
from pht_core.intake.limits import LIMITS, Limits, check_bytes, check_limit
from pht_core.intake.source import SourceFile, SourceTable
from pht_core.intake.text import read_text
from pht_core.validation import BLOCKS, Findings, finding


@dataclass(frozen=True)
class Opened:
    """The tables of some files, and what was found on the way to them."""

    tables: tuple[SourceTable, ...]
    findings: list[dict[str, Any]]


def open_files(files: Sequence[SourceFile], limits: Limits = LIMITS) -> Opened:
    """Read every table of the files.

    A file of which no table comes is a finding that blocks, as long as another one gives a table.

    Raises
    ------
    UnreadableFile
        If no table at all comes of the files: which file, why, and what to do.
    """
    check_limit("The upload", len(files), limits.files, "files", "Put fewer together.")
    total = sum(len(file.content) for file in files)
    check_bytes("The upload", total, limits.upload_bytes, "has", "Leave out what is not needed.")
    findings: Findings = []
    tables: list[SourceTable] = []
    refused: list[str] = []
    for file in files:
        try:
            tables += _open_file(file, limits, findings)
        except UnreadableFile as error:
            refused.append(str(error))
            findings.append(
                finding(BLOCKS, file.name, "", str(error), "", "Or take this file out.")
            )
    if not tables:
        raise UnreadableFile(" ".join(refused) or "There is no file. Choose one.")
    return Opened(tuple(tables), findings)


def _open_file(file: SourceFile, limits: Limits, findings: Findings) -> list[SourceTable]:
    return [read_text(file.name, file.content, findings, limits)]
