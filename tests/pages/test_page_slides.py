"""The basket and the files made of it: what was added is what comes out, and nobody else's."""

import json
from dataclasses import replace
from io import BytesIO

import pytest
from pptx import Presentation
from streamlit.testing.v1 import AppTest

from pages.shared import session
from pages.shared.slides.making import ARCHIVE, DECK, HTML, PATIENTS, WORD, Order, make_file
from pht_core.exhibits.catalogue import STORY
from pht_core.exhibits.cytopenias import Incidence
from pht_core.exhibits.entry import Entry, list_entries
from pht_core.exhibits.saved import Saved, format_saved
from pht_core.exhibits.trajectories import PatientOptions, Trajectory
from pht_core.exhibits.view import View
from pht_core.export.pictures.style import Style
from pht_core.intake.reading import SAMPLE_FILE, read_sample
from pht_core.model.filters import Filters
from pht_core.model.settings import Settings
from tests.opened import (
    assert_unharmed,
    charts,
    go,
    open_page,
    press,
    texts_of,
    upload_files,
    words,
)

SAMPLE = SAMPLE_FILE.read_bytes()


def titles(app: AppTest) -> list[str]:
    """What the list calls its entries, in order."""
    return [
        str(element.value).replace("\\", "")[2:-2]
        for element in app.markdown
        if str(element.value).startswith("**") and ". " in str(element.value)[:6]
    ]


def one_basket(app: AppTest) -> list[Entry]:
    """The entries of the only cohort that has any."""
    chosen = app.session_state["session"].chosen.values()
    (entries,) = [one.entries for one in chosen if one.entries]
    return list(entries)


def test_with_nothing_chosen_the_files_hold_the_story_in_six() -> None:
    app = open_page("slides")
    assert "Nothing has been selected, so the files hold the usual story" in words(app)
    assert titles(app) == []
    assert not any(b.proto.disabled for b in app.get("download_button"))
    press(app, "Edit this story")
    assert [entry.name for entry in one_basket(app)] == list(STORY)


def test_all_figures_of_the_cohort() -> None:
    app = open_page("slides")
    press(app, "Add all figures of this cohort")
    assert len(titles(app)) == len(list_entries(View(read_sample()))) == 33
    assert any("16 of 17 patients (94%)" in title for title in titles(app))
    press(app, "Add all figures of this cohort")  # nothing twice
    assert len(titles(app)) == 33


def test_filters_and_scheme_are_those_of_the_moment() -> None:
    app = open_page("cytopenias", prior_hsct="Yes", scheme="ctcae_v6")
    press(app, "Add to slides")
    press(app, "Reset filters and definitions")
    press(app, "Add to slides")
    go(app, "slides")
    assert "Patients with each cytopenia · prior HSCT · CTCAE v6.0" in words(app)
    assert "Patients with each cytopenia · all patients · CTCAE v5.0" in words(app)
    assert "of 12 patients" in titles(app)[0]
    assert "of 17 patients" in titles(app)[1]


def test_pressed_again_it_is_out() -> None:
    app = open_page("cytopenias")
    press(app, "Add to slides")
    assert next(b.label for b in app.button if "slides" in b.label) == "In slides"
    press(app, "In slides")
    assert titles(go(app, "slides")) == []


def test_order_title_comment_and_removal() -> None:
    app = open_page("cytopenias")
    for place in (0, 0, 0):
        press(app, "Add to slides", place)
    first, second, third = titles(go(app, "slides"))
    next(b for b in app.button if str(b.key).endswith("_2_up")).click().run()
    assert [name[3:] for name in titles(app)] == [first[3:], third[3:], second[3:]]
    [field for field in app.text_input if field.label == "Title"][1].set_value("Three *stars*")
    app.text_area[1].set_value("Say this")
    [b for b in app.button if b.label == "Save"][1].click().run()
    assert titles(app)[1] == "2. Three *stars*"
    assert "Comment: Say this" in words(app)
    next(b for b in app.button if str(b.key).endswith("_0_out")).click().run()
    assert [name[3:] for name in titles(app)] == ["Three *stars*", second[3:]]


def test_a_basket_is_of_one_cohort_and_goes_with_it() -> None:
    app = open_page("cytopenias")
    press(app, "Add to slides")
    upload_files(app, ("cohort.csv", SAMPLE + b"\n"))
    go(app, "slides")
    assert titles(app) == []
    press(app, "Reuse the 1 figure of the previous file")
    assert len(titles(app)) == 1
    press(app, "Remove this cohort")
    assert len(titles(go(app, "slides"))) == 1  # the sample's own
    upload_files(app, ("cohort.csv", SAMPLE + b"\n"))
    assert titles(go(app, "slides")) == []


def test_a_chosen_patient_stays_the_same_under_other_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each patient gets the id of the next: nobody keeps an id, and every new one was another's.
    monkeypatch.setattr(
        session, "draw_pseudonyms", lambda ids: dict(zip(ids, ids[1:] + ids[:1], strict=True))
    )
    app = open_page("trajectories", upload=SAMPLE + b"\n")
    app.selectbox(key="patient").set_value("P4").run()
    press(app, "Add to slides")
    go(app, "upload")
    ticks = [*app.checkbox, *app.toggle]
    next(tick for tick in ticks if "pseudonyms" in tick.label).set_value(True).run()
    go(app, "slides")
    (entry,) = one_basket(app)
    assert entry.options.patient == "P5"
    assert "Omitted" not in words(app)


