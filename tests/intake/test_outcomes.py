"""Outcomes of strangers' files: read where the file settles them, else asked, never guessed."""

from collections.abc import Mapping

import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from pht_core.exhibits.survival import Survival, SurvivalOptions
from pht_core.exhibits.view import View
from pht_core.intake.questions import Question, answer_question
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.source import SourceFile
from pht_core.stats.event_times import count_left_out, derive_times
from pht_core.stats.survival import estimate_rates
from pht_core.stats.survival_report import why_not_evaluable

DAYS = 30.4375
PATIENTS = "ABCD"


def read(header: str, *rows: str) -> Intake:
    """A table of patients who were all given their cells on the same day."""
    lines = [f"patient,infusion date,{header}"]
    lines += [f"{who},2022-01-01,{row}" for who, row in zip(PATIENTS, rows, strict=False)]
    return read_files([SourceFile("people.csv", "\n".join(lines).encode())])


def answered(intake: Intake, answer: str | Mapping[str, str]) -> Intake:
    (question,) = intake.questions
    return read_again(intake, answer_question(intake.mapping, question, answer))


def question_of(intake: Intake) -> Question:
    assert intake.cohort is None
    (question,) = intake.questions
    return question


def times(intake: Intake, endpoint: str) -> dict[str, tuple[int, bool]]:
    """Days and event of each patient in the endpoint's curve."""
    assert intake.questions == ()
    assert intake.cohort is not None
    assert why_not_evaluable(intake.cohort, endpoint) == ""
    table = derive_times(intake.cohort.outcomes, endpoint)
    rows = table.itertuples(index=False)
    return {str(who): (round(time * DAYS), bool(event)) for who, time, event in rows}


DEAD = {"A": (100, True), "B": (200, False), "C": (300, False), "D": (50, True)}


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("follow-up (days),status", "DOD NED AWD DOC"),
        ("follow-up (days),alive at last follow-up", "no yes yes no"),
        ("follow-up (days),still alive?", "N Y Y N"),
        ("follow-up (days),fate", "died alive alive dead"),
        ("seguimiento (days),estado vital", "fallecido vivo viva Fallecida"),
        ("随访时间(天),生存状态", "死亡 生存 存活 死"),
        ("follow-up (days),DTHFL", "Y;;;Y"),
        ("time to death (days),death", "1 0 0 1"),
        ("OS (days),dead", "1 0 0 1"),
        ("OS_DAYS,OS_STATUS", "1:DECEASED 0:LIVING 0:LIVING 1:DECEASED"),
    ],
)
def test_who_died_is_read_where_the_file_settles_it(header: str, cells: str) -> None:
    words = cells.replace(" ", ";").split(";")
    rows = [f"{day},{word}" for day, word in zip((100, 200, 300, 50), words, strict=True)]
    assert times(read(header, *rows), "os") == DEAD


@pytest.mark.parametrize(
    ("cells", "proposed"),
    [
        ("Dead - disease;Alive, CR;Alive, CR;Dead (sepsis)", ["dead", "alive", "dead"]),
        ("D;A;A;D", ["dead", "alive"]),
        ("2;1;1;2", [None, None]),
        ("死亡（感染）;生存;生存;死亡（感染）", ["dead"]),
        ("not alive;alive;alive;not alive", [None]),
    ],
)
def test_other_words_are_asked_about_with_what_they_seem_to_say(
    cells: str, proposed: list[str | None]
) -> None:
    words = cells.split(";")
    rows = [f'{day},"{word}"' for day, word in zip((100, 200, 300, 50), words, strict=True)]
    intake = read("follow-up (days),vital status", *rows)
    question = question_of(intake)
    assert "'vital status'" in question.text
    found = dict(zip((cell for cell, _ in question.cells), question.proposed, strict=True))
    unknown = [word for word in dict.fromkeys(words) if word in found]
    assert [found[word] for word in unknown] == proposed
    answer = {word: "dead" if word == words[0] or word == words[3] else "alive" for word in unknown}
    assert times(answered(intake, answer), "os") == DEAD


def test_a_patient_without_an_answer_is_left_out_only_by_the_users_word() -> None:
    intake = read("follow-up (days),vital status", "100,dead", "200,", "300,alive", "50,unknown")
    assert "2 patients have no answer in 'vital status' (B and D)" in question_of(intake).text
    left_out = answered(intake, "")
    assert times(left_out, "os") == {"A": (100, True), "C": (300, False)}
    assert left_out.cohort is not None
    assert count_left_out(left_out.cohort.outcomes, "os")["subjects"].tolist() == ["B, D"]
    assert times(answered(intake, "no"), "os")["B"] == (200, False)


