"""The upload page: what it says of a file is what the core reads of it."""

import logging
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import Upload
from pages.shared.upload.findings import format_extent, group_findings
from pages.shared.upload.mapping import corrected_mapping, editable_mapping, short_names
from pht_core.intake.mapping import FileMap, TableMap
from pht_core.intake.pseudonyms import draw_pseudonyms, relabel_subjects
from pht_core.intake.questions import Question
from pht_core.intake.reading import SAMPLE_FILE, read_files, read_sample
from pht_core.intake.source import SourceFile
from pht_core.model.findings import BLOCKS, CHANGES, NOTE, findings_table
from tests.opened import charts, go, open_page, upload_files, words
from tests.paper.all_layouts import FILE_NAMES, write_layout

SAMPLE = read_sample()


def written(layout: str) -> tuple[str, bytes]:
    return FILE_NAMES[layout], write_layout(SAMPLE, layout)


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if label in one.label)


# sample_data/tidy/counts.csv has 3303 rows, of days -7 to 927.
@pytest.mark.parametrize("layout", FILE_NAMES)
def test_each_layout_is_used_at_once(layout: str) -> None:
    name, content = written(layout)
    app = upload_files(open_page(), (name, content))
    [verdict] = [element.value.replace("\\", "") for element in app.success]
    assert "17 patients, 3,303 counts of HGB, PLT, NE from day -7 to 927" in verdict
    assert f"from {name}." in verdict
    assert f"{name} · **17 of 17 patients**" in words(app)
    assert charts(app) == []


def test_several_files_of_one_cohort() -> None:
    labs, patients = (
        written("results"),
        ("patients.csv", b"patient_id,age,sex\nP1,8,M\nP2,40,F\n"),
    )
    app = upload_files(open_page(), labs, patients)
    assert "3,303 counts" in app.success[0].value
    intake = read_files([SourceFile(*labs), SourceFile(*patients)])
    assert intake.cohort is not None
    assert intake.cohort.subjects["age_years"].dropna().tolist() == [8, 40]
    assert "sex" in str(app.session_state["session"].upload.intake.mapping)


AMBIGUOUS = (
    b"patient_id,infusion_date,date,test,value,unit\n"
    b"A1,01/02/2022,03/02/2022,HGB,81,g/L\n"
    b"A1,01/02/2022,04/02/2022,HGB,84,g/L\n"
)


def test_a_question_is_asked_and_its_answer_read_at_once() -> None:
    app = upload_files(open_page(), ("labs.csv", AMBIGUOUS))
    assert "labs.csv cannot be used yet: 1 question is open." in words(app)
    assert "Figures still show Wang 2023 sample (simulated counts)." in words(app)
    [question] = app.radio
    assert question.value is None
    # 1 and 3, 4 February: days 2 and 3. With the month first 2 January, 2 March, 2 April.
    assert [one.replace("\\", "") for one in question.proto.captions] == [
        "Days: 2 to 3", "Days: 59 to 90",
    ]  # fmt: skip
    question.set_value("day-month").run()
    assert "1 patient, 2 counts of HGB from day 2 to 3" in words(app)
    assert len(app.radio) == 0
    assert "have the day or the month first? → day first: 03/04/2022 is 3 April" in words(app)


def test_an_answer_is_taken_back() -> None:
    app = upload_files(open_page(), ("labs.csv", AMBIGUOUS))
    before = app.session_state["session"].upload.intake.mapping
    app.radio[0].set_value("month-day").run()
    assert "from day 59 to 90" in words(app)
    button(app, "Change the last answer").click().run()
    assert "labs.csv cannot be used yet: 1 question is open." in words(app)
    assert app.session_state["session"].upload.intake.mapping == before
    app.radio[0].set_value("day-month").run()
    assert "from day 2 to 3" in words(app)


CELLS = Question(
    ("cells", "labs.csv", "status"),
    "What do the values of 'status' (labs.csv) stand for?",
    "Deaths are counted from this column.",
    (("dead", "died"), ("alive", "alive"), ("", "not recorded")),
    (("exitus", 2), ("lebt", 5)),
    ("dead", None),
)
LIKELY = Question(
    ("doses", "labs.csv", "dose"),
    "Does a dose of 'dose' (labs.csv) stand until the next row?",
    "Courses of prednisone depend on it.",
    (("until", "until the next row"), ("day", "on its day only")),
    proposed=("until",),
)


def test_each_value_of_a_column_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ask_instead(monkeypatch, CELLS)
    app = upload_files(open_page(), ("labs.csv", AMBIGUOUS))
    [died, lives] = [box for box in app.selectbox if "row" in box.label and "(" in box.label]
    assert (died.label, died.value) == ("exitus (2 rows)", "dead")
    assert (lives.label, lives.value) == ("lebt (5 rows)", None)
    button(app, "Apply answers").click().run()
    assert "Choose an answer for every value." in words(app)
    assert answers == []
    lives = next(box for box in app.selectbox if box.label == "lebt (5 rows)")
    lives.set_value("alive")
    button(app, "Apply answers").click().run()
    assert answers == [{"exitus": "dead", "lebt": "alive"}]


