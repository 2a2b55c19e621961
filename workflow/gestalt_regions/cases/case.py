"""One case: a new photograph, what the networks say of it and why, as tables and arrays for a page."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image

from gestalt_regions import __version__
from gestalt_regions.cases import context, explanations, neighbours, quality, recognition
from gestalt_regions.cases.fold_gallery import COLUMNS as COEFFICIENTS
from gestalt_regions.cases.fold_gallery import NEIGHBOUR, answers
from gestalt_regions.cases.new_face import NewFace, read_face, region_maps_of, with_new_face
from gestalt_regions.cases.quality import HIDDEN
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import atomic, read_table, write_array, write_table, write_text
from gestalt_regions.faces.face_shards import FaceSettings
from gestalt_regions.faces.face_warnings import HARMLESS, WARNINGS, kinds
from gestalt_regions.folds.assign import HELDOUT
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.jobs.provenance import package_digest, packages
from gestalt_regions.models import checkpoint
from gestalt_regions.models.precision import network_precision
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.given_faces import Faces, for_faces, open_faces
from gestalt_regions.saliency.methods.morph import LEVELS
from gestalt_regions.saliency.morph.kept_signs import all_kept

log = logging.getLogger("gestalt_regions")
SHOWN_SIDE = 512  # pixels of the longer side of the whole photograph in a case
SIMULATED = (
    "Simulated study: its faces, its networks' training and the nearest faces are simulated. For a real photograph its "
    "numbers mean nothing."
)
TABLES = {
    "quality": quality.COLUMNS,
    "probabilities": recognition.PROBABILITIES,
    "classes": recognition.CLASSES,
    "calibration": recognition.CALIBRATION,
    "maps_table": explanations.MAPS,
    "regions": explanations.REGIONS,
    "values": explanations.VALUES,
    "neighbours": neighbours.COLUMNS,
    "standing": context.STANDING,
    "terms": context.TERMS,
}


@dataclass(frozen=True)
class CaseSettings:
    """What is asked of a case: the section `case` of the config, and what of the study it needs.

    `methods` is name -> settings of those that the study has; `notes` are cautions of every case. `policy` and
    `region_set` are those of the coefficients, `alike_set` is the region set of the likeness with neighbours.
    """

    cohort: str
    model: str
    backbone: str
    simulated: bool
    folds: Sequence[str]
    methods: Mapping[str, Mapping]
    notes: Sequence[str]
    classes: Sequence[str]
    against: str
    level: float
    neighbours: int
    control: str
    policy: str
    policies: Mapping[str, Mapping]
    region_set: str
    alike_set: str
    faces: Mapping
    device: str
    precision: str
    batch: int
    seed: int


class _Study:
    """The networks of a study and its faces, with a new face behind them."""

    def __init__(self, inputs: Mapping[str, str | Sequence[str]], asked: CaseSettings, face: NewFace) -> None:
        self.asked, self.face = asked, face
        where, given = choose_device(asked.device), for_faces(inputs)
        precision = network_precision(asked.precision, where)
        self.index = read_table(given["index"], ["row", "sample_id", "warnings"], strings=["sample_id", "warnings"])
        self.galleries = {
            fold: recognition.read_gallery(path) for fold, path in zip(asked.folds, inputs["galleries"], strict=True)
        }
        self.explainers: dict[str, Explainer] = {}
        self.faces: dict[str, Faces] = {}
        of_folds = np.reshape(inputs["signs"], (len(asked.folds), -1)).tolist()
        for fold, path, signs in zip(asked.folds, inputs["checkpoints"], of_folds, strict=True):
            network, preprocess, facts = checkpoint.load(path, str(inputs["asset"]))
            network = network.to(where).to(memory_format=torch.channels_last)
            explainer = Explainer(network, asked.batch, preprocess, precision)
            study = open_faces(given, str(inputs["crops"]), fold=fold, classes=facts["classes"], control=asked.control)
            self.size, self.classes = preprocess.size, list(facts["classes"])
            if not self.faces:
                self.regions = region_maps_of(face, self.size, given["sets"], list(study.regions))
            faces = with_new_face(study, face, self.regions, self.size)
            LEVELS[explainer] = all_kept(signs, faces)
            self.explainers[fold], self.faces[fold] = explainer, faces
        self.table = study.table
        self.crops = study.crops
        self.crop = face.arrays["crops", self.size]
        said = {fold: answers(explainer, self.crop[None]) for fold, explainer in self.explainers.items()}
        self.embeddings = {fold: embedding[0] for fold, (embedding, _) in said.items()}
        self.logits = {fold: logits[0].astype(float) for fold, (_, logits) in said.items()}


def explain_case(
    inputs: Mapping[str, str | Sequence[str]], outputs: Mapping[str, str], *, name: str, threads: int, asked: Mapping
) -> None:
    """Write everything that a case is made of. A photograph without a usable face gives a refusal, not an error.

    Parameters
    ----------
    inputs : mapping of str to path
        photo, detector, parser, landmarks ("" if no method takes them), asset ("" if none), crops, what
        given_faces.open_faces reads; of each fold checkpoints, galleries and coefficients (cases/fold_gallery.py), and
        signs of each method that makes any (saliency/morph/kept_signs.py); recipes, terms.
    outputs : mapping of str to path
        case (JSON), the tables of TABLES, maps, pictures and neighbour_faces (.npy), crop, face, regions_map (.png),
        photo (.jpg).
    name : str
        Of the case.
    threads : int
        Number of threads.
    asked : mapping
        Fields of CaseSettings; and ranking, region_values and frequencies: paths that are read if they are there.
    """
    deterministic()
    extra = {key: str(asked[key]) for key in ("ranking", "region_values", "frequencies")}
    settings = CaseSettings(**{key: value for key, value in asked.items() if key not in extra})
    face = read_face(
        str(inputs["photo"]),
        FaceSettings(**settings.faces),
        detector=str(inputs["detector"]),
        parser=str(inputs["parser"]),
        landmarks=str(inputs["landmarks"] or ""),
        threads=threads,
    )
    about: dict[str, object] = {
        "name": name,
        "photo": Path(str(inputs["photo"])).name,
        "cohort": settings.cohort,
        "model": settings.model,
        "backbone": settings.backbone,
        "simulated": SIMULATED if settings.simulated else "",
        "refusal": face.refusal,
        "cautions": [],
        "control": settings.control,
        "against": settings.against,
        "methods": list(settings.methods),
        "folds": list(settings.folds),
        "level": settings.level,
        "region_set": settings.region_set,
        "regions": list(region_ids(str(inputs["faces_sets"]), settings.region_set)),
        "policy": settings.policy,
    }
    if face.refusal:
        log.warning("%s: %s", about["photo"], face.refusal)
        _write_refusal(inputs, outputs, about, face, settings)
        return
    study = _Study(inputs, settings, face)
    _write_case(inputs, outputs, about, study, extra)


def _write_refusal(
    inputs: Mapping, outputs: Mapping[str, str], about: dict[str, object], face: NewFace, settings: CaseSettings
) -> None:
    """Everything that a case has, empty."""
    from safetensors import safe_open

    with safe_open(inputs["checkpoints"][0], framework="np") as stream:
        facts = json.loads(stream.metadata()["gestalt_regions"])
    size = facts["preprocess"]["size"]
    for key, columns in TABLES.items():
        write_table(pd.DataFrame(columns=columns), outputs[key])
    _write_arrays(outputs, np.empty((0, size, size), np.float32), *2 * [np.empty((0, size, size, 3), np.uint8)])
    black = np.zeros((size, size, 3), np.uint8)
    _write_pictures(outputs, face, black, black, black[..., 0])
    _write_about(outputs, about | {"classes": facts["classes"], "asked": [], "size": size})


def _write_case(
    inputs: Mapping, outputs: Mapping[str, str], about: dict[str, object], study: _Study, extra: Mapping[str, str]
) -> None:
    """All tables, arrays and pictures of a face."""
    asked, face, names = study.asked, study.face, study.classes
    calibrated = recognition.calibrated(study.table, study.galleries, names, asked.level, asked.seed)
    p_values = calibrated.conformal.p_values({fold: logits[None] for fold, logits in study.logits.items()})[0]
    probabilities = recognition.probability_table(study.logits, calibrated.heat, names)
    classes = recognition.class_table(probabilities, p_values, names, asked.level)
    for each in [*asked.classes, *([asked.against] if asked.against else [])]:
        if each not in names:
            raise InputError(f"config case: '{each}' is no class of the network; {nearest(each, names)}")
    chosen = recognition.asked_classes(classes, asked.classes, asked.control, asked.against)
    alike = neighbours.similarities(study.embeddings, study.galleries, study.table["fold"])
    same = neighbours.copies(study.crop, study.crops, alike)
    like = recognition.likeness(study.embeddings, study.galleries, study.table, NEIGHBOUR)
    made = _explained(study, chosen)
    near = _neighbour_table(study, alike, same)
    maps_table, maps = explanations.map_table(made, asked.policy, study.size)
    values, pictures = explanations.value_table(made, study.size)
    coefficients = pd.concat([read_table(path, COEFFICIENTS, strings=["sample_id"]) for path in inputs["coefficients"]])
    region_names = [str(each) for each in about["regions"]] if isinstance(about["regions"], list) else []
    tables = {
        "quality": quality.quality_table(face, study.index, study.crops, like, study.size),
        "probabilities": probabilities,
        "classes": classes,
        "calibration": calibrated.table,
        "maps_table": maps_table,
        "regions": explanations.region_table(made, coefficients, asked.policy, region_names, asked.control),
        "values": values,
        "neighbours": near[neighbours.COLUMNS],
        "standing": context.standing_table(list(asked.methods), extra["ranking"], extra["region_values"]),
        "terms": context.term_table(chosen, inputs["recipes"], inputs["terms"], extra["frequencies"]),
    }
    for key, table in tables.items():
        write_table(table, outputs[key])
    faces = (
        np.stack([study.crops[row] for row in near["row"]]) if len(near) else np.empty((0, *study.crop.shape), np.uint8)
    )
    _write_arrays(outputs, maps, pictures, faces)
    largest = face.arrays["crops", 224 if ("crops", 224) in face.arrays else max(size for _, size in face.arrays)]
    _write_pictures(outputs, face, study.crop, largest, study.regions[asked.region_set])
    cautions = [*_cautions(face, study, same), *made.problems, *asked.notes]
    _write_about(outputs, about | {"classes": names, "asked": chosen, "size": study.size, "cautions": cautions})
    first = classes.iloc[0]
    log.info(
        "%s: %s with %.0f %%; explained for %s", about["photo"], first["class"], 100 * first["probability"], chosen
    )


def _explained(study: _Study, chosen: Sequence[str]) -> explanations.Made:
    """All methods for all asked classes, by all folds' networks."""
    asked, made = study.asked, explanations.Made()
    key = hashlib.sha256(study.crop.tobytes()).hexdigest()[:16]
    for fold, explainer in study.explainers.items():
        explanations.explain_fold(
            made,
            explainer,
            study.faces[fold],
            chosen,
            methods=asked.methods,
            against=asked.against,
            region_map=study.regions[asked.region_set],
            regions=len(study.faces[fold].names[asked.region_set]),
            policy=asked.policies[asked.policy],
            seed=asked.seed,
            key=key,
        )
    made.problems = list(dict.fromkeys(made.problems))
    return made


