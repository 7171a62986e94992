"""The chosen claim: its arithmetic, how it was interpreted, and the reader's corrections."""

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from pages.shared.check.panes import SOURCES
from pages.shared.check.session import Opened
from pages.shared.words import worded
from pht_core.claims.claim import NOT_REPRODUCED, REPRODUCED, Claim, Report
from pht_core.claims.data.quantities import CohortFigures, format_quantity, list_quantities
from pht_core.claims.verdicts import VERDICTS
from pht_core.export.document.reply import format_data, one_line

ALONE, SENTENCE, COLUMN, TABLE = "this one", "its sentence", "its column", "its table"
DATA_SIGNS = {REPRODUCED: "✓", NOT_REPRODUCED: "≠"}


def show_card(paper: Opened, claim: Claim, report: Report, figures: CohortFigures | None) -> None:
    """Everything about one claim, and the ways to correct it."""
    verdict = VERDICTS[claim.verdict]
    lines = [
        f"<strong>{escape(one_line(claim.text))}</strong> &nbsp;{verdict.sign} {verdict.one}",
        f"<span>{escape(claim.arithmetic)}</span>",
        f"<em>{escape(claim.place if claim.cell else shorten(claim))}</em>",
    ]
    if claim.denominator is not None:
        source = SOURCES.get(claim.n_source or "", claim.n_source or "")
        lines.append(f"N = {claim.denominator:,}: {escape(source)}")
    st.html('<div class="pht-card">' + "".join(f"<p>{line}</p>" for line in lines) + "</div>")
    if figures is not None:
        _show_quantity(paper, claim, figures)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _show_number(paper, [claim], "Intended count", claim.numerator, paper.numerators, 0)
        held = _show_scope(paper, claim, report)
        _show_number(paper, held, "Intended denominator", claim.denominator, paper.denominators, 1)
        key = f"claims_dismiss_{claim.id}"
        st.button(**worded("claims_dismiss"), key=key, on_click=paper.dismiss, args=(claim,))
        if any(claim.id in kept for kept in paper.corrected):
            key = f"claims_undo_{claim.id}"
            st.button(**worded("claims_undo"), key=key, on_click=paper.undo, args=(claim.id,))
    key, note = paper.widget_key("note", claim), paper.notes.get(claim.id, "")
    keep = partial(_keep, paper.notes, [claim.id], key)
    st.text_input("Note for the reply", note, key=key, max_chars=2000, on_change=keep)


def shorten(claim: Claim, most: int = 320) -> str:
    """The sentence that a claim stands in, cut around it where it is long."""
    context = one_line(claim.context)
    if len(context) <= most:
        return context
    at = max(context.find(one_line(claim.text)), 0)
    start = max(min(at - most // 2, len(context) - most), 0)
    cut = context[start : start + most]
    return ("… " if start else "") + cut + (" …" if start + most < len(context) else "")


def _keep(kept: dict[str, Any], names: Sequence[str], key: str) -> None:
    """Keep what a widget has of some claims; nothing is kept of an emptied one."""
    value = st.session_state[key]
    value = value.strip() if isinstance(value, str) else value
    for name in names:
        if value in (None, ""):
            kept.pop(name, None)
        else:
            kept[name] = value


def claims_in_scope(claim: Claim, report: Report, scope: str) -> list[Claim]:
    """The claims that a corrected N of one holds for, itself first."""
    own = claim.cell

    def is_held(other: Claim) -> bool:
        cell = other.cell
        if own is None or cell is None:
            beside = own is None and cell is None and other.context == claim.context
            return scope == SENTENCE and beside
        same_column = scope == TABLE or (scope == COLUMN and cell.column == own.column)
        return same_column and cell.table == own.table

    return [claim, *(one for one in report.claims if one.id != claim.id and is_held(one))]


def _show_scope(paper: Opened, claim: Claim, report: Report) -> list[Claim]:
    """What a corrected denominator is to hold for, where there is a choice."""
    options = [ALONE, *((COLUMN, TABLE) if claim.cell else (SENTENCE,))]
    held = {scope: claims_in_scope(claim, report, scope) for scope in options}
    options = [scope for scope in options if scope == ALONE or len(held[scope]) > 1]
    if len(options) == 1:
        return [claim]
    key = paper.widget_key("scope", claim)

    def changed() -> None:
        paper.scope = st.session_state[key]

    chosen = st.selectbox(
        "Denominator holds for",
        options,
        index=options.index(paper.scope) if paper.scope in options else 0,
        format_func=lambda scope: f"{scope} ({len(held[scope])})",
        key=key,
        on_change=changed,
        width=190,
    )
    return held[chosen]


def _show_number(
    paper: Opened,
    held: list[Claim],
    label: str,
    value: int | None,
    kept: dict[str, int],
    least: int,
) -> None:
    key = paper.widget_key(label, held[0])
    keep = partial(_keep, kept, [claim.id for claim in held], key)
    limits: dict[str, Any] = {"min_value": least, "max_value": 10**9, "step": 1}
    st.number_input(label, value=value, key=key, on_change=keep, width=150, **limits)


def _show_quantity(paper: Opened, claim: Claim, figures: CohortFigures) -> None:
    key = paper.widget_key("quantity", claim)
    words = {"": "(no figure of the cohort)"} | list_quantities(figures)
    # None, what the claim was interpreted as, what else fits, then all the others.
    options = list(dict.fromkeys(["", claim.quantity or "", *claim.quantities, *words]))

    def changed() -> None:
        paper.bindings[claim.id] = st.session_state[key]

    st.selectbox(
        options=options,
        index=options.index(claim.quantity or ""),
        format_func=lambda name: words.get(name) or format_quantity(name),
        key=key,
        on_change=changed,
        **worded("claims_quantity"),
    )
    if claim.data:
        sign = DATA_SIGNS.get(claim.data, "–")
        st.html(f'<div class="pht-card"><p>{sign} {escape(format_data(claim))}</p></div>')
        if claim.data in DATA_SIGNS:
            st.caption("Wording from the data, under the current filters and definitions")
            st.code(claim.data_gives, language=None, wrap_lines=True)
    elif len(claim.quantities) > 1:
        st.caption("Several interpretations fit and none was selected; they are listed first.")
    else:
        st.caption("Not compared with the data: no figure of the cohort was recognized.")
