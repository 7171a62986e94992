"""Endpoints of survival: which outcomes are its events, and what it is called."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of survival.

    Parameters
    ----------
    name : in settings files, addresses and on the command line.
    title : as figures call it. happened, event : "3 patients died", "the event is death".
    columns : of the outcomes table, in months; the first of them that happens is the event.
    """

    name: str
    title: str
    happened: str
    event: str
    columns: tuple[str, ...]


ENDPOINTS: dict[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint("os", "Overall survival", "died", "death", ("death_months",)),
        Endpoint(
            "pfs",
            "Progression-free survival",
            "progressed or died",
            "progression or death",
            ("progression_months", "death_months"),
        ),
    )
}
