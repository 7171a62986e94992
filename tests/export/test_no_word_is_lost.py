"""What a figure and a table say stands in every kind of file, and what was chosen is obeyed."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import docx
import pandas as pd
import pytest
from PIL import Image
from pptx import Presentation

from pages.shared.slides.making import ARCHIVE, DECK, HTML, WORD, Order, Progress, make_file
from pht_core.exhibits.cytopenias import Lineages
from pht_core.exhibits.entry import Entry
from pht_core.exhibits.exhibit import NoOptions
from pht_core.exhibits.overview import KeyFigures, PatientFlow
from pht_core.exhibits.rendering import Rendering, render_exhibit
from pht_core.exhibits.saved import Saved
from pht_core.exhibits.trajectories import PatientOptions, Trajectory
from pht_core.exhibits.view import View
from pht_core.export.deck import write_deck
from pht_core.export.document import write_html
from pht_core.export.document.archive import write_archive
from pht_core.export.document.word_tables import write_word
from pht_core.export.pictures.style import Style
from pht_core.intake.reading import read_sample
from pht_core.model.filters import Filters

WORDS = ("headline", "caption", "result", "comment")


@pytest.fixture(scope="module")
def renderings() -> list[Rendering]:
    """A figure and a table of the nine men, whose every word is another one."""
    view = View(read_sample(), filters=Filters(sex="M"))
    made = []
    for exhibit in (PatientFlow, KeyFigures):
        rendering = render_exhibit(view, exhibit, NoOptions())
        told: dict[str, Any] = {name: f"The {name} of {exhibit.name} <i>." for name in WORDS}
        told["provenance"] = replace(rendering.provenance, method=f"counted in {exhibit.name}")
        made.append(replace(rendering, method=(f"Method one of {exhibit.name}.", "Two."), **told))
    return made


def html_text(content: bytes) -> str:
    page = re.sub(r"<script.*?</script>|<style.*?</style>", "", content.decode(), flags=re.DOTALL)
    assert "&lt;i&gt;" in page
    assert "<i>" not in page
    return re.sub(r"<[^>]+>", "", page).replace("&lt;", "<").replace("&gt;", ">")


def word_text(content: bytes) -> str:
    document = docx.Document(BytesIO(content))
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def deck_text(content: bytes) -> str:
    told = []
    for slide in Presentation(BytesIO(content)).slides:
        told += [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        if slide.has_notes_slide:
            told.append(slide.notes_slide.notes_text_frame.text)
    return "\n".join(told)


def archive_text(content: bytes) -> str:
    with ZipFile(BytesIO(content)) as archive:
        return archive.read("texts.txt").decode()


WRITERS: dict[str, Callable[[list[Rendering]], str]] = {
    "html": lambda renderings: html_text(write_html(renderings)),
    "docx": lambda renderings: word_text(write_word(renderings, include_pictures=False)),
    "pptx": lambda renderings: deck_text(write_deck(renderings)),
    "zip": lambda renderings: archive_text(
        write_archive(renderings, cohort_digest="", data_name="")
    ),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_file_says_all_of_a_figure_and_of_a_table(
    renderings: list[Rendering], kind: str
) -> None:
    text = WRITERS[kind](renderings)
    for rendering in renderings:
        said = [rendering.caption, rendering.result, rendering.comment, *rendering.method]
        # A manuscript has no headlines; the foot of an HTML figure is in its drawing.
        said += [rendering.headline] if kind != "docx" else []
        said += [rendering.provenance.footer()] if kind != "html" or rendering.draw is None else []
        for words in said:
            assert words in text, words
    assert "9 of 17 patients" in text
    assert "exploratory" in text


def test_a_report_of_several_cohorts_says_it_of_the_worst(renderings: list[Rendering]) -> None:
    (_, table) = renderings
    real = replace(table, provenance=replace(table.provenance, simulated=False, final=True))
    for pair in ([table, real], [real, table]):
        head = write_html(pair).decode().partition("</header>")[0]
        assert "Simulated data.</strong>" in head
        assert "Exploratory.</strong>" in head
        assert "<dd>9 of 17</dd>" in head
    head = write_html([real]).decode().partition("</header>")[0]
    assert "Exploratory" not in head
    assert "Simulated" not in head
    for pair in ([table, real], [real, table]):
        cover = Presentation(BytesIO(write_deck(pair, native=False))).slides[0]
        said = " ".join(shape.text_frame.text for shape in cover.shapes if shape.has_text_frame)
        assert "Some figures show simulated data" in said
        assert "Exploratory: the cohort has not been confirmed as final" in said
        with ZipFile(BytesIO(write_archive(pair, cohort_digest="", data_name=""))) as archive:
            data = json.loads(archive.read("data.json"))
        assert (data["simulated"], data["final"]) == (True, False)


class Noted(Progress):
    """Progress that remembers every step."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[int, int]] = []

    def tell(self, done: int, of: int, what: str = "") -> None:
        super().tell(done, of, what)
        self.steps.append((self.done, self.of))


