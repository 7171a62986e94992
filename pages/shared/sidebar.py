"""The sidebar: which cohort, which patients, which definitions. It acts on every page.

Each widget's key is its name in the URL. Values come from fixed lists and bounds, never from the
data, so a link holds no patient's value.
"""

from dataclasses import asdict
from typing import Any

import streamlit as st

from pages.shared.choices import choose, select, switch
from pages.shared.menu import PAGES
from pages.shared.session import (
    current,
    current_cohort,
    find_view,
    plain,
    remove_upload,
)
from pht_core.exhibits.view import View
from pht_core.model.cohort import Cohort
from pht_core.model.criteria import read_references, read_schemes
from pht_core.model.filters import CRS_GRADES, RANGES, SEXES, YES_NO, Filters
from pht_core.model.findings import CHANGES
from pht_core.model.settings import Settings, changed_settings, describe_settings
from pht_core.model.words import counted

NO_MATCH = "No patients match these filters. Relax or reset them"
ANY = "Any"
ANSWERS = {ANY: None, "Yes": True, "No": False}
PHT_GRADES = {"any grade": 1, "grade 3 or worse": 3}
DEFAULTS = Settings()
# Days that a slider offers for a definition, lowest and highest, its words and help.
DAYS: dict[str, tuple[int, int, str, str]] = {
    "day28_window": (
        0,
        14,
        "Day 28 draw: window, ± days",
        "One draw for all lineages: of those with the most lineages known, the one nearest day 28.",
    ),
    "early_start": (
        0,
        28,
        "Early steroids: start before day",
        "Such a course, if it ends before the next day, is drawn but not the treatment of PHT.",
    ),
    "early_end": (0, 60, "Early steroids: end before day", ""),
    "after_days": (
        0,
        90,
        "Response and period after prednisone: up to days after the course",
        "Later improvements are listed, not counted.",
    ),
    "course_gap": (
        0,
        14,
        "Course gap, days",
        "So many days off prednisone do not end a course.",
    ),
}
RECOVERY_GRADES = (1, 2)
# Definitions of which a widget offers some values only.
OFFERED: dict[str, tuple[int, ...]] = {
    "pht_grade": tuple(PHT_GRADES.values()),
    "recovery_grade": RECOVERY_GRADES,
    **{name: tuple(range(low, high + 1)) for name, (low, high, *_) in DAYS.items()},
}
# Definitions whose widget has their name as its key.
DEFINITIONS = {
    *OFFERED,
    "scheme",
    "reference",
    "confirm",
    "use_support",
    "day28_support_free",
    "other_steroids",
}
FILTER_HELP = {
    "prior_hsct": "Hematopoietic stem cell transplantation (HSCT) before CAR-T infusion.",
    "extramedullary": "Leukemia outside the bone marrow (EMD) before CAR-T infusion.",
}


def reset() -> None:
    """Give every filter and definition its default."""
    restore(DEFAULTS, Filters())


def restore(settings: Settings, filters: Filters) -> list[str]:
    """Set every widget as a settings file has it; returns the names of what no widget offers."""
    state, not_offered = st.session_state, []
    for name in YES_NO:
        state[name] = {value: answer for answer, value in ANSWERS.items()}[getattr(filters, name)]
    state["sex"] = filters.sex or ANY
    for name in RANGES:
        state[name] = getattr(filters, name)
    state["crs_grade"] = list(filters.crs_grade)
    for name, value in asdict(settings).items():
        default = getattr(DEFAULTS, name)
        offered = name in DEFINITIONS and value in OFFERED.get(name, (value,))
        if not offered and value != default:
            not_offered.append(name)
        if name == "pht_grade":
            grade = value if offered else default
            state["pht_from"] = {grade: words for words, grade in PHT_GRADES.items()}[grade]
        elif name in DEFINITIONS:
            state[name] = value if offered else default
    return not_offered


def show_filters() -> Filters:
    """The filters' widgets, and what they ask for."""
    conditions: dict[str, Any] = {
        column: ANSWERS[
            choose(
                title[0].upper() + title[1:],
                {answer: answer for answer in ANSWERS},
                column,
                width="stretch",
                help=FILTER_HELP.get(column),
            )
        ]
        for column, title in YES_NO.items()
    }
    sexes = {ANY: ANY} | {sex: word.capitalize() for sex, word in SEXES.items()}
    sex = choose("Sex", sexes, "sex", width="stretch")
    for column, (title, lowest, highest, unit) in RANGES.items():
        ends = st.slider(
            f"{title.capitalize()}{f', {unit}' if unit else ''}",
            lowest,
            highest,
            (lowest, highest),
            key=column,
            bind="query-params",
            help=f"{highest} means {highest} or more.",
        )
        # An address may name them the other way round.
        conditions[column] = (min(ends), max(ends))
    crs = st.pills(
        "CRS grade",
        CRS_GRADES,
        selection_mode="multi",
        key="crs_grade",
        bind="query-params",
        help="Cytokine release syndrome (CRS). With no grade selected, all patients are included. "
        "This filter selects patients by an event after infusion.",
    )
    conditions |= {"sex": None if sex == ANY else sex, "crs_grade": tuple(sorted(crs or ()))}
    return Filters(**conditions)


