"""The rooms of the package: each imports only from itself and from rooms before it."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import gestalt_regions
from gestalt_regions import ROOMS

HOME = Path(gestalt_regions.__file__).parent
PLACE = {room: place for place, room in enumerate(ROOMS)}


def imported_rooms(source: str) -> set[str]:
    """Rooms that a module imports from, at any depth of its code."""
    rooms = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("gestalt_regions"):
            _, *rest = node.module.split(".")
            rooms |= {rest[0]} if rest else {alias.name for alias in node.names} & set(ROOMS)
    return rooms


def test_only_init_lies_at_the_root():
    assert [path.name for path in HOME.glob("*.py")] == ["__init__.py"]
    assert {path.name for path in HOME.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(ROOMS)


def test_no_room_imports_a_later_one():
    upward = [
        f"{path.relative_to(HOME)} imports {room}"
        for room_name in ROOMS
        for path in (HOME / room_name).rglob("*.py")
        for room in imported_rooms(path.read_text())
        if PLACE[room] > PLACE[room_name]
    ]
    assert not upward


def test_an_upward_import_is_seen():
    assert imported_rooms("def f():\n    from gestalt_regions.report.site import write_site\n") == {"report"}
    assert imported_rooms("from gestalt_regions import study, __version__") == {"study"}


def test_a_file_name_occurs_once():
    names = Counter(path.name for path in HOME.rglob("*.py") if not path.name.startswith("__"))
    assert [name for name, times in names.items() if times > 1] == []


def test_every_folder_says_what_it_is_for():
    for path in HOME.rglob("__init__.py"):
        lines = (ast.get_docstring(ast.parse(path.read_text())) or "").splitlines()
        assert len(lines) >= 3, f"{path.relative_to(HOME)} has no docstring of two lines"


def lines_of_code(function: ast.FunctionDef) -> int:
    """Lines of a function without its docstring."""
    documented = ast.get_docstring(function) is not None
    docstring = function.body[0].end_lineno - function.body[0].lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - docstring


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{path.relative_to(HOME)}: {node.name} has {lines_of_code(node)} lines"
        for path in HOME.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and lines_of_code(node) >= 60
    ]
    assert not long
