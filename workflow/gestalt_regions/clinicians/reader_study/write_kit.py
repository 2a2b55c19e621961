"""The kit of a reader study: one folder for readers, and its design for the analysis."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.clinicians.reader_study import kit_items as items
from gestalt_regions.clinicians.reader_study import kit_pictures as pictures
from gestalt_regions.clinicians.reader_study.kit_texts import read_texts
from gestalt_regions.clinicians.reader_study.study_files import canonical_text, first_problem
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic, read_array, read_table, write_text
from gestalt_regions.core.packed_stack import MapStack, read_stack
from gestalt_regions.core.seeds import derive
from gestalt_regions.figures.class_composites import composite
from gestalt_regions.figures.figure1_montage import load_faces_index
from gestalt_regions.figures.figure5_maps import ABSOLUTE
from gestalt_regions.saliency.morph.mean_shape import person_weights
from gestalt_regions.statistics.toolkit import read

log = logging.getLogger(__name__)

LIKERT = ["meaningful", "features", "change_mind", "trust"]
LEVELS = 5
SHOWN_CLASSES = 5  # of the AI's answer, the likeliest
PEOPLE_OF_COMPOSITE = 5  # fewer, and the composite may show a person: said in the log
SCRIPTS = ("digest.js", "answers.js", "widgets.js", "pages.js")  # app.js, in this order
STYLES = ("base.css", "style.css")
TEXT = ["sample_id", "set", "label"]
WHO_MAY = "the folder kit holds photographs: only people whom the patients' consent names may receive it"


@dataclass(frozen=True)
class Faces:
    """The faces of a study: crops, landmarks (None without composites), and who is in which row."""

    crops: np.ndarray
    landmarks: np.ndarray | None
    index: pd.DataFrame
    samples: pd.DataFrame

    def crop(self, sample_id: str) -> np.ndarray:
        """Look up the aligned crop of a face.

        Parameters
        ----------
        sample_id : str
            The face.

        Returns
        -------
        numpy.ndarray
            uint8 [S, S, 3].
        """
        return np.asarray(self.crops[self.index.loc[self.index["sample_id"] == sample_id, "row"].item()])


def load_faces(files: Mapping[str, str]) -> Faces:
    """Read the faces.

    Parameters
    ----------
    files : mapping
        crops, index, samples, and landmarks where there are composites.

    Returns
    -------
    Faces
        Crops and landmarks as memory maps.

    Raises
    ------
    InputError
        Where the files do not fit each other.
    """
    crops, samples = read_array(files["crops"]), read.load_samples(files["samples"])
    landmarks = read_array(files["landmarks"]) if files.get("landmarks") else None
    if landmarks is not None and len(landmarks) != len(crops):
        raise InputError(f"{files['landmarks']}: {len(landmarks)} faces for {len(crops)} crops; rebuild the landmarks")
    return Faces(crops, landmarks, load_faces_index(files["index"], samples, len(crops)), samples)


def load_answers(predictions: Sequence[str], set_name: str) -> tuple[pd.DataFrame, list[str]]:
    """Read what the AI says of every face that may be shown.

    Parameters
    ----------
    predictions : sequence of str
        predictions.csv of each network.
    set_name : str
        folds or heldout.

    Returns
    -------
    table : pandas.DataFrame
        label, predicted, and p_{class} of each class, by sample_id.
    classes : list of str
        The classes.
    """
    tables = [read_table(path, [*TEXT, "predicted"], strings=[*TEXT, "predicted"]) for path in predictions]
    table = pd.concat(tables)
    table = table[table["set"] == set_name].set_index("sample_id")
    return table, [name.removeprefix("p_") for name in table.columns if name.startswith("p_")]


def load_maps(paths: Sequence[str], set_name: str) -> tuple[dict[str, tuple[MapStack, int]], dict[str, str]]:
    """Read the maps of one method over all networks.

    Parameters
    ----------
    paths : sequence of str
        saliency/{method}.npy (or .npz) of each network, the table of its rows beside it.
    set_name : str
        folds or heldout.

    Returns
    -------
    maps : dict
        sample_id -> the stack and the row of its map.
    targets : dict
        sample_id -> class that is explained.
    """
    maps, targets = {}, {}
    for path in paths:
        stack = read_stack(path)
        index = read_table(Path(path).with_suffix(".csv"), ["row", *TEXT, "target"], strings=[*TEXT, "target"])
        for row in index[index["set"] == set_name].itertuples():
            maps[row.sample_id], targets[row.sample_id] = (stack, int(row.row)), row.target
    return maps, targets


def _candidates(faces: Faces, answers: pd.DataFrame, targets: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Faces that the AI judged and every method explains, and of which every map explains the AI's answer."""
    predicted = answers["predicted"].to_dict()
    known = [name for name in answers.index if all(name in of_method for of_method in targets.values())]
    for method, of_method in targets.items():
        if other := [name for name in known if of_method[name] != predicted[name]]:
            raise InputError(
                f"{method}: the map of '{other[0]}' explains {of_method[other[0]]}, but the AI says"
                f" {predicted[other[0]]}; rebuild the maps"
            )
    table = faces.index[faces.index["sample_id"].isin(known)]
    right = [predicted[name] == label for name, label in zip(table["sample_id"], table["label"], strict=True)]
    return table.assign(right=np.array(right, bool))


