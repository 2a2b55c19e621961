"""HPO (RQ2): do explanations weigh the regions in which raters saw signs?"""

from __future__ import annotations

from gestalt_regions.core import io
from gestalt_regions.report.chapters.analyses import analysis_tables
from gestalt_regions.report.chapters.on_demand_parts import on_demand_parts
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.chapters.run_tables import correlation_runs
from gestalt_regions.report.on_demand import of_chapter
from gestalt_regions.report.web.addresses import HPO, address
from gestalt_regions.report.web.parts import Chapter, Section, Table, cells, table, there
from gestalt_regions.statistics.toolkit import table_text
from gestalt_regions.statistics.variants import variant_file


def _correlations(study: Study, model: str) -> Section:
    tables, parts = study.base / model / "tables", []
    for name in study.config["statistics"]["variants"]:
        file = tables / f"{variant_file('table4', name)}.csv"
        whole = io.read_table(file)
        cell_notes = table_text.notes(whole.assign(cell=whole.method + ", " + whole.region), "cell")
        notes = [table_text.table4_caption(whole), *cell_notes]
        header, lines = cells(table_text.table4(whole))
        tex = there(file.with_suffix(".tex"))
        parts.append(Table(f"Table 4, {name}", study.captions("table4", model), "", header, lines, file, tex, notes))
    figure = study.base / model / "figures/correlation_heatmap.svg"
    alt = "Heat map of correlations by method and region"
    heatmap = study.figure("Correlations by method and region", "correlation_heatmap", figure, model, alt=alt)
    folds = io.read_table(tables / "table4_folds.csv").drop(columns="simulated")
    each = table(
        "Table 4, fold by fold",
        study.captions("table4_folds", model),
        folds,
        file=tables / "table4_folds.csv",
        filters=["variant", "fold", "method", "region"],
    )
    why = (
        "This is RQ2 of the region paper. A correlation within syndromes above 0 says that of two people with one "
        "syndrome, the one with more signs in a region has more weight there. The pooled one says mostly which "
        "syndrome a person has."
    )
    return Section("Do explanations follow the signs that raters saw?", why, [*parts, heatmap, each])


def hpo_chapter(study: Study, model: str) -> Chapter:
    """The chapter on HPO terms and RQ2.

    Parameters
    ----------
    study : Study
        What is reported.
    model : str
        The network.

    Returns
    -------
    Chapter
        One for each network.
    """
    figure = study.base / model / "figures/figure3.svg"
    parts, left_out = on_demand_parts(study, of_chapter(HPO, study.config))
    cases = study.figure("A few people", "figure3", figure, model, alt="Faces, regions, coefficients and HPO terms")
    why = "Look at single people first: their signs, and how much each method blames each region."
    people = Section("What did raters see, and what do the methods say?", why, [cases, *parts], left_out)
    further = [*correlation_runs(study, model), *analysis_tables(study, model, "RQ2")]
    why = "The correlation depends on what is compared: people, photographs or syndromes. These tables take it apart."
    checks = Section("Does the correlation hold if one looks otherwise?", why, further)
    lead = (
        "RQ2: do explanations weigh the regions in which clinicians see signs (terms of the Human Phenotype Ontology)?"
    )
    sections = [people, _correlations(study, model), checks]
    return Chapter(address(HPO, model), "HPO terms (RQ2)", f"HPO terms and {model}", lead, sections, study.group(model))
