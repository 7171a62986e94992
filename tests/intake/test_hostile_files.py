"""Files as hospitals, trial offices and registries export them, with the truth written by hand.

Each once gave a number that was wrong without a word. Of each the rows that it means are listed;
``said`` is what must be told to the user with severity "changes a result" or graver.
"""

import math
from dataclasses import dataclass, field

import pytest

from pht_core.intake.reading import Intake, read_files
from pht_core.intake.source import SourceFile
from pht_core.model.findings import NOTE, format_finding

COLUMNS = {
    "counts": ["subject_id", "day", "param", "value"],
    "lln": ["subject_id", "day", "param", "lln"],
    "prednisone": ["subject_id", "start_day", "end_day", "dose"],
    "support": ["subject_id", "day", "kind"],
    "events": ["subject_id", "day", "event"],
    "outcomes": ["subject_id", "last_followup_months", "progression_months", "death_months"],
}
BLOOD = "patient,day,Hb (g/L)\nA,2,90\n"
DAYS = 30.4375


@dataclass(frozen=True)
class Case:
    """Files by name, the true rows by table, and words that must be told."""

    files: dict[str, str]
    truth: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    said: str = ""
    asked: str = ""


def read(files: dict[str, str]) -> Intake:
    return read_files([SourceFile(f"{name}.csv", text.encode()) for name, text in files.items()])


def rows(intake: Intake, name: str) -> list[tuple[object, ...]]:
    assert intake.cohort is not None
    table = intake.cohort.counts if name == "lln" else getattr(intake.cohort, name)
    found = table[COLUMNS[name]].astype(object).to_numpy().tolist()
    plain = [tuple(map(_plain, row)) for row in found]
    if name == "lln":
        plain = [row for row in plain if row[-1] is not None]
    if name == "outcomes":
        plain = [row for row in plain if any(cell is not None for cell in row[1:])]
    return sorted(plain, key=str)


def _plain(cell: object) -> object:
    if isinstance(cell, float):
        return None if math.isnan(cell) else round(cell, 6)
    return cell


def told(intake: Intake) -> str:
    found = intake.findings[intake.findings["severity"] != NOTE]
    return " ".join(format_finding(row) for row in found.itertuples())


def doses(header: str, *lines: str) -> dict[str, str]:
    return {"blood": BLOOD, "cm": "\n".join([header, *lines]) + "\n"}


