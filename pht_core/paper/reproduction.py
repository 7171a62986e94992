"""Every figure that Wang et al. 2023 print about their cohort, held against what data give.

``sample_data/published.csv`` says what is printed, what its own arithmetic gives (see
``published``), and of most figures which statistic of which column they are (see `_statistic`).
What is no plain statistic of a column has a function in `QUANTITIES`, under the row's id.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from pht_core.model.errors import PhtError
from pht_core.model.lineage import PHT_LINEAGES
from pht_core.paper.published import agrees_to, compare_parts, read_published
from pht_core.stats.assessment import Assessment
from pht_core.stats.courses import count_events_on_prednisone
from pht_core.stats.event_times import derive_times
from pht_core.stats.proportion import percent_text, share_text
from pht_core.stats.safety import count_car_t_persistence, count_safety
from pht_core.stats.summary import count_any_severe, count_yes, median_range
from pht_core.stats.survival import estimate_followup, estimate_rates


@dataclass(frozen=True)
class Quantity:
    """A computed figure: its number, the range or standard error printed with it, its words."""

    number: Fraction | float | None
    text: str
    spread: tuple[float, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """What the quantities are computed from."""

    assessment: Assessment
    treated: pd.DataFrame | None

    @property
    def patients(self) -> pd.DataFrame:
        return self.assessment.patients

    @property
    def pht(self) -> pd.DataFrame:
        """Patients with PHT at day 28 who were given prednisone: the paper's fifteen."""
        patients = self.patients
        return patients[(patients["pht_d28"] & patients["treated"]).fillna(False)]

    def treated_group(self, name: str) -> pd.DataFrame:
        """Of all treated patients: ``all``, ``followed``, ``pht`` or ``no_pht``."""
        if self.treated is None or name == "all":
            return pd.DataFrame() if self.treated is None else self.treated
        followed = self.treated["blood_count_followup"].astype("boolean").fillna(False)
        pht = self.treated["pht_d28"].astype("boolean")
        groups = {"followed": followed, "pht": followed & pht, "no_pht": followed & ~pht}
        return self.treated[groups[name].fillna(False)]


def _of_treated(source: Source, quantity: Callable[[], Quantity]) -> Quantity:
    if source.treated is None:
        return Quantity(None, "no table of all treated patients")
    return quantity()


def _share(n: int, n_total: int) -> Quantity:
    number = Fraction(100 * n, n_total) if n_total else None
    return Quantity(number, share_text(n, n_total, 2))


def _count(n: int) -> Quantity:
    return Quantity(Fraction(n), str(n))


def _share_of(values: pd.Series, counted: str) -> Quantity:
    """Share of the patients with one of the values in ``counted``, of those with any value."""
    known = values[values.notna()]
    return _share(int(known.isin(_read_values(counted)).sum()), len(known))


def _count_of(values: pd.Series, counted: str) -> Quantity:
    """How many patients have one of the values; not evaluable where nobody has any."""
    if not values.notna().any():
        return Quantity(None, "not evaluable")
    return _count(int(values.isin(_read_values(counted)).sum()))


def _read_values(counted: str) -> list[object]:
    """The values that a row counts: ``yes``, ``M``, or grades as ``1|2``."""
    answers: dict[str, object] = {"yes": True, "no": False}
    return [int(one) if one.isdecimal() else answers.get(one, one) for one in counted.split("|")]


def _median(values: Any) -> Quantity:
    median, low, high, n = median_range(values)
    if not n:
        return Quantity(None, "no data")
    text = f"{median:g} ({low:g}–{high:g}), n = {n}"
    return Quantity(Fraction(str(median)), text, (low, high))


def _lineages(source: Source, period: str, lineages: int, of: pd.DataFrame) -> Quantity:
    values = source.assessment.grades[period].loc[of.index, list(PHT_LINEAGES)]
    known = values[values.notna().all(axis=1)]
    return _share(int((known.ge(1).sum(axis=1) == lineages).sum()), len(known))


def _survival(source: Source, endpoint: str) -> Quantity:
    settings = source.assessment.settings
    times = derive_times(
        source.assessment.cohort.outcomes,
        endpoint,
        censor_at_next_therapy=settings.censor_at_next_therapy,
    )
    rate = estimate_rates(times, (12.0,), ci=settings.ci).iloc[0]
    estimate, error = 100 * rate["estimate"], 100 * rate["std_error"]
    return Quantity(estimate, f"{estimate:.2f}% ± {error:.2f}%", (error,))


