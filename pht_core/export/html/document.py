"""A document: one file with its style, fonts and scripts in it, which may ask for nothing."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from pht_core.export.html.fonts import format_fonts
from pht_core.export.html.markup import format_text

_HERE = Path(__file__).parent
# Nothing may be fetched, and no script runs but ours, known by their digests. Styles stand in the
# page, and the charts' script sets some of its own.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def write_document(title: str, body: str, *, style: str, scripts: tuple[str, ...] = ()) -> bytes:
    """A whole HTML file in UTF-8.

    Parameters
    ----------
    title : text of the browser's tab. body : HTML. style : name of a style file in this folder.
    scripts : in the order in which they run, after the page is read.
    """
    # Ends of lines are made \n by a browser before it takes a script's digest.
    scripts = tuple(script.replace("\r\n", "\n").replace("\r", "\n") for script in scripts)
    policy = _POLICY
    if scripts:
        policy += "; script-src " + " ".join(f"'{_digest(script)}'" for script in scripts)
    rules = format_fonts(title + body) + read_part("shared.css") + read_part(style)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{format_text(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{format_text(title)}</title>",
        f"<style>{rules}</style>",
        "</head>",
        "<body>",
        body,
        *(f"<script>{script}</script>" for script in scripts),
        "</body>",
        "</html>\n",
    ]
    return "\n".join(parts).encode("utf-8", "replace")


def read_part(name: str) -> str:
    """A style or script that lies beside this module."""
    return (_HERE / name).read_text("utf-8")


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
