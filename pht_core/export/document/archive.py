"""A ZIP of everything: pictures, the numbers behind them, texts, settings, scripts, versions."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from pht_core.exhibits.entry import unique_names
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.saved import Saved, format_saved
from pht_core.exhibits.view import VERSION
from pht_core.export.deck.text import clean
from pht_core.export.document.page import render
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
    report: Progress = no_progress,
) -> bytes:
    """A ZIP of renderings: pictures (SVG, PNG, PDF), numbers (CSV), texts, and how to check them.

    cohort_digest, data_name : of the cohort. n_findings : what was found in its files, if told.
    saved : the choices, as the settings file. style : of the pictures.
    scripts : Python scripts by file name, which must be of letters, digits, "-" and "_".
    report : is told of each step.
    The bytes are the same for the same renderings on the same day by the same versions, but for
    PDFs, whose fonts are named anew each time. ``SHA256SUMS`` in it fits the program sha256sum.
    Raises PhtError: a picture could not be drawn.
    """
    orders = [order_figure(rendering, PICTURES, style) for rendering in renderings]
    steps = sum(order is not None for order in orders) + 1
    drawn = draw_figures(orders, report)
    names = unique_names(renderings)
    files: dict[str, bytes] = {"README.txt": b""}
    for name, rendering, pictures in zip(names, renderings, drawn, strict=True):
        files |= {f"figures/{name}.{kind}": one for kind, one in (pictures or {}).items()}
        if rendering.table is not None:
            files[f"tables/{name}.csv"] = format_csv(rendering.table)
        files[f"numbers/{name}.csv"] = format_csv(rendering.numbers)
    exhibits = list(zip(names, renderings, strict=True))
    for text in ("texts.txt", "texts.md"):
        files[text] = render(text, exhibits=exhibits).encode()
    if saved is not None:
        files["settings.json"] = format_saved(saved).encode()
    files |= {f"scripts/{name}": script.encode() for name, script in (scripts or {}).items()}
    data = _describe_data(renderings, cohort_digest, data_name, n_findings)
    files["data.json"] = _json(data)
    files["versions.json"] = _json(find_versions())
    parts = {file.partition("/")[0] for file in files}
    readme = render("README.txt", data=data, version=VERSION, parts=parts, exhibits=exhibits)
    files["README.txt"] = readme.encode()
    files[CHECKSUMS] = format_checksums(files).encode()
    report(steps, steps, "Done")
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
