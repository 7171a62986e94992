"""Files of the report check, made when they are asked for."""

import json
from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.shared.claims_session import Opened
from pht_core.claims.claim import Report
from pht_core.export.reply import Reply, build_reply, format_markdown, write_docx

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
