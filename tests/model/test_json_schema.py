"""A JSON file of a user: what fits its schema is read, and what does not is one sentence."""

import pytest

from pht_core.model.errors import PhtError
from pht_core.model.json_schema import JsonFile

FILE = JsonFile("shelf file", "a shelf", 2, "format", 1 << 20, "Save it again.")
SCHEMA = {
    "type": "object",
    "required": ["what", "format"],
    "properties": {
        "what": {},
        "format": {},
        "width": {"type": "integer", "minimum": 1, "maximum": 9},
        "colour": {"enum": ["red", "blue", None]},
        "weight": {"type": ["number", "null"]},
        "code": {"type": "string", "pattern": r"^[a-z]*\Z", "maxLength": 5},
        "page": {"type": "string", "pattern": r"^\d*\Z", "errorMessage": "not a page number"},
        "books": {
            "type": "array",
            "maxItems": 3,
            "uniqueItems": True,
            "items": {
                "type": "object",
                "required": ["title"],
                "properties": {"title": {"type": "string"}, "sold": {"type": "boolean"}},
                "additionalProperties": False,
            },
        },
        "range": {"type": "array", "minItems": 2, "maxItems": 2},
    },
    "additionalProperties": False,
}
HEAD = '"what": "a shelf", "format": 2'
JSON, OTHER = "not readable as JSON", "The file is JSON, but not a shelf file."
REFUSED = {
    "": JSON,
    "\x00\x01": JSON,
    "[" * 100_000: JSON,
    '{"a": ' * 5_000: JSON,
    '{"width": ' + "9" * 5000 + "}": JSON,
    " " * (2 << 20): "The shelf file is larger than 1 MB",
    "[]": OTHER,
    "{}": OTHER,
    '{"format": 2}': OTHER,
    '{"what": "a table", "format": 2}': OTHER,
    '{"what": "a shelf"}': "The shelf file is of version null; this program reads version 2.",
    '{"what": "a shelf", "format": true}': "is of version true",
    '{"what": "a shelf", "format": 2.0}': "is of version 2.0",
    f'{{{HEAD}, "width": NaN}}': "The shelf file contains NaN, which is not a number",
    f'{{{HEAD}, "width": 1, "width": 1}}': "The shelf file has 'width' twice in one object",
    f'{{{HEAD}, "weight": 1e999}}': "In the shelf file, weight is larger than any number.",
    f'{{{HEAD}, "code": "\\ud800"}}': "code contains half of a letter",
    f'{{{HEAD}, "\\ud800": 1}}': "The shelf file contains half of a letter",
    f'{{{HEAD}, "code": "{"a" * 10_001}"}}': "code has a text of 10,001 letters, more than 10,000",
    f'{{{HEAD}, "books": {"[" * 50}{"]" * 50}}}': "is nested more than 40 levels deep",
    f'{{{HEAD}, "depth": 1}}': "The shelf file contains 'depth', which is not known here.",
    f'{{{HEAD}, "width": 0}}': "width is 0, not a whole number from 1 to 9.",
    f'{{{HEAD}, "width": true}}': "width is true, not a whole number from 1 to 9.",
    f'{{{HEAD}, "width": 3.0}}': "width is 3.0, not a whole number",
    f'{{{HEAD}, "colour": "grey"}}': "colour is 'grey', not 'red', 'blue' or null.",
    f'{{{HEAD}, "weight": "1"}}': "weight is '1', not a number or null.",
    f'{{{HEAD}, "code": "ABC"}}': "code is 'ABC', which is not valid here.",
    f'{{{HEAD}, "code": "abcdef"}}': "code is a text of 6 letters, more than 5.",
    f'{{{HEAD}, "page": "x"}}': "page is 'x', not a page number.",
    f'{{{HEAD}, "books": {{}}}}': "books is an object, not a list.",
    f'{{{HEAD}, "books": [1, 2, 3, 4]}}': "books is a list of 4, more than 3.",
    f'{{{HEAD}, "books": [{{}}]}}': "item 1 of books has no 'title'.",
    f'{{{HEAD}, "books": [{{"title": "a"}}, {{"title": 1}}]}}': "title of item 2 of books is 1",
    f'{{{HEAD}, "books": [{{"title": "a"}}, {{"title": "a"}}]}}': "books has the same value twice.",
    f'{{{HEAD}, "range": [1]}}': "range is a list, not a list of 2.",
}


@pytest.mark.parametrize("content", REFUSED, ids=lambda text: text[:60])
def test_a_fault_is_one_sentence_with_its_place(content: str) -> None:
    with pytest.raises(PhtError) as caught:
        FILE.read(content, SCHEMA)
    assert REFUSED[content] in str(caught.value)
    assert str(caught.value).endswith(
        (" Save it again.", " Choose a shelf file that was saved here.")
    )


def test_what_fits_is_read() -> None:
    text = f'{{{HEAD}, "width": 3, "colour": null, "books": [{{"title": "书", "sold": true}}]}}'
    read = FILE.read(b"\xef\xbb\xbf" + text.encode(), SCHEMA)
    assert read == FILE.read(text, SCHEMA)
    assert read["books"] == [{"title": "书", "sold": True}]