def show_definitions() -> Settings:
    """The definitions' widgets, and the settings they make."""
    schemes, references = read_schemes(), read_references()
    name = select("Grading scheme", {key: one.title for key, one in schemes.items()}, "scheme")
    st.caption(f"{schemes[name].note}.")
    reference = select(
        "Lower limits of normal (LLN)",
        {key: one.title for key, one in references.items()},
        "reference",
        help="Used where the file gives no limit. For children's platelets and neutrophils, the "
        "adult limits apply.",
    )
    with st.expander("More definitions"):
        pht_from = select(
            "PHT at day 28: cytopenia of",
            {words: words for words in PHT_GRADES},
            "pht_from",
            help="PHT: prolonged hematologic toxicity.",
        )
        days = {
            name: st.slider(
                words,
                low,
                high,
                getattr(DEFAULTS, name),
                key=name,
                bind="query-params",
                help=text or None,
            )
            for name, (low, high, words, text) in DAYS.items()
        }
        recovery = st.select_slider(
            "Recovery: all lineages at grade",
            RECOVERY_GRADES,
            DEFAULTS.recovery_grade,
            format_func=lambda grade: f"≤ {grade}",
            key="recovery_grade",
            bind="query-params",
            help="Complete recovery is always grade 0.",
        )
        return DEFAULTS.with_changes(
            scheme=name,
            reference=reference,
            pht_grade=PHT_GRADES[pht_from],
            **days,
            recovery_grade=recovery,
            confirm=switch(
                "Require confirmation by the next count",
                "confirm",
                help="Of response, recovery, recurrence and the grades after prednisone.",
            ),
            use_support=switch(
                "Response and recovery from support-free counts only",
                "use_support",
                value=True,
                help=describe_settings(DEFAULTS, ("use_support",))[0],
            ),
            day28_support_free=switch(
                "Day 28: normal counts under support are not evaluable",
                "day28_support_free",
                help="A normal count within 7 days of transfusion or G-CSF for its lineage is no "
                "proof of recovery. A low count is low with or without support.",
            ),
            other_steroids=switch(
                "Count other corticosteroids as prednisone",
                "other_steroids",
                help="Courses then include methylprednisolone, dexamethasone and hydrocortisone "
                "as prednisone equivalents, although they are given for other indications too. "
                "Prednisolone is always included.",
            ),
        )


def show_cohort() -> None:
    """Which cohort is open, the way to another, and the way back to the sample."""
    uploaded = current().upload.cohort is not None
    st.markdown(f"**{plain(current_cohort().name)}**")
    if current().upload.pseudonyms:
        st.caption("Patient IDs are replaced by pseudonyms.")
    with st.container(horizontal=True, vertical_alignment="center"):
        PAGES["upload"].show_link("Upload another file" if uploaded else "Upload data")
        if uploaded:
            st.button(
                "Remove this cohort",
                on_click=remove_upload,
                help="Deletes the file and everything derived from it from this session, and "
                "returns to the sample data.",
            )


def show_who(view: View, *, on_upload_page: bool = False) -> None:
    """Which patients, of how many and under which filter: the first line of every page.

    Below it, except on the upload page, which tells it in full: what of the last file keeps it
    from use, or changes results.
    """
    patients = counted(view.n_total, "patient", "patients")
    name = plain(view.cohort.name)
    words = f"{name} · **{len(view.subject_ids)} of {patients}** · {view.words}"
    if changed := changed_settings(view.settings):
        words += f" · modified definitions: {', '.join(changed)}"
    st.container(key="who").markdown(words)
    if not on_upload_page:
        show_file_state(view.cohort)


def show_file_state(cohort: Cohort) -> None:
    """One line, with the way to the page that tells more; nothing if there is nothing to tell."""
    upload, findings = current().upload, cohort.findings
    grave = int((findings["severity"] == CHANGES).sum()) if len(findings) else 0
    if upload.problem or (upload.intake is not None and upload.intake.cohort is None):
        words = f"The last file is not in use: figures show {cohort.name}."
    elif grave:
        words = counted(
            grave, "finding in this file affects results.", "findings in this file affect results."
        )
    else:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="file_state"):
        st.markdown(f"▲ {plain(words)}", width="content")
        PAGES["upload"].show_link(f"See {PAGES['upload'].title} →")


def show_sidebar() -> View:
    """The whole sidebar, and the view of the cohort that it asks for."""
    with st.sidebar:
        show_cohort()
        st.subheader("Patients")
        filters = show_filters()
        st.subheader("Definitions")
        settings = show_definitions()
        st.button("Reset filters and definitions", on_click=reset, width="stretch")
    view = current().view = find_view(settings, filters)
    return view
