"""``reproduce``: the paper's printed figures, from the data."""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from pht_core.commands.shared import add_command, print_json, read
from pht_core.intake.reading import SAMPLE_FILE
from pht_core.paper.sample import find_treated
from pht_core.stats.assessment import derive_assessment


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "reproduce",
        _reproduce,
        "mapping json",
        help="the paper's published figures, recalculated from the data",
    )
    parser.add_argument("--cohort", type=Path, help="a data file instead of the sample")


def _reproduce(options: argparse.Namespace) -> int:
    from pht_core.paper.reproduction import reproduce

    cohort = read([options.cohort or SAMPLE_FILE], options.mapping)
    rows = reproduce(derive_assessment(cohort), find_treated(cohort))
    wrong = [row for row in rows if row["agrees"] is False]
    if options.json:
        print_json(rows)
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
