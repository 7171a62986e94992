"""Where a file says a thing twice, or half: which of the two sayings counts, by hand."""

from dataclasses import replace

import pandas as pd
import pytest

from pht_core.intake.mapping_file import format_mapping, read_mapping
from pht_core.intake.questions import answer_question
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.source import SourceFile
from pht_core.model.findings import CHANGES, format_finding

DAYS = 30.4375


def read(**texts: str) -> Intake:
    return read_files([SourceFile(f"{name}.csv", text.encode()) for name, text in texts.items()])


def told(intake: Intake) -> str:
    grave = intake.findings[intake.findings["severity"] == CHANGES]
    return " ".join(format_finding(row) for row in grave.itertuples())


def asked(intake: Intake) -> list[str]:
    assert intake.cohort is None
    return [question.key[0] for question in intake.questions]


def counts(intake: Intake, *columns: str) -> list[tuple[object, ...]]:
    assert intake.cohort is not None
    table = intake.cohort.counts[list(columns or ("day", "param", "value"))].astype(object)
    return sorted((tuple(row) for row in table.to_numpy().tolist()), key=str)


def outcome(intake: Intake, column: str) -> list[float | None]:
    assert intake.cohort is not None
    values = intake.cohort.outcomes[f"{column}_months"].tolist()
    return [None if pd.isna(value) else round(value, 4) for value in values]


def dose(intake: Intake) -> list[tuple[object, ...]]:
    assert intake.cohort is not None
    table = intake.cohort.prednisone[["start_day", "end_day", "dose"]].astype(object)
    return [tuple(row) for row in table.to_numpy().tolist()]


# --- days ------------------------------------------------------------------------------------


def test_a_few_days_that_are_one_off_do_not_move_the_others() -> None:
    rows = "".join(f"A,2022-03-01,2022-03-{day + 1:02d},{day},90\n" for day in range(2, 10))
    # The last two are one more than their dates give: 11 March is day 10.
    rows += "A,2022-03-01,2022-03-11,11,91\nA,2022-03-01,2022-03-13,13,92\n"
    intake = read(blood=f"patient,infusion date,date,day,Hb (g/L)\n{rows}")
    assert asked(intake) == ["day or date"]
    again = read_again(intake, answer_question(intake.mapping, intake.questions[0], "day"))
    assert {row[0] for row in counts(again)} == {*range(2, 10), 11, 13}


def test_dates_show_that_adams_days_count_from_0() -> None:
    intake = read(
        adlb="USUBJID,PARAMCD,AVAL,AVALU,ADY,ADT,TRTSDT\n"
        "A,HGB,90,g/L,7,2022-03-08,2022-03-01\nA,HGB,91,g/L,14,2022-03-15,2022-03-01\n"
    )
    assert {row[0] for row in counts(intake)} == {7, 14}


def test_a_date_fills_what_the_days_column_lacks() -> None:
    intake = read(
        blood="patient,infusion date,date,day,Hb (g/L)\nA,2022-03-01,2022-04-12,42,90\n"
        "A,2022-03-01,2022-03-08,,91\n"
    )
    assert counts(intake) == [(42, "HGB", 90.0), (7, "HGB", 91.0)]


def test_one_serial_among_days_is_no_day_and_makes_the_others_no_dates() -> None:
    intake = read(blood="patient,day,Hb (g/L)\nA,1,90\nA,2,91\nA,44628,92\n")
    assert asked(intake) == ["cells"]
    assert intake.questions[0].cells == (("44628", 1),)
    answered = answer_question(intake.mapping, intake.questions[0], {"44628": ""})
    assert counts(read_again(intake, answered)) == [(1, "HGB", 90.0), (2, "HGB", 91.0)]


def test_a_minus_in_a_visits_name_is_before_infusion() -> None:
    intake = read(blood="patient,visit,Hb (g/L)\nA,Day -5,90\nA,D–2,91\nA,Week -1,92\nA,D+3,93\n")
    assert {row[0] for row in counts(intake)} == {-5, -2, -7, 3}


# --- units -----------------------------------------------------------------------------------


