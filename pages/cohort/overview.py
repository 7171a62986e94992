"""Overview: the question, four figures with their denominators, the patient flow, what is next."""

import streamlit as st

from pages.shared.choices import choose, published, select
from pages.shared.figure import (
    say_why_not,
    show_figure,
    show_on_demand,
    show_table,
    show_table_tools,
)
from pages.shared.menu import PAGES
from pages.shared.session import current_view, plain
from pages.shared.words import said
from pht_core.exhibits.compared import TABLE_2, Compared, CompareOptions
from pht_core.exhibits.overview import (
    Described,
    KeyFigure,
    KeyFigures,
    PatientFlow,
    Patients,
    compare_confirmation,
)
from pht_core.exhibits.view import View
from pht_core.exhibits.words import support_at_day_28
from pht_core.paper.published import read_publications
from pht_core.stats.comparing.characteristics import multiplicity

STOPPING = {"part": "After stopping"}
# Where each key figure is shown in full: its page, and what is chosen there.
SHOWN: dict[str, tuple[str, dict[str, str]]] = {
    "pht": ("cytopenias", {}),
    "response": ("response", {}),
    "relapse": ("response", STOPPING),
    "survival": ("survival", {}),
}
FIGURES = {"survival": "os"}  # as publications.csv names them
NEXT: tuple[tuple[str, dict[str, str], str, str], ...] = (
    ("trajectories", {"trajectories": "Several patients"}, "See recurrent cytopenias side by side",
     "counts on and off prednisone, patient by patient"),
    ("survival", {"by": "prior HSCT"}, "Compare survival by prior HSCT",
     "with numbers at risk and log-rank test"),
    ("upload", {}, "Open your own file",
     "Excel, CSV, SAS or REDCap as it is; it stays on this computer"),
    ("claims", {}, "Check a manuscript’s percentages",
     "against their counts, and against this cohort"),
)  # fmt: skip

PERCENTAGES = {"column": "of the group", "row": "of the row"}
SPREADS = {"range": "range", "iqr": "quartiles"}


def show_card(figure: KeyFigure) -> None:
    """One figure, of whom it is, its interval and what limits it."""
    page, choices = SHOWN[figure.name]
    with st.container(border=True, height="stretch", gap=None):
        # A metric cuts its label off where it is longer than a line.
        st.caption(figure.title, help=figure.definition)
        st.metric(figure.title, figure.value, label_visibility="collapsed")
        of_whom = "; ".join(filter(None, [figure.basis, figure.interval]))
        st.caption(f"{of_whom.removesuffix('.')}. {figure.caveat}")
        if published():
            for one in read_publications().get(FIGURES.get(figure.name, figure.name), ()):
                st.caption(one.label)
        PAGES[page].show_link(f"{figure.link} →", **choices)


def show_comparison(view: View) -> None:
    """Groups by any column, made while its part of the page is open.

    What is chosen stays out of the address: a column may be the file's own.
    """
    offered = Compared(view).offered()
    if not offered:
        return
    place = st.expander(Compared.title, key="compared", on_change="rerun")
    if not place.open:
        return
    with place:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if st.session_state.get("compare_by") not in offered:
                usual = TABLE_2 if TABLE_2 in offered else next(iter(offered))
                st.session_state["compare_by"] = usual
            by = select("Compare by", offered, "compare_by", bind=None, width=320)
            percent = choose("Percentages", PERCENTAGES, "compare_percent")
            spread = choose("Medians with", SPREADS, "compare_spread")
        shown = Compared(view, CompareOptions(by, percent, spread))
        if not say_why_not(shown):
            show_table(shown)
            st.caption(multiplicity(shown.numbers))


view = current_view()
st.markdown(said("pht"))
key_figures = KeyFigures(view)
with st.container(key="cards"):
    for column, figure in zip(st.columns(4), key_figures.figures, strict=True):
        with column:
            show_card(figure)
flow, following = st.columns([2, 1], gap="large")
with flow:
    show_figure(PatientFlow(view))
with following.container(gap=None, key="next"):
    st.subheader("Next")
    for page, choices, title, words in NEXT:
        PAGES[page].show_link(f"{title} →", **choices)
        st.caption(words)
if view.cohort.simulated:
    st.caption(said("simulated"))
notes = (support_at_day_28(view), compare_confirmation(view, view.subject_ids))
if note := " ".join(filter(None, notes)):
    st.caption(plain(note))
show_table_tools(key_figures)
st.subheader("Cohort characteristics")
show_table(Described(view))
show_on_demand(Patients(view))
show_comparison(view)
