"""Groups of patients compared: Table 2 of the paper, or any column of the file."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from pht_core.exhibits.exhibit import Exhibit, Texts, choice
from pht_core.exhibits.overview import all_treated
from pht_core.exhibits.rendering import printed
from pht_core.exhibits.words import rows_of, short_share
from pht_core.model.errors import UnknownName
from pht_core.stats.comparing import characteristics
from pht_core.stats.proportion import p_text, with_percent
from pht_core.stats.summary import split_by_pht

# So many characteristics are named in the results sentence, the most different first.
MOST_NAMED = 3
TABLE_2 = "pht_d28"


@dataclass(frozen=True)
class CompareOptions:
    """By which column; percentages of the group or of the row; the spread of medians."""

    by: str = TABLE_2
    percent: str = choice("column", "row")
    spread: str = choice("range", "iqr")


class Compared(Exhibit[CompareOptions]):
    """Characteristics by group; by PHT in the sample those of all treated, as in Table 2."""

    name = "compared"
    title = "Groups compared (Table 2)"
    page: ClassVar[str] = "overview"
    options: ClassVar[type] = CompareOptions
    graded = False

    @property
    def everyone(self) -> pd.DataFrame | None:
        """All treated patients with counts, where this is the paper's Table 2."""
        treated = all_treated(self.view) if self.chosen.by == TABLE_2 else None
        return None if treated is None else split_by_pht(treated)["Total"].set_index("subject_id")

    @property
    def is_table_2(self) -> bool:
        """Whether this is the paper's Table 2."""
        return self.everyone is not None

    @property
    def others(self) -> pd.DataFrame:
        """The file's own columns."""
        return self.cohort.others if self.everyone is None else pd.DataFrame()

    @property
    def groups(self) -> tuple[str, pd.Series]:
        """What patients are compared by, and the group of each."""
        rows = self.everyone
        rows = self.view.patients if rows is None else rows
        return characteristics.derive_comparison_groups(rows, self.others, self.chosen.by)

    def offered(self) -> dict[str, str]:
        """The columns that patients can be compared by, in words."""
        found = characteristics.list_groupings(self.view.patients, self.cohort.others)
        return {TABLE_2: "PHT at day 28"} | found if all_treated(self.view) is not None else found

    def why_not(self) -> str:
        try:
            words, groups = self.groups
        except UnknownName:
            return self.say("no_column", by=self.chosen.by)
        return "" if groups.nunique() > 1 else self.say("one_group", words=words)

    def compute(self) -> pd.DataFrame:
        rows = self.everyone
        rows = self.view.patients if rows is None else rows
        shown = [
            one for one in characteristics.list_characteristics(rows, self.others)
            if one.name not in (self.chosen.by, "blood_count_followup", "pht_d28")
        ]  # fmt: skip
        return characteristics.compare_characteristics(shown, self.groups[1])

    @property
    def sizes(self) -> dict[str, int]:
        """Patients of each group."""
        counted = self.groups[1].value_counts(sort=False)
        return {str(name): int(n) for name, n in counted.items() if n}

    def table(self) -> pd.DataFrame:
        shown = characteristics.print_comparison(
            self.numbers, rows=self.chosen.percent == "row", quartiles=self.chosen.spread == "iqr"
        )
        heads = {name: f"{name} (n = {n})" for name, n in self.sizes.items()}
        return printed(shown.rename(columns=heads))

    def texts(self) -> Texts:
        words, groups = self.groups
        n, sizes = len(groups), self.sizes
        each = [f"{size} {name}" for name, size in sizes.items()]
        first = self.numbers.drop_duplicates("characteristic").dropna(subset=["p_value"])
        ranked = first.sort_values("p_value", kind="stable").head(MOST_NAMED)
        columns = ("characteristic", "difference", "test", "p_value")
        named = [
            f"{title[:1].lower()}{title[1:]} ("
            + (f"standardized difference {difference:.2f}; " if difference == difference else "")
            + f"{test}, {p_text(p_value)})"
            for title, difference, test, p_value in rows_of(ranked, *columns)
        ]
        n_missing = int(groups.isna().sum())
        return self.write(
            n=n,
            known=n - n_missing,
            missing=n_missing,
            words=words,
            each=each,
            named=named,
            **self._table_2(),
            tests=list(dict.fromkeys(first["test"])),
            two_groups=len(sizes) == 2,
            multiplicity=characteristics.multiplicity(self.numbers),
            later=characteristics.known_later(self.chosen.by),
            beside=[*self.numbers["characteristic"].astype(str), *sizes],
        )

    def _table_2(self) -> dict[str, str]:
        """How many had PHT, and prior HSCT with it and without, as printed in Table 2."""
        rows = self.everyone
        if rows is None:
            return dict.fromkeys(("followed", "prior_with", "prior_with_pht", "prior_without"), "")
        pht = rows["pht_d28"].astype("boolean")
        with_it = rows[pht.fillna(False)]["prior_hsct"].astype("boolean").dropna()
        without = rows[(~pht).fillna(False)]["prior_hsct"].astype("boolean").dropna()
        followed = short_share(int(pht.sum()), int(pht.notna().sum()), "with blood count follow-up")
        k1, n1, k0, n0 = int(with_it.sum()), len(with_it), int(without.sum()), len(without)
        return {
            "followed": followed,
            "prior_with": with_percent(f"{k1} of {n1} with PHT", k1, n1),
            "prior_with_pht": short_share(k1, n1, "with PHT"),
            "prior_without": with_percent(f"{k0} of {n0} without", k0, n0),
        }