def test_a_time_of_death_of_the_living_is_asked_about() -> None:
    rows = ["100,100,dead", "200,150,alive", "300,,alive", "50,50,dead"]
    intake = read("follow-up (days),time to death (days),vital status", *rows)
    assert "1 patient has a time in 'time to death (days)' but a no in 'vital status' (B)" in (
        question_of(intake).text
    )
    assert times(answered(intake, "answer"), "os") == DEAD
    assert times(answered(intake, "time"), "os")["B"] == (150, True)
    none = answered(intake, "").cohort
    assert none is not None
    assert "records no death" in why_not_evaluable(none, "os")


ENDED = {"A": (100, True), "B": (300, True), "C": (200, False), "D": (50, True)}


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (
            "follow-up (days),dead,time to relapse (days),relapsed",
            ["400,0,100,yes", "300,1,300,no", "200,0,200,no", "100,1,50,yes"],
        ),
        (
            "follow-up (days),dead,time to relapse (days),relapsed",
            ["400,0,100,yes", "300,1,,no", "200,0,,no", "100,1,50,yes"],
        ),
        # An event of this time is a relapse or a death; only relapses have a column of their own.
        (
            "OS (days),dead,PFS (days),relapse",
            ["400,0,100,1", "300,1,300,0", "200,0,200,0", "100,1,50,1"],
        ),
    ],
)
def test_relapse_is_read_with_its_time(header: str, rows: list[str]) -> None:
    assert times(read(header, *rows), "pfs") == ENDED


def test_a_relapse_without_a_time_is_asked_about() -> None:
    rows = ["400,0,yes", "300,1,no", "200,0,no", "100,1,no"]
    intake = read("follow-up (days),dead,relapse", *rows)
    assert "1 patient has a yes in 'relapse' without the time of it (A)" in question_of(intake).text
    left_out = answered(intake, "").cohort
    assert left_out is not None
    assert "records no progression" in why_not_evaluable(left_out, "pfs")
    assert times(answered(intake, "followup"), "pfs")["A"] == (400, True)
    # Where others have their times, only who has none is left out.
    rows = ["400,0,,yes", "300,1,,no", "200,0,,no", "100,1,50,yes"]
    intake = read("follow-up (days),dead,time to relapse (days),relapsed", *rows)
    assert times(answered(intake, ""), "pfs") == {name: ENDED[name] for name in "BCD"}


TIMES = [(310, 1, 208, 0), (43, 0, 18, 1), (673, 0, 421, 1), (152, 1, 152, 1), (90, 1, 61, 0)]


def test_an_endpoint_is_censored_at_its_own_time() -> None:
    rows = [
        f"V{place},{code},{time},DAYS,{censored}"
        for place, (os, os_censored, pfs, pfs_censored) in enumerate(TIMES)
        for code, time, censored in (("OS", os, os_censored), ("PFS", pfs, pfs_censored))
    ]
    text = "\n".join(["USUBJID,PARAMCD,AVAL,AVALU,CNSR", *rows, "V9,OS,500,DAYS,1"])
    intake = read_files([SourceFile("adtte.csv", text.encode())])
    assert intake.cohort is not None
    table = pd.DataFrame(TIMES, columns=["os", "os_censored", "pfs", "pfs_censored"])
    kmf = KaplanMeierFitter().fit(table["pfs"] / DAYS, table["pfs_censored"] == 0)
    own = derive_times(intake.cohort.outcomes, "pfs")
    assert len(own) == 5  # nobody knows of V9's progression
    for months in (3.0, 6.0, 12.0):
        rate = estimate_rates(own, (months,))["estimate"].iloc[0]
        assert rate == pytest.approx(float(kmf.predict(months)))
    assert "censored at the time that the file gives" in (
        Survival(View(intake.cohort), SurvivalOptions("pfs")).texts().caption
    )


def test_progression_is_censored_at_the_last_assessment_where_the_file_has_one() -> None:
    header = "follow-up (days),death date,progression date,last disease assessment"
    rows = ["100,,,2022-02-01", "200,2022-07-20,,2022-03-01", "300,,2022-04-01,2022-04-01", "50,,,"]
    intake = read(header, *rows)
    assert times(intake, "pfs") == {"A": (31, False), "B": (200, True), "C": (90, True)}
    assert times(intake, "os")["A"] == (100, False)
    assert intake.cohort is not None
    assert "censored at the last assessment of the disease" in (
        Survival(View(intake.cohort), SurvivalOptions("pfs")).texts().caption
    )


