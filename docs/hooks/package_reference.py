"""The reference of the package: one page for each room, in the order in which data flows, from the docstrings."""

from __future__ import annotations

from pathlib import Path

import gestalt_regions
from gestalt_regions import ROOMS
from markdown_table import markdown_table

PACKAGE = Path(gestalt_regions.__file__).parent


def modules(room: str) -> list[str]:
    """Name the room itself and every module in it, those of its folders after its own."""
    files = sorted((PACKAGE / room).rglob("*.py"), key=lambda path: (len(path.parts), path.as_posix()))
    names = [path.relative_to(PACKAGE.parent).with_suffix("").as_posix().replace("/", ".") for path in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith(".__main__")]


def page(room: str) -> str:
    """Write a room's page."""
    less_than_prose = "---\nsearch:\n  boost: 0.5\n---"
    parts = [f"{less_than_prose}\n\n# {room}\n\nPurpose: {ROOMS[room]}."]
    return "\n\n".join(parts + [f"::: {name}" for name in modules(room)]) + "\n"


def pages() -> dict[str, str]:
    """All rooms' pages by path."""
    return {f"reference/api/{room}.md": page(room) for room in ROOMS}


def navigation() -> list[dict[str, str]]:
    """The rooms' entries of the navigation."""
    return [{room: f"reference/api/{room}.md"} for room in ROOMS]


def rooms() -> str:
    """Table of the rooms with links to their pages."""
    rows = [[f"[{room}]({room}.md)", text] for room, text in ROOMS.items()]
    return markdown_table(["room", "what it is for"], rows)
