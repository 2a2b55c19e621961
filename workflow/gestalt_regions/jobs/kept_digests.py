"""Digests of code that are kept from one planning to the next: they hold as long as all sources are the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from gestalt_regions.jobs import code_digest
from gestalt_regions.jobs.quick_planning import PLACE, Kept, digest


def digest_of_sources(folders: Iterable[str | Path]) -> str:
    """Digest every Python file below some folders: names and contents.

    Parameters
    ----------
    folders : iterable of path
        In their order.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    parts: list[str | bytes] = []
    for top in map(str, folders):
        for folder, below, files in os.walk(top):
            below.sort()
            for name in sorted(files):
                if name.endswith(".py"):
                    path = Path(folder, name)
                    parts += [os.path.relpath(path, top), path.read_bytes()]
        parts.append("")
    return digest(*parts)


@cache
def _content(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


@cache
def _kept(package: Path) -> Kept:
    """One table for each process; code_digest is a source of the package, so its ways count as well."""
    sources = digest_of_sources([package, package.parent / "scripts"])
    return Kept(f"{PLACE}/code.json", sources, ".snakemake")


def digest_of_code(script: str | Path, roots: Iterable[str] = (), files: Iterable[str | Path] = ()) -> str:
    """Do `code_digest.digest_of_code`, or take what an earlier planning found.

    Parameters
    ----------
    script : path
        As there.
    roots : iterable of str
        As there.
    files : iterable of path
        As there.

    Returns
    -------
    str
        The same.
    """
    return _digest_of_code(Path(script), tuple(sorted(roots)), tuple(map(Path, files)))


@cache
def _digest_of_code(script: Path, roots: tuple[str, ...], files: tuple[Path, ...]) -> str:
    return _kept(code_digest.HOME).take(
        f"{script.name} {digest(*roots, '', *map(str, files))}",
        digest(*map(_content, files)),
        lambda: code_digest.digest_of_code(script, roots, files),
    )
