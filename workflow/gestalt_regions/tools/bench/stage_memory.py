"""Peak memory and time of stages against the number of images: python -m gestalt_regions.tools.bench.stage_memory.

The cohort is made up: stacks of holes, as long as a study's but with crops of SIDE pixels and almost nothing on the
disk, and tables of the true number of rows. Every image is explained, by METHODS that share one file. Each stage is the
function that its rule calls, in a process of its own; no number that it gives means anything.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from gestalt_regions.core.io import read_array, read_table, write_table
from gestalt_regions.faces.face_shards import EXCLUDED, PHOTOGRAPHS
from gestalt_regions.faces.kept_faces import new_kept_faces
from gestalt_regions.faces.shards import KINDS
from gestalt_regions.tools.bench import score_memory
from gestalt_regions.tools.bench.made_up import (
    FOLDS,
    METHODS,
    ROOT,
    SHARD,
    SIDE,
    Step,
    holes,
    policies,
    settings_of,
    tables,
)

HEAD, HPO_TERMS = ROOT / "results/assets/head_model/makehuman.npz", ROOT / "resources/hpo_terms.csv"
RECIPES = sorted((ROOT / "resources/syndromes").glob("*.yaml"))
ANALYSES = ("permutation", "covariates", "marginal_model", "repeated", "differences4")


def _planted(folder: Path, images: int) -> None:
    """Coefficients and annotations, and for the analyses tables 3 and 4, which are as long for a small cohort."""
    _coefficients_of_methods(folder, images)
    small = folder / "small"
    small.mkdir()
    _coefficients_of_methods(small, 3544)
    _rq1(small, 3544)
    _rq2(small, 3544)
    for name in ("tests.csv", "table4-corrected.csv", "folds-of-4.csv"):
        (small / name).rename(folder / name)


def _coefficients_of_methods(folder: Path, images: int) -> None:
    """Coefficients of METHODS, of the policies that are tested, and annotations; all random."""
    from gestalt_regions.folds.assign import AUDIT

    table, rng, variants = tables(folder, images), np.random.default_rng(1), settings_of("statistics")["variants"]
    tested = dict.fromkeys(policy for variant in variants.values() for policy in variant["policy"].values())
    with open(folder / "coefficients.csv", "w", encoding="utf-8") as stream:
        for fold in FOLDS:
            part = read_table(folder / f"maps-{fold}.csv").drop(columns="row").assign(fold=fold, region_set="paper")
            for region in ("eyes", "nose", "mouth"):
                for policy in tested:
                    row = part.assign(region=region, policy=policy, area=9, coefficient=rng.random(len(part)))
                    row.to_csv(stream, index=False, header=stream.tell() == 0, float_format="%.9g")
    for method in METHODS:
        (folder / f"{method}.csv").symlink_to("coefficients.csv")
    held = table.loc[table["split"] == "heldout", ["sample_id"]].reset_index(drop=True)
    terms = read_table(HPO_TERMS)["term"]
    marks = pd.DataFrame(rng.integers(0, 4, (len(held), len(terms))), columns=list(terms))
    write_table(pd.concat([held, marks], axis=1), folder / "annotations.csv")
    write_table(pd.DataFrame(columns=AUDIT), folder / "fold_audit.csv")


def _cohort(images: int) -> dict:
    """The default study's, with more subjects."""
    cohort = {**settings_of("cohort"), "look": "makehuman"}
    keys = ("subjects_per_class", "heldout_subjects_per_syndrome")
    subjects = len(cohort["classes"]) * cohort[keys[0]] + (len(cohort["classes"]) - 1) * cohort[keys[1]]
    times = round(images / (subjects * cohort["images_per_subject"]))
    return cohort | {key: times * cohort[key] for key in keys}


def _nothing(folder: Path, images: int) -> None:
    """The stage makes all it needs."""


def _cohort_plan(folder: Path, images: int) -> None:
    """Without a look at every subject's head, which takes time and no memory."""
    from gestalt_regions.cohort.simulated import cohort_steps

    cohort_steps._refused = lambda *_: []
    cohort_steps.write_plan(
        head=HEAD,
        recipes=RECIPES,
        hpo_terms=HPO_TERMS,
        plan=folder / "plan.csv",
        rejected=folder / "rejected.csv",
        not_shown=folder / "not_shown.csv",
        cohort=_cohort(images),
        seed=1,
    )


