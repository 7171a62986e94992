"""What an exhibit says in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Texts:
    """An exhibit in words, in the style of a journal: numbers, no adjectives.

    headline : one sentence that states the finding with its numbers; the title of a slide.
    caption : what is shown, of whom, and how; stands under the figure in a manuscript.
    result : one sentence for the results section: counts, denominators, interval, method. Empty
        where a single sentence would have to leave something out (a table of patients).
    """

    headline: str
    caption: str
    result: str = ""
