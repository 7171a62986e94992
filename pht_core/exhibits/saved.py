"""A settings file: the page, its choices, definitions, filters, style and basket, as JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.entry import Entry
from pht_core.exhibits.view import VERSION
from pht_core.model.cohort import Cohort
from pht_core.model.errors import PhtError
from pht_core.model.filters import CRS_GRADES, FILTERED, RANGES, SEXES, YES_NO, Filters
from pht_core.model.json_schema import JsonFile, Schema
from pht_core.model.settings import SETTINGS, Settings

FILE = JsonFile(
    title="settings file",
    kind="PHT Explorer settings",
    version=1,
    version_key="format",
    largest=1 << 20,
    to_do="Correct it, or make the choices anew and save them.",
)
MOST_ENTRIES = 200
# Options that name patients, whatever the exhibit.
NAMES_OF_PATIENTS = ("patient", "patients", "front")
# After an id that stands for nobody: left as it is it could be somebody else's other id.
NOBODY = " (not in this cohort)"


@dataclass(frozen=True)
class Saved:
    """What a settings file restores.

    Of the data it may hold the ids of patients chosen for a figure or as a filter, and the values
    of a column of the user's file that were chosen to filter by.

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

    Raises PhtError where it would be larger than can be read again.
    """
    content = {
        "what": FILE.kind,
        FILE.version_key: FILE.version,
        "version": VERSION,
        "page": saved.page,
        "page_options": dict(saved.page_options),
        "settings": asdict(saved.settings),
        "filters": _write_filters(saved.filters),
        "style": dict(saved.style),
        "final": saved.final,
        "basket": [
            {
                "exhibit": entry.name,
                "options": asdict(entry.options),
                "settings": asdict(entry.settings),
                "filters": _write_filters(entry.filters),
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
    if len(saved.basket) > MOST_ENTRIES or len(text.encode("utf-8", "replace")) > FILE.largest:
        raise PhtError(
            f"These choices are more than a settings file holds ({MOST_ENTRIES} figures, "
            f"{FILE.largest >> 20} MB). Take some figures off the slides and save again."
        )
    return text + "\n"


def read_saved(content: bytes | str) -> Saved:
    """What a settings file holds; a choice that it leaves out has its default.

    Raises PhtError, which names the place, where it is no settings file, too large, or holds a
    name or value that is not offered.
    """
    read = FILE.read(content, _build_schema())
    return Saved(
        page=read.get("page", ""),
        page_options={
            name: _read_choices(name, chosen)
            for name, chosen in read.get("page_options", {}).items()
        },
        settings=_read_settings(read.get("settings", {})),
        filters=_read_filters(read.get("filters", {})),
        style=read.get("style", {}),
        final=read.get("final", False),
        basket=tuple(
            _read_entry(entry, f"item {place} of basket")
            for place, entry in enumerate(read.get("basket", []), 1)
        ),
        data_name=read.get("data_name", ""),
        digest=read.get("sha256", ""),
        tables_digest=read.get("tables_sha256", ""),
    )


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


def _build_schema() -> Schema:
    """What a settings file may hold; made anew, as registries may have grown."""
    text, plain = {"type": "string"}, ["string", "number", "boolean", "null"]
    digest = {"type": "string", "pattern": r"^([0-9a-f]{64})?\Z"}
    settings = _object({entry.name: _setting_schema(entry.name) for entry in fields(Settings)})
    filters = _object(_filter_schemas())
    values = {
        "anyOf": [{"type": plain}, {"type": "array", "items": {"type": plain}}],
        "errorMessage": "not a plain value or a list of them",
    }
    options = {"type": "object", "additionalProperties": values}
    entry = {
        "exhibit": {"enum": list(EXHIBITS), "errorMessage": "which is no figure or table here"},
        "options": options,
        "settings": settings,
        "filters": filters,
        "title": text,
        "comment": text,
    }
    members = {
        "what": text,
        FILE.version_key: {"type": "integer"},
        "version": {},
        "page": {"type": "string", "pattern": r"^[a-z0-9_-]{0,60}\Z"},
        "page_options": _object(dict.fromkeys(EXHIBITS, options)),
        "settings": settings,
        "filters": filters,
        "style": {"type": "object", "additionalProperties": {"type": plain}},
        "final": {"type": "boolean"},
        "basket": {
            "type": "array",
            "maxItems": MOST_ENTRIES,
            "items": _object(entry) | {"required": ["exhibit"]},
        },
        "data_name": text,
        "sha256": digest,
        "tables_sha256": digest,
    }
    return _object(members) | {"required": ["what"]}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object of these members and no others."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _setting_schema(name: str) -> dict[str, Any]:
    setting, default = SETTINGS[name], getattr(Settings(), name)
    if setting.offered:
        return {"enum": list(setting.offered())}
    if not setting.bounds:
        return {"type": "boolean"}
    low, high = setting.bounds
    kind = "number" if isinstance(default, float) else "integer"
    return {"type": kind, "minimum": low, "maximum": high}


def _filter_schemas() -> dict[str, Any]:
    def whole(low: int, high: int) -> dict[str, Any]:
        return {"type": "integer", "minimum": low, "maximum": high}

    ranges = {
        name: {"type": "array", "minItems": 2, "maxItems": 2, "items": whole(lowest, highest)}
        for name, (_, lowest, highest, _) in RANGES.items()
    }
    grades = {"type": "array", "uniqueItems": True, "items": whole(CRS_GRADES[0], CRS_GRADES[-1])}
    text = {"type": "string"}
    other = _object({"column": text, "values": {"type": "array", "minItems": 1, "items": text}})
    return {
        **{name: {"type": ["boolean", "null"]} for name in YES_NO},
        "sex": {"enum": [None, *SEXES]},
        **ranges,
        "crs_grade": grades,
        "unrecorded": {"type": "array", "uniqueItems": True, "items": {"enum": list(FILTERED)}},
        "others": {"type": "array", "items": other | {"required": ["column", "values"]}},
        "patients": {"type": "array", "uniqueItems": True, "items": text},
    }


def _write_filters(filters: Filters) -> dict[str, Any]:
    others = [{"column": name, "values": list(values)} for name, values in filters.others]
    return asdict(filters) | {"others": others}


def _read_settings(read: Mapping[str, Any], of: str = "") -> Settings:
    """Definitions; a share that was written as a whole number is a float. ``of`` : the place."""
    default = asdict(Settings())
    values: dict[str, Any] = {
        name: float(value) if isinstance(default[name], float) else value
        for name, value in read.items()
    }
    settings = Settings(**values)
    if settings.taper_low > settings.taper_high:
        raise FILE.fault(f"taper_low of settings{of}", "is above taper_high")
    return settings


def _read_filters(read: Mapping[str, Any], of: str = "") -> Filters:
    for name in RANGES:
        low, high = read.get(name, (0, 0))
        if low > high:
            raise FILE.fault(f"{name} of filters{of}", f"goes from {low} down to {high}")
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in read.items()
    }
    others = read.get("others", [])
    values["others"] = tuple((one["column"], tuple(one["values"])) for one in others)
    return Filters(**values)


def _read_choices(name: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values that were given, checked; lists are tuples."""
    options = _read_options(name, chosen, f"{name} of page_options")
    return {key: getattr(options, key) for key in chosen}


