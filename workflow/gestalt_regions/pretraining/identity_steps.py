"""The steps of the identity pretraining: faces of a source, weights of each part, and the curve of what they gain."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file

from gestalt_regions.assets.fetching import sha256
from gestalt_regions.core.io import atomic, read_table, write_table
from gestalt_regions.core.seeds import derive, generator
from gestalt_regions.folds.fold_table import fold_table
from gestalt_regions.jobs.code_digest import digest_of_code
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.jobs.partial import digest_of_work, partial
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.models.finite import check_weights
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.pretraining.identity_faces import (
    READERS,
    IdentityFaces,
    aligner,
    already_aligned,
    write_faces_shard,
)
from gestalt_regions.pretraining.identity_training import split_people, train_identities
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval

log = logging.getLogger("gestalt_regions")


def make_faces(
    inputs: Mapping[str, str], output: str, *, shard: int, identities: Mapping, faces: Mapping, threads: int
) -> None:
    """Read a shard of identity data.

    Parameters
    ----------
    inputs : Mapping
        Paths of detector ("" where faces are aligned already) and photographs ("": those of identities.path; else a
        folder of simulated people, which are this shard's).
    output : str
        The folder.
    shard : int
        1..identities.shards.
    identities, faces : Mapping
        Sections of the config.
    threads : int
        Number of threads.
    """
    to_frame = aligner(inputs["detector"], faces, threads) if inputs["detector"] else already_aligned
    if inputs["photographs"]:
        people, where = READERS["folder"](inputs["photographs"]), {"shard": 1, "shards": 1, "most": 0}
    else:
        people = READERS[identities["kind"]](identities["path"])
        where = {"shard": shard, "shards": identities["shards"], "most": identities["people"]}
    write_faces_shard(people, output, to_frame=to_frame, **where)


def pretrain_expert(
    shards: Sequence[str],
    asset: str,
    outputs: Mapping[str, str],
    *,
    part: str,
    people: int,
    settings: Mapping,
    bootstrap: Mapping,
    seed: int,
    device: str,
) -> None:
    """Train an expert to tell people apart, and keep its stages.

    A run that was stopped goes on after its last whole epoch (jobs/partial.py).

    Parameters
    ----------
    shards : sequence of str
        Folders that `make_faces` wrote.
    asset : str
        resources/face_parts.csv.
    outputs : Mapping
        Paths of weights, history and accuracy.
    part : str
        Part of the face.
    people : int
        The first so many; 0 is all.
    settings : Mapping
        Of config identities.settings.
    bootstrap : Mapping
        Config statistics.bootstrap.
    seed : int
        The study's.
    device : str
        Config run.device.
    """
    deterministic()
    faces = IdentityFaces.load(shards, people)
    seed = derive(seed, "identities", part)
    heldout, where = split_people(faces.person, settings["heldout"], seed), choose_device(device)
    torch.manual_seed(derive(seed, "weights"))
    network, _ = build(len(faces.names), settings["dropout"], asset, {"part": part})
    facts = {
        "backbone": "deepgestalt",
        "part": part,
        "people": len(faces.names),
        "faces": int((~heldout).sum()),
        "settings": dict(settings),
        "faces_sha256": _digest(shards),
        "seed": seed,
    }
    code = digest_of_code(__file__, [f"{build.__module__}:{build.__name__}"])
    machine = [torch.__version__, where.type, torch.get_num_threads()]
    with partial(outputs["weights"], digest_of_work([asset], facts, code, *machine)) as folder:
        history, known = train_identities(
            network.to(where), faces, heldout, settings=settings, seed=seed, folder=folder
        )
        names = [faces.names[i] for i in faces.person[heldout]]
        accuracy = _accuracy(names, known, bootstrap, seed) | {"part": part, "people": len(faces.names)}
        accuracy |= {"faces": facts["faces"], "chance": 1 / len(faces.names)}
        save_stages(outputs["weights"], network, facts | {"accuracy": accuracy["accuracy"]})
        write_table(history, outputs["history"])
        columns = ["part", "people", "faces", "heldout_faces", "accuracy", "low", "high", "chance"]
        write_table(pd.DataFrame([accuracy])[columns], outputs["accuracy"])


def _digest(shards: Sequence[str]) -> str:
    """SHA-256 over the digests of every shard's files, in order."""
    parts = [sha256(str(Path(shard) / name)) for shard in shards for name in ("faces.npy", "index.csv")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _accuracy(names: Sequence[str], known: np.ndarray, bootstrap: Mapping, seed: int) -> dict[str, float]:
    """Share of held-out faces that are known; the interval is over people."""
    weights = Weights(names, bootstrap["n_resamples"], generator(seed, "accuracy"))
    low, high = interval(weights.mean(known.astype(float)), bootstrap["level"], weights.groups)
    return {"heldout_faces": len(known), "accuracy": float(known.mean()), "low": low, "high": high}


def save_stages(path: str, network: StagedNetwork, facts: Mapping) -> None:
    """Write the stages of a network without its classifier, so that they start an expert of any part and any classes.

    Parameters
    ----------
    path : str
        The safetensors file.
    network : StagedNetwork
        Trained.
    facts : Mapping
        What a reader may want to know; JSON, as the file's metadata `identities`.

    Raises
    ------
    InputError
        For weights that are not finite.
    """
    check_weights(network, path, "nothing is written")
    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    state = {name: value for name, value in state.items() if not name.startswith("head.")}
    with atomic(path) as temporary:
        save_file(state, temporary, metadata={"identities": json.dumps(facts, sort_keys=True)})


def write_gain(
    inputs: Mapping[str, str],
    runs: Sequence[Mapping],
    output: str,
    *,
    bootstrap: Mapping,
    seed: int,
    simulated: bool,
) -> None:
    """Write the curve: accuracy of fine-tuning against the number of people that an expert learnt to know first.

    Judged are the images that a network has not seen: those of its fold, and the held-out ones, each of which counts by
    the mean over the folds' networks. A row for each part and number of people: part, people, images, groups, accuracy,
    low, high, gain, gain_low, gain_high (less the accuracy without pretraining, on the same draws of groups),
    identity_accuracy, identity_low, identity_high (of held-out photographs of the people), simulated.

    Parameters
    ----------
    inputs : Mapping
        Paths of index and folds.
    runs : sequence of Mapping
        part, people, predictions (paths, of each judged fold), accuracy (path; "" without pretraining), each part's
        run without pretraining first.
    output : str
        The CSV.
    bootstrap : Mapping
        Config statistics.bootstrap: group, n_resamples, level.
    seed : int
        The study's.
    simulated : bool
        Whether the cohort's faces are.
    """
    table = fold_table(inputs["index"], inputs["folds"])
    group = table.set_index("sample_id")[bootstrap["group"]]
    random, rows, weights = generator(seed, "identities", "gain"), [], None
    first: dict[str, tuple[float, np.ndarray]] = {}
    for run in runs:
        judged = pd.concat([read_table(path, ["sample_id", "correct"], ["sample_id"]) for path in run["predictions"]])
        right = judged.groupby("sample_id")["correct"].mean()
        hits = right.to_numpy(float)
        if weights is None:
            weights = Weights(group[right.index], bootstrap["n_resamples"], random)
        draws = weights.mean(hits)
        value, drawn = first.setdefault(run["part"], (hits.mean(), draws))
        row = {"part": run["part"], "people": run["people"], "images": len(hits), "groups": weights.groups}
        for name, point, resampled in (("", hits.mean(), draws), ("gain", hits.mean() - value, draws - drawn)):
            low, high = interval(resampled, bootstrap["level"], weights.groups)
            row |= {name or "accuracy": point, f"{name}_low".strip("_"): low, f"{name}_high".strip("_"): high}
        known = read_table(run["accuracy"]).iloc[0] if run["accuracy"] else {}
        row |= {f"identity_{key}": known.get(key, np.nan) for key in ("accuracy", "low", "high")}
        rows.append(row | {"simulated": simulated})
    write_table(pd.DataFrame(rows), output)
