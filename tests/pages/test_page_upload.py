"""The upload page: what it says of a file is what the core reads of it."""

import logging
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import Upload
from pages.shared.upload.findings import format_extent, worded_findings
from pages.shared.upload.mapping import corrected_mapping, editable_mapping, short_names
from pht_core.intake.mapping import FileMap, TableMap
from pht_core.intake.pseudonyms import draw_pseudonyms, relabel_subjects
from pht_core.intake.reading import SAMPLE_FILE, read_files, read_sample
from pht_core.intake.source import SourceFile
from pht_core.model.findings import BLOCKS, FINDING_COLUMNS, NOTE, findings_table
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
    assert "labs.csv is not in use yet: 1 question is open." in words(app)
    assert "Figures still show Wang 2023 sample (simulated counts)." in words(app)
    [question] = app.radio
    assert question.value is None
    # 1 and 3, 4 February: days 2 and 3. With the month first it would be 59 days and more.
    question.set_value("day-month").run()
    assert "1 patient, 2 counts of HGB from day 2 to 3" in words(app)
    assert len(app.radio) == 0


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
    assert app.table[0].value["Severity"].iloc[0] == "✖\N{NO-BREAK SPACE}blocks"
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
    findings = findings_table(
        [
            dict(zip(FINDING_COLUMNS, cells, strict=True))
            for cells in (
                (NOTE, "labs.csv", 7, "a*b*", ":red[x]", "It is $odd$.", "", ""),
                (BLOCKS, "labs.csv", "", "", "no day", "There is no day.", "", "Add it."),
            )
        ]
    )
    shown = worded_findings(findings)
    assert shown.iloc[0].tolist() == [
        "✖\N{NO-BREAK SPACE}blocks", r"labs\.csv", r"There is no day\.", "", r"Add it\.",
    ]  # fmt: skip
    assert shown.iloc[1]["Location"] == r"labs\.csv · a\*b\* · row 7 · “\:red\[x\]”"
    assert shown.iloc[1]["Finding"] == r"It is \$odd\$\."


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
