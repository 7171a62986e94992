"""Words of the exhibits of the overview: key figures, flow, and the tables of patients."""

import numpy as np
import pandas as pd

from pht_core.exhibits.headline import MONTHS
from pht_core.exhibits.view import View
from pht_core.exhibits.words import (
    EXACT,
    Texts,
    capital,
    caption,
    left_out,
    limits,
    listed,
    median_value,
    patients,
    percent,
    pht_definition,
    plain_share,
    rows_of,
    sentence,
    share,
    short_share,
    span,
    these,
)
from pht_core.model.settings import support_word
from pht_core.stats.proportion import rate_text
from pht_core.stats.summary import count_yes, median_range, split_by_pht
from pht_core.stats.survival import derive_times, estimate_rates


def key_figures(view: View) -> Texts:
    """PHT at day 28, response, relapse after stopping, and survival at 12 months."""
    rows = view.patients
    treated = rows.loc[view.treated_pht]
    stopped = treated[treated["stopped"].fillna(False).to_numpy(dtype=bool)]
    pht = count_yes(rows["pht_d28"].astype("boolean"))
    response = count_yes(treated["responded"].astype("boolean"))
    relapse = count_yes(stopped["relapsed"].astype("boolean"))
    told = (("PHT at day 28", pht, ""), ("response", response, "with PHT"))
    short = [
        # Of the second group the noun is left out: a title is short.
        f"{words} in {short_share(n, known, which).replace('patients with', 'with')}"
        for words, (n, known, _), which in told
        if known
    ]
    alive, alive_full = _at_12_months(view)
    headline = "; ".join(filter(None, [listed(short), alive]))
    clauses = [
        _share_clause("PHT at day 28 was found", pht, "", "without the counts to tell"),
        _share_clause(
            "after the start of prednisone, response was found",
            response,
            "with PHT given prednisone",
            "without counts before and after it",
        ),
        _share_clause(
            "after stopping prednisone, cytopenia was found again",
            relapse,
            "with PHT who stopped it",
            "without counts at the stop and after it",
        ),
        alive_full,
    ]
    result = sentence(*clauses)
    untold = f"in {patients(len(rows))}, no key figure could be told"
    headline = headline or untold
    settings = view.settings
    return Texts(
        capital(headline),
        caption(
            view,
            f"PHT, response, relapse and survival of {patients(len(rows))}.",
            pht_definition(settings),
            f"Response is the first {support_word(settings)}count at least one grade better than "
            "before prednisone, in any lineage; relapse, a count at grade "
            f"{settings.relapse_grade} or worse after a stop, at least "
            f"{these(settings.relapse_fall, 'grade')} worse than at it.",
            "CIs of shares are exact (Clopper-Pearson); survival is by Kaplan-Meier with "
            f"{settings.ci} CI.",
            kind="Table",
            beside=result,
        ),
        result or sentence(untold),
    )


def _share_clause(start: str, counts: tuple[int, int, int], which: str, why: str) -> str:
    """A share with its interval, and who could not be told."""
    n, known, missing = counts
    if not known:
        return ""
    absent = f", leaving out {patients(missing, why)}" if missing else ""
    return f"{start} in {share(n, known, which, method=EXACT)}{absent}"


def _at_12_months(view: View) -> tuple[str, str]:
    """Overall survival at 12 months for a title and for a results sentence; empty if not known."""
    settings = view.settings
    outcomes = view.of(view.cohort.outcomes)
    times = derive_times(outcomes, "os", censor_at_next_therapy=settings.censor_at_next_therapy)
    if times.empty:
        return "", ""
    columns = ("n_risk", "estimate", "conf_low", "conf_high")
    table = estimate_rates(times, (MONTHS,), ci=settings.ci)
    n_risk, rate, low, high = rows_of(table, *columns)[0]
    if np.isnan(rate):
        return "", ""
    text = rate_text(rate, 0 if rate in (0.0, 1.0) else 1)
    inside = f"95% CI {limits(100 * low, 100 * high)}; " if low < high else ""
    return (
        f"overall survival at 12 months {text}",
        (
            f"overall survival from CAR-T infusion was {text} at 12 months ({inside}Kaplan-Meier, "
            f"{settings.ci}; {n_risk:.0f} of {patients(len(times))} at risk)"
        ),
    )