def _planned(folder: Path, images: int) -> None:
    _cohort_plan(folder, images)
    names = read_table(folder / "plan.csv", strings=["sample_id"])["sample_id"]
    for k, rows in enumerate(_shards(len(names))):
        write_table(names.iloc[rows].to_frame(), folder / f"shard-{k:04d}/index.csv")


def _cohort_samples(folder: Path, images: int) -> None:
    from gestalt_regions.cohort.simulated.cohort_steps import write_samples

    write_samples(plan=folder / "plan.csv", shards=sorted(folder.glob("shard-*")), samples=folder / "samples.csv")


def _rate(folder: Path, images: int) -> None:
    from gestalt_regions.cohort.simulated.cohort_steps import rate_heldout

    cohort = _cohort(images)
    files = {label: folder / f"{label}.csv" for label in cohort["classes"] if label != "Unaffected"}
    rate_heldout(
        head=HEAD,
        plan=folder / "plan.csv",
        recipes=RECIPES,
        hpo_terms=HPO_TERMS,
        files=files,
        marks=folder / "marks.csv",
        cohort=cohort,
        seed=1,
    )


def _shards(images: int) -> list[range]:
    return [range(start, min(start + SHARD, images)) for start in range(0, images, SHARD)]


def _make_shards(folder: Path, images: int) -> None:
    tables(folder, images)
    whole = read_table(folder / "index.csv")
    empty = {(kind, SIDE): np.zeros((SIDE, SIDE, 3)[: 3 if kind == "crops" else 2], np.uint8) for kind in KINDS}
    for k, rows in enumerate(_shards(images)):
        with new_kept_faces(folder / f"{k}/faces.npz") as add:
            for sample in whole["sample_id"].iloc[rows]:
                add(sample, empty)
        write_table(whole.iloc[rows].assign(row=range(len(rows))), folder / f"{k}/index.csv")
        write_table(pd.DataFrame(columns=EXCLUDED), folder / f"{k}/excluded.csv")
        facts = {"sample_id": whole["sample_id"].iloc[rows]}
        write_table(pd.DataFrame(facts, columns=PHOTOGRAPHS), folder / f"{k}/photographs.csv")


def _gather(folder: Path, images: int) -> None:
    from gestalt_regions.faces.face_shards import faces_gather

    count = range(len(_shards(images)))
    faces_gather(
        samples=folder / "samples.csv",
        shard_faces=[f"{folder}/{k}/faces.npz" for k in count],
        shard_indexes=[f"{folder}/{k}/index.csv" for k in count],
        shard_excluded=[f"{folder}/{k}/excluded.csv" for k in count],
        shard_photographs=[f"{folder}/{k}/photographs.csv" for k in count],
        arrays={(kind, SIDE): f"{folder}/{kind}.npy" for kind in KINDS},
        index=folder / "gathered.csv",
        excluded=folder / "excluded.csv",
        photographs=folder / "photographs.csv",
    )


def _stacks(folder: Path, images: int) -> None:
    tables(folder, images)
    holes(folder / "labels.npy", (images, SIDE, SIDE), np.uint8)
    holes(folder / "crops.npy", (images, SIDE, SIDE, 3), np.uint8, marked=True)
    for fold in FOLDS:
        rows = len(read_table(folder / f"maps-{fold}.csv"))
        holes(folder / f"maps-{fold}.npy", (rows, 2, SIDE, SIDE), np.float32)


def _region_set(folder: Path, images: int) -> None:
    from gestalt_regions.faces.region_maps import write_region_maps

    write_region_maps(
        labels=str(folder / "labels.npy"),
        index=str(folder / "index.csv"),
        sets=str(ROOT / "resources/regions.yaml"),
        regions=str(folder / "regions.npy"),
        region_set="segments",
    )


def _folds(folder: Path, images: int) -> None:
    from gestalt_regions.folds.assign import make_folds

    make_folds(
        samples=folder / "samples.csv",
        index=folder / "index.csv",
        crops=folder / "crops.npy",
        folds_out=folder / "new.csv",
        audit_out=folder / "audit.csv",
        counts_out=folder / "counts.csv",
        n=len(FOLDS),
        random_state=42,
        heldout_leak="report",
        control="Unaffected",
    )


def _explained(folder: Path, images: int) -> None:
    from gestalt_regions.saliency.explained_images import select_explained

    index, folds, output = (str(folder / name) for name in ("index.csv", "folds.csv", "explained.csv"))
    select_explained(index, folds, output, folds_per_class=0, heldout_per_class=0, seed=1)


