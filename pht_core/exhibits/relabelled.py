"""Choices of patients carried over to other ids, where patients are relabelled for showing."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from pht_core.exhibits.entry import Entry
from pht_core.exhibits.saved import Saved

O = TypeVar("O")  # noqa: E741  the options of one exhibit
# Options that name patients, whatever the exhibit.
NAMES_OF_PATIENTS = ("patient", "patients", "front")
# After an id that stands for nobody: left as it is it could be somebody else's other id.
NOBODY = " (not in this cohort)"


def rename_options(options: O, ids: Mapping[str, str]) -> O:
    """Options that choose the same patients by other ids.

    Parameters
    ----------
    ids : the other ids, by those in the options. Nobody's id stays one.

    >>> from pht_core.exhibits.trajectories import PatientsOptions
    >>> rename_options(PatientsOptions(("A", "B"), "A"), {"A": "P2", "B": "P1"})
    PatientsOptions(patients=('P2', 'P1'), front='P2')
    """
    named = [one.name for one in fields(options) if one.name in NAMES_OF_PATIENTS]  # type: ignore[arg-type]
    changes = {name: _rename(getattr(options, name), ids) for name in named}
    return replace(options, **changes) if changes else options  # type: ignore[type-var]


def rename_entry(entry: Entry, ids: Mapping[str, str]) -> Entry:
    """An entry of the same patients by other ids; what the user wrote is left as it is."""
    return replace(entry, options=rename_options(entry.options, ids))


def rename_saved(saved: Saved, ids: Mapping[str, str]) -> Saved:
    """What a settings file holds, of the same patients by other ids.

    A file is written with the data's own ids (other ids are drawn anew in every session, so they
    would choose others there), and what is read is carried over to the ids that are shown.
    """
    return replace(
        saved,
        page_options={
            name: {
                key: _rename(value, ids) if key in NAMES_OF_PATIENTS else value
                for key, value in chosen.items()
            }
            for name, chosen in saved.page_options.items()
        },
        basket=tuple(rename_entry(entry, ids) for entry in saved.basket),
    )


def _rename(chosen: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(chosen, tuple | list):
        return tuple(_rename(one, ids) for one in chosen)
    if not chosen or chosen.endswith(NOBODY):
        return chosen
    return ids.get(chosen, f"{chosen}{NOBODY}")


def carry_over(entry: Entry, ids: Mapping[str, str]) -> Entry:
    """An entry made on another cohort, without the patients who are not in this one.

    ids : the ids shown of this cohort's patients, by those of its file.

    >>> from pht_core.exhibits.trajectories import PatientsOptions
    >>> made = Entry("figure3-trajectories", PatientsOptions(("A", "B"), "A"))
    >>> carry_over(made, {"B": "P1"}).options
    PatientsOptions(patients=('P1',), front='')
    """
    changes: dict[str, Any] = {}
    for name in (one.name for one in fields(entry.options) if one.name in NAMES_OF_PATIENTS):
        chosen = getattr(entry.options, name)
        if isinstance(chosen, tuple):
            changes[name] = tuple(ids[one] for one in chosen if one in ids)
        else:
            changes[name] = ids.get(chosen, "")
    return replace(entry, options=replace(entry.options, **changes))


def leave_out_patients(saved: Saved) -> Saved:
    """What a settings file holds, without the patients chosen: those that come first are shown.

    For a settings file that goes around together with figures of relabelled patients.
    """
    return replace(
        saved,
        page_options={
            name: {key: value for key, value in chosen.items() if key not in NAMES_OF_PATIENTS}
            for name, chosen in saved.page_options.items()
        },
        basket=tuple(
            replace(entry, options=_without_patients(entry.options)) for entry in saved.basket
        ),
    )


def _without_patients(options: O) -> O:
    named = {one.name: one.default for one in fields(options) if one.name in NAMES_OF_PATIENTS}  # type: ignore[arg-type]
    return replace(options, **named) if named else options  # type: ignore[type-var]
