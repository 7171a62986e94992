"""Slides: what is on them, whether Office takes the file, and what LibreOffice makes of it."""

import json
import re
import struct
import time
import zipfile
from collections.abc import Callable
from io import BytesIO

import pandas as pd
import pytest
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.slide import Slide

from pht_core.exhibits.catalogue import STORY
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.view import Provenance
from pht_core.export.deck import write_deck
from pht_core.export.deck.deck import SlideStyle, cover_lines, format_numbers
from pht_core.export.pictures.style import Style
from pht_core.model.errors import PhtError
from tests.decked import (
    SIX,
    chosen_renderings,
    editable_deck,
    find_misplaced,
    many_deck,
    notes,
    opened,
    renamed,
    sample_deck,
    sample_renderings,
    titles,
)
from tests.office import convert_files, draw_pages, read_pages, read_words
from tests.ooxml import find_faults

HOSTILE = [
    "P\x00\x01\x1f\x7f\ud800\ufffe1",
    "<script>alert(1)</script>&amp;\"'>",
    "=HYPERLINK(1)",
    "x" * 10_000,
    "مريض ١٢",
    "血液科第三病区患者001",
    "a\u202eb\u2029c",
    "",
]


def slide_of(content: bytes, title: str) -> Slide:
    deck = opened(content)
    return next(s for s, own in zip(deck.slides, titles(deck), strict=True) if own == title)


@pytest.fixture(scope="module")
def rendered() -> dict[str, bytes]:
    """The decks as LibreOffice shows them, all in one start."""
    return convert_files({"sample.pptx": sample_deck(), "many.pptx": many_deck()})


@pytest.mark.parametrize("make", [sample_deck, editable_deck, many_deck])
def test_the_file_keeps_the_rules(make: Callable[[], bytes]) -> None:
    content = make()
    assert find_faults(content) == []
    assert list(find_misplaced(opened(content))) == []


def test_libreoffice_shows_every_slide_with_its_title(rendered: dict[str, bytes]) -> None:
    for name, content in (("sample.pptx", sample_deck()), ("many.pptx", many_deck())):
        pages = read_pages(rendered[name])
        own = titles(opened(content))
        assert len(pages) == len(own)
        for page, title in zip(pages, own, strict=True):
            assert plain(title) in plain(page)


def test_rows_of_tables_end_above_the_source(rendered: dict[str, bytes]) -> None:
    # LibreOffice makes rows as high as their letters need, Chinese ones too.
    seen = 0
    for name in rendered:
        for words in read_words(rendered[name]):
            footers = [word.top for word in words if word.text.startswith("Simulated")]
            rows = [word for word in words if re.search("患者|^P[0-9]+$", word.text)]
            if footers and len(rows) > 4 and rows[0].left < 60:
                seen += 1
                assert max(word.bottom for word in rows) <= max(footers) + 1, words[:8]
    assert seen > 10


def plain(text: str) -> str:
    """Letters without the spaces and hyphens at which lines are broken."""
    return re.sub(r"[\s\u00ad-]", "", text)


def test_figures_are_seen(rendered: dict[str, bytes]) -> None:
    # The picture of survival is drawn: a page that lacked it would be nearly white.
    number = titles(opened(sample_deck())).index(chosen_renderings("survival")[0].headline)
    page = draw_pages(rendered["sample.pptx"])[number]
    assert len(page) > 10_000
    assert page.startswith(b"\x89PNG")


def test_an_exhibit_a_slide_with_its_sentence_as_title() -> None:
    deck = opened(sample_deck())
    own = titles(deck)
    assert own[0] == "Wang 2023 sample (simulated counts)"
    assert own[-1].startswith("Methods and definitions")
    for rendering in sample_renderings():
        assert [title for title in own if title.startswith(rendering.headline)], rendering.headline
    assert "Overall survival at 12 months 64.7% (95% CI 37.7–82.3%); 7 of 17 patients died" in own


def test_the_cover_says_what_the_figures_are_of() -> None:
    text = "\n".join(
        shape.text_frame.text
        for shape in opened(sample_deck()).slides[0].shapes
        if shape.has_text_frame
    )
    for words in (
        "17 patients",
        "No filters",
        "Simulated data",
        "CTCAE v5.0",
        "bd016250",
        "Exploratory",
        "PHT Explorer",
    ):
        assert words in text