def _followup(source: Source) -> Quantity:
    row = estimate_followup(derive_times(source.assessment.cohort.outcomes, "os")).iloc[0]
    text = f"{row['median']:g} ({row['minimum']:g}–{row['maximum']:g}) months"
    return Quantity(float(row["median"]), text, (row["minimum"], row["maximum"]))


def _on_prednisone(source: Source, event: str) -> Quantity:
    table = count_safety(source.assessment, list(source.patients.index))
    row = table[table["event"] == event]
    if row.empty:
        return Quantity(None, "not recorded")
    return _share(int(row["n"].iloc[0]), int(row["n_total"].iloc[0]))


def _bone_and_stomach(source: Source) -> Quantity:
    """Osteoporosis or ulcer, printed as one figure: a patient with both counts once."""
    assessment, kinds = source.assessment, ["osteoporosis", "gi_ulcer"]
    if not all(assessment.cohort.has(kind) for kind in kinds):
        return Quantity(None, "not recorded")
    found = count_events_on_prednisone(assessment.cohort.events, assessment.courses)
    n = found.loc[found["event"].isin(kinds), "subject_id"].nunique()
    return _share(n, count_yes(source.patients["treated"])[0])


def _car_t(source: Source) -> Quantity:
    if not source.assessment.cohort.has("car_t"):
        return Quantity(None, "not recorded")
    return _share(*count_car_t_persistence(source.assessment, list(source.patients.index)))


def _course(source: Source, subject: str, course: int, column: str) -> Quantity:
    for table in (source.assessment.courses, source.assessment.responses):
        if column in table:
            row = table[(table["subject_id"] == subject) & (table["course"] == course)]
            if len(row) and pd.notna(row[column].iloc[0]):
                number = float(row[column].iloc[0])
                return Quantity(number, f"{number:g}")
    return Quantity(None, f"no course {course} of {subject}")


def _p3_month6(source: Source) -> Quantity:
    relapses = source.assessment.relapses
    row = relapses[(relapses["subject_id"] == "P3") & (relapses["course"] == 2)]
    if not len(row) or pd.isna(row["relapse_day"].iloc[0]):
        return Quantity(None, "no second recurrence in P3")
    again = "responded again" if row["responded_again"].fillna(False).iloc[0] else "no response"
    return Quantity(
        None, f"{row['relapse_params'].iloc[0]} fell on day {row['relapse_day'].iloc[0]:g}; {again}"
    )


def _statistic(row: dict[str, str], source: Source) -> Quantity:
    """What a row of ``published.csv`` says by itself.

    statistic : share, count or median. of : ``patients`` (everyone), ``pht`` (see `Source`), a
    period (the grades in it: within 28 days everyone's, later those of patients with PHT) or
    ``groups`` (Table 2: all followed, with PHT and without). column : of these. counted : the
    values that a share or a count is of.
    """
    statistic, of, column, counted = (row[key] for key in _STATISTIC_COLUMNS)
    if of == "groups":
        return _of_treated(source, lambda: _compare_groups(source, statistic, column, counted))
    if of in source.assessment.grades:
        patients = source.patients if of == "within_28" else source.pht
        values = source.assessment.grades[of].loc[patients.index, column]
    else:
        values = (source.pht if of == "pht" else source.patients)[column]
    if statistic == "median":
        return _median(values)
    if statistic == "share":
        return _share_of(values, counted)
    return _count_of(values, counted)


def _compare_groups(source: Source, statistic: str, column: str, counted: str) -> Quantity:
    """Table 2: the same figure of all followed, with PHT and without."""
    parts = []
    for name in ("followed", "pht", "no_pht"):
        values = source.treated_group(name)[column]
        if statistic == "median":
            middle, low, high, _ = median_range(values)
            parts.append(f"{middle:g} ({low:g}-{high:g})")
        else:
            n = int(values.isin(_read_values(counted)).sum())
            parts.append(f"{n} ({percent_text(n, len(values), 2)[:-1]})")
    return Quantity(None, "; ".join(parts), parts=tuple(parts))


