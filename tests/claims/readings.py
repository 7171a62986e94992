"""What the tests of the report check share: a text's claims in short."""

from pathlib import Path

from pht_core.claims.claim import Claim
from pht_core.claims.report import check_report

FOLDER = Path(__file__).parent
EXCERPTS = (FOLDER / "wang_excerpts.txt").read_text("utf-8")


def claims_of(text: str) -> tuple[Claim, ...]:
    return check_report(text).claims


def triples_of(text: str) -> list[tuple[str, int | None, int | None, str]]:
    """Percent, count, N and verdict of every claim, in order."""
    return [
        (claim.value, claim.numerator, claim.denominator, claim.verdict)
        for claim in claims_of(text)
    ]
