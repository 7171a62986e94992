"""The head of a report: whose data, which patients, when, and what a reader must know first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from pht_core.export.html.markup import format_text
from pht_core.provenance import Provenance


def format_header(heading: str, origins: Sequence[Provenance], *, patients: str = "") -> str:
    """Heading, state of the cohort, and where everything comes from.

    ``patients`` says how many there are where the origins do not.
    """
    rows = [
        ("Data", "; ".join(_each(one.data for one in origins))),
        ("SHA-256", "; ".join(_each(one.digest for one in origins))),
        ("Patients", patients or _patients(origins)),
        ("Filters", "; ".join(_each(one.filters for one in origins)) or "none"),
        ("Grades", "; ".join(_each(one.scheme for one in origins))),
        ("Made with", "; ".join(_each(f"PHT Explorer {one.version}" for one in origins))),
        ("On", "; ".join(_each((one.day or date.today()).isoformat() for one in origins))),
    ]
    told = "".join(
        f"<dt>{format_text(name)}</dt><dd>{format_text(words)}</dd>"
        for name, words in rows
        if words
    )
    return (
        f"<header><h1>{format_text(heading)}</h1>{_state(origins)}"
        f'<dl class="origin">{told}</dl></header>'
    )


def _each(words: Iterable[str]) -> list[str]:
    """Each once, in order, without empty ones."""
    return list(dict.fromkeys(filter(None, words)))


def _patients(origins: Sequence[Provenance]) -> str:
    counts = sorted({(one.n, one.n_total) for one in origins}, reverse=True)
    if len(counts) > 3:
        least, most = counts[-1][0], counts[0][0]
        return f"{least} to {most} of {counts[0][1]}, as said under each"
    return "; ".join(f"{n} of {n_total}" for n, n_total in counts)


def _state(origins: Sequence[Provenance]) -> str:
    lines = []
    if any(one.simulated for one in origins):
        lines.append("<strong>Simulated data.</strong> No patient's course is shown here.")
    if any(not one.final for one in origins):
        lines.append(
            "<strong>Exploratory.</strong> The cohort has not been confirmed as final; its "
            "figures may change."
        )
    if not lines:
        return ""
    return '<div class="state">' + "".join(f"<p>{line}</p>" for line in lines) + "</div>"
