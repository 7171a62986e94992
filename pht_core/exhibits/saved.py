"""A settings file: the page, its choices, definitions, filters, style and basket, as JSON."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeVar

from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.entry import Entry
from pht_core.exhibits.json_reader import (
    LARGEST,
    WHOLE,
    Members,
    fault,
    read_json,
    read_text,
    read_whole,
    shown,
)
from pht_core.exhibits.view import VERSION
from pht_core.model.cohort import Cohort
from pht_core.model.errors import PhtError
from pht_core.model.filters import CRS_GRADES, RANGES, SEXES, YES_NO, Filters
from pht_core.model.settings import DAYS, SETTINGS, SHARE, Settings

KIND = "PHT Explorer settings"
FORMAT = 1
MOST_ENTRIES = 200
_PAGE = re.compile(r"[a-z0-9_-]{0,60}\Z")
_DIGEST = re.compile(r"([0-9a-f]{64})?\Z")


@dataclass(frozen=True)
class Saved:
    """What a settings file restores. It may hold ids of patients: those chosen for a figure.

    page : file name of the page that was open. page_options : the choices of each exhibit by its
    name, plain values as its ``read_options`` takes them. style : of pictures, plain values that
    ``export.style`` checks. final : the user said that the cohort is final. basket : in its order.
    data_name, digest : of the cohort that it was made on; empty where that is not known.
    tables_digest : of its tables as they were read, since a mapping changes numbers as well.
    """

    page: str = ""
    page_options: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    filters: Filters = field(default_factory=Filters)
    style: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    final: bool = False
    basket: tuple[Entry, ...] = ()
    data_name: str = ""
    digest: str = ""
    tables_digest: str = ""

    def is_final(self, cohort: Cohort) -> bool:
        """True if it calls its cohort final, and it was made on this very one, read like this."""
        return self.final and self.digest == cohort.digest and not check_digest(self, cohort)


def format_saved(saved: Saved) -> str:
    """A settings file as JSON: every choice, those that are defaults too, sorted and indented.

    Raises
    ------
    PhtError : it would be larger than can be read again.
    """
    content = {
        "what": KIND,
        "format": FORMAT,
        "version": VERSION,
        "page": saved.page,
        "page_options": dict(saved.page_options),
        "settings": asdict(saved.settings),
        "filters": asdict(saved.filters),
        "style": dict(saved.style),
        "final": saved.final,
        "basket": [
            {
                "exhibit": entry.name,
                "options": asdict(entry.options),
                "settings": asdict(entry.settings),
                "filters": asdict(entry.filters),
                "title": entry.title,
                "comment": entry.comment,
            }
            for entry in saved.basket
        ],
        "data_name": saved.data_name,
        "sha256": saved.digest,
        "tables_sha256": saved.tables_digest,
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    if len(saved.basket) > MOST_ENTRIES or len(text.encode("utf-8", "replace")) > LARGEST:
        raise PhtError(
            f"These choices are more than a settings file holds ({MOST_ENTRIES} figures, "
            f"{LARGEST >> 20} MB). Take some figures off the slides and save again."
        )
    return text + "\n"


def read_saved(content: bytes | str) -> Saved:
    """What a settings file holds; a choice that it leaves out has its default.

    Raises
    ------
    PhtError
        It is no settings file, too large, or holds a name or value that is not offered; the
        message names the place.
    """
    read = Members(read_json(content), WHOLE)
    if read.values.get("what") != KIND:
        raise PhtError(
            "The file is JSON but holds no settings of this program. Choose a settings file that "
            "was saved here."
        )
    if type(read.values.get("format")) is not int or read.values["format"] != FORMAT:
        raise PhtError(
            f"The settings file is of format {shown(read.values.get('format'))}, this program "
            f"reads format {FORMAT}. Make the choices anew and save them again."
        )
    for name in ("what", "format", "version"):
        read.values.pop(name, None)
    saved = Saved(
        page=read.text("page", _PAGE),
        page_options={
            read_text(name, "page_options"): _read_choices(name, chosen, f"page_options, {name}")
            for name, chosen in read.object("page_options").values.items()
        },
        settings=_read_settings(read.object("settings")),
        filters=_read_filters(read.object("filters")),
        style=_read_style(read.object("style")),
        final=read.yes_no("final"),
        basket=_read_basket(read.values.pop("basket", [])),
        data_name=read.text("data_name"),
        digest=read.text("sha256", _DIGEST),
        tables_digest=read.text("tables_sha256", _DIGEST),
    )
    read.end()
    return saved


def check_digest(saved: Saved, cohort: Cohort) -> str:
    """What to tell where a settings file was made on other data; empty where it was not.

    cohort : under its own ids. One file that is read under another mapping is other data.

    >>> from pht_core.reading import read_sample
    >>> check_digest(Saved(digest="0" * 64, data_name="b.csv"), read_sample())[:51]
    'These settings were made on other data: b.csv (SHA-'
    """
    if not saved.digest:
        return ""
    if saved.digest == cohort.digest:
        if saved.tables_digest in ("", cohort.tables_digest):
            return ""
        return (
            f"These settings were made on the same file, {cohort.name}, but it was read otherwise "
            "then: under another mapping, or by another version. Figures may be others; apply the "
            "mapping of then if you want the same figures."
        )
    made_on = f"{saved.data_name or 'a file'} (SHA-256 {saved.digest[:8]})"
    here = f"{cohort.name} (SHA-256 {cohort.digest[:8]})"
    return (
        f"These settings were made on other data: {made_on}. They are applied to {here}, so the "
        "figures are others; open the same file if you want the same figures."
    )


def _read_settings(read: Members, where: str = "") -> Settings:
    values: dict[str, Any] = {}
    for entry in fields(Settings):
        if entry.name not in read.values:
            continue
        value, place = read.values.pop(entry.name), f"{entry.name} of {where}settings"
        setting = SETTINGS[entry.name]
        if setting.offered:
            offered = setting.offered()
            if not isinstance(value, str) or value not in offered:
                raise fault(place, f"is {shown(value)}, not one of {', '.join(offered)}")
        elif isinstance(entry.default, bool):
            if not isinstance(value, bool):
                raise fault(place, f"is {shown(value)}, not true or false")
        elif isinstance(entry.default, float):
            low, high = setting.bounds or SHARE
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise fault(place, f"is {shown(value)}, which is no number")
            if not low <= value <= high:
                raise fault(place, f"is {shown(value)}, not from {low:g} to {high:g}")
            value = float(value)
        else:
            value = read_whole(value, place, setting.bounds or DAYS)
        values[entry.name] = value
    read.end()
    settings = Settings(**values)
    if settings.taper_low > settings.taper_high:
        raise fault(f"taper_low of {where}settings", "is above taper_high")
    return settings


def _read_filters(read: Members, where: str = "") -> Filters:
    values: dict[str, Any] = {}
    for name in YES_NO:
        value = values[name] = read.values.pop(name, None)
        if value is not None and not isinstance(value, bool):
            place = f"{name} of {where}filters"
            raise fault(place, f"is {shown(value)}, not true, false or null")
    sex = values["sex"] = read.values.pop("sex", None)
    if sex is not None and (not isinstance(sex, str) or sex not in SEXES):
        raise fault(f"sex of {where}filters", f"is {shown(sex)}, not null or one of M, F")
    for name, (_, lowest, highest, _) in RANGES.items():
        place, ends = f"{name} of {where}filters", read.values.pop(name, [lowest, highest])
        if not isinstance(ends, list) or len(ends) != 2:
            raise fault(place, f"is {shown(ends)}, not a list of the lowest and the highest")
        low, high = (read_whole(end, place, (lowest, highest)) for end in ends)
        if low > high:
            raise fault(place, f"goes from {low} down to {high}")
        values[name] = (low, high)
    grades, place = read.values.pop("crs_grade", []), f"crs_grade of {where}filters"
    if not isinstance(grades, list):
        raise fault(place, f"is {shown(grades)}, not a list of grades")
    for grade in grades:
        read_whole(grade, place, (min(CRS_GRADES), max(CRS_GRADES)))
    if len(set(grades)) < len(grades):
        raise fault(place, "names a grade twice")
    values["crs_grade"] = tuple(grades)
    read.end()
    return Filters(**values)


def _read_style(read: Members) -> dict[str, str | int | float | bool | None]:
    for name, value in read.values.items():
        place = f"{shown(name)} of style"
        if isinstance(value, str):
            read_text(value, place)
        elif isinstance(value, float) and not math.isfinite(value):
            raise fault(place, "is larger than any number")
        elif value is not None and not isinstance(value, bool | int | float):
            raise fault(place, f"is {shown(value)}, not a text, a number, true, false or null")
    return read.values


def _read_choices(name: str, chosen: object, place: str) -> dict[str, Any]:
    """The plain values that were given, checked; lists are tuples."""
    options = _read_options(name, chosen, place)
    return {key: getattr(options, key) for key in Members(chosen, place).values}


def _read_options(name: str, chosen: object, place: str) -> Any:
    values = Members(chosen, place).values
    for key, value in values.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str):
                read_text(part, f"{shown(key)} of {place}")
            elif isinstance(part, dict | list):
                raise fault(f"{shown(key)} of {place}", "holds a list or an object")
    if name not in EXHIBITS:
        raise fault(place, f"is of {shown(name)}, which is no figure or table here")
    try:
        return EXHIBITS[name].read_options(values)
    except PhtError as error:
        raise fault(place, f"cannot be used: {str(error).rstrip('.')[:300]}") from None


def _read_basket(read: object) -> tuple[Entry, ...]:
    if not isinstance(read, list):
        raise fault("basket", f"is {shown(read)}, not a list of figures")
    if len(read) > MOST_ENTRIES:
        raise fault("basket", f"holds {len(read):,} figures, more than {MOST_ENTRIES}")
    return tuple(_read_entry(one, f"figure {place} of basket") for place, one in enumerate(read, 1))


def _read_entry(read: object, place: str) -> Entry:
    values = Members(read, place)
    name = values.text("exhibit")
    settings = Members(values.values.pop("settings", {}), f"settings of {place}")
    filters = Members(values.values.pop("filters", {}), f"filters of {place}")
    entry = Entry(
        name,
        _read_options(name, values.values.pop("options", {}), place),
        _read_settings(settings, f"{place}, "),
        _read_filters(filters, f"{place}, "),
        values.text("title"),
        values.text("comment"),
    )
    values.end()
    return entry


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