_STATISTIC_COLUMNS = ("statistic", "of", "column", "counted")
QUANTITIES: dict[str, Callable[[Source], Quantity]] = {
    "flow.treated": lambda s: _of_treated(s, lambda: _count(len(s.treated_group("all")))),
    "flow.evaluated": lambda s: _of_treated(s, lambda: _count(len(s.treated_group("followed")))),
    "flow.pht": lambda s: _of_treated(
        s, lambda: _share(len(s.treated_group("pht")), len(s.treated_group("followed")))
    ),
    "flow.late": lambda s: _count_of(s.patients["late"] & s.patients["treated"], "yes"),
    "fu.median": _followup,
    "surv.pfs12": lambda s: _survival(s, "pfs"),
    "surv.os12": lambda s: _survival(s, "os"),
    "fig1b.trilineage": lambda s: _lineages(s, "within_28", 3, s.patients),
    "fig1b.bilineage": lambda s: _lineages(s, "within_28", 2, s.patients),
    "fig1e.trilineage": lambda s: _lineages(s, "at_day_28", 3, s.pht),
    "fig1e.bilineage": lambda s: _lineages(s, "at_day_28", 2, s.pht),
    "fig1f.any34": lambda s: _count(
        count_any_severe(s.assessment.grades["at_day_28"], list(s.pht.index))[0]
    ),
    "fig1h.bilineage": lambda s: _lineages(s, "after_prednisone", 2, s.pht),
    "pred.dose": lambda s: _median(
        s.assessment.courses.loc[s.assessment.courses["course"] == 1, "first_dose"]
    ),
    "p3.course1": lambda s: _course(s, "P3", 1, "duration"),
    "p3.month4": lambda s: _course(s, "P3", 2, "recovery_time"),
    "p3.month6": _p3_month6,
    "safety.hyperglycemia": lambda s: _on_prednisone(s, "hyperglycemia"),
    "safety.hypertension": lambda s: _on_prednisone(s, "hypertension"),
    "safety.infection": lambda s: _on_prednisone(s, "infection"),
    "safety.osteoporosis": _bone_and_stomach,
    "cart.detectable": _car_t,
}


def reproduce(assessment: Assessment, treated: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Each of the paper's printed figures with what the data give.

    assessment : of the cohort. treated : all treated patients, for the flow and Table 2, if known.
    Returns of each id, quantity, printed, value, computed (in words), computed_value (a number or
    None), agrees, misprint, note. ``agrees`` compares with ``value`` (what the paper's own counts
    give) and with a printed range or standard error; None where the paper gives no value.
    ``misprint`` says where print and arithmetic part.
    """
    source = Source(assessment, treated)
    return [_reproduce_row(row, _quantity(row, source)) for row in read_published()]


def _quantity(row: dict[str, str], source: Source) -> Quantity:
    try:
        return _statistic(row, source) if row["statistic"] else QUANTITIES[row["id"]](source)
    except PhtError as error:  # such as a survival rate without any follow-up
        return Quantity(None, str(error))


def _reproduce_row(row: dict[str, str], quantity: Quantity) -> dict[str, Any]:
    agrees: bool | None = None
    misprint = ""
    if row["value"]:
        agrees = quantity.number is not None and agrees_to(quantity.number, row["value"])
        spread = re.search(r"\((?:\+-)?([\d.]+)(?:-([\d.]+))?%?\)", row["printed"])
        if spread and quantity.spread:
            numbers = [number for number in spread.groups() if number]
            agrees &= all(
                agrees_to(had, number) for had, number in zip(quantity.spread, numbers, strict=True)
            )
        share = re.match(r"([\d.]+).*%$", row["printed"])
        if share and Fraction(share[1]) != Fraction(row["value"]):
            misprint = f"printed {row['printed']}, the paper's own counts give {row['value']}"
    elif quantity.parts:
        agrees, misprint = compare_parts(row, quantity.parts)
    return {
        **{name: row[name] for name in ("id", "quantity", "printed")},
        "value": float(row["value"]) if row["value"] else None,
        "computed": quantity.text,
        "computed_value": None if quantity.number is None else float(quantity.number),
        "agrees": agrees,
        "misprint": misprint,
        "note": row["note"],
    }
