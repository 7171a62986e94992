"""The checked manuscript: summary, text with marks, table of claims, findings, what is left."""

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from html import escape

import streamlit as st

from pages.shared import session
from pages.shared.check import session as claims
from pages.shared.check.card import show_card
from pages.shared.check.panes import (
    MOST_ROWS,
    claim_rows,
    cut_blocks,
    filtered,
    filters_of,
    finding_lines,
    finding_rows,
    mark_rows,
    part_of,
    place_marks,
    show_list_pane,
    show_text_pane,
    split_parts,
)
from pages.shared.check.session import Opened
from pages.shared.session import View
from pht_core.claims.claim import (
    CANNOT_TELL,
    CONSISTENT,
    IMPOSSIBLE,
    INCONSISTENT,
    ROUNDING,
    Claim,
    Finding,
    Report,
)
from pht_core.claims.reading.manuscript import MOST_BYTES
from pht_core.claims.report import format_summary
from pht_core.export.document.reply import (
    Reply,
    build_reply,
    format_markdown,
    sort_by_weight,
    write_docx,
)
from pht_core.model.errors import PhtError

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def show_exports(paper: Opened, report: Report, data_name: str) -> None:
    """One menu: the reply for the editor in Word and Markdown, the claims in CSV and JSON."""
    menu = st.popover("Download", key="claims_download", on_change="rerun")
    if not menu.open:
        return
    from pht_core.export import file_name

    files: dict[str, tuple[str, str, Callable[[], bytes | str]]] = {
        "Reply for the editor (Word)": ("docx", DOCX, partial(_word, paper, report, data_name)),
        "Reply for the editor (Markdown)": (
            "md",
            "text/markdown",
            partial(_markdown, paper, report, data_name),
        ),
        "Claims (CSV)": ("csv", "text/csv", partial(_csv, paper, report)),
        "Claims and findings (JSON)": ("json", "application/json", partial(_json, paper, report)),
    }
    for label, (kind, media_type, make) in files.items():
        menu.download_button(
            label,
            make,
            file_name=file_name("report", "check", kind=kind),
            mime=media_type,
            key=f"claims_download_{kind}",
            on_click="ignore",
            width="stretch",
        )


def _reply(paper: Opened, report: Report, data_name: str) -> Reply:
    return build_reply(
        report,
        paper.manuscript.name,
        notes=paper.notes,
        set_aside=tuple(paper.not_claims.values()),
        data_name=data_name,
    )


def _word(paper: Opened, report: Report, data_name: str) -> bytes:
    return write_docx(_reply(paper, report, data_name))


def _markdown(paper: Opened, report: Report, data_name: str) -> str:
    return format_markdown(_reply(paper, report, data_name))


def _csv(paper: Opened, report: Report) -> bytes:
    from pht_core.claims.report import claims_table
    from pht_core.export import format_csv

    table = claims_table(report)
    return format_csv(table.assign(note=table["id"].map(paper.notes).fillna("")))


def _json(paper: Opened, report: Report) -> str:
    from pht_core.commands.claims import content_of

    content = content_of(report) | {"notes": paper.notes, "set_aside": paper.not_claims}
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)


KINDS = ["txt", "md", "html", "htm", "docx", "pdf"]


def show_input() -> None:
    """Take a text, a file or the sample's paper; what is taken is checked at once."""
    if problem := st.session_state.get(claims.PROBLEM):
        show_problem(problem)
    pasted, others = st.columns([3, 2], gap="large")
    with pasted.form(claims.input_key("form"), border=False):
        text = st.text_area(
            "Paste a manuscript, or a part of it, tables included",
            height=220,
            key=claims.input_key("text"),
            placeholder="Of the patients, 52.9% (9/17) were male, and 96.1% (16/17) had anemia …",
        )
        if st.form_submit_button("Check this text", type="primary"):
            if text.strip():
                claims.open_manuscript(text.encode("utf-8", "replace"), "Pasted text")
                st.rerun()
            st.info("Nothing is pasted yet.")
    with others:
        file = st.file_uploader(
            "Or open its file (.txt, .md, .html, .docx, .pdf; up to 5 MB and 200 pages)",
            type=KINDS,
            max_upload_size=MOST_BYTES >> 20,
            key=claims.input_key("file"),
        )
        if file is not None:
            claims.open_manuscript(file.getvalue(), file.name)
            st.rerun()
        own_cohort = session.UPLOADED in st.session_state
        st.button(
            "Open the paper of Wang et al." + ("" if own_cohort else " with its cohort"),
            on_click=claims.open_sample,
            help="Excerpts of the open-access paper that the sample cohort is of "
            "(doi:10.3389/fimmu.2023.1139559, CC BY 4.0)."
            + (" Its own cohort is not open: forget yours first." if own_cohort else ""),
        )
        st.caption(
            "The text stays in the memory of this browser session, on the computer that runs this "
            "program; nothing of it is written to its disk or its log."
        )


