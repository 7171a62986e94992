"""Slides, settings and files over a session: other files, corrected mappings, threads."""

import threading
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import session
from pages.shared.slides import files as slides_files
from pages.shared.slides.making import PATIENTS, Order, make_file
from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.entry import Entry
from pht_core.exhibits.saved import Saved, format_saved
from pht_core.intake.reading import read_cohort
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

# Simulated. Ids as in the sample, numbers unlike it: P1 has PHT of grade 4 at day 28, P2 none.
OTHERS = b"""subject_id,age_years,sex,day,HGB,PLT,NE
P1,50,M,0,130,150,3.0
P1,50,M,28,60,20,0.4
P1,50,M,60,110,130,2.5
P2,51,M,0,130,150,3
P2,51,M,28,130,150,3
P2,51,M,60,130,160,3.5
"""
# The same a day later each: of such a file the user may say that its day 1 is the infusion's.
LATER = OTHERS.replace(b",M,0,", b",M,1,").replace(b",M,28,", b",M,29,").replace(b",60,1", b",61,1")


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> dict[str, Order]:
    """The order behind each button of the page, as it was shown last."""
    seen: dict[str, Order] = {}
    show = slides_files._show_button

    def noted(kind: str, *given: Any, **more: Any) -> None:
        (seen[kind],) = [one for one in given if isinstance(one, Order)]
        show(kind, *given, **more)

    monkeypatch.setattr(slides_files, "_show_button", noted)
    return seen


def make_in_thread(kind: str, order: Order) -> bytes:
    """As the server does: in a thread that belongs to no session."""
    made: list[bytes] = []
    thread = threading.Thread(target=lambda: made.append(make_file(kind, order)))
    thread.start()
    thread.join()
    assert order.progress.problem == ""
    return made[0]


def test_pages_of_patients_are_graded_from_their_own_counts(orders: dict[str, Order]) -> None:
    # The sample has patients of these ids as well, all with PHT at day 28.
    open_page("slides", upload=OTHERS)
    page = make_in_thread(PATIENTS, orders[PATIENTS]).decode()
    assert orders[PATIENTS].patients == ("P1", "P2")
    assert page.count("yes: hemoglobin grade 3, platelets grade 4, neutrophils grade 4") == 1
    assert page.count("PHT at day 28") == 2
    assert "day 60: hemoglobin 130 g/L (grade 0); platelets 160" in page


def test_pages_of_patients_are_as_grey_as_the_other_files(orders: dict[str, Order]) -> None:
    app = open_page("slides", upload=OTHERS)
    page = make_in_thread(PATIENTS, orders[PATIENTS])
    app.segmented_control(key="slides_grey").set_value(True).run()
    assert make_in_thread(PATIENTS, orders[PATIENTS]) != page


def footer(app: AppTest) -> str:
    return texts_of(charts(app)[0])["footer_text"]


def call_day_1_day_0(app: AppTest) -> None:
    """Correct the mapping: the same file, of which every number moves by a day."""
    go(app, "upload")
    next(box for box in app.selectbox if "Day of infusion" in box.label).set_value("1")
    next(button for button in app.button if button.label == "Apply corrections").click().run()
    assert_unharmed(app)


def test_a_corrected_mapping_takes_back_that_the_cohort_is_final() -> None:
    app = open_page("slides", upload=LATER)
    app.toggle(key="final_tick").set_value(True).run()
    assert "exploratory" not in footer(go(app, "cytopenias"))
    before = app.session_state["session"].upload.cohort
    call_day_1_day_0(app)
    after = app.session_state["session"].upload.cohort
    assert (after.digest, sorted(set(after.counts["day"]))) == (before.digest, [0, 28, 60])
    assert "; exploratory;" in footer(go(app, "cytopenias"))
    assert app.toggle == [] or not go(app, "slides").toggle(key="final_tick").value


def test_settings_made_under_another_mapping_are_told_and_leave_it_exploratory() -> None:
    cohort = read_cohort(LATER, "cohort.csv")
    saved = Saved(final=True, digest=cohort.digest, tables_digest=cohort.tables_digest)
    for corrected in (False, True):
        app = open_page("slides", upload=LATER)
        if corrected:
            call_day_1_day_0(app)
            go(app, "slides")
        open_settings(app, saved)
        assert ("read otherwise" in words(app)) is corrected
        assert app.toggle(key="final_tick").value is not corrected
        assert ("; exploratory;" in footer(go(app, "cytopenias"))) is corrected


def open_settings(app: AppTest, saved: Saved) -> None:
    place = next(one for one in app.file_uploader if one.label == "Settings file (.json)")
    place.set_value(("settings.json", format_saved(saved).encode(), "application/json")).run()
    assert_unharmed(app)


def test_settings_that_are_not_final_take_the_word_back() -> None:
    app = open_page("slides", upload=OTHERS)
    app.toggle(key="final_tick").set_value(True).run()
    open_settings(app, Saved())
    assert not app.toggle(key="final_tick").value
    assert "; exploratory;" in footer(go(app, "cytopenias"))