def _answer(answers: pd.DataFrame, classes: Sequence[str], sample_id: str) -> list[list]:
    """The likeliest classes and their probabilities, as shown and as analysed."""
    ranked = answers.loc[sample_id, [f"p_{label}" for label in classes]].astype(float)
    ranked = ranked.sort_values(ascending=False, kind="stable").head(SHOWN_CLASSES)
    return [[name.removeprefix("p_"), round(float(value), 3)] for name, value in ranked.items()]


def _composites(faces: Faces, seed: int) -> list[tuple[str, np.ndarray, int]]:
    """Class, composite and number of people of each class, in an order that says nothing."""
    assert faces.landmarks is not None
    inside = faces.index[
        faces.index["sample_id"].isin(faces.samples.loc[faces.samples["split"] == "folds", "sample_id"])
    ]
    inside = inside[np.isfinite(np.asarray(faces.landmarks)[inside["row"]]).all(axis=(1, 2))]
    made = []
    for label in sorted(inside["label"].unique(), key=lambda label: derive(seed, items.STAGE, "composite", label)):
        part = inside[inside["label"] == label]
        rows, people = part["row"].to_numpy(), part["subject_id"].nunique()
        if people < PEOPLE_OF_COMPOSITE:
            log.warning("composite of %s: %d people only, so it may show how one of them looks", label, people)
        crops = [np.asarray(faces.crops[row]) for row in rows]
        picture = composite(crops, np.asarray(faces.landmarks[rows]), person_weights(part["subject_id"]))
        made.append((label, picture, people))
    return made


def _shown(study: Mapping, texts: Mapping, settings: Mapping, files: Mapping[str, bytes]) -> dict:
    """What readers see and are asked (study.js), with its name `study`, which follows from all of it."""
    faces = [
        {"item": each["item"], "ai": each["ai"], "explanations": [e["explanation"] for e in each["explanations"]]}
        for each in study["items"]
    ]
    data = {
        "simulated": study["simulated_faces"],
        "sequences": study["sequences"],
        "classes": study["classes"],
        "items": faces,
        "composites": [{"item": each["item"]} for each in study["composites"]],
        "likert": study["likert"],
        "levels": study["levels"],
        "side": pictures.SIDE,
        "legend": pictures.legend_colours(settings["colormap"]),
        "languages": texts,
    }
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    name = hashlib.sha256(canonical_text({"data": data, "pictures": digests}).encode()).hexdigest()[:16]
    return {"study": name, **data}


def _readme(text: str, study: Mapping) -> str:
    """README.txt, for the organiser."""
    whose = "SIMULATED FACES: no person in this study exists.\n" if study["simulated_faces"] else ""
    values = {
        "study": study["study"],
        "simulated": whose,
        "faces": len(study["items"]),
        "composites": len(study["composites"]),
        "readers": len(study["sequences"]),
        "design": study["design"],
    }
    return text.format_map(values)


