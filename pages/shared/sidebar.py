"""The sidebar: which cohort, which patients, which definitions. It acts on every page.

Each widget's key is its name in the URL. Values come from fixed lists and bounds, never from the
data, so a link holds no patient's value; filters by a file's own columns are in no link.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared import session
from pages.shared.choices import choose, select, slide, switch
from pages.shared.menu import PAGES
from pages.shared.readings import READINGS, set_reading
from pages.shared.session import chosen, current, current_cohort, plain, upload_key
from pages.shared.words import said, worded
from pht_core.exhibits.view import View
from pht_core.exhibits.words import capital
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
# Filters with a button for each answer, and what an answer asks for.
ANSWERS: dict[str, dict[str, bool | str | None]] = {
    **{name: {ANY: None, "Yes": True, "No": False} for name in YES_NO},
    "sex": {ANY: None, **{sex: sex for sex in SEXES}},
}
PHT_GRADES = {"any grade": 1, "grade 3 or worse": 3}
DEFAULTS = Settings()
# What stands in sidebar.toml, by the definition's name.
WIDGETS = tomllib.loads(Path(__file__).with_name("sidebar.toml").read_text("utf-8"))


def select_patients(ids: Sequence[str] = ()) -> None:
    """Look at some patients alone, on every page; without any, at everyone again."""
    chosen().patients = tuple(ids)


def offer_selection(words: str, ids: Sequence[str]) -> None:
    """A button that makes these patients the ones who are looked at."""
    patients = counted(len(ids), "patient", "patients")
    label = worded("select", words=plain(words), patients=patients)
    st.button(**label, key=f"only_{words}", on_click=select_patients, args=(ids,))


def restore(settings: Settings, filters: Filters) -> list[str]:
    """Set every widget as a settings file has it; returns the names of what no widget offers."""
    return [*_restore_filters(filters), *_restore_definitions(settings)]


def _restore_filters(filters: Filters) -> list[str]:
    state, cohort = st.session_state, current_cohort()
    offered = find_unrecorded(cohort)
    unrecorded = offered.intersection(filters.unrecorded)
    select_patients(filters.patients)
    for name, answers in ANSWERS.items():
        wanted = getattr(filters, name)
        answer = next(answer for answer, value in answers.items() if value == wanted)
        state[name] = MISSING if wanted is None and name in unrecorded else answer
    for name in RANGES:
        state[name] = getattr(filters, name)
        state[f"{name}_unrecorded"] = name in unrecorded
    state["crs_grade"] = [*filters.crs_grade, *[MISSING] * ("crs_grade" in unrecorded)]
    others = list(cohort.others)
    own = {name: values for name, values in filters.others if name in others}
    state[upload_key("others")] = list(own)
    for name, values in own.items():
        known = find_values(cohort, name)
        state[_other_key(cohort, name)] = [value for value in values if value in known]
    not_offered = [name for name in filters.unrecorded if name not in offered]
    return not_offered + [name for name, _ in filters.others if name not in others]


def _restore_definitions(settings: Settings) -> list[str]:
    offered: dict[str, Any] = {name: _offered(widget) for name, widget in WIDGETS.items()}
    offered |= {"scheme": read_schemes(), "reference": read_references()}
    offered |= {"pht_grade": PHT_GRADES.values()}
    not_offered = []
    for name, value in asdict(settings).items():
        default = getattr(DEFAULTS, name)
        if name in READINGS:
            set_reading(name, value)
            continue
        if value not in offered.get(name, ()):
            not_offered += [name] * (value != default)
            value = default
        if name == "pht_grade":
            words = {grade: words for words, grade in PHT_GRADES.items()}
            st.session_state["pht_from"] = words[value]
        elif name in offered:
            st.session_state[name] = value
    return not_offered


def _offered(widget: dict[str, Any]) -> Sequence[int]:
    """The values that a widget of sidebar.toml offers."""
    if "range" in widget:
        low, high = widget["range"]
        return range(low, high + 1)
    grades: list[int] = widget.get("grades", [False, True])
    return grades


def reset() -> None:
    """Give every filter and definition its default."""
    restore(DEFAULTS, Filters())


def find_unrecorded(cohort: Cohort) -> set[str]:
    """The columns to filter by that have some patients' values and lack others'."""
    missing = cohort.subjects[list(FILTERED)].isna()
    return {name for name in FILTERED if 0 < missing[name].sum() < len(missing)}


def find_values(cohort: Cohort, name: str) -> list[str]:
    """The values of one of the file's own columns; an empty one where some are missing."""
    values = cohort.others[name].reindex(cohort.subject_ids)
    return [*sort_naturally(values.dropna().unique()), *[""] * bool(values.isna().any())]


