"""The upload page's answer: can the files be used, what is open, and what was noticed."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.session import current_cohort, plain, upload_key
from pages.shared.upload.reading import correct_mapping
from pht_core.intake.consequences import compare_answers
from pht_core.intake.questions import Question, answer_question
from pht_core.intake.reading import Intake
from pht_core.model.cohort import Cohort
from pht_core.model.findings import BLOCKS, CHANGES, FINDING_COLUMNS, NOTE
from pht_core.model.lineage import LINEAGES
from pht_core.model.words import counted

SIGNS = {BLOCKS: "✖", CHANGES: "▲", NOTE: "○"}
ALL = "all"
SHOWN = 100
MOST_RADIO = 6


def show_verdict(intake: Intake) -> None:
    """One line: in use, waiting for an answer, or blocked; and what the figures show then."""
    name = plain(intake.name)
    if intake.cohort is not None:
        st.success(f"In use: **{plain(format_extent(intake.cohort))}**, from {name}.")
        return
    # Each open question is a finding that blocks, too.
    n_blocks = int((intake.findings["severity"] == BLOCKS).sum()) - len(intake.questions)
    former = current_cohort().name
    shown = plain(f"{former}, as read before" if former == intake.name else former)
    if n_blocks > 0:
        blocks = counted(n_blocks, "finding must be resolved", "findings must be resolved")
        st.error(f"**{name} cannot be used: {blocks}.** Figures still show {shown}.")
    else:
        open_questions = counted(len(intake.questions), "question is open", "questions are open")
        st.warning(f"**{name} is not in use yet: {open_questions}.** Figures still show {shown}.")


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
    for place, question in enumerate(intake.questions):
        key = upload_key(f"answer_{place}")
        with st.container(border=True):
            answer = _ask_cells(question, key) if question.cells else _ask_one(question, key)
            compared = compare_answers(intake, question)
            if compared is not None:
                st.table(compared.rename(index=plain), border="horizontal")
        if answer is not None:
            with st.spinner("Reading again …"):
                correct_mapping(answer_question(intake.mapping, question, answer))
            st.rerun()


def _ask_one(question: Question, key: str) -> str | None:
    """A choice between few answers; one that is proposed needs a click to be confirmed."""
    words = {value: plain(label) for value, label in question.options}
    values = list(words)
    proposed = next(iter(question.proposed), None)
    show: Any = st.radio if len(values) <= MOST_RADIO else st.selectbox
    answer: str | None = show(
        plain(question.text),
        values,
        index=None if proposed is None else values.index(proposed),
        format_func=words.__getitem__,
        key=key,
    )
    st.caption(plain(question.why))
    if proposed is not None and not st.button("Confirm", key=f"{key}_confirm", type="primary"):
        return None
    return answer


def _ask_cells(question: Question, key: str) -> dict[str, str] | None:
    """A choice for each value of a column, applied together."""
    words = {value: plain(label) for value, label in question.options}
    values = list(words)
    st.markdown(plain(question.text))
    st.caption(plain(question.why))
    proposed = question.proposed or (None,) * len(question.cells)
    with st.form(key, border=False):
        answers = [
            st.selectbox(
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
    """Every finding in full, the most serious first, to filter and to save."""
    findings = intake.findings
    st.subheader("Findings")
    if not len(findings):
        st.markdown("No problems were found.")
        return
    from pht_core.export import file_name, format_csv

    counts = findings["severity"].value_counts()
    offered = {ALL: f"all {len(findings)}"} | {
        severity: f"{SIGNS[severity]} {severity}: {counts[severity]}"
        for severity in SIGNS
        if severity in counts
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            "Severity",
            list(offered),
            default=ALL,
            required=True,
            format_func=offered.__getitem__,
            key=upload_key("severity"),
            label_visibility="collapsed",
        )
        st.download_button(
            "Findings (CSV)",
            partial(format_csv, findings),
            file_name=file_name("findings", kind="csv"),
            mime="text/csv",
            on_click="ignore",
        )
    if chosen != ALL:
        findings = findings[findings["severity"] == chosen]
    st.container(key="findings").table(
        worded_findings(findings.head(SHOWN)),
        border="horizontal",
        hide_index=True,
        alt="Findings in the uploaded files, the most serious first",
    )
    if len(findings) > SHOWN:
        st.caption(f"{SHOWN} most serious of {len(findings):,}. The CSV contains all.")


def worded_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """The findings for a table of text that wraps, no character of a cell read as Markdown."""
    rows = [
        (
            # The sign stays beside its word where the cell is narrow.
            f"{SIGNS[severity]}\N{NO-BREAK SPACE}{severity}",
            " · ".join(
                filter(None, (table, column, f"row {row}" if row else "", _quoted(value, found)))
            ),
            found,
            done,
            to_do,
        )
        for severity, table, row, column, value, found, done, to_do in zip(
            *(findings[name].tolist() for name in FINDING_COLUMNS), strict=True
        )
    ]
    titles = ["Severity", "Location", "Finding", "Handling", "Action"]
    return pd.DataFrame(
        [[plain(str(cell)) for cell in row] for row in rows], columns=pd.Index(titles)
    )


def _quoted(value: object, found: str) -> str:
    """A finding's value in quotes, unless its sentence says it anyway."""
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    return "" if shown in ("", "nan", "None") or shown in found else f"“{shown}”"