def test_the_cover_of_a_final_cohort_with_filters() -> None:
    source = Provenance(
        "a.csv", "0123456789ab", 15, 40, "sex is male", "CTCAE v5.0", final=True, version="9.9"
    )
    lines = cover_lines([source, source])
    assert lines[:4] == [
        "40 patients",
        "Filters: sex is male",
        "Grades by CTCAE v5.0",
        "SHA-256 of the data: 01234567",
    ]
    assert not any("Exploratory" in line or "Simulated" in line for line in lines)
    other = Provenance("a.csv", "0123456789ab", 40, 40, scheme="CTCAE v5.0")
    lines = cover_lines([source, other])
    assert "Filters differ between figures; see each slide" in lines
    assert "Exploratory: the cohort has not been confirmed as final" in lines


def test_a_figure_is_a_vector_with_a_sharp_picture_behind() -> None:
    rendering = chosen_renderings("survival")[0]
    slide = slide_of(sample_deck(), rendering.headline)
    (picture,) = [s for s in slide.shapes if s.shape_type == MSO_SHAPE_TYPE.PICTURE]
    assert picture._element.nvPicPr.cNvPr.get("descr") == rendering.alt
    width, height = struct.unpack(">II", picture.image.blob[16:24])
    assert width / (picture.width / 914400) >= 199
    assert width / height == pytest.approx(picture.width / picture.height, rel=0.01)
    with zipfile.ZipFile(BytesIO(sample_deck())) as archive:
        vectors = [name for name in archive.namelist() if name.endswith(".svg")]
        assert len(vectors) == sum(rendering.draw is not None for rendering in sample_renderings())
        # Its texts are outlines, so that it looks the same where the font is not installed.
        assert all(b"<text" not in archive.read(name) for name in vectors)


def test_no_letter_of_a_figure_is_below_14_points() -> None:
    style = SlideStyle()
    assert style.letters == 14
    for rendering in sample_renderings():
        if rendering.draw is not None:
            picture = rendering.draw(RenderTarget(width=style.width))
            spec = json.dumps(picture.to_dict(least_size=style.least_units))
            sizes = [float(size) for size in re.findall(r'"[a-z]*[fF]ontSize": ([0-9.]+)', spec)]
            assert min(sizes) * style.scale >= 14, rendering.name


def test_figures_of_the_story_are_not_made_smaller_to_fit() -> None:
    for rendering in chosen_renderings(*STORY):
        slide = slide_of(sample_deck(), rendering.headline)
        (picture,) = [s for s in slide.shapes if s.shape_type == MSO_SHAPE_TYPE.PICTURE]
        (vector,) = [
            part.target_part.blob
            for part in slide.part.rels.values()
            if part.reltype.endswith("/image") and b"<svg" in part.target_part.blob[:9]
        ]
        box = re.search(rb'viewBox="\S+ \S+ (\S+)', vector)
        assert box is not None
        # 12 units of the layout are 14 points, or a fiftieth less.
        assert picture.width.pt / float(box[1]) * 12 >= 13.7, rendering.name


def test_notes_say_how_and_give_the_numbers() -> None:
    rendering = chosen_renderings("figure1-incidence")[0]
    text = notes(slide_of(sample_deck(), rendering.headline))
    for words in (
        rendering.result,
        rendering.caption,
        rendering.provenance.footer(),
        *rendering.method,
    ):
        assert words in text
    assert "Patients: 17 of 17; filters: none." in text
    rows = [line.split("\t") for line in text.split("\n") if "\t" in line]
    assert rows[0] == list(rendering.numbers.columns)
    assert len(rows) == 1 + len(rendering.numbers)
    anemia = dict(zip(rows[0], rows[1], strict=True))
    assert (anemia["n"], anemia["n_total"]) == ("16", "17")


def test_long_numbers_are_cut_with_a_word() -> None:
    lines = format_numbers(pd.DataFrame({"day": range(43)})).split("\n")
    assert len(lines) == 1 + 1 + 40 + 1
    assert lines[-1] == "… 3 more rows in the CSV of this exhibit."


