"""The steps of the pretraining: train on the first faces, then compare with ArcFace on the faces of a study."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from gestalt_regions.assets.fetching import sha256
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import derive
from gestalt_regions.folds.assign import HELDOUT
from gestalt_regions.folds.fold_table import fold_table
from gestalt_regions.jobs import code_digest, partial
from gestalt_regions.jobs.device import deterministic
from gestalt_regions.models.architectures import arcface, resnet_morph
from gestalt_regions.pretraining import linear_probe
from gestalt_regions.pretraining.morphology_regression import by_group, train_morphology
from gestalt_regions.pretraining.training_set import Faces

SCRIPT = Path(code_digest.HOME).parent / "scripts/morph_train.py"
CEILING, UNTRAINED = "ArcFace MobileFaceNet", "untrained ResNet-18"


def epochs(training: Mapping, count: int) -> int:
    """As many as show `images` faces, but not more than `most_epochs`.

    Parameters
    ----------
    training : Mapping
        Config morph.training.
    count : int
        Faces that are trained on.

    Returns
    -------
    int
        1 or more.
    """
    return max(1, min(training["most_epochs"], round(training["images"] / count)))


def train_stage(
    shards: Sequence[str], outputs: Mapping[str, str], *, count: int, heldout: int, training: Mapping, seed: int
) -> None:
    """Train on the first faces of the shards, judge on their last.

    A run that was stopped goes on after its last whole epoch (jobs/partial.py).

    Parameters
    ----------
    shards : Sequence of str
        Folders of rendered faces.
    outputs : Mapping
        Paths of weights, history, scores (R² of every target on the held-out people).
    count : int
        Faces that are trained on.
    heldout : int
        Faces that are judged.
    training : Mapping
        Config morph.training.
    seed : int
        The study's.

    Raises
    ------
    InputError
        If there are fewer faces.
    """
    deterministic()
    faces = Faces.load(shards)
    if count > len(faces) - heldout:
        raise InputError(f"config morph.counts: {count} faces wanted, {len(faces) - heldout} are there (morph.faces)")
    fit, judged = np.arange(count), np.arange(len(faces) - heldout, len(faces))
    settings = {**training, "epochs": epochs(training, count)}
    facts = {
        "architecture": training["architecture"],
        "faces": count,
        "heldout_faces": heldout,
        "training": settings,
        "training_set_sha256": digest(shards),
        "code": code_digest.digest_of_code(SCRIPT, ()),
        "seed": seed,
    }
    with partial.partial(outputs["weights"], partial.digest_of_work([], facts, torch.__version__)) as folder:
        net, history, r2 = train_morphology(
            faces, fit, judged, settings=settings, seed=derive(seed, "morph", "train"), folder=folder
        )
        scores = pd.DataFrame({"target": faces.target_names(), "group": faces.groups(), "n": heldout, "r2": r2})
        resnet_morph.save(outputs["weights"], net, facts | {"heldout_r2": by_group(r2, faces.groups())})
        write_table(history, outputs["history"])
        write_table(scores, outputs["scores"])


def digest(shards: Sequence[str]) -> str:
    """SHA-256 over the digests of every shard's files, in order: what the network was trained and judged on.

    Parameters
    ----------
    shards : Sequence of str
        Folders of rendered faces.

    Returns
    -------
    str
        Hexadecimal.
    """
    names = ("crops.npy", "landmarks.npy", "targets.csv")
    parts = [sha256(str(Path(shard) / name)) for shard in shards for name in names]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def write_curve(
    inputs: Mapping[str, str],
    weights: Sequence[str],
    scores: Sequence[str],
    output: str,
    *,
    C: float,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write curve.csv: the probe on ArcFace, on an untrained network and on every backbone; and held-out R² by group.

    The study's held-out images are not used. Columns: those of linear_probe.compare (the first is ArcFace), faces, C,
    r2_<group>.

    Parameters
    ----------
    inputs : Mapping
        Paths of crops (112 px), index, folds, arcface.
    weights, scores : Sequence of str
        Of each pretrained backbone.
    output : str
        The CSV.
    C : float
        Inverse regularisation of the probe.
    bootstrap : Mapping
        Config bootstrap.
    seed : int
        The study's.
    """
    table = fold_table(inputs["index"], inputs["folds"])
    table = table[table["fold"] != HELDOUT].reset_index(drop=True)
    facts = [resnet_morph.read(path)[1] for path in weights]
    torch.manual_seed(derive(seed, "morph", "untrained"))
    untrained = resnet_morph.network(facts[-1]["architecture"], 2)
    networks = {CEILING: arcface.build(2, 0.0, inputs["arcface"], {}), UNTRAINED: (untrained, resnet_morph.PREPROCESS)}
    for path, one in zip(weights, facts, strict=True):
        networks[f"resnet18_morph, {one['faces']} faces"] = resnet_morph.build(2, 0.0, path, {})
    rows = table["row"].to_numpy()
    features = {name: linear_probe.frozen_features(*built, inputs["crops"], rows) for name, built in networks.items()}
    probed = linear_probe.compare(features, table, C=C, bootstrap=bootstrap, seed=seed)
    probed["faces"], probed["C"] = [0, 0, *(one["faces"] for one in facts)], C
    groups = [read_table(path, ["group", "r2"]).groupby("group").r2.mean().add_prefix("r2_") for path in scores]
    write_table(pd.concat([probed, pd.DataFrame([{}, {}, *groups])], axis=1), output)