def show_problem(problem: str) -> None:
    """Why a manuscript could not be read; the words may hold a file's name."""
    st.html(f'<div role="alert" class="pht-problem">✖ {escape(problem)}</div>')


ATTRIBUTION = (
    "Wang J, Zhang M, Lyu H, et al. Front Immunol 2023;14:1139559, excerpts. "
    "[doi:10.3389/fimmu.2023.1139559](https://doi.org/10.3389/fimmu.2023.1139559), "
    "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)."
)
PART = "claims_part"
JUDGED = """
- **follows**: the count divided by N, in percent and rounded half up to the printed decimals, is the printed percent.
- **follows by another rounding**: only rounding to the even digit, cutting off or rounding up gives it.
- **does not follow**: no way of rounding gives it. Why is for the authors to say.
- **not possible**: the count is above N, a share is above 100%, or no count of N gives a percent that stands alone.
- **could not be told**: there is no count or no N, N was taken from far away, or it is an estimate from a survival curve.
- **data**: what the open cohort gives for the figure that a claim was read as, by this program's definitions; all its
  patients, whatever the filters. Words such as “about” allow one percentage point.
- **noted**, between statements: it fits, and what follows from it may be of interest.
"""  # noqa: E501
# How the findings of each verdict are counted.
FINDINGS = {
    INCONSISTENT: "do not follow",
    IMPOSSIBLE: "are not possible",
    ROUNDING: "follow by another rounding",
    CANNOT_TELL: "worth a look",
    CONSISTENT: "noted",
}
STYLE = """<style>
.pht-card p {margin: 0 0 0.35rem; overflow-wrap: anywhere}
.pht-problem {border-left: 3px solid; padding: 0.4rem 0.8rem; overflow-wrap: anywhere}
</style>"""


@st.fragment
def show_check(view: View, paper: Opened) -> None:
    """Everything about a manuscript; a click acts on this part of the page only."""
    st.html(STYLE)
    try:
        report = claims.checked(view, paper)
    except PhtError as error:
        show_problem(str(error))
        return
    if not paper.chosen and report.claims:
        paper.chosen = sort_by_weight(report.claims)[0].id
    show_summary(view, paper, report)
    names = show_filter(report)
    text, found = st.columns([6, 5], gap="medium")
    with text:
        show_text(paper, report)
    with found:
        show_claims(view, paper, report, names)
    show_findings(paper, report)
    show_left_out(paper, report)


def show_summary(view: View, paper: Opened, report: Report) -> None:
    """The counts, what they are of, and the way to files and to another manuscript."""
    if report.claims:
        st.markdown(f"#### {format_summary(report)}")
    else:
        st.info("No percent was found that could be checked.")
    held = paper.is_held_against(view)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f"<span>{escape(paper.manuscript.name)}</span>", width="content")
        _show_data_switch(view, paper)
        show_exports(paper, report, view.cohort.name if held else "")
        if st.button("Close this text"):
            claims.close_manuscript()
            st.rerun()
    words = [ATTRIBUTION] if paper.is_sample else []
    if held:
        name = session.plain(view.cohort.name)
        words.append(f"Held against {name}, all {view.n_total} patients.")
        if view.filters.active:
            words.append("The filters of the sidebar do not act here.")
    if words:
        st.caption(" ".join(words))


def _show_data_switch(view: View, paper: Opened) -> None:
    digest = view.cohort.digest
    key = f"claims_held_{paper.digest[:8]}_{digest[:8]}"

    def switched() -> None:
        paper.held[digest] = bool(st.session_state[key])

    st.toggle(
        "Hold against the open cohort",
        value=paper.is_held_against(view),
        key=key,
        on_change=switched,
        help="Also asks whether the data of the cohort that is open give each figure. The sample "
        "cohort is of one paper: its data say nothing about another.",
    )


def choose(paper: Opened, name: str) -> None:
    """Look at a claim or a finding."""
    paper.chosen = name


