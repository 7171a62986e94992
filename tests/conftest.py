"""Settings shared by all tests, and which tests run side by side."""

from types import ModuleType

import pytest
from hypothesis import settings

from tests import office

# The same examples on every run, and no time limit per example on a busy machine.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file run in one process, those in a browser all in one: they share a server.

    The marks ``browser`` and ``office`` are what `make test-fast` leaves out.
    """
    for item in items:
        in_browser = "browser" in item.path.parts
        item.add_marker(pytest.mark.xdist_group("browser" if in_browser else str(item.path)))
        if in_browser:
            item.add_marker(pytest.mark.browser)
        if _opens_office(getattr(item, "module", None)):
            item.add_marker(pytest.mark.office)


def _opens_office(module: ModuleType | None) -> bool:
    names = vars(module).values() if module else ()
    return any(getattr(value, "__module__", "") == office.__name__ for value in names)
