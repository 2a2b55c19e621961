"""Tables in Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence


def code(value: object) -> str:
    """Show a value of the config as code, as it is written in YAML's short form."""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return f"`{text}`"


def cell(value: object) -> str:
    """Make any text fit into a cell."""
    return " ".join(str(value).split()).replace("|", "\\|")


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table with one line for each row."""
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(cell(value) for value in row) + " |" for row in rows)])