def chosen_claim(paper: Opened, report: Report) -> Claim | None:
    """The claim looked at, if it is one."""
    return next((claim for claim in report.claims if claim.id == paper.chosen), None)


def chosen_finding(paper: Opened, report: Report) -> Finding | None:
    """The finding looked at, if it is one."""
    for number, finding in enumerate(report.findings):
        if paper.chosen == f"f{number}":
            return finding
    return None


def show_text(paper: Opened, report: Report) -> None:
    """The text, in parts where it is long; the part follows what is chosen."""
    parts = split_parts(report.text)
    claim, finding = chosen_claim(paper, report), chosen_finding(paper, report)
    spans = finding.spans if finding is not None else ()
    part = 0
    if len(parts) > 1:
        part = _show_part(paper, parts, claim.pct_start if claim else spans[0][0] if spans else 0)
    start, end = parts[part]
    inside = [claim for claim in report.claims if claim.end > start and claim.start < end]
    show_text_pane(
        "claims_text",
        f"{paper.digest}-{part}",
        cut_blocks(report.text, (start, end), place_marks(inside), spans),
        mark_rows(inside),
        paper.chosen,
        finding_lines(finding) if finding is not None else [],
        lambda name: choose(paper, name),
    )


def _show_part(paper: Opened, parts: list[tuple[int, int]], offset: int) -> int:
    seen = "claims_part_of"
    if st.session_state.get(seen) != (paper.digest, paper.chosen):
        st.session_state[seen] = (paper.digest, paper.chosen)
        st.session_state[PART] = part_of(parts, offset)
    return int(
        st.selectbox(
            "Part of the text",
            range(len(parts)),
            format_func=lambda number: f"Part {number + 1} of {len(parts)}",
            key=PART,
        )
    )


def show_filter(report: Report) -> list[str]:
    """What the table is narrowed to; the words explain the signs."""
    words = filters_of(report)
    if not words:
        return []
    return st.pills(
        "Show in the table (none chosen: all, the gravest first)",
        list(words),
        selection_mode="multi",
        format_func=lambda name: words.get(name, name),
        key="claims_filter",
    )


def show_claims(view: View, paper: Opened, report: Report, names: list[str]) -> None:
    """The table of claims, narrowed and sorted, and the chosen one."""
    claims_shown = filtered(report, names)
    show_list_pane(
        "claims_table",
        ["", "Printed", "Arithmetic", "Line"],
        claim_rows(claims_shown, paper.notes),
        paper.chosen,
        "No claim of this kind.",
        lambda name: choose(paper, name),
    )
    if len(claims_shown) > MOST_ROWS:
        st.caption(f"The gravest {MOST_ROWS} of {len(claims_shown):,}; the CSV has all.")
    claim = chosen_claim(paper, report)
    if claim is not None:
        figures = claims.figures_of_view(view) if paper.is_held_against(view) else None
        show_card(paper, claim, figures)


def show_findings(paper: Opened, report: Report) -> None:
    """What does not fit between statements; a row lights up its places in the text."""
    if not report.findings:
        return
    counts = Counter(finding.verdict for finding in report.findings)
    told = ", ".join(f"{counts[name]} {words}" for name, words in FINDINGS.items() if counts[name])
    st.subheader(f"Between statements: {told}")
    show_list_pane(
        "claims_findings",
        ["", "What", "Found", "Places"],
        finding_rows(report),
        paper.chosen,
        "",
        lambda name: choose(paper, name),
    )


def show_left_out(paper: Opened, report: Report) -> None:
    """What was set aside by the reader, and what was read and not checked."""
    if paper.not_claims:
        st.subheader(f"Set aside as no claim ({len(paper.not_claims)})")
        with st.container(horizontal=True, vertical_alignment="center"):
            for name, words in list(paper.not_claims.items()):
                st.html(f"<span>{escape(words)}</span>", width="content")
                st.button(
                    "Bring back", key=f"claims_back_{name}", on_click=paper.bring_back,
                    args=(name,),
                )  # fmt: skip
    with st.expander(f"Read and not checked ({sum(report.not_checked.values()):,})"):
        counts = sorted(report.not_checked.items(), key=lambda item: -item[1])
        st.markdown("Numbers that were taken for something other than a share of patients:")
        st.markdown("; ".join(f"{words}: {n:,}" for words, n in counts) or "None.")
    with st.expander("How this is judged"):
        st.markdown(JUDGED)


def show_other() -> None:
    """The way to another manuscript, folded away."""
    with st.expander("Check another text"):
        show_input()