def test_bars_are_charts_that_can_be_edited() -> None:
    rendering = chosen_renderings("figure1-incidence")[0]
    slide = slide_of(editable_deck(), rendering.headline)
    assert not any(s.shape_type == MSO_SHAPE_TYPE.PICTURE for s in slide.shapes)
    (frame,) = [shape for shape in slide.shapes if shape.has_chart]
    plot = frame.chart.plots[0]
    assert [series.name for series in plot.series] == ["anemia", "thrombocytopenia", "neutropenia"]
    assert list(plot.series[0].values) == pytest.approx(
        [16 / 17 * 100, 14 / 15 * 100, 5 / 15 * 100]
    )
    assert list(plot.categories) == [
        "within 28 days (worst), n\u00a0=\u00a017",
        "at day 28 (single draw), n\u00a0=\u00a015",
        "after prednisone (best), n\u00a0=\u00a015",
    ]
    label = plot.series[0].points[0].data_label.text_frame.text
    assert label == "16 (94%)"
    assert (frame.chart.value_axis.minimum_scale, frame.chart.value_axis.maximum_scale) == (0, 100)
    assert "anemia" in frame._element.nvGraphicFramePr.cNvPr.get("descr")


def test_stacks_and_pies_are_charts_too() -> None:
    deck = opened(editable_deck())
    kinds: dict[str, int] = {}
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.has_chart:
                name = shape.chart.chart_type.name
                kinds[name] = kinds.get(name, 0) + 1
    # Two sets of bars, a stack for each of three periods, horizontal bars of recovery, nine pies.
    assert kinds == {"COLUMN_CLUSTERED": 2, "COLUMN_STACKED": 3, "BAR_CLUSTERED": 1, "PIE": 9}


def test_charts_are_pictures_unless_editable_ones_are_wanted() -> None:
    renderings = chosen_renderings("figure1-incidence")
    deck = opened(write_deck(renderings))
    assert len(deck.slides) == 3
    assert not any(shape.has_chart for slide in deck.slides for shape in slide.shapes)


def test_a_table_is_a_table() -> None:
    rendering = chosen_renderings("safety")[0]
    assert rendering.table is not None
    slide = slide_of(sample_deck(), rendering.headline)
    (frame,) = [shape for shape in slide.shapes if shape.has_table]
    rows = [[cell.text for cell in row.cells] for row in frame.table.rows]
    assert rows == [list(rendering.table.columns), *rendering.table.to_numpy().tolist()]
    assert rendering.provenance.source() in [
        s.text_frame.text for s in slide.shapes if s.has_text_frame
    ]


def test_a_long_table_goes_over_several_slides_without_losing_a_row() -> None:
    rendering = next(p for p in sample_renderings() if p.name == "patients")
    assert rendering.table is not None
    long = pd.concat([rendering.table] * 6, ignore_index=True)
    long.iloc[:, 0] = [f"P{number}" for number in range(len(long))]
    deck = opened(write_deck([renamed(rendering, table=long)]))
    parts = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert len(parts) > 2
    assert titles(deck)[1].endswith(f"(1 of {len(parts)})")
    cells = [[cell.text for cell in row.cells] for part in parts for row in list(part.rows)[1:]]
    assert cells == long.to_numpy().tolist()
    sizes = {
        run.font.size.pt
        for part in parts
        for cell in part.iter_cells()
        for paragraph in cell.text_frame.paragraphs
        for run in paragraph.runs
    }
    assert min(sizes) >= 9
    assert list(find_misplaced(deck)) == []


def test_more_columns_than_a_slide_has_room_for() -> None:
    rendering = chosen_renderings("safety")[0]
    wide = pd.DataFrame({f"measurement{number}": ["123456789"] * 3 for number in range(40)})
    deck = opened(write_deck([renamed(rendering, table=wide)]))
    parts = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    heads = [[cell.text for cell in part.rows[0].cells] for part in parts]
    assert all(head[0] == "measurement0" for head in heads)
    assert [name for head in heads for name in head[1:]] == list(wide.columns[1:])
    assert list(find_misplaced(deck)) == []


