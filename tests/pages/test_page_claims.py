"""The report check's page: what it shows is what the core finds; no word of a text is markup."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from typing import Any

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.shared.check.panes import Mark, cut_blocks, part_of, place_marks, split_parts
from pages.shared.check.session import OPENED, SAMPLE_TEXT
from pht_core.claims.data.cohort_figures import figures_of
from pht_core.claims.report import check_report, format_summary
from pht_core.intake.reading import SAMPLE_FILE, read_sample
from tests.opened import assert_unharmed, open_page, upload_files, words

PAGE = "pages/report/claims.py"
PAPER = SAMPLE_TEXT.read_text("utf-8")
TEXT = "Of the patients, 52.9% (9/17) were male, and 96.1% (16/17) had anemia."
HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> [x](javascript:alert(3)) $x^2$ "
    ":red[no] </textarea> </div> **96.1% (16/17)** https://example.org `a` &lt;b&gt;"
)


def go(app: AppTest) -> AppTest:
    app.switch_page(PAGE).run()
    assert_unharmed(app)
    return app


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if label in one.label)


def sample() -> AppTest:
    app = go(open_page())
    button(app, "Open the paper by Wang et al. with its cohort").click().run()
    assert_unharmed(app)
    return app


def paste(text: str, app: AppTest | None = None) -> AppTest:
    app = go(app or open_page())
    app.text_area[0].set_value(text)
    button(app, "Check this text").click().run()
    assert_unharmed(app)
    return app


def panes(app: AppTest) -> dict[str, Any]:
    """What the components are given, by the names of their places."""
    # The first of a page measures it.
    _, *drawn = app.get("bidi_component")
    data = [json.loads(element.proto.json) for element in drawn]
    return dict(zip(("text", "table", "findings"), data, strict=False))


def choose(app: AppTest, name: str) -> None:
    """What a click on a mark or a row does."""
    app.session_state[OPENED].chosen = name
    app.run()
    assert_unharmed(app)


def number(app: AppTest, label: str) -> Any:
    return next(one for one in app.number_input if one.label == label)


def row(app: AppTest, printed: str) -> dict[str, Any]:
    return next(one for one in panes(app)["table"]["rows"] if one["print"] == printed)


def stretches(data: dict[str, Any]) -> Iterator[list[Any]]:
    for block in data["blocks"]:
        cuts = [block["cut"]] if "cut" in block else [c for line in block["rows"] for c in line]
        yield from (stretch for cut in cuts for stretch in cut)


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


# The paper's own figures: 46 percents with their counts, of which 4 do not follow.
def test_the_sample_opens_with_its_summary_and_its_four_misfits() -> None:
    app = sample()
    report = check_report(PAPER, figures=figures_of(read_sample()))
    assert f"#### {format_summary(report)}" in words(app)
    assert "46 percentages evaluated: 42 consistent, 4 do not match; 7 not evaluable" in words(app)
    assert [one["print"] for one in panes(app)["table"]["rows"][:4]] == [
        "96.12% (16/17)",
        "57 (53.27)",
        "50 (46.73)",
        "60 (56.07)",
    ]
    tags = [one["tags"] for one in panes(app)["table"]["rows"][:2]]
    assert tags[0] == "data: not reproduced"
    assert tags[1].endswith(" · N: column header · data: not reproduced")
    assert tags[1].startswith("Table 2, Sex, Male (%), Total")
    assert {one["colour"] for one in panes(app)["table"]["rows"][:4]} == {"red"}
    assert {one["sign"] for one in panes(app)["table"]["rows"][:4]} == {"✖≠"}


def test_every_claim_of_the_core_has_its_mark_where_it_is_printed() -> None:
    data = panes(sample())["text"]
    report = check_report(PAPER)
    marked: dict[int, str] = {}
    for text, place, _, _ in stretches(data):
        if place >= 0:
            marked[place] = marked.get(place, "") + text
    assert [marked[place] for place in sorted(marked)] == [claim.text for claim in report.claims]
    assert sum(mark["sign"].startswith("✖") for mark in data["marks"]) == 4


def test_the_chosen_claim_shows_its_arithmetic_and_what_it_was_read_as() -> None:
    app = sample()
    choose(app, row(app, "41.18% (7/17)")["id"])
    assert panes(app)["text"]["chosen"] == panes(app)["table"]["chosen"]
    assert "7/17 = 41.1765 -&gt; 41.18" in html(app)
    box = next(box for box in app.selectbox if box.label == "Interpreted as")
    assert box.value == "cytopenia/HGB/3-4/within_28/all"
    assert box.options[box.index] == "grade 3-4 anemia within 28 days among all treated"
    assert "✓ reproduced: the data give 7/17 (41.18%)" in html(app)
    # At day 28, among the fifteen with PHT: 4/15 = 26.67%.
    box.set_value("cytopenia/HGB/3-4/at_day_28/pht").run()
    assert "≠ not reproduced: the data give 4/15 (26.67%)" in html(app)
    assert "5 not reproduced" in words(app)


def test_not_a_claim_leaves_the_counts_and_comes_back() -> None:
    app = sample()
    choose(app, row(app, "96.12% (16/17)")["id"])
    button(app, "Dismiss").click().run()
    assert "45 percentages evaluated: 42 consistent, 3 do not match" in words(app)
    assert "Dismissed (1)" in [element.value for element in app.subheader]
    button(app, "Restore").click().run()
    assert "42 consistent, 4 do not match" in words(app)


def test_another_n_is_judged_at_once() -> None:
    # 57/107 = 53.27 as printed; 57/109 is 52.29.
    app = sample()
    choose(app, row(app, "57 (53.27)")["id"])
    number(app, "Intended denominator").set_value(107).run()
    assert "43 consistent, 3 do not match" in words(app)
    assert row(app, "57 (53.27)")["colour"] == "green"
    assert "N = 107: entered by the reader" in html(app)
    tags = row(app, "57 (53.27)")["tags"]
    assert tags.endswith(" · N: entered by the reader · data: not reproduced")


def test_a_count_and_an_n_are_given_where_none_is_printed() -> None:
    # 14/17 = 82.35.
    app = sample()
    choose(app, row(app, "82.35%")["id"])
    assert number(app, "Intended count").value is None
    number(app, "Intended denominator").set_value(17).run()
    number(app, "Intended count").set_value(14).run()
    assert row(app, "82.35%")["colour"] == "green"
    assert (
        row(app, "82.35%")["cells"][0]
        == "14/17 = 82.3529 -> 82.35; count as corrected by the reader"
    )
    number(app, "Intended count").set_value(13).run()
    assert row(app, "82.35%")["colour"] == "red"
    button(app, "Undo corrections").click().run()
    assert number(app, "Intended count").value is None
    assert "corrected by the reader" not in row(app, "82.35%")["cells"][0]


def test_the_table_is_narrowed_by_verdict() -> None:
    app = sample()
    pills = next(group for group in app.pills if "Show in the table" in group.label)
    assert list(pills.options) == [
        "does not match ✖ 4",
        "not evaluable ? 7",
        "consistent ✓ 42",
        "not reproduced by the data ≠ 4",
    ]
    pills.set_value(["cannot_tell"]).run()
    assert len(panes(app)["table"]["rows"]) == 7
    assert {one["sign"] for one in panes(app)["table"]["rows"]} == {"?"}


def test_findings_have_both_places_and_light_them_up() -> None:
    app = sample()
    first = panes(app)["findings"]["rows"][0]
    assert first["cells"][0] == (
        '"patients treated with cd19 car-t cells" number 109 in one place and 159 in another'
    )
    choose(app, first["id"])
    lit = [text for text, _, _, is_lit in stretches(panes(app)["text"]) if is_lit]
    assert lit == [
        "Among 109 patients treated with CD19 CAR-T cells",
        "Among 159 patients treated with CD19 CAR-T cells",
    ]
    assert first["cells"][1].count("line") == 2
    assert panes(app)["text"]["note"][0] == "✖ contradictory: repeated statements"


def test_what_is_not_checked_is_listed_with_counts() -> None:
    app = sample()
    report = check_report(PAPER)
    for kind, n in report.not_checked.items():
        assert f"{kind}: {n}" in words(app)


def test_a_pasted_text_is_not_compared_with_another_papers_patients() -> None:
    app = paste(TEXT)
    # 16/17 = 94.1, and 9/17 = 52.9.
    assert "2 percentages evaluated: 1 consistent, 1 does not match" in words(app)
    assert "Data: " not in words(app)
    next(one for one in app.toggle if one.label.startswith("Compare")).set_value(True).run()
    assert "Data: " in words(app)


def test_an_own_cohort_is_asked_and_forgotten() -> None:
    app = upload_files(open_page(), ("cohort.csv", SAMPLE_FILE.read_bytes()))
    paste(TEXT, app)
    # Nobody is known to be in the upload but its 17 patients: 9 of 17 are male.
    assert "Data: 1 reproduced, 0 not reproduced" in words(app)
    assert "cohort.csv, 17 of 17 patients" in words(app)
    button(app, "Remove this cohort").click().run()
    assert "Data: " not in words(app)


def test_the_samples_paper_is_not_compared_with_another_cohort() -> None:
    app = upload_files(open_page(), ("cohort.csv", SAMPLE_FILE.read_bytes()))
    button(go(app), "Open the paper by Wang et al.").click().run()
    assert "42 consistent, 4 do not match" in words(app)
    assert "Data: " not in words(app)
    button(app, "Remove this cohort").click().run()
    assert "Data: 47 reproduced, 4 not reproduced" in words(app)


def test_a_note_stays_with_its_claim() -> None:
    app = paste(TEXT)
    app.text_input[0].set_value("ask the authors").run()
    assert "note: ask the authors" in row(app, "96.1% (16/17)")["cells"][0]
    choose(app, row(app, "52.9% (9/17)")["id"])
    assert app.text_input[0].value == ""
    choose(app, row(app, "96.1% (16/17)")["id"])
    assert app.text_input[0].value == "ask the authors"


def in_word(text: str) -> bytes:
    document, written = docx.Document(), BytesIO()
    document.add_paragraph(text)
    document.save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("draft.txt", TEXT.encode()),
        ("draft.md", TEXT.encode()),
        ("draft.docx", in_word(TEXT)),
        ("draft.html", f"<p>{TEXT}</p>".encode()),
    ],
)
def test_a_file_is_read(name: str, content: bytes) -> None:
    app = go(open_page())
    app.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    assert_unharmed(app)
    assert "1 consistent, 1 does not match" in words(app)
    assert name in html(app)


def test_a_file_that_cannot_be_read_is_explained() -> None:
    app = go(open_page())
    app.file_uploader[0].set_value(("<b>.pdf", b"%PDF-1.4 nothing", "application/pdf")).run()
    assert_unharmed(app)
    assert "✖ &lt;b&gt;.pdf" in html(app)


def test_a_text_that_is_too_long_is_refused_and_the_former_stays() -> None:
    app = paste("x" * (5 * 1024 * 1024 + 1), paste(TEXT))
    assert "Pasted text has 5.0 MB; at most 5 MB are read." in html(app)
    assert "1 consistent, 1 does not match" in words(app)


def test_another_text_takes_the_place_and_a_text_is_closed() -> None:
    app = sample()
    app.text_area[0].set_value(TEXT)
    button(app, "Check this text").click().run()
    assert "2 percentages evaluated" in words(app)
    button(app, "Close this text").click().run()
    assert OPENED not in app.session_state
    assert app.text_area[0].value == ""


def test_a_rerun_does_not_check_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = sample()
    monkeypatch.setattr("pages.shared.check.session.check_report", None)
    choose(app, row(app, "57 (53.27)")["id"])
    next(group for group in app.pills if "Show" in group.label).set_value(["consistent"]).run()
    assert "42 consistent, 4 do not match" in words(app)


def test_what_the_data_give_follows_the_filters() -> None:
    """Of the 17 patients 9 are male (Table 1 of the paper), so that 8 are left of the women."""
    app = sample()
    choose(app, next(one["id"] for one in panes(app)["table"]["rows"] if "9/17" in one["print"]))
    assert "9/17" in app.code[0].value
    app.segmented_control(key="sex").set_value("F").run()
    assert_unharmed(app)
    assert "0/8" in app.code[0].value
    assert "8 of 17 patients. Filters: " in words(app)


TABLE = """Table 2. Toxicity
\tArm A (n = 20)\tArm B (n = 25)
Fever, n (%)\t9 (45.0)\t5 (20.0)
Rash, n (%)\t3 (15.0)\t11 (44.0)
Death, n (%)\t1 (5.0)\t2 (8.0)
"""


def test_an_n_is_corrected_for_a_column_or_a_table_at_once() -> None:
    app = paste(TABLE)
    choose(app, row(app, "3 (15.0)")["id"])
    assert "Table 2, Rash, n (%), Arm A" in html(app)
    scope = next(box for box in app.selectbox if box.label == "Denominator holds for")
    scope.set_value("its column").run()
    number(app, "Intended denominator").set_value(40).run()
    assert_unharmed(app)
    given = {one["print"]: one["verdict"] for one in panes(app)["table"]["rows"]}
    assert [given[name] for name in ("9 (45.0)", "3 (15.0)", "1 (5.0)")] == ["inconsistent"] * 3
    assert [given[name] for name in ("5 (20.0)", "11 (44.0)", "2 (8.0)")] == ["consistent"] * 3


class Tags(HTMLParser):
    """Every tag that a browser would see, with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(name for name, _ in attrs)}


