"""The commands of ``python -m pht_core``, a module each with ``add(commands)``."""

from pht_core.commands import check, claims, deck, grade, report, reproduce, summary, survival

COMMANDS = (check, reproduce, grade, survival, summary, claims, deck, report)
