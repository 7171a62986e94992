"""JSON that a user hands over, read strictly: every fault is told with its place."""

import json
import re
from typing import Any

from pht_core.model.errors import PhtError

LARGEST = 1 << 20  # bytes
LONGEST_TEXT = 10_000
WHOLE = "the settings file"  # the place of what stands outermost


class Members:
    """An object of the JSON, its values as yet not taken out, and where it stands.

    Its methods raise a PhtError that names the place.
    """

    def __init__(self, read: object, place: str) -> None:
        if not isinstance(read, dict):
            raise fault(place, f"is {shown(read)}, which is no object of names and values")
        self.values: dict[str, Any] = dict(read)
        self.place = place

    def object(self, name: str) -> "Members":
        """An object in it, empty if absent; like what follows, it is then taken out."""
        return Members(self.values.pop(name, {}), name)

    def text(self, name: str, pattern: re.Pattern[str] | None = None) -> str:
        """A text, empty if absent, that fits the pattern."""
        text = read_text(self.values.pop(name, ""), f"{name} of {self.place}")
        if pattern is not None and not pattern.match(text):
            raise fault(f"{name} of {self.place}", f"is {shown(text)}, which it cannot be")
        return text

    def yes_no(self, name: str) -> bool:
        """True or false; false if absent."""
        value = self.values.pop(name, False)
        if not isinstance(value, bool):
            raise fault(f"{name} of {self.place}", f"is {shown(value)}, not true or false")
        return value

    def end(self) -> None:
        """Nothing else may stand in it."""
        if self.values:
            raise fault(self.place, f"holds {shown(next(iter(self.values)))}, not known here")


def fault(place: str, what: str) -> PhtError:
    """What to raise where a place of the file is not as it must be."""
    where = "The settings file" if place == WHOLE else f"In the settings file, {place}"
    return PhtError(f"{where} {what}. Correct it, or make the choices anew and save them.")


def shown(value: object) -> str:
    """A value in a message: its beginning, on one line."""
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def read_json(content: bytes | str) -> object:
    """The file's JSON; PhtError if it is none, too large, names a thing twice, or holds NaN."""
    if len(content) > LARGEST:
        raise PhtError(
            f"The settings file is larger than {LARGEST >> 20} MB, which no settings are. Choose "
            "a settings file that was saved here."
        )

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise fault(WHOLE, f"says {shown(twice)} twice in one place")
        return values

    def no_number(word: str) -> None:
        raise fault(WHOLE, f"holds {word}, which is no number")

    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        return json.loads(text, object_pairs_hook=once, parse_constant=no_number)
    except PhtError:
        raise
    except (ValueError, RecursionError):
        raise PhtError(
            "The settings file is not readable as JSON: it is damaged, or another file. Choose a "
            "settings file that was saved here."
        ) from None


def read_text(value: object, place: str) -> str:
    """A text of at most `LONGEST_TEXT` letters; else a PhtError."""
    if not isinstance(value, str):
        raise fault(place, f"is {shown(value)}, which is no text")
    if len(value) > LONGEST_TEXT:
        raise fault(place, f"is a text of {len(value):,} letters, more than {LONGEST_TEXT:,}")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise fault(place, "holds half of a letter (a lone surrogate)")
    return value


def read_whole(value: object, place: str, bounds: tuple[float, float]) -> int:
    """A whole number within bounds, both included; else a PhtError."""
    low, high = bounds
    if type(value) is not int or not low <= value <= high:
        raise fault(place, f"is {shown(value)}, not a whole number from {low:g} to {high:g}")
    return value
