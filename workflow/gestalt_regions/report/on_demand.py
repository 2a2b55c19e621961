"""What the site shows of results that are made on demand: no study makes them by itself, so they are no inputs of it.

The site shows those that lie on the disk, and says of the others which target makes them. One that is made, changed or
taken away makes the site anew: the rule keeps `state` among its params.
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gestalt_regions.evaluation.evaluation_config import averaged
from gestalt_regions.report.web.addresses import CLINICIANS, COHORT, EXPLANATIONS, HPO, MATCHING, RECOGNITION, REGIONS

# What a study or network must have for it
RENDERED, EXPERTS, TEST_SETS, OCCLUDED, AGGREGATED = "rendered", "experts", "test sets", "occluded", "aggregated"
IF_MADE = "if made"


@dataclass(frozen=True)
class OnDemand:
    """A table or figure that is made on demand.

    Attributes
    ----------
    target : str
        `snakemake TARGET` makes it.
    chapter : str
        Where it stands, as in `web.addresses`.
    title : str
        Heading; also how it is called where it is not there.
    file : str
        Below results/{cohort}, with {model} where each network has its own, and {method} where each method of
        config syndrome_maps has.
    caption : str
        Name of the caption; that of the file if empty.
    anchor : str
        For links; the name of the file if empty.
    method : str
        Its method, if each has its own.
    only : str
        RENDERED: of simulated cohorts; EXPERTS: of networks that join experts; TEST_SETS,
        OCCLUDED, AGGREGATED: of studies with further test sets, with occluded ones, with such sets and a mean of
        experts; IF_MADE: of few studies, so nothing is said where it is not made; empty: of all.
    """

    target: str
    chapter: str
    title: str
    file: str
    caption: str = ""
    anchor: str = ""
    only: str = ""
    method: str = ""

    @property
    def name(self) -> str:
        """Name of the caption.

        Returns
        -------
        str
            Given or that of the file.
        """
        return self.caption or Path(self.file).stem


def _matching(target: str, title: str, name: str, caption: str) -> OnDemand:
    folder = "tables" if name.endswith(".csv") else "figures"
    return OnDemand(target, MATCHING, title, f"matching/{folder}/{name}", caption)


def _of_sets(title: str, name: str) -> OnDemand:
    called = f"imbalance_{Path(name).stem}"
    return OnDemand("imbalance", EXPLANATIONS, title, f"{{model}}/imbalance/{name}", called, called, IF_MADE)


def _readers(title: str, name: str, caption: str, anchor: str = "") -> OnDemand:
    folder = "tables" if name.endswith(".csv") else "figures"
    file = f"reader_study/{folder}/{name}"
    return OnDemand("reader_results", CLINICIANS, title, file, caption, anchor or caption, only=IF_MADE)


ARC = "arc_table{}.csv"
ARC_TABLES = [
    _matching(f"arc_table{number}", f"Arc Table {number}", ARC.format(number), "arc_table") for number in range(1, 7)
]
ON_DEMAND = [
    OnDemand("composites", COHORT, "Composite photographs of the classes", "figures/composites.png"),
    OnDemand("table1", HPO, "Terms that were rated", "tables/table1.csv"),
    OnDemand("figure4a", HPO, "Annotations as a map", "figures/figure4a.svg"),
    OnDemand("figure4b", HPO, "Terms by syndrome", "figures/figure4b.svg"),
    # Maps of syndromes
    OnDemand(
        "syndrome_maps",
        REGIONS,
        "Maps of syndromes by {method}",
        "{model}/figures/syndrome_maps/{method}_folds.png",
        caption="syndrome_sheet",
    ),
    OnDemand("syndrome_maps", REGIONS, "Maps of syndromes: halves of a class", "{model}/figures/syndrome_halves.svg"),
    OnDemand("syndrome_maps", REGIONS, "Maps of syndromes: numbers", "{model}/tables/syndrome_maps.csv"),
    OnDemand("syndrome_maps", REGIONS, "Maps of syndromes: regions", "{model}/tables/syndrome_regions.csv"),
    OnDemand("syndrome_maps", REGIONS, "Maps of syndromes: likeness", "{model}/tables/syndrome_similarity.csv"),
    # DeepGestalt
    OnDemand("gestalt_table1", RECOGNITION, "One class told from others", "tables/gestalt_table1.csv"),
    OnDemand(
        "gestalt_table1",
        RECOGNITION,
        "One class told from others, beside stated accuracies",
        "tables/gestalt_table1_tests.csv",
        caption="gestalt_table1",
    ),
    OnDemand("gestalt_table2", RECOGNITION, "Top-k accuracy of every network", "tables/gestalt_table2.csv"),
    OnDemand("confusion", RECOGNITION, "Confusion matrix", "{model}/figures/confusion.svg", anchor="confusion_matrix"),
    OnDemand(
        "confusion", RECOGNITION, "Confusion matrix: numbers", "{model}/tables/confusion.csv", anchor="confusion_counts"
    ),
    OnDemand("reliability", RECOGNITION, "Reliability", "{model}/figures/reliability.svg"),
    OnDemand(
        "reliability", RECOGNITION, "Reliability: numbers", "{model}/tables/reliability.csv", anchor="reliability_table"
    ),
    OnDemand("affected_roc", RECOGNITION, "Gestalt score: affected or not", "{model}/figures/affected_roc.svg"),
    OnDemand(
        "affected_roc",
        RECOGNITION,
        "Gestalt score: numbers",
        "{model}/tables/affected_roc.csv",
        anchor="affected",
    ),
    OnDemand("expert_weights", RECOGNITION, "Weight of each expert", "{model}/tables/expert_classes.csv", only=EXPERTS),
    OnDemand(
        "expert_weights",
        RECOGNITION,
        "Experts beside region coefficients",
        "{model}/tables/expert_agreement.csv",
        only=EXPERTS,
    ),
    OnDemand(
        "gestalt_specialised",
        RECOGNITION,
        "Models with labels of their own",
        "tables/gestalt_specialised.csv",
        only=IF_MADE,
    ),
    OnDemand("test_sets", RECOGNITION, "Accuracy on every test set", "figures/test_sets.svg", only=TEST_SETS),
    OnDemand("test_sets", RECOGNITION, "Photographs of the test sets", "figures/test_set_sheet.png", only=TEST_SETS),
    OnDemand("test_sets", RECOGNITION, "What the test sets hold", "tables/gestalt_test_sets.csv", only=TEST_SETS),
    OnDemand("test_sets", RECOGNITION, "What occluders hide", "tables/gestalt_hidden.csv", only=OCCLUDED),
    OnDemand(
        "test_sets",
        RECOGNITION,
        "The mean of experts beside the whole face",
        "tables/gestalt_aggregation.csv",
        only=AGGREGATED,
    ),
    # The evaluation
    OnDemand("plausibility", EXPLANATIONS, "Plausibility", "{model}/evaluation/plausibility.csv"),
    OnDemand(
        "roar", EXPLANATIONS, "Trained anew without the most salient pixels (ROAR)", "{model}/evaluation/roar.svg"
    ),
    OnDemand(
        "roar",
        EXPLANATIONS,
        "ROAR: numbers",
        "{model}/evaluation/roar.csv",
        anchor="roar_table",
    ),
    OnDemand(
        "shuffled_values",
        EXPLANATIONS,
        "Values of regions, of networks trained on shuffled labels",
        "{model}/evaluation/shuffled_values.csv",
        only=RENDERED,
    ),
    # Training sets
    _of_sets("Unequal classes", "ratio.svg"),
    _of_sets("Fewer classes", "classes.svg"),
    _of_sets("Unequal and fewer classes: right answers", "accuracy.csv"),
    _of_sets("Unequal and fewer classes: maps of the same face", "similarity.csv"),
    _of_sets("Unequal and fewer classes: recovery", "recovery.csv"),
    _of_sets("Unequal and fewer classes: use", "use.csv"),
    _of_sets("Unequal and fewer classes: differences", "differences.csv"),
    # Eye-tracking
    *(
        OnDemand("eye_tracking", EXPLANATIONS, title, f"{{model}}/eye_tracking/{file}", caption, anchor, IF_MADE)
        for title, file, caption, anchor in (
            ("Maps against where readers look", "gaze_scores.svg", "gaze_scores_figure", "gaze_scores_figure"),
            ("Maps against where readers look: numbers", "gaze_scores.csv", "", ""),
            ("How far centre bias alone comes", "gaze_bounds.csv", "", ""),
            ("Faces, fixations and maps", "gaze_sheet.png", "", ""),
            ("Time on each region", "dwell.csv", "", ""),
        )
    ),
    # Matching
    _matching("arc_accuracy", "Mean accuracy", "accuracy.csv", "match_accuracy"),
    _matching("arc_accuracy", "Differences of mean accuracy", "differences.csv", "match_differences"),
    _matching("arc_accuracy", "Accuracy of each disorder", "disorders.csv", "match_disorders"),
    _matching("arc_accuracy", "Face verification", "verification.csv", "match_verification"),
    _matching("similarity_maps", "What makes faces alike, by region", "similarity_coefficients.csv", ""),
    *ARC_TABLES,
    _matching("arc_sheet", "Queries and their nearest disorders", "match_sheet.png", ""),
    _matching("similarity_maps", "What makes a face and its match alike", "similarity_maps.png", ""),
    _matching("arc_clusters", "Faces and disorders by likeness", "clusters.svg", "match_clusters"),
    _matching("arc_figure2", "How many disorders have how many people", "arc_figure2.svg", ""),
    _matching("arc_figure3", "Accuracy and the people an encoder learned from", "arc_figure3.svg", ""),
    # Studies with clinicians
    _readers("Right answers before and after", "reader_accuracy.svg", "reader_accuracy"),
    _readers("Reliance on the AI", "reader_reliance.svg", "reader_reliance"),
    _readers("What readers say of explanations", "reader_likert.svg", "reader_likert"),
    _readers("Power", "power_curve.svg", "power_curve"),
    _readers("Accuracy, confidence and reliance: numbers", "measures.csv", "reader_measures"),
    _readers("Models of right answers", "models.csv", "reader_models"),
    _readers("Explanations and control maps", "attention.csv", "reader_attention"),
    _readers("What readers say: numbers", "likert.csv", "reader_likert_table"),
    _readers("Agreement of readers", "agreement.csv", "reader_agreement"),
    _readers("Recognised composites", "recognised_composites.csv", "reader_composites"),
    _readers("Power: numbers", "power.csv", "reader_power"),
    _readers("Files set aside", "set_aside.csv", "reader_set_aside"),
]
# A target that makes all of several others, so that a line needs not name each
TOGETHER = {
    **dict.fromkeys([f"arc_table{number}" for number in range(1, 7)] + ["arc_accuracy"], "arc_tables"),
    **dict.fromkeys(["arc_sheet", "arc_clusters", "arc_figure2", "arc_figure3"], "arc_figures"),
}


def of_chapter(chapter: str, config: Mapping, model: str = "") -> list[OnDemand]:
    """What may stand in a chapter.

    Parameters
    ----------
    chapter : str
        As in `web.addresses`.
    config : mapping
        The config of the study.
    model : str
        The network of the chapter, if it has one.

    Returns
    -------
    list of OnDemand
        In their order; those that this study or network cannot have are left out.
    """
    models, sets = config["models"], config.get("gestalt", {}).get("test_sets") or {}
    has = {
        RENDERED: config["cohort"]["kind"] == "synthetic",
        EXPERTS: bool(models.get(model, {}).get("experts")),
        TEST_SETS: bool(sets),
        OCCLUDED: any(each["kind"] == "occluded" for each in sets.values()),
        AGGREGATED: bool(sets) and any(each.get("experts") for each in models.values()),
    }
    never = {need for need, there in has.items() if not there}
    entries = [each for each in ON_DEMAND if each.chapter == chapter and each.only not in never]
    return [one for each in entries for one in _of_methods(each, config)]


def _of_methods(entry: OnDemand, config: Mapping) -> list[OnDemand]:
    """One for each method, if each has its own."""
    if "{method}" not in entry.file:
        return [entry]
    return [
        replace(
            entry,
            title=entry.title.format(method=method),
            file=entry.file.replace("{method}", method),
            method=method,
        )
        for method in averaged(config)
    ]


def not_made(missing: Sequence[OnDemand]) -> list[str]:
    """Say which target makes what is not there.

    Parameters
    ----------
    missing : sequence of OnDemand
        Of one section.

    Returns
    -------
    list of str
        One line, or none where all is there.
    """
    if not missing:
        return []
    first: dict[str, str] = {}  # of what one target makes the first is named
    for each in missing:
        first.setdefault(each.target, each.title)
    targets = list(dict.fromkeys(TOGETHER.get(target, target) for target in first))
    it = "it" if len(first) == 1 else "them"
    named, asked = "; ".join(first.values()), " ".join(targets)
    return [f"{named}. `snakemake {asked}` makes {it}; then `snakemake report` shows {it}."]


def state(base: str | Path, models: Iterable[str]) -> dict[str, str]:
    """What lies on the disk now of all that is made on demand.

    Parameters
    ----------
    base : str or path
        results/{cohort}.
    models : iterable of str
        The networks.

    Returns
    -------
    dict
        File below `base` -> digest of its content.
    """
    patterns = {each.file.format(model=glob.escape(model), method="*") for each in ON_DEMAND for model in models}
    found = [path for pattern in patterns for path in Path(base).glob(pattern) if path.is_file()]
    there = sorted(path.relative_to(base).as_posix() for path in found)
    return {name: hashlib.sha256((Path(base) / name).read_bytes()).hexdigest()[:16] for name in there}
