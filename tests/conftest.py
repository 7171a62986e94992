"""Settings shared by all tests, and the marks of those that need another program."""

from types import ModuleType

import pytest
from hypothesis import settings

from tests import office

# The same examples on every run, and no time limit per example on a busy machine.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what `make test-fast` leaves out: tests in a browser, files that open LibreOffice."""
    if "browser" in item.path.parts:
        item.add_marker(pytest.mark.browser)
    if _opens_office(getattr(item, "module", None)):
        item.add_marker(pytest.mark.office)


def _opens_office(module: ModuleType | None) -> bool:
    names = vars(module).values() if module else ()
    return any(getattr(value, "__module__", "") == office.__name__ for value in names)