def test_days_of_one_lineage_in_two_units_keep_each_their_own() -> None:
    intake = read(blood="patient,PLT_D0 (10^9/L),PLT_D7 (/uL)\nA,150,45000\nB,120,60000\n")
    assert sorted(counts(intake)) == [
        (0, "PLT", 120.0),
        (0, "PLT", 150.0),
        (7, "PLT", 45.0),
        (7, "PLT", 60.0),
    ]


def test_another_unit_in_the_cells_than_in_the_header_is_asked() -> None:
    intake = read(blood="patient,day,Hb (g/L)\nA,1,8.5 g/dL\nA,2,9 g/dL\n")
    assert "Its cells give the unit 'g/dL', its header 'g/L'." in intake.questions[0].why
    answered = answer_question(intake.mapping, intake.questions[0], "g/dL")
    assert [row[2] for row in counts(read_again(intake, answered))] == [85.0, 90.0]


def test_the_users_decimal_mark_wins_over_the_one_that_another_column_shows() -> None:
    intake = read(blood='patient,day,Hb (g/dL),PLT (/uL)\nA,1,"8,15","45,000"\n')
    assert asked(intake) == ["unit"]  # 45 with three decimals, as Hb has it, fits no /uL
    intake = read_again(intake, replace(intake.mapping, decimal="."))
    assert ("PLT", 45.0) in [row[1:] for row in counts(intake)]


def test_two_decimal_marks_in_one_table_settle_nothing_but_a_unit_does() -> None:
    text = 'patient,day,Hb (g/dL),ANC (10^9/L),PLT{}\nA,1,8.1,"0,5","45,000"\n'
    assert asked(read(blood=text.format(""))) == ["decimal"]
    assert (1, "PLT", 45.0) in counts(read(blood=text.format(" (/uL)")))


def test_a_rows_own_unit_wins_over_the_one_in_its_tests_name() -> None:
    intake = read(
        adlb="USUBJID,ADY,PARAMCD,PARAM,AVAL,AVALU\nA,2,HGB,Hemoglobin (g/dL),81,g/L\n"
        "A,3,HGB,Hemoglobin (g/dL),8.2,\n"
    )
    assert [round(float(str(row[2])), 6) for row in counts(intake)] == [81.0, 82.0]


def test_a_tests_code_wins_over_its_words() -> None:
    intake = read(adlb="USUBJID,ADY,PARAMCD,PARAM,AVAL,AVALU\nA,2,HGB,Platelets,81,g/L\n")
    assert counts(intake) == [(1, "HGB", 81.0)]


def test_weights_and_ages_are_converted_from_their_headers_units() -> None:
    intake = read(people="patient,weight (lb),age (months)\nA,132.2774,36\n")
    assert intake.cohort is not None
    person = intake.cohort.subjects.iloc[0]
    assert (round(person["weight_kg"], 3), person["age_years"]) == (60.0, 3.0)


# --- neutrophils that are computed -------------------------------------------------------------


def test_percent_of_neutrophils_wins_over_polys_and_bands() -> None:
    intake = read(blood="patient,day,WBC (10^9/L),NEUT%,polys (%),bands (%)\nA,1,2,50,40,5\n")
    assert counts(intake) == [(1, "NE", 1.0)]


def test_polys_and_bands_are_added() -> None:
    intake = read(blood="patient,day,WBC (10^9/L),polys (%),bands (%)\nA,1,2,40,5\nA,2,2,40,\n")
    assert counts(intake) == [(1, "NE", 0.9)]  # without its bands a draw has no count


def test_more_than_100_percent_gives_no_count() -> None:
    intake = read(blood="patient,day,WBC (10^9/L),NEUT%\nA,1,2,50\nA,2,2,150\n")
    assert counts(intake) == [(1, "NE", 1.0)]
    assert "1 sample has less than 0% or more than 100% neutrophils." in told(intake)


def test_two_white_cell_counts_of_a_day_give_no_neutrophils() -> None:
    intake = read(
        lab="patient,day,test,value,unit\nA,1,WBC,2,10^9/L\nA,1,WBC,4,10^9/L\nA,1,NEUT%,50,%\n"
        "A,2,WBC,3,10^9/L\nA,2,NEUT%,50,%\n"
    )
    assert counts(intake) == [(2, "NE", 1.5)]


