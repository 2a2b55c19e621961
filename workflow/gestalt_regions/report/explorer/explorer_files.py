"""Writes all files of the explorer into the folder of the report site."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style
from gestalt_regions.report.explorer import face_files, face_values, method_maps, network_answers
from gestalt_regions.report.explorer.face_list import HELDOUT, attributes, list_faces
from gestalt_regions.report.explorer.script_data import write_script
from gestalt_regions.saliency.method_registry import resolve

STOPS = 33  # colours of a colour map
SEQUENTIAL = ("inferno", "viridis", "cividis", "Greys_r")
DIVERGING_MAPS = (style.DIVERGING, "PuOr_r", "PRGn")


@dataclass(frozen=True)
class Contents:
    """What of a study the explorer shows.

    Attributes
    ----------
    models : dict
        Model -> side of its crops, pixels.
    methods : tuple of str
        Saliency methods, then the controls that have maps.
    controls : tuple of str
        Those of `methods` that are controls.
    pictured : tuple of str
        Those that give pictures and values of regions.
    tabled : tuple of str
        Those whose region coefficients are stored.
    folds : tuple of str
        The folds.
    truth : bool
        Whether the cohort has rendered counterfactuals.
    drops : bool
        Whether the evaluation measured by how much the answer falls without a region.
    stack : str
        The ending of the files of maps.
    kept : bool
        Whether the study keeps its maps.
    """

    models: Mapping[str, int]
    methods: tuple[str, ...]
    controls: tuple[str, ...] = ()
    pictured: tuple[str, ...] = ()
    tabled: tuple[str, ...] = ()
    folds: tuple[str, ...] = ()
    truth: bool = False
    drops: bool = False
    stack: str = "npy"
    kept: bool = True
    settings: Mapping[str, Mapping] = field(default_factory=dict)


def _colours(names: Sequence[str]) -> dict[str, list[str]]:
    """Colour maps as lists of colours."""
    places = np.linspace(0, 1, STOPS)
    return {name: [matplotlib.colors.to_hex(colour) for colour in matplotlib.colormaps[name](places)] for name in names}


def _excluded(base: Path) -> list[list[str]]:
    """Photographs without a usable face, and why."""
    columns = ["sample_id", "reason", "detail"]
    table = read_table(base / "faces" / "excluded.csv", columns, strings=columns)
    return table[columns].to_numpy().tolist()


def _method_facts(contents: Contents) -> list[dict[str, object]]:
    """Of each method: what the page says of it."""
    told = []
    for name in contents.methods:
        entry = resolve(name, dict(contents.settings.get(name, {})))[0]
        told.append(
            {
                "name": name,
                "family": entry.family,
                "signed": entry.signed,
                "control": name in contents.controls,
                "tabled": name in contents.tabled,
                "pictured": name in contents.pictured,
                "paper": entry.paper,
            }
        )
    return told


def write_model(base: Path, data: Path, model: str, faces: pd.DataFrame, contents: Contents) -> None:
    """Write what one model says of the faces: answers, maps, coefficients, drops.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    data : Path
        The folder of the explorer's data.
    model : str
        Its name.
    faces : pandas.DataFrame
        As from `face_list.list_faces`.
    contents : Contents
        What the study has.
    """
    folder, out = base / model, data / model
    shown = set(faces["sample_id"])
    classes, answers = network_answers.read_answers(folder, contents.folds, shown)
    maps = method_maps.open_maps(folder, contents.folds, contents.methods, shown, contents.stack)
    first = next(iter(maps.values())) if maps else method_maps.Maps()
    labels = faces.loc[faces["sample_id"].isin(set(first.places)), "label"]
    chosen = method_maps.with_maps(labels, len(maps))
    sheets = method_maps.Sheets(out, maps, method_maps.choose_side(len(chosen), len(maps)), classes)
    samples = set(faces["sample_id"].iloc[chosen])
    targets = {sample: method_maps.agreed(first.places[sample])[0].target for sample in samples}
    tables = {
        method: face_values.coefficients(folder / "coefficients" / f"{method}.csv", samples, maps[method])
        for method in contents.tabled
    }
    drops = face_values.drops(folder, contents.folds, samples, targets) if contents.drops else {}
    pictured = {name: face_values.PicturedMethod(folder, name, maps[name]) for name in contents.pictured}
    for number, block in enumerate(face_files.blocks(len(faces))):
        told = []
        for place in block:
            sample = faces["sample_id"].iloc[place]
            said: dict[str, object] = {"answers": network_answers.of_face(answers.get(sample, {}))}
            if sample in samples:
                said["maps"] = sheets.write(place, sample)
                said["coefficients"] = {name: table[sample] for name, table in tables.items() if sample in table}
                said["drops"] = drops.get(sample)
                said["pictured"] = {name: each.write(place, sample, out) for name, each in pictured.items()}
            told.append(said)
        for each in maps.values():
            each.close()
        write_script(data, f"{model}/{number}", told)
    index = {
        "classes": classes,
        "explained": len(labels),
        "with_maps": chosen,
        "side": sheets.side,
        "columns": method_maps.COLUMNS,
        "methods": _method_facts(contents),
        "largest": list(sheets.largest.values()),
        **network_answers.summary(faces, classes, answers),
    }
    write_script(data, f"{model}/index", index)


def _explained(base: Path, contents: Contents) -> set[str]:
    """Sample ids that have maps of any model."""
    if not contents.methods:
        return set()
    paths = [
        base / model / f"fold-{fold}" / "saliency" / f"{contents.methods[0]}.csv"
        for model in contents.models
        for fold in contents.folds
    ]
    return {sample for path in paths for sample in read_table(path, ["sample_id"], strings=["sample_id"])["sample_id"]}


def write_data(
    base: str | os.PathLike,
    site: str | os.PathLike,
    sets_path: str | os.PathLike,
    *,
    config: Mapping,
    contents: Contents,
) -> dict[str, object]:
    """Write the data of the explorer into `site`/explorer; the same study gives the same bytes.

    Parameters
    ----------
    base : str or path
        results/{cohort}.
    site : str or path
        The folder of the report site.
    sets_path : str or path
        resources/regions.yaml.
    config : mapping
        The config of the study.
    contents : Contents
        What of the study is shown.

    Returns
    -------
    dict
        For the words of the page: faces and photographs (how many); missing: lines that say what is not there, and why.
    """
    base, data = Path(base), Path(site) / "explorer"
    faces = list_faces(base, sorted(_explained(base, contents)))
    sizes = list(config["faces"]["sizes"])
    sets = face_files.region_sets(Path(sets_path), list(config["coefficients"]["sets"]))
    crop = face_files.write_pictures(base / "faces", data, faces, sizes)
    regions = face_files.write_labels(base / "faces", data, faces, sizes, sets)
    truth = {}
    if contents.truth:
        truth = face_files.write_truth(base / "truth", data, faces, next(iter(contents.models.values())))
    for model in contents.models:
        write_model(base, data, model, faces, contents)
    labels = sorted(set(faces["label"]), key=lambda name: (name.casefold(), name))
    simulated = faces["simulated"].tolist()
    index = {
        "cohort": config["cohort"]["name"],
        "simulated": simulated if len(set(simulated)) > 1 else simulated[:1] == [True],
        "ids": faces["sample_id"].tolist(),
        "classes": labels,
        "label": [labels.index(label) for label in faces["label"]],
        "fold": ["" if fold == HELDOUT else fold for fold in faces["fold"]],
        "attributes": attributes(faces),
        "excluded": _excluded(base),
        "photographs": len(read_table(base / "samples.csv", only=["sample_id"])),
        "models": list(contents.models),
        "block": face_files.BLOCK,
        "columns": face_files.COLUMNS,
        "crop": crop,
        "thumb": [face_files.THUMB, face_files.THUMBS, face_files.THUMB_COLUMNS],
        "labels": face_files.LABEL_COLOURS,
        "region_side": regions,
        "sets": {name: list(ids) for name, ids in sets.items()},
        "colours": {name: style.region_colours(list(ids)) for name, ids in sets.items()},
        "sequential": _colours([*dict.fromkeys([config["figures"]["colormap"], *SEQUENTIAL])]),
        "diverging": _colours(DIVERGING_MAPS),
        "policies": list(config["coefficients"]["policies"]),
        "policy": config["evaluation"]["show"]["policy"],
        "truth": truth,
        "rendered": contents.truth,
        "drops": contents.drops,
    }
    write_script(data, "index", index)
    return {"faces": len(faces), "photographs": index["photographs"], "missing": _missing(contents, index["excluded"])}


def _missing(contents: Contents, excluded: Sequence[Sequence[str]]) -> list[str]:
    """What the explorer lacks, and why, a line each."""
    lines = []
    if excluded:
        have = "photograph has" if len(excluded) == 1 else "photographs have"
        lines.append(f"{len(excluded)} {have} no crop: no usable face was found (faces/excluded.csv).")
    if not contents.kept:
        lines.append(
            "No maps, and nothing beside them: the study keeps their coefficients alone (config saliency.keep)."
        )
    elif not contents.methods:
        lines.append("No maps: the study has no saliency methods (config saliency.methods).")
    if not contents.truth and contents.kept:
        lines.append("No truth beside the maps: only simulated cohorts with counterfactuals have one.")
    if not contents.drops and contents.kept:
        lines.append("What the answer loses without a region was not measured (config evaluation.groups: use).")
    return lines
