"""Planning, quicker: what every start of Snakemake would do again is kept, what it does for every job is done once.

A few functions of Snakemake itself are wrapped, in the version that they were tried with and in no other; there it
plans as always. The plan is the same. What is kept may be deleted. Rule files turned into Python are kept where their
bytecode would be: a folder of results that somebody else made must bring no code along.
"""

from __future__ import annotations

import atexit
import gc
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

TRIED = "9.27.1"  # the version of Snakemake that was tried, that of envs/requirements.in
PLACE = ".snakemake/gestalt-regions-kept"  # in the folder of the run: what is data
OFF = "GESTALT_REGIONS_PLAIN_PLANNING"  # in the environment: Snakemake plans as it always does (tests, benchmark)
COLLECT_AFTER = 100_000  # new objects, instead of 700: a plan is large, and hardly any of it is ever free again


def digest(*parts: str | bytes) -> str:
    """Digest texts one after the other; where each ends counts.

    Parameters
    ----------
    *parts : str or bytes
        In their order.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(f"{len(data)} ".encode() + data)
    return total.hexdigest()


class Kept:
    """A table that later processes take over: what was made, beside a digest of what it was made from.

    Parameters
    ----------
    path : path
        Its file, JSON. One that cannot be read, or is of something else, counts as empty.
    of : str
        What holds for all of it.
    within : path
        A folder that must be there, else nothing is written.
    """

    def __init__(self, path: str | Path, of: str, within: str | Path) -> None:
        self.path, self.of, self.process = Path(path).absolute(), of, os.getpid()
        self.within = Path(within).absolute()
        self.table: dict[str, list] = {}
        self.new = False
        if os.environ.get(OFF):
            return
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self.path.read_bytes())
            if kept["of"] == of:
                self.table = dict(kept["table"])
        atexit.register(self.save)

    def take(self, name: str, made_from: str, make: Callable[[], Any]) -> Any:
        """Take what is kept, or make and keep it.

        Parameters
        ----------
        name : str
            Its name; what is made from something else takes the place of what was.
        made_from : str
            A digest of what it is made from.
        make : callable
            Makes it: something that JSON can hold.

        Returns
        -------
        object
            As `make` returns it.
        """
        entry = self.table.get(name)
        if isinstance(entry, list) and len(entry) == 2 and entry[0] == made_from:
            return entry[1]
        made = make()
        self.table[name], self.new = [made_from, made], True
        return made

    def save(self) -> None:
        """Write the table, whole or not at all, if it has something new and the folder is there."""
        if not self.new or os.getpid() != self.process or not self.within.is_dir():
            return
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            whole = self.path.with_name(f"{self.path.name}.{self.process}")
            whole.write_text(json.dumps({"of": self.of, "table": self.table}), encoding="utf-8")
            os.replace(whole, self.path)
            self.new = False


def kept_rules(rules: Path) -> Path:
    """Where rule files turned into Python are kept: as the bytecode of a module `rules` in their folder would be.

    Parameters
    ----------
    rules : path
        The folder of the rule files.

    Returns
    -------
    path
        A JSON file.
    """
    return Path(importlib.util.cache_from_source(str(rules / "rules.py"))).with_suffix(".json")


def _keep_parsed(rules: Path, kept: Kept) -> None:
    """Rule files below a folder are turned into Python once, and again after an edit."""
    from snakemake import workflow
    from snakemake.parser import Shell
    from snakemake.sourcecache import LocalSourceFile

    parse = workflow.parse

    def parse_or_take(
        path: Any, workflow: Any, linemap: dict[int, int], overwrite_shellcmd: Any = None, rulecount: int = 0
    ) -> tuple[str, int]:
        source = Path(path.get_path_or_uri(secret_free=True))
        if not isinstance(path, LocalSourceFile) or overwrite_shellcmd is not None or rules not in source.parents:
            return parse(path, workflow, linemap, overwrite_shellcmd=overwrite_shellcmd, rulecount=rulecount)

        def make() -> list:
            lines: dict[int, int] = {}
            code, count = parse(path, workflow, lines, rulecount=rulecount)
            return [code, count, [*lines.items()]]

        Shell.overwrite_cmd = None  # as parse does
        code, count, lines = kept.take(f"{source} {rulecount}", digest(source.read_bytes()), make)
        linemap.update(lines)
        return code, count

    workflow.parse = parse_or_take


def _find_producers_once() -> None:
    """Which rules make a file is found once for each file, not for each job that reads it; and of the outputs of a rule
    only those are tried that begin and end as the file does."""
    from snakemake.output_index import OutputIndex

    find = OutputIndex.match_producers

    def ends_of(rule: Any) -> list[tuple]:
        return [(str(each.constant_prefix()), str(each.constant_suffix()), each) for each in rule.products()]

    def find_once(self: Any, targetfile: Any) -> set:
        found, ends = self.__dict__.setdefault("gestalt_regions", ({}, {}))
        name = str(targetfile)
        if name in found:
            return found[name]
        try:
            rules = set()
            for rule in self.match(name):
                if rule not in ends:
                    ends[rule] = ends_of(rule)
                if any(name.startswith(a) and name.endswith(z) and each.match(name) for a, z, each in ends[rule]):
                    rules.add(rule)
        except Exception:  # a path that is no pattern: Snakemake says which
            return find(self, targetfile)
        found[name] = rules
        return rules

    OutputIndex.match_producers = find_once


def _remember_answers() -> None:
    """What Snakemake asks of the same function of a rule, or of the same path, for every job."""
    from snakemake import common, rules, sourcecache

    look = common.get_function_params
    parameters = cache(look)

    def parameters_of(func: Any) -> Any:
        try:
            return look(func) if hasattr(func, common.FUNC_OVERWRITE_PARAMS_ATTR) else parameters(func)
        except TypeError:  # one that cannot be remembered
            return look(func)

    common.get_function_params = rules.get_function_params = parameters_of
    sourcecache.parse_uri = cache(sourcecache.parse_uri)


def quicken(rules: str | Path) -> None:
    """Plan quicker in this process, where Snakemake is the version that was tried.

    Parameters
    ----------
    rules : path
        The folder of the rule files.
    """
    from snakemake import common

    if os.environ.get(OFF):
        return
    # What is there by now stays, and most of what a plan adds stays as well.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
    if common.__version__ != TRIED or hasattr(common, "gestalt_regions"):
        return
    common.gestalt_regions = TRIED  # a Snakefile may have this one as a module twice
    if not sys.dont_write_bytecode:  # where Python may write nothing beside a source, nor may this
        home = Path(rules).absolute()
        _keep_parsed(home, Kept(kept_rules(home), f"{TRIED} {sys.version}", home))
    _find_producers_once()
    _remember_answers()