def test_a_likely_answer_needs_one_click(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ask_instead(monkeypatch, LIKELY)
    app = upload_files(open_page(), ("labs.csv", AMBIGUOUS))
    assert app.radio[0].value == "until"
    assert answers == []
    button(app, "Confirm").click().run()
    assert answers == ["until"]


def ask_instead(monkeypatch: pytest.MonkeyPatch, question: Question) -> list[Any]:
    """Let every file ask this question alone; returns the answers as they are given."""
    answers: list[Any] = []

    def read(*given: Any, **more: Any) -> Any:
        return replace(read_files(*given, **more), questions=(question,), cohort=None)

    monkeypatch.setattr("pages.shared.upload.reading.read_files", read)
    monkeypatch.setattr(
        "pages.shared.upload.findings.answer", lambda _, value: answers.append(value)
    )
    monkeypatch.setattr("pages.shared.upload.findings.compare_answers", lambda *_: None)
    return answers


def test_the_other_answer_gives_other_days() -> None:
    app = upload_files(open_page(), ("labs.csv", AMBIGUOUS))
    app.radio[0].set_value("month-day").run()
    # 2 January, 2 March and 2 April 2022: 59 and 90 days.
    assert "1 patient, 2 counts of HGB from day 59 to 90" in words(app)


def test_a_file_that_cannot_be_used_shows_no_chart_of_it() -> None:
    app = upload_files(open_page(), written("results"))
    table = pd.read_csv(SAMPLE_FILE, dtype=str).drop(columns="day")
    upload_files(app, ("no-day.csv", table.to_csv(index=False).encode()))
    [error] = [element.value.replace("\\", "") for element in app.error]
    assert "no-day.csv cannot be used" in error
    assert f"Figures still show {FILE_NAMES['results']}." in error
    told = "✖ **blocks.** no-day.csv has no column with the day or date of its counts."
    assert told in words(app)
    assert "*And in 2 more places.*" in words(app)  # one cause, three lineages
    go(app, "cytopenias")
    assert "The last file is not in use" in words(app)
    assert f"{FILE_NAMES['results']} · **17 of 17 patients**" in words(app)


def test_a_correction_changes_the_figures() -> None:
    app = upload_files(open_page(), written("results"))
    rows = next(box for box in app.selectbox if "One row of" in box.label)
    assert rows.value == "results"
    rows.set_value("")
    button(app, "Apply corrections").click().run()
    assert "cannot be used" in words(app)


def test_patients_are_relabelled_everywhere_and_only_the_key_tells() -> None:
    table = pd.read_csv(SAMPLE_FILE, dtype=str, keep_default_na=False)
    table["subject_id"] = "HOSP-" + table["subject_id"]
    app = upload_files(open_page(), ("labs.csv", table.to_csv(index=False).encode()))
    app.checkbox[0].check().run()
    drawn = app.session_state["session"].upload.pseudonyms
    assert sorted(drawn.values()) == sorted(f"P{place}" for place in range(1, 18))
    assert all(name.startswith("HOSP-") for name in drawn)
    go(app, "trajectories")
    assert "**17 of 17 patients**" in words(app)
    assert not any("HOSP" in str(spec) for spec in charts(app))
    assert not any("HOSP" in str(box.options) for box in app.selectbox)
    go(app, "upload")
    app.checkbox[0].uncheck().run()
    go(app, "trajectories")
    assert any("HOSP-P1" in str(box.options) for box in app.selectbox)


def test_relabelling_moves_no_number() -> None:
    drawn = draw_pseudonyms(SAMPLE.subject_ids)
    other = relabel_subjects(SAMPLE, drawn)
    assert other.subject_ids == [f"P{place}" for place in range(1, 18)]
    for name, new in drawn.items():
        before = SAMPLE.counts[SAMPLE.counts["subject_id"] == name]
        after = other.counts[other.counts["subject_id"] == new]
        assert before["value"].tolist() == after["value"].tolist()
        assert before["day"].tolist() == after["day"].tolist()


def test_what_a_row_stands_for_follows_the_columns_unless_chosen() -> None:
    table = b"id,when,marrow\nA1,3,remission\nA1,9,relapse\n"
    intake = read_files([SourceFile("m.csv", table)])
    edited = editable_mapping(intake)
    # What is used comes first: the column that is not recognised is last.
    assert edited["column"].tolist() == ["id", "marrow", "when"]
    edited.loc[edited["column"] == "when", "field"] = "day after infusion"
    rows = {"m.csv": intake.mapping.tables[0].rows}
    followed = corrected_mapping(intake, edited, rows)
    assert followed.tables[0].columns[1].field == "day"
    assert followed.tables[0].rows == "days"
    assert corrected_mapping(intake, edited, {"m.csv": ""}).tables[0].rows == ""


def test_forgetting_goes_back_to_the_sample() -> None:
    app = upload_files(open_page(), written("results"))
    button(app, "Remove this cohort and return").click().run()
    assert "Wang 2023 sample (simulated counts) · **17 of 17 patients**" in words(app)
    assert len(app.success) == 0
    assert app.session_state["session"].upload == Upload()


def test_a_saved_mapping_is_applied_to_the_next_file() -> None:
    app = upload_files(open_page(), ("labs.csv", AMBIGUOUS))
    app.radio[0].set_value("day-month").run()
    from pht_core.intake.mapping_file import format_mapping

    saved = format_mapping(app.session_state["session"].upload.intake.mapping)
    app = open_page("upload")
    app.file_uploader[1].set_value(("m.json", saved.encode(), "application/json")).run()
    upload_files(app, ("labs.csv", AMBIGUOUS))
    assert "1 patient, 2 counts of HGB from day 2 to 3" in words(app)


def test_a_mapping_that_is_none_is_explained() -> None:
    app = open_page("upload")
    app.file_uploader[1].set_value(("m.json", b"{", "application/json")).run()
    assert "mapping" in app.error[0].value
    assert "17 of 17 patients" in words(app)


def test_a_fault_of_our_own_shows_no_cell(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("Zoë Example, born 1 May")

    monkeypatch.setattr("pages.shared.upload.reading.read_files", fail)
    with caplog.at_level(logging.INFO):
        app = upload_files(open_page(), ("labs.csv", b"a,b\n1,2\n"))
    [error] = [element.value.replace("\\", "") for element in app.error]
    assert "a fault in this program (ValueError in fail, line" in error
    assert "Figures still show Wang 2023 sample (simulated counts)." in error
    assert "Zoë" not in error + caplog.text
    assert "ValueError in fail" in caplog.text


def test_no_cell_of_a_finding_is_markdown() -> None:
    # A header and a cell of a file that would be bold, red or a formula in Markdown.
    table = b"patient,day,HGB g/L,a*b*\nP1,1,90,\nP1,2,$x$ :red[y],\nP1,3,91,\n"
    app = upload_files(open_page(), ("labs.csv", table))
    shown = "\n".join(element.value for element in app.markdown)
    assert r"a number\: '\$x\$ \:red\[y\]'" in shown
    assert r"1 column was not recognized\: 'a\*b\*'" in shown


AGES = b"patient,day,HGB g/L,age\nP1,1,90,<60\nP2,2,91,9\nP3,3,91,8\n"


def test_a_finding_leads_to_the_mapping_of_its_column() -> None:
    app = upload_files(open_page(), ("labs.csv", AGES))
    assert "1 of 3 cells of age is a class of ages" in words(app)
    button(app, "Change mapping").click().run()
    assert [box.value for box in app.selectbox if box.label == "Meaning"] == ["age_years"]
    assert "age (for example 9)" in words(app)  # from the middle of the file


def test_what_findings_are_about_comes_first_in_the_mapping() -> None:
    edited = editable_mapping(read_files([SourceFile("labs.csv", AGES)]))
    assert edited["column"].tolist() == ["age", "patient", "day", "HGB g/L"]


def test_findings_of_one_cause_stand_together() -> None:
    rows = [
        {"severity": severity, "name": name, "column": column, "found": found}
        for severity, name, column, found in (
            (NOTE, "cells_at_limit", "PLT", "1 of 5"),
            (CHANGES, "cells_not_numbers", "HGB", "3 of 5"),
            (CHANGES, "no_counts", "NE", "none"),
            (CHANGES, "cells_not_numbers", "PLT", "2 of 5"),
            (BLOCKS, "cells_not_numbers", "LDH", "5 of 5"),
        )
    ]
    groups = group_findings(findings_table(rows))
    assert [group["column"].tolist() for group in groups] == [
        ["LDH"], ["HGB", "PLT"], ["NE"], ["PLT"],
    ]  # fmt: skip


def test_the_page_needs_no_patient_left_by_the_filters() -> None:
    app = open_page("upload", age_years=(90, 100))
    assert app.title[0].value == "Upload data"


def test_how_much_a_cohort_holds() -> None:
    assert format_extent(SAMPLE) == "17 patients, 3,303 counts of HGB, PLT, NE from day -7 to 927"


def test_tables_have_short_names_where_these_tell_them_apart() -> None:
    def named(*names: str) -> list[str]:
        return [*short_names(FileMap(tuple(TableMap(name, "", ()) for name in names))).values()]

    assert named("a.xlsx, sheet labs", "a.xlsx, sheet ids") == ["labs", "ids"]
    assert named("a.xlsx, sheet 1", "b.xlsx, sheet 1") == ["a.xlsx, sheet 1", "b.xlsx, sheet 1"]
