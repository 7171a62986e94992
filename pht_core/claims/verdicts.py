"""The verdicts: every word, sign and colour that belongs to one, in one place.

A verdict that is added to `VERDICTS` is shown by the page, the reply, the command and the summary.
The wording is neutral: a figure "does not match" another; why is for the authors to say.
"""

from dataclasses import dataclass

CONSISTENT = "consistent"
ROUNDING = "rounding"
INCONSISTENT = "inconsistent"
IMPOSSIBLE = "impossible"
CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class Verdict:
    """What is said of a claim, or of statements that were compared.

    Parameters
    ----------
    name : in JSON and CSV.
    gravity : the order in which claims are listed, the most serious first (lowest).
    one, many : of a claim and of several, as in "1 does not match, 2 do not match".
    finding : of statements that were compared.
    meaning : the rule, as the page explains it.
    sign, colour : of marks; the colour is one of Streamlit's theme (``red``, ``gray``, ...).
    is_wrong : listed as not matching; the command then ends with status 1.
    is_evaluated : counted among the percentages that could be evaluated.
    section, finding_section : heading in the reply for claims and for findings of this verdict;
        empty where the reply leaves them out.
    """

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


_CONTRADICTORY = "Contradictory statements"
_MISMATCH = "Percentages that do not match their counts"
_ROUNDED = "Percentages that match with another rounding only"
_REVIEW = "Statements to review"
# What the reply asks of the authors below the heading of a section.
REQUESTS = {
    _MISMATCH: "These percentages do not follow from the counts printed with them. Please check "
    "the count, the denominator and the percentage of each.",
    _ROUNDED: "These percentages follow from their counts only if they are not rounded half up. "
    "Please state how percentages were rounded.",
    _CONTRADICTORY: "These statements do not agree with each other. Please state which holds.",
    _REVIEW: "These statements may be right; please confirm them.",
}
VERDICTS: dict[str, Verdict] = {
    verdict.name: verdict
    for verdict in (
        Verdict(
            name=IMPOSSIBLE,
            gravity=1,
            one="not possible",
            many="not possible",
            finding="not possible",
            meaning="the count exceeds N, a proportion exceeds 100%, or no count out of N gives a "
            "percentage that is printed without a count.",
            sign="✖",
            colour="red",
            is_wrong=True,
            section=_MISMATCH,
            finding_section=_CONTRADICTORY,
        ),
        Verdict(
            name=INCONSISTENT,
            gravity=2,
            one="does not match",
            many="do not match",
            finding="contradictory",
            meaning="no rounding rule gives the printed percentage. The reason is for the authors "
            "to state.",
            sign="✖",
            colour="red",
            is_wrong=True,
            section=_MISMATCH,
            finding_section=_CONTRADICTORY,
        ),
        Verdict(
            name=ROUNDING,
            gravity=3,
            one="matches with another rounding",
            many="match with another rounding",
            finding="matches with another rounding",
            meaning="only rounding half to even, truncating or rounding up gives the printed "
            "percentage.",
            sign="≈",
            colour="orange",
            section=_ROUNDED,
            finding_section=_REVIEW,
        ),
        Verdict(
            name=CANNOT_TELL,
            gravity=4,
            one="not evaluable",
            many="not evaluable",
            finding="to review",
            meaning="the count or N is missing, N was taken from a distant passage, or the figure "
            "is an estimate from a survival curve.",
            sign="?",
            colour="yellow",
            is_evaluated=False,
            finding_section=_REVIEW,
        ),
        Verdict(
            name=CONSISTENT,
            gravity=5,
            one="consistent",
            many="consistent",
            finding="noted",
            meaning="the count divided by N, as a percentage rounded half up to the printed "
            "decimals, is the printed percentage.",
            sign="✓",
            colour="green",
        ),
    )
}


def by_gravity() -> list[Verdict]:
    """Every verdict, the most serious first."""
    return sorted(VERDICTS.values(), key=lambda verdict: verdict.gravity)
