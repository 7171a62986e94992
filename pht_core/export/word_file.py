"""An empty Word file that tells of nobody: what every .docx written here begins as."""

from typing import Any


def new_document(title: str) -> Any:
    """A python-docx document without an author, and without what its template brings along.

    Parameters
    ----------
    title : of the file's properties, not of the text.
    """
    import docx

    document = docx.Document()
    properties = document.core_properties
    properties.author = properties.comments = properties.last_modified_by = ""
    properties.title = title
    # An empty list of references, whose kind the template does not declare.
    relations = document.part.rels
    for key in [key for key, one in relations.items() if one.reltype.endswith("/customXml")]:
        del relations[key]
    return document
