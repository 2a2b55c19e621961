"""make plan plans the full study for real (a dry run), in time and without more jobs than promised."""

from __future__ import annotations

import os
import re
import subprocess
import sys

FULL = "config/studies/full.yaml"


def test_the_full_study_is_planned_in_time(root, workdir):
    place = workdir("plan")
    command = [sys.executable, "-m", "gestalt_regions.tools.plan", "--configfile", "config/config.yaml", FULL]
    done = subprocess.run(command, cwd=place.folder, capture_output=True, text=True, check=False, env={**os.environ})
    assert done.returncode == 0, done.stderr
    assert "3544 images (171 held out), 12 classes, 5 folds, 20 methods, 3 models" in done.stdout
    jobs = int(re.search(r"^jobs: (\d+)$", done.stdout, re.M).group(1))
    processor, memory = re.search(r"\(([\d.]+) s of processor time\), (\d+) MB", done.stdout).groups()
    assert 300 < jobs <= 1500
    assert float(processor) <= 15 and int(memory) < 500
    assert "NOT MEASURED" not in done.stdout
    assert "GPU hours" in done.stdout
    disk, more = re.search(r"^disk: ([\d.]+) GB; .*?at most ([\d.]+) GB more", done.stdout, re.M | re.S).groups()
    assert float(disk) + float(more) <= 30


def test_models_with_labels_of_their_own_are_counted_with_their_tables(workdir):
    studies, place = ["config/config.yaml", "config/studies/genotypes.yaml"], workdir("plan")
    for targets, models in ((["gestalt_table1", "gestalt_specialised"], 380 + 380 + 200), (["table2"], 380)):
        command = ["-m", "gestalt_regions.tools.plan", "--configfile", *studies, "--targets", *targets]
        done = subprocess.run([sys.executable, *command], cwd=place.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        # every image but those of the specialised model, which sees one syndrome; four other folds, ten epochs
        assert re.search(r"^  train +[\d.]+ h +(\d+) x", done.stdout, re.M)[1] == str(models * 4 * 10)


def test_matching_is_counted(workdir):
    command = [sys.executable, "-m", "gestalt_regions.tools.plan", "--targets", "arc_tables"]
    done = subprocess.run(command, cwd=workdir("plan").folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    hours = dict(re.findall(r"^  (\w[\w -]*?) +([\d.]+) h ", done.stdout, re.M))
    assert float(hours["encoding"]) > 0 and float(hours["fine-tuning of encoders"]) > 0 and "matching" in hours
    assert not {"train", "saliency", "report"} & set(hours)  # not of these targets
    uncounted = re.search(r"^hours of these jobs are not counted: (.*)", done.stdout, re.M).group(1)
    assert set(re.findall(r"(\w+) \(", uncounted)) == {"asset", "head_model", "ontology", "near_copies"}
    assert "NOT MEASURED" not in done.stdout
