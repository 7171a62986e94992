"""Slides, settings and files over a session: other files, corrected mappings, threads."""

import threading
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import slides_files
from pages.shared.files import PATIENTS, Order, make_file
from pht_core.exhibits.saved import Saved, format_saved
from pht_core.reading import read_cohort
from tests.opened import PAGES, assert_unharmed, charts, open_page, texts_of, words

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


def footer(app: AppTest) -> str:
    return texts_of(charts(app)[0])["footer_text"]


def go(app: AppTest, page: str) -> AppTest:
    app.switch_page(PAGES[page]).run()
    assert_unharmed(app)
    return app


def call_day_1_day_0(app: AppTest) -> None:
    """Correct the mapping: the same file, of which every number moves by a day."""
    go(app, "upload")
    next(box for box in app.selectbox if "infusion's day" in box.label).set_value("1")
    next(button for button in app.button if button.label == "Apply corrections").click().run()
    assert_unharmed(app)


def test_a_corrected_mapping_takes_back_that_the_cohort_is_final() -> None:
    app = open_page("slides", upload=LATER)
    app.toggle(key="final_tick").set_value(True).run()
    assert "exploratory" not in footer(go(app, "cytopenias"))
    before = app.session_state["uploaded_cohort"]
    call_day_1_day_0(app)
    after = app.session_state["uploaded_cohort"]
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
    place = next(one for one in app.file_uploader if one.label == "A settings file (.json)")
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
    next(button for button in app.button if button.label == "Forget this cohort").click().run()
    assert not app.toggle(key="final_tick").value
    assert "; exploratory;" in footer(go(app, "cytopenias"))  # of the sample, now