CASES = {
    "a dose twice a day": Case(
        doses(
            "patient,drug,dose,unit,frequency,start day,stop day,weight",
            "A,Prednisone,20,mg,BID,30,36,50",
            "A,Prednisone,20,mg,QD,37,40,50",
        ),
        {"prednisone": [("A", 30, 36, 0.8), ("A", 37, 40, 0.4)]},
        "20 becomes 40 a day",
    ),
    "a day's dose in two intakes": Case(
        doses(
            "patient,drug,daily dose (mg/kg),frequency,start day,stop day",
            "A,Prednisone,0.5,BID,30,36",
        ),
        {"prednisone": [("A", 30, 36, 0.5)]},
    ),
    "a dose per day by its unit": Case(
        doses(
            "patient,drug,dose,unit,frequency,start day,stop day",
            "A,Prednisone,0.5,mg/kg/day,BID,30,36",
        ),
        {"prednisone": [("A", 30, 36, 0.5)]},
    ),
    "a dose every other day": Case(
        doses(
            "patient,drug,dose (mg/kg),frequency,start day,stop day",
            "A,Prednisone,0.5,every other day,30,36",
        ),
        {"prednisone": [("A", 30, 36, 0.25)]},
        "0.5 becomes 0.25 a day",
    ),
    "a dose as needed": Case(
        doses(
            "patient,drug,dose (mg/kg),frequency,start day,stop day",
            "A,Prednisone,0.5,PRN,30,36",
        ),
        {"prednisone": [("A", 30, 36, None)]},
        "The daily frequency of 1 dose is unclear: 'PRN'",
    ),
    "eye drops": Case(
        doses(
            "patient,medication,route,dose,unit,start day,stop day,weight",
            "A,Prednisolone,ophthalmic,1,mg,5,9,60",
            "A,Prednisone,oral,30,mg,30,36,60",
        ),
        {"prednisone": [("A", 30, 36, 0.5)]},
        "1 of 2 rows lists a drug with local action only: 'ophthalmic'",
    ),
    "doses that were held": Case(
        doses(
            "patient,drug,dose (mg/kg),start day,end day,action",
            "A,Prednisone,0.5,30,36,Given",
            "A,Prednisone,0.5,37,40,Held",
        ),
        {"prednisone": [("A", 30, 36, 0.5)]},
        "1 of 2 rows records that the drug was not given: 'Held'",
    ),
    "a row for each dose given": Case(
        doses(
            "patient,drug,dose (mg/kg),date given,infusion date",
            *(f"A,Prednisone,0.5,2022-03-{day},2022-03-01" for day in (15, 16, 17)),
        ),
        {"prednisone": [("A", 14, 14, 0.5), ("A", 15, 15, 0.5), ("A", 16, 16, 0.5)]},
    ),
    "doses without a last day": Case(
        doses(
            "patient,drug,dose (mg/kg/day),start day",
            "A,Prednisone,0.5,30",
            "A,Prednisone,0.25,44",
        ),
        asked="cm.csv has no last day of a dose",
    ),
    "a duration instead of a last day": Case(
        doses(
            "patient,drug,dose (mg/kg),start day,duration (days)",
            "A,Prednisone,0.5,30,7",
        ),
        {"prednisone": [("A", 30, 36, 0.5)]},
    ),
    "doses in grams": Case(
        doses(
            "patient,drug,dose (g),start day,stop day,weight (kg)",
            "A,Prednisone,0.03,30,36,60",
        ),
        {"prednisone": [("A", 30, 36, 0.5)]},
    ),
    "two doses on one day": Case(
        {
            "blood": "patient,day,Hb (g/L),prednisone (mg/kg)\nA,30,90,0.25\nA,30,90,0.5\n"
            "A,31,92,0\n"
        },
        {"prednisone": [("A", 30, 30, 0.5)]},
        "1 row gives a second steroid dose for the same day (day 30 of A).",
    ),
    "results carried forward": Case(
        {
            "adlb": "USUBJID,PARAMCD,AVAL,AVALU,ADY,DTYPE\nA,PLT,50,10^9/L,8,\n"
            "A,PLT,50,10^9/L,29,LOCF\nA,PLT,35,10^9/L,8,AVERAGE\n"
        },
        {"counts": [("A", 7, "PLT", 50.0)]},
        "2 of 3 rows were derived from other results, the first 'LOCF'",
    ),
    "other fluids than blood": Case(
        {
            "lab": "patient,day,test,specimen,value,unit\nA,1,Hemoglobin,Blood,8.1,g/dL\n"
            "A,2,Hemoglobin,Urine,3,g/dL\nA,1,Neutrophils,CSF,2,10^9/L\n"
        },
        {"counts": [("A", 1, "HGB", 81.0)]},
        "2 of 3 rows report specimens other than blood, the first 'Urine'",
    ),
    "limits in another unit than their counts": Case(
        {
            "lab": "ID,Day,Test,Value,Unit,LLN\nA,1,Hgb,8.1,g/dL,120\nA,2,Hgb,95,g/L,12\n"
            "A,3,Hgb,95,g/L,120\nA,3,PLT,30,10^9/L,150000\n"
        },
        {"lln": [("A", 3, "HGB", 120.0)]},
        "2 lower limits of normal of HGB are implausible (the first: 1200 g/L)",
    ),
    "999 for missing": Case(
        {
            "blood": "patient,day,Hb (g/L),PLT (10^9/L)\nA,1,90,40\nA,2,91,9999\nA,3,92,50\n"
            "A,4,999,60\nA,5,-9,\n"
        },
        {
            "counts": [
                *[("A", day, "HGB", 89.0 + day) for day in (1, 2, 3)],
                ("A", 1, "PLT", 40.0),
                ("A", 3, "PLT", 50.0),
                ("A", 4, "PLT", 60.0),
            ]
        },
        "1 count of PLT is a code for missing (9999 10^9/L, day 2 of A). Treated as missing",
    ),
    "days that count the infusion as 1": Case(
        {"blood": "patient,day,Hb (g/L)\nA,-7,100\nA,-1,95\nA,1,90\nA,8,85\n"},
        asked="'day' (blood.csv)? It has a day 1 but no day 0 (-7, -1, 1, 8",
    ),
    "ADaM beside a plain sheet": Case(
        {"blood": BLOOD, "ae": "USUBJID,AEDECOD,ASTDY\nA,Hyperglycaemia,31\n"},
        {"events": [("A", 30, "hyperglycemia")], "counts": [("A", 2, "HGB", 90.0)]},
    ),
    "a reference date that may be of lymphodepletion": Case(
        {
            "dm": "USUBJID,RFSTDTC\nA,2022-02-24\n",
            "lb": "USUBJID,LBTESTCD,LBSTRESN,LBSTRESU,LBDTC\nA,HGB,81,g/L,2022-03-08\n",
        },
        {"counts": [("A", 12, "HGB", 81.0)]},
        "'RFSTDTC' is used as the date of CAR-T infusion. It may be the first day of lympho",
    ),
    "the infusion's date beside that of treatment": Case(
        {
            "adsl": "USUBJID,TRTSDT,INFSDT\nA,2022-02-24,2022-03-01\n",
            "adlb": "USUBJID,PARAMCD,AVAL,AVALU,ADT\nA,HGB,90,g/L,2022-03-08\n",
        },
        {"counts": [("A", 7, "HGB", 90.0)]},
    ),
    "endpoints in two units": Case(
        {
            "adtte": "USUBJID,PARAMCD,PARAM,AVAL,CNSR\nA,OS,Overall Survival (months),10,0\n"
            "A,PFS,Progression-Free Survival (days),100,0\n"
            "B,OS,Overall Survival (months),12,1\n"
            "B,PFS,Progression-Free Survival (days),360,1\n"
        },
        {"outcomes": [("A", 10.0, round(100 / DAYS, 6), 10.0), ("B", 12.0, None, None)]},
    ),
    "survival of the dead only": Case(
        {"people": "patient,infusion date,death date\nA,2022-03-01,2022-09-01\nB,2022-03-01,\n"},
        {"outcomes": [("A", round(184 / DAYS, 6), None, round(184 / DAYS, 6))]},
        "1 patient has neither a last follow-up nor an event.",
    ),
    "a transplant of unknown place": Case(
        {
            "people": "patient,infusion date,HSCT date,last follow up date\n"
            "A,2022-03-01,2022-07-01,2023-03-01\n"
        },
        {"outcomes": [("A", round(365 / DAYS, 6), None, None)]},
        "'HSCT date' may be the date of a transplant before or after infusion.",
    ),
    "visits of a cycle, before infusion and of a range": Case(
        {
            "blood": "patient,visit,Hb (g/L)\nA,C1D8,90\nA,Cycle 2 Day 1,91\nA,LD Day 1,92\n"
            "A,Pre-infusion day 5,93\nA,Day 7-10,94\nA,Week 1 Day 3,95\nA,回输前5天,96\n"
            "A,Day 14,97\nA,Day 28 (+/-3),98\n"
            "A,Day -6 (LD),99\nA,Day 0 pre-infusion,89\n"
        },
        asked="6 cells cannot be read as a day, such as 'C1D8'.",
    ),
    "products that were returned, and none": Case(
        {
            "blood": BLOOD,
            "support": "patient,day,product,units,status\nA,5,RBC,2,Transfused\n"
            "A,6,RBC,1,Returned\nA,7,Platelets,0,Transfused\n",
        },
        {"support": [("A", 5, "red_cells")]},
        "1 of 3 rows records that the support was not given: 'Returned'",
    ),
    "units of red cells by day": Case(
        {"blood": "patient,day,Hb (g/L),RBC transfusion (units)\nA,1,80,2\nA,2,85,0\nA,3,90,1\n"},
        {"support": [("A", 1, "red_cells"), ("A", 3, "red_cells")]},
    ),
    "neutrophils that may be percentages": Case(
        {"blood": "patient,day,WBC (10^9/L),NEUT\nA,1,2.3,50\nA,2,1.8,10.5\nA,3,4,70\n"},
        asked="but may be percentages: if so, choose 'neutrophils in % of white blood cells'",
    ),
    "an event coded the other way round in its header": Case(
        {"people": "patient,OS months,OS event (0=dead 1=alive)\nA,15,0\nB,20,1\n"},
        {"outcomes": [("A", 15.0, None, 15.0), ("B", 20.0, None, None)]},
    ),
    "a vital status of codes that nobody explains": Case(
        {"people": "patient,follow-up (months),vital status\nA,15,1\nB,20,0\n"},
        asked="What do the values of 'vital status' mean: who has died?",
    ),
    "two last follow-ups": Case(
        {
            "people": "patient,infusion date,follow-up (months),last follow up date\n"
            "A,2022-03-01,12,2024-03-01\n"
        },
        asked="in 'last follow up date' of people.csv than in 'follow-up (months)' of people.csv",
    ),
    "events that did not happen": Case(
        {
            "blood": BLOOD,
            "ae": "patient,day,event,present,grade\nA,10,Hyperglycemia,Yes,2\n"
            "A,12,Infection,No,\nA,14,Infection,Yes,0\n",
        },
        {"events": [("A", 10, "hyperglycemia")]},
        "1 of 3 rows records that the event did not happen: 'No'.",
    ),
    "cancelled results": Case(
        {
            "lab": "patient,day,test,value,unit,status\nA,1,Hb,90,g/L,Final\n"
            "A,2,Hb,80,g/L,Cancelled\n"
        },
        {"counts": [("A", 1, "HGB", 90.0)]},
        "1 of 2 rows is a cancelled or rejected result: 'Cancelled'",
    ),
    "tablets": Case(
        doses("patient,drug,dose,dose unit,start day,stop day", "A,Prednisone,6,tablets,30,36"),
        {"prednisone": [("A", 30, 36, None)]},
        "1 dose is in 'tablets', which is not a known unit of dose.",
    ),
    "doses by body surface": Case(
        doses("patient,drug,dose (mg/m2),start day,stop day", "A,Prednisone,40,30,36"),
        {"prednisone": [("A", 30, 36, None)]},
        "1 dose is in 'mg/m2', which is not a known unit of dose.",
    ),
    "one number at two sites": Case(
        {"blood": "site,subject,day,Hb (g/L)\n01,001,1,90\n02,001,2,80\n"},
        {"counts": [("001", 1, "HGB", 90.0), ("001", 2, "HGB", 80.0)]},
        "1 id occurs at more than one 'site' (001)",
    ),
    "the serials of another program": Case(
        {
            "adsl": "USUBJID,TRTSDT\nA,2022-03-01\n",
            "adlb": "USUBJID,PARAMCD,AVAL,AVALU,ADT\nA,HGB,90,g/L,22712\n",
        },
        {"counts": [("A", -21909, "HGB", 90.0)]},
        "1 of 1 row lies more than ten years before infusion",
    ),
    "growth factors of dose 0": Case(
        {"blood": BLOOD, "support": "patient,day,drug,dose\nA,5,G-CSF,0\nA,6,G-CSF,300\n"},
        {"support": [("A", 6, "gcsf")]},
        "1 of 2 rows records no support",
    ),
    "drugs of dose 0": Case(
        {"blood": BLOOD, "cm": "patient,day,drug,dose\nA,5,G-CSF,0\nA,6,G-CSF,300\n"},
        {"support": [("A", 6, "gcsf")]},
        "1 of 2 rows has a dose of 0",
    ),
    "units of red cells in words": Case(
        {"blood": "patient,day,Hb (g/L),RBC transfusion\nA,1,80,2U\nA,2,85,none\nA,3,86,1 bag\n"},
        {"support": [("A", 1, "red_cells"), ("A", 3, "red_cells")]},
    ),
    "prednisone and prednisolone at once": Case(
        doses(
            "patient,drug,dose (mg/kg),start day,stop day",
            "A,Prednisone,0.25,30,36",
            "A,Prednisolone,0.25,30,36",
        ),
        {"prednisone": [("A", 30, 36, 0.25), ("A", 30, 36, 0.25)]},
        "1 row begins before the previous row of the same drug ends",
    ),
    "doses that may be mg or mg/kg": Case(
        {
            "blood": "patient,day,Hb (g/L),prednisone,weight\nA,30,90,4,60\nA,31,91,2,60\n"
            "A,32,92,1,60\n"
        },
        asked="it cannot be inferred from the doses (1 to 4)",
    ),
    "times whose header has the unit": Case(
        {"adtte": "patient,endpoint,time (months),CNSR\nA,OS,15,0\nB,OS,20,1\n"},
        {"outcomes": [("A", 15.0, None, 15.0), ("B", 20.0, None, None)]},
    ),
    "dates that contradict each other": Case(
        {
            "blood": "patient,infusion date,date,Hb (g/L)\nA,2022-03-01,25/03/2022,90\n"
            "A,2022-03-01,03/28/2022,91\nA,2022-03-01,03/04/2022,92\n"
        },
        asked="can only have the day first, others only the month",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_read_as_it_means_or_what_is_wrong_is_told(name: str) -> None:
    case = CASES[name]
    intake = read(case.files)
    if case.asked:
        assert intake.cohort is None
        assert case.asked in " ".join(f"{one.text} {one.why}" for one in intake.questions)
        return
    for table, truth in case.truth.items():
        assert rows(intake, table) == sorted(truth, key=str), table
    assert case.said in told(intake)


def test_the_day_of_a_month_is_no_day_after_infusion() -> None:
    intake = read({"blood": "patient,year,month,day,Hb (g/L)\nA,2022,3,8,95\nA,2022,3,25,90\n"})
    assert intake.cohort is None
    assert "blood.csv has no column with the day or date of its counts." in told(intake)


def test_nothing_is_told_of_plain_doses_that_were_given_by_mouth_once_a_day() -> None:
    header = "patient,drug,dose (mg/kg),frequency,route,given,start day,stop day"
    intake = read(doses(header, "A,Prednisone,0.5,QD,oral,Yes,30,36", "A,Prednisone,0.25,,,,37,40"))
    assert rows(intake, "prednisone") == [("A", 30, 36, 0.5), ("A", 37, 40, 0.25)]
    grave = intake.findings[intake.findings["severity"] != NOTE]
    assert set(grave["table"]) <= {"counts"}  # there are no platelets, no neutrophils
