"""From a file's bytes to a cohort: any hospital's files, under a mapping of their columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd

from pht_core.intake.limits import LIMITS, Limits
from pht_core.intake.mapping import FileMap
from pht_core.intake.mapping_file import check_saved
from pht_core.intake.opening.opening import open_files
from pht_core.intake.questions import Question
from pht_core.intake.recognising.arranging import arrange_tables
from pht_core.intake.recognising.recognition import map_columns
from pht_core.intake.source import SourceFile, SourceTable
from pht_core.intake.tidying.checks import check_consistency, check_tables
from pht_core.intake.tidying.tidying import tidy_tables
from pht_core.model.cohort import Cohort, build_cohort, digest_of
from pht_core.model.errors import BlockedCohort, UnreadableFile
from pht_core.model.findings import BLOCKS, Findings, findings_table, format_finding

SAMPLE_FOLDER = Path(__file__).resolve().parents[2] / "sample_data"
SAMPLE_FILE = SAMPLE_FOLDER / "cohort.csv"
TREATED_FILE = SAMPLE_FOLDER / "treated.csv"


@dataclass(frozen=True)
class Intake:
    """What became of some files: their tables, what these mean, and the cohort if there is one.

    name : what figures call the data.
    digest : SHA-256 of the files' bytes, one after the other in the order of their names.
    opened : what was noticed on opening them, which no mapping changes.
    findings : all that was noticed, the most serious first (``validation.FINDING_COLUMNS``).
    cohort : missing if a finding blocks or a question is open.
    sources : name and SHA-256 of each file, in the order of their names.
    """

    name: str
    digest: str
    tables: tuple[SourceTable, ...]
    mapping: FileMap
    opened: tuple[dict[str, object], ...]
    findings: pd.DataFrame
    questions: tuple[Question, ...]
    cohort: Cohort | None
    sources: tuple[tuple[str, str], ...] = ()


def read_files(
    files: Sequence[SourceFile],
    saved: FileMap | None = None,
    name: str = "",
    *,
    limits: Limits = LIMITS,
    simulated: bool = False,
    report: Callable[[str], None] | None = None,
) -> Intake:
    """Read the files of one cohort, whatever their layout.

    saved : a mapping that was made for such files before; the rest is recognised.
    name : what figures call the data; the files' names by default.
    report : gets a sentence at each step.
    Raises UnreadableFile if no table could be read from any file.
    """
    tell = report or (lambda _: None)
    names = ", ".join(file.name for file in files)
    tell(f"Opening {names} …")
    opened = open_files(files, limits)
    tell("Recognising the columns …")
    noticed = list(opened.findings)
    tables = arrange_tables(opened.tables, noticed)
    mapping = map_columns(tables, saved)
    noticed += check_saved(saved, mapping) if saved else []
    ordered = sorted(files, key=lambda file: file.name)
    digest = digest_of(b"".join(file.content for file in ordered))
    tell("Reading the values and checking them …")
    intake = _read(name or names, digest, tables, mapping, tuple(noticed), simulated)
    sources = tuple((file.name, digest_of(file.content)) for file in ordered)
    return replace(intake, sources=sources)


def read_again(intake: Intake, mapping: FileMap) -> Intake:
    """Read the same tables under another mapping."""
    read = _read(intake.name, intake.digest, intake.tables, mapping, intake.opened, False)
    return replace(read, sources=intake.sources)


def read_cohort(
    source: bytes | Path | Sequence[Path],
    name: str = "",
    saved: FileMap | None = None,
    *,
    simulated: bool = False,
) -> Cohort:
    """Read a cohort from a file's bytes or path, from several paths, or from a folder.

    source : a file in any layout that is recognised; of a folder, every file in it.
    name : what figures call the data; the file's or folder's name by default.
    Raises UnreadableFile, or BlockedCohort with all findings; a cohort has those of its own.
    """
    if isinstance(source, bytes):
        name = name or "the file"
        files = [SourceFile(name, source)]
    else:
        paths = [source] if isinstance(source, Path) else list(source)
        name = name or ", ".join(path.name for path in paths)
        files = read_paths(paths)
    intake = read_files(files, saved, name, simulated=simulated)
    if intake.cohort is None:
        grave = intake.findings[intake.findings["severity"] == BLOCKS]
        sentences = " ".join(map(format_finding, grave.itertuples()))
        raise BlockedCohort(f"{name} cannot be used. {sentences}", intake.findings)
    return intake.cohort


def read_paths(paths: Sequence[Path]) -> list[SourceFile]:
    """Files by their paths; a folder stands for all files in it.

    Raises UnreadableFile if one cannot be opened, or a folder is empty.
    """
    files: list[SourceFile] = []
    for path in paths:
        own = [path]
        if path.is_dir():
            own = sorted(file for file in path.iterdir() if file.is_file())
            own = [file for file in own if not file.name.startswith(".")]
            if not own:
                raise UnreadableFile(f"{path} holds no file. Give the folder that holds them.")
        for file in own:
            try:
                files.append(SourceFile(file.name, file.read_bytes()))
            except OSError as error:
                raise UnreadableFile(
                    f"{file.name} could not be opened: {error.strerror}. Check the path, or give "
                    "another file."
                ) from None
    return files


@cache
def read_sample() -> Cohort:
    """The sample: 17 patients, Table 3 of Wang et al. 2023 with simulated serial data.

    It is read once, as it is nobody's data: its tables are for all callers to read, not to change.
    """
    return read_cohort(SAMPLE_FILE, "Wang 2023 sample (simulated counts)", simulated=True)


@cache
def _sample_digests() -> frozenset[str]:
    """Files of the sample, by which they are known as simulated wherever they are opened."""
    tidy = sorted(SAMPLE_FOLDER.joinpath("tidy").iterdir(), key=lambda file: file.name)
    whole = ([SAMPLE_FILE], [TREATED_FILE], tidy)
    return frozenset(digest_of(b"".join(file.read_bytes() for file in files)) for files in whole)


def _read(
    name: str,
    digest: str,
    tables: tuple[SourceTable, ...],
    mapping: FileMap,
    opened: tuple[dict[str, object], ...],
    simulated: bool,
) -> Intake:
    tidied = tidy_tables(tables, mapping)
    rows: Findings = [*opened, *tidied.findings]
    if tidied.tables:
        rows += check_tables(tidied.tables).to_dict("records")  # type: ignore[arg-type]
        rows += check_consistency(tidied.tables, tidied.births)
    findings = findings_table(rows)
    cohort = None
    if not (findings["severity"] == BLOCKS).any():
        cohort = build_cohort(
            tidied.tables,
            name=name,
            digest=digest,
            findings=findings,
            recorded=tidied.recorded,
            stated=tidied.stated,
            simulated=simulated or digest in _sample_digests(),
            others=tidied.others,
        )
    return Intake(name, digest, tables, mapping, opened, findings, tidied.questions, cohort)