def flow(view: View, numbers: pd.DataFrame) -> Texts:
    """From all treated to those given prednisone.

    Parameters
    ----------
    numbers : see ``summary.count_flow``.
    """
    rows = {row[0]: row[1:] for row in rows_of(numbers, "step", "n", "n_total", "note")}
    n_pht, known = int(rows["pht"][0]), int(rows["pht"][1])
    n_start = int(rows["treated" if "treated" in rows else "cohort"][0])
    given = rows.get("prednisone")
    said: list[str] = []
    short: list[str] = []
    if "evaluated" in rows:
        n, n_total = int(rows["evaluated"][0]), int(rows["evaluated"][1])
        said.append(
            f"blood counts were followed in {plain_share(n, n_total, 'treated with CAR-T cells')}"
        )
    if known:
        which = "with blood count follow-up" if "evaluated" in rows else ""
        said.append(f"PHT at day 28 was found in {plain_share(n_pht, known, which)}")
        short.append(f"PHT at day 28 in {short_share(n_pht, known, which)}")
        unknown = n_start - known if "evaluated" not in rows else 0
        said.append(left_out(unknown, "without the counts to tell"))
    if given and int(given[0]):
        refractory, late = int(rows["refractory"][0]), int(rows["late"][0])
        others = f" ({given[2]})" if given[2] else ""
        said.append(
            f"prednisone was given to {patients(int(given[0]))}: {refractory} had PHT despite "
            f"support and {late} had cytopenia after day {view.settings.late_after} and none at "
            f"day 28{others}"
        )
    elif given:
        said.append("no patient was given prednisone")
    untold = f"in {patients(n_start)}, PHT at day 28 could not be told"
    short = short or [untold]
    if given:
        short.append(f"{int(given[0]) or 'none'} given prednisone")
    headline = capital("; ".join(short))
    result = sentence(*said) or sentence(untold)
    settings = view.settings
    support = (
        "Support is transfusion, G-CSF, erythropoietin or a thrombopoietin receptor agonist by day "
        f"{settings.day28}."
        if given
        else ""
    )
    late_rule = (
        f"Late cytopenia is none at day {settings.day28}, then grade {settings.late_grade} or "
        f"worse after day {settings.late_after}."
        if given
        else ""
    )
    return Texts(
        headline,
        caption(
            view,
            f"Flow of {patients(n_start)}"
            f"{' treated with CAR-T cells' if 'treated' in rows else ''}; boxes are numbers of "
            "patients.",
            pht_definition(settings),
            support,
            late_rule,
            beside=result,
        ),
        result,
    )


def described(view: View, numbers: pd.DataFrame) -> Texts:
    """Characteristics of the patients.

    Parameters
    ----------
    numbers : see ``summary.describe_subjects``.
    """
    rows = view.patients
    n = len(rows)
    ages = pd.to_numeric(rows["age_years"])
    lines = pd.to_numeric(rows["lines_of_therapy"])
    shares, sexes = _characteristics(rows), _males(rows)
    male = [f"{k} of {known} male ({percent(k, known, 0)})" for k, known in sexes]
    hsct = [
        f"{k} of {known} with {words} ({percent(k, known, 0)})"
        for words, k, known in shares
        if words == "prior HSCT"
    ]
    years = f"{'median ' if ages.nunique() > 1 else ''}age"
    age = f"{years} {median_value(ages, 'years', n=False)}" if ages.notna().any() else ""
    told = ", ".join(filter(None, [age, *male, *hsct]))
    full = [f"{words} in {plain_share(k, known, None)}" for words, k, known in shares]
    result = sentence(
        f"{years} was {median_value(ages, 'years')}" if ages.notna().any() else "",
        *(
            f"{k} of {patients(known)} {'was' if 1 in (k, known) else 'were'} male "
            f"({percent(k, known)})"
            for k, known in sexes
        ),
        f"the {'median ' if lines.nunique() > 1 else ''}number of lines of therapy was "
        f"{median_value(lines, '')}"
        if lines.notna().any()
        else "",
        f"the data record {listed(full)}" if full else "",
    )
    missing = int(numbers["missing"].max()) if len(numbers) else 0
    of_known = ", N being the patients of whom it is known," if missing else ""
    return Texts(
        f"{patients(n)}{f': {told}' if told else ''}",
        caption(
            view,
            f"Characteristics of {patients(n)}.",
            f"Values are n of N (percent){of_known} or median (range).",
            "CRS and ICANS are the highest grades recorded." if _any_grade(rows) else "",
            kind="Table",
            beside=f"{result} {' '.join(numbers['characteristic'])}",
        ),
        result or f"The data record no characteristics of {patients(n)}.",
    )