def _other_key(cohort: Cohort, name: str) -> str:
    return upload_key(f"others_{list(cohort.others).index(name)}")


def show_filters(cohort: Cohort) -> Filters:
    """The filters' widgets, and what they ask for."""
    missing = find_unrecorded(cohort)
    unrecorded: list[str] = []
    conditions: dict[str, Any] = {}
    for column, answers in ANSWERS.items():
        words = {answer: SEXES.get(answer, answer).capitalize() for answer in answers}
        if column in missing:
            words[MISSING] = MISSING
        answer = choose(options=words, key=column, width="stretch", **worded(column))
        conditions[column] = answers.get(answer)
        unrecorded += [column] * (answer == MISSING)
    for column, (title, lowest, highest, unit) in RANGES.items():
        label = f"{capital(title)}{f', {unit}' if unit else ''}"
        help_text = f"{highest} means {highest} or more."
        ends = slide(label, lowest, highest, (lowest, highest), column, help_text)
        # An address may name them the other way round.
        conditions[column] = (min(ends), max(ends))
        if column in missing and conditions[column] != (lowest, highest):
            also = switch(f"Include {title} {NOT_RECORDED}", f"{column}_unrecorded")
            unrecorded += [column] * also
    grades = [*CRS_GRADES, *[MISSING] * ("crs_grade" in missing)]
    if not set(st.session_state.get("crs_grade", ())) <= set(grades):
        del st.session_state["crs_grade"]
    crs = st.pills(
        options=grades,
        selection_mode="multi",
        key="crs_grade",
        bind="query-params",
        **worded("crs_grade"),
    )
    unrecorded += ["crs_grade"] * (MISSING in crs)
    return Filters(
        **conditions,
        crs_grade=tuple(grade for grade in CRS_GRADES if grade in crs),
        unrecorded=tuple(unrecorded),
        others=show_others(cohort),
    )


def show_others(cohort: Cohort) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Filters by columns of the file that have no field here; none of it is in the address."""
    if cohort.others.columns.empty:
        return ()
    own = [str(name) for name in cohort.others]
    names = st.multiselect(options=own, key=upload_key("others"), **worded("others"))
    conditions = []
    for name in names:
        values = find_values(cohort, name)
        picked = st.multiselect(
            plain(name),
            values,
            format_func=lambda value: value or NOT_RECORDED,
            key=_other_key(cohort, name),
            placeholder="Any",
        )
        if picked:
            conditions.append((name, tuple(value for value in values if value in picked)))
    return tuple(conditions)


def show_definitions() -> Settings:
    """The definitions' widgets, and the settings they make."""
    schemes, references = read_schemes(), read_references()
    scheme = select("Grading scheme", {key: one.title for key, one in schemes.items()}, "scheme")
    st.caption(f"{schemes[scheme].note}.")
    titles = {key: one.title for key, one in references.items()}
    reference = select(options=titles, key="reference", **worded("reference"))
    with st.container():
        grades = {words: words for words in PHT_GRADES}
        pht_from = select(options=grades, key="pht_from", **worded("pht_from"))
        chosen = {name: _ask(name, widget) for name, widget in WIDGETS.items()}
    chosen |= {"scheme": scheme, "reference": reference, "pht_grade": PHT_GRADES[pht_from]}
    return DEFAULTS.with_changes(**current().readings, **chosen)


