"""JSON files that a user hands over: read strictly, checked against a schema, one plain sentence.

A subschema may hold ``errorMessage``: the words for a value that it refuses. Keywords are tried in
the order in which the schema has them, and the first fault is the one that is reported.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pht_core.model.errors import PhtError
from pht_core.model.words import listed

LONGEST_TEXT = 10_000
DEEPEST = 40  # levels of lists and objects in each other
MOST_LISTED = 20  # allowed values that a message lists

Schema = Mapping[str, Any]

_TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object of names and values",
}


@dataclass(frozen=True)
class JsonFile:
    """A kind of JSON file that the program writes, and reads again.

    title : what messages call it ("settings file").
    kind : the value of its member "what", which tells it from other JSON.
    version, version_key : the version that is read, and the member that holds it. largest : bytes.
    to_do : the last sentence of a message about a fault in it.
    """

    title: str
    kind: str
    version: int
    version_key: str
    largest: int
    to_do: str

    def read(self, content: bytes | str, schema: Schema) -> dict[str, Any]:
        """The file's JSON, if it fits the schema of an object.

        Raises PhtError, which names the place, if it is too large, no JSON, another kind of file,
        of another version, says a name twice, holds NaN or half a letter, or does not fit.
        """
        read = self._read_strictly(content)
        choose = f"Choose a {self.title} that was saved here."
        if not self._is_own(read, schema):
            raise PhtError(f"The file is JSON, but not a {self.title}. {choose}")
        version = read.get(self.version_key)
        if type(version) is not int or version != self.version:
            raise PhtError(
                f"The {self.title} is of version {show_value(version)}; this program reads version "
                f"{self.version}. {self.to_do}"
            )
        for path, value in _walk(read, ()):
            if wrong := _check_value(value, len(path)):
                raise self.fault(format_place(path), wrong)
        error = next(_validator(schema).iter_errors(read), None)
        if error is not None:
            raise self.fault(format_place(tuple(error.absolute_path)), _describe(error))
        return dict(read)

    def fault(self, place: str, wrong: str) -> PhtError:
        """The error to raise where a place of the file ("" = the whole) is not as it must be."""
        where = f"In the {self.title}, {place}" if place else f"The {self.title}"
        return PhtError(f"{where} {wrong}. {self.to_do}")

    def _read_strictly(self, content: bytes | str) -> Any:
        if len(content) > self.largest:
            raise PhtError(
                f"The {self.title} is larger than {self.largest >> 20} MB, the most that is read. "
                f"Choose a {self.title} that was saved here."
            )

        def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            values = dict(pairs)
            if len(values) < len(pairs):
                names = [name for name, _ in pairs]
                twice = next(name for name in names if names.count(name) > 1)
                raise self.fault("", f"has {show_value(twice)} twice in one object")
            return values

        def refuse(word: str) -> None:
            raise self.fault("", f"contains {word}, which is not a number")

        try:
            text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
            return json.loads(text, object_pairs_hook=each_once, parse_constant=refuse)
        except PhtError:
            raise
        except (ValueError, RecursionError):
            raise PhtError(
                f"The {self.title} is not readable as JSON: it is damaged, or another file. "
                f"Choose a {self.title} that was saved here."
            ) from None

    def _is_own(self, read: Any, schema: Schema) -> bool:
        if not isinstance(read, dict) or not read.keys() & schema["properties"].keys():
            return False
        return bool(read.get("what", self.kind) == self.kind) and (
            "what" in read or "what" not in schema.get("required", ())
        )


def show_value(value: object) -> str:
    """A value in a message: its beginning, on one line."""
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def format_place(path: tuple[str | int, ...]) -> str:
    """Where a value is, from the innermost name outwards.

    >>> format_place(("basket", 0, "settings", "day28"))
    'day28 of settings of item 1 of basket'
    """
    names = [
        f"item {step + 1}" if isinstance(step, int) else step if step.isidentifier() else repr(step)
        for step in path
    ]
    return " of ".join(reversed(names))


def _walk(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value with its path, names of members among them; no deeper than one beyond `DEEPEST`.

    The outermost values come first.
    """
    queue = [(path, value)]
    for path, value in queue:
        yield path, value
        if len(path) > DEEPEST:
            continue
        if isinstance(value, dict):
            for name, member in value.items():
                yield path, name
                queue.append(((*path, name), member))
        elif isinstance(value, list):
            queue.extend(((*path, place), member) for place, member in enumerate(value))


def _check_value(value: Any, depth: int) -> str:
    """What is wrong with a value wherever it is; "" if nothing is."""
    if depth > DEEPEST:
        return f"is nested more than {DEEPEST} levels deep"
    if isinstance(value, float) and not math.isfinite(value):
        return "is larger than any number"
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"has a text of {len(value):,} letters, more than {LONGEST_TEXT:,}"
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        return "contains half of a letter (a lone surrogate)"
    return ""


def _validator(schema: Schema) -> Any:
    """A validator (Draft 2020-12) to which 3.0 is no whole number."""
    import jsonschema  # a third of a second: not when the app starts

    base = jsonschema.Draft202012Validator
    types = base.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    return jsonschema.validators.extend(base, type_checker=types)(schema)


def _describe(error: Any) -> str:
    """What a value is and what it should be, in words."""
    value, limit, schema = error.instance, error.validator_value, error.schema
    if "errorMessage" in schema:
        return f"is {show_value(value)}, {schema['errorMessage']}"
    match error.validator:
        case "additionalProperties":
            unknown = next(name for name in value if name not in schema.get("properties", {}))
            return f"contains {show_value(unknown)}, which is not known here"
        case "required":
            return f"has no {show_value(next(name for name in limit if name not in value))}"
        case "maxLength":
            return f"is a text of {len(value):,} letters, more than {limit:,}"
        case "maxItems":
            return f"is a list of {len(value):,}, more than {limit:,}"
        case "uniqueItems":
            return "has the same value twice"
    return f"is {show_value(value)}, {_expected(schema)}"


def _expected(schema: Schema) -> str:
    """What a schema of one value allows, after "is 'x', "."""
    if "enum" in schema:
        allowed = [show_value(value) for value in schema["enum"]]
        return f"not {listed(allowed, 'or')}" if len(allowed) <= MOST_LISTED else "not known here"
    if "type" not in schema or "pattern" in schema:
        return "which is not valid here"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    due = listed([_TYPES[name] for name in types], "or")
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        due += f" from {low:g} to {high:g}"
    if "minItems" in schema:
        due += f" of {schema['minItems']}"
    return f"not {due}"
