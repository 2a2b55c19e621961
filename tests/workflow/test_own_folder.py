"""Code in one place, studies in another: with -s and -d, as a module, and as a module that is fetched.

The code is a clone that nobody may write to; its files are compared at the end.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from dry_runs import SNAKEMAKE, dry_run
from workdir import clone

STUDY = """cohort:
  kind: folder
  name: own
  folder: {images: photos, table: photos.csv, annotations: terms.csv}
folds: {n: 2}
"""
# What snakedeploy writes, with the place of the code
MODULE = """configfile: "config/config.yaml"

module gestalt_regions:
    snakefile:
        %s
    config:
        config

use rule * from gestalt_regions%s
"""
DONE = "Nothing to be done"
TARGETS = ("table1", "results/own/samples.csv")


def listed(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of a folder with its size and time stamp."""
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in folder.rglob("*")}


def snakemake(folder: Path, *arguments: str, **more: str) -> str:
    """What Snakemake says in a folder, with its return code in the last line."""
    command = [SNAKEMAKE, "--cores", "2", *map(str, arguments)]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1", **more}
    environment.pop("PYTHONPATH", None)
    if "-n" in arguments:
        done = dry_run(command, folder, environment)
    else:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}\n{done.returncode}"


def counts(said: str) -> dict[str, int]:
    """How many jobs of each rule a dry run has planned."""
    table = said.split("Job stats:")[1].split("\n\n")[0]
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}


def new_study(folder: Path) -> Path:
    (folder / "photos").mkdir(parents=True)
    for name in "ab":
        (folder / f"photos/{name}.png").write_bytes(b"a photograph, which no job here reads")
    (folder / "photos.csv").write_text("image,label,split\na.png,NS,heldout\nb.png,Unaffected,folds\n")
    (folder / "terms.csv").write_text("sample_id,hp_0000508\na,2\n")
    return folder


@pytest.fixture(scope="module")
def code(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("software") / "code"
    clone(root, folder)
    before = listed(folder)
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    yield folder
    after = listed(folder)
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o200)
    assert after == before, "the folder of the code was written to"


@pytest.fixture(scope="module")
def study(code, tmp_path_factory) -> Path:
    """A study that was run by `snakemake -s ... -d ... --configfile ...` from the folder above it."""
    folder = new_study(tmp_path_factory.mktemp("studies") / "mine")
    (folder / "mine.yaml").write_text(STUDY)
    said = snakemake(
        folder.parent, "-s", code / "Snakefile", "-d", "mine", "--configfile", "mine/mine.yaml", "--", *TARGETS
    )
    assert said.endswith("\n0"), said[-3000:]
    return folder


def test_results_lie_in_the_folder_of_the_run(study):
    assert (study / "results/own/tables/table1.csv").is_file()
    assert "a.png" in (study / "results/own/samples.csv").read_text()
    assert {path.name for path in study.iterdir()} == {
        *("photos", "photos.csv", "terms.csv", "mine.yaml", "results", ".snakemake"),
    }


def test_a_config_of_the_folder_stands_over_the_defaults(study, code):
    (study / "config").mkdir()
    (study / "config/config.yaml").write_text(STUDY)
    assert DONE in snakemake(study, "-s", code / "Snakefile", "-n", *TARGETS)
    (study / "config/config.yaml").write_text(STUDY.replace("name: own", "name: other"))
    assert "results/other/samples.csv" in snakemake(study, "-s", code / "Snakefile", "-n", "results/other/samples.csv")
    shutil.rmtree(study / "config")


def test_without_a_config_it_is_the_default_study(tmp_path, code):
    said = snakemake(tmp_path, "-s", code / "Snakefile", "-n", "table1")
    assert "results/simulated/tables/table1.csv" in said and said.endswith("\n0")


def test_code_at_another_place_or_of_another_time_makes_nothing_again_but_another_content_does(study, code, tmp_path):
    shutil.copytree(code, tmp_path / "newer", symlinks=True)
    for path in (tmp_path / "newer").rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755)
            os.utime(path)
    asked = ("-s", tmp_path / "newer/Snakefile", "--configfile", "mine.yaml", "-n", "--", *TARGETS)
    assert DONE in snakemake(study, *asked)
    with open(tmp_path / "newer/resources/hpo_terms.csv", "a") as table:
        table.write("Another sign,,eyes,no,,,,,,\n")
    assert {"samples", "list_terms"} <= set(counts(snakemake(study, *asked)))