@pytest.mark.parametrize(("prefix", "endpoint"), [("EFS", "efs"), ("DFS", "dfs"), ("RFS", "dfs")])
def test_a_near_endpoint_is_itself_and_no_progression_free_survival(
    prefix: str, endpoint: str
) -> None:
    header = f"OS (days),OS event,{prefix} (days),{prefix} event"
    intake = read(header, "400,0,100,1", "300,1,300,1", "200,0,200,0", "100,1,50,1")
    assert times(intake, endpoint) == ENDED
    assert intake.cohort is not None
    assert "It gives overall survival and" in why_not_evaluable(intake.cohort, "pfs")


@pytest.mark.parametrize(
    ("header", "row", "lacking"),
    [
        ("follow-up (days),relapse date", "100,", {"os": "death", "pfs": "death"}),
        ("follow-up (days),death date", "100,", {"pfs": "progression"}),
        ("survival (months)", "10", {"os": "death"}),
        ("death date", "2022-03-01", {"os": "last follow-up"}),
    ],
)
def test_what_no_column_records_is_not_evaluable(
    header: str, row: str, lacking: dict[str, str]
) -> None:
    cohort = read(header, row, row).cohort
    assert cohort is not None
    for endpoint, what in lacking.items():
        why = why_not_evaluable(cohort, endpoint)
        assert f"is not evaluable: the file records no {what}" in why
        assert Survival(View(cohort), SurvivalOptions(endpoint)).why_not() == why


def test_events_that_contradict_the_deaths_are_asked_about() -> None:
    rows = ["100,0,2022-04-11", "200,1,", "300,1,", "50,0,2022-02-20"]
    intake = read("OS (days),OS event,death date", *rows)
    assert question_of(intake).text == "Is 'OS event' coded the other way round?"
    assert question_of(intake).proposed == ("reversed",)
    assert times(answered(intake, "reversed"), "os") == DEAD


# Days after 2022-01-01: 2022-04-11 is 100, 2022-10-28 is 300, 2022-02-20 is 50, 2022-07-20 is 200.
AGREED = ("100,1,2022-04-11", "200,0,", "300,1,2022-10-28")


def test_one_death_that_contradicts_its_event_is_asked_about() -> None:
    intake = read("OS (days),OS event,death date", *AGREED, "50,0,2022-02-20")
    assert question_of(intake).text == (
        "1 patient has another outcome in 'OS event' than by the deaths of the file (D): "
        "which counts?"
    )
    for answer, died in (("other", True), ("column", False)):
        expected = {"A": (100, True), "B": (200, False), "C": (300, True), "D": (50, died)}
        assert times(answered(intake, answer), "os") == expected


def test_a_death_after_the_time_of_the_endpoint_contradicts_nothing() -> None:
    intake = read("OS (days),OS event,death date", *AGREED, "50,0,2022-07-20")
    assert times(intake, "os")["D"] == (50, False)


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Todesdatum,letzte Vorstellung", "{dead} {dead},{alive}"),
        ("vital_status,days_to_death,days_to_last_follow_up", "Dead,{n}, Alive,,{n}"),
        ("verstorben,Überlebenszeit (Tage)", "ja,{n} nein,{n}"),
        ("état,suivi (jours)", "DCD,{n} vivant,{n}"),
    ],
)
def test_a_time_under_an_unknown_header_is_asked_about_where_survival_needs_it(
    header: str, rows: str
) -> None:
    dates = {100: "2022-04-11", 200: "2022-07-20", 300: "2022-10-28", 50: "2022-02-20"}
    dead, alive = rows.split(" ")
    if "{dead}" in rows:
        dead, alive = "{date},{date}", ",{date}"
    lines = [
        (dead if n in (100, 50) else alive).format(n=n, date=date) for n, date in dates.items()
    ]
    intake = read(header, *lines)
    for _ in range(3):
        for question in intake.questions:
            answer: str | dict[str, str] = question.proposed[0] or ""
            if question.cells:
                answer = {cell: "dead" if cell == "DCD" else "alive" for cell, _ in question.cells}
            else:
                assert question.text.startswith("Which column of people.csv")
            intake = read_again(intake, answer_question(intake.mapping, question, answer))
    assert times(intake, "os") == DEAD


def test_a_date_that_cannot_be_the_last_follow_up_is_not_asked_about() -> None:
    rows = ["2022-04-11,2021-05-01,7", ",2021-06-01,8", ",2021-07-01,9"]
    assert read("date of death,diagnosis made,ward", *rows).questions == ()


def test_letters_of_the_arms_of_a_trial_are_no_words_for_who_died() -> None:
    assert read("arm,weight", "A,70", "D,80", "A,75").questions == ()
