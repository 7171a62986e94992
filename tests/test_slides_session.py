"""Slides, settings and files over a session: other files, corrected mappings, threads."""

import threading
from typing import Any

import pytest

from pages.shared import slides_files
from pages.shared.files import PATIENTS, Order, make_file
from tests.opened import open_page

# Simulated. Ids as in the sample, numbers unlike it: P1 has PHT of grade 4 at day 28, P2 none.
OTHERS = b"""subject_id,age_years,sex,day,HGB,PLT,NE
P1,50,M,0,130,150,3.0
P1,50,M,28,60,20,0.4
P1,50,M,60,110,130,2.5
P2,51,M,0,130,150,3
P2,51,M,28,130,150,3
P2,51,M,60,130,160,3.5
"""


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
