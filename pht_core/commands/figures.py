"""What ``deck`` and ``report`` share: files and settings to renderings, then a file."""

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

from pht_core.commands.shared import read, read_bytes
from pht_core.exhibits.entry import Entry, list_entries, render_entries
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.saved import Saved, check_digest, read_saved
from pht_core.exhibits.view import View
from pht_core.export.pictures.fonts import font_notice
from pht_core.export.pictures.style import Style
from pht_core.intake.reading import SAMPLE_FILE, read_paths
from pht_core.model.cohort import Cohort, digest_of
from pht_core.model.errors import PhtError


@dataclass
class Work:
    """A cohort and the choices for it. ``told`` is true once something had to be told."""

    cohort: Cohort
    saved: Saved
    style: Style
    told: bool = False

    @property
    def view(self) -> View:
        """The cohort under the settings and filters of the settings file."""
        return View(self.cohort, self.saved.settings, self.saved.filters, self.saved.final)

    def build(self, usual: Callable[[View], list[Entry]] = list_entries) -> list[Rendering]:
        """Renderings of the basket, or of the usual figures; PhtError if none shows anything."""
        if not self.saved.basket:
            self.saved = replace(self.saved, basket=tuple(usual(self.view)))
        show = Progress()
        renderings, left_out = render_entries(
            self.cohort,
            self.saved.basket,
            final=self.saved.final,
            report=lambda done, of: show(done, of, "Computing the figures"),
        )
        show.end()
        for one in left_out:
            self.tell(f"left out: {one.entry.title or one.entry.exhibit.title}: {one.why}")
        if not renderings:
            raise PhtError(
                "There is no figure to show, so nothing was written. Check the filters of the "
                "settings file, and that the data include blood counts or follow-up times."
            )
        return renderings

    def tell(self, sentence: str) -> None:
        """Say on standard error what is not as it was asked for.

        Titles and ids come from files: no character of them may steer the terminal.
        """
        print("".join(c if c.isprintable() else " " for c in sentence), file=sys.stderr)
        self.told = True


class Progress:
    """A line on standard error that says what is being done; only where a person sees it."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()

    def __call__(self, done: int, of: int, words: str) -> None:
        """Write over the line."""
        if self.shown:
            print(f"\r\x1b[K{words} ({done} of {of})", end="", file=sys.__stderr__, flush=True)

    def end(self) -> None:
        """Leave the line empty."""
        if self.shown:
            print("\r\x1b[K", end="", file=sys.__stderr__, flush=True)


def read_work(options: argparse.Namespace) -> Work:
    """The cohort and the choices, PhtError if they cannot be used; what else is odd is told."""
    folder = options.output.resolve().parent
    if not folder.is_dir():
        raise PhtError(f"{folder} is not a folder: nothing can be written there. Choose another.")
    _check_not_among(options.output.resolve(), options)
    saved = Saved()
    if options.settings is not None:
        saved = read_saved(read_bytes(options.settings, "settings file"))
    style = Style.from_plain(saved.style)
    style = replace(style, grey=style.grey or options.grey)
    cohort = read(options.files, options.mapping)
    work = Work(cohort, saved, style)
    if other := check_digest(saved, cohort):
        work.tell(other)
    final = options.final or saved.is_final(cohort)
    if saved.final and not final:
        work.tell(
            "The settings file calls another cohort final, or does not say which: figures of this "
            "one are labelled exploratory. Give --final if its data are locked."
        )
    work.saved = replace(saved, final=final)
    written = [words for entry in saved.basket for words in (entry.title, entry.comment)]
    if notice := font_notice([cohort.name, *cohort.subject_ids, *written]):
        work.tell(notice)
    return work


def _check_not_among(output: Path, options: argparse.Namespace) -> None:
    """Neither is a file overwritten that is read, nor the folder of the data added to."""
    others = (options.mapping, options.settings, getattr(options, "template", None))
    read_too = {path.resolve() for path in (*options.files, *others) if path is not None}
    if output in read_too:
        raise PhtError(f"{options.output} is read too and would be lost. Choose another output.")
    if output.parent in read_too:
        raise PhtError(
            f"{options.output} would stand in the folder of the data and be read as data the next "
            "time. Choose another folder."
        )


def list_sources(options: argparse.Namespace) -> list[tuple[str, str]]:
    """Name and SHA-256 of each file of the cohort; none for the sample, which a script knows."""
    paths: list[Path] = options.files
    if len(paths) == 1 and not options.mapping and paths[0].resolve() == SAMPLE_FILE.resolve():
        return []
    return [(file.name, digest_of(file.content)) for file in read_paths(paths)]


def finish(
    work: Work, options: argparse.Namespace, make: Callable[..., bytes], written: str
) -> int:
    """Make the file, write it and say what was ``written``; the command's exit code."""
    show = Progress()
    content = make(report=show)
    show.end()
    write_output(options.output, content)
    print(f"{written} written to {options.output}.", file=sys.stderr)
    return 1 if work.told else 0


def write_output(path: Path, content: bytes) -> None:
    """Put a file in its place at once, so that none is left half written; PhtError if it fails."""
    place = path.resolve()
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(content)  # such as /dev/null
            return
        beside = place.with_name(f".pht-{token_hex(8)}.part")
        try:
            with beside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
        finally:
            with suppress(FileNotFoundError):
                beside.unlink()
    except OSError as error:
        raise PhtError(
            f"{path} could not be written: {error.strerror or error}. Choose another."
        ) from None
