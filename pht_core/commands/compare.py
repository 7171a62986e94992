"""``compare``: patients of a file in groups by any of its columns, with tests."""

import argparse
from typing import Any

from pht_core.commands.shared import add_command, print_json, print_table, read
from pht_core.model.errors import PhtError


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "compare",
        _compare,
        "files mapping json",
        help="characteristics of groups of patients, with differences and tests",
    )
    parser.add_argument(
        "--by",
        required=True,
        metavar="COLUMN",
        help="a column of the file, or pht_d28, treated, responded, relapsed, late; numbers of "
        "many values are split at their median",
    )
    parser.add_argument(
        "--row-percent", action="store_true", help="percentages of the row instead of the group"
    )
    parser.add_argument(
        "--quartiles", action="store_true", help="medians with quartiles instead of the range"
    )


def _compare(options: argparse.Namespace) -> int:
    from pht_core.exhibits.compared import Compared, CompareOptions
    from pht_core.exhibits.view import View

    percent = "row" if options.row_percent else "column"
    spread = "iqr" if options.quartiles else "range"
    view = View(read(options.files, options.mapping))
    shown = Compared(view, CompareOptions(options.by, percent, spread))
    if why := shown.why_not():
        raise PhtError(f"{why} Columns to compare by: {', '.join(shown.offered())}.")
    texts = shown.texts()
    if options.json:
        content = {"by": options.by, "groups": shown.sizes, "comparison": shown.numbers}
        print_json({**content, "note": texts.caption})
        return 0
    print_table(texts.headline, shown.table())
    print(texts.caption)
    return 0
