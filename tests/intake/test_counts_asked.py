"""Counts of strangers' files: the lowest are read or asked about, and units are never guessed."""

import numpy as np
import pytest

from pht_core.intake.questions import answer_question
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.source import SourceFile

LONG = "patient,day,test,result,unit"


def read(**texts: str) -> Intake:
    return read_files([SourceFile(f"{name}.csv", text.encode()) for name, text in texts.items()])


def values(intake: Intake, param: str = "NE") -> list[float]:
    assert intake.cohort is not None, intake.findings.to_string()
    own = intake.cohort.counts
    return [float(value) for value in own.loc[own["param"] == param, "value"]]


def answered(intake: Intake, answer: str | dict[str, str]) -> Intake:
    (question,) = intake.questions
    return read_again(intake, answer_question(intake.mapping, question, answer))


BELOW = [float(np.nextafter(0.1, 0)), 1.5]


@pytest.mark.parametrize(
    "cell",
    [
        "<0.1",
        "less than 0.1",
        "below 0.1",
        "under 0.1",
        "lt 0.1",
        "BDL (<0.1)",
        "<LOD (0.1)",
        "undetectable (<0.1)",
        "below detection limit of 0.1",
        "kleiner 0.1",
        "低于0.1",
        "<0.1 10^9/L",
    ],
)
@pytest.mark.parametrize("wide", [True, False])
def test_a_count_below_a_stated_limit_is_just_below_it(cell: str, wide: bool) -> None:
    text = f"patient,day,ANC (10^9/L)\nA,1,{cell}\nA,2,1.5\n"
    if not wide:
        text = f"{LONG}\nA,1,ANC,{cell},10^9/L\nA,2,ANC,1.5,10^9/L\n"
    assert values(read(a=text)) == BELOW


@pytest.mark.parametrize(
    "cell", ["BDL", "undetectable", "<LOD", "below detection", "nicht nachweisbar", "未检出"]
)
@pytest.mark.parametrize("wide", [True, False])
def test_a_count_below_detection_without_a_limit_is_asked(cell: str, wide: bool) -> None:
    text = f"patient,day,ANC (10^9/L)\nA,1,{cell}\nA,2,<0.1\nA,3,1.5\n"
    if not wide:
        text = f"{LONG}\nA,1,ANC,{cell},10^9/L\nA,2,ANC,<0.1,10^9/L\nA,3,ANC,1.5,10^9/L\n"
    intake = read(a=text)
    assert intake.questions[0].cells == ((cell, 1),)
    assert intake.questions[0].proposed == ("<0.1",)
    assert values(answered(intake, {cell: "<0.1"})) == [BELOW[0], *BELOW]
    assert values(answered(intake, {cell: "0"})) == [0, *BELOW]
    assert values(answered(intake, {cell: ""})) == BELOW


@pytest.mark.parametrize("cell", ["~1.2", "clotted", "1.2?", "see remark", "1..2", "12O"])
def test_cells_that_are_no_number_are_shown_and_not_dropped(cell: str) -> None:
    intake = read(a=f"patient,day,ANC (10^9/L)\nA,1,{cell}\nA,2,1.5\n")
    assert intake.questions[0].cells == ((cell, 1),)


