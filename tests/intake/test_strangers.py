"""Files of strangers, in other words and layouts: right once what they leave open is answered."""

import numpy as np
import pytest

from pht_core.intake.questions import answer_question
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.source import SourceFile

Counts = dict[tuple[str, int, str], float]
Answers = dict[str, str | dict[str, str]]

# Files by name, the answers by what is asked (else the proposed one), and by hand: counts as
# (patient, day, lineage): value in g/L or 10^9/L, and the months of those who died.
CASES: dict[str, tuple[dict[str, str], Answers, Counts, dict[str, float]]] = {
    "Italian, no header known but one": (
        {
            "esami.csv": "Codice pz;Giornata;Emoglobina (g/dL);Piastrine (10^9/L)\n"
            "P01;0;8,5;40\nP01;7;9,0;25\nP02;0;10,1;31\nP02;7;9,9;55\n",
            "anagrafica.csv": "Codice pz;Esito;Mesi;Stadio\nP01;deceduta;5,0;II\n"
            "P02;vivente;24,0;II\nP03;vivente;7,5;III\n",
        },
        {
            "day": "Giornata",
            "PLT": "Piastrine (10^9/L)",
            "NE": "",
            "vital_status": "Esito",
            "cells": {"deceduta": "dead", "vivente": "alive"},
            "last_followup": "Mesi",
            "": "months",
        },
        {
            ("P01", 0, "HGB"): 85,
            ("P01", 7, "HGB"): 90,
            ("P02", 0, "HGB"): 101,
            ("P02", 7, "HGB"): 99,
            ("P01", 0, "PLT"): 40,
            ("P01", 7, "PLT"): 25,
            ("P02", 0, "PLT"): 31,
            ("P02", 7, "PLT"): 55,
        },
        {"P01": 5.0},
    ),
    "a test of a laboratory export under an unknown name": (
        {
            "labor.csv": "Fallnummer,day,Untersuchung,Ergebnis,Dimension\n"
            "P01,0,Thrombozyten,40,Gpt/l\nP01,0,NGZ absolut,0.4,Gpt/l\n"
            "P01,7,Thrombozyten,50,Gpt/l\nP01,7,NGZ absolut,1.2,Gpt/l\n"
            "P02,0,Thrombozyten,60,Gpt/l\nP02,0,NGZ absolut,0.7,Gpt/l\n"
            "P02,7,NGZ absolut,0.9,Gpt/l\n"
        },
        {"NE": "NGZ absolut", "HGB": ""},
        {
            ("P01", 0, "PLT"): 40,
            ("P01", 7, "PLT"): 50,
            ("P02", 0, "PLT"): 60,
            ("P01", 0, "NE"): 0.4,
            ("P01", 7, "NE"): 1.2,
            ("P02", 0, "NE"): 0.7,
            ("P02", 7, "NE"): 0.9,
        },
        {},
    ),
    "a baseline and numbers in headers": (
        {"a.csv": "patient,HGB baseline (g/L),HGB D7 (g/L)\nA,100,90\nB,101,91\n"},
        {},
        {("A", -7, "HGB"): 100, ("A", 7, "HGB"): 90, ("B", -7, "HGB"): 101, ("B", 7, "HGB"): 91},
        {},
    ),
    "numbers behind names": (
        {"a.csv": "patient,hgb7 (g/L),hgb14 (g/L)\nA,100,90\nB,101,91\n"},
        {"": "after"},
        {("A", 7, "HGB"): 100, ("A", 14, "HGB"): 90, ("B", 7, "HGB"): 101, ("B", 14, "HGB"): 91},
        {},
    ),
    "a list of survival with codes": (
        {"s.csv": "Patient,fu_mo,x\nP1,5,1\nP2,9,2\nP3,24,1\nP4,3,2\n"},
        {"vital_status": "x", "cells": {"1": "alive", "2": "dead"}},
        {},
        {"P2": 9.0, "P4": 3.0},
    ),
    "a flag of death along the days": (
        {
            "a.csv": "patient,day,HGB (g/L),died\nA,0,90,0\nA,31,80,1\nA,40,80,1\nB,0,91,0\n"
            "B,31,92,0\n"
        },
        {},
        {
            ("A", 0, "HGB"): 90,
            ("A", 31, "HGB"): 80,
            ("A", 40, "HGB"): 80,
            ("B", 0, "HGB"): 91,
            ("B", 31, "HGB"): 92,
        },
        {"A": 31 / 30.4375},
    ),
}


def _answer(intake: Intake, answers: Answers) -> Intake:
    for _ in range(12):
        if not intake.questions:
            break
        question = intake.questions[0]
        kind = question.key[0]
        asked = "cells" if question.cells else question.key[-1]
        value = answers.get(asked, next(iter(question.proposed), None))
        assert value is not None, (kind, question.text)
        intake = read_again(intake, answer_question(intake.mapping, question, value))
    assert intake.cohort is not None, intake.findings.to_string()
    return intake


@pytest.mark.parametrize("name", CASES)
def test_a_strangers_file_is_asked_about_and_then_right(name: str) -> None:
    files, answers, counts, deaths = CASES[name]
    first = read_files([SourceFile(name, text.encode()) for name, text in files.items()])
    assert first.cohort is None
    cohort = _answer(first, answers).cohort
    assert cohort is not None
    rows = cohort.counts[["subject_id", "day", "param", "value"]].astype(object).to_numpy()
    found = {(str(who), int(day), str(param)): value for who, day, param, value in rows}
    assert found == pytest.approx(counts)
    died = cohort.outcomes.dropna(subset="death_months").set_index("subject_id")["death_months"]
    assert {str(who): months for who, months in died.items()} == pytest.approx(deaths)
    assert not deaths or np.isin("death_months", list(cohort.recorded))
