"""``scores``: CAR-HEMATOTOX by patient with each item; EASIX and m-EASIX."""

import argparse
from typing import Any

from pht_core.commands.shared import (
    add_command,
    add_definitions,
    chosen_settings,
    modified,
    print_json,
    print_table,
    read,
    records,
)
from pht_core.model.settings import changed_settings
from pht_core.stats.hematotoxicity.scores import IN_B_ALL, derive_items, derive_scores


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "scores",
        _scores,
        "files mapping json",
        help="CAR-HEMATOTOX before lymphodepletion with each item; EASIX and m-EASIX",
    )
    add_definitions(parser, "score_first", "score_last")


def _scores(options: argparse.Namespace) -> int:
    settings = chosen_settings(options)
    items = derive_items(read(options.files, options.mapping), settings)
    scores = derive_scores(items)
    if options.json:
        of_patient = {
            str(name): records(rows.drop(columns="subject_id"))
            for name, rows in items.groupby("subject_id", sort=False)
        }
        patients = [row | {"items": of_patient[row["subject_id"]]} for row in records(scores)]
        content: dict[str, Any] = {"patients": patients, "note": IN_B_ALL}
        if changed := changed_settings(settings):
            content["modified_definitions"] = changed
        print_json(content)
        return 0
    if words := modified(settings):
        print(f"{words}\n")
    print(f"{IN_B_ALL}\n")
    print_table(f"Values from day {settings.score_first} to day {settings.score_last}", scores)
    print_table("Items", items)
    return 0
