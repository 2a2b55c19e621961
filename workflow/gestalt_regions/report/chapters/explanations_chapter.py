"""Explanations: are they right? Their scores against truth, and against controls that know nothing of the network."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.evaluation.measure_registry import GROUPS, load_measures
from gestalt_regions.evaluation.scored_maps import TRAINED
from gestalt_regions.evaluation.summary.ranking import OVERALL
from gestalt_regions.evaluation.summary.region_values import COVERED, MEASURES
from gestalt_regions.report.chapters import charts
from gestalt_regions.report.chapters.on_demand_parts import on_demand_parts
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.chapters.run_tables import rank_runs
from gestalt_regions.report.on_demand import of_chapter
from gestalt_regions.report.web.addresses import EXPLANATIONS, address
from gestalt_regions.report.web.parts import Chapter, Chart, Figure, Section, Table, table
from gestalt_regions.statistics.same_maps import said

OF_GROUP = {"objective": ("objective_curves", "Removing pixels"), "sanity": ("sanity_curves", "Destroying the network")}
ANCHORS = {"objective_curves": "removal", "sanity_curves": "sanity"}


def overall_ranks(folder: Path) -> pd.DataFrame:
    """The mean ranks over all measures, the best first.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.

    Returns
    -------
    pandas.DataFrame
        Rows of ranking.csv.
    """
    text = ["scope", "method", "same_as"]
    ranking = io.read_table(folder / "evaluation" / "ranking.csv", [*text, "rank", "low", "high", "control"], text)
    return ranking[ranking["scope"] == OVERALL].sort_values("rank")


def ranking_parts(study: Study, model: str) -> list[Chart | Table | Figure]:
    """The mean ranks of methods and controls over all measures, as chart and table.

    Parameters
    ----------
    study : Study
        What is reported.
    model : str
        The network.

    Returns
    -------
    list
        Chart, table, figure of Nemenyi's test.
    """
    folder = study.base / model / "evaluation"
    ranks = overall_ranks(study.base / model)
    same = dict(ranks.loc[ranks["same_as"] != "", ["method", "same_as"]].itertuples(index=False, name=None))
    columns = ["method", "control", "rank", "low", "high", "level", "blocks", "critical_difference", "friedman_p"]
    kinds = ranks["control"].map({True: "control", False: "method"})
    numbers = ranks[["method", "rank", "low", "high"]].assign(kind=kinds).reset_index(drop=True)
    controls = numbers[numbers["kind"] == "control"]
    best = numbers.iloc[0]
    told = f"{best['method']} ({best['kind']}) has the best mean rank, {best['rank']:.2f}."
    if len(controls):
        first = controls.iloc[0]
        below = numbers[(numbers["kind"] == "method") & (numbers["rank"] > first["rank"])]["method"]
        named = ", ".join(below) or "no method"
        told += f" Behind the best control ({first['method']}): {named}."
    caption = (
        f"{told} Lines are bootstrap intervals over kin groups; squares are controls that know nothing of the network."
    )
    return [
        Chart("Mean rank of each explanation", caption, "ranks", charts.ranking(numbers), told, numbers),
        table(
            "Ranking of the explanations",
            study.captions("ranking", model),
            ranks[columns],
            anchor="ranking",
            file=folder / "ranking.csv",
            tex=folder / "ranking.tex",
            notes=said(same),
        ),
        study.figure(
            "Which ranks differ",
            "critical_difference",
            folder / "critical_difference.svg",
            model,
            alt="Diagram of mean ranks and critical difference",
        ),
    ]


def _with_interval(row: pd.Series) -> str:
    """Value and interval; an interval that is not given is left out."""
    return f"{row.value:.2f}" + (f" [{row.low:.2f}, {row.high:.2f}]" if pd.notna(row.low) else "")


def region_values_table(study: Study, model: str) -> Table:
    """What explanations say of the regions, beside what rendering shows.

    Methods without a unit are shown under config evaluation.show.policy.

    Parameters
    ----------
    study : Study
        What is reported.
    model : str
        The network.

    Returns
    -------
    Table
        A row a method, control, prior or fill: values in logits first.
    """
    text = ["name", "kind", "policy", "network", "measure"]
    file = study.base / model / "evaluation" / "region_values.csv"
    values = io.read_table(file, [*text, "value", "low", "high"], text)
    values = values[values["network"] == TRAINED]
    in_logits = values["name"].isin(values.loc[values["measure"] == "error", "name"])
    values = values[in_logits | values["policy"].isin(["", study.config["evaluation"]["show"]["policy"]])]
    shown = values.assign(cell=[_with_interval(row) for row in values.itertuples()])
    wide = shown.pivot_table("cell", ["name", "kind", "policy"], "measure", aggfunc="first")
    wide = wide.reindex(columns=[measure for measure in [*MEASURES, COVERED] if measure in wide]).reset_index()
    first = wide["error"].isna() if "error" in wide else wide["name"] != ""
    wide = wide.assign(later=first).sort_values(["later", "kind", "name"]).drop(columns="later")
    notes = [f"{name.replace('_', ' ')}: {meaning}." for name, meaning in MEASURES.items() if name in wide]
    caption = study.captions("region_values", model)
    return table("Values of regions", caption, wide, file=file, notes=notes, filters=["kind"])


def scores_table(study: Study, model: str) -> Table:
    """The scores that LaTeX and figures show, all folds together, of the trained network.

    Parameters
    ----------
    study : Study
        What is reported.
    model : str
        The network.

    Returns
    -------
    Table
        A row a method and measure.
    """
    file = study.base / model / "evaluation" / "scores.csv"
    show = study.config["evaluation"]["show"]
    text = ["group", "measure", "region_set", "policy", "fold", "method", "network"]
    scores = io.read_table(file, [*text, "value", "low", "high", "chance", "best_control"], text)
    scores = scores[(scores["fold"] == "all") & (scores["network"] == TRAINED)]
    scores = scores[scores["policy"].isin(["", show["policy"]]) & scores["region_set"].isin(["", *show["sets"]])]
    labels = {name: measure.label for name, measure in load_measures().items()}
    shown = pd.DataFrame(
        {
            "question": scores["group"],
            "measure": scores["measure"].map(labels).fillna(scores["measure"]),
            "regions": scores["region_set"],
            "method": scores["method"],
            "control": scores["control"],
            "value": [_with_interval(row) for row in scores.itertuples()],
            "chance": scores["chance"],
            "best control": scores["best_control"],
            "beats it": scores["beats_control"],
        }
    )
    filters = ["question", "measure", "regions", "method"]
    caption = study.captions("scores", model)
    return table(
        "Scores",
        f"{caption} Here: all folds, policy {show['policy']}; the file has the others.",
        shown,
        file=file,
        tex=file.with_suffix(".tex"),
        filters=filters,
    )


def _group_section(study: Study, model: str, group: str) -> Section:
    folder = study.base / model / "evaluation"
    # The caption of snakemake --report takes the question from the rule; here it is the heading.
    caption = study.captions("evaluation", model, question=GROUPS[group])
    parts: list = [Figure(f"Scores: {group}", caption, group, folder / f"{group}.svg", f"Scores of {group}")]
    if group in OF_GROUP:
        name, title = OF_GROUP[group]
        parts.append(
            Figure(
                title, study.captions(name, model), ANCHORS[name], folder / f"{name}.svg", f"Curves: {title.lower()}"
            )
        )
    if group == "use" and (folder / "region_values.csv").exists():
        parts.append(region_values_table(study, model))
    return Section(GROUPS[group], WHY[group], parts)


WHY = {
    "recovery": "On simulated faces it is known which regions the syndrome changed.",
    "pixels": "The same, pixel by pixel.",
    "use": "What changed need not be what the network uses. Here each region is taken back, and the answer falls.",
    "sanity": "A map that stays the same when the network forgets everything explains the face, and not the network.",
    "objective": "These measures need no truth, so they can be had for photographs; they judge on changed pictures.",
    "agreement": "Networks of different folds learned from other people. Where their maps differ, one is not general.",
}


def explanations_chapter(study: Study, model: str) -> Chapter:
    """The chapter on the evaluation of the explanations.

    Parameters
    ----------
    study : Study
        What is reported, with an evaluation.
    model : str
        The network.

    Returns
    -------
    Chapter
        One for each network.
    """
    folder = study.base / model / "evaluation"
    summary = study.figure(
        "All scores at a glance", "summary", folder / "summary.svg", model, alt="Coloured table of all scores"
    )
    first = Section(
        "Which explanations are better than a guess?",
        "A method that is no better than a control, which knows nothing of the network, explains nothing.",
        [*ranking_parts(study, model), *rank_runs(study, model), summary],
    )
    sections = [first, *(_group_section(study, model, group) for group in study.groups)]
    parts = [scores_table(study, model)] if (folder / "scores.csv").exists() else []
    sections.append(Section("The numbers", "Every number of the figures above, to sort and to take away.", parts))
    further, left_out = on_demand_parts(study, of_chapter(EXPLANATIONS, study.config, model), model)
    why = "Are faces without a region still faces? And what are values of regions by chance alone?"
    sections.append(Section("What else can be asked of the explanations?", why, further, left_out))
    lead = "Do the explanations say what the network really uses? Each is scored, beside controls."
    heading = f"Are the explanations of {model} right?"
    return Chapter(address(EXPLANATIONS, model), "Are they right?", heading, lead, sections, study.group(model))