@pytest.mark.parametrize(
    "text",
    [
        (
            "USUBJID,LBTESTCD,LBSTRESC,LBSTRESN,LBSTRESU,LBDY\nA,NEUT,<0.1,,10^9/L,1\n"
            "A,NEUT,1.5,1.5,10^9/L,2\nA,HGB,90,90,g/L,2\nA,HGB,91,91,g/L,3\n"
        ),
        (
            "USUBJID,PARAMCD,PARAM,AVALC,AVAL,ADY\nA,NEUT,Neutrophils (10^9/L),<0.1,,1\n"
            "A,NEUT,Neutrophils (10^9/L),1.5,1.5,2\nA,HGB,Hemoglobin (g/L),90,90,2\n"
            "A,HGB,Hemoglobin (g/L),91,91,3\n"
        ),
        "patient,day,test,sign,result,unit\nA,1,ANC,<,0.1,10^9/L\nA,2,ANC,,1.5,10^9/L\n",
        "patient,day,test,result_modifier,result,unit\nA,1,ANC,LT,0.1,10^9/L\nA,2,ANC,EQ,1.5,10^9/L\n",
        "patient,day,test,oper,result,unit\nA,1,ANC,less than,0.1,10^9/L\nA,2,ANC,=,1.5,10^9/L\n",
        "patient,day,ANC qualifier,ANC (10^9/L)\nA,1,<,0.1\nA,2,,1.5\n",
        "patient,day,ANC qualifier,ANC (10^9/L),PLT (10^9/L)\nA,1,<,0.1,20\nA,2,,1.5,30\n",
        "patient,day,ANC (10^9/L),ANC text\nA,1,,<0.1\nA,2,1.5,1.5\nA,3,,\n",
    ],
)
def test_the_lowest_counts_are_found_in_a_second_column(text: str) -> None:
    intake = read(a=text)
    if intake.questions:
        intake = answered(intake, "use")
    assert values(intake) == BELOW or values(intake) == BELOW[::-1]


def test_a_remark_beside_an_empty_count_is_asked() -> None:
    intake = read(a=f"{LONG},comment\nA,1,ANC,,10^9/L,result <0.1 on review\nA,2,ANC,1.5,10^9/L,\n")
    assert "'comment'" in intake.questions[0].text
    assert values(answered(intake, "use")) == BELOW
    assert values(answered(intake, "")) == [1.5]


# 8.5 g/dL is 85 g/L; 1,500 cells in a microlitre are 1.5 x 10^9/L.
@pytest.mark.parametrize(
    ("text", "param", "found"),
    [
        ('patient,day,test,result\nA,1,Hb,"8,5 g/dL"\nA,2,Hb,"9,1 g/dL"\n', "HGB", [85, 91]),
        ("patient,day,test,result\nA,1,Hb,8.5 g/dL\nA,2,Hb,91 g/L\n", "HGB", [85, 91]),
        ("patient,day,Hb\nA,1,8.5 g/dL\nA,2,91 g/L\n", "HGB", [85, 91]),
        ("patient,day,Hb (g/dL)\nA,1,8.5 g/dL\nA,2,9.1\n", "HGB", [85, 91]),
        ('patient,day,ANC (cells/uL)\nA,1,"1,500"\nA,2,"3,920"\n', "NE", [1.5, 3.92]),
        ('patient,day,ANC (cells/mm3)\nA,1,"1,500"\nA,2,140\n', "NE", [1.5, 0.14]),
        ('patient,day,PLT (/uL)\nA,1,"98,000"\nA,2,"45,000"\n', "PLT", [98, 45]),
        (f'{LONG}\nA,1,ANC,"1,500",/uL\nA,2,ANC,"3,920",/uL\n', "NE", [1.5, 3.92]),
        ('patient,day,ANC (10^9/L)\nA,1,"1,234"\nA,2,"0,500"\n', "NE", [1.234, 0.5]),
    ],
)
def test_what_the_file_settles_is_read_without_a_question(
    text: str, param: str, found: list[float]
) -> None:
    assert values(read(a=text), param) == pytest.approx(found)


def test_german_thousands_in_a_microlitre_are_read_or_asked() -> None:
    intake = read(a='patient,day,ANC (/uL)\nA,1,"1.030"\nA,2,"2.500"\nA,3,140\nA,4,980\n')
    assert intake.cohort is None or values(intake) == [1.03, 2.5, 0.14, 0.98]


