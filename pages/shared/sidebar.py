"""The sidebar: which cohort, which patients, which definitions. It acts on every page.

Each widget's key is its name in the URL. Values come from fixed lists and bounds, never from the
data, so a link holds no patient's value.
"""

from dataclasses import fields, replace

import streamlit as st

from pages.shared import session
from pht_core.model.cohort import Cohort
from pht_core.model.criteria import read_references, read_schemes
from pht_core.model.filters import CRS_GRADES, RANGES, SEXES, YES_NO, Filters
from pht_core.model.findings import CHANGES
from pht_core.model.settings import Settings, changed_settings

ANY = "Any"
UPLOAD_PAGE = "pages/cohort/upload.py"
ANSWERS = {"Yes": True, "No": False}
PHT_GRADES = {"any grade": 1, "grade 3 or worse": 3}
DEFAULTS = Settings()
WINDOW = (0, 14)
RECOVERY_GRADES = (1, 2)
# Definitions of which a widget offers some values only.
OFFERED: dict[str, tuple[int, ...]] = {
    "recovery_grade": RECOVERY_GRADES,
    "day28_window": tuple(range(WINDOW[0], WINDOW[1] + 1)),
}
# Every widget below, with the value that Reset gives it.
CHOICES: dict[str, object] = {
    **dict.fromkeys(YES_NO, ANY),
    "sex": ANY,
    **{column: (lowest, highest) for column, (_, lowest, highest, _) in RANGES.items()},
    "crs_grade": [],
    "scheme": DEFAULTS.scheme,
    "reference": DEFAULTS.reference,
    "pht_from": "any grade",
    "recovery_grade": DEFAULTS.recovery_grade,
    "day28_window": DEFAULTS.day28_window,
    "confirm": DEFAULTS.confirm,
    "use_support": DEFAULTS.use_support,
    "other_steroids": DEFAULTS.other_steroids,
}


def reset() -> None:
    """Give every filter and definition its default."""
    for key, value in CHOICES.items():
        st.session_state[key] = value


def restore(settings: Settings, filters: Filters) -> list[str]:
    """Set every widget as a settings file has it; returns the names of what no widget offers."""
    reset()
    words = {True: "Yes", False: "No", None: ANY}
    for name in YES_NO:
        st.session_state[name] = words[getattr(filters, name)]
    st.session_state["sex"] = filters.sex or ANY
    for name in RANGES:
        st.session_state[name] = getattr(filters, name)
    st.session_state["crs_grade"] = list(filters.crs_grade)
    lost = []
    offered = {**OFFERED, "pht_grade": tuple(PHT_GRADES.values())}
    for name in (field.name for field in fields(Settings)):
        value = getattr(settings, name)
        if name == "pht_grade" and value in PHT_GRADES.values():
            st.session_state["pht_from"] = {v: k for k, v in PHT_GRADES.items()}[value]
        elif name in CHOICES and (name not in offered or value in offered[name]):
            st.session_state[name] = value
        elif value != getattr(DEFAULTS, name):
            lost.append(name)
    return lost


def show_filters() -> Filters:
    """The filters' widgets, and what they ask for."""
    answers = {}
    for column, title in YES_NO.items():
        choice = st.segmented_control(
            title[0].upper() + title[1:],
            [ANY, *ANSWERS],
            default=ANY,
            required=True,
            key=column,
            bind="query-params",
            width="stretch",
        )
        answers[column] = ANSWERS.get(choice or ANY)
    sex = st.segmented_control(
        "Sex",
        [ANY, *SEXES],
        default=ANY,
        required=True,
        format_func=lambda value: SEXES.get(value, ANY).capitalize(),
        key="sex",
        bind="query-params",
        width="stretch",
    )
    ranges = {}
    for column, (title, lowest, highest, unit) in RANGES.items():
        label = f"{title.capitalize()}{f', {unit}' if unit else ''}"
        low, high = st.slider(
            label,
            lowest,
            highest,
            (lowest, highest),
            key=column,
            bind="query-params",
            help=f"{highest} stands for {highest} or more.",
        )
        # An address may name them the other way round.
        ranges[column] = (min(low, high), max(low, high))
    crs = st.pills(
        "CRS grade",
        CRS_GRADES,
        selection_mode="multi",
        key="crs_grade",
        bind="query-params",
        help="Cytokine release syndrome. None chosen means any grade. A filter on it selects "
        "patients by what happened after infusion.",
    )
    return Filters(
        prior_hsct=answers["prior_hsct"],
        extramedullary=answers["extramedullary"],
        sex=sex if sex in SEXES else None,
        age_years=ranges["age_years"],
        lines_of_therapy=ranges["lines_of_therapy"],
        crs_grade=tuple(sorted(crs or ())),
    )