def _characteristics(rows: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Words, n and N of the shares that the data know."""
    crs, icans = pd.to_numeric(rows["crs_grade"]), pd.to_numeric(rows["icans_grade"])
    answers = (
        ("extramedullary disease", rows["extramedullary"]),
        ("central nervous system infiltration", rows["cns"]),
        ("prior HSCT", rows["prior_hsct"]),
        ("CRS of any grade", (crs >= 1).astype("boolean").mask(crs.isna())),
        ("ICANS of any grade", (icans >= 1).astype("boolean").mask(icans.isna())),
    )
    found = [(words, *count_yes(column.astype("boolean"))[:2]) for words, column in answers]
    return [(words, n, known) for words, n, known in found if known]


def _males(rows: pd.DataFrame) -> list[tuple[int, int]]:
    """Men and patients of known sex; nothing where no sex is known."""
    known = int(rows["sex"].notna().sum())
    return [(int((rows["sex"] == "M").sum()), known)] if known else []


def _any_grade(rows: pd.DataFrame) -> bool:
    return bool(rows[["crs_grade", "icans_grade"]].notna().to_numpy().any())


def patients_table(view: View, numbers: pd.DataFrame) -> Texts:
    """Each patient, a row each; no sentence could hold it.

    Parameters
    ----------
    numbers : see ``headline.patient_table``.
    """
    rows = view.patients
    ages = pd.to_numeric(rows["age_years"])
    _, low, high, known = median_range(ages)
    years = f"{span(low, high)} years" if low < high else these(int(low), "year") if known else ""
    age = f"age {years}" if years else ""
    male = [f"{k} of {n} male ({percent(k, n, 0)})" for k, n in _males(rows)]
    told = ", ".join(filter(None, [age, *male]))
    last = " and the last blood counts before CAR-T infusion" if _has_counts(numbers) else ""
    return Texts(
        f"{'Each of ' if len(rows) > 1 else ''}{patients(len(rows))}{f': {told}' if told else ''}",
        caption(
            view,
            f"Characteristics{last} of {patients(len(rows))}, a row each; an en dash is not known.",
            kind="Table",
            beside=f"{' '.join(map(str, numbers))} {_malignancies(rows)}",
        ),
    )


def _has_counts(numbers: pd.DataFrame) -> bool:
    return any(str(name).split(",")[0] in ("HGB", "PLT", "NE") for name in numbers)


def _malignancies(rows: pd.DataFrame) -> str:
    """The abbreviations of the field in two columns; nothing else of the file is repeated."""
    known = ("B-ALL", "CR")
    words = {str(value) for name in ("malignancy", "response") for value in rows[name].dropna()}
    return " ".join(short for short in known if any(short in word.split() for word in words))


def compared(view: View, numbers: pd.DataFrame) -> Texts:
    """All treated patients of the sample, with PHT against without (Table 2)."""
    everyone = view.everyone
    if everyone is None:
        return Texts("All treated patients are not known", caption(view, kind="Table"))
    parts = split_by_pht(everyone)
    pht, none, total = (len(parts[name]) for name in ("PHT", "No PHT", "Total"))
    hsct = {name: count_yes(part["prior_hsct"].astype("boolean")) for name, part in parts.items()}
    ages = {name: median_value(part["age_years"], "years") for name, part in parts.items()}
    (k1, n1, _), (k0, n0, _) = hsct["PHT"], hsct["No PHT"]
    result = sentence(
        f"PHT at day 28 was recorded in {plain_share(pht, total, 'with blood count follow-up')}",
        f"prior HSCT was recorded in {plain_share(k1, n1, 'with PHT')} and in {k0} of {n0} without "
        f"({percent(k0, n0)})",
        f"median age was {ages['PHT']} with PHT and {ages['No PHT']} without",
    )
    return Texts(
        f"Prior HSCT in {k1} of {n1} with PHT ({percent(k1, n1, 0)}) and {k0} of {n0} without "
        f"({percent(k0, n0, 0)})",
        caption(
            view,
            f"Characteristics of {patients(total)} treated with CAR-T cells with blood count "
            f"follow-up, {pht} with PHT at day 28 and {none} without.",
            "Values are n of N (percent) or median (range); the groups are compared without a "
            "test.",
            kind="Table",
            beside=f"{result} {' '.join(map(str, numbers['characteristic']))}",
        ),
        result,
    )