def test_no_word_of_a_text_is_markup() -> None:
    app = go(open_page())
    # The page's own script is there before any text is.
    scripts = html(app).count("<script")
    name = "<img src=x onerror=alert(1)>.txt"
    app.file_uploader[0].set_value((name, HOSTILE.encode(), "text/plain")).run()
    assert_unharmed(app)
    choose(app, panes(app)["table"]["rows"][0]["id"])
    assert "".join(text for text, *_ in stretches(panes(app)["text"])) == HOSTILE
    tags = Tags()
    tags.feed(html(app))
    assert tags.seen <= {"style", "script", "span", "div", "p", "strong", "em", "class", "role"}
    assert html(app).count("<script") == scripts
    button(app, "Dismiss").click().run()
    tags.feed(html(app))
    assert tags.seen <= {"style", "script", "span", "div", "p", "strong", "em", "class", "role"}
    assert html(app).count("<script") == scripts
    # What reads Markdown is given none of it.
    shown = [*app.markdown, *app.caption, *app.subheader, *app.title, *app.info]
    assert not any("alert" in str(e.value) or "example" in str(e.value) for e in shown)
    labels = [e.label for group in (app.button, app.selectbox, app.toggle) for e in group]
    assert not any("alert" in str(label) for label in labels)


def test_a_fault_of_our_own_shows_no_word_of_the_text(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("unpublished 52.9%")

    monkeypatch.setattr("pages.shared.check.session.check_report", fail)
    app = paste(TEXT)
    assert "a fault in this program (ValueError in fail, line" in html(app)
    assert "52.9" not in html(app) + caplog.text


def test_parts_cover_the_text_and_cut_between_paragraphs() -> None:
    text = "\n\n".join(f"Paragraph {number} of a long text." for number in range(300))
    parts = split_parts(text, 1000)
    assert "".join(text[start:end] for start, end in parts) == text
    assert all(text[start - 1] == "\n" for start, _ in parts[1:])
    assert all(end - start <= 1000 for start, end in parts)
    assert part_of(parts, 2500) == next(n for n, (a, b) in enumerate(parts) if a <= 2500 < b)
    assert split_parts("x" * 25, 10) == [(0, 10), (10, 20), (20, 25)]


def test_a_long_text_is_shown_part_by_part() -> None:
    app = paste("\n\n".join([TEXT] * 1200))
    assert "2400 percentages evaluated" in words(app).replace(",", "")
    assert len(panes(app)["table"]["rows"]) == 300
    part = next(box for box in app.selectbox if box.label == "Part of the text")
    assert part.options == ["Part 1 of 3", "Part 2 of 3", "Part 3 of 3"]
    # The last claim of the text is in its last part.
    last = check_report("\n\n".join([TEXT] * 1200)).claims[-1]
    choose(app, last.id)
    part = next(box for box in app.selectbox if box.label == "Part of the text")
    assert part.value == 2
    assert last.id in {mark["id"] for mark in panes(app)["text"]["marks"]}


def test_rows_of_pipes_are_a_table() -> None:
    text = "| Male | 46 (53) |\n|--|--|\n"
    [block] = cut_blocks(text, (0, len(text)), [Mark(9, 16, 0)])
    assert block["rows"][0] == [
        [[" Male ", -1, False, False]],
        [[" ", -1, False, False], ["46 (53)", 0, True, False], [" ", -1, False, False]],
    ]


def test_blocks_are_paragraphs_headings_and_tables() -> None:
    text = "Results\n\nOf all, 50%\n(1/2).\n\nSex\tAll\nMale\t46 (53)\n"
    marks = [Mark(text.index("50%"), text.index("(1/2)") + 5, 0)]
    lit = [(text.index("46"), text.index("46") + 2)]
    assert cut_blocks(text, (0, len(text)), marks, lit) == [
        {"kind": "heading", "cut": [["Results", -1, False, False]]},
        {
            "kind": "text",
            "cut": [
                ["Of all, ", -1, False, False],
                ["50%\n(1/2)", 0, True, False],
                [".", -1, False, False],
            ],
        },
        {
            "kind": "table",
            "rows": [
                [[["Sex", -1, False, False]], [["All", -1, False, False]]],
                [
                    [["Male", -1, False, False]],
                    [["46", -1, False, True], [" (53)", -1, False, False]],
                ],
            ],
        },
    ]


def test_marks_never_overlap_and_each_holds_its_percent() -> None:
    claims = check_report(PAPER).claims
    marks = place_marks(claims)
    assert len(marks) == len(claims)
    assert all(a.end <= b.start for a, b in pairwise(marks))
    for mark in marks:
        claim = claims[mark.place]
        assert mark.start <= claim.pct_start
        assert claim.pct_end <= mark.end


@given(st.text("15%(/)n= ab.\t\n|", max_size=120), st.integers(5, 60))
def test_no_character_of_a_text_is_lost_or_moved(text: str, most: int) -> None:
    def bare(words: str) -> str:
        return words.translate({ord(sign): None for sign in "\n\t|"})

    claims = check_report(text).claims
    shown, marked = "", dict.fromkeys(range(len(claims)), "")
    for part in split_parts(text, most):
        for stretch, place, _, _ in stretches(
            {"blocks": cut_blocks(text, part, place_marks(claims))}
        ):
            shown += stretch
            if place >= 0:
                marked[place] += stretch
    assert bare(shown).replace(" ", "") == bare(text).replace(" ", "")
    for place, claim in enumerate(claims):
        assert bare(text[claim.pct_start : claim.pct_end]) in bare(marked[place])
