"""Units as hospitals write them; conversions by hand on paper; what values say of their unit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pht_core.model.errors import UnknownName
from pht_core.model.lineage import LINEAGES
from pht_core.model.units import (
    canonical_unit,
    convert_unit,
    fitting_units,
    implausible_unit,
    offered_units,
    read_units,
    recognise_unit,
    split_header,
    written_unit,
)

SPELLED = {
    "10^9/L": "x10E9 / l|×10⁹/L|10*9/L|10**9/L|10E9/L|x109/L|x10(9)/L|10e9/L|1e9/L|E9/L|10e+09/L"
    "|10^9 cells/L|10^9·L⁻¹|10^9 L-1|10 9/L|10^9/l.|/nL|bil/L|10 exp 9/L|Gpt/L|giga/L|x10^9",
    "10^3/uL": "K/µL|K/μL|K/uL|k/mcL|K/cumm|10^3/mm3|10³/mm³|10*3/uL|thou/uL|thousands/uL"
    "|1000/uL|1,000/uL|x 1000/mm3",
    "/uL": "{cells}/uL|/mm3|cells/µL|cells/mm^3|个/uL|1/uL|/微升|/mm³",
    "10^4/uL": "万/uL|x10^4/μl|10000/uL",
    "10^5/uL": "lakhs/cumm|lakh / mm3",
    "10^6/L": "10^6/L|10E6/l",
    "g/L": "g/L|g/l|gm/L|克/升|g·L⁻¹|g per L|g/litre",
    "g/dL": "g/dL|G/DL|g/dl|gm/dl|g%|g/100 mL|g / dL|g/dl.",
    "mmol/L": "mmol/l|mmol/L|MMOL/L",
    "mg/kg/day": "mg/kg/d|mg/(kg·d)|mg per kg per day|mg·kg⁻¹·d⁻¹|mg/kg/天|mg/kg/24h",
    "mg/day": "mg/d|mg/day|mg daily",
    "ug/L": "mcg/L|µg/l",
    "ng/mL": "ng/ml|NG/ML|ng/毫升",
    "10^6/kg": "10^6 cells/kg|×10^6/kg|x10⁶/kg|10E6/kg",
    "/kg": "cells/kg",
    "%": "%|％|per cent|pct|Percent",
    "months": "months|mo|Monate|个月|MONTHS",
    "years": "years|yr|y|岁|年",
    "copies/ug": "copies/μg DNA|copies/ug",
}


@pytest.mark.parametrize("unit", SPELLED)
def test_a_unit_is_recognised_in_every_usual_spelling(unit: str) -> None:
    for text in SPELLED[unit].split("|"):
        assert recognise_unit(text) == unit, text


@pytest.mark.parametrize("text", ["", "L", "total", "PLT", "D14", "M/uL", "pg/mL", "3/4", "x" * 99])
def test_what_is_no_unit_is_none(text: str) -> None:
    assert recognise_unit(text) == ""
    assert written_unit(text) == ""


def test_giga_or_gram_is_for_the_quantity_to_say() -> None:
    assert recognise_unit("G/L", "PLT") == recognise_unit("g/l", "NE") == "10^9/L"
    assert recognise_unit("G/L", "HGB") == recognise_unit("g/l", "HGB") == "g/L"
    assert recognise_unit("G/L") == ""
    assert written_unit("G/L") == "G/L"
    assert recognise_unit("g/dL", "PLT") == ""
    assert recognise_unit("mmol/L", "CRP") == ""


HEADERS = {
    "Hb (g/dL)": ("Hb", "g/dL"),
    "Hb [g/dL]": ("Hb", "g/dL"),
    "Hb, g/dL": ("Hb", "g/dL"),
    "Hb g/dL": ("Hb", "g/dL"),
    "Hb (unit: g/L)": ("Hb", "g/L"),
    "Hb (g/dL) D14": ("Hb D14", "g/dL"),
    "HGB - g/dL": ("HGB", "g/dL"),
    "HGB..g.dL.": ("HGB", "g/dL"),
    "HGB_G_L": ("HGB", "G/L"),
    "HGB_MMOL_L": ("HGB", "mmol/L"),
    "hgb_g_l": ("hgb", "g/L"),
    "hgb_lln_g_l": ("hgb_lln", "g/L"),
    "hgb_g_l_d-7": ("hgb_d-7", "g/L"),
    "plt_10e9_l": ("plt", "10^9/L"),
    "PLT_10e9_L_d14": ("PLT_d14", "10^9/L"),
    "PLT_K_uL": ("PLT", "10^3/uL"),
    "PLT..10.9.L.": ("PLT", "10^9/L"),
    "PLT(×10⁹/L)D28": ("PLT D28", "10^9/L"),
    "plt_109l": ("plt", "10^9/L"),
    "plt_per_ul": ("plt", "/uL"),
    "anc_ul": ("anc", "/uL"),
    "hgb_gdl": ("hgb", "g/dL"),
    "HGB_gL": ("HGB", "g/L"),
    "ferritin_ngml": ("ferritin", "ng/mL"),
    "体重kg": ("体重", "kg"),
    "Platelets (x1000)": ("Platelets", "10^3/uL"),
    "PLT(10^(9)/L)": ("PLT", "10^9/L"),
    "WBC×10⁹/L": ("WBC", "10^9/L"),
    "ANC x10^9/L": ("ANC", "10^9/L"),
    "ANC x 10^9 / L": ("ANC", "10^9/L"),
    "血红蛋白(g/L)": ("血红蛋白", "g/L"),
    "血小板（10^9/L）": ("血小板", "10^9/L"),
    "年龄(岁)": ("年龄", "years"),
    "总生存期（月）": ("总生存期", "months"),
    "prednisone_mg_kg": ("prednisone", "mg/kg"),
    "prednisone_mg_day_14": ("prednisone_day_14", "mg"),
    "OS_MONTHS": ("OS", "months"),
    "os_days": ("os", "days"),
    "time to death (months)": ("time to death", "months"),
    "last_followup_months": ("last_followup", "months"),
    "weight_kg": ("weight", "kg"),
    "age (y)": ("age", "years"),
    "NE%": ("NE", "%"),
    "%NE": ("NE", "%"),
    "polys (%)": ("polys", "%"),
    "ne_percent": ("ne", "%"),
    "crp_mg_l": ("crp", "mg/L"),
    "ferritin_ng_ml": ("ferritin", "ng/mL"),
    "cart_dose_10e6_kg": ("cart_dose", "10^6/kg"),
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_comes_apart_as_name_and_unit(header: str) -> None:
    assert split_header(header) == HEADERS[header]


UNITLESS = (
    "HGB_D14|HGB day 28|total|ward_l|id_g|plt_l|day|D28|study_day|start_day|subject_id|months|%|"
    "Sex (M/F)|Prior HSCT (Y/N)|grade 3/4|CAR_T|IL-6 (pg/mL)|visit_1|中性粒细胞百分比|"
)


@pytest.mark.parametrize("header", UNITLESS.split("|"))
def test_a_header_without_a_unit_is_left_alone(header: str) -> None:
    assert split_header(header) == (header, "")


def test_endless_headers_are_left_alone_at_once() -> None:
    assert split_header("(" * 200_000) == ("(" * 200_000, "")
    assert recognise_unit("(" * 200_000) == ""


# Each by hand: 1 dL is 0.1 L, 1 mmol of haem is 16.114 g, 10^3 /uL is 10^9/L.
CONVERTED = [
    ("HGB", "g/dL", 8.7, 87.0),
    ("HGB", "mmol/L", 5.0, 80.57),
    ("HGB", "mg/dL", 8500, 85.0),
    ("HGB", "g/L", 85, 85.0),
    ("PLT", "10^3/uL", 42, 42.0),
    ("PLT", "/uL", 150_000, 150.0),
    ("PLT", "10^6/L", 150_000, 150.0),
    ("PLT", "10^4/uL", 15.2, 152.0),
    ("PLT", "10^5/uL", 1.5, 150.0),
    ("NE", "/uL", 500, 0.5),
    ("WBC", "10^2/uL", 45, 4.5),
    ("CRP", "mg/dL", 2.5, 25.0),
    ("FERRITIN", "ug/L", 650, 650.0),
    ("FERRITIN", "pmol/L", 2247, 1000.0),
    ("LDH", "ukat/L", 4, 240.0),
    ("CREATININE", "umol/L", 88.42, 1.0),
    ("CREATININE", "mg/L", 9, 0.9),
    ("dose", "mg/kg", 0.5, 0.5),
    ("dose", "mg", 40, 40.0),
    ("time", "days", 365.25, 12.0),
    ("time", "weeks", 30.4375, 7.0),
    ("time", "years", 2, 24.0),
    ("age", "months", 18, 1.5),
    ("weight", "g", 70_500, 70.5),
    ("weight", "lb", 100, 45.359237),
    ("cart_dose", "/kg", 2_000_000, 2.0),
    ("cart_dose", "10^5/kg", 15, 1.5),
    ("percent", "fraction", 0.65, 65.0),
]


@pytest.mark.parametrize(("quantity", "unit", "value", "canonical"), CONVERTED)
def test_values_become_those_worked_out_by_hand(
    quantity: str, unit: str, value: float, canonical: float
) -> None:
    converted = convert_unit([value, math.nan], quantity, unit)
    assert converted[0] == pytest.approx(canonical, rel=1e-14)
    assert math.isnan(converted[1])


def test_a_count_at_a_threshold_stays_at_it() -> None:
    tenths = np.arange(10, 301) / 10  # g/dL as laboratories print it
    assert convert_unit(tenths, "HGB", "g/dL").tolist() == list(range(10, 301))
    assert convert_unit([100, 500, 1000, 1500], "NE", "/uL").tolist() == [0.1, 0.5, 1.0, 1.5]
    assert convert_unit([25e3, 50e3, 75e3], "PLT", "/uL").tolist() == [25, 50, 75]


def test_just_below_a_limit_stays_below_it_in_the_other_unit() -> None:
    for quantity, unit, limits in (
        ("HGB", "g/dL", np.arange(10, 301) / 10),
        ("PLT", "/uL", np.arange(1, 300) * 1000.0),
        ("PLT", "10^4/uL", np.arange(1, 301) / 10),
        ("NE", "/uL", np.arange(1, 500) * 10.0),
    ):
        just_below = convert_unit(np.nextafter(limits, -1), quantity, unit)
        assert (just_below < convert_unit(limits, quantity, unit)).all(), (quantity, unit)


@given(
    st.sampled_from([(q, u) for q, units in read_units().items() for u in units]),
    st.floats(0.001, 1e6),
    st.floats(0.001, 1e6),
)
def test_conversion_keeps_ratios_and_comes_back(
    named: tuple[str, str], one: float, other: float
) -> None:
    quantity, unit = named
    converted = convert_unit([one, other, 0.0], quantity, unit)
    assert converted[2] == 0
    assert converted[0] / converted[1] == pytest.approx(one / other, rel=1e-12)
    entry = read_units()[quantity][unit]
    assert converted[0] / entry.factor * entry.divisor == pytest.approx(one, rel=1e-12)


def test_units_become_those_of_the_schema() -> None:
    for quantity, unit in ((one.param, one.unit) for one in LINEAGES.values()):
        assert canonical_unit(quantity) == unit
        assert offered_units(quantity)[0] == unit
        assert {canonical_unit(quantity, other) for other in offered_units(quantity)} == {unit}
    assert canonical_unit("time", "days") == "months"
    assert canonical_unit("dose", "mg") == "mg/day"
    assert canonical_unit("dose", "mg/kg") == "mg/kg/day"
    assert offered_units("sex") == []


def test_unknown_units_and_quantities_are_refused() -> None:
    with pytest.raises(UnknownName, match=r"Unit of HGB 'mol' is not known\. Choose one of: g/L"):
        convert_unit([1.0], "HGB", "mol")
    with pytest.raises(UnknownName, match="Quantity 'height' is not known"):
        fitting_units([1.0], "height")


def test_every_unit_is_recognised_by_its_own_name_and_its_aliases() -> None:
    for quantity, units in read_units().items():
        for unit in units.values():
            for alias in unit.aliases:
                assert recognise_unit(alias, quantity) == unit.name, (quantity, alias)
            assert unit.source, (quantity, unit.name)


FITS = [
    ("HGB", [62, 88, 104, 131], ["g/L"]),
    ("HGB", [6.2, 8.8, 10.4, 14.6], ["g/dL"]),  # 14.6 mmol/L would be 235 g/L
    ("HGB", [6.2, 7.1, 8.8, 10.4], ["g/dL", "mmol/L"]),
    ("HGB", [3.5, 4.1, 4.6], ["mmol/L"]),  # a median of 41 g/L is not believed
    ("HGB", [0.1, 0.2], []),
    ("PLT", [12, 45, 80, 210], ["10^9/L"]),
    ("PLT", [12_000, 45_000, 210_000], ["/uL"]),
    ("PLT", [2.5, 4.5, 21.0], ["10^9/L", "10^4/uL"]),
    ("PLT", [0.9, 1.2, 2.1], ["10^4/uL", "10^5/uL"]),
    ("NE", [0, 0, 0.1, 0.8, 3.2], ["10^9/L"]),
    ("NE", [0, 0, 120, 800, 3200], ["/uL"]),
    ("NE", [0, 8, 10, 12], ["10^9/L", "/uL"]),
    ("NE", [0.0, 0.0], ["10^9/L"]),
    ("WBC", [0.4, 2.1, 6.0], ["10^9/L"]),
    ("WBC", [1200, 4500], ["/uL"]),
    ("WBC", [21, 45, 60], ["10^2/uL"]),
    ("CRP", [1, 12, 90, 180], ["mg/L"]),
    ("dose", [0, 0, 0.25, 0.5, 1], ["mg/kg/day"]),
    ("dose", [0, 5, 20, 40], ["mg/day"]),
    ("percent", [35, 60, 80], ["%"]),
    ("percent", [0.35, 0.6, 0.8], ["fraction"]),
    ("time", [3, 12, 24], ["weeks", "months", "years"]),
    ("time", [90, 365, 730], ["days", "weeks"]),
    ("weight", [18, 62, 90], ["kg"]),
]


@pytest.mark.parametrize(("quantity", "values", "units"), FITS)
def test_values_say_in_which_units_they_can_be_believed(
    quantity: str, values: list[float], units: list[str]
) -> None:
    assert fitting_units([*values, math.nan], quantity) == units


def test_a_slip_of_the_pen_does_not_change_the_unit() -> None:
    values = [*np.linspace(70, 130, 99), 9.1]
    assert fitting_units(values, "HGB") == ["g/L"]
    assert fitting_units([*np.linspace(7, 14.9, 99), 1e6], "HGB") == ["g/dL"]


def test_a_declared_unit_that_cannot_be_believed_is_named_with_the_one_that_fits() -> None:
    assert implausible_unit([7.2, 9.0, 14.1, 14.6], "HGB", "g/L") == "g/dL"
    assert implausible_unit([72, 90, 141], "HGB", "g/L") == ""
    assert implausible_unit([72, 90, 141], "HGB", "g/dL") == "g/L"
    assert implausible_unit([20_000, 45_000], "PLT", "10^3/uL") == "/uL"
    assert implausible_unit([20, 45, 160], "PLT", "/uL") == "10^9/L"
    assert implausible_unit([20, 45, 160], "PLT", "10^3/uL") == ""
    assert implausible_unit([0.5, 0.6], "percent", "%") == "fraction"
    assert implausible_unit([1e9, 2e9], "HGB", "g/L") == "no known unit"
    assert implausible_unit([math.nan, 0], "HGB", "g/L") == ""
    assert implausible_unit([12.0], "CART_LEVEL", "copies/ug") == ""