def test_a_final_cohort_is_no_longer_exploratory() -> None:
    app = open_page("cytopenias")
    assert "; exploratory;" in texts_of(charts(app)[0])["footer_text"]
    go(app, "slides")
    app.toggle(key="final_tick").set_value(True).run()
    assert "exploratory" not in texts_of(charts(go(app, "cytopenias"))[0])["footer_text"]


def test_settings_restore_page_filters_scheme_and_slides() -> None:
    app = open_page("survival", endpoint="pfs", by="prior_hsct", prior_hsct="No", scheme="ctcae_v6")
    press(app, "Add to slides")
    go(app, "slides")
    chosen = app.session_state["session"].options
    assert chosen["survival"]["endpoint"] == "pfs"
    text = format_saved(
        Saved(
            page=app.session_state["session"].page,
            page_options=chosen,
            settings=Settings(scheme="ctcae_v6", baseline_age=5, course_gap=5),
            filters=Filters(prior_hsct=False, age_years=(18, 60)),
            basket=tuple(one_basket(app)),
            digest=read_sample().digest,
        )
    )
    assert json.loads(text)["page"] == "survival"
    other = open_page("slides")
    other.file_uploader(key="settings_0").set_value(
        ("settings.json", text.encode(), "application/json")
    ).run()
    assert_unharmed(other)
    assert "Applied: filters, definitions and 1 figure." in words(other)
    assert "The sidebar does not offer the file's value of baseline_age" in words(other)
    assert len(titles(other)) == 1
    assert other.segmented_control(key="prior_hsct").value == "No"
    assert other.slider(key="age_years").value == (18, 60)
    assert other.selectbox(key="scheme").value == "ctcae_v6"
    assert other.slider(key="course_gap").value == 5
    go(other, "survival")
    assert other.selectbox(key="endpoint").value == "pfs"
    assert other.selectbox(key="by").value == "prior_hsct"


def test_settings_restore_the_patients_that_were_looked_at() -> None:
    app = open_page("trajectories", trajectories="several")
    app.multiselect(key="patients").set_value(["P4", "P8"]).run()
    app.selectbox(key="front").set_value("P8").run()
    saved = Saved(
        page=app.session_state["session"].page, page_options=app.session_state["session"].options
    )
    other = open_page("slides")
    other.file_uploader(key="settings_0").set_value(
        ("settings.json", format_saved(saved).encode(), "application/json")
    ).run()
    assert_unharmed(other)
    go(other, "trajectories")
    assert other.multiselect(key="patients").value == ["P4", "P8"]
    assert other.selectbox(key="front").value == "P8"


def test_a_file_that_is_no_settings_file_changes_nothing() -> None:
    app = open_page("slides", prior_hsct="Yes")
    app.file_uploader(key="settings_0").set_value(
        ("settings.json", b'{"what": "else"}', "application/json")
    ).run()
    assert_unharmed(app)
    assert "The file is JSON, but not a" in words(app)
    assert app.segmented_control(key="prior_hsct").value == "Yes"


@pytest.fixture(scope="module")
def order() -> Order:
    """Two figures of the sample, one of a patient, to be made into files."""
    entries = (
        Entry(Incidence.name, Incidence.options(), title="Who was low"),
        Entry(Trajectory.name, PatientOptions("P4")),
    )
    return Order(View(read_sample()), entries, patients=("P4", "P7"))


def test_a_deck_has_the_titles_of_the_list(order: Order) -> None:
    deck = Presentation(BytesIO(make_file(DECK, order)))
    said = [slide.shapes.title.text for slide in deck.slides if slide.shapes.title is not None]
    assert "Who was low" in said
    assert order.progress.finished
    assert order.progress.done == order.progress.of > 0
    assert order.progress.problem == ""


def test_a_deck_has_a_slide_s_letters_whatever_size_pictures_have(order: Order) -> None:
    column = replace(order, style=Style("single", grey=True))
    assert len(Presentation(BytesIO(make_file(DECK, column))).slides) >= 4


@pytest.mark.parametrize(
    ("kind", "begins"), [(HTML, b"<!DOCTYPE html>"), (WORD, b"PK"), (ARCHIVE, b"PK")]
)
def test_every_file_is_made(order: Order, kind: str, begins: bytes) -> None:
    assert make_file(kind, order)[:15].lower().startswith(begins.lower())


def test_pages_of_chosen_patients(order: Order) -> None:
    pages = make_file(PATIENTS, order).decode()
    assert "P4" in pages
    assert "P7" in pages
    assert "P11" not in pages


def test_what_cannot_be_made_is_told_without_a_word_of_the_data(order: Order) -> None:
    entries = (Entry(Trajectory.name, PatientOptions("Secret Name")),)
    asked = Order(order.view, entries)
    with pytest.raises(RuntimeError) as raised:
        make_file(DECK, asked)
    assert "Secret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert "None of these figures has data to show" in asked.progress.problem
    assert "Secret Name" in asked.progress.left_out[0].why


def test_a_fault_of_ours_is_told_and_its_text_is_not_logged(
    order: Order, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("Secret Name")

    asked = replace(order, view=View(order.view.cohort, assess=fail))  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        make_file(DECK, asked)
    assert "fault in this program: KeyError" in asked.progress.problem
    assert "Secret" not in caplog.text + asked.progress.problem


def test_the_words_and_the_code_stand_under_a_figure() -> None:
    app = open_page("overview")
    app.session_state["patient-flow_shown"] = "Caption and code"
    app.run()
    assert_unharmed(app)
    said = [block.value for block in app.code]
    assert said[0].startswith("Figure.")
    assert f"{read_sample().digest}" in said[-1]
    compile(said[-1], "script.py", "exec")
