"""A verdict that is added to the registry is shown everywhere, and no claim is lost."""

from dataclasses import replace

import pytest

from pages.shared.check.panes import claim_rows, filtered, filters_of, finding_rows, mark_rows
from pht_core.claims.claim import Finding, Report
from pht_core.claims.report import check_report, claims_table, format_summary, report_content
from pht_core.claims.verdicts import VERDICTS, Verdict, by_gravity
from pht_core.commands.claims import format_report
from pht_core.export.document.reply import build_reply, format_markdown, sort_by_gravity

COPIED = Verdict(
    name="copied",
    gravity=2,
    one="is a copy",
    many="are copies",
    finding="copied",
    meaning="the same figure stands in another paper.",
    sign="©",
    colour="violet",
    is_wrong=True,
    section="Copied percentages",
    finding_section="Copied statements",
)


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.setitem(VERDICTS, "copied", COPIED)
    found = check_report("Of all, 50% (1/2) were male, 25% (1/4) old and 75% (3/4) young.")
    first, *others = found.claims
    finding = Finding("told twice", "copied", "seen elsewhere", ((0, 6),), ("Of all",))
    return replace(found, claims=(replace(first, verdict="copied"), *others), findings=(finding,))


def test_the_summary_counts_it(report: Report) -> None:
    assert format_summary(report) == "3 percentages evaluated: 2 consistent, 1 is a copy."
    assert report.counts()["copied"] == 1
    assert sum(report.counts().values()) == len(report.claims)
    assert report.any_wrong
    assert report_content(report)["summary"]["copied"] == 1
    assert list(claims_table(report)["verdict"]) == ["copied", "consistent", "consistent"]


def test_the_page_lists_marks_and_filters_it(report: Report) -> None:
    assert filters_of(report) == {"copied": "is a copy © 1", "consistent": "consistent ✓ 2"}
    shown = filtered(report, [])
    assert shown == sort_by_gravity(report.claims)
    assert shown[0].verdict == "copied"
    assert [claim.verdict for claim in filtered(report, ["copied"])] == ["copied"]
    for row in (claim_rows(shown, {})[0], mark_rows(shown)[0]):
        assert (row["verdict"], row["colour"]) == ("copied", "violet")
        assert (row["sign"], row["words"]) == ("©", "is a copy")
    assert [row["words"] for row in finding_rows(report)] == ["copied"]


def test_the_reply_has_its_sections(report: Report) -> None:
    reply = build_reply(report, "draft")
    assert [item.prints for item in reply.sections["Copied percentages"]] == [("50% (1/2)",)]
    assert len(reply.sections["Copied statements"]) == 1
    assert "## Copied percentages (1)" in format_markdown(reply)


def test_the_command_prints_it(report: Report) -> None:
    lines = format_report("draft", report)
    assert "line 1: IS A COPY: 50% (1/2): 1/2 = 50 -> 50" in lines
    assert "COPIED: repeated statements: seen elsewhere" in lines


def test_each_verdict_has_all_its_words() -> None:
    assert len({verdict.gravity for verdict in by_gravity()}) == len(VERDICTS)
    for name, verdict in VERDICTS.items():
        assert verdict.name == name
        assert all((verdict.one, verdict.many, verdict.finding, verdict.meaning, verdict.sign))
        assert not verdict.is_wrong or (verdict.section and verdict.finding_section)
