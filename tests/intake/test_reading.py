"""Files as people have them: what is read, what is found, and what is refused with which words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pht_core.intake.reading import SAMPLE_FILE, read_cohort, read_sample
from pht_core.model.cohort import Cohort
from pht_core.model.errors import BlockedCohort, PhtError, UnreadableFile
from pht_core.model.findings import format_finding
from pht_core.model.schema import TABLES
from pht_core.paper.sample import read_treated
from pht_core.stats.event_times import derive_times

WIDE = """\
subject_id,age_years,sex,prior_hsct,last_followup_months,death_months,day,hgb_g_l,plt_10e9_l,\
ne_10e9_l,prednisone_mg_kg,red_cells,gcsf,infection,car_t
P1,31,F,Yes,12,,-7,110,90,1.7,,0,0,0,
P1,31,F,Yes,12,,28,79,20,,,1,,,detected
P1,31,F,Yes,12,,30,,,0.4,0.5,,,,
P1,31,F,Yes,12,,31,,,,0.5,,,1,
P1,31,F,Yes,12,,32,,,,0.25,,,,
P1,31,F,Yes,12,,34,81,,,0.25,,1,,not detected
P2,64,M,No,8.5,8.5,28,140,200,4,,,,,
"""


def read(text: str, name: str = "own.csv") -> Cohort:
    return read_cohort(text.encode(), name)


def messages(cohort: Cohort, severity: str = "changes a result") -> list[str]:
    """What was found, done and to do, but for the lineages that a short file leaves out."""
    found = cohort.findings[cohort.findings["severity"] == severity]
    said = [format_finding(row) for row in found.itertuples()]
    return [message for message in said if not message.startswith("There are no")]


def test_a_file_in_the_samples_layout_becomes_tidy_tables() -> None:
    cohort = read(WIDE)
    assert cohort.name == "own.csv"
    assert not cohort.simulated
    assert len(cohort.digest) == 64
    assert messages(cohort) == []
    subjects = cohort.subjects.set_index("subject_id")
    assert subjects.loc["P1", "age_years"] == 31
    assert bool(subjects["prior_hsct"]["P1"])
    assert not bool(subjects["prior_hsct"]["P2"])
    counts = cohort.counts[["subject_id", "day", "param", "value", "unit"]].astype(object)
    assert counts.to_numpy().tolist() == [
        ["P1", -7, "HGB", 110, "g/L"],
        ["P1", 28, "HGB", 79, "g/L"],
        ["P1", 34, "HGB", 81, "g/L"],
        ["P1", -7, "NE", 1.7, "10^9/L"],
        ["P1", 30, "NE", 0.4, "10^9/L"],
        ["P1", -7, "PLT", 90, "10^9/L"],
        ["P1", 28, "PLT", 20, "10^9/L"],
        ["P2", 28, "HGB", 140, "g/L"],
        ["P2", 28, "NE", 4, "10^9/L"],
        ["P2", 28, "PLT", 200, "10^9/L"],
    ]
    doses = cohort.prednisone[["start_day", "end_day", "dose"]].to_numpy().tolist()
    assert doses == [[30, 31, 0.5], [32, 32, 0.25], [34, 34, 0.25]]
    assert cohort.support[["day", "kind"]].to_numpy().tolist() == [[28, "red_cells"], [34, "gcsf"]]
    events = cohort.events[["day", "event", "result"]].to_numpy().tolist()
    assert events == [
        [28, "car_t", "detected"],
        [31, "infection", ""],
        [34, "car_t", "not_detected"],
    ]
    outcomes = cohort.outcomes.set_index("subject_id")
    assert outcomes.loc["P2", "death_months"] == 8.5
    assert outcomes["death_months"].isna().tolist() == [True, False]


def test_what_the_file_had_columns_for_is_recorded_and_nothing_else() -> None:
    cohort = read(WIDE)
    for name in ("counts", "prednisone", "outcomes", "red_cells", "gcsf", "infection", "car_t"):
        assert cohort.has(name), name
    for name in ("platelets", "epo", "hypertension", "marrow"):
        assert not cohort.has(name), name


def test_the_digest_is_of_the_bytes() -> None:
    assert read(WIDE).digest == read(WIDE).digest
    assert read(WIDE).digest != read(WIDE.replace("110", "111")).digest


def test_limits_of_the_laboratory_are_read_with_their_counts() -> None:
    cohort = read(
        "subject_id,day,hgb_g_l,hgb_lln_g_l,ne_10e9_l,ne_lln_10e9_l\nA,1,100,118,1.6,\nA,2,,118,1,2\n"
    )
    limits = cohort.counts.set_index(["param", "day"])["lln"]
    assert limits["HGB", 1] == 118
    assert np.isnan(limits["NE", 1])
    assert limits["NE", 2] == 2


def test_patients_alone_are_a_cohort() -> None:
    cohort = read("subject_id,sex,age_years\nA,female,30\nB,Male,40\nC,f,50\n")
    assert cohort.subjects["sex"].tolist() == ["F", "M", "F"]
    assert not cohort.has("counts")
    assert any("no counts" in message for message in messages(cohort, "note"))


def test_spaces_bom_and_windows_line_ends_do_no_harm() -> None:
    text = "\ufeff subject_id , day ,hgb_g_l \r\n P1 , 28 , 79 \r\nP1, 29,\r\n"
    cohort = read(text)
    assert cohort.counts["value"].tolist() == [79]
    assert cohort.subject_ids == ["P1"]
    assert messages(cohort) == []


def test_below_the_limit_of_detection_compares_as_just_below() -> None:
    cohort = read("subject_id,day,ne_10e9_l,plt_10e9_l\nA,5,<0.1,< 10\nA,6,0.1,10\n")
    values = cohort.counts.set_index(["param", "day"])["value"]
    assert values["NE", 5] < 0.1 == values["NE", 6]
    assert values["NE", 5] > 0.0999999
    assert values["PLT", 5] < 10 == values["PLT", 6]
    assert messages(cohort) == []
    assert any("'<0.1'" in message for message in messages(cohort, "note"))


FOUND = {
    "a count without its day": (
        "subject_id,day,hgb_g_l\nA,,90\nA,2,100\n",
        "1 of 2 rows has values but no day. Not used.",
    ),
    "no patient": ("subject_id,day,hgb_g_l\n,1,90\nA,2,100\n", "1 of 2 rows has no patient in"),
    "neither yes nor no": (
        "subject_id,prior_hsct\nA,perhaps\nB,yes\n",
        "1 of 2 cells of prior_hsct is neither yes nor no: 'perhaps'",
    ),
    "neither M nor F": ("subject_id,sex\nA,x\nB,M\n", "1 of 2 cells of sex is neither M nor F"),
    "age": ("subject_id,age_years\nA,310\n", "A has age_years 310, more than 120"),
    "negative months": (
        "subject_id,last_followup_months\nA,-3\n",
        "1 patient has a last follow-up before infusion (A at -3 months). Treated as",
    ),
    "death after follow-up": (
        "subject_id,last_followup_months,death_months\nA,3,4\n",
        "1 patient has death_months after the last follow-up",
    ),
    "no date": (
        "subject_id,infusion_date,day,date,hgb_g_l\nA,2023-01-01,23,2023-01-24,90\nA,2023-01-01,,,80\n",
        "1 of 2 rows has values but no day",
    ),
    "an unknown finding": (
        "subject_id,day,hgb_g_l,car_t\nA,1,90,maybe\nA,2,90,detected\n",
        "'maybe' is not a result of CAR-T cells in blood",
    ),
}


@pytest.mark.parametrize("what", FOUND)
def test_what_is_wrong_in_a_cell_is_found_and_said(what: str) -> None:
    text, words = FOUND[what]
    found = messages(read(text))
    assert any(words in message for message in found), found


def test_a_row_told_twice_is_only_noted() -> None:
    cohort = read("subject_id,day,hgb_g_l\nA,1,90\nA,1,90\n")
    assert messages(cohort) == []
    assert any("occurs twice in the file" in message for message in messages(cohort, "note"))


NEGATIVE = """subject_id,last_followup_months,progression_months,death_months,next_therapy_months
A,-3,,,
B,12,,-0.5,
C,20,,0,
D,15,-1,9,-2
"""


@pytest.mark.parametrize("layout", ["wide", "tidy"])
def test_a_month_before_infusion_counts_as_missing_and_that_is_said(
    layout: str, tmp_path: Path
) -> None:
    folder = write(tmp_path, outcomes=NEGATIVE, subjects="subject_id\nA\nB\nC\nD\n")
    cohort = read(NEGATIVE) if layout == "wide" else read_cohort(folder)
    months = cohort.outcomes.set_index(cohort.outcomes["subject_id"].astype(str))
    assert months["last_followup_months"].fillna(-99).tolist() == [-99, 12, 20, 15]
    assert months["death_months"].fillna(-99).tolist() == [-99, -99, 0, 9]
    assert months[["progression_months", "next_therapy_months"]].isna().to_numpy().all()
    found = cohort.findings[cohort.findings["table"] == "outcomes"]
    assert found["severity"].tolist() == ["changes a result"] * 4
    assert found["value"].tolist() == [-3, -1, -0.5, -2]
    assert "as it stands" not in " ".join(found["found"])
    assert format_finding(next(found.iloc[2:3].itertuples())) == (
        "1 patient has death before infusion (B at -0.5 months). Treated as missing, that "
        "is, as if it had not happened. Give times after infusion (day 0)."
    )
    # A has no follow-up; B is followed for 12 months; C died at 0, D at 9.
    times = derive_times(cohort.outcomes).set_index("subject_id")
    assert times["time"].to_dict() == {"B": 12, "C": 0, "D": 9}
    assert times["event"].to_dict() == {"B": False, "C": True, "D": True}


REFUSED = {
    "two ages": (
        b"subject_id,age_years,day\nA,30,1\nA,31,2\n",
        "1 of 1 patient has more than one 'age_years' (A)",
    ),
    "two outcomes": (
        b"subject_id,last_followup_months\nA,10\nA,12\n",
        "1 of 1 patient has more than one 'last_followup_months'",
    ),
    "two values a day": (
        b"subject_id,day,hgb_g_l\nA,1,90\nA,1,100\n",
        "1 patient-day has two different values of one lineage (day 1 of A: HGB 90 and 100)",
    ),
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "header only": (b"subject_id,day,hgb_g_l\n", "No row names a patient"),
    "binary": (bytes(range(256)) * 4, "neither text nor"),
    "half a workbook": (b"PK\x03\x04rest of a workbook", "damaged"),
    "no patient": (b"ward,day,hgb_g_l\nA,1,90\nA,2,91\n", "No column identifies the patients"),
    "no day": (b"subject_id,hgb_g_l\nA,90\n", "No day could be determined for hgb_g_l"),
    "dates alone": (
        b"subject_id,date,hgb_g_l\nA,2023-01-24,90\n",
        "cannot be converted to days after infusion",
    ),
    "serial dates alone": (
        b"subject_id,day,hgb_g_l\nA,20230124,90\n",
        "cannot be converted to days after infusion",
    ),
    "longer rows": (
        b"subject_id,day,hgb_g_l\nA,1,90,2\nB,2,80,3\n",
        "more cells than the header (3), the first is line 2 with 4 cells",
    ),
    "one longer row": (b"subject_id,day,hgb_g_l\nA,1,90\nB,2,80,9\n", "line 3 with 4 cells"),
    "nobody": (b"subject_id,day,hgb_g_l\n,1,90\n", "No row names a patient"),
    "g/dL called g/L": (
        b"subject_id,day,hgb_g_l\nA,1,9.5\n",
        "The file states g/L, but the values (9.5 to 9.5) fit g/dL",
    ),
    "an open unit": (
        b"subject_id,day,Hb\nA,1,8.1\nA,2,7.5\n",
        "What is the unit of hemoglobin (Hb)?",
    ),
    "an open order of dates": (
        b"subject_id,infusion date,date,hgb_g_l\nA,02/03/2022,03/04/2022,90\n",
        "have the day or the month first?",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_used_is_refused_with_what_to_do(what: str) -> None:
    content, words = REFUSED[what]
    with pytest.raises(PhtError) as refused:
        read_cohort(content, "own.csv")
    text = str(refused.value)
    assert words in text
    assert text.endswith(".")
    todo = ("Save", "Add", "Enter", "Answer", "Give", "Put", "choose", "Copy")
    assert any(verb in text for verb in todo)


OTHERWISE = {
    "latin-1": "subject_id,day,hgb_g_l,malignancy\nA,1,90,Lymphome à cellules\n".encode("latin-1"),
    "utf-16": "subject_id,day,hgb_g_l\nA,1,90\n".encode("utf-16"),
    "semicolons": b"subject_id;day;hgb_g_l\nA;1;90\n",
    "tabs": b"subject_id\tday\thgb_g_l\nA\t1\t90\n",
    "capitals": b"SUBJECT_ID,DAY,HGB_G_L\nA,1,90\n",
    "another name": b"Patient,Days post infusion,Hb (g/L)\nA,1,90\n",
    "g/dL": b"Patient,Day,Hemoglobin [g/dL]\nA,1,9.0\n",
    "mmol/L": b"Patient,Day,Hemoglobin [mmol/L]\nA,1,5.585205411\n",
    "the day's name": b"subject_id,day,hgb_g_l\nA,D1,90\n",
    "a column of one day": b"subject_id,HGB_D1 (g/L)\nA,90\n",
    "dates": b"subject_id,infusion_date,date,hgb_g_l\nA,2022-03-03,2022-03-04,90\n",
    "dates with the day first": b"subject_id,infusion date,date,hgb_g_l\n"
    b"A,28.02.2022,01.03.2022,90\n",
    "a flag": b"subject_id,day,hgb_g_l\nA,1,90 L\n",
    "a title": b"Ward list of March\n\nsubject_id,day,hgb_g_l\nA,1,90\n",
    "Chinese": "患者编号,回输后天数,血红蛋白(g/L)\nA,1,90\n".encode("gb18030"),
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_one_count_written_in_many_ways_is_one_count(what: str) -> None:
    cohort = read_cohort(OTHERWISE[what], "own.csv")
    counts = cohort.counts.astype(object)
    assert counts[["subject_id", "day", "param", "unit"]].to_numpy().tolist() == [
        ["A", 1, "HGB", "g/L"]
    ]
    assert counts["value"].iloc[0] == pytest.approx(90, abs=1e-6)
    assert messages(cohort) == []


def test_a_blocked_file_carries_its_findings() -> None:
    with pytest.raises(BlockedCohort) as blocked:
        read("ward,day\nA,1\n")
    assert isinstance(blocked.value.findings, pd.DataFrame)
    assert blocked.value.findings["severity"].iloc[0] == "blocks"


def test_paths_that_are_not_files(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone.csv could not be opened: No such file.*Check"):
        read_cohort(tmp_path / "gone.csv")
    with pytest.raises(UnreadableFile, match=r"holds no file.*Give"):
        read_cohort(tmp_path)


def write(folder: Path, **tables: str) -> Path:
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


TIDY = {
    "subjects": "subject_id,sex,age_years\nA,M,40\nB,F,50\n",
    "counts": "subject_id,day,param,value,unit,lln\n"
    "A,28,HGB,90,g/L,130\nA,28,ne,<0.1,10^9/L,\nB,28,PLT,60,10^9/L,\n",
    "prednisone": "subject_id,drug,start_day,end_day,dose\nA,Prednisone,30,,0.5\n",
    "support": "subject_id,day,kind\nA,3,Red cells\n",
    "outcomes": "subject_id,last_followup_months\nA,10\nB,20\n",
    "events": "subject_id,day,event,result\n",
}


def test_a_folder_of_tidy_tables(tmp_path: Path) -> None:
    cohort = read_cohort(write(tmp_path, **TIDY))
    assert messages(cohort) == []
    assert cohort.name == tmp_path.name
    assert cohort.subject_ids == ["A", "B"]
    counts = cohort.counts.set_index(["subject_id", "param"])
    assert counts.loc[("A", "HGB"), "lln"] == 130
    assert counts.loc[("A", "NE"), "value"] < 0.1
    assert cohort.prednisone["end_day"].isna().all()
    assert cohort.support["kind"].tolist() == ["red_cells"]
    assert cohort.has("events")  # a table without rows says: recorded, none happened
    assert cohort.has("infection")
    assert not cohort.has("car_t")  # looked for or not: nobody knows
    assert cohort.has("gcsf")  # a table of support tells of all kinds


FOUND_IN_FOLDER = {
    "no patient": (
        {"support": "subject_id,day,kind\n,3,gcsf\nA,4,gcsf\n"},
        "1 of 2 rows has no patient in 'subject_id'",
    ),
    "no day": (
        {"counts": "subject_id,day,param,value,unit\nA,,HGB,90,g/L\nA,2,HGB,90,g/L\n"},
        "1 of 2 rows has values but no day",
    ),
    "no lineage": (
        {"counts": "subject_id,day,param,value,unit\nA,1,,9,10^9/L\nA,1,HGB,90,g/L\n"},
        "1 of 2 rows does not name the test",
    ),
    "another event": (
        {"events": "subject_id,day,event\nA,3,cough\n"},
        "'cough' is not one of hyperglycemia",
    ),
    "backwards": (
        {"prednisone": "subject_id,drug,start_day,end_day,dose\nA,prednisone,30,20,0.5\n"},
        "1 row of steroids ends before it starts",
    ),
}


@pytest.mark.parametrize("what", FOUND_IN_FOLDER)
def test_what_is_wrong_in_a_folder_is_found_and_said(what: str, tmp_path: Path) -> None:
    tables, words = FOUND_IN_FOLDER[what]
    cohort = read_cohort(write(tmp_path, **(TIDY | tables)))
    found = messages(cohort)
    assert any(words in message for message in found), found
    assert "A" in cohort.subject_ids
    assert "nan" not in cohort.subject_ids


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    no_unit = tmp_path / "unit"
    no_unit.mkdir()
    write(no_unit, counts="subject_id,day,param,value\nA,1,HGB,8.1\n")
    with pytest.raises(BlockedCohort, match=r"What is the unit of hemoglobin \(HGB\)\?.*Answer it"):
        read_cohort(no_unit)
    empty = tmp_path / "empty"
    empty.mkdir()
    write(empty, subjects="subject_id,sex\n")
    with pytest.raises(BlockedCohort, match="No row names a patient"):
        read_cohort(empty)
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "counts.csv").mkdir()
    with pytest.raises(UnreadableFile, match=r"holds no file"):
        read_cohort(strange)


def test_ids_are_read_as_they_are_written() -> None:
    cohort = read("subject_id,day,hgb_g_l\n007,1,90\nNA,2,91\n8,3,92\n1e5,4,93\n")
    assert cohort.subject_ids == ["NA", "1e5", "007", "8"]


def test_the_sample_has_its_patients_and_nothing_to_correct() -> None:
    sample = read_sample()
    assert sample.subject_ids == [f"P{number}" for number in range(1, 18)]
    assert sample.simulated
    assert messages(sample) == []
    treated = read_treated()
    assert len(treated) == 159
    assert int(treated["blood_count_followup"].fillna(False).sum()) == 109
    assert set(sample.subject_ids) <= set(treated["subject_id"])


def test_the_samples_two_forms_are_one_cohort() -> None:
    from pht_core.intake.reading import SAMPLE_FOLDER

    wide, tidy = read_sample(), read_cohort(SAMPLE_FOLDER / "tidy")
    for name in TABLES:
        one, other = getattr(wide, name), getattr(tidy, name)
        assert len(one) == len(other), name
    assert wide.recorded == tidy.recorded
    keys = ["subject_id", "param", "day"]
    for name, columns in (("counts", [*keys, "value"]), ("support", ["subject_id", "day", "kind"])):
        one, other = (
            getattr(cohort, name)[columns].astype(str).sort_values(columns, ignore_index=True)
            for cohort in (wide, tidy)
        )
        pd.testing.assert_frame_equal(one, other)


def test_the_patients_column_has_many_names() -> None:
    cohort = read_cohort(b"Patient ID,day,infection,hgb_g_l\nP1,1,0,100\n")
    assert cohort.subject_ids == ["P1"]


def test_the_sample_is_known_as_simulated_however_it_is_opened() -> None:
    tidy = sorted(SAMPLE_FILE.with_name("tidy").iterdir())
    assert read_cohort(SAMPLE_FILE, "mine.csv").simulated
    assert read_cohort(tidy, "mine.zip").simulated
    assert not read_cohort(SAMPLE_FILE.read_bytes() + b"\n").simulated
