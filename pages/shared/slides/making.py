"""Files made of what a session chose, while the page shows how far they are.

A file is made by a thread of the server when its button is pressed: no session is at hand there,
so that all it needs goes with its order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pages.shared.server import log_fault
from pht_core.exhibits.entry import Entry, LeftOut, render_entries
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.saved import Saved
from pht_core.exhibits.view import View
from pht_core.export.pictures.style import Style
from pht_core.model.errors import PhtError

DECK, TALK, HTML, WORD, ARCHIVE = "pptx", "talk", "html", "docx", "zip"
PATIENTS = "patients"
COMPUTING = "Computing figures …"


@dataclass
class Progress:
    """How far a file is; written by the thread that makes it, read by the page."""

    running: bool = False
    finished: bool = False
    done: int = 0
    of: int = 0
    what: str = ""
    problem: str = ""
    left_out: tuple[LeftOut, ...] = ()
    notice: str = ""
    content: bytes | None = None

    def begin(self) -> None:
        """Forget the last file."""
        self.running, self.finished = True, False
        self.problem, self.notice, self.left_out, self.content = "", "", (), None
        self.tell(0, 1, COMPUTING)

    def tell(self, done: int, of: int, what: str = "") -> None:
        """Say how many of how many are done, and of what."""
        self.done, self.of, self.what = done, of, what or self.what

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(self.done / self.of, 1.0) if self.of else 0.0


@dataclass(frozen=True)
class Order:
    """What to make: of which cohort (that of the view), which entries or patients, and how."""

    view: View
    entries: tuple[Entry, ...]
    style: Style = field(default_factory=Style)
    native: bool = False
    template: bytes | None = None
    saved: Saved = field(default_factory=Saved)
    source: Mapping[str, Any] = field(default_factory=dict)  # see `script_source`
    patients: tuple[str, ...] = ()
    progress: Progress = field(default_factory=Progress)


def make_file(kind: str, order: Order) -> bytes:
    """Make one kind of `FILES`; how far it is, and why it failed, is in the order's progress.

    Raises a RuntimeError where it could not be made, which names no data: the server logs it.
    """
    progress = order.progress
    progress.begin()
    try:
        progress.notice = _notice(order)
        progress.content = FILES[kind].write(order)
        return progress.content
    except PhtError as error:
        progress.problem = str(error)
    except Exception as error:  # The page says that it is ours; the log names its place.
        fault = log_fault("A file to save", error)
        progress.problem = f"The file could not be made because of a fault in this program: {fault}"
    finally:
        progress.finished = True
    raise RuntimeError("A file was not made; the page that asked for it says why.")


def _notice(order: Order) -> str:
    """Which letters of names no font here has, if any."""
    from pht_core.export import font_notice

    written = [words for entry in order.entries for words in (entry.title, entry.comment)]
    cohort = order.view.cohort
    return font_notice([cohort.name, *cohort.subject_ids, *written])


def _renderings(order: Order) -> list[Rendering]:
    view, report = order.view, partial(order.progress.tell, what=COMPUTING)
    renderings, left_out = render_entries(
        view.cohort, order.entries, final=view.final, assess=view.assess, report=report
    )
    order.progress.left_out = tuple(left_out)
    if not renderings:
        raise PhtError("None of these figures has data to show. Select others or relax filters.")
    return renderings


def _deck(order: Order) -> bytes:
    from pht_core.export.deck import write_deck

    return write_deck(
        _renderings(order),
        style=order.style,
        template=order.template,
        native=order.native,
        report=order.progress.tell,
    )


def _talk(order: Order) -> bytes:
    from pht_core.export.document import write_slides

    return write_slides(_renderings(order), style=order.style, report=order.progress.tell)


def _html(order: Order) -> bytes:
    from pht_core.export.document import write_html

    return write_html(_renderings(order), style=order.style, report=order.progress.tell)


def _word(order: Order) -> bytes:
    from pht_core.export.document.word_tables import write_word

    return write_word(_renderings(order), style=order.style, report=order.progress.tell)


def _archive(order: Order) -> bytes:
    from pht_core.exhibits.saved import leave_out_patients
    from pht_core.exhibits.script import format_basket_script
    from pht_core.export.document.archive import write_archive

    # Both name patients by the ids of the file: not beside figures of relabelled ones.
    cohort, saved, scripts = order.view.cohort, order.saved, {}
    if order.source.get("pseudonyms"):
        saved = leave_out_patients(saved)
    else:
        scripts["all-figures.py"] = format_basket_script(
            cohort, order.entries, final=order.view.final, **order.source
        )
    return write_archive(
        _renderings(order),
        cohort_digest=cohort.digest,
        data_name=cohort.name,
        saved=saved,
        style=order.style,
        scripts=scripts,
        n_findings=len(cohort.findings),
        report=order.progress.tell,
    )


def _patients(order: Order) -> bytes:
    from pht_core.exhibits.patient import build_patient
    from pht_core.export.document import write_patients

    pages = []
    for done, name in enumerate(order.patients, 1):
        pages.append(build_patient(order.view, name))
        order.progress.tell(done, len(order.patients), "Preparing patient summaries …")
    return write_patients(pages, style=order.style, report=order.progress.tell)


@dataclass(frozen=True)
class FileKind:
    """One kind of file: its button, its name in downloads, and what writes it."""

    label: str
    icon: str
    name: str
    extension: str
    write: Callable[[Order], bytes]


FILES = {
    DECK: FileKind("PowerPoint", "slideshow", "slides", "pptx", _deck),
    TALK: FileKind("Slides for a browser (HTML)", "cast", "slides", "html", _talk),
    HTML: FileKind("Report (HTML)", "html", "report", "html", _html),
    WORD: FileKind("Tables and legends (Word)", "description", "manuscript", "docx", _word),
    ARCHIVE: FileKind("All files (ZIP)", "folder_zip", "everything", "zip", _archive),
    PATIENTS: FileKind("Patient summaries", "clinical_notes", "patients", "html", _patients),
}
