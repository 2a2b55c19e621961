"""What the README and the pages tell people to type, and the files that they name, are there."""

from __future__ import annotations

import re
import shlex

import pytest
import yaml

FOLDERS = "workflow|config|resources|envs|tests|docs|profiles"
WITH_VALUE = {"--cores", "--profile", "--workflow-profile", "--resources", "--report", "--config", "--configfile"}
WITH_VALUE |= {"-s", "-d"}
ELSEWHERE = "/opt/gestalt-regions/"  # where a page has the code in a folder of its own


@pytest.fixture(scope="module")
def targets(site) -> set[str]:
    """All targets, as Snakemake lists them on the site."""
    listed = (site / "reference/targets.html").read_text(encoding="utf-8").split("All targets, as Snakemake")[1]
    return set(re.findall(r"<code>(\w+)</code>", listed))


def commands(text: str, program: str) -> list[str]:
    """All commands of a program in the code blocks of a page; lines that go on are joined."""
    blocks = re.findall(r"^ *```(?:sh)?\n(.*?)^ *```", text, re.S | re.M)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip().startswith(f"{program} ") or line.strip() == program]


def asked_for(command: str) -> tuple[list[str], list[str]]:
    """The targets of a Snakemake command, and the config files that it names."""
    words = shlex.split(command, comments=True)[1:]
    configs = [word for word in words if word.endswith(".yaml")]
    if "--" in words:
        return words[words.index("--") + 1 :], configs
    after_value = [word for before, word in zip(["", *words], words, strict=False) if before not in WITH_VALUE]
    return [word for word in after_value if not word.startswith("-") and word not in configs], configs


def test_commands_are_understood():
    command = "snakemake --cores 2 --configfile a.yaml b.yaml --config c='{d: e}' -- table3 figure6  # both"
    assert asked_for(command) == (["table3", "figure6"], ["a.yaml", "b.yaml"])
    assert asked_for("snakemake --cores 2 -n table3") == (["table3"], [])
    command = "snakemake -s /code/Snakefile -d mystudy --cores 2 --workflow-profile /code/profiles/default table3"
    assert asked_for(command) == (["table3"], [])
    assert commands("```sh\nmake\nsnakemake a \\\n  b\n```\nsnakemake c", "snakemake") == ["snakemake a    b"]


def test_every_target_in_a_command_exists(texts, targets):
    assert len(targets) > 40
    seen = 0
    for name, text in texts.items():
        for command in commands(text, "snakemake"):
            for target in asked_for(command)[0]:
                seen += 1
                assert target in targets or target.startswith("results/"), f"{name}: {command}"
    assert seen > 20


def test_every_config_file_in_a_command_exists(root, texts):
    written_by_the_reader = {"config/studies/mine.yaml", "my_change.yaml", "mystudy/mine.yaml"}
    for name, text in texts.items():
        for command in commands(text, "snakemake"):
            for path in set(asked_for(command)[1]) - written_by_the_reader:
                assert (root / path.removeprefix(ELSEWHERE)).exists(), f"{name}: {command}"


def test_every_make_target_exists(root, texts):
    known = set(re.findall(r"^([\w-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.M))
    for name, text in texts.items():
        named = re.findall(r"`make ([a-z][\w-]*)", text) + [
            word for command in commands(text, "make") for word in re.findall(r"^make ([a-z][\w-]*)", command)
        ]
        assert set(named) <= known, name


def test_every_file_that_is_named_exists(root, texts):
    written_by_the_reader = {"config/studies/mine.yaml"}
    seen = 0
    for name, text in texts.items():
        if name.startswith("docs/contribute/") and name != "docs/contribute/index.md":
            continue  # these name the file that their example adds
        for path in set(re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", text)) - written_by_the_reader:
            seen += 1
            assert (root / path).exists(), f"{name}: {path}"
    assert seen > 30


def test_the_links_of_the_readme_lead_somewhere(root):
    links = re.findall(r"\]\(([\w./#-]+)\)", (root / "README.md").read_text(encoding="utf-8"))
    assert len(links) > 10
    for link in links:
        assert (root / link.split("#")[0]).exists(), link


def test_the_readme_is_short_and_knows_the_four_people(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 130
    for person in ("student", "clinician", "reviewer", "researcher"):
        assert f"(docs/start/{person}.md)" in text
    assert "simulated" in text.lower() and "not diagnosis" in text.lower()


def test_the_version_is_the_same_everywhere(root):
    stated = {
        "pyproject.toml": r'^version = "([^"]+)"',
        "workflow/gestalt_regions/__init__.py": r'^__version__ = "([^"]+)"',
        "CHANGELOG.md": r"^## \[([\d.]+)\]",
    }
    versions = {name: re.search(what, (root / name).read_text("utf-8"), re.M).group(1) for name, what in stated.items()}
    versions["CITATION.cff"] = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))["version"]
    assert len(set(versions.values())) == 1, versions
