"""The commands of ``python -m pht_core``, a module each with ``add(commands)``."""

from pht_core.commands import (
    check,
    claims,
    deck,
    grade,
    icaht,
    report,
    reproduce,
    scores,
    summary,
    survival,
)

COMMANDS = (check, reproduce, grade, icaht, scores, survival, summary, claims, deck, report)
