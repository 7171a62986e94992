"""The reply for the editor: what is in it, how it words it, and that nothing in it is markup."""

import re
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import docx
import pytest

from pht_core.claims.claim import Finding, Report
from pht_core.claims.report import Changes, check_report
from pht_core.export.document.reply import (
    Reply,
    build_reply,
    format_markdown,
    sort_by_gravity,
    write_docx,
)

MISMATCH = "Percentages that do not match their counts"
TEXT = (
    "Results\n\nOf 17 patients, 96.12% (16/17) had anemia and 52.94% (9/17) were male.\n"
    "Fever was seen in 12.5% (1/8) of children and 13% (4/32) of adults; rash in 12% (1/8).\n"
)
HOSTILE = (
    "**Bold** <script>alert(1)</script> [x](javascript:alert(2)) $x^2$ `a` 96.12% (16/17) "
    "https://example.org/?q=1 </w:t>\x07 :red[no]"
)


@pytest.fixture(scope="module")
def report() -> Report:
    return check_report(TEXT)


@pytest.fixture(scope="module")
def reply(report: Report) -> Reply:
    return build_reply(report, "draft.docx", dismissed=["40%"])


def test_each_finding_has_its_place_print_and_arithmetic(reply: Reply) -> None:
    # 16/17 = 94.12. 1/8 = 12.5 -> 13; printed 12: cut off, or rounded to the even digit.
    [wrong] = reply.sections[MISMATCH]
    assert wrong.places == ("Results, line 3",)
    assert wrong.prints == ("96.12% (16/17)",)
    assert wrong.found.startswith("Does not match: 16/17 = 94.1176 -> 94.12; printed 96.12")
    [rounding] = reply.sections["Percentages that match with another rounding only"]
    assert rounding.prints == ("12% (1/8)",)
    assert rounding.places == ("Results, line 4",)
    assert rounding.found.startswith("Matches with another rounding: 1/8 = 12.5")


def test_the_wording_is_neutral(reply: Reply) -> None:
    words = format_markdown(reply).lower()
    assert "does not match" in words
    assert not re.search(r"\b(errors?|mistakes?|frauds?|false|manipulat\w+|fabricat\w+)\b", words)


def test_the_most_serious_come_first(report: Report) -> None:
    verdicts = [claim.verdict for claim in sort_by_gravity(report.claims)]
    assert verdicts == ["inconsistent", "rounding", *["consistent"] * 3]
    # A consistent figure that the data do not reproduce comes right after the mismatches.
    last = replace(report.claims[-1], verdict="consistent", data="not reproduced")
    ordered = sort_by_gravity([*report.claims[:-1], last])
    assert [claim.id for claim in ordered].index(last.id) == 1


def test_notes_go_with_their_claims(report: Report) -> None:
    male = next(claim for claim in report.claims if claim.text == "52.94% (9/17)")
    wrong = next(claim for claim in report.claims if claim.value == "96.12")
    notes = {male.id: " seen ", wrong.id: "asked the authors", "c9999": "of a text before"}
    reply = build_reply(report, "draft", notes=notes)
    assert reply.sections[MISMATCH][0].note == "asked the authors"
    assert [(item.prints, item.note) for item in reply.sections["Further notes"]] == [
        (("52.94% (9/17)",), "seen")
    ]
    assert "Note: asked the authors" in format_markdown(reply)


def test_between_statements_every_place_is_named() -> None:
    text = "Among 109 patients, 12 died.\n\nAmong 159 patients, 12 died.\n"
    spans = ((0, 18), (text.index("Among 159"), text.index("Among 159") + 18))
    message = '"patients" number 109 in one place and 159 in another'
    prints = ("Among 109 patients", "Among 159 patients")
    finding = Finding("told twice", "inconsistent", message, spans, prints)
    seen = Finding("intersection", "consistent", "16 and 15 of 17 leave 14 to 15")
    report = Report(text, (), (seen, finding))
    [item] = build_reply(report, "draft").sections["Contradictory statements"]
    assert item.places == ("Line 1", "Line 3")
    assert item.prints == prints
    assert "109 in one place and 159 in another" in item.found


def test_nothing_found_is_said() -> None:
    reply = build_reply(check_report("Of all, 50% (1/2) were male."), "draft")
    assert reply.sections == {}
    assert "No mismatch was found." in format_markdown(reply)


def test_markdown_holds_the_words_as_code_only() -> None:
    written = format_markdown(build_reply(check_report(HOSTILE), HOSTILE, dismissed=[HOSTILE]))
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", written)
    assert "96.12" in written
    for sign in ("<script", "javascript", "$", "**", "https", ":red[", "\x07"):
        assert sign not in outside
    assert "\x07" not in written


def test_word_opens_it_again_with_every_finding(reply: Reply) -> None:
    document = docx.Document(BytesIO(write_docx(reply)))
    words = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert f"{MISMATCH} (1)" in words
    assert "Results, line 3: “96.12% (16/17)”" in words
    assert "16/17 = 94.1176 -> 94.12" in words
    assert "Dismissed: “40%”." in words


def test_word_holds_no_link_and_no_markup_of_the_text() -> None:
    content = write_docx(build_reply(check_report(HOSTILE), HOSTILE, dismissed=[HOSTILE]))
    words = "\n".join(p.text for p in docx.Document(BytesIO(content)).paragraphs)
    assert "<script>alert(1)</script> [x](javascript:alert(2)) $x^2$" in words
    with ZipFile(BytesIO(content)) as parts:
        body = parts.read("word/document.xml").decode()
        links = parts.read("word/_rels/document.xml.rels").decode()
    assert "hyperlink" not in body
    assert "<script" not in body
    assert "example.org" not in links


def test_an_n_of_the_reader_is_called_so() -> None:
    # 16/18 = 88.9, which is not 96.12 either.
    wrong = next(claim for claim in check_report(TEXT).claims if claim.value == "96.12")
    after = check_report(TEXT, Changes(denominators={wrong.id: 18}))
    [item] = build_reply(after, "draft").sections[MISMATCH]
    assert "16/18 = 88.8889 -> 88.89" in item.found
    assert item.found.endswith("; N as corrected by the reader.")


def test_what_the_reader_dismisses_is_not_listed() -> None:
    report = check_report(TEXT)
    wrong = next(claim for claim in report.claims if claim.value == "96.12")
    after = check_report(TEXT, Changes(frozenset({wrong.id})))
    assert MISMATCH not in build_reply(after, "draft").sections


def test_one_cause_is_told_once_and_the_authors_are_asked() -> None:
    # 9/20 = 45, 3/20 = 15 and 7/20 = 35; the last two are printed as shares of 25.
    rows = ["\tA (n = 20)", "Old, n (%)\t9 (45.0)", "Rash, n (%)\t5 (28.0)", "Flu, n (%)\t7 (38.0)"]
    rows += ["Pain, n (%)\t11 (55.0)", "Cough, n (%)\t2 (10.0)", "Cold, n (%)\t4 (20.0)"]
    report = check_report("Table 3. Events\n" + "\n".join(rows) + "\n")
    reply = build_reply(report, "a.docx")
    [item] = reply.sections[MISMATCH]
    assert item.prints == ("5 (28.0)", "7 (38.0)")
    assert item.places[0] == "Table 3, Rash, n (%), A, line 4"
    assert item.found.startswith("2 percentages of one column, N = 20. Does not match: 5/20 = 25")
    shown = format_markdown(reply)
    assert f"## {MISMATCH} (2)" in shown
    assert "Please check the count, the denominator and the percentage of each." in shown
