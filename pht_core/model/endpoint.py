"""Endpoints of survival: which outcomes are its events, and what it is called."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of survival.

    name : in settings files, addresses and on the command line.
    title : as figures call it. happened, event : "3 patients died", "the event is death".
    columns : of the outcomes table, in months; the first of them that happens is the event. Empty
        for what files give as time and event (``<name>_months``, ``<name>_event``) or not at all.
    assessed : whether it can only be seen at an assessment of the disease, so that patients without
        the event are censored at the last one, where that is recorded.
    """

    name: str
    title: str
    happened: str
    event: str
    columns: tuple[str, ...] = ()
    assessed: bool = False


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
            assessed=True,
        ),
        Endpoint("efs", "Event-free survival", "had an event", "as the file defines it"),
        Endpoint("dfs", "Disease-free survival", "relapsed or died", "relapse or death"),
    )
}
