"""The sidebar: which cohort, which patients, which definitions. It acts on every page.

Each widget's key is its name in the URL. Values come from fixed lists and bounds, never from the
data, so a link holds no patient's value; filters by a file's own columns are in no link.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import streamlit as st

from pages.shared.choices import choose, select, switch
from pages.shared.menu import PAGES
from pages.shared.readings import READINGS, set_reading
from pages.shared.session import (
    chosen,
    current,
    current_cohort,
    find_view,
    forget_file,
    plain,
    remove_upload,
    upload_key,
)
from pht_core.exhibits.view import View
from pht_core.model.cohort import Cohort, sort_naturally
from pht_core.model.criteria import read_references, read_schemes
from pht_core.model.filters import (
    CRS_GRADES,
    FILTERED,
    NOT_RECORDED,
    RANGES,
    SEXES,
    YES_NO,
    Filters,
    format_filters,
)
from pht_core.model.findings import CHANGES
from pht_core.model.settings import Settings, changed_settings, describe_settings
from pht_core.model.words import counted, listed
from pht_core.paper.published import read_publications

NO_MATCH = "No patients match these filters. Relax or reset them"
ANY = "Any"
MISSING = NOT_RECORDED.capitalize()
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


def select_patients(ids: Sequence[str] = ()) -> None:
    """Look at some patients alone, on every page; without any, at everyone again."""
    chosen().patients = tuple(ids)


def offer_selection(words: str, ids: Sequence[str]) -> None:
    """A button that makes these patients the ones who are looked at."""
    st.button(
        f"Show only {plain(words)} ({counted(len(ids), 'patient', 'patients')})",
        key=f"only_{words}",
        on_click=select_patients,
        args=(ids,),
        help="A filter on every page, named in every figure; it is undone in the sidebar.",
    )


def restore(settings: Settings, filters: Filters) -> list[str]:
    """Set every widget as a settings file has it; returns the names of what no widget offers."""
    state, cohort = st.session_state, current_cohort()
    offered_missing = find_unrecorded(cohort)
    not_offered = [name for name in filters.unrecorded if name not in offered_missing]
    unrecorded = set(filters.unrecorded) - set(not_offered)
    select_patients(filters.patients)
    answers = {value: answer for answer, value in ANSWERS.items()}
    for name in YES_NO:
        answer = answers[getattr(filters, name)]
        state[name] = MISSING if answer == ANY and name in unrecorded else answer
    state["sex"] = filters.sex or (MISSING if "sex" in unrecorded else ANY)
    for name in RANGES:
        state[name] = getattr(filters, name)
        state[f"{name}_unrecorded"] = name in unrecorded
    grades: list[int | str] = [*filters.crs_grade]
    state["crs_grade"] = grades + [MISSING] * ("crs_grade" in unrecorded)
    others = list(cohort.others)
    not_offered += [name for name, _ in filters.others if name not in others]
    chosen = {name: values for name, values in filters.others if name in others}
    state[upload_key("others")] = list(chosen)
    for name, values in chosen.items():
        offered_values = find_values(cohort, name)
        state[upload_key(f"others_{others.index(name)}")] = [
            value for value in values if value in offered_values
        ]
    for name, value in asdict(settings).items():
        default = getattr(DEFAULTS, name)
        if name in READINGS:
            set_reading(name, value)
            continue
        offered = name in DEFINITIONS and value in OFFERED.get(name, (value,))
        if not offered and value != default:
            not_offered.append(name)
        if name == "pht_grade":
            grade = value if offered else default
            state["pht_from"] = {grade: words for words, grade in PHT_GRADES.items()}[grade]
        elif name in DEFINITIONS:
            state[name] = value if offered else default
    return not_offered


def find_unrecorded(cohort: Cohort) -> set[str]:
    """The columns to filter by that have some patients' values and lack others'."""
    missing = cohort.subjects[list(FILTERED)].isna()
    return {name for name in FILTERED if 0 < missing[name].sum() < len(missing)}


def find_values(cohort: Cohort, name: str) -> list[str]:
    """The values of one of the file's own columns; an empty one where some are missing."""
    values = cohort.others[name].reindex(cohort.subject_ids)
    return [*sort_naturally(values.dropna().unique()), *[""] * bool(values.isna().any())]


