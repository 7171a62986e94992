"""Cytopenias (Figure 1): who is affected, how many lineages at once, and how severely."""

import streamlit as st

from pages.shared.choices import choose
from pages.shared.figure import show_figure, show_method
from pages.shared.session import current_view
from pht_core.charts.cytopenias import (
    grades_chart,
    incidence_chart,
    lineages_chart,
    pies_chart,
)
from pht_core.summary import count_grades, count_incidence, count_lineages, figure_groups

view = current_view()
st.title("Cytopenias")
with st.container(horizontal=True, vertical_alignment="bottom"):
    of = choose(
        "Patients counted from day 28 on",
        {"pht": "with PHT at day 28", "all": "everyone"},
        "denominator",
    )
    after = choose(
        "After prednisone, show the",
        {"best": "best count", "last": "last count"},
        "after",
        help="Support-free counts from the day after the first dose to 28 days after the first "
        "course, ending before a relapse. The best of many counts flatters; the last does not.",
    )
    look = choose("Affected patients as", {"bars": "bars", "pies": "the paper's pies"}, "look")
    intervals = st.toggle("95% intervals (exact)", key="intervals", bind="query-params")

groups = figure_groups(view.patients, of, after)
grades = view.assessment.grades
paper = view.assessment.cohort.simulated
titles = {
    "incidence": "Patients with each cytopenia" + " (Figure 1 A, D, G)" * paper,
    "lineages": "Number of lineages with cytopenia at once" + " (Figure 1 B, E, H)" * paper,
    "grades": "Grades of each cytopenia" + " (Figure 1 C, F, I)" * paper,
}
footer = view.provenance("worst of days 0-28, single draw at day 28").footer()
subtitle = (
    "One value per patient and lineage. Worst of many before and best of many after make an "
    "improvement look certain."
)
show_figure(
    view,
    "figure1-incidence",
    lambda: count_incidence(grades, groups),
    lambda table, shade: (
        pies_chart(table, theme=shade, title=titles["incidence"], subtitle=subtitle, footer=footer)
        if look == "pies"
        else incidence_chart(
            table,
            theme=shade,
            title=titles["incidence"],
            subtitle=subtitle,
            footer=footer,
            intervals=intervals,
        )
    ),
    (of, after, look, intervals),
)
show_figure(
    view,
    "figure1-lineages",
    lambda: count_lineages(grades, groups),
    lambda table, shade: lineages_chart(
        table, theme=shade, title=titles["lineages"], footer=footer, intervals=intervals
    ),
    (of, after, intervals),
)
show_figure(
    view,
    "figure1-grades",
    lambda: count_grades(grades, groups),
    lambda table, shade: grades_chart(table, theme=shade, title=titles["grades"], footer=footer),
    (of, after),
)
show_method(view, "day28_window", "pht_grade", "after_days", "use_support", "cutoff")
