"""The config: one JSON schema per section (config/schemas), checked once before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path

import jsonschema
import yaml

from gestalt_regions.core.errors import InputError, nearest


def load_schema(folder: str | Path) -> dict:
    """Assemble the schema of the whole config from `<section>.schema.yaml` files."""
    sections = {}
    for path in sorted(Path(folder).glob("*.schema.yaml")):
        sections[path.name.removesuffix(".schema.yaml")] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"type": "object", "additionalProperties": False, "required": sorted(sections), "properties": sections}


def _explain(error: jsonschema.ValidationError) -> str:
    where = ".".join(str(p) for p in error.absolute_path)
    if error.validator == "additionalProperties":
        allowed = error.schema.get("properties", {})
        unknown = [k for k in error.instance if k not in allowed]
        return "; ".join(f"config key '{f'{where}.{k}'.strip('.')}' is unknown: {nearest(k, allowed)}" for k in unknown)
    if error.validator == "enum":
        return f"config key '{where}' is {error.instance!r}; allowed: {', '.join(map(str, error.validator_value))}"
    if error.validator == "required":
        missing = [k for k in error.validator_value if k not in error.instance]
        return f"config key '{where or 'top level'}' lacks {', '.join(missing)}"
    about = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    return f"config key '{where}': {error.message}{f' ({about})' if about else ''}"


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
    if not isinstance(item, str) or "string" in kinds:
        return item
    if "boolean" in kinds:
        return {"true": True, "false": False}.get(item.lower(), item)
    for kind, read in (("integer", int), ("number", int), ("number", float)):
        with suppress(ValueError):
            if kind in kinds:
                return read(item)
    return item


def _without_nulls(value: object) -> object:
    """A study is merged over the default config; a null in it takes an entry away (a model, a method, a policy)."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return deepcopy(value)


def validate(config: Mapping, schema_folder: str | Path) -> dict:
    """The config with nulls taken out and defaults filled in. InputError lists every problem found."""
    schema = load_schema(schema_folder)
    filled = _without_nulls(config)
    _fill(filled, schema)
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(filled), key=lambda e: list(map(str, e.path)))
    if errors:
        raise InputError("the config is not valid:\n  " + "\n  ".join(_explain(e) for e in errors))
    return filled
