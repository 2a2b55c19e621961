"""The evaluation, the raters and the matching that stage_memory.py measures, and their made-up inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.tools.bench.made_up import FOLDS, METHODS, ROOT, SIDE, Step, holes, policies, settings_of, tables
from gestalt_regions.truth.counterfactuals import FACE, REVERT, TWIN

SETS, BOXES = str(ROOT / "resources/regions.yaml"), ("eyes", "nose", "mouth")
SYSTEMS = [(f"encoder{k}", tta) for k in range(1, 5) for tta in (True, False)]
REPEATS = 10  # splits of the rare disorders; the frequent ones' images are tested beside each
TERMS = 20  # of each syndrome


def _filled(path: Path, shape: tuple[int, ...], dtype: type, rows: np.ndarray, values: np.ndarray) -> None:
    """A stack of holes but for some rows."""
    holes(path, shape, dtype)
    stack = np.load(path, mmap_mode="r+")
    for row in rows:
        stack[row] = values
    stack.flush()


def _scored(folder: Path, images: int) -> None:
    """Maps of all images, every one recognised, and counterfactuals of those that are scored."""
    from gestalt_regions.saliency.explained_images import select_explained

    tables(folder, images)
    rng, most = np.random.default_rng(1), settings_of("evaluation")["maps_per_class"]
    files, folds, output = (str(folder / name) for name in ("index.csv", "folds.csv", "scored.csv"))
    select_explained(files, folds, output, folds_per_class=most, heldout_per_class=most, seed=1)
    chosen = read_table(output)
    for fold in FOLDS:
        index = read_table(folder / f"maps-{fold}.csv")
        write_table(index.assign(target=index["label"]), folder / f"maps-{fold}.csv")
        write_table(index.assign(predicted=index["label"]), folder / f"predictions-{fold}.csv")
        at = np.flatnonzero(index["sample_id"].isin(chosen["sample_id"]))
        _filled(folder / f"maps-{fold}.npy", (len(index), 2, SIDE, SIDE), np.float32, at, rng.random((2, SIDE, SIDE)))
    for name, ids in (("paper", BOXES), ("fine", region_ids(SETS, "fine"))):
        bands = np.arange(SIDE)[:, None] * len(ids) // SIDE + 1 + np.zeros(SIDE, int)
        _filled(folder / f"{name}.npy", (images, SIDE, SIDE), np.uint8, chosen["row"].unique(), bands)
    affected = chosen.loc[chosen["label"] != "Unaffected", "sample_id"].unique()
    variants = [FACE, TWIN, *(f"{REVERT}{region}" for region in BOXES)]
    truth = pd.DataFrame([(sample, v) for sample in affected for v in variants], columns=["sample_id", "variant"])
    write_table(truth.assign(row=range(len(truth))), folder / "truth.csv")
    np.save(folder / "changes.npy", (9 * rng.random((len(truth), SIDE, SIDE))).astype(np.float16))
    moved = [(sample, TWIN, region, rng.random()) for sample in affected for region in BOXES]
    columns = ["sample_id", "variant", "region", "displacement"]
    write_table(pd.DataFrame(moved, columns=columns).assign(row=0, points=9), folder / "displacement.csv")


def _recovery(folder: Path, images: int) -> None:
    from gestalt_regions.evaluation.groups.regions import write_recovery
    from gestalt_regions.evaluation.scored_maps import Maps, open_region_sets

    files = {name: str(folder / f"{name}.csv") for name in ("truth", "displacement")}
    files |= {"changes": str(folder / "changes.npy"), "faces": str(folder / "index.csv"), "sets": SETS}
    stacks, indices = ([f"{folder}/maps-{fold}.{suffix}" for fold in FOLDS] for suffix in ("npy", "csv"))
    samples, scored = (str(folder / f"{name}.csv") for name in ("samples", "scored"))
    write_recovery(
        Maps(METHODS[0], FOLDS, {"trained": stacks}, {"trained": indices}, samples, scored),
        files,
        _recovered(folder),
        predictions=[f"{folder}/predictions-{fold}.csv" for fold in FOLDS],
        policies=policies(),
        sets=open_region_sets(files | {f"regions_{name}": str(folder / f"{name}.npy") for name in ("paper", "fine")}),
        changed=4,
    )


def _recovered(folder: Path, method: str = METHODS[0]) -> dict[str, str]:
    return {"table": f"{folder}/recovery/{method}.csv", "pairs": f"{folder}/recovery/pairs/{method}.csv"}


def _make_recovered(folder: Path, images: int) -> None:
    _scored(folder, images)
    _recovery(folder, images)


def _measures() -> dict[str, dict]:
    from gestalt_regions.evaluation.measure_registry import described

    return described(["recovery"])


def _method_scores(folder: Path, bootstrap: dict) -> str:
    from gestalt_regions.evaluation.summary.scores import write_method_scores

    made, output = _recovered(folder), str(folder / "scores.csv")
    write_method_scores(
        [made["table"]],
        [made["pairs"]],
        output,
        method=METHODS[0],
        measures=_measures(),
        controls=[],
        policies=policies(),
        bootstrap=bootstrap,
        seed=1,
    )
    return output


def _write_method_scores(folder: Path, images: int) -> None:
    """Of the group recovery, the largest."""
    _method_scores(folder, settings_of("statistics")["bootstrap"])


def _compared(folder: Path, images: int) -> None:
    """All methods have the values of one."""
    _make_recovered(folder, images)
    part = read_table(_method_scores(folder, settings_of("statistics")["bootstrap"] | {"n_resamples": 20}))
    write_table(pd.concat([part.assign(method=method, chance=0.5) for method in METHODS]), folder / "scores.csv")
    for method in METHODS[1:]:
        for kind, path in _recovered(folder, method).items():
            Path(path).symlink_to(_recovered(folder)[kind])


def _rank_methods(folder: Path, images: int) -> None:
    """Of 20 methods in the group recovery."""
    from gestalt_regions.evaluation.summary.ranking import write_ranking

    made = [_recovered(folder, method) for method in METHODS]
    measures = {name: about for name, about in _measures().items() if about["ranked"]}
    write_ranking(
        {
            "scores": str(folder / "scores.csv"),
            "tables": [each["table"] for each in made],
            "pairs": [each["pairs"] for each in made],
            "samples": str(folder / "samples.csv"),
        },
        {kind: str(folder / f"ranking.{kind}") for kind in ("csv", "tex")},
        methods=METHODS,
        controls=[],
        measures=measures,
        policy="absolute_raw",
        sign="absolute",
        region_set="fine",
        bootstrap=settings_of("statistics")["bootstrap"],
        seed=1,
    )


def _marked(folder: Path, images: int) -> None:
    """Marks of the held-out photos."""
    table, rng = tables(folder, images), np.random.default_rng(1)
    held = table.loc[table["split"] == "heldout", ["sample_id", "label"]]
    marks = held.loc[held.index.repeat(TERMS)].reset_index(drop=True)
    marks = marks.assign(term=[f"term {k}" for k in range(TERMS)] * len(held), strength=rng.random(len(marks)) - 0.5)
    for rater in (1, 2, 3):
        marks = marks.assign(**{f"rater_{rater}": rng.integers(0, 2, len(marks)), f"chance_{rater}": 0.5})
    write_table(marks.assign(strength=marks["strength"].clip(0)), folder / "marks.csv")


def _rater_truth(folder: Path, images: int) -> None:
    from gestalt_regions.checks.rater_agreement import write_rater_table

    paths = [folder / name for name in ("marks.csv", "samples.csv", "raters.csv", "raters.tex")]
    write_rater_table(
        **dict(zip(("marks_path", "labels_path", "csv_path", "tex_path"), paths, strict=True)),
        bootstrap=settings_of("statistics")["bootstrap"],
        seed=1,
    )


def _ranked(folder: Path, images: int) -> None:
    """A fifth of the images is tested, by eight systems: on the frequent gallery, and on the unified one of each
    split."""
    table, rng = tables(folder, images), np.random.default_rng(1)
    tested = table.loc[table.index // 2 % 5 == 0, ["sample_id", "subject_id", "label"]]
    cells = [("frequent", ""), *(("unified", str(repeat)) for repeat in range(1, REPEATS + 1))]
    with open(folder / "ranks.csv", "w", encoding="utf-8") as stream:
        for system, tta in SYSTEMS:
            for gallery, repeat in cells:
                part = tested.assign(system=system, tta=tta, gallery=gallery, group="frequent", repeat=repeat)
                part = part.assign(rank=rng.integers(1, 7, len(part)), disorders=6, distance=0.5, first="KS")
                part.to_csv(stream, index=False, header=stream.tell() == 0)


def _match_accuracy(folder: Path, images: int) -> None:
    from gestalt_regions.matching.accuracy import write_accuracy

    inputs = {name: folder / f"{name}.csv" for name in ("ranks", "samples")}
    outputs = {name: folder / f"{name}.csv" for name in ("accuracy", "disorders", "differences")}
    settings = {"encoders": {}, "top": [1, 5, 10, 30], "bootstrap": settings_of("statistics")["bootstrap"], "seed": 1}
    write_accuracy(inputs, outputs, **settings)


STAGES: dict[str, tuple[Step, Step]] = {
    "score_recovery": (_scored, _recovery),
    "method_scores": (_make_recovered, _write_method_scores),
    "rank_methods": (_compared, _rank_methods),
    "rater_truth": (_marked, _rater_truth),
    "match_accuracy": (_ranked, _match_accuracy),
}
