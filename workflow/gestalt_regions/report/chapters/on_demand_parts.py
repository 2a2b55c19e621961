"""Tables and figures that are made on demand, as far as they are there."""

from __future__ import annotations

from collections.abc import Sequence

from gestalt_regions.core import io
from gestalt_regions.report.chapters.reported_study import Study
from gestalt_regions.report.on_demand import IF_MADE, OnDemand, not_made
from gestalt_regions.report.web.parts import Figure, Table, table

CHOICES = [
    "variant",
    "label",
    "kind",
    "region_set",
    "set",
    "system",
    "encoder",
    "gallery",
    "disorders",
    "k",
    "method",
    "policy",
    "region",
    "problem",
    "model",
]
MADE = "Made on demand: `snakemake {}` makes it again where the study has changed."


def on_demand_parts(
    study: Study, entries: Sequence[OnDemand], model: str = ""
) -> tuple[list[Table | Figure], list[str]]:
    """What of some results is there, and which target makes the others.

    Parameters
    ----------
    study : Study
        What is reported.
    entries : sequence of OnDemand
        Of one section.
    model : str
        The network, if they are of one.

    Returns
    -------
    tuple
        Parts of a section, and lines on what is not there.
    """
    parts: list[Table | Figure] = []
    missing = []
    for each in entries:
        path = study.base / each.file.format(model=model)
        if not path.exists():
            missing += [each] if each.only != IF_MADE else []
            continue
        number = {"arc": path.stem.removeprefix("arc_table")} if each.name == "arc_table" else {}
        number |= {"method": each.method} if each.method else {}
        shown = io.read_table(path).drop(columns="simulated", errors="ignore") if path.suffix == ".csv" else None
        if shown is not None and shown.empty:
            continue
        caption = f"{study.captions(each.name, model, **number)} {MADE.format(each.target)}"
        anchor = each.anchor or path.stem
        if shown is not None:
            filters = [column for column in CHOICES if column in shown and shown[column].nunique() > 1]
            tex = path.with_suffix(".tex")
            parts.append(table(each.title, caption, shown, anchor=anchor, file=path, tex=tex, filters=filters))
        else:
            parts.append(Figure(each.title, caption, anchor, path))
    return parts, not_made(missing)
