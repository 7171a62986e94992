"""ICAHT by patient and in all, what other readings change, schemes side by side, risk scores."""

from typing import ClassVar

import numpy as np
import pandas as pd

from pht_core.charts.cytopenias import grades_chart
from pht_core.charts.picture import MOST_LANES, Picture
from pht_core.charts.swimmer import icaht_strips_chart
from pht_core.charts.theme import grade_words
from pht_core.exhibits import words
from pht_core.exhibits.exhibit import Exhibit, NoOptions, RenderTarget, Texts
from pht_core.exhibits.rendering import print_cell, printed
from pht_core.model.criteria import read_schemes
from pht_core.model.lineage import LINEAGES
from pht_core.model.settings import describe_settings
from pht_core.model.words import listed
from pht_core.stats.hematotoxicity import patients, schemes, scores
from pht_core.stats.hematotoxicity.icaht import KINDS, OTHER_READINGS
from pht_core.stats.hematotoxicity.phenotype import PHENOTYPES

SEVERE = 3
DEPTHS = {
    "NE": ("NE > 0.5", "NE ≤ 0.5", "NE ≤ 0.1"),
    "PLT": ("PLT ≥ 50", "PLT < 50", "PLT < 20"),
}


class _Hematotoxicity(Exhibit[NoOptions]):
    page: ClassVar[str] = "icaht"
    definitions: ClassVar[tuple[str, ...]] = ("icaht", *OTHER_READINGS)
    graded: ClassVar[bool] = False

    def why_not(self) -> str:
        params = {param for param, *_ in KINDS.values()}
        return "" if self.cohort.counts["param"].isin(params).any() else self.say("no_icaht")

    @property
    def found(self) -> patients.Hematotoxicity:
        """ICAHT of the whole cohort, once for an assessment."""
        return self.assessment.keep(
            "hematotoxicity", lambda: patients.derive_hematotoxicity(self.cohort, self.settings)
        )


class IcahtGrades(_Hematotoxicity):
    """Patients by grade of ICAHT, early and late."""

    name = "icaht-grades"
    title = "ICAHT grades"

    def compute(self) -> pd.DataFrame:
        return patients.count_icaht(self.found.grades, self.ids, self.settings)

    def picture(self, target: RenderTarget) -> Picture:
        frame = self.frame(
            target,
            subtitle=self.say("subtitle"),
            height=target.part(300, besides=193, least=240),
        )
        return grades_chart(self.numbers, frame, none="")

    def texts(self) -> Texts:
        clauses, short = [], []
        for label, rows in self.numbers.groupby("period_label", sort=False):
            severe = rows[rows["grade"] >= SEVERE].groupby("term", sort=False)["n"].sum()
            known = rows.drop_duplicates("term")
            shares = [
                (f"{term} grade 3 or 4", int(severe[term]), int(total))
                for term, total in words.rows_of(known, "term", "n_total")
                if total
            ]
            left_out = [
                words.excluded(int(missing), f"without evaluable {term}")
                for term, missing in words.rows_of(known, "term", "missing")
            ]
            when = str(label).split()[0]
            if shares:
                found = words.list_shares(shares, words.share, verb=" was found")
                clauses.append(f"{label}, {found}")
                short.append(f"{when} {words.list_shares(shares[:1], words.short_share)}")
            clauses += [f"{when}, {who}" for who in left_out if who]
        return self.write(short=short, clauses=clauses)


class IcahtStrips(_Hematotoxicity):
    """Days 0 to 30 of each patient, and the early grades."""

    name = "icaht-strips"
    title = "Neutrophils and platelets day by day, days 0–30"

    def compute(self) -> pd.DataFrame:
        return self.rows(patients.derive_strips(self.found))

    def picture(self, target: RenderTarget) -> Picture:
        grades = self.rows(self.found.grades)
        grades = grades[grades["window"] == "early"]
        in_words = [grade_words(grade, "not evaluable") for grade in grades["grade"]]
        labels = [f"{grade:g}" if grade == grade else "–" for grade in grades["grade"]]
        why = patients.explain_grades(grades, self.settings)
        most = target.rows(MOST_LANES)
        height = target.part(22, besides=120, of=min(len(self.ids), most), least=12)
        return icaht_strips_chart(
            self.numbers,
            self.frame(
                target,
                subtitle=self.say("subtitle"),
            ),
            grades=grades[["subject_id", "param"]].assign(
                label=labels, grade_words=in_words, why=why
            ),
            runs=grades[grades["rule"] != ""],
            counts=self.rows(patients.list_drawn_days(self.found)),
            depths=DEPTHS,
            titles={"NE": "Neutrophils, N-ICAHT", "PLT": "Platelets, T-ICAHT"},
            most=most,
            row_height=height if target.height else None,
        )

    def texts(self) -> Texts:
        early = self.rows(self.found.grades)
        early = early[early["window"] == "early"].set_index("param")
        clauses, first = [], ""
        for param, bounds in (("NE", ("≤ 0.5", "≤ 0.1")), ("PLT", ("< 50", "< 20"))):
            low, deep = (
                words.median_words(early.loc[[param], column].dropna().tolist(), "days")
                for column in ("days_low", "days_deep")
            )
            name = f"{LINEAGES[param].name} were"
            if low:
                clauses.append(
                    f"{name} {bounds[0]} × 10⁹/L on {low} and {bounds[1]} × 10⁹/L on {deep}"
                )
                first = first or f"{name} {bounds[0]} × 10⁹/L on {low}"
        return self.write(first=first, clauses=clauses)


