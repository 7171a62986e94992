"""A ZIP of everything: pictures, the numbers behind them, texts, settings, scripts, versions."""

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from pht_core.exhibits.entry import unique_names
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.saved import Saved, format_saved
from pht_core.exhibits.view import VERSION
from pht_core.export.deck.text import clean, clean_lines
from pht_core.export.files import format_csv, write_zip
from pht_core.export.pictures.pictures import Progress, draw_figures, no_progress, order_figure
from pht_core.export.pictures.style import Style

PICTURES = ("svg", "png", "pdf")
# What numbers and pictures depend on, by the names under which they are installed.
PACKAGES = (
    *("pandas", "numpy", "scipy", "lifelines"),
    *("altair", "vl-convert-python", "pypdfium2", "uharfbuzz"),
    *("python-pptx", "python-docx", "pyarrow", "python-calamine", "pyreadstat"),
)
CHECKSUMS = "SHA256SUMS"


def write_archive(
    renderings: Sequence[Rendering],
    *,
    cohort_digest: str,
    data_name: str,
    saved: Saved | None = None,
    style: Style = Style(),  # noqa: B008  frozen
    scripts: Mapping[str, str] | None = None,
    n_findings: int | None = None,
    report: Progress | None = None,
) -> bytes:
    """A ZIP of renderings: pictures (SVG, PNG, PDF), numbers (CSV), texts, and how to check them.

    Parameters
    ----------
    cohort_digest, data_name : of the cohort. n_findings : what was found in its files, if told.
    saved : the choices, as the settings file. style : of the pictures.
    scripts : Python scripts by file name, which must be of letters, digits, "-" and "_".
    report : is told how many steps of how many are done, and what is being done.

    Returns
    -------
    bytes
        The same for the same renderings on the same day by the same versions, but for PDFs, whose
        fonts are named anew each time. ``SHA256SUMS`` in it fits the program sha256sum.

    Raises
    ------
    PhtError : a picture could not be drawn.
    """
    tell = report or no_progress
    orders = [order_figure(rendering, PICTURES, style) for rendering in renderings]
    steps = sum(order is not None for order in orders) + 1
    drawn = draw_figures(orders, tell)
    names = unique_names(renderings)
    files: dict[str, bytes] = {"README.txt": b""}
    for name, rendering, pictures in zip(names, renderings, drawn, strict=True):
        files |= {f"figures/{name}.{kind}": one for kind, one in (pictures or {}).items()}
        if rendering.table is not None:
            files[f"tables/{name}.csv"] = format_csv(rendering.table)
        files[f"numbers/{name}.csv"] = format_csv(rendering.numbers)
    files["texts.txt"] = _format_texts(names, renderings).encode()
    files["texts.md"] = _format_markdown(names, renderings).encode()
    if saved is not None:
        files["settings.json"] = format_saved(saved).encode()
    files |= {f"scripts/{name}": script.encode() for name, script in (scripts or {}).items()}
    data = _describe_data(renderings, cohort_digest, data_name, n_findings)
    files["data.json"] = _json(data)
    files["versions.json"] = _json(find_versions())
    files["README.txt"] = _format_readme(names, renderings, files, data).encode()
    files[CHECKSUMS] = format_checksums(files).encode()
    tell(steps, steps, "Done")
    return write_zip(files)


def find_versions() -> dict[str, str]:
    """Versions of the program, of Python, and of the packages that matter here, by name."""
    found = {"PHT Explorer": VERSION, "Python": python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def format_checksums(files: Mapping[str, bytes]) -> str:
    r"""A line for each file, as ``sha256sum -c`` reads them.

    >>> format_checksums({"a.txt": b""})
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.txt\n'
    """
    return "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items())


def _json(content: object) -> bytes:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode("utf-8", "replace")


def _describe_data(
    renderings: Sequence[Rendering], digest: str, name: str, n_findings: int | None
) -> dict[str, object]:
    totals = sorted({rendering.provenance.n_total for rendering in renderings})
    return {
        "name": clean(name, 1000),
        "sha256": digest,
        "patients": totals[0] if len(totals) == 1 else totals,
        "findings": n_findings,
        "simulated": any(rendering.provenance.simulated for rendering in renderings),
        "final": bool(renderings) and all(rendering.provenance.final for rendering in renderings),
    }


def _format_texts(names: Sequence[str], renderings: Sequence[Rendering]) -> str:
    blocks = []
    for name, rendering in zip(names, renderings, strict=True):
        lines = [name, clean(rendering.headline, 2000), "", clean(rendering.caption, 8000)]
        lines += ["", clean(rendering.result, 8000)] if rendering.result else []
        lines += ["", *(clean(sentence, 2000) for sentence in rendering.method)]
        lines += ["", clean(rendering.comment, 8000)] if rendering.comment else []
        lines += ["", clean(rendering.provenance.footer(), 2000)]
        blocks.append("\n".join(lines))
    rule = f"\n\n{'-' * 72}\n\n"
    return rule.join(blocks) + "\n"


def _format_markdown(names: Sequence[str], renderings: Sequence[Rendering]) -> str:
    lines = ["# Texts", ""]
    for name, rendering in zip(names, renderings, strict=True):
        lines += [f"## {name}", "", f"**{_plain(clean(rendering.headline, 2000))}**", ""]
        method, footer = " ".join(rendering.method), rendering.provenance.footer()
        for said in (rendering.caption, rendering.result, method, rendering.comment, footer):
            lines += [_plain(clean(said, 8000)), ""] if said else []
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text in which no sign means anything to Markdown, and no address makes a link."""
    escaped = re.sub(r"([\\`*_{}\[\]#+!|<>~$&@]|:(?=/)|(?<=www)\.|^[-=])", r"\\\1", text)
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", escaped)


def _format_readme(
    names: Sequence[str],
    renderings: Sequence[Rendering],
    files: Mapping[str, bytes],
    data: Mapping[str, object],
) -> str:
    lines = [f"Figures and tables of {data['name']}, made by PHT Explorer {VERSION}.", ""]
    if data["simulated"]:
        lines.append("SIMULATED DATA: no actual patient is shown here.")
    if not data["final"]:
        lines.append("EXPLORATORY: the cohort has not been confirmed as final.")
    lines += [
        "Numbers, tables and texts contain patient ids; so do settings and scripts if patients",
        "were selected for a figure. Consider this before you share the files.",
        "",
        "Contents:",
    ]
    contents = {
        "figures/": "the figures, each as SVG and PDF (sharp at any size) and PNG",
        "tables/": "the tables as printed",
        "numbers/": "the data behind each figure and table, as CSV",
        "texts.txt": "headline, caption, results sentence, methods and source of each",
        "texts.md": "the same as Markdown",
        "settings.json": "the settings; the app and `python -m pht_core report` open it",
        "scripts/": "Python that reproduces the figures from the same data file",
        "data.json": "name and SHA-256 of the data, patients, findings in the files",
        "versions.json": "versions of the program, of Python and of its packages",
        CHECKSUMS: "to verify that no file was changed: sha256sum -c SHA256SUMS",
    }
    lines += [
        f"  {name:<14} {words}"
        for name, words in contents.items()
        if name == CHECKSUMS or any(file.startswith(name) for file in files)
    ]
    lines += ["", "Figures and tables:"]
    for name, rendering in zip(names, renderings, strict=True):
        lines.append(f"  {name:<28} {clean(rendering.title, 200)}")
    return clean_lines("\n".join([*lines, ""]))