def _read_options(name: str, chosen: Mapping[str, Any], place: str) -> Any:
    try:
        return EXHIBITS[name].read_options(chosen)
    except PhtError as error:
        raise FILE.fault(place, f"cannot be used: {str(error).rstrip('.')[:300]}") from None


def _read_entry(read: Mapping[str, Any], place: str) -> Entry:
    return Entry(
        read["exhibit"],
        _read_options(read["exhibit"], read.get("options", {}), f"options of {place}"),
        _read_settings(read.get("settings", {}), f" of {place}"),
        _read_filters(read.get("filters", {}), f" of {place}"),
        read.get("title", ""),
        read.get("comment", ""),
    )


def rename_entry(entry: Entry, ids: Mapping[str, str]) -> Entry:
    """An entry of the same patients by other ids; what the user wrote is left as it is.

    ids : the other ids, by those in the options. Nobody's id stays one.

    >>> from pht_core.exhibits.trajectories import PatientsOptions
    >>> made = Entry("figure3-trajectories", PatientsOptions(("A", "B"), "A"))
    >>> rename_entry(made, {"A": "P2", "B": "P1"}).options
    PatientsOptions(patients=('P2', 'P1'), front='P2', align='stop', look='each')
    """
    return _change_patients(entry, _renaming(ids))


def rename_saved(saved: Saved, ids: Mapping[str, str]) -> Saved:
    """What a settings file holds, of the same patients by other ids.

    A file is written with the data's own ids (other ids are drawn anew in every session, so they
    would choose others there), and what is read is carried over to the ids that are shown.
    """
    rename = _renaming(ids)
    return replace(
        saved,
        page_options={
            name: {
                key: _change(value, rename) if key in NAMES_OF_PATIENTS else value
                for key, value in chosen.items()
            }
            for name, chosen in saved.page_options.items()
        },
        filters=_change_selected(saved.filters, rename),
        basket=tuple(_change_patients(entry, rename) for entry in saved.basket),
    )


def carry_over(entry: Entry, ids: Mapping[str, str]) -> Entry:
    """An entry made on another cohort, without the patients who are not in this one.

    ids : the ids shown of this cohort's patients, by those of its file.

    >>> from pht_core.exhibits.trajectories import PatientsOptions
    >>> made = Entry("figure3-trajectories", PatientsOptions(("A", "B"), "A"))
    >>> carry_over(made, {"B": "P1"}).options
    PatientsOptions(patients=('P1',), front='', align='stop', look='each')
    """
    return _change_patients(entry, lambda name: ids.get(name, ""))


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
        filters=_change_selected(saved.filters, lambda _: ""),
        basket=tuple(_change_patients(entry, lambda _: "") for entry in saved.basket),
    )


def _renaming(ids: Mapping[str, str]) -> Callable[[str], str]:
    """The other id of a patient; an id of nobody says so, and stays as it is ever after."""
    return lambda name: name if name.endswith(NOBODY) else ids.get(name, f"{name}{NOBODY}")


def _change_patients(entry: Entry, change: Callable[[str], str]) -> Entry:
    """An entry with other ids in its filter, and in those of its options that name patients."""
    entry = replace(entry, filters=_change_selected(entry.filters, change))
    changed = {
        one.name: _change(getattr(entry.options, one.name), change)
        for one in fields(entry.options)
        if one.name in NAMES_OF_PATIENTS
    }
    return replace(entry, options=replace(entry.options, **changed)) if changed else entry


def _change_selected(filters: Filters, change: Callable[[str], str]) -> Filters:
    """Filters with other ids; of a selection of nobody who is left, nobody fits, never everyone."""
    if not filters.patients:
        return filters
    return replace(filters, patients=_change(filters.patients, change) or (NOBODY.strip(),))


def _change(chosen: Any, change: Callable[[str], str]) -> Any:
    """One id or several, changed; an id that becomes empty is left out of several."""
    if isinstance(chosen, str):
        return change(chosen) if chosen else ""
    return tuple(new for name in chosen if (new := change(name)))