def _reader(folder: Path, images: int) -> None:
    """What training reads: shuffled batches of crops."""
    crops, order = read_array(folder / "crops.npy"), np.random.default_rng(1).permutation(images)
    for start in range(0, images, 32):
        crops[order[start : start + 32]].sum()


def _coefficients(folder: Path, images: int) -> None:
    from gestalt_regions.regions.coefficients import write_coefficients

    write_coefficients(
        table=str(folder / "coefficients.csv"),
        maps=[f"{folder}/maps-{fold}.npy" for fold in FOLDS],
        indices=[f"{folder}/maps-{fold}.csv" for fold in FOLDS],
        folds=FOLDS,
        index=str(folder / "index.csv"),
        regions=str(folder / "labels.npy"),
        policies=policies(),
        sets=str(ROOT / "resources/regions.yaml"),
        region_set="paper",
    )


def _methods(folder: Path, count: int) -> list[str]:
    return [str(folder / f"{method}.csv") for method in METHODS[:count]]


def _rq1(folder: Path, images: int) -> None:
    """Of two methods: it has one at a time."""
    from gestalt_regions.statistics.table3_rq1 import write_table3

    settings = settings_of("statistics")
    outputs = {kind: [str(folder / f"table3-{k}.{kind}") for k in settings["variants"]] for kind in ("csv", "tex")}
    write_table3(
        coefficient_paths=_methods(folder, 2),
        samples_path=str(folder / "samples.csv"),
        outputs=outputs,
        tests_path=str(folder / "tests.csv"),
        tests_tex_path=str(folder / "tests.tex"),
        variants=settings["variants"],
        control="Unaffected",
        syndromes=[],
        bootstrap=settings["bootstrap"],
        seed=1,
    )


def _rq2(folder: Path, images: int) -> None:
    """Of two methods: it has one at a time."""
    from gestalt_regions.statistics.table4_rq2 import write_table4

    settings = settings_of("statistics")
    outputs = {kind: [str(folder / f"table4-{k}.{kind}") for k in settings["variants"]] for kind in ("csv", "tex")}
    write_table4(
        coefficient_paths=_methods(folder, 2),
        samples_path=str(folder / "samples.csv"),
        annotations_path=str(folder / "annotations.csv"),
        terms_path=str(HPO_TERMS),
        audit_path=str(folder / "fold_audit.csv"),
        outputs=outputs,
        folds_path=str(folder / "folds-of-4.csv"),
        variants=settings["variants"],
        bootstrap=settings["bootstrap"],
        seed=1,
    )


def _classification(folder: Path, images: int) -> None:
    """Table 2, of predictions that are all right."""
    from gestalt_regions.statistics.table2 import write_table2

    paths = [str(folder / f"predictions-{fold}.csv") for fold in FOLDS]
    outputs = {"table_path": "table2.csv", "tex_path": "table2.tex"}
    outputs |= {"folds_path": "table2-folds.csv", "accuracy_path": "accuracy.csv"}
    settings = settings_of("statistics")
    write_table2(
        prediction_paths=paths,
        samples_path=str(folder / "samples.csv"),
        **{key: str(folder / name) for key, name in outputs.items()},
        zero_division=settings["zero_division"],
        bootstrap=settings["bootstrap"],
        seed=1,
    )


def _predicted(folder: Path, images: int) -> None:
    tables(folder, images)
    for fold in FOLDS:
        part = read_table(folder / f"maps-{fold}.csv").drop(columns=["row", "target"])
        write_table(part.assign(predicted=part["label"]), folder / f"predictions-{fold}.csv")


def _analyse(name: str) -> Step:
    """One of the analyses beyond the paper, of two methods (it holds one at a time)."""

    def _step(folder: Path, images: int) -> None:
        from gestalt_regions.statistics.analyses.analysis_registry import write_analysis

        names = {"samples": "samples.csv", "tests": "tests.csv", "table4": "table4-corrected.csv"}
        names |= {"annotations": "annotations.csv", "faces": "index.csv"}
        names |= {"table4_folds": "folds-of-4.csv", "fold_audit": "fold_audit.csv"}
        files: dict[str, Any] = {key: str(folder / file) for key, file in names.items()}
        files |= {"coefficients": _methods(folder, 2), "terms": str(HPO_TERMS)}
        outputs = {kind: str(folder / f"{name}.{kind}") for kind in ("csv", "tex")}
        write_analysis(name, files=files, **outputs, settings=settings_of("statistics"), seed=1)

    return _step