# --- doses and support -----------------------------------------------------------------------


def test_doses_that_fit_mg_and_mg_per_kg_are_asked_about() -> None:
    text = (
        "patient,drug,dose,start day,stop day,weight\nA,Prednisone,{},1,5,60\n"
        "A,Prednisone,{},6,9,60\n"
    )
    assert asked(read(cm=text.format(0.5, 30))) == ["unit"]
    assert dose(read(cm=text.format(0.5, 0.25))) == [(1, 5.0, 0.5), (6, 9.0, 0.25)]
    assert dose(read(cm=text.format(30, 15))) == [(1, 5.0, 0.5), (6, 9.0, 0.25)]


def test_a_doses_own_unit_wins_over_its_header_and_no_drug_is_prednisone() -> None:
    intake = read(
        cm="patient,drug,dose (mg/kg),dose unit,start day,stop day,weight\n"
        "A,Prednisone,30,mg,1,5,60\nA,,0.25,mg/kg,6,9,60\nA,Aspirin,1,mg/kg,6,9,60\n"
    )
    assert dose(intake) == [(1, 5.0, 0.5), (6, 9.0, 0.25)]


def test_support_without_a_last_day_is_of_one_day() -> None:
    intake = read(
        blood="patient,day,Hb (g/L)\nA,1,90\n",
        support="patient,kind,start day,end day\nA,G-CSF,4,6\nA,RBC,7,\n",
    )
    assert intake.cohort is not None
    rows = intake.cohort.support[["day", "kind"]].astype(object).to_numpy().tolist()
    assert sorted(map(tuple, rows)) == [(4, "gcsf"), (5, "gcsf"), (6, "gcsf"), (7, "red_cells")]


# --- outcomes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "months"),
    [("days", 40 / DAYS), ("weeks", 280 / DAYS), ("months", 40.0), ("years", 480.0)],
)
def test_times_in_any_unit_become_months(unit: str, months: float) -> None:
    intake = read(people=f"patient,OS ({unit}),OS event\nA,40,1\nB,20,0\n")
    assert outcome(intake, "death") == [round(months, 4), None]


def test_whole_times_without_a_unit_are_asked_about_unless_they_are_too_long_for_months() -> None:
    assert asked(read(people="patient,OS,OS event\nA,15,1\nB,20,0\n")) == ["unit"]
    long = read(people="patient,OS,OS event\nA,450,1\nB,720,0\n")
    assert outcome(long, "death") == [round(450 / DAYS, 4), None]


def test_dates_beside_times_show_days_and_only_days() -> None:
    text = "USUBJID,PARAMCD,AVAL,CNSR,ADT,TRTSDT\nA,OS,{},0,2022-03-31,2022-03-01\n"
    assert outcome(read(adtte=text.format(31)), "death") == [round(31 / DAYS, 4)]
    assert asked(read(adtte=text.format(2))) == ["unit"]


def test_two_rows_of_a_reversed_censoring_are_enough_to_say_so() -> None:
    intake = read(
        adtte="USUBJID,PARAMCD,AVAL,AVALU,CNSR,EVNTDESC\nA,OS,5,MONTHS,1,Death\n"
        "B,OS,9,MONTHS,0,Alive\n"
    )
    assert asked(intake) == ["coding"]
    assert "in 2 of 2 cases" in intake.questions[0].why


def test_a_row_whose_censoring_is_empty_says_nothing() -> None:
    intake = read(
        adtte="USUBJID,PARAMCD,AVAL,AVALU,CNSR\nA,OS,15,MONTHS,\nA,OS,15,MONTHS,0\n"
        "B,OS,20,MONTHS,1\n"
    )
    assert outcome(intake, "death") == [15.0, None]