@pytest.mark.parametrize(
    ("text", "param", "other", "found"),
    [
        # One patient in g/dL, in cells/uL, or with thousands read as decimals.
        (
            "patient,day,Hb\nA,1,106\nA,2,92\nA,3,83\nA,4,88\nB,1,11.0\nB,2,9.2\nC,1,99\nC,2,80\n",
            "HGB",
            "g/dL",
            [106, 92, 83, 88, 110, 92, 99, 80],
        ),
        (
            "patient,day,Hb (g/L)\nA,1,106\nA,2,92\nA,3,83\nB,1,11.0\nB,2,9.2\n",
            "HGB",
            "g/dL",
            [106, 92, 83, 110, 92],
        ),
        (
            (
                "patient,day,ANC (10^9/L)\nA,1,1.5\nA,2,0.2\nA,3,2.1\nA,4,2\nA,5,3\n"
                "B,1,1500\nB,2,40\nB,3,300\n"
            ),
            "NE",
            "/uL",
            [1.5, 0.2, 2.1, 2, 3, 1.5, 0.04, 0.3],
        ),
        (
            "patient,day,ANC (/uL)\nA,1,1500\nA,2,200\nA,3,2100\nB,1,1.5\nB,2,0.2\n",
            "NE",
            "10^9/L",
            [1.5, 0.2, 2.1, 1.5, 0.2],
        ),
        (
            "patient,day,PLT (10^9/L)\nA,1,98\nA,2,45\nA,3,120\nB,1,110000\nB,2,90000\n",
            "PLT",
            "/uL",
            [98, 45, 120, 110, 90],
        ),
        (
            f"{LONG}\nA,1,Hb,106,g/L\nA,2,Hb,92,g/L\nA,3,Hb,83,g/L\nB,1,Hb,11.0,g/L\nB,2,Hb,9.2,g/L\n",
            "HGB",
            "g/dL",
            [106, 92, 83, 110, 92],
        ),
    ],
)
def test_a_column_in_two_units_is_asked(
    text: str, param: str, other: str, found: list[float]
) -> None:
    intake = read(a=text)
    assert other in dict(intake.questions[0].options)
    assert values(answered(intake, other), param) == pytest.approx(found)


@pytest.mark.parametrize(
    "column",
    [
        "PLT (10^9/L)\nA,1,98\nA,2,45\nA,3,120\nB,1,1.234\nB,2,90\n",
        "Hb (g/L)\nA,1,98\nA,2,101\nA,3,300\n",
        "ANC (10^9/L)\nA,1,1.5\nA,2,-0.3\nA,3,2\n",
    ],
)
def test_a_count_that_no_patient_has_is_asked(column: str) -> None:
    intake = read(a=f"patient,day,{column}")
    assert intake.questions[0].key[0].startswith("odd values")


@pytest.mark.parametrize(
    ("unit", "why"), [("points", "'points' is not a known unit"), ("", "No unit is given")]
)
def test_results_without_a_known_unit_are_asked_and_the_others_keep_theirs(
    unit: str, why: str
) -> None:
    intake = read(a=f"{LONG}\nA,1,Hb,10,{unit}\nA,2,Hb,91,g/L\n")
    if intake.questions:
        assert why in intake.questions[0].why
        intake = answered(intake, "g/dL")
    assert values(intake, "HGB") == [100, 91]


# --- tables of results under any names ---------------------------------------------------------

PEOPLE = "PATIENT,infusion_date\nA,2021-01-19\nB,2021-01-19\n"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("PATIENT,DATE,DESCRIPTION,VALUE,UNITS", "Hemoglobin"),
        ("PATIENT,when,what,how much,in", "Hemoglobin"),
        ("PATID,SPECIMEN_DATE,LAB_LOINC,RESULT_NUM,RESULT_UNIT", "718-7"),
        (
            "subject.reference,effectiveDateTime,code.text,valueQuantity.value,valueQuantity.unit",
            "Hb",
        ),
        ("患者编号,日期,小项名称,检验结果,单位", "血红蛋白"),
        ("patient,a,b,c,d", "Haemoglobin"),
    ],
)
def test_a_table_of_results_is_known_by_its_cells(header: str, name: str) -> None:
    rows = "".join(
        f"{who},2021-01-{day},{name},{day * 4},g/L\n" for who in "AB" for day in (20, 22, 25)
    )
    intake = read(people=PEOPLE, results=f"{header}\n{rows}")
    assert values(intake, "HGB") == [80, 88, 100, 80, 88, 100]


