"""What cases need of one fold's network and the study's faces, made once: answers, embeddings, coefficients."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import atomic, read_array, read_table, write_table
from gestalt_regions.core.progress import track
from gestalt_regions.core.seeds import derive
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.models import checkpoint
from gestalt_regions.models.precision import network_precision
from gestalt_regions.regions.coefficients import coefficient_pieces, image_coefficients
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.explanation import Explanation, attribution_of
from gestalt_regions.saliency.given_faces import Faces, GivenFaces, for_faces, open_faces
from gestalt_regions.saliency.method_registry import Method, resolve
from gestalt_regions.saliency.methods.morph import LEVELS
from gestalt_regions.saliency.morph.kept_signs import all_kept

log = logging.getLogger("gestalt_regions")
COLUMNS = ["sample_id", "fold", "set", "label", "target", "method", "region", "coefficient"]
NEIGHBOUR = 8  # the nearest training face that tells how far a face is from what the network knows
CONTROLS = 20  # faces of the control class in each fold that are explained for every other class, at most
CHUNK = 500  # faces whose distances are looked at together


def answers(explainer: Explainer, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a network says of faces.

    Parameters
    ----------
    explainer : Explainer
        The network.
    crops : ndarray
        uint8 [n, s, s, 3].

    Returns
    -------
    embeddings : ndarray of float32 [n, d]
        Of length one.
    logits : ndarray of float32 [n, classes]
        As the network gives them.
    """
    embeddings, logits = [], []
    with torch.no_grad():
        for start in range(0, len(crops), explainer.batch):
            part = np.array(crops[start : start + explainer.batch])  # a copy: of a file that is open for reading
            hidden = explainer.exact.run(explainer.input(part))
            embeddings.append(torch.nn.functional.normalize(hidden).float().cpu().numpy())
            logits.append(explainer.exact.head(hidden).float().cpu().numpy())
    return np.concatenate(embeddings), np.concatenate(logits)


def distances_to(embeddings: np.ndarray, training: np.ndarray, k: int) -> np.ndarray:
    """How far faces are from the k-th nearest training face (Sun et al., ICML 2022).

    Parameters
    ----------
    embeddings : ndarray
        [n, d], of length one.
    training : ndarray
        [m, d], of the faces that the network was trained on.
    k : int
        Which neighbour; the last there is, if there are fewer.

    Returns
    -------
    ndarray of float
        [n], 1 less the cosine.
    """
    k = min(k, len(training))
    parts = [embeddings[i : i + CHUNK] @ training.T for i in range(0, len(embeddings), CHUNK)]
    return np.concatenate([1 - np.partition(part, -k, axis=1)[:, -k] for part in parts])


def explain(
    method: Method,
    explainer: Explainer,
    faces: GivenFaces,
    targets: Sequence[int],
    seeds: Sequence[int],
    parameters: Mapping,
) -> tuple[np.ndarray, Tensor | Explanation]:
    """Explain some faces.

    Parameters
    ----------
    method : Method
        The method.
    explainer : Explainer
        The fold's network.
    faces : GivenFaces
        Which faces.
    targets : sequence of int
        The class of each face.
    seeds : sequence of int
        One for each face.
    parameters : mapping
        Of the method, without target.

    Returns
    -------
    maps : ndarray of float32 [n, 2, s, s]
        Signed and absolute sums over channels.
    result : Tensor or Explanation
        What the method gave.
    """
    x = explainer.input(np.asarray(faces.faces.crops[list(faces.rows)]))
    result = method(explainer, x, torch.tensor(list(targets), device=x.device), seeds, faces, dict(parameters))
    return channel_sums(attribution_of(result).detach(), x.shape[3]), result


class _FoldCoefficients:
    """Region coefficients of the study's faces by one fold's network, under one policy and over one region set."""

    def __init__(self, fold: str, faces: Faces, inputs: Mapping[str, str], policy: Mapping, region_set: str) -> None:
        self.fold, self.faces, self.policy, self.region_set = fold, faces, policy, region_set
        self.ids = region_ids(inputs["sets"], region_set)
        self.index, self.regions = inputs["index"], inputs[f"regions_{region_set}"]

    def stored(self, name: str, maps: str, index: str) -> pd.DataFrame:
        """Of the study's own maps, each for the class that the network took the face for."""
        pieces = coefficient_pieces(
            maps=[maps],
            indices=[index],
            folds=[self.fold],
            index=self.index,
            regions=self.regions,
            policies={"": self.policy},
            ids=self.ids,
            region_set=self.region_set,
        )
        return pd.concat([piece.assign(method=name)[COLUMNS] for piece in pieces], ignore_index=True)

    def of_control(
        self, name: str, work: Method, explainer: Explainer, parameters: Mapping, seed: int, part: pd.DataFrame
    ) -> pd.DataFrame:
        """Of the control's faces for every other class: what a map shows where the class is not."""
        rows = part["row"].tolist()
        seeds = work.seeds(seed, name, self.fold, part["sample_id"].tolist())
        quick = work.for_maps_alone(dict(parameters))
        stack, values = read_array(self.regions), dict[str, list[np.ndarray]]()
        others = [target for target in self.faces.classes if target != self.faces.control]
        for row, one in zip(rows, seeds, strict=True):  # a face's classes pass together: methods share work
            for start in range(0, len(others), explainer.batch):
                some = others[start : start + explainer.batch]
                for target, stored in self._for_each(work, explainer, row, some, one, quick).items():
                    found = image_coefficients(stored, stack[row], len(self.ids), {"": self.policy})[0][0]
                    values.setdefault(target, []).append(found)
        pieces = []
        for target in (target for target in others if len(values.get(target, [])) == len(rows) > 0):
            lines = part[["sample_id", "set", "label"]].assign(fold=self.fold, target=target, method=name)
            pieces += [
                lines.assign(region=region, coefficient=[value[number] for value in values[target]])[COLUMNS]
                for number, region in enumerate(self.ids)
            ]
        return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=COLUMNS)

    def _for_each(
        self, work: Method, explainer: Explainer, row: int, targets: Sequence[str], seed: int, parameters: Mapping
    ) -> dict[str, np.ndarray]:
        """Maps of a face by target; none for a target that the method refuses, such as a class of too few people."""
        numbers = [list(self.faces.classes).index(target) for target in targets]
        given, seeds = GivenFaces(self.faces, [row] * len(targets)), [seed] * len(targets)
        try:
            return dict(zip(targets, explain(work, explainer, given, numbers, seeds, parameters)[0], strict=True))
        except InputError as error:
            if len(targets) == 1:
                log.info("%s for %s: %s", work.name, targets[0], error)
                return {}
            alone = [self._for_each(work, explainer, row, [target], seed, parameters) for target in targets]
            return {target: stored for one in alone for target, stored in one.items()}


