"""The bands and reference ranges as data: complete, tiling, and with a source each."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from pht_core.model import criteria
from pht_core.model.criteria import (
    LLN,
    find_holes,
    read_references,
    read_schemes,
    reference,
    scheme,
)
from pht_core.model.errors import PhtError, UnknownName
from pht_core.model.lineage import LINEAGES, PHT_LINEAGES

# Upper bounds, worst grade first, from the published tables; the mildest ends at LLN or a number.
UPPER_BOUNDS = {
    "ctcae_v5": {"HGB": [80, 100, LLN], "PLT": [25, 50, 75, LLN], "NE": [0.5, 1, 1.5, LLN]},
    "ctcae_v6": {"HGB": [80, 100, LLN], "PLT": [10, 50, 75, LLN], "NE": [0.1, 0.5, 1, 1.5]},
    "wang2023_table1": {"HGB": [80, 100, LLN], "PLT": [25, 50, 75, LLN], "NE": [0.5, 1, 1.5, LLN]},
}
HOLES: dict[str, dict[str, list[float]]] = {
    "ctcae_v5": {"HGB": [], "PLT": [], "NE": []},
    "ctcae_v6": {"HGB": [], "PLT": [], "NE": []},
    "wang2023_table1": {"HGB": [], "PLT": [25], "NE": [0.5]},
}


def test_bounds_are_those_of_the_published_tables() -> None:
    found = {
        name: {
            param: [band.upper for band in scheme.bands_of(param)]  # worst first
            for param in scheme.params
        }
        for name, scheme in read_schemes().items()
    }
    assert found == UPPER_BOUNDS


@pytest.mark.parametrize("name", HOLES)
def test_bands_tile_up_to_lln_but_for_the_named_holes(name: str) -> None:
    assert set(PHT_LINEAGES) <= set(HOLES[name])
    for param, holes in HOLES[name].items():
        bands = scheme(name).bands_of(param)
        assert bands[0].lower is None
        assert [band.lower for band in bands[1:]] == [band.upper for band in bands[:-1]]
        assert all(worse.upper_closed + band.lower_closed <= 1 for worse, band in pairwise(bands))
        assert find_holes(bands) == holes


def test_units_titles_and_sources_are_given() -> None:
    for entry in read_schemes().values():
        assert entry.title
        assert entry.source
        assert entry.note
        assert all(band.unit == LINEAGES[band.param].unit and band.text for band in entry.bands)


def test_hemoglobin_has_no_grade_4_from_a_count() -> None:
    assert all(
        [band.grade for band in entry.bands_of("HGB")] == [3, 2, 1]
        for entry in read_schemes().values()
    )


def test_bounds_of_bands_worst_first() -> None:
    def bounds(name: str, param: str) -> list[tuple[object, ...]]:
        bands = scheme(name).bands_of(param)
        return [
            (one.grade, one.lower, one.lower_closed, one.upper, one.upper_closed) for one in bands
        ]

    assert bounds("ctcae_v5", "PLT") == [
        (4, None, False, 25.0, False),
        (3, 25.0, True, 50.0, False),
        (2, 50.0, True, 75.0, False),
        (1, 75.0, True, LLN, False),
    ]
    assert bounds("wang2023_table1", "NE") == [
        (4, None, False, 0.5, False),
        (3, 0.5, False, 1.0, True),
        (2, 1.0, False, 1.5, True),
        (1, 1.5, False, LLN, False),
    ]
    assert [band[3] for band in bounds("ctcae_v6", "NE")] == [0.1, 0.5, 1.0, 1.5]


def test_every_limit_has_a_source_and_every_adult_one_of_each_lineage() -> None:
    for entry in read_references().values():
        assert all(row.source and row.unit == LINEAGES[row.param].unit for row in entry.rows)
        for param in LINEAGES:
            for sex in ("M", "F"):
                assert all(entry.lln(param, sex, age) for age in (15, 18, 40, 99))


def test_ages_of_a_lineage_tile_for_each_sex() -> None:
    for entry in read_references().values():
        for param in LINEAGES:
            for sex in ("M", "F"):
                rows = sorted(
                    (row for row in entry.rows if row.param == param and row.sex in ("", sex)),
                    key=lambda row: row.age_from,
                )
                ends = [row.age_to for row in rows]
                assert ends[:-1] == [row.age_from for row in rows[1:]]
                assert ends[-1] is None


def test_unknown_names_list_those_offered() -> None:
    with pytest.raises(UnknownName, match="Grading scheme 'v4' is not known"):
        scheme("v4")
    with pytest.raises(UnknownName, match="Reference set 'lab' is not known"):
        reference("lab")


BROKEN = {
    "a gap": ("PLT,10^9/L,2,55,>=,75,<,x", "grade 2 must begin where grade 3 ends"),
    "an overlap": ("PLT,10^9/L,2,45,>=,75,<,x", "grade 2 must begin where grade 3 ends"),
    "another unit": ("PLT,10^6/L,2,50,>=,75,<,x", "in one unit"),
    "a grade twice": ("PLT,10^9/L,3,50,>=,75,<,x", "one band for each grade"),
    "LLN as lower bound": ("PLT,10^9/L,2,LLN,>=,75,<,x", "a lower bound must be a number"),
    "no lower bound": ("PLT,10^9/L,2,,,75,<,x", "grade 2 must begin where grade 3 ends"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_criteria_file_is_refused(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, message = BROKEN[what]
    good = (criteria.FOLDER / "ctcae_v5.csv").read_text("utf-8").splitlines()
    place = next(at for at, row in enumerate(good) if row.startswith("PLT,10^9/L,2,"))
    good[place] = line
    (tmp_path / "own.csv").write_text("\n".join(good), "utf-8")
    with (tmp_path / "schemes.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["scheme", "title", "source", "note"], ["own", "Own", "here", "none"]]
        )
    monkeypatch.setattr(criteria, "FOLDER", tmp_path)
    with pytest.raises(PhtError, match=message):
        read_schemes.__wrapped__()