def _ask(name: str, widget: dict[str, Any]) -> Any:
    """A widget of sidebar.toml, and what is chosen in it."""
    label, default, help_text = widget["label"], getattr(DEFAULTS, name), widget.get("help")
    if widget.get("explained"):
        (help_text,) = describe_settings(DEFAULTS, (name,))
    if "range" in widget:
        low, high = widget["range"]
        return slide(label, low, high, default, name, help_text)
    if "grades" not in widget:
        return switch(label, name, value=default, help=help_text)
    words = {grade: f"≤ {grade}" for grade in widget["grades"]}
    more: dict[str, Any] = {"key": name, "bind": "query-params", "help": help_text}
    return st.select_slider(label, list(words), default, words.__getitem__, **more)


def definition_words(settings: Settings) -> str:
    """The scheme and the limits in use, and how many other definitions are not the usual ones."""
    usual = settings.with_changes(scheme=DEFAULTS.scheme, reference=DEFAULTS.reference)
    words = [read_schemes()[settings.scheme].title, read_references()[settings.reference].title]
    if other := len(changed_settings(usual)):
        words.append(f"{other} modified")
    return ", ".join(words)


def show_cohort() -> None:
    """Which cohort is open, the way to another, and the way back to the sample."""
    uploaded = current().upload.cohort is not None
    st.markdown(f"**{plain(current_cohort().name)}**")
    if current().upload.pseudonyms:
        st.caption("Patient IDs are replaced by pseudonyms.")
    with st.container(horizontal=True, vertical_alignment="center"):
        PAGES["upload"].show_link("Upload another file" if uploaded else "Upload data")
        if uploaded:
            st.button(**worded("remove_upload"), on_click=session.remove_upload)
    if uploaded:
        sources = {one.source for found in read_publications().values() for one in found}
        switch(key="published", **worded("published", sources=listed(sorted(sources))))


def show_who(view: View, *, on_upload_page: bool) -> None:
    """Which patients, of how many and under which filter: the first line of every page.

    Below it, except on the upload page, which tells it in full: what of the last file keeps it
    from use, or changes results.
    """
    patients, name = counted(view.n_total, "patient", "patients"), plain(view.cohort.name)
    words = f"{name} · **{len(view.subject_ids)} of {patients}** · {plain(view.words)}"
    if changed := changed_settings(view.settings):
        words += f" · modified definitions: {', '.join(changed)}"
    st.container(key="who").markdown(words)
    show_file_state(view.cohort, on_upload_page=on_upload_page)


def show_file_state(cohort: Cohort, *, on_upload_page: bool) -> None:
    """One line, with the way to the page that tells more; nothing if there is nothing to tell."""
    upload, was_open, findings = current().upload, current().was_open, cohort.findings
    grave = int((findings["severity"] == CHANGES).sum()) if len(findings) else 0
    link = f"See {PAGES['upload'].title} →"
    if was_open and not (upload.problem or upload.intake):
        words = said("own_file_was_open", cohort=cohort.name)
        link = "Open it again →"
    elif on_upload_page:
        return
    elif upload.problem or (upload.intake is not None and upload.intake.cohort is None):
        words = f"The last file is not in use: figures show {cohort.name}."
    elif grave:
        one, many = "finding in this file affects", "findings in this file affect"
        words = f"{counted(grave, one, many)} results."
    else:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="file_state"):
        st.markdown(f"▲ {plain(words)}", width="content")
        if not on_upload_page:
            PAGES["upload"].show_link(link)
        if was_open:
            st.button("Continue with the sample", key="forget_file", on_click=session.forget_file)


def show_sidebar() -> View:
    """The whole sidebar, and the view of the cohort that it asks for."""
    with st.sidebar:
        show_cohort()
        with st.container(key="choices", gap=None):
            with st.expander("Patients"):
                filters = replace(show_filters(current_cohort()), patients=chosen().patients)
            st.caption(plain(format_filters(filters)))
            if filters.patients:
                st.button("Show all patients again", on_click=select_patients)
            with st.expander("Definitions"):
                settings = show_definitions()
            st.caption(definition_words(settings))
            if filters.active or settings != DEFAULTS:
                st.button("Reset filters and definitions", on_click=reset, width="stretch")
    view = current().view = session.find_view(settings, filters)
    return view