def show_filters(cohort: Cohort) -> Filters:
    """The filters' widgets, and what they ask for."""
    missing, unrecorded = find_unrecorded(cohort), []

    def offer(column: str, words: dict[str, str]) -> dict[str, str]:
        return words | ({MISSING: MISSING} if column in missing else {})

    conditions: dict[str, Any] = {}
    for column, title in YES_NO.items():
        answer = choose(
            title[0].upper() + title[1:],
            offer(column, {answer: answer for answer in ANSWERS}),
            column,
            width="stretch",
            help=FILTER_HELP.get(column),
        )
        conditions[column] = ANSWERS.get(answer)
        unrecorded += [column] * (answer == MISSING)
    sexes = {ANY: ANY} | {sex: word.capitalize() for sex, word in SEXES.items()}
    sex = choose("Sex", offer("sex", sexes), "sex", width="stretch")
    unrecorded += ["sex"] * (sex == MISSING)
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
        if column in missing and conditions[column] != (lowest, highest):
            also = switch(f"Include {title} {NOT_RECORDED}", f"{column}_unrecorded")
            unrecorded += [column] * also
    grades = [*CRS_GRADES, *[MISSING] * ("crs_grade" in missing)]
    if not set(st.session_state.get("crs_grade", ())) <= set(grades):
        del st.session_state["crs_grade"]
    crs = st.pills(
        "CRS grade",
        grades,
        selection_mode="multi",
        key="crs_grade",
        bind="query-params",
        help="Cytokine release syndrome (CRS). With no grade selected, all patients are included. "
        "This filter selects patients by an event after infusion.",
    )
    unrecorded += ["crs_grade"] * (MISSING in crs)
    conditions |= {
        "sex": None if sex in (ANY, MISSING) else sex,
        "crs_grade": tuple(grade for grade in CRS_GRADES if grade in crs),
        "unrecorded": tuple(unrecorded),
        "others": show_others(cohort),
    }
    return Filters(**conditions)


def show_others(cohort: Cohort) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Filters by columns of the file that have no field here; none of it is in the address."""
    columns, conditions = [str(name) for name in cohort.others], []
    if not columns:
        return ()
    chosen = st.multiselect(
        "Other columns of the file",
        columns,
        key=upload_key("others"),
        placeholder="Choose columns",
        help="Columns with few values, such as center or product, that have no meaning here.",
    )
    for name in chosen:
        values = find_values(cohort, name)
        picked = st.multiselect(
            plain(name),
            values,
            format_func=lambda value: value or NOT_RECORDED,
            key=upload_key(f"others_{columns.index(name)}"),
            placeholder="Any",
        )
        if picked:
            conditions.append((name, tuple(value for value in values if value in picked)))
    return tuple(conditions)


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
    with st.container():
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
            **current().readings,
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


def definition_words(settings: Settings) -> list[str]:
    """The scheme and the limits in use, and how many other definitions are not the usual ones."""
    schemes, references = read_schemes(), read_references()
    usual = settings.with_changes(scheme=DEFAULTS.scheme, reference=DEFAULTS.reference)
    other = len(changed_settings(usual))
    return [
        schemes[settings.scheme].title,
        references[settings.reference].title,
        *[f"{other} modified"] * bool(other),
    ]


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
    if uploaded:
        sources = {one.source for found in read_publications().values() for one in found}
        switch(
            "Show published figures",
            "published",
            help=f"Marks in figures: as printed by {listed(sorted(sources))}. Other "
            "publications are rows of pht_core/paper/publications.csv.",
        )


def show_who(view: View, *, on_upload_page: bool = False) -> None:
    """Which patients, of how many and under which filter: the first line of every page.

    Below it, except on the upload page, which tells it in full: what of the last file keeps it
    from use, or changes results.
    """
    patients = counted(view.n_total, "patient", "patients")
    name = plain(view.cohort.name)
    words = f"{name} · **{len(view.subject_ids)} of {patients}** · {plain(view.words)}"
    if changed := changed_settings(view.settings):
        words += f" · modified definitions: {', '.join(changed)}"
    st.container(key="who").markdown(words)
    show_file_state(view.cohort, on_upload_page=on_upload_page)


def show_file_state(cohort: Cohort, *, on_upload_page: bool) -> None:
    """One line, with the way to the page that tells more; nothing if there is nothing to tell."""
    session, findings = current(), cohort.findings
    upload = session.upload
    grave = int((findings["severity"] == CHANGES).sum()) if len(findings) else 0
    link = f"See {PAGES['upload'].title} →"
    if session.was_open and not (upload.problem or upload.intake):
        words = (
            "A file of your own was open in this browser. After a reload, after a restart of the "
            f"server, or in another tab, it has to be opened again: figures show {cohort.name}."
        )
        link = "Open it again →"
    elif on_upload_page:
        return
    elif upload.problem or (upload.intake is not None and upload.intake.cohort is None):
        words = f"The last file is not in use: figures show {cohort.name}."
    elif grave:
        words = counted(
            grave, "finding in this file affects results.", "findings in this file affect results."
        )
    else:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="file_state"):
        st.markdown(f"▲ {plain(words)}", width="content")
        if not on_upload_page:
            PAGES["upload"].show_link(link)
        if session.was_open:
            st.button("Continue with the sample", key="forget_file", on_click=forget_file)


def show_sidebar() -> View:
    """The whole sidebar, and the view of the cohort that it asks for."""
    cohort = current_cohort()
    with st.sidebar:
        show_cohort()
        with st.container(key="choices", gap=None):
            with st.expander("Patients"):
                filters = replace(show_filters(cohort), patients=chosen().patients)
            st.caption(plain(format_filters(filters)))
            if filters.patients:
                st.button("Show all patients again", on_click=select_patients)
            with st.expander("Definitions"):
                settings = show_definitions()
            st.caption(", ".join(definition_words(settings)))
            if filters.active or settings != DEFAULTS:
                st.button("Reset filters and definitions", on_click=reset, width="stretch")
    view = current().view = find_view(settings, filters)
    return view
