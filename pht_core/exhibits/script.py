"""A short Python script that makes a figure again, from the same file and with the same choices."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pht_core.exhibits.entry import Entry
from pht_core.exhibits.exhibit import Exhibit
from pht_core.exhibits.saved import rename_entry
from pht_core.exhibits.trajectories import Trajectories, Trajectory
from pht_core.exhibits.view import VERSION
from pht_core.model.cohort import Cohort

_HEX = re.compile(r"[0-9a-f]{64}\Z")
# The script is Python and not HTML: what is not ours is in it as the literals that repr writes.
_SCRIPTS = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_SCRIPTS.filters["repr"] = repr


def format_script(
    shown: Exhibit[Any],
    *,
    files: Sequence[tuple[str, str]] = (),
    mapping_file: str = "",
    pseudonyms: Mapping[str, str] | None = None,
    title: str = "",
) -> str:
    """A script that writes a figure's NAME.svg and NAME.csv, and prints its results sentence.

    It stops if the files are not those that the view was read from (SHA-256), and says so if its
    sentence is another. Words of the files and of the user are in it only as quoted literals.

    files : name and SHA-256 of each file of the cohort; a digest may be empty where only that of
        all together is known. No files: the sample's.
    mapping_file : name of the saved mapping that is needed; empty where the columns are read as
        they are recognised.
    pseudonyms : where patients are relabelled, the ids shown by the ids of the file. The script
        then holds the file's ids of patients that were chosen.
    title : the user's, in place of the headline.

    Raises PhtError where there is nothing to show.
    """
    shown.check()
    name, view = shown.name, shown.view
    entry = Entry(name, shown.chosen, view.settings, view.filters, title)
    if pseudonyms:
        entry = _with_own_ids(shown, entry, pseudonyms)
    drawn = not shown.is_table
    imports = [
        "pht_core.exhibits.catalogue import exhibit",
        "pht_core.exhibits.rendering import render_exhibit",
        f"pht_core.export import {'Style, export_picture, ' if drawn else ''}format_csv",
        "pht_core.view import View",
    ]
    imports += ["pht_core.exhibits.exhibit import RenderTarget"] if drawn else []
    return _write(
        view.cohort,
        [entry],
        imports,
        files,
        mapping_file,
        what=f"Makes “{shown.title}”",
        written=f"{name}.svg, {name}.csv" if drawn else f"{name}.csv",
        name=name,
        drawn=drawn,
        options=_call("figure.options", entry.options),
        view=", ".join(["cohort", *_conditions(entry, view.final)]),
        title=title,
        pseudonyms=pseudonyms,
        said="" if pseudonyms else shown.texts().result,
    )


def format_basket_script(
    cohort: Cohort,
    entries: Sequence[Entry],
    *,
    final: bool = False,
    files: Sequence[tuple[str, str]] = (),
    mapping_file: str = "",
    pseudonyms: Mapping[str, str] | None = None,
) -> str:
    """A script that writes every figure of a basket, numbered by its place; see `format_script`.

    Figures that show patients by the program's choice show, where patients are relabelled, those
    that come first by the ids of the file.
    """
    if pseudonyms:
        own = {shown: name for name, shown in pseudonyms.items()}
        entries = [rename_entry(entry, own) for entry in entries]
    imports = [
        "pht_core.exhibits.catalogue import exhibit",
        "pht_core.exhibits.entry import Entry, render_entries, unique_names",
        "pht_core.exhibits.exhibit import RenderTarget",
        "pht_core.export import Style, export_picture, format_csv",
    ]
    return _write(
        cohort,
        entries,
        imports,
        files,
        mapping_file,
        what="Makes all figures of a set of slides",
        written="a .csv of each, an .svg if drawn",
        entries=[_entry(entry) for entry in entries],
        final=final,
        pseudonyms=pseudonyms,
    )


def _write(
    cohort: Cohort,
    shown: Iterable[Entry],
    imports: list[str],
    files: Sequence[tuple[str, str]],
    mapping_file: str,
    **values: Any,
) -> str:
    """A script after ``script.jinja``, with the imports that what is shown needs beyond others."""
    if any(entry.settings != type(entry.settings)() for entry in shown):
        imports.append("pht_core.settings import Settings")
    if any(entry.filters.active for entry in shown):
        imports.append("pht_core.filters import Filters")
    if mapping_file:
        imports.append("pht_core.intake.mapping_file import read_mapping")
    imports.append(
        f"pht_core.reading import {'read_cohort' if files else 'SAMPLE_FILE, read_sample'}"
    )
    called = "" if cohort.name == ", ".join(name for name, _ in files) else f", {cohort.name!r}"
    saved = ", saved=mapping" if mapping_file else ""
    return _SCRIPTS.get_template("script.jinja").render(
        {"entries": (), "version": VERSION, "cohort": cohort, "mapping_file": mapping_file},
        imports=imports,
        files=[(name, f"  # SHA-256 {one}" if _HEX.match(one) else "") for name, one in files],
        read=f"read_cohort(FILES{called}{saved})" if files else "read_sample()",
        **values,
    )


def _call(name: str, made: Any) -> str:
    """How to make a frozen dataclass, its defaults left out."""
    default = type(made)()
    changed = [
        f"{entry.name}={getattr(made, entry.name)!r}"
        for entry in fields(made)
        if getattr(made, entry.name) != getattr(default, entry.name)
    ]
    return f"{name}({', '.join(changed)})"


def _conditions(entry: Entry, final: bool = False) -> list[str]:
    """The arguments for definitions and filters that are not the defaults."""
    arguments = []
    if entry.settings != type(entry.settings)():
        arguments.append(f"settings={_call('Settings', entry.settings)}")
    if entry.filters.active:
        arguments.append(f"filters={_call('Filters', entry.filters)}")
    return [*arguments, *(["final=True"] if final else [])]


def _entry(entry: Entry) -> str:
    words = [
        f"{name}={getattr(entry, name)!r}" for name in ("title", "comment") if getattr(entry, name)
    ]
    options = _call(f"exhibit({entry.name!r}).options", entry.options)
    return f"Entry({', '.join([repr(entry.name), options, *_conditions(entry), *words])})"


def _with_own_ids(shown: Exhibit[Any], entry: Entry, pseudonyms: Mapping[str, str]) -> Entry:
    """The same patients by the ids of the file; those that the program chose are named too.

    It chooses the first by their ids, and those are others in the file.
    """
    own = {pseudonym: name for name, pseudonym in pseudonyms.items()}
    options = entry.options
    if isinstance(shown, Trajectory):
        options = replace(options, patient=shown.patient)
    elif isinstance(shown, Trajectories):
        options = replace(options, patients=tuple(shown.ids))
    return rename_entry(replace(entry, options=options), own)
