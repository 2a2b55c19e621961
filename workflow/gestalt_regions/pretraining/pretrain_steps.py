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
from gestalt_regions.pretraining.morphology_regression import by_group, train
from gestalt_regions.pretraining.training_set import Faces

SCRIPT = Path(code_digest.HOME).parent / "scripts/morph_train.py"
CEILING, UNTRAINED = "ArcFace MobileFaceNet", "untrained ResNet-18"


def epochs(training: Mapping, count: int) -> int:
    """As many as show `images` faces, but not more than `most_epochs`."""
    return max(1, min(training["most_epochs"], round(training["images"] / count)))


def train_stage(
    shards: Sequence[str], outputs: Mapping[str, str], *, count: int, heldout: int, training: Mapping, seed: int
) -> None:
    """Train on the first `count` faces of the shards, judge on their last `heldout`.

    outputs: weights, history, scores (R² of every target on the held-out people).

    A run that was stopped goes on after its last whole epoch (jobs/partial.py).
    """
    deterministic()
    faces = Faces.load(shards)
    if count > len(faces) - heldout:
        raise InputError(f"config morph.counts: {count} faces wanted, {len(faces) - heldout} are there (morph.faces)")
    fit, judged = np.arange(count), np.arange(len(faces) - heldout, len(faces))
    settings = {**training, "epochs": epochs(training, count)}
    about = {
        "architecture": training["architecture"],
        "faces": count,
        "heldout_faces": heldout,
        "training": settings,
        "training_set_sha256": digest(shards),
        "code": code_digest.digest_of_code(SCRIPT, ()),
        "seed": seed,
    }
    with partial.partial(outputs["weights"], partial.digest_of_work([], about, torch.__version__)) as folder:
        net, history, found = train(faces, fit, judged, settings, derive(seed, "morph", "train"), folder)
        scores = pd.DataFrame({"target": faces.target_names(), "group": faces.groups(), "n": heldout, "r2": found})
        resnet_morph.save(outputs["weights"], net, about | {"heldout_r2": by_group(found, faces.groups())})
        write_table(history, outputs["history"])
        write_table(scores, outputs["scores"])


def digest(shards: Sequence[str]) -> str:
    """SHA-256 over the digests of every shard's files, in order: what the network was trained and judged on."""
    names = ("crops.npy", "landmarks.npy", "targets.csv")
    parts = [sha256(str(Path(shard) / name)) for shard in shards for name in names]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def curve(
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

    inputs: crops (112 px), index, folds, arcface; the study's held-out images are not used. Columns: those of
    probe.compare (the first is ArcFace), faces, C, r2_<group>.
    """
    table = fold_table(inputs["index"], inputs["folds"])
    table = table[table["fold"] != HELDOUT].reset_index(drop=True)
    abouts = [resnet_morph.read(path)[1] for path in weights]
    torch.manual_seed(derive(seed, "morph", "untrained"))
    untrained = resnet_morph.network(abouts[-1]["architecture"], 2)
    networks = {CEILING: arcface.build(2, 0.0, inputs["arcface"], {}), UNTRAINED: (untrained, resnet_morph.PREPROCESS)}
    for path, about in zip(weights, abouts, strict=True):
        networks[f"resnet18_morph, {about['faces']} faces"] = resnet_morph.build(2, 0.0, path, {})
    rows = table["row"].to_numpy()
    seen = {name: linear_probe.features(*built, inputs["crops"], rows) for name, built in networks.items()}
    found = linear_probe.compare(seen, table, C=C, bootstrap=bootstrap, seed=seed)
    found["faces"], found["C"] = [0, 0, *(about["faces"] for about in abouts)], C
    groups = [read_table(path, ["group", "r2"]).groupby("group").r2.mean().add_prefix("r2_") for path in scores]
    write_table(pd.concat([found, pd.DataFrame([{}, {}, *groups])], axis=1), output)