def design_of(
    faces: Faces,
    answers: pd.DataFrame,
    classes: Sequence[str],
    targets: Mapping[str, Mapping[str, str]],
    settings: Mapping,
    *,
    seed: int,
) -> dict:
    """Draw a study: its design without composites, and without the name that follows from what is shown.

    Parameters
    ----------
    faces : Faces
        The study's.
    answers, classes : pandas.DataFrame, sequence of str
        As from `load_answers`.
    targets : mapping
        Method -> sample_id -> class that is explained.
    settings : mapping
        Section `reader_study` of the config, with cohort and model.
    seed : int
        The study's.

    Returns
    -------
    dict
        As design.schema.json.
    """
    candidates = _candidates(faces, answers, targets)
    chosen = items.choose_faces(candidates, settings["faces"], seed, settings["set"])
    names = items.numbered("F", len(chosen))
    explained = items.choose_explanations(
        names, settings["explanations"], settings["controls"], settings["control_faces"], seed
    )
    listed = [
        {
            "item": item,
            "sample_id": row.sample_id,
            "true": row.label,
            "ai": _answer(answers, classes, row.sample_id),
            "ai_right": bool(row.right),
            "explanations": [
                {"explanation": each.name, "method": each.method, "control": each.control} for each in explained[item]
            ],
        }
        for item, row in zip(names, chosen.itertuples(), strict=True)
    ]
    simulated = faces.samples.set_index("sample_id")["simulated"]
    return {
        "format": "gestalt-regions reader study",
        "version": 1,
        "simulated_faces": bool(simulated[chosen["sample_id"]].any()),
        "cohort": settings["cohort"],
        "model": settings["model"],
        "design": settings["design"],
        "arms": list(items.ARMS),
        "classes": list(classes),
        "sequences": items.sequences(settings["design"], settings["readers"], seed),
        "items": listed,
        "composites": [],
        "likert": LIKERT,
        "levels": LEVELS,
    }


def write_kit(
    files: Mapping[str, str],
    predictions: Sequence[str],
    maps: Mapping[str, Sequence[str]],
    page: Mapping[str, str],
    texts: Mapping[str, str],
    *,
    kit: str | os.PathLike,
    design: str | os.PathLike,
    settings: Mapping,
    seed: int,
) -> None:
    """Write the kit and the design of a reader study.

    Parameters
    ----------
    files : mapping
        crops, index, samples, and landmarks where there are composites.
    predictions : sequence of str
        predictions.csv of each network.
    maps : mapping
        Method -> its maps, one file a network.
    page : mapping
        Name -> file: index.html, the scripts and styles, README.txt, en.yaml.
    texts : mapping
        Language -> its file.
    kit, design : str or path
        The folder for readers; design.json, which is not for them.
    settings : mapping
        Section `reader_study` of the config, with cohort, model and colormap.
    seed : int
        The study's.

    Raises
    ------
    InputError
        Where faces are too few, a text is missing, or files do not fit each other.
    """
    faces, (answers, classes) = load_faces(files), load_answers(predictions, settings["set"])
    loaded = {method: load_maps(paths, settings["set"]) for method, paths in maps.items()}
    said = read_texts({code: Path(path) for code, path in texts.items()}, Path(page["en.yaml"]), classes)
    study = design_of(faces, answers, classes, {m: targets for m, (_, targets) in loaded.items()}, settings, seed=seed)
    images = {}
    for each in study["items"]:
        crop = faces.crop(each["sample_id"])
        images[each["item"]] = pictures.as_jpeg(crop)
        for shown in each["explanations"]:
            stack, row = loaded[shown["method"]][0][each["sample_id"]]
            drawn = pictures.explanation(crop, stack[row, ABSOLUTE], settings["colormap"])
            images[shown["explanation"]] = pictures.as_jpeg(drawn)
    made = _composites(faces, seed) if settings["composites"] else []
    for item, (label, picture, people) in zip(items.numbered("C", len(made)), made, strict=True):
        images[item] = pictures.as_jpeg(picture)
        study["composites"].append({"item": item, "class": label, "people": people})
    shown = _shown(study, said, settings, images)
    study = {"study": shown["study"], **study}
    if problem := first_problem(study, "design"):
        raise InputError(f"{design}: the design has not the form of design.schema.json: {problem}")
    _write_folder(Path(kit), page, shown, images, _readme(Path(page["README.txt"]).read_text(encoding="utf-8"), study))
    write_text(json.dumps(study, indent=1, ensure_ascii=False) + "\n", design)
    wrong = sum(not each["ai_right"] for each in study["items"])
    log.info("study %s: %d faces, the AI is wrong on %d; %s", shown["study"], len(study["items"]), wrong, WHO_MAY)


def _write_folder(
    folder: Path, page: Mapping[str, str], shown: Mapping, images: Mapping[str, bytes], readme: str
) -> None:
    """The files of the kit."""
    texts = {name: Path(path).read_text(encoding="utf-8") for name, path in page.items()}
    script = "\n".join(texts[name] for name in SCRIPTS)
    write_text(texts["index.html"], folder / "index.html")
    write_text("\n".join(texts[name] for name in STYLES), folder / "style.css")
    write_text(f'"use strict";\n(() => {{\n{script}}})();\n', folder / "app.js")
    data = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    write_text(f"window.STUDY = {data};\n", folder / "study.js")
    write_text(readme, folder / "README.txt")
    for name, content in images.items():
        with atomic(folder / "images" / f"{name}.jpg") as temporary:
            temporary.write_bytes(content)
