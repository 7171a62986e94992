"""The commands of ``python -m pht_core``, a module each with ``add(commands)``."""

from pht_core.commands import check, claims, grade, reproduce, summary, survival

COMMANDS = (check, reproduce, grade, survival, summary, claims)
