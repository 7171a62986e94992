"""The chosen claim: its arithmetic, what it was read as, and what its reader says about it."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.shared.check.panes import LOOKS, SOURCES
from pages.shared.check.session import Opened
from pht_core.claims.claim import Claim
from pht_core.claims.data.quantities import CohortFigures, list_quantities
from pht_core.export.document.reply import VERDICT_WORDS, format_data, one_line


def show_card(paper: Opened, claim: Claim, figures: CohortFigures | None) -> None:
    """Everything about one claim, and the ways to set it right."""
    _, sign = LOOKS[claim.verdict]
    words = f"{sign} {VERDICT_WORDS[claim.verdict]}"
    lines = [
        f"<strong>{escape(one_line(claim.text))}</strong> &nbsp;{escape(words)}",
        f"<span>{escape(claim.arithmetic)}</span>",
        f"<em>{escape(shorten(claim))}</em>",
    ]
    if claim.denominator is not None:
        source = SOURCES.get(claim.n_source or "", claim.n_source or "")
        lines.append(f"N = {claim.denominator:,}: {escape(source)}")
    st.html('<div class="pht-card">' + "".join(f"<p>{line}</p>" for line in lines) + "</div>")
    if figures is not None:
        _show_quantity(paper, claim, figures)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _show_number(
            paper,
            claim,
            "Count",
            claim.numerator,
            paper.numerators,
            "Another count: the claim is judged again.",
        )
        _show_number(
            paper,
            claim,
            "N that is meant",
            claim.denominator,
            paper.denominators,
            "Another denominator: the claim is judged again.",
        )
        st.button(
            "Not a claim",
            key=f"claims_not_{claim.id}",
            on_click=paper.set_aside,
            args=(claim,),
            help="Takes it out of the list and the counts. It can be brought back below.",
        )
        if paper.is_changed(claim.id):
            st.button(
                "As it was",
                key=f"claims_restore_{claim.id}",
                on_click=paper.restore,
                args=(claim.id,),
                help="Takes count, N and what it was read as from the text again.",
            )
    _show_note(paper, claim)


def shorten(claim: Claim, most: int = 320) -> str:
    """The sentence that a claim stands in, cut around it where it is long."""
    context = one_line(claim.context)
    if len(context) <= most:
        return context
    at = max(context.find(one_line(claim.text)), 0)
    start = max(min(at - most // 2, len(context) - most), 0)
    cut = context[start : start + most]
    return ("… " if start else "") + cut + (" …" if start + most < len(context) else "")


def _show_note(paper: Opened, claim: Claim) -> None:
    key = paper.widget_key("note", claim)

    def changed() -> None:
        if note := str(st.session_state[key]).strip():
            paper.notes[claim.id] = note
        else:
            paper.notes.pop(claim.id, None)

    st.text_input(
        "Note for the reply",
        value=paper.notes.get(claim.id, ""),
        key=key,
        max_chars=2000,
        on_change=changed,
    )


def _show_number(
    paper: Opened,
    claim: Claim,
    label: str,
    value: int | None,
    kept: dict[str, int],
    help: str,
) -> None:
    key = paper.widget_key(label, claim)

    def changed() -> None:
        given = st.session_state[key]
        if given is None:
            kept.pop(claim.id, None)
        else:
            kept[claim.id] = int(given)

    st.number_input(
        label,
        min_value=0 if label == "Count" else 1,
        max_value=10**9,
        value=value,
        step=1,
        key=key,
        on_change=changed,
        help=help,
        width=140,
    )


def _show_quantity(paper: Opened, claim: Claim, figures: CohortFigures) -> None:
    key = paper.widget_key("quantity", claim)
    words = list_quantities(figures)
    options = _options(claim, list(words))

    def changed() -> None:
        paper.bindings[claim.id] = st.session_state[key]

    st.selectbox(
        "Data: read as",
        options,
        index=options.index(claim.quantity or ""),
        format_func=lambda name: words.get(name) or _named(name),
        key=key,
        on_change=changed,
        help="Which figure of the cohort this claim is about. Choose another where it is wrong.",
    )
    if claim.data:
        mark = {"reproduced": "✓", "not reproduced": "≠"}.get(claim.data, "–")
        st.html(f'<div class="pht-card"><p>{mark} {escape(format_data(claim))}</p></div>')
    elif len(claim.quantities) > 1:
        st.caption("More than one reading fits, so none was taken: the first ones of the list.")
    else:
        st.caption("Not held against the data: no figure of the cohort was recognised.")


def _options(claim: Claim, keys: Sequence[str]) -> list[str]:
    """None, what the claim was read as, those that fit, then all the others."""
    first = ["", *filter(None, [claim.quantity]), *claim.quantities]
    return list(dict.fromkeys([*first, *keys]))


def _named(key: str) -> str:
    from pht_core.claims.data.quantities import format_quantity

    return format_quantity(key) if key else "(no figure of the data)"
