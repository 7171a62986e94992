"""The sidebar: which cohort, which patients, which definitions. It acts on every page.

Each widget's key is its name in the URL. Values come from fixed lists and bounds, never from the
data, so a link holds no patient's value.
"""

from dataclasses import replace

import streamlit as st

from pages.shared import session
from pht_core.criteria import read_references, read_schemes
from pht_core.errors import PhtError
from pht_core.filters import CRS_GRADES, RANGES, SEXES, YES_NO, Filters
from pht_core.settings import Settings, changed_settings
from pht_core.validation import NOTE

ANY = "Any"
ANSWERS = {"Yes": True, "No": False}
PHT_GRADES = {"any grade": 1, "grade 3 or worse": 3}
DEFAULTS = Settings()
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
}


def reset() -> None:
    """Give every filter and definition its default."""
    for key, value in CHOICES.items():
        st.session_state[key] = value


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
            0,
            14,
            DEFAULTS.day28_window,
            key="day28_window",
            bind="query-params",
        )
        recovery = st.select_slider(
            "Recovered means every lineage at grade",
            [1, 2],
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
    return replace(
        DEFAULTS,
        scheme=name,
        reference=limits,
        pht_grade=PHT_GRADES[pht_from],
        day28_window=window,
        recovery_grade=recovery,
        confirm=confirm,
        use_support=support,
    )


def show_cohort() -> None:
    """Which cohort is looked at, and the upload of another."""
    cohort = session.current_cohort()
    st.markdown(f"**{session.plain(cohort.name)}**")
    with st.expander("Use another cohort"):
        st.caption(
            "A CSV with one row per patient and day, in the sample's layout. It stays in the "
            "memory of this browser session and is written nowhere."
        )
        st.download_button(
            "Sample file to fill in",
            session.sample_file,
            file_name="pht-cohort-sample.csv",
            mime="text/csv",
            on_click="ignore",
        )
        file = st.file_uploader("Cohort file (CSV)", type=["csv"], key=session.uploader_key())
        if file is not None and file.file_id != st.session_state.get(session.UPLOAD_ID):
            st.session_state[session.UPLOAD_ID] = file.file_id
            st.session_state.pop(session.UPLOAD_ERROR, None)
            try:
                with st.spinner("Reading the file …"):
                    session.keep_upload(file.getvalue(), file.name)
            except PhtError as error:
                st.session_state[session.UPLOAD_ERROR] = str(error)
            st.rerun()
        if session.UPLOADED in st.session_state:
            st.button("Forget this cohort, back to the sample", on_click=session.forget_upload)


def show_findings() -> None:
    """What was noticed in the cohort's file that changes a result."""
    findings = session.current_cohort().findings
    if not len(findings):
        return
    grave = findings[findings["severity"] != NOTE]
    n, notes = len(grave), len(findings) - len(grave)
    parts = [f"{n} change{'s' * (n == 1)} a result"] * bool(n)
    parts += [f"{notes} note{'s' * (notes > 1)}"] * bool(notes)
    with st.expander(f"Findings in this file: {', '.join(parts)}"):
        st.dataframe(findings, hide_index=True)


def show_who(view: session.View) -> None:
    """Which patients, of how many and under which filter: the first line of every page."""
    n, n_total = len(view.subject_ids), view.n_total
    patients = "patient" if n_total == 1 else "patients"
    name = session.plain(view.assessment.cohort.name)
    words = f"{name} · **{n} of {n_total} {patients}** · {view.words}"
    if changed := changed_settings(view.assessment.settings):
        words += f" · changed: {', '.join(changed)}"
    st.container(key="who").markdown(words)
    if problem := st.session_state.get(session.UPLOAD_ERROR):
        name = view.assessment.cohort.name
        st.error(session.plain(f"{problem} The figures still show {name}."))
    show_findings()


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
