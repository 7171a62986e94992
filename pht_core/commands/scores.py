"""``scores``: CAR-HEMATOTOX by patient with each item; EASIX and m-EASIX."""

import argparse
from typing import Any

from pht_core.commands import shared
from pht_core.stats.hematotoxicity.scores import IN_B_ALL, derive_items, derive_scores


def add(commands: Any) -> None:
    """Add the command to the parser."""
    shared.add_command(
        commands,
        "scores",
        _scores,
        "files mapping json",
        help="CAR-HEMATOTOX before lymphodepletion with each item; EASIX and m-EASIX",
        definitions=("score_first", "score_last"),
    )


def _scores(options: argparse.Namespace) -> int:
    settings = shared.chosen_settings(options)
    items = derive_items(shared.read(options.files, options.mapping), settings)
    scores = derive_scores(items)
    if options.json:
        of_patient = dict(list(items.groupby("subject_id", sort=False)))
        patients = [
            row | {"items": of_patient[row["subject_id"]].drop(columns="subject_id")}
            for row in shared.records(scores)
        ]
        content = {"patients": patients, "note": IN_B_ALL}
        shared.print_json(content | shared.list_modified(settings))
        return 0
    print(f"{shared.format_modified(settings)}{IN_B_ALL}\n")
    title = f"Values from day {settings.score_first} to day {settings.score_last}"
    shared.print_table(title, scores)
    shared.print_table("Items", items)
    return 0
