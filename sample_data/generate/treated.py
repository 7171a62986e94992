"""All treated patients, patient-level columns only: Table 2's groups and the paper's flow.

The seventeen carry their Table 3 values. The others are drawn until the counts and medians of
Table 2's group columns come out; its total column does not add up in print and is not followed
where the groups give something else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import median

from sample_data.generate.cohort import CNS_PATIENTS, read_table3
from sample_data.generate.simulate import SEED

TREATED_COLUMNS = (
    "subject_id",
    "age_years",
    "sex",
    "cns",
    "other_extramedullary",
    "prior_hsct",
    "lines_of_therapy",
    "blood_count_followup",
    "pht_d28",
)
N_TREATED = 159
NORMAL_AT_DAY_28 = {"P1", "P2"}
TRIES = 100_000
Row = dict[str, str]
Numbers = list[int]


@dataclass(frozen=True)
class Group:
    """A column of Table 2: how many there are of what, medians, lowest and highest value."""

    n: int
    male: int
    cns: int
    other: int
    hsct: int
    age: tuple[int, int, int]  # median, lowest, highest
    lines: tuple[int, int, int]


PHT = Group(86, male=46, cns=9, other=13, hsct=51, age=(33, 11, 68), lines=(4, 1, 12))
NON_PHT = Group(23, male=11, cns=1, other=1, hsct=9, age=(43, 9, 66), lines=(5, 0, 13))
TOTAL_AGE, TOTAL_LINES = 34, 5


def build_treated() -> list[Row]:
    """All 159 treated patients, the seventeen first; raises ValueError where none can be drawn."""
    rng = Random(f"{SEED} treated")
    printed = [_printed_row(row) for row in read_table3()]
    pht = [row for row in printed if row["pht_d28"] == "Yes"]
    non_pht = [row for row in printed if row["pht_d28"] == "No"]
    ages = _draw_column(rng, "age_years", pht, non_pht, _draw_age, TOTAL_AGE)
    lines = _draw_column(rng, "lines_of_therapy", pht, non_pht, _draw_lines, TOTAL_LINES)
    others = _rows(rng, PHT, pht, ages[0], lines[0], "Yes")
    others += _rows(rng, NON_PHT, non_pht, ages[1], lines[1], "No")
    others += _unfollowed(rng, N_TREATED - PHT.n - NON_PHT.n)
    rng.shuffle(others)
    for number, row in enumerate(others, start=len(printed) + 1):
        row["subject_id"] = f"T{number:03d}"
    return [*printed, *others]


def _printed_row(table3: Row) -> Row:
    subject = table3["patient_id"]
    extramedullary = table3["extramedullary"] == "Yes"
    return {
        "subject_id": subject,
        "age_years": table3["age_years"],
        "sex": table3["sex"],
        "cns": _yes(subject in CNS_PATIENTS),
        "other_extramedullary": _yes(extramedullary and subject not in CNS_PATIENTS),
        "prior_hsct": table3["prior_hsct"],
        "lines_of_therapy": table3["lines_of_therapy"],
        "blood_count_followup": "Yes",
        "pht_d28": _yes(subject not in NORMAL_AT_DAY_28),
    }


def _draw_column(
    rng: Random,
    column: str,
    pht: list[Row],
    non_pht: list[Row],
    draw: Callable[[Random], int],
    total_median: int,
) -> tuple[Numbers, Numbers]:
    """Values of the others in both groups, with both medians, the total's and the ranges."""
    known = [[int(row[column]) for row in rows] for rows in (pht, non_pht)]
    asked = [group.age if column == "age_years" else group.lines for group in (PHT, NON_PHT)]
    sizes = (PHT.n, NON_PHT.n)
    for _ in range(TRIES):
        drawn = []
        for values, (_, low, high), size in zip(known, asked, sizes, strict=True):
            # the ends of a printed range were somebody; the seventeen may be that somebody
            ends = [end for end in (low, high) if end not in values]
            new = list(ends)
            while len(values) + len(new) < size:
                value = draw(rng)
                if low < value < high:
                    new.append(value)
            drawn.append(new)
        medians = [median(k + d) for k, d in zip(known, drawn, strict=True)]
        if medians == [asked[0][0], asked[1][0]]:
            everyone = known[0] + drawn[0] + known[1] + drawn[1]
            if median(everyone) == total_median:
                for new in drawn:
                    rng.shuffle(new)
                return drawn[0], drawn[1]
    raise ValueError(f"No {column} found with Table 2's medians.")


def _draw_age(rng: Random) -> int:
    """Age in years: a broad hump of young adults with an older tail."""
    return round(rng.triangular(5, 72, 25 if rng.random() < 0.72 else 48))


def _draw_lines(rng: Random) -> int:
    """Lines of therapy: skewed to the right."""
    return round(rng.gammavariate(3.6, 1.3))


def _rows(
    rng: Random, group: Group, known: list[Row], ages: Numbers, lines: Numbers, pht: str
) -> list[Row]:
    n = len(ages)
    sexes = _flags(rng, n, group.male - sum(row["sex"] == "M" for row in known))
    hsct = _flags(rng, n, group.hsct - _count(known, "prior_hsct"))
    cns = group.cns - _count(known, "cns")
    other = group.other - _count(known, "other_extramedullary")
    sites = ["cns"] * cns + ["other"] * other + [""] * (n - cns - other)
    rng.shuffle(sites)
    return [
        {
            "age_years": str(ages[i]),
            "sex": "M" if sexes[i] else "F",
            "cns": _yes(sites[i] == "cns"),
            "other_extramedullary": _yes(sites[i] == "other"),
            "prior_hsct": _yes(hsct[i]),
            "lines_of_therapy": str(lines[i]),
            "blood_count_followup": "Yes",
            "pht_d28": pht,
        }
        for i in range(n)
    ]


def _unfollowed(rng: Random, n: int) -> list[Row]:
    """The treated without blood count follow-up: nothing is printed about them."""
    rows = []
    for _ in range(n):
        site = rng.random()
        lines = max(1, min(_draw_lines(rng), 11))
        rows.append(
            {
                "age_years": str(_draw_age(rng)),
                "sex": rng.choice("MF"),
                "cns": _yes(site < 0.1),
                "other_extramedullary": _yes(0.1 <= site < 0.22),
                "prior_hsct": _yes(lines > 1 and rng.random() < 0.5),
                "lines_of_therapy": str(lines),
                "blood_count_followup": "No",
                "pht_d28": "",
            }
        )
    return rows


def _flags(rng: Random, n: int, chosen: int) -> list[bool]:
    flags = [i < chosen for i in range(n)]
    rng.shuffle(flags)
    return flags


def _count(rows: list[Row], column: str) -> int:
    return sum(row[column] == "Yes" for row in rows)


def _yes(flag: bool) -> str:
    return "Yes" if flag else "No"
