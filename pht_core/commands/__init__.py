"""The commands of ``python -m pht_core``, a module each with ``add(commands)``."""

from pht_core.commands import (
    check,
    claims,
    compare,
    deck,
    grade,
    icaht,
    report,
    reproduce,
    scores,
    summary,
    survival,
)

COMMANDS = (
    check,
    reproduce,
    grade,
    icaht,
    scores,
    survival,
    compare,
    summary,
    claims,
    deck,
    report,
)