def make_gallery(
    inputs: Mapping[str, str | Sequence[str]],
    outputs: Mapping[str, Sequence[str]],
    *,
    folds: Sequence[str],
    **asked: Any,
) -> None:
    """Write what cases need of all folds.

    Parameters
    ----------
    inputs : mapping of str to path
        As of `make_fold_gallery`; of checkpoints, maps, indices and signs one for each fold (and method, the methods of
        a fold beside each other).
    outputs : mapping of str to sequence of path
        faces and coefficients, one for each fold.
    folds : sequence of str
        The folds.
    **asked
        The rest of what `make_fold_gallery` takes.
    """
    each = {name: np.reshape(inputs[name], (len(folds), -1)).tolist() for name in ("maps", "indices", "signs")}
    shared = {name: str(path) for name, path in inputs.items() if name not in (*each, "checkpoints")}

    for number, fold in enumerate(track(list(folds), len(folds), "folds")):
        make_fold_gallery(
            shared | {"checkpoint": inputs["checkpoints"][number]},
            {name: paths[number] for name, paths in each.items()},
            {name: paths[number] for name, paths in outputs.items()},
            fold=fold,
            **asked,
        )


def make_fold_gallery(
    inputs: Mapping[str, str],
    made: Mapping[str, Sequence[str]],
    outputs: Mapping[str, str],
    *,
    fold: str,
    methods: Mapping[str, Mapping],
    policy: Mapping,
    region_set: str,
    seed: int,
    batch: int,
    device: str,
    control: str,
    precision: str,
) -> None:
    """Write what cases need of one fold.

    Parameters
    ----------
    inputs : mapping of str to path
        checkpoint, asset ("" if none), crops, explained, and what given_faces.open_faces reads.
    made : mapping of str to sequence of path
        What the study made of the fold: maps and indices by each of the methods, in their order; signs: what methods
        made once (saliency/morph/kept_signs.py).
    outputs : mapping of str to path
        faces: .npz with embeddings float32 [N, d] of length one, logits float32 [N, classes] and distances [N], of
        each face that the network was not trained on to its training faces. coefficients: CSV, COLUMNS.
    fold : str
        The fold.
    methods : mapping
        Name -> settings.
    policy : mapping
        Sign and scale of the coefficients.
    region_set : str
        Their region set.
    seed : int
        The study's.
    batch : int
        Images that pass the network together.
    device : str
        Of config run.device.
    control : str
        The control class.
    precision : str
        Of config run.precision.
    """
    network, preprocess, facts = checkpoint.load(inputs["checkpoint"], inputs["asset"])
    where = choose_device(device)
    deterministic()
    network = network.to(where).to(memory_format=torch.channels_last)
    explainer = Explainer(network, batch, preprocess, network_precision(precision, where))
    given = for_faces(inputs)
    faces = open_faces(given, inputs["crops"], fold=fold, classes=facts["classes"], control=control)
    LEVELS[explainer] = all_kept(made["signs"], faces)
    embeddings, logits = answers(explainer, faces.crops)
    distances = np.full(len(logits), np.nan)
    new = ~faces.training
    distances[new] = distances_to(embeddings[new], embeddings[faces.training], NEIGHBOUR)
    explained = read_table(
        inputs["explained"], ["fold", "sample_id", "row", "set", "label"], strings=["fold", "sample_id"]
    )
    part = explained[(explained["fold"] == fold) & (explained["label"] == control) & (explained["set"] == "folds")]
    part = part.assign(drawn=[derive(seed, "case", name) for name in part["sample_id"]]).sort_values("drawn")
    part = part.head(CONTROLS).sort_values("row")
    coefficients = _FoldCoefficients(fold, faces, given, policy, region_set)
    pieces = []
    for name, stored, index in zip(methods, made["maps"], made["indices"], strict=True):
        work, parameters = resolve(name, dict(methods[name]))
        parameters.pop("target")
        pieces.append(coefficients.stored(name, stored, index))
        mine = coefficients.of_control(name, work, explainer, parameters, seed, part)
        taken = pieces[-1][["sample_id", "target"]].apply(tuple, axis=1) if len(pieces[-1]) else []
        pieces.append(mine[~mine[["sample_id", "target"]].apply(tuple, axis=1).isin(set(taken))] if len(mine) else mine)
    write_table(pd.concat(pieces, ignore_index=True), outputs["coefficients"])
    with atomic(outputs["faces"]) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, embeddings=embeddings, logits=logits, distances=distances)
