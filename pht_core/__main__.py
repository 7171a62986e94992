"""The core from the command line: ``python -m pht_core reproduce | grade | survival | summary``."""

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pht_core.assessment import derive_assessment
from pht_core.cohort import Cohort
from pht_core.criteria import read_schemes
from pht_core.errors import PhtError, UnknownName
from pht_core.grading import derive_grades, derive_lln
from pht_core.reading import SAMPLE_FILE, read_cohort, read_sample, read_treated
from pht_core.schema import AFTER_INFUSION
from pht_core.settings import Settings
from pht_core.summary import count_grades, count_incidence, count_lineages, figure_groups
from pht_core.validation import format_finding

RATE_MONTHS = (6.0, 12.0, 24.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is success, 1 a figure that disagrees, 2 input that cannot be used."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals without "≤" and "–"
    try:
        return int(options.run(options))
    except PhtError as error:
        print(f"pht_core: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pht_core", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("reproduce", help="the paper's printed figures, from the data")
    one.add_argument("--cohort", type=Path, help="another cohort file than the sample")
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=_reproduce)
    two = commands.add_parser("grade", help="every count with its grade, as CSV")
    two.add_argument("file", type=Path)
    two.add_argument("--scheme", default=Settings().scheme, choices=list(read_schemes()))
    two.add_argument("-o", "--output", type=Path, required=True)
    two.set_defaults(run=_grade)
    three = commands.add_parser("survival", help="Kaplan-Meier table, medians, log-rank")
    three.add_argument("file", type=Path)
    three.add_argument("--endpoint", choices=["os", "pfs"], required=True)
    three.add_argument("--by", metavar="COLUMN", help="a patient-level column to group by")
    three.add_argument("--ci", choices=["log-log", "log", "plain"], default=Settings().ci)
    three.add_argument("--json", action="store_true")
    three.set_defaults(run=_survival)
    four = commands.add_parser("summary", help="Figure 1's numbers by period and lineage")
    four.add_argument("file", type=Path)
    four.add_argument("--json", action="store_true")
    four.set_defaults(run=_summary)
    return parser


def _read(file: Path) -> Cohort:
    """A cohort; what was found in its file and changes a result goes to standard error."""
    sample = file.resolve() == SAMPLE_FILE.resolve()
    cohort = read_sample() if sample else read_cohort(file)
    for row in cohort.findings.itertuples():
        if row.severity != "note":
            print(
                f"{row.severity}: {row.table}.{row.column}: {format_finding(row)}", file=sys.stderr
            )
    return cohort


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts fit for JSON: missing values are null."""
    records: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return records


def _print_json(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False))


def _print_table(title: str, table: pd.DataFrame) -> None:
    print(f"{title}\n{table.to_string(index=False, na_rep='-')}\n")


def _reproduce(options: argparse.Namespace) -> int:
    from pht_core.reproduction import reproduce

    cohort = _read(options.cohort or SAMPLE_FILE)
    everyone = read_treated()
    # Patients who are not among them: the table of all treated is of another cohort than this.
    same = set(cohort.subject_ids) <= set(everyone["subject_id"])
    treated = everyone if same else None
    rows = reproduce(derive_assessment(cohort), treated)
    wrong = [row for row in rows if row["agrees"] is False]
    if options.json:
        _print_json(rows)
        return 1 if wrong else 0
    signs = {True: "agrees", False: "DISAGREES", None: "-"}
    shown = pd.DataFrame(rows)[["id", "printed", "value", "computed", "agrees", "misprint"]]
    shown["agrees"] = [signs[row["agrees"]] for row in rows]
    shown["value"] = [f"{row['value']:g}" if row["value"] is not None else "" for row in rows]
    print(f"{cohort.name}, SHA-256 {cohort.digest[:8]}\n")
    print(shown.to_string(index=False, justify="left"))
    with_value = [row for row in rows if row["value"] is not None]
    agreeing = sum(row["agrees"] is True for row in with_value)
    misprints = sum(bool(row["misprint"]) for row in rows)
    print(
        f"\n{agreeing} of {len(with_value)} figures with a value agree; "
        f"{misprints} rows name a misprint of the paper."
    )
    return 1 if wrong else 0


def _grade(options: argparse.Namespace) -> int:
    cohort = _read(options.file)
    counts = derive_lln(cohort.counts, cohort.subjects, Settings().reference)
    graded = derive_grades(counts, options.scheme)
    graded["grade"] = graded["grade"].astype("Int64")
    columns = ["subject_id", "day", "param", "value", "unit", "lln", "grade"]
    try:
        graded[columns].to_csv(options.output, index=False)
    except OSError as error:
        raise PhtError(
            f"{options.output} could not be written: {error.strerror or error}. Choose another."
        ) from None
    print(
        f"{len(graded)} counts of {len(cohort)} patients graded by {options.scheme}; "
        f"{int(graded['grade'].isna().sum())} have no grade. Written to {options.output}.",
        file=sys.stderr,
    )
    return 0


def _survival(options: argparse.Namespace) -> int:
    from pht_core.survival import (
        compare_groups,
        derive_times,
        estimate_followup,
        estimate_median,
        estimate_rates,
        estimate_survival,
    )

    cohort = _read(options.file)
    times = derive_times(cohort.outcomes, options.endpoint)
    if times.empty:
        raise PhtError(
            f"{cohort.name} has no times of follow-up. Add last_followup_months, and the months "
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
        "followup": estimate_followup(derive_times(cohort.outcomes, "os")),
    }
    n_groups = times[by].nunique() if by else 1
    test = pd.DataFrame(compare_groups(times, by)) if by and n_groups > 1 else None
    if options.json:
        content: dict[str, Any] = {name: _records(table) for name, table in tables.items()}
        content |= {"endpoint": options.endpoint, "ci": options.ci, "time_unit": "months"}
        content["log_rank"] = None if test is None else _records(test)[0]
        _print_json(content)
        return 0
    print(
        f"{cohort.name}: {options.endpoint.upper()}, times in months, 95% {options.ci} interval, "
        "number at risk just before each time\n"
    )
    for name, table in tables.items():
        _print_table(name, table)
    if test is not None:
        _print_table("log-rank test", test)
    return 0


def _grouped(times: pd.DataFrame, cohort: Cohort, by: str) -> pd.DataFrame:
    """Times with their group; who is in none is left out, and standard error says so."""
    groups = cohort.subjects.set_index("subject_id")[by]
    times = times.assign(**{by: groups.reindex(times["subject_id"].astype(object)).to_numpy()})
    known = times[by].notna()
    if not known.all():
        n = int((~known).sum())
        print(f"{n} of {len(times)} patients have no {by} and are left out.", file=sys.stderr)
    if by in AFTER_INFUSION:
        print(
            f"{by} is known only some time after infusion: its groups had to live until then "
            "(immortal time). Read their difference with that in mind.",
            file=sys.stderr,
        )
    return times[known].reset_index(drop=True)


def _summary(options: argparse.Namespace) -> int:
    assessment = derive_assessment(_read(options.file))
    groups = figure_groups(assessment.patients)
    tables = {
        "incidence": count_incidence(assessment.grades, groups),
        "grade_3_4": count_incidence(assessment.grades, groups, lowest_grade=3),
        "lineages": count_lineages(assessment.grades, groups),
        "grades": count_grades(assessment.grades, groups),
    }
    if options.json:
        _print_json({name: _records(table) for name, table in tables.items()})
        return 0
    for name, table in tables.items():
        _print_table(name, table.drop(columns="period_label").round(2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