class IcahtPatients(_Hematotoxicity):
    """Each patient's grades and phenotype, with what decided them."""

    name = "icaht-patients"
    title = "ICAHT and phenotype by patient"

    def compute(self) -> pd.DataFrame:
        table = self.rows(patients.patient_table(self.found))
        return table.assign(flags=table["flags"].map("; ".join), why=table["why"].map("; ".join))

    def table(self) -> pd.DataFrame:
        grades = self.rows(self.found.grades)
        reasons = pd.Series(patients.explain_grades(grades, self.settings), grades.index)
        grades = grades.assign(why=reasons)
        phenotypes = self.rows(self.found.phenotypes).set_index("subject_id")["phenotype"]
        rows = []
        for (subject, param), own in grades.groupby(["subject_id", "param"], sort=False):
            kinds = {str(row["window"]): row for row in own.to_dict("records")}
            rows.append(
                {
                    "Patient": subject,
                    "Lineage": param,
                    "Early": print_cell(kinds["early"]["grade"]),
                    "Late": print_cell(kinds["late"]["grade"]),
                    "Phenotype": (phenotypes.loc[str(subject)] or "–") if param == "NE" else "",
                    "Why early": kinds["early"]["why"],
                    "Why late": kinds["late"]["why"],
                }
            )
        order = {name: place for place, name in enumerate(self.ids)}
        table = pd.DataFrame(rows)
        return table.sort_values("Patient", key=lambda ids: ids.map(order), kind="stable")

    def texts(self) -> Texts:
        phenotypes = self.rows(self.found.phenotypes)["phenotype"]
        known = phenotypes.dropna()
        shares = [(name, int((known == name).sum()), len(known)) for name in PHENOTYPES]
        return self.write(
            shares=words.list_shares([row for row in shares if row[1]], words.share),
            missing=len(phenotypes) - len(known),
            phenotypes=list(PHENOTYPES.values()),
        )


class IcahtReadings(_Hematotoxicity):
    """Whose grade another reading of the definition changes."""

    name = "icaht-readings"
    title = "Other readings of ICAHT, and whose grade they change"

    def compute(self) -> pd.DataFrame:
        whole = self.assessment.keep(
            "icaht readings", lambda: patients.list_readings(self.cohort, self.settings)
        )
        shown = set(self.ids)
        changes = [
            [one for one in row.split("; ") if one.rsplit(": ", 1)[0] in shown]
            for row in whole["changes"]
        ]
        n = [len({one.rsplit(": ", 1)[0] for one in row}) for row in changes]
        return whole.assign(changes=["; ".join(row) for row in changes], n=n)

    def table(self) -> pd.DataFrame:
        used, others = [], []
        for name, other in words.rows_of(self.numbers, "setting", "other"):
            used += describe_settings(self.settings, (name,))
            others += describe_settings(self.settings.with_changes(**{name: other}), (name,))
        table = self.numbers.assign(used=used, otherwise=others)
        return printed(table, self.columns)

    def texts(self) -> Texts:
        return self.write(
            changing=int((self.numbers["n"] > 0).sum()),
            others=len(self.numbers),
            most=self.numbers["n"].max(),
        )


