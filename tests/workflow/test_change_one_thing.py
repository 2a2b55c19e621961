"""docs/howto/change_one_thing.md: each change, made on the finished smoke study, makes again what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/howto/change_one_thing.md"
SMOKE = "config/studies/smoke.yaml"
AFTER_EVERY_CHANGE = {"report_site", "time_stages", "all"}
SECTION = re.compile(r"^## (\d+)\. (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def changes() -> list[tuple[str, str, set[str]]]:
    """(title, YAML, rules that the page names) of each numbered section."""
    sections = []
    for number, title, text in SECTION.findall(PAGE.read_text()):
        block = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
        said = re.search(r"^Made again: (.+)$", text, re.MULTILINE)
        assert block and said, f"section {number} lacks its YAML or its line 'Made again'"
        sections.append((f"{number}. {title}", block[1], set(re.findall(r"`(\w+)`", said[1]))))
    return sections


@pytest.fixture(scope="module")
def finished(smoke, workdir, copy_smoke):
    """A copy of the finished smoke study, in which changes are planned and made."""
    place = workdir("changes")
    copy_smoke(place.folder)
    return place


def test_ten_changes_are_shown():
    assert len(changes()) == 10


@pytest.mark.parametrize(("title", "text", "rules"), changes(), ids=[title for title, _, _ in changes()])
def test_the_page_says_what_is_made_again(finished, title, text, rules):
    change = finished.folder / "change.yaml"
    change.write_text(text)
    planned = set(finished.planned(studies=(SMOKE, str(change))))
    assert planned - AFTER_EVERY_CHANGE == rules
    assert planned >= AFTER_EVERY_CHANGE


def test_a_figure_and_tables_of_a_change_lie_beside_the_others(finished):
    """Changes 1, 4 and 5, really made: the figure differs, the other tables keep their bytes."""
    tables = finished.folder / "results/smoke/resnet18_morph/tables"
    figure = finished.folder / "results/smoke/resnet18_morph/figures/figure6.svg"
    before = {path.name: path.read_bytes() for path in tables.glob("table[34]*.csv")}
    whole = figure.read_text()
    assert ">nose<" in whole or "<!-- nose -->" in whole
    files = []
    for number in (0, 4):
        path = finished.folder / f"change{number}.yaml"
        path.write_text(changes()[number][1])
        files.append(str(path))
    finished.snakemake("figure6", "heatmaps", "table3", "table4", studies=(SMOKE, *files))
    drawn = figure.read_text()
    assert "<!-- nose -->" not in drawn and "<!-- eyes -->" in drawn
    assert "bonferroni test" in drawn
    assert (tables / "table3_bonferroni.csv").is_file() and (tables / "table4_bonferroni.csv").is_file()
    after = {path.name: path.read_bytes() for path in tables.glob("table[34]*.csv")}
    same = {name for name in before if before[name] == after[name]}
    assert same == set(before) - {"table3_tests.csv", "table4_folds.csv"}  # which have the lines of every variant
    assert after.keys() - before.keys() == {"table3_bonferroni.csv", "table4_bonferroni.csv"}