@pytest.mark.parametrize(("holds", "months"), [("'death date'", 5.9795), ("'OS (months)'", 10.0)])
def test_a_date_of_death_against_the_time_of_survival_is_asked(holds: str, months: float) -> None:
    # 2 July is day 182: 182 / 30.4375 = 5.9795 months. B's 304 days are 9.9877 months: the same.
    intake = read(
        people="patient,infusion date,death date,OS (months),OS event\n"
        "A,2022-01-01,2022-07-02,10,1\nB,2022-01-01,2022-11-01,10,1\nC,2022-01-01,,20,0\n"
    )
    assert "(A: 10 months, not 5.97947 months)" in intake.questions[0].text
    again = answer(intake, f"{holds} of people.csv")
    assert outcome(again, "death") == [months, 9.9877, None]
    assert outcome(again, "os") == [months, 10.0, 20.0]


def test_a_second_column_of_an_outcome_that_says_the_same_is_no_question() -> None:
    # 304 and 609 days are 9.988 and 20.008 months, less than 1.5 days from 10 and 20.
    text = "patient,OS (months),OS (days),OS event,dead\nA,10,304,1,1\nB,20,609,0,0\n"
    intake = read(people=text)
    assert outcome(intake, "os") == [10.0, 20.0]
    assert told(intake) == ""
    assert "not recognized" not in " ".join(intake.findings["found"])


def test_a_time_of_survival_fills_in_a_date_of_death_without_a_question() -> None:
    intake = read(
        people="patient,infusion date,death date,OS (months),OS event\n"
        "A,2022-01-01,2022-11-01,10,1\nB,2022-01-01,,12,1\nC,2022-01-01,,20,0\n"
    )
    assert outcome(intake, "death") == [9.9877, 12.0, None]


def test_two_columns_of_censoring_that_differ_are_asked() -> None:
    intake = read(
        adtte="USUBJID,PARAMCD,AVAL,AVALU,CNSR,censored\nA,OS,15,MONTHS,0,0\nB,OS,20,MONTHS,1,0\n"
    )
    again = answer(intake, "'censored (os)' of adtte.csv")
    assert outcome(again, "death") == [15.0, 20.0]


@pytest.mark.parametrize(
    ("holds", "months"), [("'last follow-up'", 3.9425), ("'last contact'", 5.9466)]
)
def test_a_second_column_of_an_outcome_that_differs_is_asked(holds: str, months: float) -> None:
    # 1 May is day 120 and 1 July day 181, after 1 January.
    intake = read(
        people="patient,infusion date,last follow-up,last contact,vital status\n"
        "A,2022-01-01,2022-05-01,2022-07-01,alive\n"
    )
    assert outcome(answer(intake, f"{holds} of people.csv"), "last_followup") == [months]


@pytest.mark.parametrize(
    ("holds", "deaths"), [("'death date'", [5.9466, None]), ("'date of death'", [5.9466, 6.9651])]
)
def test_a_death_in_a_second_column_only_is_asked(holds: str, deaths: list[float | None]) -> None:
    # 1 July is day 181, 1 August day 212.
    intake = read(
        people="patient,infusion date,death date,date of death,last follow-up\n"
        "A,2022-01-01,2022-07-01,2022-07-01,2022-07-01\nB,2022-01-01,,2022-08-01,2022-08-01\n"
    )
    assert "(B: 6.96509 months, not recorded)" in intake.questions[0].text
    assert outcome(answer(intake, f"{holds} of people.csv"), "death") == deaths


def test_two_statuses_that_differ_are_asked_and_a_saved_mapping_keeps_the_answer() -> None:
    text = "patient,OS (months),OS event,os status\nA,10,1,1\nB,20,0,1\n"
    intake = read(people=text)
    assert "(B: yes, not no)" in intake.questions[0].text
    again = answer(intake, intake.questions[0].options[1][0])
    assert outcome(again, "death") == [10.0, 20.0]
    saved = read_mapping(format_mapping(again.mapping))
    later = read_files([SourceFile("people.csv", text.encode())], saved)
    assert outcome(later, "death") == [10.0, 20.0]


