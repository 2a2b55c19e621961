"""The config: one JSON schema per section (config/schemas), checked once before anything runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from gestalt_regions.cohort.readers.reader_registry import load_readers
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.evaluation.measure_registry import GROUPS
from gestalt_regions.faces.detector_registry import DETECTORS, GIVEN
from gestalt_regions.faces.face_parts import PARTS
from gestalt_regions.models.backbones import BACKBONES
from gestalt_regions.regions.sets import load_sets
from gestalt_regions.saliency.method_registry import load_methods

# A key with `x-left-out` instead of a default is not filled in: what is written of a study without it stays as it was.
# The same holds for a whole section.
LEFT_OUT = "x-left-out"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where libyaml is there: a tenth of the time
SHORT = 4  # a list of allowed values that a message shows whole
REGISTRY = "x-registry"  # in a schema: the values that are allowed are the names of this registry
REGISTRIES: dict[str, Callable[[Path], Iterable[str]]] = {  # each of the folder of the repository
    "backbones": lambda base: BACKBONES,
    "cohort_kinds": lambda base: ["synthetic", *load_readers()],
    "controls": lambda base: [name for name, method in load_methods().items() if method.family == "control"],
    "detectors": lambda base: [*DETECTORS, GIVEN],
    "face_parts": lambda base: PARTS,
    "measure_groups": lambda base: GROUPS,
    "region_sets": lambda base: load_sets(base / "resources/regions.yaml"),
    "saliency_methods": lambda base: load_methods(),
}


def _with_names(schema: Any, base: Path) -> Any:
    """A schema in which every `x-registry` is an `enum` of the names in that registry."""
    if isinstance(schema, list):
        return [_with_names(below, base) for below in schema]
    if not isinstance(schema, Mapping):
        return schema
    filled = {}
    for key, below in schema.items():
        if key == REGISTRY:
            filled["enum"] = list(REGISTRIES[below](base))
        else:
            filled[key] = _with_names(below, base)
    return filled


def _add_readers(cohort: dict) -> None:
    """Put the section of every cohort reader after the name of the cohort."""
    others = {key: cohort.pop(key) for key in list(cohort) if key not in ("kind", "name")}
    for name, reader in load_readers().items():
        cohort["kind"]["description"] += f"; {name} {reader.description}"
        cohort[name] = reader.section
    cohort["kind"]["description"] += "."
    cohort.update(others)


def load_schema(folder: str | Path) -> dict:
    """Assemble the schema of the whole config from `<section>.schema.yaml` files and from the registries.

    Parameters
    ----------
    folder : path
        config/schemas of the repository.

    Returns
    -------
    dict
        A JSON schema.
    """
    sections, base = {}, Path(folder).parents[1]
    for path in sorted(Path(folder).glob("*.schema.yaml")):
        section = yaml.load(path.read_text(encoding="utf-8"), LOADER)
        sections[path.name.removesuffix(".schema.yaml")] = _with_names(section, base)
    _add_readers(sections["cohort"]["properties"])
    needed = sorted(name for name, section in sections.items() if LEFT_OUT not in section)
    return {"type": "object", "additionalProperties": False, "required": needed, "properties": sections}


def _listed(value: object) -> list:
    return list(value) if isinstance(value, Iterable) else []


def _explain(error: jsonschema.ValidationError) -> str:
    where, schema, given = ".".join(str(p) for p in error.absolute_path), error.schema, error.validator_value
    schema = schema if isinstance(schema, dict) else {}
    if error.validator == "additionalProperties":
        properties = schema.get("properties", {})
        unknown = [k for k in _listed(error.instance) if k not in properties]
        return "; ".join(
            f"config key '{f'{where}.{k}'.strip('.')}' is unknown: {nearest(k, properties)}" for k in unknown
        )
    if error.validator == "enum":
        allowed = list(map(str, _listed(given)))
        hint = nearest(str(error.instance), allowed) if len(allowed) > SHORT else f"allowed: {', '.join(allowed)}"
        return f"config key '{where}' is {error.instance!r}; {hint}"
    if error.validator == "required":
        missing = [k for k in _listed(given) if k not in _listed(error.instance)]
        return f"config key '{where or 'top level'}' lacks {', '.join(missing)}"
    description = schema.get("description", "")
    return f"config key '{where}': {error.message}{f' ({description})' if description else ''}"


def _fill(value: dict, schema: dict) -> None:
    """Fill missing keys with the schema's defaults, section by section."""
    properties, extra = schema.get("properties", {}), schema.get("additionalProperties")
    for key, sub in properties.items():
        if key not in value and "default" in sub:
            value[key] = deepcopy(sub["default"])
    for key, item in value.items():
        sub = properties.get(key, extra if isinstance(extra, dict) else {})
        value[key] = _as_typed(item, sub.get("type", ()))
        if isinstance(item, dict):
            _fill(item, sub)


def _as_typed(item: object, kinds: str | Sequence[str]) -> object:
    """Text as the number or truth value the schema asks for: in `--config cohort='{severity: 0.4}'` all is text."""
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(item, float) and item.is_integer() and "integer" in kinds and "number" not in kinds:
        return int(item)  # 2.0 passes for an integer in JSON schema
    if not isinstance(item, str) or "string" in kinds:
        return item
    if "boolean" in kinds:
        return {"true": True, "false": False}.get(item.lower(), item)
    for kind, read in (("integer", int), ("number", int), ("number", float)):
        with suppress(ValueError):
            if kind in kinds:
                return read(item)
    return item


def _without_nulls(value: Any) -> Any:
    """A study is merged over the default config; a null in it takes an entry away (a model, a method, a policy)."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return deepcopy(value)


def _not_finite(value: object, where: tuple[str, ...] = ()) -> Iterator[str]:
    """A line for every number that is NaN or infinite, which no schema rules out, whatever its bounds."""
    if isinstance(value, float) and not math.isfinite(value):
        yield f"config key '{'.'.join(where)}' is {value}; expected a finite number"
    below = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in below:
        yield from _not_finite(item, (*where, str(key)))


def _same_but_for_case(config: Mapping) -> Iterator[str]:
    """A line for names of files that differ in capitals only: on many disks they would be one file."""
    for where in (
        "models",
        "saliency.methods",
        "saliency.further_methods",
        "matching.encoders",
        "coefficients.policies",
        "statistics.variants",
        "gestalt.test_sets",
    ):
        names = config
        for key in where.split("."):
            names = names.get(key, {}) if isinstance(names, Mapping) else {}
        seen: dict[str, str] = {}
        for name in map(str, names):
            if (other := seen.setdefault(name.casefold(), name)) != name:
                yield f"config {where}: '{other}' and '{name}' differ in capitals only, and name files; rename one"


def validate(config: Mapping, schema_folder: str | Path) -> dict:
    """Check a config and complete it.

    Parameters
    ----------
    config : mapping
        The config as Snakemake merged it.
    schema_folder : path
        As for `load_schema`.

    Returns
    -------
    dict
        The config with nulls taken out and defaults filled in.

    Raises
    ------
    InputError
        If it is not valid; the message lists every problem.
    """
    schema = load_schema(schema_folder)
    filled = _without_nulls(config)
    _fill(filled, schema)
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(filled), key=lambda e: list(map(str, e.path)))
    problems = [_explain(error) for error in errors] or [*_not_finite(filled), *_same_but_for_case(filled)]
    if problems:
        raise InputError("the config is not valid:\n  " + "\n  ".join(problems))
    return filled
