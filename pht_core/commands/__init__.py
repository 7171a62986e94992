"""The commands of ``python -m pht_core``, a module each with ``add(commands)``."""

from pht_core.commands import (
    check,
    claims,
    deck,
    grade,
    icaht,
    report,
    reproduce,
    summary,
    survival,
)

COMMANDS = (check, reproduce, grade, icaht, survival, summary, claims, deck, report)
