"""Hazard ratios between groups by Cox regression, and whether hazards are proportional."""

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.words import counted, listed
from pht_core.stats.event_times import MISSING, code_values, read_event, read_time
from pht_core.stats.proportion import p_text

# With fewer events for each coefficient its estimate and interval are not to be relied upon
# (Peduzzi et al. 1995, doi:10.1016/0895-4356(95)00048-8).
EVENTS_PER_VARIABLE = 10
# Below it the test of Schoenfeld residuals says that hazards are not proportional.
PROPORTIONAL_P = 0.05


@dataclass(frozen=True)
class HazardRatios:
    """Each group's hazard against the first, or why there is none.

    table : group, reference, n, n_event, hazard_ratio, conf_low, conf_high (95%), p_value (Wald),
        proportional_p (test of scaled Schoenfeld residuals against 1 - Kaplan-Meier); no rows where
        ``refused`` says why.
    """

    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    refused: str = ""

    @property
    def not_proportional(self) -> list[str]:
        """The groups whose hazard ratio changes over time."""
        if not len(self.table):
            return []
        return self.table.loc[self.table["proportional_p"] < PROPORTIONAL_P, "group"].tolist()

    @property
    def words(self) -> dict[str, str]:
        """By group its ratio with the interval, as printed."""
        return {
            group: f"{ratio:.2f} ({low:.2f}–{high:.2f})"
            for group, ratio, low, high in self._columns("hazard_ratio", "conf_low", "conf_high")
        }

    @property
    def clause(self) -> str:
        """The ratios as a clause of a sentence; empty where there is none."""
        each = [
            f"{group} against {reference} {ratio:.2f} (95% CI {low:.2f}–{high:.2f}, {p_text(p)})"
            for group, reference, ratio, low, high, p in self._columns(
                "reference", "hazard_ratio", "conf_low", "conf_high", "p_value"
            )
        ]
        return f"hazard ratio (Cox regression, Efron) {', '.join(each)}" if each else ""

    @property
    def text(self) -> str:
        """What it says in sentences; empty where there are no groups."""
        return f"H{self.clause[1:]}. {self.note}" if self.clause else self.note

    @property
    def note(self) -> str:
        """Whether hazards are proportional, or why there is no ratio, in a sentence."""
        if not len(self.table):
            return self.refused
        tests = listed([p_text(value) for value in self.table["proportional_p"]])
        if changing := self.not_proportional:
            return (
                f"Hazards are not proportional for {listed(changing)} (Schoenfeld residuals, "
                f"{tests}): the ratio is an average over time."
            )
        return f"No departure from proportional hazards was found (Schoenfeld residuals, {tests})."

    def _columns(self, *names: str) -> list[tuple[Any, ...]]:
        if not len(self.table):
            return []
        return list(zip(*(self.table[name] for name in ("group", *names)), strict=True))


def estimate_hazard_ratios(times: pd.DataFrame, by: str) -> HazardRatios:
    """Estimate each group's hazard ratio against the first group (Cox regression, Efron's ties).

    times : time, event (True = happened) and the column ``by``, a row per patient; who is in no
        group is left out. The first category, or the first in order, is the reference.
    Raises PhtError on an empty table, a missing or negative time, an event that is not True or
        False.
    """
    time, event = read_time(times), read_event(times)
    codes, labels = code_values(times[by])
    kept = np.array([label != MISSING for label in labels], dtype=bool)[codes] & (codes >= 0)
    table = pd.DataFrame({"time": time[kept], "event": event[kept], "place": codes[kept]})
    groups = table.groupby("place").agg(n=("event", "size"), n_event=("event", "sum"))
    groups["group"] = [labels[place] for place in groups.index]
    total, compared = int(groups["n_event"].sum()), len(groups) - 1
    if compared < 1:
        return HazardRatios(refused="No hazard ratio: it needs two groups.")
    if total < EVENTS_PER_VARIABLE * compared:
        return HazardRatios(
            refused=f"No hazard ratio: {counted(total, 'event', 'events')}; at least "
            f"{EVENTS_PER_VARIABLE} are needed for each group that is compared with the first."
        )
    without = groups.loc[groups["n_event"] == 0, "group"].tolist()
    if without:
        return HazardRatios(refused=f"No hazard ratio: no event in {listed(without)}.")
    return HazardRatios(_fit(table, groups))


def _fit(table: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    # Two seconds to import: the server does so in the background when it starts.
    from lifelines import CoxPHFitter
    from lifelines.statistics import proportional_hazard_test

    others = groups.iloc[1:]
    names = [str(place) for place in others.index]
    columns = {str(place): (table["place"] == place).astype(float) for place in others.index}
    table = pd.DataFrame(columns | {"time": table["time"], "event": table["event"]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Until the last digit: a change of the likelihood stops it after six otherwise.
        exact = {"precision": 1e-22, "r_precision": -1.0}
        fitter = CoxPHFitter().fit(table, "time", "event", fit_options=exact)
        tests = proportional_hazard_test(fitter, table, time_transform="km")
    ratios = fitter.summary.loc[
        names, ["exp(coef)", "exp(coef) lower 95%", "exp(coef) upper 95%", "p"]
    ].set_axis(["hazard_ratio", "conf_low", "conf_high", "p_value"], axis=1)
    found = others.assign(reference=groups["group"].iloc[0]).reset_index(drop=True)
    found = found[["group", "reference", "n", "n_event"]].join(ratios.reset_index(drop=True))
    p_values = pd.Series(np.atleast_1d(tests.p_value), tests.name)
    return found.assign(proportional_p=p_values.loc[names].to_numpy(dtype=float))
