"""Which packages a job uses, in a process that had imported more before the job began (see starter).

Ordinarily that is what `sys.modules` holds. A job that begins with modules of others says instead what it asks for, and
for each of these what its import had asked for.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _collections_abc import dict_items


def _absolute(name: str, importer: Mapping[str, Any] | None, level: int) -> str:
    """The whole name of what an import statement asks for."""
    if not level:
        return name
    package = str((importer or {}).get("__package__") or "").split(".")
    return ".".join([*package[: len(package) - level + 1], *filter(None, [name])])


def _being_imported() -> str | None:
    """The module whose import goes on just now, the innermost one."""
    frame: FrameType | None = sys._getframe(3)
    while frame is not None:
        if frame.f_code.co_name == "<module>":
            return frame.f_globals.get("__name__")
        frame = frame.f_back
    return None


class Imported:
    """Listens to import statements of this process, and of those that are copied from it.

    Attributes
    ----------
    needs : dict of str to set of str
        Module -> what was asked for while it was imported.
    asked : set of str or None
        What the job asked for; None before one began.
    """

    def __init__(self) -> None:
        self.needs: dict[str, set[str]] = {}
        self.asked: set[str] | None = None
        self.before: frozenset[str] = frozenset()

    def listen(self) -> None:
        """Note every import from now on."""
        statement, by_name = builtins.__import__, importlib.import_module

        def _import_statement(
            name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
        ) -> Any:
            whole = _absolute(name, globals, level)
            self._note([whole, *(f"{whole}.{item}" for item in fromlist or ())])
            return statement(name, globals, locals, fromlist, level)

        def _import_module(name: str, package: str | None = None) -> Any:
            whole = importlib.util.resolve_name(name, package) if name.startswith(".") else name
            self._note([whole])
            return by_name(name, package)

        builtins.__import__ = _import_statement
        importlib.import_module = _import_module

    def _note(self, names: Iterable[str]) -> None:
        if self.asked is not None:
            self.asked.update(names)
        elif (importer := _being_imported()) and importer != "__main__":  # which asks for what some job may need
            self.needs.setdefault(importer, set()).update(names)

    def begin(self) -> None:
        """The job begins: what is imported from now on, it uses."""
        self.asked, self.before = set(), frozenset(sys.modules)

    def used(self) -> set[str]:
        """List the modules that would be imported now if the job had begun without any.

        Returns
        -------
        set of str
            Their whole names; all that are imported, where no job has begun.
        """
        if self.asked is None:
            return set(sys.modules)
        used = set[str]()
        waiting = [*self.asked, *(set(sys.modules) - self.before)]
        while waiting:
            name = waiting.pop()
            if name in used or name not in sys.modules:
                continue
            used.add(name)
            waiting += [name.rpartition(".")[0], *self.needs.get(name, ())]
        return used


class PackagesUsed(dict[str, str]):
    """The PACKAGES of a record (provenance), of which a job that began with modules of others names only its own.

    Parameters
    ----------
    packages : mapping of str to str
        Module -> name of its package.
    imported : Imported
        What knows the modules that the job uses.
    """

    def __init__(self, packages: Mapping[str, str], imported: Imported) -> None:
        super().__init__(packages)
        self.imported = imported

    def items(self) -> dict_items[str, str]:
        """Pairs of module and package name that the job uses.

        Returns
        -------
        dict_items
            As of a dict.
        """
        used = self.imported.used()
        return {module: name for module, name in super().items() if module in used}.items()