def test_what_is_final_is_forgotten_with_its_cohort() -> None:
    app = open_page("slides", upload=OTHERS)
    app.toggle(key="final_tick").set_value(True).run()
    next(button for button in app.button if button.label == "Remove this cohort").click().run()
    assert not app.toggle(key="final_tick").value
    assert "; exploratory;" in footer(go(app, "cytopenias"))  # of the sample, now


# Simulated, with ids that no other file here has.
STRANGERS = OTHERS.replace(b"P1,", b"KLM-1,").replace(b"P2,", b"KLM-2,")


def test_no_id_of_another_cohort_is_in_a_settings_file(orders: dict[str, Order]) -> None:
    app = open_page("trajectories", upload=STRANGERS)
    app.selectbox(key="patient").set_value("KLM-2").run()
    press(app, "Add to slides")
    go(app, "slides")
    assert "KLM-2" in format_saved(orders[PATIENTS].saved)
    upload_files(app, ("next.csv", OTHERS))
    go(app, "slides")
    press(app, "Reuse the 1 figure of the previous file")
    assert orders[PATIENTS].saved.basket[0].options.patient == ""
    assert "KLM" not in format_saved(orders[PATIENTS].saved)
    press(app, "Remove this cohort")
    assert "P1" not in format_saved(go_for_saved(app, orders))


def go_for_saved(app: AppTest, orders: dict[str, Order]) -> Saved:
    go(app, "slides")
    return orders[PATIENTS].saved


def relabel(app: AppTest, wanted: bool) -> None:
    go(app, "upload")
    ticks = [*app.checkbox, *app.toggle]
    next(tick for tick in ticks if "pseudonyms" in tick.label).set_value(wanted).run()
    assert_unharmed(app)


def test_ids_drawn_anew_choose_the_same_patient(
    monkeypatch: pytest.MonkeyPatch, orders: dict[str, Order]
) -> None:
    places = iter([0, 0, 1])  # the third drawing gives the two patients each other's ids

    def draw(ids: list[str]) -> dict[str, str]:
        turn = next(places)
        return {name: f"P{(place + turn) % 2 + 1}" for place, name in enumerate(ids)}

    monkeypatch.setattr(session, "draw_pseudonyms", draw)
    app = open_page("trajectories", upload=STRANGERS)
    app.selectbox(key="patient").set_value("KLM-2").run()
    press(app, "Add to slides")
    relabel(app, True)
    assert go_for_saved(app, orders).basket[0].options.patient == "KLM-2"
    assert orders[PATIENTS].entries[0].options.patient == "P2"
    upload_files(app, ("next.csv", OTHERS))  # draws others
    upload_files(app, ("first.csv", STRANGERS))  # and others again: KLM-2 is now P1
    assert go_for_saved(app, orders).basket[0].options.patient == "KLM-2"
    assert orders[PATIENTS].entries[0].options.patient == "P1"
    relabel(app, False)
    go(app, "slides")
    assert orders[PATIENTS].entries[0].options.patient == "KLM-2"


def test_pages_choices_name_nobody_by_ids_that_are_no_longer_shown(
    orders: dict[str, Order],
) -> None:
    app = open_page("trajectories", upload=STRANGERS)
    app.selectbox(key="patient").set_value("KLM-2").run()
    relabel(app, True)
    saved = go_for_saved(app, orders)
    assert "patient" not in saved.page_options["figure3e-trajectory"]


def test_titles_written_for_other_numbers_are_pointed_out() -> None:
    app = open_page("cytopenias", upload=LATER)
    press(app, "Add to slides")
    go(app, "slides")
    next(field for field in app.text_input if field.label == "Title").set_value("1 of 2 had it")
    press(app, "Save")
    assert "written for other numbers" not in words(app)
    assert "Default title: " in words(app)
    call_day_1_day_0(app)
    assert "written for other numbers" in words(go(app, "slides"))
    press(app, "They are correct")
    assert "written for other numbers" not in words(app)
    upload_files(app, ("next.csv", STRANGERS))
    go(app, "slides")
    press(app, "Reuse the 1 figure of the previous file")
    assert "written for other numbers" in words(app)


def test_a_settings_file_with_more_figures_than_slides_hold_is_told() -> None:
    usual = EXHIBITS["figure1-incidence"].options()
    entries = [Entry("figure1-incidence", usual, title=f"Title {n}") for n in range(103)]
    app = open_page("slides")
    open_settings(app, Saved(basket=tuple(entries)))
    assert "the last 3 were not added" in words(app)
    assert "definitions and 100 figures" in words(app)


def test_what_was_told_of_a_file_is_not_told_of_the_next_cohort() -> None:
    app = open_page("slides", upload=STRANGERS)
    progress = app.session_state["session"].files[PATIENTS]
    progress.begin()
    progress.finished, progress.problem = True, "KLM-1 has no counts."
    assert "KLM-1 has no counts." in words(app.run())
    upload_files(app, ("next.csv", OTHERS))
    assert "KLM-1" not in words(go(app, "slides"))
