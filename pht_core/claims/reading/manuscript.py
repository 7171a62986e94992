"""From a manuscript's bytes to its text: .txt, .md, .html, .docx, a journal's XML, .pdf.

The text is what every offset of a report points into. A table becomes lines of cells parted by
tabs, whatever it was in the file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from pht_core.claims.reading.documents import ENDINGS, read_docx, read_html, read_jats, read_text
from pht_core.claims.reading.pdf import read_pdf
from pht_core.intake.opening.worker import read_apart
from pht_core.model.errors import UnreadableFile

MOST_BYTES = 5 * 1024 * 1024
MOST_CHARACTERS = 5_000_000


@dataclass(frozen=True)
class Manuscript:
    """A manuscript's name and its text as read."""

    name: str
    text: str


def read_manuscript(content: bytes, name: str = "the text") -> Manuscript:
    """The text of a manuscript, by its first bytes and the ending of its name.

    Raises UnreadableFile for what is larger than 5 MB, longer than 200 pages, of a kind that is
    not read, or holds no text, such as a scanned PDF.
    """
    if len(content) > MOST_BYTES:
        raise UnreadableFile(
            f"{name} has {len(content) / 1024 / 1024:.1f} MB; at most 5 MB are read. Save it "
            "without its figures, or paste the text."
        )
    reader = _reader(content, name)
    if reader is read_text:
        text = read_text(content, name)
    else:
        text = read_apart(
            f"{reader.__module__}:{reader.__name__}",
            content,
            name,
            damaged=f"{name} could not be read: it is damaged, or not what its name says. Save it "
            "again, or paste its text.",
        )
    if not text.strip():
        raise UnreadableFile(f"{name} holds no text. Paste the text, or save it as .docx or .txt.")
    if len(text) > MOST_CHARACTERS:
        raise UnreadableFile(
            f"{name} holds more text than 200 pages. Give one manuscript at a time."
        )
    return Manuscript(name, text)


def _reader(content: bytes, name: str) -> Callable[[bytes, str], str]:
    ending = PurePath(name).suffix.lower()
    if content.startswith(b"%PDF-") or ending == ".pdf":
        return read_pdf
    if content.startswith(b"PK\x03\x04") or ending == ".docx":
        return read_docx
    if ending in (".xml", ".nxml") or content.lstrip()[:5] == b"<?xml":
        return read_jats
    if ending in (".html", ".htm"):
        return read_page
    if ending not in (".doc", ".rtf", ".odt", ".pages", ".tex"):
        return read_text
    raise UnreadableFile(
        f"{name} is of no kind that is read: {', '.join(ENDINGS)}. Save it as one."
    )


def read_page(content: bytes, name: str) -> str:
    """The text of a page in HTML."""
    return read_html(read_text(content, name))