def test_hostile_texts_make_sound_slides() -> None:
    table, figure = chosen_renderings("safety", "figure1-recovery")
    rows = pd.DataFrame({"patient": HOSTILE, "n": [str(n) for n in range(len(HOSTILE))]})
    renderings: list[Rendering] = []
    for text in HOSTILE:
        words = {"headline": text, "comment": text, "caption": text, "result": text, "alt": text}
        renderings.append(
            renamed(table, table=rows, numbers=rows, method=(text,), title=text, **words)
        )
    renderings.append(renamed(figure, headline=HOSTILE[3], comment=HOSTILE[1] * 20, alt=HOSTILE[0]))
    content = write_deck(renderings)
    assert find_faults(content) == []
    deck = opened(content)
    assert list(find_misplaced(deck)) == []
    cells = [
        cell.text
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_table
        for cell in shape.table.iter_cells()
    ]
    assert "P1" in cells
    assert "<script>alert(1)</script>&amp;\"'>" in cells
    assert "血液科第三病区患者001" in cells
    assert all(len(cell) <= 200 for cell in cells)
    assert max(map(len, titles(deck))) <= 300


def test_comments_stand_under_the_figure() -> None:
    (rendering,) = chosen_renderings("survival")
    comment = "Ask the statistician about the tail."
    slide = opened(write_deck([renamed(rendering, comment=comment)])).slides[1]
    assert comment in [s.text_frame.text for s in slide.shapes if s.has_text_frame]
    assert comment in notes(slide)


def test_methods_stand_there_once() -> None:
    deck = opened(sample_deck())
    last = "\n".join(
        shape.text_frame.text
        for slide, title in zip(deck.slides, titles(deck), strict=True)
        for shape in slide.shapes
        if title.startswith("Methods") and shape.has_text_frame
    )
    sentences = {one for rendering in sample_renderings() for one in rendering.method}
    assert all(last.count(sentence) == 1 for sentence in sentences)


def test_without_colours() -> None:
    renderings = chosen_renderings("figure1-incidence", "figure1-grades")
    with zipfile.ZipFile(BytesIO(write_deck(renderings, style=Style(grey=True)))) as archive:
        for name in archive.namelist():
            if re.search(r"(charts/chart|media/vector|theme/theme1|slides/slide)", name):
                text = archive.read(name).decode()
                for colour in re.findall(r'(?:#|srgbClr val=")([0-9a-fA-F]{6})\b', text):
                    red, green, blue = (int(colour[place : place + 2], 16) for place in (0, 2, 4))
                    near = max(red, green, blue) - min(red, green, blue)
                    assert near <= 24, f"{name}: #{colour}"


def test_the_same_plates_make_the_same_file() -> None:
    renderings = chosen_renderings("safety", "figure1-recovery")
    first, second = write_deck(renderings), write_deck(renderings)
    with zipfile.ZipFile(BytesIO(first)) as one, zipfile.ZipFile(BytesIO(second)) as other:
        assert one.namelist() == other.namelist()
        differ = [name for name in one.namelist() if one.read(name) != other.read(name)]
    # The day and hour of making, in the file's own properties and in the workbook of a chart.
    assert set(differ) <= {"docProps/core.xml", "ppt/embeddings/Microsoft_Excel_Sheet1.xlsx"}


def test_nothing_to_show_is_said() -> None:
    with pytest.raises(PhtError, match="nothing in the deck"):
        write_deck([])


def test_progress_is_reported_to_the_end_and_the_writer_is_quick() -> None:
    steps: list[tuple[int, int, str]] = []
    times: list[float] = []

    def report(done: int, of: int, what: str) -> None:
        steps.append((done, of, what))
        times.append(time.process_time())

    write_deck(chosen_renderings(*SIX), report=report)
    done = [step[0] for step in steps]
    assert done == sorted(done)
    assert {step[1] for step in steps} == {len(SIX) * 2 + 2}
    assert steps[-1][0] == len(SIX) * 2 + 2
    drawn = max(place for place, step in enumerate(steps) if step[2].startswith("Figure"))
    # This process alone, once the pictures are there: on a busy machine too.
    assert times[-1] - times[drawn] < 2