def _neighbour_table(study: _Study, alike: np.ndarray, same: Sequence[int]) -> pd.DataFrame:
    """The nearest faces, with the regions that make them alike."""
    asked = study.asked
    near = neighbours.nearest_faces(study.table, alike, same, asked.neighbours)
    words = []
    names = next(iter(study.faces.values())).names[asked.alike_set]
    by_fold: dict[str, np.ndarray] = {}
    for fold, explainer in study.explainers.items():
        if not explainer.network.spatial or not len(near):
            return near.assign(alike="")
        others = np.stack([study.crops[row] for row in near["row"]])
        regions = study.regions[asked.alike_set]
        by_fold[fold] = neighbours.likeness_by_region(explainer, study.crop, others, regions, len(names))
    for number, fold in enumerate(near["fold"]):
        used = [fold] if fold in by_fold else list(by_fold)
        words.append(neighbours.alike_words(np.mean([by_fold[each][number] for each in used], axis=0), names))
    return near.assign(alike=words)


def _cautions(face: NewFace, study: _Study, same: Sequence[int]) -> list[str]:
    """What must be said before the numbers are read."""
    said = []
    for row in same:
        one = study.table.iloc[row]
        fold = one["fold"]
        trained = [each for each in study.asked.folds if fold not in ("", HELDOUT, each)]
        whose = (
            f"the networks of the folds {', '.join(trained)} were trained on it"
            if trained
            else "no network was trained on it"
        )
        said.append(f"This photograph is in the study ({one['sample_id']}, {one['label']}): {whose}.")
    words = kinds(str(face.described["warnings"]))
    if "largest_of_n" in words:
        said.append(f"{face.described['faces_found']} faces in the photograph; the largest is taken.")
    if "glasses" in words:
        said.append("The person wears glasses.")
    for kind in words:
        if kind in WARNINGS and kind not in (*HARMLESS, *HIDDEN, "largest_of_n", "found_at_n"):
            meaning = WARNINGS[kind].replace("by n degrees", f"by {face.described['turned']} degrees")
            said.append(f"{meaning[0].upper()}{meaning[1:]}.")
    return said