def _boxplots(folder: Path, images: int) -> None:
    from gestalt_regions.figures.figure6_boxplots import draw_boxplots

    draw_boxplots(
        coefficient_paths=_methods(folder, 4),
        tests_path=folder / "tests.csv",
        samples_path=folder / "samples.csv",
        output=folder / "figure6.svg",
        policy=settings_of("statistics")["variants"]["corrected"]["policy"]["rq1"],
        control="Unaffected",
        syndromes=[],
        variant="corrected",
        unit="kin_group",
    )


def _photos(folder: Path, images: int) -> None:
    """What the leak table reads: all images are one photograph."""
    _stacks(folder, images)
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "none.png")
    names = read_table(folder / "samples.csv", ["sample_id"], strings=["sample_id"])[["sample_id"]]
    write_table(names.assign(format="PNG", width=64, height=64, mode="RGB"), folder / "photographs.csv")


def _probe_leaks(folder: Path, images: int) -> None:
    """With one shuffle."""
    from gestalt_regions.checks.leaks import write_leak_table

    inputs = {"samples_path": "samples.csv", "index_path": "index.csv"}
    inputs |= {"crops_path": "crops.npy", "folds_path": "folds.csv", "photographs_path": "photographs.csv"}
    write_leak_table(
        **{key: str(folder / name) for key, name in inputs.items()},
        encoder=str(ROOT / "results/assets/arcface_mbf.onnx"),
        shards=[],
        csv_path=str(folder / "leaks.csv"),
        tex_path=str(folder / "leaks.tex"),
        files_path=str(folder / "file_classes.csv"),
        C=0.01,
        shuffles=1,
        images=5000,
        bootstrap=settings_of("statistics")["bootstrap"],
        seed=1,
        threads=1,
    )


STAGES: dict[str, tuple[Step, Step]] = {  # what makes its inputs, and the stage
    "cohort_plan": (_nothing, _cohort_plan),
    "samples": (_planned, _cohort_samples),
    "rate": (_planned, _rate),
    "faces_gather": (_make_shards, _gather),
    "region_maps": (_stacks, _region_set),
    "folds": (_stacks, _folds),
    "explained": (tables, _explained),
    "crops read for training": (_stacks, _reader),
    "coefficients": (_stacks, _coefficients),
    "rq1": (_planted, _rq1),
    "rq2": (_planted, _rq2),
    "boxplots": (_planted, _boxplots),
    **{name: (_planted, _analyse(name)) for name in ANALYSES},
    "classification": (_predicted, _classification),
    "probe_leaks": (_photos, _probe_leaks),
    **score_memory.STAGES,
}


def _apart(step: int, stage: str, folder: str, images: int) -> tuple[float, float, float]:
    """Wall and processor seconds and peak resident MB of one step in a process of its own."""
    command = [sys.executable, "-m", "gestalt_regions.tools.bench.stage_memory", "--step", str(step)]
    command += ["--stages", stage, "--folder", folder, "--images", str(images)]
    start, process = time.monotonic(), subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{stage} with {images} images failed")
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process without it.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--images", default="3544,35440,354400", help="with commas between them (the paper's, x10, x100)"
    )
    parser.add_argument("--stages", default=",".join(STAGES), help="with commas between them (all)")
    parser.add_argument("--step", type=int, default=-1, help=argparse.SUPPRESS)
    parser.add_argument("--folder", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step >= 0:
        logging.getLogger("gestalt_regions").setLevel(logging.ERROR)
        STAGES[options.stages][options.step](Path(options.folder), int(options.images))
        return
    print(f"{'stage':26s}{'images':>9s}{'wall s':>9s}{'cpu s':>9s}{'peak MB':>9s}")
    # stages that begin with the same inputs share them
    for _, group in itertools.groupby(options.stages.split(","), key=lambda stage: STAGES[stage][0]):
        stages = list(group)
        for images in map(int, options.images.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                _apart(0, stages[0], folder, images)
                for stage in stages:
                    wall, processor, peak = _apart(1, stage, folder, images)
                    print(f"{stage:26s}{images:9d}{wall:9.1f}{processor:9.1f}{peak:9.0f}", flush=True)


if __name__ == "__main__":
    main()
