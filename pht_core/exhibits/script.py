"""A short Python script that makes a figure again, from the same file and with the same choices."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from pht_core.exhibits.entry import Entry
from pht_core.exhibits.exhibit import Exhibit
from pht_core.exhibits.saved import rename_entry
from pht_core.exhibits.trajectories import Trajectories, Trajectory
from pht_core.exhibits.view import VERSION
from pht_core.model.cohort import Cohort

_HEX = re.compile(r"[0-9a-f]{64}\Z")
_MAPPING = (
    "# What the columns mean, as the app's page “Upload data” saves it: put it beside the data."
)
_RELABELLED = """\
# In the app the patients are relabelled. Here they have the ids of the file, in the script as in
# what it writes: give neither to those who must not see these.
"""


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

    Parameters
    ----------
    files : name and SHA-256 of each file of the cohort; a digest may be empty where only that of
        all together is known. No files: the sample's.
    mapping_file : name of the saved mapping that is needed; empty where the columns are read as
        they are recognised.
    pseudonyms : where patients are relabelled, the ids shown by the ids of the file. The script
        then holds the file's ids of patients that were chosen.
    title : the user's, in place of the headline.

    Raises
    ------
    PhtError : there is nothing to show.
    """
    shown.check()
    name, view, sentence = shown.name, shown.view, shown.texts().result
    drawn, written = not shown.is_table, f"{name}.csv"
    entry = Entry(name, shown.chosen, view.settings, view.filters, title)
    if pseudonyms:
        entry = _with_own_ids(shown, entry, pseudonyms)
    svg = f"Path({name + '.svg'!r})"
    lines = [
        _head(f"Makes “{shown.title}” again", written if not drawn else f"{name}.svg, {written}"),
        *_imports(
            "pht_core.exhibits.catalogue import exhibit",
            "pht_core.exhibits.exhibit import RenderTarget" if drawn else "",
            "pht_core.exhibits.rendering import render_exhibit",
            f"pht_core.export import {'Style, export_picture, ' if drawn else ''}format_csv",
            "pht_core.view import View",
            entries=[entry],
            files=files,
            mapping_file=mapping_file,
        ),
        *_reading(view.cohort, files, mapping_file),
        *([_RELABELLED.strip()] if pseudonyms else []),
        f"figure = exhibit({name!r})",
        f"options = {_call('figure.options', entry.options)}",
        f"view = View({', '.join(['cohort', *_conditions(entry, view.final)])})",
        f"rendering = render_exhibit(view, figure, options{f', {title!r}' if title else ''})",
    ]
    if drawn:
        lines += [
            'style = Style("as_drawn")',
            'picture = export_picture(rendering.draw(RenderTarget()), "svg", style=style)',
        ]
        lines.append(f"{svg}.write_bytes(picture)")
    else:
        lines.append("print(rendering.table.to_string(index=False))")
    lines.append(f"Path({written!r}).write_bytes(format_csv(rendering.numbers))")
    lines.append("print(rendering.result or rendering.headline)")
    if sentence and not pseudonyms:
        lines += [
            "",
            "# What the app said: another version may count or word it otherwise.",
            f"SAID = {sentence!r}",
            "if rendering.result != SAID:",
            '    raise SystemExit(f"This is not what the app said: {SAID}")',
        ]
    return "\n".join(lines) + "\n"


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
    lines = [
        _head("Makes all figures of a set of slides again", "a .csv of each, an .svg if drawn"),
        *_imports(
            "pht_core.exhibits.catalogue import exhibit",
            "pht_core.exhibits.entry import Entry, render_entries, unique_names",
            "pht_core.exhibits.exhibit import RenderTarget",
            "pht_core.export import Style, export_picture, format_csv",
            entries=entries,
            files=files,
            mapping_file=mapping_file,
        ),
        *_reading(cohort, files, mapping_file),
        *([_RELABELLED.strip()] if pseudonyms else []),
        "entries = [",
        *(f"    {_entry(entry)}," for entry in entries),
        "]",
        f"renderings, left_out = render_entries(cohort, entries{', final=True' if final else ''})",
        "for name, rendering in zip(unique_names(renderings), renderings, strict=True):",
        "    if rendering.draw is not None:",
        '        style = Style("as_drawn")',
        '        picture = export_picture(rendering.draw(RenderTarget()), "svg", style=style)',
        '        Path(f"{name}.svg").write_bytes(picture)',
        '    Path(f"{name}.csv").write_bytes(format_csv(rendering.numbers))',
        '    print(f"{name}: {rendering.result or rendering.headline}")',
        "for one in left_out:",
        '    print(f"Left out: {one.entry.exhibit.title}: {one.why}")',
    ]
    return "\n".join(lines) + "\n"


def _head(what: str, written: str) -> str:
    return f'''"""{what}, as PHT Explorer {VERSION} did.

It stops if the data are others. Run it where the data are, with a Python that finds pht_core.
It writes {written}.
"""
'''


def _imports(
    *lines: str, entries: Sequence[Entry], files: Sequence[tuple[str, str]], mapping_file: str
) -> list[str]:
    needed = [line for line in lines if line]
    if any(entry.settings != type(entry.settings)() for entry in entries):
        needed.append("pht_core.settings import Settings")
    if any(entry.filters.active for entry in entries):
        needed.append("pht_core.filters import Filters")
    if mapping_file:
        needed.append("pht_core.intake.mapping_file import read_mapping")
    read = "read_cohort" if files else "SAMPLE_FILE, read_sample"
    needed.append(f"pht_core.reading import {read}")
    ours = [f"from {line}" for line in sorted(needed)]
    return ["from hashlib import sha256", "from pathlib import Path", "", *ours, ""]


def _reading(cohort: Cohort, files: Sequence[tuple[str, str]], mapping_file: str) -> list[str]:
    """The lines that check the files and read the cohort."""
    if not files:
        paths, read = ["FILES = [SAMPLE_FILE]"], "read_sample()"
    else:
        names = [name for name, _ in files]
        told = [f"  # SHA-256 {digest}" if _HEX.match(digest) else "" for _, digest in files]
        paths = [
            "FILES = [",
            *(f"    Path({name!r}),{digest}" for name, digest in zip(names, told, strict=True)),
            "]",
        ]
        called = "" if cohort.name == ", ".join(names) else f", {cohort.name!r}"
        saved = ", saved=mapping" if mapping_file else ""
        read = f"read_cohort(FILES{called}{saved})"
    return [
        *paths,
        "# SHA-256 of the bytes of all files, one after the other in the order of their names.",
        f"SHA256 = {cohort.digest!r}",
        "in_order = sorted(FILES, key=lambda path: path.name)",
        'found = sha256(b"".join(path.read_bytes() for path in in_order)).hexdigest()',
        "if found != SHA256:",
        '    raise SystemExit(f"These are not the data of this figure: their SHA-256 is {found}.")',
        *(
            [_MAPPING, f"mapping = read_mapping(Path({mapping_file!r}).read_bytes())"]
            if mapping_file
            else []
        ),
        f"cohort = {read}",
        "",
    ]


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