def _write_arrays(outputs: Mapping[str, str], maps: np.ndarray, pictures: np.ndarray, faces: np.ndarray) -> None:
    """Maps, pictures and the faces of neighbours."""
    write_array(maps, outputs["maps"])
    write_array(pictures, outputs["pictures"])
    write_array(faces, outputs["neighbour_faces"])


def _write_pictures(
    outputs: Mapping[str, str], face: NewFace, crop: np.ndarray, largest: np.ndarray, regions: np.ndarray
) -> None:
    """The face as the network sees it, larger, its regions; the photograph, without anything but pixels."""
    pixels = face.photo.pixels if face.photo else np.full((64, 64, 3), 255, np.uint8)
    whole = Image.fromarray(pixels)
    whole.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    for key, picture in (("crop", crop), ("face", largest), ("regions_map", regions)):
        with atomic(outputs[key]) as temporary:
            Image.fromarray(picture).save(temporary, format="PNG")
    with atomic(outputs["photo"]) as temporary:
        Image.fromarray(np.asarray(whole)).save(temporary, format="JPEG", quality=90)


def _write_about(outputs: Mapping[str, str], about: Mapping[str, object]) -> None:
    """case.json."""
    made_with = {"gestalt_regions": __version__, "code": package_digest(), **packages()}
    write_text(json.dumps({**about, "made_with": made_with}, indent=1, ensure_ascii=False) + "\n", outputs["case"])
