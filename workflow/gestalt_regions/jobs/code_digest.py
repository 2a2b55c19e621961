"""Which code of the package a script uses, as a digest: a rule's result is rebuilt when, and only when, it changes.

Found by reading the sources, not by running them, name by name: starting from the script, every top-level function,
class or constant that is mentioned, and what these mention. What only runs by name (registries) is added as a root by
the rule. Comments, docstrings and layout do not count.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
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


class _Reader:
    """Reads statements: their text without docstrings, and on the way what they mention and import."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()  # x.y as (x, y)
        self.imports: list[tuple[str, str, str]] = []  # (local name, module, what of it)

    def text(self, node: object) -> str:
        """As ast.dump, but the same in every version of Python: what is empty is left out, since new versions have new
        fields, and name empty ones or not."""
        if isinstance(node, list):
            return f"[{', '.join([self.text(each) for each in node])}]"
        if not isinstance(node, ast.AST):
            return repr(node)
        self._note(node)
        fields = []
        for name in node._fields:
            value = getattr(node, name, None)
            if name == "body" and isinstance(node, ast.ClassDef | ast.FunctionDef):
                value = _without_docstring(node.body)
            if value is not None and value != []:
                fields.append(f"{name}={self.text(value)}")
        return f"{type(node).__name__}({', '.join(fields)})"

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            self.names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            self.attributes.add((node.value.id, node.attr))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            self.imports += [(alias.asname or alias.name, node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            self.imports += [(alias.asname, alias.name, "") for alias in node.names if alias.asname]


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
    return body


def _targets(node: ast.stmt) -> list[str]:
    """The top-level names a statement defines; none for one that acts."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    names = [n.id for target in targets if target is not None for n in ast.walk(target) if isinstance(n, ast.Name)]
    return names if isinstance(node, ast.Assign | ast.AnnAssign) else []


def _read(source: str, path: str) -> dict:
    """What a source says by itself, as JSON can hold it: imports, and for each top-level name its text and mentions."""
    parts: dict[str, list[ast.stmt]] = {"": []}
    body = _without_docstring(ast.parse(source, path).body)
    whole = _Reader()
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            whole.text(node)
            continue
        for name in _targets(node) or [""]:
            parts.setdefault(name, []).append(node)
    for node in body:  # a decorator of this module may register what it decorates
        mentioned = {n.id for d in getattr(node, "decorator_list", []) for n in ast.walk(d) if isinstance(n, ast.Name)}
        if mentioned & set(parts):
            parts[""].append(node)
    facts: dict = {"imports": whole.imports, "parts": {}}
    for name, nodes in parts.items():
        part = _Reader()
        text = "\n".join([part.text(node) for node in nodes])
        facts["parts"][name] = [text, sorted(part.names), sorted(part.attributes)]
        whole.imports += part.imports
    return facts


class _Module:
    """A source: what stands behind each top-level name, and what only acts (name "")."""

    def __init__(self, module: str, facts: dict) -> None:
        self.module, self.parts = module, facts["parts"]
        self.imports: dict[str, Name] = {}  # local name -> what of the package it means
        for local, other, name in facts["imports"]:
            whole = f"{other}.{name}" if name else other
            if _file(whole):
                self.imports[local] = (whole, "*")
            elif name:
                self.imports[local] = (other, name)
        self.mentioned: dict[str, set[Name]] = {}

    def text(self, name: str) -> str:
        return self.parts[name][0] if name in self.parts else ""

    def mentions(self, name: str) -> set[Name]:
        """What the statements behind `name` mention: names of this module and of others of the package."""
        if name not in self.mentioned:  # found once: every job of a large DAG asks for much the same code
            self.mentioned[name] = self._mentions(name)
        return self.mentioned[name]

    def _mentions(self, name: str) -> set[Name]:
        # importing runs what the imported modules do
        mentioned: set[Name] = set() if name else {(other, "") for other, _ in self.imports.values()}
        _, names, attributes = self.parts.get(name, ("", (), ()))
        for each in names:
            if each in self.parts:
                mentioned.add((self.module, each))
            if each in self.imports and self.imports[each][1] != "*":
                mentioned.add(self.imports[each])
        for owner, attribute in attributes:
            other, whole = self.imports.get(owner, ("", ""))
            if whole == "*":
                mentioned.add((other, attribute))
        return mentioned


@cache
def _reader_digest() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _facts(path: Path) -> dict:
    """What a source says by itself: kept where its bytecode would be, since reading all sources takes seconds."""
    source = path.read_bytes()
    kept = Path(importlib.util.cache_from_source(str(path))).with_suffix(".json")
    of = f"{_reader_digest()} {hashlib.sha256(source).hexdigest()}"
    with suppress(OSError, ValueError, KeyError, TypeError):
        facts = json.loads(kept.read_bytes())
        if facts["of"] == of:
            return facts
    facts = {"of": of, **_read(source.decode(), str(path))}
    if not sys.dont_write_bytecode:  # where Python may write nothing beside a source, nor may this
        _keep(facts, kept)
    return facts


def _keep(facts: dict, kept: Path) -> None:
    """Write a file whole or not at all; a folder that cannot be written to is none of our business."""
    with suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        whole = kept.with_name(f"{kept.name}.{os.getpid()}")
        whole.write_text(json.dumps(facts), encoding="utf-8")
        os.replace(whole, kept)


@cache
def _module(path: Path, module: str = "") -> _Module:
    return _Module(module, _facts(path))


@cache
def _reached(first: Name) -> frozenset[Name]:
    """All code that one name needs, with itself."""
    reached: set[Name] = set()
    waiting = {first}
    while waiting:
        module, name = waiting.pop()
        path = _file(module)
        if (module, name) in reached or path is None:
            continue
        source = _module(path, module)
        if name not in source.parts and name in source.imports:  # re-exported
            waiting.add(source.imports[name])
            continue
        reached.add((module, name))
        waiting |= source.mentions(name) | {(module, "")}
    return frozenset(reached)


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
    first: set[Name] = {(module, name) for module, _, name in (root.partition(":") for root in roots)}
    for name in start.parts:
        first |= {mention for mention in start.mentions(name) if mention[0]}
    reached = frozenset[Name]().union(*map(_reached, first))
    return {(module, name): _text(module, name) for module, name in reached}


def _text(module: str, name: str) -> str:
    path = _file(module)
    return _module(path, module).text(name) if path else ""


def keep_all() -> None:
    """Keep what every source of the package and every script says, so that no planning needs to read them."""
    for folder in (HOME, HOME.parent / "scripts"):
        for path in folder.rglob("*.py"):
            _facts(path)


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
