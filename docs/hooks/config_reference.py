"""The config reference: every key of config/schemas, with what it may be, its default and its meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from gestalt_regions.study.schema import load_schema
from markdown_table import code, markdown_table

ROOT = Path(__file__).parents[2]
LIMITS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "exclusiveMaximum": "less than"}
KINDS = {"object": "entries by name", "array": "list", "string": "text", "null": "nothing"}
NOTHING = object()


@dataclass(frozen=True)
class Key:
    """One key of the config: its path with dots, and the part of the schema that describes it."""

    path: str
    schema: Mapping

    @property
    def section(self) -> str:
        """The part of the config that the key belongs to."""
        return self.path.split(".")[0]


def keys(schema: Mapping, path: str = "") -> Iterator[Key]:
    """Yield every key below a schema, parents first; `<name>` stands for a name that the user chooses."""
    inner = dict(schema.get("properties", {}))
    for place, more in (("<name>", schema.get("additionalProperties")), ("[]", schema.get("items"))):
        if isinstance(more, Mapping) and (place == "<name>" or "properties" in more):
            inner[place] = more
    for name, below in inner.items():
        where = f"{path}{name}" if name == "[]" else f"{path}.{name}".lstrip(".")
        yield Key(where, below)
        yield from keys(below, where)


def allowed_values(schema: Mapping) -> str:
    """What a key may be, in words."""
    if "oneOf" in schema:
        return " or ".join(allowed_values(choice) for choice in schema["oneOf"])
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    if "const" in schema:
        return code(schema["const"])
    kinds = schema.get("type", "any value")
    words = " or ".join(
        "nothing" if kind == "null" else kind for kind in ([kinds] if isinstance(kinds, str) else kinds)
    )
    words = words.replace("object", "entries by name").replace("array", "list").replace("string", "text")
    if isinstance(schema.get("items"), Mapping) and "properties" not in schema["items"]:
        words += f" of {allowed_values(schema['items'])}"
    if schema.get("minItems") and schema.get("minItems") == schema.get("maxItems"):
        words += f" ({schema['minItems']} of them)"
    return ", ".join([words, *(f"{name} {schema[limit]:g}" for limit, name in LIMITS.items() if limit in schema)])


def default_study_value(config: Mapping, path: str) -> object:
    """What config/config.yaml says of a key; NOTHING where it says nothing."""
    value: object = config
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return NOTHING
        value = value[name]
    return value


def defaults(key: Key, config: Mapping) -> str:
    """Show the default of a key, and what the default study says where that is something else."""
    if "properties" in key.schema or isinstance(key.schema.get("additionalProperties"), Mapping):
        return ""  # its keys have their own
    default = key.schema.get("default", key.schema.get("x-left-out", NOTHING))
    stated = default_study_value(config, key.path)
    shown = "" if default is NOTHING else code(default)
    return shown if stated in (NOTHING, default) else f"{shown}<br>default study: {code(stated)}".removeprefix("<br>")


def reference() -> str:
    """Make the whole page: a heading for each section of the config, a row for each key."""
    schema = load_schema(ROOT / "config/schemas")
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    parts = []
    for section, below in schema["properties"].items():
        rows = []
        for key in keys(below, section):
            name = f'<a id="{key.path}"></a>{code(key.path.removeprefix(section + "."))}'
            rows.append([name, allowed_values(key.schema), defaults(key, config), key.schema.get("description", "")])
        table = markdown_table(["key", "may be", "default", "meaning"], rows)
        parts.append(f"## {section}\n\n{below.get('description', '')}\n\n{table}")
    return "\n\n".join(parts)
