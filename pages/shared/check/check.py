"""The checked manuscript: summary, text with marks, table of claims, findings, what is left."""

import json
from collections import Counter
from functools import partial
from html import escape

import streamlit as st

from pages.shared import session
from pages.shared.check import panes
from pages.shared.check import session as claims
from pages.shared.check.card import show_card
from pages.shared.check.session import Opened
from pages.shared.saving import save_button
from pages.shared.words import said, worded
from pht_core.claims.claim import Claim, Finding, Report
from pht_core.claims.reading.manuscript import MOST_BYTES
from pht_core.claims.report import claims_table, format_summary, report_content
from pht_core.claims.verdicts import by_gravity
from pht_core.exhibits.view import View
from pht_core.export import file_name, format_csv
from pht_core.export.document import reply
from pht_core.model.errors import PhtError

KINDS = ["txt", "md", "html", "htm", "xml", "nxml", "docx", "pdf"]
FILES = {
    "docx": "Reply for the editor (Word)",
    "md": "Reply for the editor (Markdown)",
    "csv": "Claims (CSV)",
    "json": "Claims and findings (JSON)",
}
PART = "claims_part"


def show_input() -> None:
    """Take a text, a file or the sample's paper; what is taken is checked at once."""
    if problem := st.session_state.get(claims.PROBLEM):
        show_problem(problem)
    pasted, others = st.columns([3, 2], gap="large")
    with pasted.form(claims.input_key("form"), border=False):
        text = st.text_area(
            height=220,
            key=claims.input_key("text"),
            **worded("claims_text"),
        )
        if st.form_submit_button("Check this text", type="primary"):
            if text.strip():
                claims.open_manuscript(text.encode("utf-8", "replace"), "Pasted text")
                st.rerun()
            st.info("Paste a text first.")
    with others:
        file = st.file_uploader(
            "Or open a file (.txt, .md, .html, .docx, .pdf, journal XML; up to 5 MB, 200 pages)",
            type=KINDS,
            max_upload_size=MOST_BYTES >> 20,
            key=claims.input_key("file"),
        )
        if file is not None:
            claims.open_manuscript(file.getvalue(), file.name)
            st.rerun()
        with_cohort, help_text = " with its cohort", said("paper")
        if session.current().upload.cohort is not None:
            with_cohort = ""
            help_text += " To compare it with its own cohort, remove yours first."
        label = f"Open the paper by Wang et al.{with_cohort}"
        st.button(label, on_click=claims.open_sample, help=help_text)
        st.caption(said("claims_kept"))


def show_problem(problem: str) -> None:
    """Why a manuscript could not be read; the words may hold a file's name."""
    st.html(f'<div role="alert" class="pht-problem">✖ {escape(problem)}</div>')


@st.fragment
def show_check(view: View, paper: Opened) -> None:
    """Everything about a manuscript; a click acts on this part of the page only."""
    try:
        report = claims.checked(view, paper)
    except PhtError as error:
        show_problem(str(error))
        return
    if not paper.chosen and report.claims:
        paper.chosen = reply.sort_by_gravity(report.claims)[0].id
    claim = next((one for one in report.claims if one.id == paper.chosen), None)
    finding = {f"f{place}": one for place, one in enumerate(report.findings)}.get(paper.chosen)
    _show_summary(view, paper, report)
    names = _show_filter(report)
    text, found = st.columns([3, 2], gap="medium")
    with text:
        _show_text(paper, report, claim, finding)
    with found:
        _show_claims(paper, panes.filtered(report, names))
        if claim is not None:
            compared = paper.is_compared(view)
            show_card(paper, claim, report, claims.figures_of_view(view) if compared else None)
    _show_findings(paper, report)
    _show_left_out(paper, report)


def _show_summary(view: View, paper: Opened, report: Report) -> None:
    """The counts, what they are of, and the way to files and to another manuscript."""
    if report.claims:
        st.markdown(f"#### {format_summary(report)}")
    else:
        st.info("No percentage was found that could be checked.")
    compared = paper.is_compared(view)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f"<span>{escape(paper.manuscript.name)}</span>", width="content")
        _show_data_switch(view, paper)
        _show_downloads(paper, report, view.cohort.name if compared else "")
        if st.button("Close this text"):
            claims.close_manuscript()
            st.rerun()
    words = [said("attribution")] if paper.is_sample else []
    if compared:
        name = session.plain(view.cohort.name)
        words.append(f"Compared with {name}, {len(view.subject_ids)} of {view.n_total} patients.")
        if view.filters.active:
            words.append(f"Filters: {session.plain(view.words)}.")
    if words:
        st.caption(" ".join(words))


def _show_data_switch(view: View, paper: Opened) -> None:
    digest = view.cohort.digest
    key = f"claims_compared_{paper.digest[:8]}_{digest[:8]}"

    def switched() -> None:
        paper.compared[digest] = bool(st.session_state[key])

    compared = paper.is_compared(view)
    st.toggle(value=compared, key=key, on_change=switched, **worded("claims_compared"))