@pytest.fixture(scope="module")
def alone(code, tmp_path_factory) -> dict[str, int]:
    """The jobs of the default study."""
    return counts(snakemake(tmp_path_factory.mktemp("alone"), "-s", code / "Snakefile", "-n", "-q", "host"))


@pytest.mark.parametrize(("renamed", "table1"), [("", "table1"), (" as gr_*", "gr_table1")])
def test_as_a_module_it_is_the_same_study(study, code, alone, tmp_path, renamed, table1):
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow/Snakefile").write_text(MODULE % (f'"{code}/Snakefile"', renamed))
    shutil.copytree(code / "config", tmp_path / "config")
    profile = ("--workflow-profile", code / "profiles/default")
    rules = counts(snakemake(tmp_path, *profile, "-n", "-q", "host"))
    before = "gr_" if renamed else ""
    assert rules == {name if name == "total" else f"{before}{name}": count for name, count in alone.items()}
    assert rules[f"{before}train"] > 1
    # results of the one are results of the other
    (tmp_path / "config/config.yaml").write_text(STUDY)
    for name in ("photos", "photos.csv", "terms.csv", "results", ".snakemake"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        copy = shutil.copytree if (study / name).is_dir() else shutil.copy2
        copy(study / name, tmp_path / name)
    said = snakemake(tmp_path, *profile, "-n", table1, TARGETS[1])
    assert DONE in said, said[-3000:]


def test_a_module_stands_beside_rules_of_its_own_snakefile(code, tmp_path):
    """They keep their scripts, and the lock of the study holds."""
    new_study(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text("gestalt:\n  " + STUDY.replace("\n", "\n  ") + "\nmine: 1\n")
    own = '\n\nrule mine:\n    output: "mine.txt"\n    script: "mine.py"\n'
    module = MODULE.replace("        config\n", '        config["gestalt"]\n') % (f'"{code}/Snakefile"', " as gr_*")
    (tmp_path / "Snakefile").write_text(module + own)
    (tmp_path / "mine.py").write_text('open(snakemake.output[0], "w").write("made")\n')
    said = snakemake(tmp_path, "mine", TARGETS[1])
    assert said.endswith("\n0") and (tmp_path / "mine.txt").read_text() == "made", said[-3000:]
    assert (tmp_path / "results/.own.lock").exists()


def test_a_prefix_is_refused(code, tmp_path):
    module = MODULE % (f'"{code}/Snakefile"\n    prefix: "x"', "")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(STUDY)
    (tmp_path / "Snakefile").write_text(module)
    assert "takes no prefix and no replace_prefix" in snakemake(tmp_path, "-n", "table1")


def test_a_module_that_is_fetched_brings_all_of_its_version(root, tmp_path):
    """github(...) with git told to take a folder of this machine for the host."""
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost"]
    clone(root, tmp_path / "source")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"], ["tag", "v1"]):
        subprocess.run([*git, *command], cwd=tmp_path / "source", check=True)
    bare = tmp_path / "host/someone/gestalt-regions"
    subprocess.run([*git, "clone", "-q", "--bare", tmp_path / "source", bare], check=True)
    (tmp_path / "gitconfig").write_text(f'[url "file://{tmp_path}/host/"]\n  insteadOf = https://github.com/\n')
    folder = new_study(tmp_path / "mine")
    (folder / "config").mkdir()
    (folder / "config/config.yaml").write_text(STUDY)
    (folder / "workflow").mkdir()
    (folder / "workflow/Snakefile").write_text(
        MODULE % ('github("someone/gestalt-regions", path="Snakefile", tag="v1")', "")
    )
    said = snakemake(
        folder, *TARGETS, GIT_CONFIG_GLOBAL=str(tmp_path / "gitconfig"), XDG_CACHE_HOME=str(tmp_path / "cache")
    )
    assert said.endswith("\n0"), said[-3000:]
    commit = subprocess.run(
        [*git, "rev-parse", "--short=12", "v1"], cwd=tmp_path / "source", check=True, capture_output=True, text=True
    ).stdout.strip()
    assert [path.name for path in (folder / ".snakemake/gestalt-regions").iterdir()] == [commit]
    assert f'"commit": "{commit}"' in (folder / "results/provenance/own/samples.csv.json").read_text()
