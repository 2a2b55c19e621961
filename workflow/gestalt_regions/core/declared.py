"""Registry entries that are found by reading: what a decorator says of a function or class, without importing it.

The DAG is built without torch, statsmodels and OpenCV; the modules with networks, analyses and detectors import these.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "gestalt_regions"
HOME = Path(__file__).parents[1]
LAST = 100  # the place of an entry that names none


@dataclass(frozen=True)
class Declared:
    """What one decorator says.

    name is its first argument, module and object what it stands on, facts its other arguments, where its file and line.
    """

    name: str
    module: str
    object: str
    facts: dict
    where: str

    @property
    def root(self) -> str:
        """Name the decorated code.

        Returns
        -------
        str
            `module:name`, a root of jobs.code_digest.
        """
        return f"{self.module}:{self.object}"


def declared(folder: str, decorator: str) -> dict[str, Declared]:
    """Read every `@decorator("name", key=literal, ...)` at the top level of the modules of a folder.

    Parameters
    ----------
    folder : str
        Below the package, such as `models/architectures`.
    decorator : str
        Name of the decorator.

    Returns
    -------
    dict of str to Declared
        In the order of the argument `place` (an integer; without one: last), then by name.

    Raises
    ------
    ValueError
        If an argument is no literal, or two entries have one name; the message has file and line.
    """
    entries: list[Declared] = []
    for path in sorted((HOME / folder).glob("*.py")):
        module = ".".join([PACKAGE, *Path(folder).parts, path.stem])
        for node in ast.parse(path.read_text(encoding="utf-8"), str(path)).body:
            for call in getattr(node, "decorator_list", []):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == decorator:
                    entries.append(_entry(call, module, getattr(node, "name", ""), f"{path}:{call.lineno}"))
    entries.sort(key=lambda entry: (entry.facts.get("place", LAST), entry.name))
    named: dict[str, Declared] = {}
    for entry in entries:
        if entry.name in named:
            raise ValueError(f"{entry.where}: '{entry.name}' is also at {named[entry.name].where}")
        named[entry.name] = entry
    return named


def _entry(call: ast.Call, module: str, decorated: str, where: str) -> Declared:
    """One decorator as an entry."""
    try:
        (name,) = (ast.literal_eval(argument) for argument in call.args)
        facts = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    except ValueError:
        text = f"@{ast.unparse(call.func)} takes a name and literals, since it is read before anything is imported"
        raise ValueError(f"{where}: {text}") from None
    return Declared(name, module, decorated, facts, where)
