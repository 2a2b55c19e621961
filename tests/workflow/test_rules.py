"""The rule files: each is small, and none needs a name that a later file or another group defines."""

from __future__ import annotations

import builtins
import io
import re
import tokenize
from pathlib import Path

import pytest

KINDS = ("synthetic", "readers")
LATER = {"annotate": {"RATED"}}  # the cohort's own file includes it after it has named them


def names(text: str) -> set[str]:
    """Every name in the code of a rule file, also those inside f-strings, but not attributes and keywords."""
    found = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            found.add(token.string)
        elif token.type == tokenize.STRING and "f" in token.string.split('"')[0].split("'")[0]:
            found |= set(re.findall(r"(?<!\{)\{(\w+)", token.string))
    return found


def defined(text: str) -> set[str]:
    """What a rule file defines or imports for itself: constants, input functions, modules."""
    found = set()
    for line in text.splitlines():
        if match := re.match(r"(?:from \S+ )?import (.+)", line):
            found |= {part.split(" as ")[-1].strip() for part in match[1].split(",")}
        elif match := re.match(r"def (\w+)\(", line):
            found.add(match[1])
        elif match := re.match(r"((?:\w+, )*\w+) (?:\|=|=) ", line):
            found |= set(match[1].split(", "))
    return found


@pytest.fixture(scope="module")
def files(root) -> dict[str, str]:
    """Rule file ("folder/name") -> its text, in the order in which the Snakefile includes them."""
    listed = re.findall(r'include: f?"(?:\{CODE\}/)?workflow/rules/(.+)\.smk"', (root / "Snakefile").read_text())
    paths = [
        name
        for entry in listed
        for name in ([f"cohort/{kind}" for kind in KINDS] if entry.startswith("cohort/") else [entry])
    ]
    every = {
        path.relative_to(root / "workflow/rules").with_suffix("").as_posix()
        for path in (root / "workflow/rules").rglob("*.smk")
    }
    return {name: (root / f"workflow/rules/{name}.smk").read_text() for name in [*paths, *sorted(every - set(paths))]}


def test_each_is_small(files):
    assert {name: text.count("\n") for name, text in files.items() if text.count("\n") > 250} == {}
    assert len(files) > 30


def test_constants_are_of_setup_or_of_the_file_itself(files):
    shared = set().union(*(defined(text) for name, text in files.items() if name.startswith("setup/")))
    everywhere = set().union(*map(defined, files.values()))
    lacking = {}
    for name, text in files.items():
        group = set().union(*(defined(other) for key, other in files.items() if key == f"{name.split('/')[0]}/inputs"))
        known = shared | group | defined(text) | LATER.get(Path(name).name, set())
        lacking[name] = {used for used in names(text) & everywhere if used not in known and not hasattr(builtins, used)}
    # the report and the named targets come last and speak of all
    allowed = {"report/report": {"CHECKS"}, "report/targets": {"CHECKS", "ARC_NEEDS", "case_pages"}}
    assert {name: used for name, used in lacking.items() if used - allowed.get(name, set())} == {}


def test_files_of_the_repository_are_inputs_that_count_by_content(files):
    lines = [
        line
        for name, text in files.items()
        if name not in ("setup/inputs", "setup/folders")
        for line in text.splitlines()
    ]
    named = [line for line in lines if re.search(r'"(resources|workflow)/', line)]
    assert len(named) >= 6 and [line for line in named if "of_code(" not in line] == []