class Schemes(_Hematotoxicity):
    """The worst grade of days 0 to 30 by each scheme, beside early ICAHT."""

    name = "grading-schemes"
    title = "Worst grade of days 0–30 by scheme"
    definitions = ("cutoff",)

    @property
    def worst(self) -> pd.DataFrame:
        """See ``schemes.derive_worst_grades``."""
        whole = self.assessment.keep(
            "grading schemes",
            lambda: schemes.derive_worst_grades(
                schemes.grade_by_schemes(self.cohort, self.settings)
            ),
        )
        return self.rows(whole)

    def compute(self) -> pd.DataFrame:
        grades = self.found.grades
        early = grades.loc[grades["window"] == "early", ["subject_id", "param", "grade"]]
        early = early.rename(columns={"grade": "icaht_early"})
        return self.worst.merge(early, on=["subject_id", "param"], how="left")

    def table(self) -> pd.DataFrame:
        titles = {name: one.title for name, one in read_schemes().items()}
        own = {schemes.USUAL: "icaht_early"}
        rows = []
        changed = pd.concat([schemes.count_changes(self.worst, name)["param"] for name in titles])
        shown = {param for param, *_ in KINDS.values()} | set(changed)
        for row in self.numbers[self.numbers["param"].isin(shown)].to_dict("records"):
            usual = row[schemes.USUAL]
            cells = {
                title: _compared(row[name], usual)
                for name, title in titles.items()
                if name not in own
            }
            rows.append(
                {
                    "Patient": row["subject_id"],
                    "Lineage": row["param"],
                    "Lowest count": f"{row['value']:g}",
                    "Day": f"{row['day']:g}",
                    titles[schemes.USUAL]: print_cell(usual),
                    **cells,
                    "ICAHT, early": print_cell(row["icaht_early"]) if row["param"] != "HGB" else "",
                }
            )
        return pd.DataFrame(rows)

    def texts(self) -> Texts:
        clauses = []
        for name, one in read_schemes().items():
            if name == schemes.USUAL:
                continue
            changed = schemes.count_changes(self.worst, name)
            each = [
                f"{LINEAGES[str(param)].term} in {own['n'].sum()} of "
                f"{words.patients(int((self.worst['param'] == param).sum()))}"
                for param, own in changed.groupby("param", sort=False)
            ]
            clauses.append(f"the worst grade by {one.title} differs for {listed(each) or 'nobody'}")
        v6 = schemes.count_changes(self.worst, "ctcae_v6")
        return self.write(
            n=int(v6.loc[v6["param"] == "NE", "n"].sum()),
            total=int((self.worst["param"] == "NE").sum()),
            usual=read_schemes()[schemes.USUAL].title,
            clauses=clauses,
            others=len(read_schemes()) - 1,
        )


def _compared(grade: float, usual: float) -> str:
    if np.isnan(grade) or np.isnan(usual) or grade == usual:
        return print_cell(grade)
    return f"{grade:g} {'↓' if grade < usual else '↑'}"


class Scores(_Hematotoxicity):
    """CAR-HEMATOTOX with each item; EASIX and m-EASIX as context."""

    name = "risk-scores"
    title = "CAR-HEMATOTOX, EASIX and m-EASIX"
    definitions = ("score_first",)

    def why_not(self) -> str:
        return ""

    @property
    def days(self) -> str:
        """The days whose values count: ``−30 to −5``."""
        return words.span(self.settings.score_first, self.settings.score_last)

    @property
    def items(self) -> pd.DataFrame:
        """See ``scores.derive_items``."""
        return self.rows(
            self.assessment.keep(
                "score items", lambda: scores.derive_items(self.cohort, self.settings)
            )
        )

    def compute(self) -> pd.DataFrame:
        return scores.derive_scores(self.items)

    def table(self) -> pd.DataFrame:
        of_item = {str(item): own for item, own in self.items.groupby("item", sort=False)}
        cells = {
            item: [
                f"{value:g} ({points:g})" if value == value else "–"
                for value, points in words.rows_of(of_item[item], "value", "points")
            ]
            for item in scores.ITEMS
        }
        names, rows = {"FERRITIN": "Ferritin"}, self.numbers
        remarks = [
            "; ".join(filter(None, parts))
            for parts in zip(rows["not_computed"], rows["on_bound"], strict=True)
        ]
        return pd.DataFrame(
            {
                "Patient": rows["subject_id"],
                **{f"{names.get(item, item)} (points)": own for item, own in cells.items()},
                "Score": [print_cell(one) for one in rows["car_hematotox"]],
                "Risk": [one or "–" for one in rows["risk"]],
                "EASIX": [print_cell(one) for one in rows["easix"]],
                "m-EASIX": [print_cell(one) for one in rows["m_easix"]],
                "Remark": remarks,
            },
            dtype=object,
        )

    def texts(self) -> Texts:
        known = self.numbers["car_hematotox"].dropna()
        high = int((known >= scores.HIGH_FROM).sum())
        missing = self.items[self.items["item"].isin(scores.ITEMS) & (self.items["why_not"] != "")]
        lacking = [
            f"{name} in {count}"
            for name, count in missing.groupby("name", sort=False).size().items()
        ]
        return self.write(
            known=len(known),
            high_from=scores.HIGH_FROM,
            high=words.short_share(high, len(known)),
            high_of=words.short_share(high, len(known), None),
            lacking=lacking,
        )
