"""What every command does alike: take cohort files and a mapping, and print tables or JSON."""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pht_core.intake.mapping import FileMap
from pht_core.intake.mapping_file import read_mapping
from pht_core.intake.reading import SAMPLE_FILE, read_cohort, read_sample
from pht_core.model.cohort import Cohort
from pht_core.model.errors import PhtError
from pht_core.model.findings import NOTE, format_finding
from pht_core.model.settings import SETTINGS, Settings, changed_settings

EXIT_CODES = (
    "Returns 0 if all was done, 1 if the file was written but a figure was left out or the "
    "settings were made on other data (standard error says which), 2 if nothing was written."
)
# What several commands take: flags, and what argparse has to know of each.
OPTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "files": (
        ("files",),
        {"metavar": "FILE", "nargs": "+", "type": Path, "help": "the data files, or their folder"},
    ),
    "mapping": (
        ("--mapping",),
        {"metavar": "M.json", "type": Path, "help": "a column mapping saved in the app"},
    ),
    "settings": (
        ("--settings",),
        {
            "metavar": "S.json",
            "type": Path,
            "help": "figures, definitions and filters saved in the app; by default all figures",
        },
    ),
    "grey": (("--grey",), {"action": "store_true", "help": "shades of grey instead of colors"}),
    "final": (
        ("--final",),
        {"action": "store_true", "help": "data are locked: do not label figures exploratory"},
    ),
    "output": (("-o", "--output"), {"metavar": "OUT", "type": Path, "required": True}),
    "json": (("--json",), {"action": "store_true", "help": "print JSON"}),
}


def add_command(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    options: str,
    *,
    help: str,
    definitions: Iterable[str] = (),
    epilog: str | None = None,
) -> argparse.ArgumentParser:
    """Add a command with those of `OPTIONS` and of the definitions that it has, in this order."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, epilog=epilog)
    for option in options.split():
        flags, known = OPTIONS[option]
        parser.add_argument(*flags, **known)
    for name in definitions:
        add_definition(parser, name)
    parser.set_defaults(run=run)
    return parser


def add_definition(parser: argparse.ArgumentParser, name: str) -> None:
    """Add a definition's flag, with the bounds and words of ``settings.toml``."""
    setting, default = SETTINGS[name], getattr(Settings(), name)
    words = re.sub(r"\{\w+\}", "N", setting.changed)
    flag = name.replace("_", "-")
    if isinstance(default, bool):
        flag = f"--no-{flag}" if default else f"--{flag}"
        action = "store_false" if default else "store_true"
        parser.add_argument(flag, dest=name, action=action, help=words)
        return
    offered = list(setting.offered()) if setting.offered else None
    known: dict[str, Any] = {"choices": offered} if offered else {"metavar": "N"}
    words = f"default: {default}" if offered else f"{words} (default: {default})"
    parser.add_argument(f"--{flag}", type=type(default), default=default, help=words, **known)


def chosen_settings(options: argparse.Namespace) -> Settings:
    """The definitions that a command offers; PhtError for a value out of bounds."""
    return Settings(**{name: value for name, value in vars(options).items() if name in SETTINGS})


def format_modified(settings: Settings) -> str:
    """The definitions that are not the defaults, as a paragraph; empty where all are."""
    changed = changed_settings(settings)
    return f"Modified definitions: {', '.join(changed)}.\n\n" if changed else ""


def list_modified(settings: Settings) -> dict[str, list[str]]:
    """The same for JSON."""
    changed = changed_settings(settings)
    return {"modified_definitions": changed} if changed else {}


def read_bytes(path: Path, what: str) -> bytes:
    """A file's bytes; a PhtError that names ``what`` it is if it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise PhtError(
            f"The {what} {path} could not be opened: {error.strerror or error}. Give another."
        ) from None


def read_saved_mapping(path: Path | None) -> FileMap | None:
    """A saved mapping; None without a path."""
    return read_mapping(read_bytes(path, "mapping")) if path else None


def read(files: Sequence[Path], mapping: Path | None = None) -> Cohort:
    """A cohort; what was found in its files and changes a result goes to standard error."""
    if len(files) == 1 and mapping is None and files[0].resolve() == SAMPLE_FILE.resolve():
        cohort = read_sample()
    else:
        cohort = read_cohort(list(files), saved=read_saved_mapping(mapping))
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
    """Content as indented JSON; tables in it as lists of their rows."""
    print(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False, default=records))


def print_table(title: str, table: pd.DataFrame) -> None:
    """A table under its title, missing values as a dash."""
    print(f"{title}\n{table.to_string(index=False, na_rep='-')}\n")
