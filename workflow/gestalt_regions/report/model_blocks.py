"""What the page says of each model: the paper's tables, the analyses, the ranking, and the network itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.evaluation.scored_maps import TRAINED
from gestalt_regions.evaluation.summary.ranking import OVERALL
from gestalt_regions.evaluation.summary.region_values import COVERED, MEASURES
from gestalt_regions.models.backbones import backbone
from gestalt_regions.report.blocks import Block, as_rows
from gestalt_regions.report.captions import Captions
from gestalt_regions.statistics.analyses.analysis_registry import ANALYSES
from gestalt_regions.statistics.same_maps import read_same_maps, said
from gestalt_regions.statistics.toolkit import table_text
from gestalt_regions.statistics.variants import variant_file


def network_sentence(model: Mapping, simulated: bool) -> str:
    """What a model is made of, its licence, and for photographs what must be said of it.

    Parameters
    ----------
    model : mapping
        Its entry in the config: backbone, recipe.
    simulated : bool
        Whether all images are simulated.

    Returns
    -------
    str
        One or two sentences.
    """
    network = backbone(model["backbone"])
    if "experts" in model:
        return (
            f"The mean of the softmaxes of {', '.join(model['experts'])} ({network.paper}); it is not trained itself."
        )
    caution = f" This network {network.caution}." if network.caution and not simulated else ""
    source = f"{network.paper}; {network.licence}"
    return f"Backbone {network.name} ({source}), fine-tuned by recipe {model['recipe']}.{caution}"


def explained_block(paths: Sequence[Path], same: Mapping[str, str]) -> Block:
    """How many images every method explains, by set, and how many coefficients are undefined.

    Parameters
    ----------
    paths : sequence of Path
        coefficients/{method}.csv.
    same : mapping of str to str
        Method -> the one whose maps it repeats.

    Returns
    -------
    Block
        A row a method.
    """
    rows = []
    for path in paths:
        undefined, parts, keys = 0, [], ["sample_id", "fold", "set"]
        for piece in io.read_pieces(path, [*keys, "coefficient"], strings=["sample_id", "set"]):
            undefined += int(piece["coefficient"].isna().sum())
            parts.append(piece[keys].drop_duplicates())
        row: dict[str, object] = {"method": path.stem}
        table = pd.concat(parts).drop_duplicates()
        for kind, name in (("folds", "folds"), ("heldout", "held-out")):
            part = table[table["set"] == kind]
            row[f"images, {name}"] = part["sample_id"].nunique()
            row[f"maps, {name}"] = len(part)
        rows.append(row | {"undefined coefficients": undefined})
    caption = "Images and maps of each method; held-out images are explained by every fold's model."
    return Block("Explained images", caption, as_rows(pd.DataFrame(rows)), said(same))


def model_blocks(folder: Path, model: str, methods: Sequence[str], config: Mapping, captions: Captions) -> list[Block]:
    """The tables of one model, as the paper lays them out; the long ones folded.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.
    model : str
        Its name.
    methods : sequence of str
        Saliency methods.
    config : mapping
        The config of the study.
    captions : Captions
        Gives the caption of each.

    Returns
    -------
    list of Block
        Tables 2 to 4 in every variant, and the analyses.
    """
    tables, control = folder / "tables", config["statistics"]["control"]
    same = read_same_maps(tables / "same_maps.csv")
    table2, top1 = io.read_table(tables / "table2.csv"), io.read_table(tables / "table2_accuracy.csv")
    notes = [table_text.accuracy_sentence(top1), *table_text.notes(table2, "class")]
    blocks = [
        explained_block([folder / "coefficients" / f"{method}.csv" for method in methods], same),
        Block("Table 2", captions("table2", model), as_rows(table_text.table2(table2)), notes),
        Block("Accuracy", captions("accuracy", model), as_rows(top1.drop(columns=["simulated", "note"]))),
    ]
    for name in config["statistics"]["variants"]:
        table = io.read_table(tables / f"{variant_file('table3', name)}.csv")
        notes = [table_text.table3_caption(table, control), *table_text.notes(table, "region")]
        blocks.append(Block(f"Table 3, {name}", captions("table3", model), as_rows(table_text.table3(table)), notes))
    tests = io.read_table(tables / "table3_tests.csv")
    blocks.append(Block("Tests of Table 3", captions("table3_tests", model), as_rows(tests), folded=True))
    for name in config["statistics"]["variants"]:
        table = io.read_table(tables / f"{variant_file('table4', name)}.csv")
        notes = [
            table_text.table4_caption(table),
            *table_text.notes(table.assign(cell=table.method + ", " + table.region), "cell"),
        ]
        blocks.append(Block(f"Table 4, {name}", captions("table4", model), as_rows(table_text.table4(table)), notes))
    folds = io.read_table(tables / "table4_folds.csv")
    blocks.append(Block("Folds of Table 4", captions("table4_folds", model), as_rows(folds), folded=True))
    for name, analysis in ANALYSES.items():
        table = io.read_table(tables / f"{name}.csv").drop(columns="simulated")
        blocks.append(Block(name.replace("_", " ").capitalize(), analysis.caption, as_rows(table), folded=True))
    return blocks


def ranking_block(folder: Path, model: str, captions: Captions) -> Block:
    """The mean ranks of methods and controls over all measures.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.
    model : str
        Its name.
    captions : Captions
        Gives the caption of each.

    Returns
    -------
    Block
        A row a method.
    """
    text = ["scope", "method", "same_as"]
    table = io.read_table(folder / "evaluation" / "ranking.csv", [*text, "rank", "low", "high", "control"], text)
    table = table[table["scope"] == OVERALL].sort_values("rank")
    same = dict(table.loc[table["same_as"] != "", ["method", "same_as"]].itertuples(index=False, name=None))
    columns = ["method", "control", "rank", "low", "high", "level", "blocks", "critical_difference", "friedman_p"]
    return Block("Ranking of the explanations", captions("ranking", model), as_rows(table[columns]), said(same))


def region_values_block(folder: Path, model: str, policy: str, captions: Captions) -> Block:
    """What explanations say of the regions, beside what rendering shows.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.
    model : str
        Its name.
    policy : str
        Under which methods without a unit are shown: config evaluation.show.policy.
    captions : Captions
        Gives the caption of each.

    Returns
    -------
    Block
        A row a method, control, prior or fill: values in logits first.
    """
    text = ["name", "kind", "policy", "network", "measure"]
    table = io.read_table(folder / "evaluation" / "region_values.csv", [*text, "value", "low", "high"], text)
    table = table[table["network"] == TRAINED]
    in_logits = table["name"].isin(table.loc[table["measure"] == "error", "name"])
    table = table[in_logits | table["policy"].isin(["", policy])]
    cells = table.assign(cell=[_with_interval(row) for row in table.itertuples()])
    wide = cells.pivot_table("cell", ["name", "kind", "policy"], "measure", aggfunc="first")
    wide = wide.reindex(columns=[measure for measure in [*MEASURES, COVERED] if measure in wide]).reset_index()
    first = wide["error"].isna() if "error" in wide else wide["name"] != ""
    wide = wide.assign(later=first).sort_values(["later", "kind", "name"]).drop(columns="later")
    return Block("Values of regions", captions("region_values", model), as_rows(wide))


def _with_interval(row: pd.Series) -> str:
    """Value and interval; an interval that is not given is left out."""
    return f"{row.value:.2f}" + (f" [{row.low:.2f}, {row.high:.2f}]" if pd.notna(row.low) else "")