def test_mimics_items_name_the_tests_of_its_codes() -> None:
    items = (
        "itemid,label,fluid,category\n51222,Hemoglobin,Blood,Hematology\n"
        "51265,Platelet Count,Blood,Hematology\n51516,WBC,Urine,Hematology\n"
    )
    rows = "A,51222,2021-01-20 06:00:00,9.0,g/dL\nA,51265,2021-01-20 06:00:00,40,K/uL\n"
    rows += "A,51516,2021-01-20 06:00:00,3,#/hpf\n" + rows.replace("-20", "-22")
    events = f"subject_id,itemid,charttime,valuenum,valueuom\n{rows}"
    people = "subject_id,infusion_date\nA,2021-01-19\n"
    intake = read(people=people, d_labitems=items, labevents=events)
    assert values(intake, "HGB") == [90, 90]
    assert values(intake, "PLT") == [40, 40]


def test_a_table_with_counts_whose_patients_are_not_known_is_asked() -> None:
    rows = "".join(f"{who},{day},Hb,9{day},g/L\n" for who in "xyz" for day in (1, 2, 3))
    intake = read(a=f"who,day,test,result,unit\n{rows}")
    assert intake.questions[0].key[-1] == "subject_id"
    assert len(values(answered(intake, "who"), "HGB")) == 9


def test_two_columns_of_numbers_are_asked() -> None:
    rows = "".join(f"A,2021-01-{day},Hb,9{day % 10},1{day % 7}\n" for day in (20, 22, 25))
    intake = read(people=PEOPLE, a=f"PATIENT,DATE,what,first,second\n{rows}")
    assert intake.questions[0].key == ("field", "a.csv", "", "value")


def test_a_list_of_tests_is_no_table_of_results() -> None:
    counts = "patient,day,Hb (g/L)\nA,1,90\n"
    ranges = "test,unit,from,to\nHb,g/L,120,160\nPLT,10^9/L,150,400\nANC,10^9/L,1.8,6\n"
    assert values(read(counts=counts, ranges=ranges), "HGB") == [90]


@pytest.mark.parametrize("limits", ["115-150", "115 - 150", "115–150", "> 115", "(115 to 150)"])
@pytest.mark.parametrize("header", ["reference range", "Ref. range", "参考范围", "LLN"])
def test_a_range_of_normal_gives_the_lower_limit(limits: str, header: str) -> None:
    intake = read(a=f"{LONG},{header}\nA,1,Hb,100,g/L,{limits}\nA,2,Hb,90,g/L,{limits}\n")
    assert intake.cohort is not None
    assert intake.cohort.counts["lln"].tolist() == [115, 115]


def test_a_point_that_r_made_of_a_minus_is_one_in_headers() -> None:
    intake = read(
        a="patient,HGB_D.4 (g/L),HGB_D0 (g/L),HGB_D.7 (g/L),HGB_D7 (g/L)\nA,90,91,92,93\n"
    )
    assert intake.cohort is not None
    days = dict(zip(intake.cohort.counts["value"], intake.cohort.counts["day"], strict=True))
    assert days == {90: -4, 91: 0, 92: -7, 93: 7}


@pytest.mark.parametrize(
    ("dose", "unit"),
    [("-20", "mg/day"), ("2000", "mg/day"), ("-0.5", "mg/kg/day"), ("30", "mg/kg/day")],
)
def test_a_dose_that_nobody_is_given_is_asked(dose: str, unit: str) -> None:
    text = "patient,drug,dose,unit,start day,end day\n"
    text += f"A,prednisone,{dose},{unit},30,36\nA,prednisone,1,{unit},37,40\n"
    intake = read(a=text, people="patient,weight (kg)\nA,50\n")
    (question,) = [one for one in intake.questions if one.key[0].startswith("odd doses")]
    assert dose in question.text