def _show_downloads(paper: Opened, report: Report, data_name: str) -> None:
    """One menu: the reply for the editor in Word and Markdown, the claims in CSV and JSON."""
    menu = st.popover("Download", key="claims_download", on_change="rerun")
    if not menu.open:
        return

    def write(kind: str) -> bytes | str:
        if kind == "csv":
            table = claims_table(report)
            return format_csv(table.assign(note=table["id"].map(paper.notes).fillna("")))
        if kind == "json":
            content = report_content(report) | {"notes": paper.notes, "set_aside": paper.not_claims}
            return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
        written = reply.build_reply(
            report,
            paper.manuscript.name,
            notes=paper.notes,
            dismissed=tuple(paper.not_claims.values()),
            data_name=data_name,
        )
        return reply.write_docx(written) if kind == "docx" else reply.format_markdown(written)

    for kind, label in FILES.items():
        name, key = file_name("report", "check", kind=kind), f"claims_download_{kind}"
        save_button(label, partial(write, kind), name, menu, key=key, width="stretch")


def _show_filter(report: Report) -> list[str]:
    """What the table is narrowed to; the words explain the signs."""
    words = panes.filters_of(report)
    if not words:
        return []
    return st.pills(
        "Show in the table (none selected: all, most serious first)",
        list(words),
        selection_mode="multi",
        format_func=lambda name: words.get(name, name),
        key="claims_filter",
    )


def _show_text(paper: Opened, report: Report, claim: Claim | None, finding: Finding | None) -> None:
    """The text, in parts where it is long; the part follows what is chosen."""
    parts = panes.split_parts(report.text)
    spans = finding.spans if finding is not None else ()
    part = 0
    if len(parts) > 1:
        shown = (paper.digest, paper.chosen)
        if st.session_state.get("claims_part_of") != shown:
            first = [claim.pct_start] if claim else [start for start, _ in spans]
            st.session_state["claims_part_of"] = shown
            st.session_state[PART] = panes.part_of(parts, first[0] if first else 0)
        part = st.selectbox(
            "Part of the text",
            range(len(parts)),
            format_func=lambda number: f"Part {number + 1} of {len(parts)}",
            key=PART,
        )
    start, end = parts[part]
    inside = [claim for claim in report.claims if claim.end > start and claim.start < end]
    blocks = panes.cut_blocks(report.text, (start, end), panes.place_marks(inside), spans)
    note = panes.finding_lines(finding) if finding is not None else []
    panes.show_text_pane(paper, part, blocks, panes.mark_rows(inside), note)


def _show_claims(paper: Opened, shown: list[Claim]) -> None:
    """The table of claims, narrowed and sorted."""
    titles = ["", "Printed", "Arithmetic", "Line"]
    rows = panes.claim_rows(shown, paper.notes)
    panes.show_list_pane("claims_table", paper, titles, rows, "No claims of this kind.")
    if len(shown) > panes.MOST_ROWS:
        st.caption(f"{panes.MOST_ROWS} most serious of {len(shown):,}; the CSV contains all.")


def _show_findings(paper: Opened, report: Report) -> None:
    """Findings between statements; a row highlights its places in the text."""
    if not report.findings:
        return
    counts = Counter(finding.verdict for finding in report.findings)
    found = [verdict for verdict in by_gravity() if counts[verdict.name]]
    words = ", ".join(f"{counts[verdict.name]} {verdict.finding}" for verdict in found)
    st.subheader(f"Between statements: {words}")
    titles = ["", "Comparison", "Finding", "Places"]
    panes.show_list_pane("claims_findings", paper, titles, panes.finding_rows(report))


def _show_left_out(paper: Opened, report: Report) -> None:
    """What the reader dismissed, what was read and not checked, and the rules."""
    if paper.not_claims:
        st.subheader(f"Dismissed ({len(paper.not_claims)})")
        with st.container(horizontal=True, vertical_alignment="center"):
            for name, words in list(paper.not_claims.items()):
                st.html(f"<span>{escape(words)}</span>", width="content")
                key = f"claims_restore_{name}"
                st.button("Restore", key=key, on_click=paper.restore, args=(name,))
    with st.expander(f"Numbers read but not checked ({sum(report.not_checked.values()):,})"):
        counts = sorted(report.not_checked.items(), key=lambda item: -item[1])
        st.markdown("Interpreted as something other than a proportion of patients:")
        st.markdown("; ".join(f"{words}: {n:,}" for words, n in counts) or "None.")
    with st.expander("Methods and definitions"):
        rules = [f"- **{verdict.one}**: {verdict.meaning}" for verdict in by_gravity()]
        st.markdown("\n".join(rules) + "\n" + said("check_rules"))
