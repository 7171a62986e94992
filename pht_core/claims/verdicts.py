"""The verdicts of ``verdicts.toml``: what is said of a claim, or of statements compared.

A verdict that is added there is shown by the page, the reply, the command and the summary.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

CONSISTENT = "consistent"
ROUNDING = "rounding"
INCONSISTENT = "inconsistent"
IMPOSSIBLE = "impossible"
CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class Verdict:
    """Words, sign and colour of a verdict; ``verdicts.toml`` says what each is for."""

    name: str
    gravity: int
    one: str
    many: str
    finding: str
    meaning: str
    sign: str
    colour: str
    is_wrong: bool = False
    is_evaluated: bool = True
    section: str = ""
    finding_section: str = ""


_READ = tomllib.loads(Path(__file__).with_name("verdicts.toml").read_text("utf-8"))
VERDICTS = {name: Verdict(name, **values) for name, values in _READ["verdicts"].items()}
REQUESTS: dict[str, str] = _READ["requests"]
FINDING_TITLES: dict[str, str] = _READ["findings"]


def by_gravity() -> list[Verdict]:
    """Every verdict, the most serious first."""
    return sorted(VERDICTS.values(), key=lambda verdict: verdict.gravity)