def show_definitions() -> Settings:
    """The definitions' widgets, and the settings they make."""
    schemes, references = read_schemes(), read_references()
    name = st.selectbox(
        "Grading scheme",
        list(schemes),
        format_func=lambda key: schemes[key].title,
        key="scheme",
        bind="query-params",
    )
    st.caption(schemes[name].note + ".")
    limits = st.selectbox(
        "Lower limits of normal",
        list(references),
        format_func=lambda key: references[key].title,
        key="reference",
        bind="query-params",
        help="Used where the file gives no limit of its own. Platelets and neutrophils of "
        "children take the adults' limits.",
    )
    with st.expander("More definitions"):
        pht_from = st.selectbox(
            "PHT at day 28 means cytopenia of",
            list(PHT_GRADES),
            key="pht_from",
            bind="query-params",
        )
        window = st.slider(
            "Day 28: nearest draw within ± days",
            *WINDOW,
            DEFAULTS.day28_window,
            key="day28_window",
            bind="query-params",
        )
        recovery = st.select_slider(
            "Recovered means every lineage at grade",
            RECOVERY_GRADES,
            DEFAULTS.recovery_grade,
            format_func=lambda grade: f"≤ {grade}",
            key="recovery_grade",
            bind="query-params",
        )
        confirm = st.toggle(
            "Confirm by the next count",
            key="confirm",
            bind="query-params",
            help="A response or relapse then counts only if the lineage's next count agrees.",
        )
        support = st.toggle(
            "Only support-free counts show recovery",
            value=True,
            key="use_support",
            bind="query-params",
            help="No red cells (hemoglobin), platelets (platelets) or G-CSF (neutrophils) on the "
            "count's day or the 7 days before it.",
        )
        steroids = st.toggle(
            "Other steroids count as prednisone",
            key="other_steroids",
            bind="query-params",
            help="Methylprednisolone, dexamethasone and hydrocortisone, which are given for other "
            "reasons too, then form courses in prednisone equivalents. Prednisolone always does.",
        )
    return replace(
        DEFAULTS,
        scheme=name,
        reference=limits,
        pht_grade=PHT_GRADES[pht_from],
        day28_window=window,
        recovery_grade=recovery,
        confirm=confirm,
        use_support=support,
        other_steroids=steroids,
    )


def show_cohort() -> None:
    """Which cohort is looked at, the way to another, and the way back."""
    cohort = session.current_cohort()
    st.markdown(f"**{session.plain(cohort.name)}**")
    if session.pseudonyms():
        st.caption("Patients are relabelled.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(UPLOAD_PAGE, label="Open another file" if uploaded() else "Open your file")
        if uploaded():
            st.button(
                "Forget this cohort",
                on_click=session.forget_upload,
                help="Drops the file and all that came of it from this session: back to the "
                "sample.",
            )


def uploaded() -> bool:
    """True if a file of this session is in use."""
    return session.UPLOADED in st.session_state


def show_who(view: session.View, *, on_upload_page: bool = False) -> None:
    """Which patients, of how many and under which filter: the first line of every page.

    Below it, except on the upload page, which tells it in full: what of the last file keeps it
    from use, or changes results.
    """
    n, n_total = len(view.subject_ids), view.n_total
    patients = "patient" if n_total == 1 else "patients"
    name = session.plain(view.cohort.name)
    words = f"{name} · **{n} of {n_total} {patients}** · {view.words}"
    if changed := changed_settings(view.settings):
        words += f" · changed: {', '.join(changed)}"
    st.container(key="who").markdown(words)
    if not on_upload_page:
        show_file_state(view.cohort)


def show_file_state(cohort: Cohort) -> None:
    """One line, with the way to the page that tells more; nothing if there is nothing to tell."""
    intake, problem = session.current_intake(), st.session_state.get(session.UPLOAD_ERROR)
    grave = int((cohort.findings["severity"] == CHANGES).sum()) if len(cohort.findings) else 0
    if problem or (intake is not None and intake.cohort is None):
        words = f"The last file is not used: these figures are of {cohort.name}."
    elif grave:
        words = (
            f"{grave} finding{'s' * (grave > 1)} in this file change{'s' * (grave == 1)} a result."
        )
    else:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="file_state"):
        st.markdown(f"▲ {session.plain(words)}", width="content")
        st.page_link(UPLOAD_PAGE, label="See Your file →")


def show_sidebar() -> session.View:
    """The whole sidebar, and the view of the cohort that it asks for."""
    with st.sidebar:
        show_cohort()
        st.subheader("Patients")
        filters = show_filters()
        st.subheader("Definitions")
        settings = show_definitions()
        st.button("Reset filters and definitions", on_click=reset, width="stretch")
    return session.set_view(settings, filters)
