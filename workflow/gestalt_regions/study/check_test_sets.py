"""The further test sets of a config (gestalt.test_sets): checked, and completed with what is left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jsonschema

from gestalt_regions.cohort.simulated.people.hard_questions import HELDOUT_SUBJECTS, heldout_classes
from gestalt_regions.cohort.simulated.photo.views import check_ranges
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.study.schema import load_schema

KEYS: dict[str, dict[str, object]] = {  # kind -> its keys, each with what it is if left out; None: it must be given
    "simulated": {"people_per_class": 10, "images_per_subject": 1, "photos": {}, "grey": 0},
    "folder": {"images": None, "table": None},
    "occluded": {"of": "heldout", "occluder": None},
}
OPTIONAL = {"simulated": ("size", "ages", "severity")}  # left out, they are the cohort's
TAKEN = ("folds", "heldout")


def fill_test_sets(config: dict, schemas: Path) -> None:
    """Check the test sets, and fill in what they leave out.

    Parameters
    ----------
    config : dict
        A config that its schemas accept; its test sets are changed.
    schemas : path
        config/schemas of the repository.

    Raises
    ------
    InputError
        For a name that is taken, a key that is missing or of another kind, a range that is none, photographs that are
        not there, and a set of another that cannot be copied.
    """
    sets = config["gestalt"].get("test_sets", {})
    for name, section in sets.items():
        where, kind = f"config gestalt.test_sets.{name}", section["kind"]
        if name.lower() in TAKEN:
            raise InputError(f"{where}: every study has a set '{name.lower()}'; call this one otherwise")
        known = [*KEYS[kind], *OPTIONAL.get(kind, ())]
        for key in section:
            if key not in ("kind", *known):
                raise InputError(f"{where}.{key}: no key of the kind {kind}; it has {', '.join(known)}")
        for key, left_out in KEYS[kind].items():
            if left_out is None and not section.get(key):
                raise InputError(f"{where}: a set of the kind {kind} needs the key {key}; add it")
            section.setdefault(key, left_out)
        if kind == "simulated":
            _check_simulated(where, section, config, schemas)
        elif kind == "folder":
            _check_folder(where, section)
        else:
            _check_occluded(where, section, config, sets)


def _check_simulated(where: str, section: Mapping, config: Mapping, schemas: Path) -> None:
    if config["cohort"]["kind"] != "synthetic":
        raise InputError(
            f"{where}.kind is simulated, but the cohort is not (cohort.kind is {config['cohort']['kind']}): nothing "
            "says how its classes look. Take the kind folder"
        )
    schema = load_schema(schemas)["properties"]["cohort"]["properties"]["photos"]
    for key, value in section["photos"].items():
        if key not in schema["properties"]:
            raise InputError(f"{where}.photos.{key} is unknown: {nearest(key, schema['properties'])}")
        errors = jsonschema.Draft202012Validator(schema["properties"][key]).iter_errors(value)
        if error := next(errors, None):
            raise InputError(f"{where}.photos.{key}: {error.message} ({schema['properties'][key]['description']})")
    try:
        check_ranges({**config["cohort"]["photos"], **section["photos"]})
    except InputError as error:
        raise InputError(str(error).replace("config cohort", where)) from None
    low, high = section.get("ages", (0, 1))
    if low > high:
        raise InputError(f"{where}.ages: [{low}, {high}] runs backwards; write the smaller number first")


def _check_folder(where: str, section: Mapping) -> None:
    if not Path(section["images"]).is_dir():
        raise InputError(f"{where}.images: '{section['images']}' is no folder")
    if not Path(section["table"]).is_file():
        raise InputError(f"{where}.table: '{section['table']}' is no file")


def _check_occluded(where: str, section: Mapping, config: Mapping, sets: Mapping[str, Mapping]) -> None:
    of, plain = section["of"], [name for name, other in sets.items() if other["kind"] != "occluded"]
    if of != "heldout" and of not in plain:
        said = f"'{of}' is occluded itself" if of in sets else f"no test set '{of}'"
        raise InputError(f"{where}.of: {said}; {nearest(of, ['heldout', *plain])}")
    if of == "heldout" and config["cohort"]["kind"] == "synthetic" and not heldout_classes(config["cohort"]):
        raise InputError(f"{where}.of is heldout, but nobody is held out (config cohort.{HELDOUT_SUBJECTS} is 0)")
