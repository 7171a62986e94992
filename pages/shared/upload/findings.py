"""The upload page's answer: can the files be used, what is open, and what was noticed."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.menu import PAGES
from pages.shared.saving import save_button
from pages.shared.session import current, current_cohort, plain, upload_key
from pages.shared.upload.mapping import correct_column
from pages.shared.upload.reading import answer, take_back_answer
from pht_core.export import file_name, format_csv
from pht_core.intake.consequences import compare_answers
from pht_core.intake.questions import Question
from pht_core.intake.reading import Intake
from pht_core.model.cohort import Cohort
from pht_core.model.findings import BLOCKS, CHANGES, NOTE, format_finding
from pht_core.model.lineage import LINEAGES
from pht_core.model.words import counted

SIGNS = {BLOCKS: "✖", CHANGES: "▲", NOTE: "○"}
SHOWN = 60  # groups of findings; the file has all
MOST_PLACES = 100
MOST_RADIO = 6


def show_verdict(intake: Intake) -> None:
    """One line: in use, waiting for an answer, or blocked; what the figures show, and what next."""
    name = plain(intake.name)
    if intake.cohort is not None:
        st.success(f"In use: **{plain(format_extent(intake.cohort))}**, from {name}.")
        PAGES["trajectories"].show_link("Look at the trajectories →")
    else:
        # Each open question is a finding that blocks, too.
        n_blocks = int((intake.findings["severity"] == BLOCKS).sum()) - len(intake.questions)
        former = current_cohort().name
        shown = plain(f"{former}, as read before" if former == intake.name else former)
        if n_blocks > 0:
            told = counted(n_blocks, "finding must be resolved", "findings must be resolved")
            st.error(f"**{name} cannot be used: {told}.** Figures still show {shown}.")
        else:
            told = counted(len(intake.questions), "question is open", "questions are open")
            st.warning(f"**{name} cannot be used yet: {told}.** Figures still show {shown}.")
    if answered := current().upload.answered:
        with st.container(horizontal=True, vertical_alignment="center", key="answered"):
            told = "  \n".join(plain(words) for words, _ in answered)
            st.caption(f"Your answers:  \n{told}", width="content")
            st.button("Change the last answer", key="take_back", on_click=take_back_answer)


def format_extent(cohort: Cohort) -> str:
    """How much a cohort holds."""
    patients, counts = counted(len(cohort), "patient", "patients"), cohort.counts
    if not len(counts):
        return f"{patients}, no counts"
    present = set(counts["param"].unique())
    params = ", ".join(param for param in LINEAGES if param in present)
    days = f"from day {counts['day'].min()} to {counts['day'].max()}"
    return f"{patients}, {counted(len(counts), 'count', 'counts')} of {params} {days}"


def show_questions(intake: Intake) -> None:
    """What only the user can decide, each with what its answers change; read again at once."""
    if not intake.questions:
        return
    st.subheader("Questions to resolve")
    n = len(intake.questions)
    for place, question in enumerate(intake.questions):
        key = upload_key(f"answer_{place}")
        with st.container(border=True):
            number = f"{place + 1} of {n}. " if n > 1 else ""
            st.markdown(f"**{number}{plain(question.text)}**")
            st.caption(plain(question.why))
            given = _ask_cells(question, key) if question.cells else _ask_one(intake, question, key)
        if given is not None:
            with st.spinner("Reading again …"):
                answer(question, given)
            st.rerun()


def _ask_one(intake: Intake, question: Question, key: str) -> str | None:
    """A choice between few answers, each with what it changes, which is looked at once.

    One that is proposed needs a click to be confirmed.
    """
    kept = current().upload.compared
    if question.key not in kept:
        with st.spinner("Comparing the answers …"):
            kept[question.key] = compare_answers(intake, question)
    compared: pd.DataFrame | None = kept[question.key]
    words, proposed = dict(question.options), next(iter(question.proposed), None)
    label, options = plain(question.text), list(words)
    shared: dict[str, Any] = {"key": key, "label_visibility": "collapsed"}
    shared["index"] = None if proposed is None else options.index(proposed)
    chosen: str | None
    if len(options) <= MOST_RADIO:
        changes = None
        if compared is not None:
            rows = compared.to_dict("records")
            changes = [
                plain("; ".join(f"{title}: {number}" for title, number in row.items()))
                for row in rows
            ]
        named = {value: plain(answer) for value, answer in words.items()}.__getitem__
        chosen = st.radio(label, options, format_func=named, captions=changes, **shared)
    else:
        named = words.__getitem__
        chosen = st.selectbox(label, options, format_func=named, placeholder="Choose …", **shared)
        if compared is not None:
            st.table(compared.rename(index=plain), border="horizontal")
    if proposed is not None and not st.button("Confirm", key=f"{key}_confirm", type="primary"):
        return None
    return chosen


def _ask_cells(question: Question, key: str) -> dict[str, str] | None:
    """A choice for each value of a column, applied together."""
    words = dict(question.options)
    values = list(words)
    proposed = question.proposed or (None,) * len(question.cells)
    if any(one is not None for one in proposed):
        st.caption("Likely answers are filled in: check them, then apply.")
    with st.form(key, border=False):
        columns = st.columns(min(3, len(question.cells)))
        answers = [
            columns[place % len(columns)].selectbox(
                f"{plain(cell)} ({counted(n, 'row', 'rows')})",
                values,
                index=None if likely is None else values.index(likely),
                format_func=words.__getitem__,
                placeholder="Choose …",
                key=f"{key}_{place}",
            )
            for place, ((cell, n), likely) in enumerate(zip(question.cells, proposed, strict=True))
        ]
        if not st.form_submit_button("Apply answers", type="primary"):
            return None
    if None in answers:
        st.warning("Choose an answer for every value.")
        return None
    return {cell: str(answer) for (cell, _), answer in zip(question.cells, answers, strict=True)}


def show_findings(intake: Intake) -> None:
    """What was noticed, by its cause, the most serious first; notes folded; all in a file."""
    findings = intake.findings[intake.findings["name"] != "open_question"]
    st.subheader("Findings")
    if not len(findings):
        st.markdown("No problems were found." if not intake.questions else "Nothing else so far.")
        return
    if intake.questions:
        st.caption("Provisional: answers to the questions above may change them.")
    groups = group_findings(findings)
    grave = [group for group in groups if group["severity"].iloc[0] != NOTE]
    notes = groups[len(grave) :]
    for place, group in enumerate(grave[:SHOWN]):
        with st.container(border=True, key=f"finding_{place}"):
            _show_group(intake, group, place)
    if notes:
        n_notes = counted(len(notes), "note that changes no result", "notes that change no result")
        with st.expander(n_notes, expanded=not grave):
            st.markdown("\n".join(f"- {_told(intake, group)}" for group in notes[:SHOWN]))
    if (n := len(groups) - len(grave[:SHOWN]) - len(notes[:SHOWN])) > 0:
        st.caption(f"{counted(n, 'more finding is', 'more findings are')} in the CSV.")
    name = file_name("findings", kind="csv")
    save_button("Findings (CSV)", partial(format_csv, intake.findings), name)


def group_findings(findings: pd.DataFrame) -> list[pd.DataFrame]:
    """The findings of one cause together, in the order of their first."""
    cause = findings["name"].fillna("").where(findings["name"].fillna("") != "", findings["found"])
    return [group for _, group in findings.groupby([findings["severity"], cause], sort=False)]


def _show_group(intake: Intake, group: pd.DataFrame, place: int) -> None:
    """A cause with its places, and the way to the columns concerned."""
    severity = group["severity"].iloc[0]
    said, act = st.columns([4, 1], vertical_alignment="center")
    said.markdown(f"{SIGNS[severity]} **{severity}.** {_told(intake, group)}")
    mapped = {(t.table, c.column) for t in intake.mapping.tables for c in t.columns}
    places = list(dict.fromkeys(zip(group["table"], group["column"], strict=True)))
    places = [one for one in places if one in mapped]
    if places and act.button("Change mapping", key=upload_key(f"correct_{place}")):
        correct_column(intake, places)
    if len(group) > 1:
        with st.expander(f"All {len(group)} places"):
            rows = list(group.itertuples())[:MOST_PLACES]
            st.markdown("\n".join(f"- {_format(intake, row)}" for row in rows))


def _told(intake: Intake, group: pd.DataFrame) -> str:
    """The first finding of a cause, and in how many more places it is."""
    told = _format(intake, next(group.itertuples()))
    n = len(group) - 1
    return f"{told} *And in {counted(n, 'more place', 'more places')}.*" if n else told


def _format(intake: Intake, row: Any) -> str:
    """A finding in Markdown, after whatever of its place its sentence does not name."""
    value = f"{row.value:.6g}" if isinstance(row.value, float) else str(row.value)
    place = [
        row.table if len(intake.mapping.tables) > 1 else "",
        row.column,
        f"row {row.row}" if row.row and f"line {row.row}" not in row.found else "",
        f"“{value}”" if value not in ("", "nan", "None") and value not in row.found else "",
    ]
    where = " · ".join(part for part in map(str, place) if part and part not in row.found)
    return plain(f"{where}: {format_finding(row)}" if where else format_finding(row))
