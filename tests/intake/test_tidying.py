"""What files mean, on small files whose days, units, doses and outcomes were worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from pht_core.intake.questions import answer_question
from pht_core.intake.reading import Intake, read_again, read_cohort, read_files
from pht_core.intake.source import SourceFile
from pht_core.model.cohort import Cohort
from pht_core.model.errors import BlockedCohort
from pht_core.model.findings import format_finding
from pht_core.paper.form import format_form, write_form
from pht_core.stats.event_times import count_left_out, derive_times

BLOCKS, CHANGES, NOTE = "blocks", "changes a result", "note"


def read(**texts: str) -> Intake:
    """Files by their names, as CSV."""
    return read_files([SourceFile(f"{name}.csv", text.encode()) for name, text in texts.items()])


def cohort_of(intake: Intake) -> Cohort:
    assert intake.cohort is not None, said(intake, BLOCKS)
    return intake.cohort


def said(intake: Intake, severity: str) -> str:
    found = intake.findings[intake.findings["severity"] == severity]
    return " ".join(format_finding(row) for row in found.itertuples())


def counts(intake: Intake) -> list[list[object]]:
    table = cohort_of(intake).counts[["subject_id", "day", "param", "value"]].astype(object)
    return [list(row) for row in table.to_numpy().tolist()]


# --- days ------------------------------------------------------------------------------------


def test_dates_are_counted_from_each_patients_infusion() -> None:
    intake = read(
        people="patient,infusion date\nA,2022-02-27\nB,2022-03-01\n",
        blood="patient,date,Hb (g/L)\nA,2022-03-01,90\nB,2022-02-27,91\nC,2022-03-01,92\n",
    )
    # 2022 is no leap year: 27 February to 1 March is two days.
    assert counts(intake) == [["A", 2, "HGB", 90.0], ["B", -2, "HGB", 91.0]]
    assert "1 patient has dates but no date of infusion (C)." in said(intake, CHANGES)
    assert "1 patient (C) of blood.csv is not in people.csv." in said(intake, CHANGES)


def test_the_time_of_day_does_not_count() -> None:
    intake = read(
        blood="patient,infusion date,date,Hb (g/L)\nA,2022-03-01 23:00,2022-03-02 01:00,90\n"
        "B,2022-03-01 01:00,2022-03-01 23:00,91\n"
    )
    assert [row[:2] for row in counts(intake)] == [["A", 1], ["B", 0]]


def test_an_unclear_order_of_dates_is_asked_once_and_the_answer_is_used() -> None:
    text = "patient,infusion date,date,Hb (g/L)\nA,01/03/2022,03/04/2022,90\n"
    intake = read(blood=text)
    assert intake.cohort is None
    assert [question.key for question in intake.questions] == [("date_order",)]
    [question] = intake.questions
    first = read_again(intake, answer_question(intake.mapping, question, "day-month"))
    # 1 March to 3 April, and 3 January to 4 March.
    assert counts(first) == [["A", 33, "HGB", 90.0]]
    second = read_again(intake, answer_question(intake.mapping, question, "month-day"))
    assert counts(second) == [["A", 60, "HGB", 90.0]]


def test_one_date_that_fits_one_order_settles_the_file() -> None:
    text = "patient,infusion date,date,Hb (g/L)\nA,13/03/2022,03/04/2022,90\n"
    assert counts(read(blood=text)) == [["A", 21, "HGB", 90.0]]


def test_adams_day_1_is_the_infusion() -> None:
    intake = read(
        adlb="USUBJID,PARAMCD,AVAL,AVALU,ADY\nA,HGB,90,g/L,-1\nA,HGB,91,g/L,1\nA,HGB,92,g/L,15\n"
    )
    assert [row[1] for row in counts(intake)] == [-1, 0, 14]
    assert "Days were shifted by -1 (infusion = day 0)." in said(intake, NOTE)


def test_the_day_that_dates_show_tells_what_the_infusions_day_is_called() -> None:
    intake = read(
        blood="patient,infusion date,date,day,Hb (g/L)\n"
        "A,2022-03-01,2022-03-01,1,90\nA,2022-03-01,2022-03-15,15,91\n"
    )
    assert [row[1] for row in counts(intake)] == [0, 14]


def test_a_day_that_its_date_denies_is_asked_about() -> None:
    rows = "".join(f"A,2022-03-01,2022-03-{day:02d},{day - 1},90\n" for day in range(2, 20))
    text = f"patient,infusion date,date,day,Hb (g/L)\n{rows}A,2022-03-01,2022-03-25,42,91\n"
    intake = read(blood=text)
    (question,) = intake.questions
    assert "1 row, the first 42 instead of 24" in question.why
    for answer, last in (("day", 42), ("date", 24)):
        again = read_again(intake, answer_question(intake.mapping, question, answer))
        assert counts(again)[-1][1] == last


def test_visits_name_their_days() -> None:
    intake = read(
        blood="record_id,redcap_event_name,hgb_g_l\n1,day_7_arm_1,90\n1,week_4_arm_1,91\n1,baseline_arm_1,92\n"
    )
    baseline = intake.questions[0]
    assert (baseline.cells, baseline.proposed) == ((("baseline_arm_1", 1),), ("day -7",))
    for answer, before in (("", []), ("day -7", [[-7, "HGB", 92.0]])):
        answered = answer_question(intake.mapping, baseline, {"baseline_arm_1": answer})
        found = [row[1:] for row in counts(read_again(intake, answered))]
        assert found == [*before, [7, "HGB", 90.0], [28, "HGB", 91.0]]


# --- units -----------------------------------------------------------------------------------

SAME = {
    "g/dL in the header": "patient,day,Hb (g/dL)\nA,1,8.1\n",
    "g/dL in the cells": "patient,day,Hb\nA,1,8.1 g/dL\n",
    "g/dL in a column": "patient,day,test,result,unit\nA,1,Hb,8.1,g/dL\n",
    "g/dL in the name": "USUBJID,ADY,PARAMCD,PARAM,AVAL\nA,2,HGB,Hemoglobin (g/dL),8.1\n",
}


@pytest.mark.parametrize("where", SAME)
def test_a_unit_may_stand_in_four_places(where: str) -> None:
    intake = read(blood=SAME[where])
    assert counts(intake) == [["A", 1, "HGB", pytest.approx(81)]]
    assert "1 value of " in said(intake, NOTE)  # every conversion is listed
    assert "Converted to g/L: 8.1 g/dL = 81 g/L." in said(intake, NOTE)


def test_cells_per_microlitre_are_converted() -> None:
    intake = read(blood="patient,day,PLT (/uL),ANC (K/uL)\nA,1,50000,0.5\n")
    assert counts(intake) == [["A", 1, "NE", 0.5], ["A", 1, "PLT", 50.0]]


def test_each_result_is_read_in_its_own_unit_and_that_is_said() -> None:
    intake = read(
        blood="patient,day,test,result,unit,LLN\nA,1,Hb,8.1,g/dL,12\nA,2,Hb,82,g/L,120\nA,3,Hb,83,,\n"
    )
    table = cohort_of(intake).counts.astype(object)
    assert table["value"].tolist() == [pytest.approx(81), 82, 83]
    assert table["lln"].tolist()[:2] == [pytest.approx(120), 120]
    assert table["unit"].tolist() == ["g/L"] * 3  # 83 is a hemoglobin in no other unit
    assert "1 without; 1 in g/dL; 1 in g/L" in said(intake, NOTE)


def test_a_unit_is_asked_where_two_fit_and_inferred_where_one_does() -> None:
    asked = read(blood="patient,day,Hb\nA,1,8.1\nA,2,7.5\n")
    assert asked.cohort is None
    [question] = asked.questions
    assert [value for value, _ in question.options] == ["g/dL", "mmol/L"]
    answered = read_again(asked, answer_question(asked.mapping, question, "mmol/L"))
    # 16.114 g/mmol of haem
    assert [row[3] for row in counts(answered)] == [pytest.approx(130.5234), pytest.approx(120.855)]
    inferred = read(blood="patient,day,Hb\nA,1,81\nA,2,75\n")
    assert [row[3] for row in counts(inferred)] == [81.0, 75.0]
    assert "fit only g/L. Interpreted as g/L." in said(inferred, CHANGES)


def test_a_declared_unit_that_cannot_be_is_asked() -> None:
    intake = read(blood="patient,day,PLT (10^9/L)\nA,1,50000\nA,2,120000\n")
    assert intake.cohort is None
    assert "The file states 10^9/L, but the values (50000 to 120000) fit /uL" in said(
        intake, BLOCKS
    )
    [question] = intake.questions
    kept = read_again(intake, answer_question(intake.mapping, question, "10^9/L"))
    assert [row[3] for row in counts(kept)] == [50000.0, 120000.0]
    assert "lie outside 0 to 3000" in said(kept, CHANGES)


def test_the_unit_of_one_test_among_several_is_answered_for_that_test() -> None:
    intake = read(
        blood="patient,day,test,result\nA,1,Hb,8.1\nA,1,PLT,50\nA,2,Hb,7.5\nA,2,PLT,150\n"
    )
    asked = {question.key[3] for question in intake.questions}
    assert "HGB" in asked
    mapping = intake.mapping
    for question in intake.questions:
        unit = "g/dL" if question.key[3] == "HGB" else "10^9/L"
        mapping = answer_question(mapping, question, unit)
    assert counts(read_again(intake, mapping)) == [
        ["A", 1, "HGB", pytest.approx(81)],
        ["A", 2, "HGB", pytest.approx(75)],
        ["A", 1, "PLT", 50.0],
        ["A", 2, "PLT", 150.0],
    ]


def test_columns_of_one_lineage_are_judged_together() -> None:
    asked = read(
        blood="patient,Hb D1,Hb D7,PLT (10^9/L) D1,PLT D7\nA,8.1,7.0,150,2\nB,9.5,8.8,90,1\n"
    )
    # The platelets of day 7 alone would fit 10^4/uL as well; hemoglobin is asked once.
    [question] = asked.questions
    answered = read_again(asked, answer_question(asked.mapping, question, "g/dL"))
    assert counts(answered) == [
        ["A", 1, "HGB", pytest.approx(81)],
        ["A", 7, "HGB", pytest.approx(70)],
        ["A", 1, "PLT", 150.0],
        ["A", 7, "PLT", 2.0],
        ["B", 1, "HGB", pytest.approx(95)],
        ["B", 7, "HGB", pytest.approx(88)],
        ["B", 1, "PLT", 90.0],
        ["B", 7, "PLT", 1.0],
    ]
    assert "4 values of Hb D1 and 1 more column are in g/dL" in said(answered, NOTE)


def test_a_limit_stands_in_the_unit_of_its_count() -> None:
    intake = read(blood="patient,day,Hb (g/dL),Hb LLN,PLT (10^9/L)\nA,1,8.1,12,50\n")
    limits = cohort_of(intake).counts.set_index("param")["lln"]
    assert limits["HGB"] == pytest.approx(120)


def test_neutrophils_in_percent_are_no_counts() -> None:
    intake = read(
        blood="patient,day,test,result,unit\nA,1,NEUT,45,%\nA,1,WBC,2.0,10^9/L\nA,2,NEUT,1.1,10^9/L\n"
    )
    assert counts(intake) == [["A", 1, "NE", pytest.approx(0.9)], ["A", 2, "NE", 1.1]]


def test_neutrophils_are_computed_from_white_cells_and_percents() -> None:
    intake = read(
        blood="patient,day,WBC (10^9/L),polys %,bands %,ANC (10^9/L)\n"
        "A,1,2.0,40,5,\nA,2,4.0,50,10,1.1\nA,3,3.0,50,,\n"
    )
    # Day 1: 2.0 x 45% = 0.9; day 2 has its own count; day 3 lacks the bands.
    assert counts(intake) == [["A", 1, "NE", pytest.approx(0.9)], ["A", 2, "NE", 1.1]]
    assert "1 neutrophil count is not in the file." in said(intake, CHANGES)
    long = read(
        blood="patient,day,test,result,unit\nA,1,WBC,2.0,10^9/L\nA,1,Neutrophils %,45,%\n"
        "A,1,Hb,90,g/L\n"
    )
    assert ["A", 1, "NE", pytest.approx(0.9)] in counts(long)


# --- steroids --------------------------------------------------------------------------------


def doses(intake: Intake) -> list[list[object]]:
    table = cohort_of(intake).prednisone[["drug", "start_day", "end_day", "dose"]]
    return [
        [None if cell != cell else cell for cell in row]
        for row in table.astype(object).to_numpy().tolist()
    ]


def test_doses_in_mg_are_divided_by_the_weight() -> None:
    intake = read(
        dose="patient,day,weight (kg),prednisone (mg/day)\n"
        "A,30,60,30\nA,31,60,30\nA,32,60,15\nB,30,,40\n"
    )
    assert doses(intake) == [
        ["prednisone", 30, 31, 0.5],
        ["prednisone", 32, 32, 0.25],
        ["prednisone", 30, 30, 40],
    ]
    assert cohort_of(intake).prednisone["dose_unit"].dropna().to_dict() == {2: "mg/day"}
    assert "The weight is unknown for 1 dose in mg/day. Kept and shown in mg/day." in said(
        intake, CHANGES
    )
    assert "3 doses are in mg/day. Divided by the patient's weight" in said(intake, NOTE)


def test_grams_of_a_patient_without_a_weight_are_mg() -> None:
    intake = read(
        cm="patient,drug,dose,dose unit,first day,last day\n"
        "A,methylprednisolone,1,g,3,5\nA,prednisone,60,mg,6,9\nA,prednisone,2,g,10,10\n"
    )
    assert doses(intake) == [
        ["methylprednisolone", 3, 5, 1000],
        ["prednisone", 6, 9, 60],
        ["prednisone", 10, 10, 2000],
    ]
    assert cohort_of(intake).prednisone["dose_unit"].tolist() == ["mg/day"] * 3
    # 1400 mg/day are 20 mg/kg/day of 70 kg.
    assert "A has dose 2000, more than 1400." in said(intake, CHANGES)


def test_a_patient_with_doses_in_two_units_and_no_weight() -> None:
    intake = read(
        cm="patient,drug,dose,dose unit,first day,last day\n"
        "A,prednisone,0.5,mg/kg/day,30,39\nA,prednisone,20,mg,40,49\n"
        "B,prednisone,20,mg,40,49\n"
    )
    # A's two doses cannot be compared: of the second only its days are known.
    assert doses(intake) == [
        ["prednisone", 30, 39, 0.5],
        ["prednisone", 40, 49, None],
        ["prednisone", 40, 49, 20],
    ]
    assert cohort_of(intake).prednisone["dose_unit"].dropna().to_dict() == {2: "mg/day"}
    assert (
        "1 patient has doses in mg/kg/day and in mg/day but no weight: A. Their doses in mg/day "
        "are counted as days on the drug; the dose is unknown." in said(intake, CHANGES)
    )


def test_flags_say_days_on_the_drug_without_a_dose() -> None:
    intake = read(dose="patient,day,prednisone\nA,30,yes\nA,31,yes\nA,32,no\nA,35,yes\n")
    assert doses(intake) == [["prednisone", 30, 31, None], ["prednisone", 35, 35, None]]
    assert "records only whether the drug was given" in said(intake, NOTE)


def test_an_unreadable_dose_is_no_day_off_the_drug() -> None:
    intake = read(
        dose="patient,day,prednisone (mg/kg/day)\nA,30,0.5\nA,31,0.5 BID\nA,32,0.5 BID\n"
        "A,33,half of 0.5\nA,34,0.5\nA,35,held\nA,36,\n"
    )
    # One course from day 30 to 34: the dose of three of its days cannot be read.
    assert doses(intake) == [
        ["prednisone", 30, 30, 0.5],
        ["prednisone", 31, 33, None],
        ["prednisone", 34, 34, 0.5],
    ]
    assert (
        "3 cells contain doses that cannot be read, the first '0.5 BID'. Counted as days on"
        in said(intake, CHANGES)
    )
    assert "1 cell contains no dose: 'held'. Counted as a day off the drug." in said(
        intake, CHANGES
    )


def test_rows_of_doses_name_their_drugs() -> None:
    intake = read(
        cm="USUBJID,CMTRT,CMDOSE,CMDOSU,ASTDY,AENDY\n"
        "A,PREDNISOLONE,0.5,mg/kg,31,40\nA,Dexamethasone,10,mg,4,6\nA,Paracetamol,500,mg,1,2\n",
        people="USUBJID,WEIGHT (kg)\nA,50\n",
    )
    # ADaM's days: 31 is day 30 after infusion.
    assert sorted(doses(intake), key=str) == [
        ["dexamethasone", 3, 5, 0.2],
        ["prednisolone", 30, 39, 0.5],
    ]
    assert "lists a drug not recognized as a corticosteroid: 'Paracetamol'" in said(intake, NOTE)


# --- outcomes --------------------------------------------------------------------------------


def outcomes(intake: Intake) -> dict[str, dict[str, float]]:
    table = cohort_of(intake).outcomes.set_index("subject_id")
    table.columns = table.columns.str.removesuffix("_months")
    rows = {str(name): row.dropna().to_dict() for name, row in table.iterrows()}
    return {
        name: {str(key): round(float(value), 4) for key, value in row.items()}
        for name, row in rows.items()
    }


def ended(os: float, os_event: int, pfs: float, pfs_event: int) -> dict[str, float]:
    return {"os": os, "os_event": os_event, "pfs": pfs, "pfs_event": pfs_event}


def test_outcomes_in_days_and_dates_are_months_of_30_4375_days() -> None:
    intake = read(
        people="patient,infusion date,date of death,last follow-up (days)\n"
        "A,2022-01-01,2022-03-03,61\nB,2022-01-01,,365.25\n"
    )
    assert outcomes(intake) == {
        "A": {"last_followup": 2.0041, "death": 2.0041},  # 61 days
        "B": {"last_followup": 12.0},
    }


def test_times_to_event_give_death_progression_and_follow_up() -> None:
    intake = read(
        adtte="USUBJID,PARAMCD,AVAL,AVALU,CNSR\n"
        "A,OS,10,MONTHS,1\nA,PFS,4,MONTHS,0\nB,OS,6,MONTHS,0\nB,PFS,6,MONTHS,0\nC,OS,8,MONTHS,1\nC,PFS,8,MONTHS,1\n"
    )
    assert outcomes(intake) == {
        "A": {"last_followup": 10, "progression": 4} | ended(10, 0, 4, 1),
        "B": {"last_followup": 6, "death": 6} | ended(6, 1, 6, 1),
        "C": {"last_followup": 8} | ended(8, 0, 8, 0),
    }


def test_cbioportals_status_is_read_by_its_words() -> None:
    intake = read(
        clinical="PATIENT_ID,OS_MONTHS,OS_STATUS,PFS_MONTHS,PFS_STATUS\n"
        "A,10,0:LIVING,4,1:PROGRESSED\nB,6,1:DECEASED,6,1:PROGRESSED\n"
    )
    assert outcomes(intake) == {
        "A": {"last_followup": 10, "progression": 4} | ended(10, 0, 4, 1),
        "B": {"last_followup": 6, "death": 6} | ended(6, 1, 6, 1),
    }


@pytest.mark.parametrize(
    ("alive", "dead"),
    [
        ("alive", "expired"),
        ("lebt", "verstorben"),
        ("vivo", "muerto"),
        ("健在", "已故"),
        ("生", "死"),
    ],
)
def test_words_of_life_and_death_are_read_in_many_languages(alive: str, dead: str) -> None:
    intake = read(
        people=f"patient,last follow-up (months),vital status\nA,10,{alive}\nB,6,{dead}\n"
    )
    assert outcomes(intake) == {"A": {"last_followup": 10}, "B": {"last_followup": 6, "death": 6}}
    assert "neither yes nor no" not in said(intake, CHANGES)


def test_dead_or_alive_goes_with_the_last_follow_up() -> None:
    intake = read(people="patient,last follow-up (months),vital status\nA,10,alive\nB,6,dead\n")
    assert outcomes(intake) == {"A": {"last_followup": 10}, "B": {"last_followup": 6, "death": 6}}


@pytest.mark.parametrize(
    "text",
    [
        "patient,OS months,OS event\nA,5,1\nB,6,\nC,9,0\n",
        "USUBJID,PARAMCD,AVAL,AVALU,CNSR\nA,OS,5,MONTHS,0\nB,OS,6,MONTHS,\nC,OS,9,MONTHS,1\n",
        "patient,last follow-up (months),vital status\nA,5,dead\nB,6,\nC,9,alive\n",
    ],
)
def test_a_status_that_is_not_told_is_asked_about_and_left_out_or_censored(text: str) -> None:
    intake = read(adtte=text)
    (question,) = intake.questions
    assert "1 patient has no answer in" in question.text
    assert "(B)" in question.text
    censored = read_again(intake, answer_question(intake.mapping, question, "no"))
    times = derive_times(cohort_of(censored).outcomes, "os")
    assert times["time"].tolist() == [5, 6, 9]
    assert times["event"].tolist() == [True, False, False]
    left_out = read_again(intake, answer_question(intake.mapping, question, ""))
    times = derive_times(cohort_of(left_out).outcomes, "os")
    assert times["subject_id"].tolist() == ["A", "C"]
    absent = count_left_out(cohort_of(left_out).outcomes, "os").iloc[0]
    assert absent.tolist() == ["whether the event happened is not recorded", 1, "B"]


def test_a_reversed_censoring_is_asked_about() -> None:
    rows = "A,OS,10,MONTHS,0,Alive\nB,OS,6,MONTHS,1,Death\nC,OS,7,MONTHS,1,Death\n"
    intake = read(adtte=f"USUBJID,PARAMCD,AVAL,AVALU,CNSR,EVNTDESC\n{rows}")
    (question,) = intake.questions
    assert question.text == "Is 'CNSR' coded the other way round?"
    assert "contradicts the words of 'EVNTDESC' in 3 of 3 cases" in question.why
    reversed_ = read_again(intake, answer_question(intake.mapping, question, "reversed"))
    assert derive_times(cohort_of(reversed_).outcomes)["event"].tolist() == [False, True, True]
    as_it_stands = read_again(intake, answer_question(intake.mapping, question, "as it stands"))
    assert derive_times(cohort_of(as_it_stands).outcomes)["event"].tolist() == [True, False, False]
    right = rows.replace("S,0,", "S,x,").replace("S,1,", "S,0,").replace("S,x,", "S,1,")
    intake = read(adtte=f"USUBJID,PARAMCD,AVAL,AVALU,CNSR,EVNTDESC\n{right}")
    assert intake.questions == ()


def test_deaths_that_are_no_events_of_progression_free_survival_are_asked_about() -> None:
    intake = read(
        people="patient,OS months,OS event,PFS months,PFS event\nA,5,1,5,0\nB,6,1,6,0\nC,9,0,4,1\n"
    )
    (question,) = intake.questions
    assert question.text == "Is 'PFS event' coded the other way round?"
    assert "in 2 of 2 cases" in question.why


def test_times_without_censoring_are_refused() -> None:
    with pytest.raises(BlockedCohort, match="no column of censoring"):
        read_cohort(b"USUBJID,PARAMCD,AVAL,AVALU\nA,OS,10,MONTHS\nB,OS,11,MONTHS\n", "adtte.csv")


# --- support, events, other values -------------------------------------------------------------


def test_a_column_of_another_steroid_says_nothing_of_prednisone() -> None:
    intake = read(dose="patient,day,dexamethasone (mg/kg/day)\nA,3,0.2\nA,4,0.2\n")
    assert doses(intake) == [["dexamethasone", 3, 4, 0.2]]
    assert not cohort_of(intake).has("prednisone")


def test_rows_of_one_drug_that_overlap_are_found() -> None:
    intake = read(
        dose="patient,drug,first day,last day,dose (mg/kg/day)\n"
        "A,prednisone,30,40,0.5\nA,prednisone,38,50,0.25\nA,dexamethasone,38,39,0.1\n"
    )
    assert "1 row begins before the previous row of the same drug ends (day 38 of A)" in said(
        intake, CHANGES
    )


def test_support_with_a_last_day_stands_for_every_day() -> None:
    intake = read(
        cm="patient,drug,first day,last day\nA,Filgrastim,3,5\nA,prednisone,30,31\n",
    )
    support = cohort_of(intake).support[["day", "kind"]].astype(object).to_numpy().tolist()
    assert support == [[3, "gcsf"], [4, "gcsf"], [5, "gcsf"]]
    assert cohort_of(intake).has("gcsf")
    assert not cohort_of(intake).has("platelets")


def test_other_laboratory_values_are_kept_with_their_units() -> None:
    intake = read(
        blood="patient,day,test,result,unit\nA,1,CRP,3,mg/dL\nA,1,Ferritin,800,ng/mL\nA,1,Hb,90,g/L\n"
    )
    labs = (
        cohort_of(intake).labs[["day", "test", "value", "unit"]].astype(object).to_numpy().tolist()
    )
    assert labs == [[1, "CRP", 30.0, "mg/L"], [1, "FERRITIN", 800.0, "ng/mL"]]


def test_patients_of_one_table_only_are_named() -> None:
    intake = read(
        people="patient,sex\nA,F\nB,M\n",
        blood="patient,day,Hb (g/L)\nA,1,90\nX,1,91\n",
    )
    assert "1 patient (X) of blood.csv is not in people.csv." in said(intake, CHANGES)
    assert "1 patient (B) of people.csv has no row in blood.csv." in said(intake, NOTE)
    assert cohort_of(intake).subject_ids == ["A", "B", "X"]


def test_the_templates_examples_are_left_out_beside_real_patients() -> None:
    filled = format_form().decode().rstrip("\n") + "\nA,50,F" + "," * 16 + ",,,28,90\n"
    intake = read(form=filled)
    assert cohort_of(intake).subject_ids == ["A"]
    assert counts(intake) == [["A", 28, "HGB", 90.0]]
    assert "2 patients are examples from the template" in said(intake, NOTE)
    untouched = read_files([SourceFile("form.xlsx", write_form())])
    assert "examples from the template (EXAMPLE-1 …). Shown" in said(untouched, CHANGES)


def test_birth_dates_are_dropped_and_said() -> None:
    intake = read(people="patient,birth date,sex,infusion date\nA,1990-01-01,F,2022-01-01\n")
    assert "looks like a birth date. Dropped" in said(intake, NOTE)
    assert np.isnan(cohort_of(intake).subjects["age_years"].iloc[0])


def test_a_question_is_no_finding_once_it_is_answered() -> None:
    asked = read(blood="patient,day,Hb\nA,1,8.1\nA,2,7.5\n")
    answered = read_again(asked, answer_question(asked.mapping, asked.questions[0], "g/dL"))
    assert answered.questions == ()
    assert isinstance(answered.findings, pd.DataFrame)
    assert BLOCKS not in set(answered.findings["severity"])