@pytest.fixture
def order() -> Order:
    nobody = Entry(Trajectory.name, PatientOptions("Nobody"))
    entries = (Entry(KeyFigures.name, NoOptions()), nobody)
    return Order(View(read_sample()), entries, progress=Noted())


def test_what_is_final_and_what_is_left_out_is_told(order: Order) -> None:
    assert "Exploratory" in make_file(HTML, order).decode()
    assert [one.entry for one in order.progress.left_out] == [order.entries[1]]
    steps = order.progress.steps  # type: ignore[attr-defined]
    assert steps[0] == (0, 1)
    assert (1, 2) in steps  # of two figures one is computed
    assert steps[-1][0] == steps[-1][1]
    assert order.progress.finished
    assert (
        "Exploratory"
        not in make_file(HTML, replace(order, view=replace(order.view, final=True))).decode()
    )


def test_an_archive_of_relabelled_patients_has_no_id_of_the_file(order: Order) -> None:
    chosen = Entry(Trajectory.name, PatientOptions("P4"))
    saved = Saved(page_options={Trajectory.name: {"patient": "P4"}}, basket=(chosen,))
    for shown, scripts in (({}, 1), ({"P4": "Q1"}, 0)):
        asked = replace(order, saved=saved, source={"pseudonyms": shown})
        with ZipFile(BytesIO(make_file(ARCHIVE, asked))) as archive:
            names = archive.namelist()
            settings = archive.read("settings.json").decode()
            data = json.loads(archive.read("data.json"))
        assert sum(name.startswith("scripts/") for name in names) == scripts
        assert ("P4" in settings) is bool(scripts)
        assert data["findings"] == len(order.view.cohort.findings) > 0


def colours(content: bytes) -> int:
    """How far a picture's colours are from grey."""
    pixels = Image.open(BytesIO(content)).convert("HSV").getchannel("S")
    return max(place for place, count in enumerate(pixels.histogram()) if count)


def test_files_of_the_page_have_the_colours_that_were_chosen(order: Order) -> None:
    figure = replace(order, entries=(Entry(Trajectory.name, PatientOptions("P4")),))
    for grey in (False, True):
        asked = replace(figure, style=Style("single", grey=grey))
        with ZipFile(BytesIO(make_file(WORD, asked))) as document:
            (picture,) = [name for name in document.namelist() if name.endswith(".png")]
            assert (colours(document.read(picture)) < 16) is grey
        drawn = make_file(HTML, asked).decode().partition('<div class="still">')[2]
        found = re.findall(r'(?:fill|stroke)="#(\w\w)(\w\w)(\w\w)"', drawn.partition("</svg>")[0])
        assert found
        sides = [[int(one, 16) for one in rgb] for rgb in found]
        assert (max(max(rgb) - min(rgb) for rgb in sides) < 24) is grey


def test_slides_take_the_template_and_the_editable_charts_that_were_chosen(order: Order) -> None:
    asked = replace(order, template=b"none")
    with pytest.raises(RuntimeError):
        make_file(DECK, asked)
    assert "template is not a PowerPoint file" in asked.progress.problem
    assert asked.progress.finished
    bars = replace(order, entries=(Entry("figure1-lineages", Lineages.options()),))
    for native in (True, False):
        with ZipFile(BytesIO(make_file(DECK, replace(bars, native=native)))) as deck:
            charts = [name for name in deck.namelist() if name.startswith("ppt/charts/chart")]
        assert bool(charts) is native


def test_numbers_in_an_archive_run_no_formula(renderings: list[Rendering]) -> None:
    (_, table) = renderings
    harmful = replace(table, numbers=pd.DataFrame({"=1+1": ["\t=1+1", " @SUM(1)", "-2"]}))
    with ZipFile(BytesIO(write_archive([harmful], cohort_digest="", data_name=""))) as archive:
        written = archive.read("numbers/01-key-figures.csv").decode().splitlines()
    assert written == ["'=1+1", "'\t=1+1", "' @SUM(1)", "-2"]