# --- patients --------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "day"), [("first", 7), ("last", -177)])
def test_which_of_two_infusions_counts_is_asked(answer: str, day: int) -> None:
    intake = read(
        people="patient,infusion date\nA,2022-03-01\nA,2022-09-01\n",
        blood="patient,date,Hb (g/L)\nA,2022-03-08,90\n",
    )
    assert "So has A." in intake.questions[0].text
    answered = answer_question(intake.mapping, intake.questions[0], answer)
    assert counts(read_again(intake, answered)) == [(day, "HGB", 90.0)]


def answer(intake: Intake, value: str) -> Intake:
    """The only question answered."""
    assert intake.cohort is None
    [question] = intake.questions
    return read_again(intake, answer_question(intake.mapping, question, value))


@pytest.mark.parametrize(("holds", "age"), [("'age' of a.csv", 50), ("'age' of b.csv", 51)])
def test_which_of_two_tables_holds_is_asked_and_the_second_fills_in(holds: str, age: int) -> None:
    intake = read(
        a="patient,age,sex\nA,50,M\nC,70,F\n", b="patient,age,sex\nA,51,M\nB,60,F\nC,70,F\n"
    )
    [question] = intake.questions
    assert question.text == (
        "1 patient has another age in 'age' of b.csv than in 'age' of a.csv (A: 51, not 50): "
        "which holds?"
    )
    again = answer(intake, holds)
    assert again.cohort is not None
    ages = again.cohort.subjects.set_index("subject_id")["age_years"].to_dict()
    assert ages == {"A": age, "B": 60, "C": 70}
    # The answer is kept in the saved mapping, for files of these names.
    saved = read_mapping(format_mapping(again.mapping))
    assert dict(saved.tables[1].columns[1].answers) == {"holds age_years": holds}


def test_each_pair_of_tables_and_each_field_is_a_question() -> None:
    intake = read(
        a="patient,age,sex\nA,50,M\n", b="patient,age,sex\nA,51,F\n", c="patient,age\nA,52\n"
    )
    assert intake.cohort is None
    keys = [question.key for question in intake.questions]
    assert keys == [
        ("holds age_years", "b.csv", "age"),
        ("holds age_years", "c.csv", "age"),
        ("holds sex", "b.csv", "sex"),
    ]
    for question in intake.questions:
        last = question.options[-1][0]
        intake = read_again(intake, answer_question(intake.mapping, question, last))
    assert intake.cohort is not None
    assert intake.cohort.subjects[["age_years", "sex"]].to_numpy().tolist() == [[52, "F"]]


@pytest.mark.parametrize(("holds", "day"), [("a.csv", 7), ("b.csv", 4)])
def test_which_of_two_dates_of_infusion_holds_is_asked(holds: str, day: int) -> None:
    intake = read(
        a="patient,infusion date\nA,2022-03-01\n",
        b="patient,infusion date,date,Hb (g/L)\nA,2022-03-04,2022-03-08,90\n",
    )
    assert "(A: 2022-03-04, not 2022-03-01)" in intake.questions[0].text
    assert counts(answer(intake, f"'infusion date' of {holds}")) == [(day, "HGB", 90.0)]


def test_rows_without_a_patient_are_dropped_and_the_others_keep_theirs() -> None:
    intake = read(blood="patient,day,Hb (g/L)\nA,1,90\n,2,80\nB,3,70\nB,4,60\n")
    assert counts(intake, "subject_id", "day", "value") == [
        ("A", 1, 90.0),
        ("B", 3, 70.0),
        ("B", 4, 60.0),
    ]


def test_a_count_told_twice_is_one_count() -> None:
    intake = read(blood="patient,day,Hb (g/L)\nA,1,90\nA,1,90\nA,2,80\n")
    assert counts(intake) == [(1, "HGB", 90.0), (2, "HGB", 80.0)]


def test_age_is_of_full_years_at_the_infusion() -> None:
    intake = read(people="patient,birth date,infusion date\nA,1972-03-02,2022-03-01\n")
    people = intake.mapping.tables[0]
    kept = tuple(
        replace(entry, field="birth_date", keep=True) if entry.column == "birth date" else entry
        for entry in people.columns
    )
    mapping = replace(intake.mapping, tables=(replace(people, columns=kept),))
    cohort = read_again(intake, mapping).cohort
    assert cohort is not None
    assert cohort.subjects["age_years"].tolist() == [49.0]  # the day before the 50th birthday


