"""``survival``: Kaplan-Meier table, medians, rates, follow-up and log-rank test."""

import argparse
import sys
from typing import Any

import pandas as pd

from pht_core.commands import shared
from pht_core.model.cohort import Cohort
from pht_core.model.endpoint import ENDPOINTS
from pht_core.model.errors import PhtError, UnknownName
from pht_core.model.schema import AFTER_INFUSION

RATE_MONTHS = (6.0, 12.0, 24.0)


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = shared.add_command(
        commands,
        "survival",
        _survival,
        "files mapping json",
        help="Kaplan-Meier estimates, medians, follow-up and log-rank test",
    )
    parser.add_argument("--endpoint", choices=list(ENDPOINTS), required=True)
    parser.add_argument("--by", metavar="COLUMN", help="a patient-level column to stratify by")
    for name in ("ci", "censor_at_next_therapy"):
        shared.add_definition(parser, name)


def _survival(options: argparse.Namespace) -> int:
    from pht_core.stats.comparing.cox import HazardRatios, estimate_hazard_ratios
    from pht_core.stats.event_times import derive_times
    from pht_core.stats.survival import (
        compare_groups,
        estimate_followup,
        estimate_median,
        estimate_rates,
        estimate_survival,
    )
    from pht_core.stats.survival_report import why_not_evaluable

    cohort = shared.read(options.files, options.mapping)
    if why := why_not_evaluable(cohort, options.endpoint):
        raise PhtError(why)
    settings = shared.chosen_settings(options)
    censored = settings.censor_at_next_therapy
    times = derive_times(cohort.outcomes, options.endpoint, censor_at_next_therapy=censored)
    if times.empty:
        raise PhtError(
            f"{cohort.name} has no follow-up times. Add last_followup_months, and the months "
            "of death and progression where they happened."
        )
    by = options.by
    if by:
        offered = [name for name in cohort.subjects.columns if name != "subject_id"]
        if by not in offered:
            raise UnknownName("Column", by, offered)
        times = _grouped(times, cohort, by)
    tables = {
        "survival": estimate_survival(times, by=by, ci=options.ci),
        "medians": estimate_median(times, by=by, ci=options.ci),
        "rates": estimate_rates(times, RATE_MONTHS, by=by, ci=options.ci),
        "followup": estimate_followup(
            derive_times(cohort.outcomes, "os", censor_at_next_therapy=censored)
        ),
    }
    test = compare_groups(times, by) if by else None
    hazards = estimate_hazard_ratios(times, by) if by else HazardRatios()
    if options.json:
        content: dict[str, Any] = {
            **tables,
            "endpoint": options.endpoint,
            "ci": options.ci,
            "time_unit": "months",
            **shared.list_modified(settings),
            "log_rank": None if test is None else shared.records(test)[0],
            "hazard_ratios": shared.records(hazards.table) or None,
        }
        if by:
            content["hazard_ratios_note"] = hazards.text
        shared.print_json(content)
        return 0
    print(
        f"{cohort.name}: {options.endpoint.upper()}, times in months, 95% {options.ci} interval, "
        f"number at risk just before each time\n\n{shared.format_modified(settings)}",
        end="",
    )
    for name, table in tables.items():
        shared.print_table(name, table)
    if test is not None:
        shared.print_table("log-rank test", test)
    elif by:
        print("No log-rank test: it needs two groups at risk at the same time, with events.")
    if by:
        print(hazards.text)
    return 0


def _grouped(times: pd.DataFrame, cohort: Cohort, by: str) -> pd.DataFrame:
    """Times with their group; who is in none is left out, and standard error says so."""
    groups = cohort.subjects.set_index("subject_id")[by]
    times = times.assign(**{by: groups.reindex(times["subject_id"].astype(object)).to_numpy()})
    known = times[by].notna()
    if not known.all():
        n = int((~known).sum())
        print(f"{n} of {len(times)} patients have no {by} and are excluded.", file=sys.stderr)
    if by in AFTER_INFUSION:
        print(
            f"{by} is known only some time after infusion: patients had to survive to that point "
            "to be classified (immortal time bias). Interpret differences with caution.",
            file=sys.stderr,
        )
    return times[known].reset_index(drop=True)
