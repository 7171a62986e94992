"""The sample in every layout, and the template to fill in: what is written where, by hand."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from pht_core.intake.reading import read_sample
from pht_core.model.errors import UnknownName
from pht_core.model.schema import TABLES
from pht_core.paper.form import explain_columns, format_form, write_form
from pht_core.paper.layouts import LAYOUTS
from tests.paper.all_layouts import EQUAL, FILE_NAMES, write_layout

SAMPLE = read_sample()


def table_of(
    layout: str, member: str = "", *, separator: str = ",", encoding: str = "utf-8", skip: int = 0
) -> pd.DataFrame:
    """A text layout, or a member of its ZIP, as text cells."""
    content = write_layout(SAMPLE, layout)
    if member:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = archive.read(member)
    return pd.read_csv(
        io.BytesIO(content),
        dtype=str,
        keep_default_na=False,
        sep=separator,
        encoding=encoding,
        skiprows=skip,
    )


@pytest.mark.parametrize("layout", FILE_NAMES)
def test_the_same_bytes_every_time(layout: str) -> None:
    assert write_layout(SAMPLE, layout) == write_layout(read_sample.__wrapped__(), layout)


def test_a_layout_that_is_not_there() -> None:
    with pytest.raises(UnknownName, match="Layout 'pdf' is not known"):
        write_layout(SAMPLE, "pdf")


def test_four_layouts_are_offered() -> None:
    assert list(LAYOUTS) == ["daily", "results", "tidy", "adam"]


def test_every_layout_says_what_must_come_back() -> None:
    assert set(EQUAL) == set(FILE_NAMES)
    for equal in EQUAL.values():
        assert {"day", "param", "value", "unit"} <= set(equal["counts"])
        for table, columns in equal.items():
            assert set(columns) <= {column.name for column in TABLES[table]}


# Patient P2's first count in sample_data: HGB 86 g/L, PLT 111, NE 0.78 at day -7. She is the second
# patient, so that her made-up infusion is 21 days after 4 January 2021.
def test_results() -> None:
    table = table_of("results")
    assert len(table) == 3303  # rows of sample_data/tidy/counts.csv
    first = table[table["patient_id"] == "P2"].iloc[0].tolist()
    assert first == [
        "P2", "2021-01-25", "2021-01-18", "Hemoglobin", "86", "g/L", "115", "150",
    ]  # fmt: skip
    # P1 is 8 years old: WHO's lower limit of 5 to 11 years, and no upper one.
    child = table[table["patient_id"] == "P1"].iloc[0]
    assert (child["LLN"], child["ULN"]) == ("115", "")


def test_a_row_per_patient() -> None:
    table = table_of("patients").set_index("subject_id")
    assert len(table) == 17
    row = table.loc["P2"]
    assert row["HGB_D-7 (g/L)"] == "86"
    assert row["PLT_D-7 (10^9/L)"] == "111"
    assert row["NE_D-7 (10^9/L)"] == "0.78"
    assert row["prior_hsct"] == "No"
    assert row["last_followup_months"] == "18.27"


def test_daily_rows_are_those_of_the_sample() -> None:
    from pht_core.intake.reading import SAMPLE_FILE

    shipped = pd.read_csv(SAMPLE_FILE, dtype=str, keep_default_na=False)
    written = table_of("daily")
    assert list(written) == list(shipped)
    keys = ["subject_id", "day", "hgb_g_l", "prednisone_mg_kg", "gcsf", "marrow"]
    assert written[keys].sort_values(keys).to_numpy().tolist() == (
        shipped[keys].sort_values(keys).to_numpy().tolist()
    )


@pytest.mark.parametrize(
    ("table", "n"),
    [
        ("subjects", 17),
        ("counts", 3303),
        ("prednisone", 72),
        ("support", 394),
        ("outcomes", 17),
        ("events", 183),
    ],
)
def test_tables_and_sheets(table: str, n: int) -> None:
    assert len(table_of("tidy", f"{table}.csv")) == n
    book = io.BytesIO(write_layout(SAMPLE, "workbook"))
    assert len(pd.read_excel(book, sheet_name=table, engine="calamine")) == n


def test_adam_has_no_day_0() -> None:
    labs = table_of("adam", "adlb.csv")
    assert "0" not in set(labs["ADY"])
    row = labs[(labs["USUBJID"] == "P1") & (labs["ADT"] == "2021-01-04")].iloc[0]
    assert (row["TRTSDT"], row["ADY"], row["AVAL"]) == ("2021-01-04", "1", "117")
    before = labs[(labs["USUBJID"] == "P1") & (labs["PARAMCD"] == "NEUT")].iloc[0]
    assert (before["ADY"], before["ADT"]) == ("-7", "2020-12-28")
    dose = table_of("adam", "adcm.csv").iloc[0]
    # P1's first row: 0.5 mg/kg/day from day 73 to day 83 after infusion.
    assert dose[["CMTRT", "CMDOSE", "ASTDY", "AENDY"]].tolist() == ["PREDNISONE", "0.5", "74", "84"]


def test_adam_censoring() -> None:
    times = table_of("adam", "adtte.csv").set_index(["PARAMCD", "USUBJID"])
    # P4 died at 9.77 months; P1 was alive at 31.20; P10 had a next therapy at 15.23.
    assert times.loc[("OS", "P4"), ["AVAL", "CNSR"]].tolist() == ["9.77", "0"]
    assert times.loc[("OS", "P1"), ["AVAL", "CNSR"]].tolist() == ["31.2", "1"]
    assert times.loc[("TTNT", "P10"), ["AVAL", "CNSR"]].tolist() == ["15.23", "0"]


def test_sas_transport_is_the_same_adam(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(write_layout(SAMPLE, "adam_xpt"))) as archive:
        archive.extractall(tmp_path)
    labs, meta = pyreadstat.read_xport(str(tmp_path / "adlb.xpt"))
    assert meta.table_name == "ADLB"
    assert labs["AVAL"].sum() == pytest.approx(SAMPLE.counts["value"].sum(), rel=1e-12)
    assert labs["ADT"].iloc[0].isoformat() == "2020-12-28"


def test_redcap() -> None:
    table = table_of("redcap")
    assert (table["redcap_event_name"] == "baseline_arm_1").sum() == 17
    # 30 red cell transfusions, 33 of platelets, 90 days of G-CSF in sample_data/tidy/support.csv.
    assert (table["support___rbc"] == "1").sum() == 30
    assert (table["support___plt"] == "1").sum() == 33
    assert (table["support___gcsf"] == "1").sum() == 90
    first = table.iloc[1]
    assert first[["record_id", "redcap_repeat_instance", "visit_date", "hgb_g_l"]].tolist() == [
        "P1", "1", "2020-12-28", "124",
    ]  # fmt: skip


def test_cbioportal() -> None:
    labs = table_of("cbioportal", "data_timeline_lab_test.txt", separator="\t")
    assert labs.iloc[0][["PATIENT_ID", "START_DATE", "TEST", "RESULT"]].tolist() == [
        "P1", "-7", "HGB", "124",
    ]  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(write_layout(SAMPLE, "cbioportal"))) as archive:
        lines = archive.read("data_clinical_patient.txt").decode().splitlines()
    assert [line[0] for line in lines[:4]] == ["#"] * 4
    patients = table_of("cbioportal", "data_clinical_patient.txt", separator="\t", skip=4)
    row = patients.set_index("PATIENT_ID").loc["P4"]
    assert row[["OS_STATUS", "OS_MONTHS"]].tolist() == ["1:DECEASED", "9.77"]


def test_hospital_sheet_in_chinese() -> None:
    table = table_of("hospital", encoding="gb18030")
    row = table.iloc[0]
    assert row["回输日期"] == "2021年1月4日"
    assert row["检查日期"] == "2020/12/28"
    assert row["血红蛋白(g/L)"] == "124"
    assert row["性别"] == "男"
    # P1 weighs a made-up 24 kg: 0.5 mg/kg/day is 12 mg a day, 0.125 is 3.
    doses = table[table["患者编号"] == "P1"]["泼尼松(mg/天)"]
    assert set(doses) == {"", "12", "6", "3"}
    # 9.77 months are 297.4 days after P4's infusion on 8 March 2021.
    assert table[table["患者编号"] == "P4"]["死亡日期"].iloc[0] == "2021/12/30"


def test_semicolons_and_decimal_commas() -> None:
    row = table_of("german", separator=";").iloc[0]
    assert row[["Hb (g/dL)", "ANC (10^9/L)", "cart_dose"]].tolist() == ["12,4", "1,59", "5,1"]


def test_parquet_and_spss(tmp_path: Path) -> None:
    table = pd.read_parquet(io.BytesIO(write_layout(SAMPLE, "parquet")))
    assert table["day"].dtype == "int64"
    file = tmp_path / "sample.sav"
    file.write_bytes(write_layout(SAMPLE, "spss"))
    frame, meta = pyreadstat.read_sav(str(file))
    assert len(frame) == len(table)
    assert meta.variable_value_labels["sex"] == {1.0: "Male", 2.0: "Female"}
    assert frame["sex"].value_counts().to_dict() == (
        (table["sex"].map({"M": 1.0, "F": 2.0})).value_counts().to_dict()
    )


def test_template_as_csv() -> None:
    table = pd.read_csv(io.BytesIO(format_form()))
    assert list(table["subject_id"]) == ["EXAMPLE-1", "EXAMPLE-1", "EXAMPLE-2"]
    assert {"day", "hgb_g_l", "prednisone_mg_kg", "prior_hsct", "death_months"} <= set(table)
    assert table["hgb_g_l"].tolist() == [96, 88, 104]


def test_template_as_workbook() -> None:
    book = pd.read_excel(io.BytesIO(write_form()), sheet_name=None, engine="calamine")
    assert list(book) == ["Columns", *TABLES]
    for table, columns in TABLES.items():
        assert list(book[table]) == [column.name for column in columns if not column.extra]
        assert len(book[table]) == 3
        assert book[table]["subject_id"].str.startswith("EXAMPLE-").all()


def test_template_explains_every_column() -> None:
    rows = {(row[0], row[1]): row for row in explain_columns()}
    asked = [column for columns in TABLES.values() for column in columns if not column.extra]
    assert len(rows) == len(asked)
    value = rows["counts", "value"]
    assert value[4] == "a number, or <0.1 for below a limit of detection"
    assert value[5:] == ("yes", "AVAL")
    assert rows["subjects", "crs_grade"][4] == "a whole number, 0 to 5"
    assert rows["subjects", "sex"][4] == "M, F"
    assert rows["prednisone", "dose"][3] == "mg/kg/day"
    assert rows["labs", "test"][4] == "CRP, FERRITIN, CART_LEVEL, LDH, CREATININE"


def test_template_has_lists_and_comments() -> None:
    with zipfile.ZipFile(io.BytesIO(write_form())) as archive:
        sheet = archive.read("xl/worksheets/sheet3.xml").decode()
        comments = archive.read("xl/comments2.xml").decode()
    assert '"HGB,PLT,NE"' in sheet
    assert "Allowed: HGB, PLT, NE." in comments
