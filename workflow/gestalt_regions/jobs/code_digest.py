"""Which code of the package a script uses, as a digest: a rule's result is rebuilt when, and only when, it changes.

Found by reading the sources, not by running them, name by name: starting from the script, every top-level function,
class or constant that is mentioned, and what these mention. What only runs by name (registries) is added as a root by
the rule. Comments, docstrings and layout do not count.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = "gestalt_regions"
HOME = Path(__file__).parents[1]
Name = tuple[str, str]  # (module, top-level name; "" is what a module does when it is imported)


@cache
def _file(module: str) -> Path | None:
    """The source of a module of the package; None for any other."""
    head, *rest = module.split(".")
    path = HOME.joinpath(*rest)
    if head != PACKAGE:
        return None
    sources = (path.with_suffix(".py"), path / "__init__.py")
    return next((source for source in sources if source.is_file()), None)


def _bare(tree: ast.Module) -> ast.Module:
    """The tree without docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
    return tree


def _text(node: object) -> str:
    """As ast.dump, but the same in every version of Python: what is empty is left out, since new versions have new
    fields, and name empty ones or not."""
    if isinstance(node, ast.AST):
        fields = ((name, getattr(node, name, None)) for name in node._fields)
        return f"{type(node).__name__}({', '.join(f'{n}={_text(v)}' for n, v in fields if v is not None and v != [])})"
    return f"[{', '.join(map(_text, node))}]" if isinstance(node, list) else repr(node)


def _imports(tree: ast.AST) -> dict[str, Name]:
    """Local name -> what of the package it means, for every import at any depth."""
    meanings: dict[str, Name] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                meanings[alias.asname or alias.name] = (whole, "*") if _file(whole) else (node.module, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname and _file(alias.name):
                    meanings[alias.asname] = (alias.name, "*")
    return meanings


def _targets(node: ast.stmt) -> list[str]:
    """The top-level names a statement defines; none for one that acts."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    names = [n.id for target in targets if target is not None for n in ast.walk(target) if isinstance(n, ast.Name)]
    return names if isinstance(node, ast.Assign | ast.AnnAssign) else []


class _Module:
    """A parsed source: the statements behind each top-level name, and those that only act (name "")."""

    def __init__(self, path: Path) -> None:
        tree = _bare(ast.parse(path.read_text(encoding="utf-8"), str(path)))
        self.imports = _imports(tree)
        # Found once: every job of a large DAG asks for much the same code.
        self.texts: dict[str, str] = {}
        self.mentioned: dict[Name, set[Name]] = {}
        self.parts: dict[str, list[ast.stmt]] = {"": []}
        for node in tree.body:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                for name in _targets(node) or [""]:
                    self.parts.setdefault(name, []).append(node)
        for node in tree.body:  # a decorator of this module may register what it decorates
            mentioned = {
                n.id for d in getattr(node, "decorator_list", []) for n in ast.walk(d) if isinstance(n, ast.Name)
            }
            if mentioned & set(self.parts):
                self.parts[""].append(node)

    def text(self, name: str) -> str:
        if name not in self.texts:
            self.texts[name] = "\n".join(_text(node) for node in self.parts.get(name, []))
        return self.texts[name]

    def mentions(self, module: str, name: str) -> set[Name]:
        """What the statements behind `name` mention: names of this module and of others of the package."""
        if (module, name) not in self.mentioned:
            self.mentioned[module, name] = self._mentions(module, name)
        return self.mentioned[module, name]

    def _mentions(self, module: str, name: str) -> set[Name]:
        # importing runs what the imported modules do
        mentioned: set[Name] = set() if name else {(other, "") for other, _ in self.imports.values()}
        for node in (n for part in self.parts.get(name, []) for n in ast.walk(part)):
            if isinstance(node, ast.Name) and node.id in self.parts:
                mentioned.add((module, node.id))
            if isinstance(node, ast.Name) and node.id in self.imports and self.imports[node.id][1] != "*":
                mentioned.add(self.imports[node.id])
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                other, whole = self.imports.get(node.value.id, ("", ""))
                if whole == "*":
                    mentioned.add((other, node.attr))
        return mentioned


@cache
def _module(path: Path) -> _Module:
    return _Module(path)


def used(script: str | Path, roots: Iterable[str] = ()) -> dict[Name, str]:
    """List the package code that a script uses.

    Parameters
    ----------
    script : path
        The source to start from.
    roots : iterable of str
        "module:name" used besides.

    Returns
    -------
    dict
        (module, top-level name) -> its code as text. The name "" is what a module does when it is imported.
    """
    start = _module(Path(script))
    waiting: set[Name] = {(module, name) for module, _, name in (root.partition(":") for root in roots)}
    for name in start.parts:
        waiting |= {mention for mention in start.mentions("", name) if mention[0]}
    texts: dict[Name, str] = {}
    while waiting:
        module, name = waiting.pop()
        path = _file(module)
        if (module, name) in texts or path is None:
            continue
        source = _module(path)
        if name not in source.parts and name in source.imports:  # re-exported
            waiting.add(source.imports[name])
            continue
        texts[module, name] = source.text(name)
        waiting |= source.mentions(module, name) | {(module, "")}
    return texts


@cache
def _content(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest_of_code(script: str | Path, roots: Iterable[str] = (), files: Iterable[str | Path] = ()) -> str:
    """Digest a script, all the package code it uses, and the contents of some files.

    Parameters
    ----------
    script : path
        The source to start from.
    roots : iterable of str
        Code that only runs by name, as "module:name"; their order does not count.
    files : iterable of path
        Files whose contents count, in this order. Each is read once in a process.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    return _digest_of_code(Path(script), tuple(sorted(roots)), tuple(map(Path, files)))


@cache
def _digest_of_code(script: Path, roots: tuple[str, ...], files: tuple[Path, ...]) -> str:
    start = _module(Path(script))
    total = hashlib.sha256("\n".join(start.text(name) for name in start.parts).encode())
    for (module, name), text in sorted(used(script, roots).items()):
        total.update(f"{module}:{name}\n{text}\n".encode())
    for path in files:
        total.update(_content(path).encode())
    return total.hexdigest()[:16]