# --- numbers that stand for something else -----------------------------------------------------


def test_codes_for_missing_of_patients_are_left_out_only_beyond_the_bounds() -> None:
    intake = read(people="patient,age,weight,lines of therapy\nA,999,60,-9\nB,99,999,2\n")
    assert intake.cohort is not None
    columns = ["age_years", "weight_kg", "lines_of_therapy"]
    people = intake.cohort.subjects[columns].astype(float).fillna(-1).to_numpy().tolist()
    assert people == [[-1, 60, -1], [99, -1, 2]]
    assert "1 cell of age contains 999, a code for missing." in told(intake)


def test_limits_of_neutrophils_in_another_unit_are_not_used() -> None:
    intake = read(blood="patient,day,ANC (/uL),ANC LLN\nA,1,450,1.8\n", more="patient,age\nA,50\n")
    assert counts(intake, "param", "value") == [("NE", 0.45)]
    assert intake.cohort is not None
    assert intake.cohort.counts["lln"].isna().all()
    assert "1 lower limit of normal of NE is implausible (0.0018" in told(intake)


@pytest.mark.parametrize(
    ("days", "doubted"),
    [
        ((1, 8, 15), True),
        ((1, 8, 14), False),
        ((0, 1, 8, 15), False),
        ((-7, -1, 0, 1), False),
        ((-7, -1, 1, 8), True),
        ((-7, -1, 2, 8), False),
    ],
)
def test_a_day_1_without_a_day_0_is_asked(days: tuple[int, ...], doubted: bool) -> None:
    rows = "".join(f"A,{day},90\n" for day in days)
    intake = read(blood=f"patient,day,Hb (g/L)\n{rows}")
    if not doubted:
        assert {row[0] for row in counts(intake)} == set(days)
        return
    assert asked(intake) == ["first_day"]
    assert {row[0] for row in counts(answer(intake, "0"))} == set(days)
    earlier = {day - 1 if day > 0 else day for day in days}
    assert {row[0] for row in counts(answer(intake, "1"))} == earlier


def test_adams_days_count_from_0_where_one_of_them_is_0_and_as_the_user_says() -> None:
    files = {
        "blood": "patient,day,Hb (g/L)\nA,2,90\n",
        "adlb": "USUBJID,PARAMCD,AVAL,AVALU,ADY\nA,PLT,40,10^9/L,0\nA,PLT,50,10^9/L,8\n",
        "adae": "USUBJID,AEDECOD,ASTDY\nA,Hyperglycaemia,31\n",
    }
    intake = read(**files)
    assert {row[0] for row in counts(intake)} == {0, 2, 8}
    assert intake.cohort is not None
    assert intake.cohort.events["day"].tolist() == [31]
    one = read(**{name: text for name, text in files.items() if name != "adlb"})
    assert one.cohort is not None
    assert one.cohort.events["day"].tolist() == [30]
    said = read_again(one, replace(one.mapping, first_day=0)).cohort
    assert said is not None
    assert said.events["day"].tolist() == [31]


def test_a_last_day_wins_over_a_duration_which_fills_what_it_lacks() -> None:
    intake = read(
        cm="patient,drug,dose (mg/kg),start day,stop day,duration\nA,Prednisone,0.5,30,40,7\n"
        "A,Prednisone,0.25,41,,7\n"
    )
    assert dose(intake) == [(30, 40.0, 0.5), (41, 47.0, 0.25)]


def test_rows_of_new_doses_are_no_single_days_though_two_follow_each_other() -> None:
    intake = read(
        cm="patient,drug,dose (mg/kg),start day\nA,Prednisone,0.5,30\nA,Prednisone,0.4,31\n"
        "A,Prednisone,0.25,44\nA,Prednisone,0.1,58\n"
    )
    assert asked(intake) == ["doses"]
    [question] = intake.questions
    held = read_again(intake, answer_question(intake.mapping, question, "dose"))
    assert [str(row[1]) for row in dose(held)] == ["nan"] * 4
