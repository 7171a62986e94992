"""What every command does alike: take cohort files and a mapping, and print tables or JSON."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pht_core.intake.mapping import FileMap
from pht_core.intake.mapping_file import read_mapping
from pht_core.intake.reading import SAMPLE_FILE, read_cohort, read_sample
from pht_core.model.cohort import Cohort
from pht_core.model.errors import PhtError
from pht_core.model.findings import NOTE, format_finding

EXIT_CODES = (
    "Returns 0 if all was done, 1 if the file was written but a figure was left out or the "
    "settings were made on other data (standard error says which), 2 if nothing was written."
)


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add the options of the files of a cohort: ``FILE...`` and ``--mapping``."""
    parser.add_argument(
        "files", metavar="FILE", nargs="+", type=Path, help="a cohort's files, or their folder"
    )
    add_mapping(parser)


def add_mapping(parser: argparse.ArgumentParser) -> None:
    """Add the option of a saved mapping."""
    parser.add_argument(
        "--mapping", metavar="M.json", type=Path, help="what the columns mean, as saved in the app"
    )


def add_work(parser: argparse.ArgumentParser) -> None:
    """Add what deck and report take: files, mapping, settings, colours, and where to write."""
    parser.epilog = EXIT_CODES
    add_files(parser)
    parser.add_argument(
        "--settings",
        metavar="S.json",
        type=Path,
        help="figures, definitions and filters, as saved in the app; else every figure there is",
    )
    parser.add_argument("--grey", action="store_true", help="greys and patterns for colours")
    parser.add_argument(
        "--final", action="store_true", help="the cohort is final: nothing is called exploratory"
    )
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True)


def read_saved(path: Path | None) -> FileMap | None:
    """A saved mapping; None without a path.

    Raises
    ------
    PhtError
        If it cannot be opened, or is no mapping.
    """
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PhtError(
            f"{path} could not be opened: {error.strerror}. Give another mapping."
        ) from None
    return read_mapping(content)


def read(files: Sequence[Path], mapping: Path | None = None) -> Cohort:
    """A cohort; what was found in its files and changes a result goes to standard error."""
    if len(files) == 1 and mapping is None and files[0].resolve() == SAMPLE_FILE.resolve():
        cohort = read_sample()
    else:
        cohort = read_cohort(list(files), saved=read_saved(mapping))
    for row in cohort.findings.itertuples():
        if row.severity != NOTE:
            print(
                f"{row.severity}: {row.table}.{row.column}: {format_finding(row)}", file=sys.stderr
            )
    return cohort


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts fit for JSON: missing values are null."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows


def print_json(content: object) -> None:
    """Content as indented JSON."""
    print(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False))


def print_table(title: str, table: pd.DataFrame) -> None:
    """A table under its title, missing values as a dash."""
    print(f"{title}\n{table.to_string(index=False, na_rep='-')}\n")