def test_days_that_are_all_negative_are_asked() -> None:
    intake = read(a="patient,day,Hb (g/L)\nA,-1,90\nA,-7,91\nA,-28,92\n")
    assert intake.questions[0].key[0] == "minus"
    for answer, days in (("before", [-28, -7, -1]), ("after", [1, 7, 28])):
        found = answered(intake, answer)
        assert found.cohort is not None
        assert sorted(found.cohort.counts["day"]) == days


def test_a_flag_is_no_unit_of_counts_whose_test_has_one() -> None:
    header = "USUBJID,PARAM,PARAMCD,AVAL,ADY,ABLFL"
    name = "Neutrophils (10^9/L),NEUT"
    assert values(read(a=f"{header}\nA,{name},1.5,-4,Y\nA,{name},0.4,8,\n")) == [1.5, 0.4]


def test_a_sheet_of_a_test_may_have_the_unit_in_its_name() -> None:
    assert values(read(**{"HGB (g_L)": "patient,D0,D7\nA,90,80\nB,95,85\n"}), "HGB") == [
        *(90, 80),
        *(95, 85),
    ]


@pytest.mark.parametrize(("answer", "platelets"), [("missing", [40]), ("count", [40, 999, 999])])
def test_a_count_that_may_be_a_code_for_missing_is_asked_about(
    answer: str, platelets: list[float]
) -> None:
    intake = read(a="patient,day,HGB (g/L),PLT (10^9/L)\nA,1,90,40\nA,2,999,999\nA,3,91,999\n")
    assert intake.questions[0].proposed == ("missing",)
    assert values(answered(intake, answer), "PLT") == platelets
    assert values(answered(intake, answer), "HGB") == [90, 91]


def test_platelets_of_999_among_such_counts_are_not_asked_about() -> None:
    text = "patient,day,PLT (10^9/L)\nA,1,999\nA,2,1100\nA,3,450\n"
    assert values(read(a=text), "PLT") == [999, 1100, 450]


@pytest.mark.parametrize(("answer", "hemoglobin"), [("min", 90), ("first", 100), ("last", 90)])
def test_which_of_two_values_of_a_day_counts_is_asked_and_stated(
    answer: str, hemoglobin: float
) -> None:
    intake = read(a="patient,day,HGB (g/L)\nA,1,100\nA,1,90\nA,2,95\n")
    assert "1 patient-day has two different values" in intake.questions[0].text
    again = answered(intake, answer)
    assert values(again, "HGB") == [hemoglobin, 95]
    assert again.cohort is not None
    assert "several values on one day" in again.cohort.stated[0]


@pytest.mark.parametrize("cell", ["ND", "n.d."])
def test_a_count_that_was_not_done_or_not_detected_is_asked_about(cell: str) -> None:
    intake = read(a=f"patient,day,ANC (10^9/L)\nA,1,{cell}\nA,2,1.5\nA,3,0.1\n")
    assert intake.questions[0].cells == ((cell, 1),)
    assert values(answered(intake, {cell: ""})) == [1.5, 0.1]
    assert values(answered(intake, {cell: "<0.1"})) == [BELOW[0], 1.5, 0.1]


def test_a_comma_in_a_column_of_both_marks_is_asked_about() -> None:
    text = 'patient,day,PLT\nA,1,"7,5"\nA,2,7.5\nA,3,"1,250"\nA,4,1.250\n'
    assert [question.key[0] for question in read(a=text).questions] == ["decimal"]


def test_ranges_of_normal_beside_their_counts_are_limits() -> None:
    cohort = read(
        a="patient,day,HGB (g/L),HGB ref range,PLT (10^9/L),PLT ref range\n"
        "A,1,90,115-150,40,125 - 350\nA,2,91,115-150,50,125 - 350\n"
    ).cohort
    assert cohort is not None
    assert cohort.counts.groupby("param", observed=True)["lln"].unique().map(list).to_dict() == {
        "HGB": [115],
        "PLT": [125],
    }
