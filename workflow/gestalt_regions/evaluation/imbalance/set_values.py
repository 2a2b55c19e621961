"""What is measured of the maps of one training set, face by face: likeness to maps of the whole set, recovery, use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_array, read_table, write_table
from gestalt_regions.evaluation.groups.priors import prior_coefficients
from gestalt_regions.evaluation.groups.regions import RegionTruths, measured, region_changes
from gestalt_regions.evaluation.imbalance.planned_sets import USE
from gestalt_regions.evaluation.measure_registry import PRIORS
from gestalt_regions.evaluation.measures.recovery_measures import amount_spearman, auc
from gestalt_regions.evaluation.measures.use_measures import logit_spearman
from gestalt_regions.evaluation.perturb.map_similarity import (
    coefficient_correlation,
    rank_similarity,
    structure_similarity,
)
from gestalt_regions.evaluation.scored_maps import TRAINED, Counterfactuals, MapRow, Regions
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.regions.sets import PAPER, region_ids
from gestalt_regions.statistics.toolkit.read import join_samples, load_samples

FACE = ["fold", "sample_id", "label", "subject_id", "kin_group"]
VALUES = [*FACE, "recognised", "method", "group", "measure", "value"]
SIMILARITY, RECOVERY, IN_USE = "similarity", "recovery", "use"
NETWORK = "what the network uses"  # in place of a method: its falls when regions are reverted, truth and no map
ALIKE: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {  # of absolute maps [n, s, s]
    "ssim": structure_similarity,
    "spearman": rank_similarity,
}
OTHER_FACES = "other faces"  # the floor: two faces, one network
RECOVERED = {"auc": auc, "amount_spearman": amount_spearman}
USED = {"logit_spearman": logit_spearman}


@dataclass(frozen=True)
class SetMaps:
    """Maps of one training of a set.

    Attributes
    ----------
    faces : DataFrame
        FACE, one line for each map.
    maps : mapping of str to ndarray
        Method -> float32 [n, 2, s, s], in the order of the faces.
    """

    faces: pd.DataFrame
    maps: Mapping[str, np.ndarray]


def open_maps(
    paths: Mapping[str, Sequence[str]], folds: Sequence[str], methods: Sequence[str], samples: pd.DataFrame
) -> SetMaps:
    """The maps of one training of a set.

    Parameters
    ----------
    paths : mapping of str to paths
        maps and indices: for each method those of each fold.
    folds, methods : sequence of str
        In the order of the paths.
    samples : DataFrame
        samples.csv.

    Returns
    -------
    SetMaps
        All folds together.
    """
    maps: dict[str, list[np.ndarray]] = {}
    faces: list[pd.DataFrame] = []
    where = iter(zip(paths["maps"], paths["indices"], strict=True))
    for method in methods:
        for fold in folds:
            stack, index = next(where)
            maps.setdefault(method, []).append(read_array(stack))
            if method == methods[0]:
                table = read_table(index, ["sample_id", "label"], ["sample_id", "label"])[["sample_id", "label"]]
                faces.append(join_samples(table, samples, index).assign(fold=fold))
    return SetMaps(
        pd.concat(faces, ignore_index=True)[FACE],
        {name: np.concatenate(parts) for name, parts in maps.items()},
    )


def _rows_of(faces: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """Where each face stands among others."""
    place = pd.Series(range(len(others)), index=pd.MultiIndex.from_frame(others[["fold", "sample_id"]]))
    return place.loc[pd.MultiIndex.from_frame(faces[["fold", "sample_id"]])].to_numpy()


def _coefficients(maps: np.ndarray, faces: pd.DataFrame, regions: Regions, policy: Mapping[str, Mapping]) -> np.ndarray:
    """Coefficients [n, regions] of maps by one policy."""
    return np.stack(
        [
            image_coefficients(one, regions[sample], len(regions.names), policy)[0][0]
            for one, sample in zip(maps, faces["sample_id"], strict=True)
        ]
    )


def similarities(
    one: SetMaps, others: Sequence[SetMaps], methods: Sequence[str], regions: Regions, policy: Mapping[str, Mapping]
) -> dict[tuple[str, str], np.ndarray]:
    """How alike the maps of each face are to those of other networks, on average over these.

    Parameters
    ----------
    one : SetMaps
        The maps.
    others : sequence of SetMaps
        Of the other networks, with these faces among theirs.
    methods : sequence of str
        Which are compared.
    regions : Regions
        The region set of the coefficients.
    policy : mapping
        One policy of coefficients, by its name.

    Returns
    -------
    dict
        (method, measure) -> [n].
    """
    values: dict[tuple[str, str], np.ndarray] = {}
    for method in methods:
        own, rows = np.abs(one.maps[method][:, 1]), [_rows_of(one.faces, other.faces) for other in others]
        for name, alike in ALIKE.items():
            each = [alike(own, other.maps[method][at, 1]) for other, at in zip(others, rows, strict=True)]
            values[method, name] = np.mean(each, axis=0)
        mine = _coefficients(one.maps[method], one.faces, regions, policy)
        each = [
            coefficient_correlation(mine, _coefficients(other.maps[method][at], one.faces, regions, policy))
            for other, at in zip(others, rows, strict=True)
        ]
        values[method, "regions"] = np.mean(each, axis=0)
    return values


def of_other_faces(one: SetMaps, methods: Sequence[str]) -> dict[tuple[str, str], np.ndarray]:
    """How alike the map of a face is to that of the next face of another family, by the same network: the floor.

    Parameters
    ----------
    one : SetMaps
        Maps of one network for each fold.
    methods : sequence of str
        Which are compared.

    Returns
    -------
    dict
        (method, measure) -> [n]; NaN where the fold has no other family.
    """
    faces, partner = one.faces, np.full(len(one.faces), -1)
    for _, part in faces.groupby("fold"):
        rows, kin = part.index.to_numpy(), part["kin_group"].to_numpy()
        for i, row in enumerate(rows):
            others = np.roll(rows, -i)[1:][np.roll(kin, -i)[1:] != kin[i]]
            partner[row] = others[0] if len(others) else -1
    values, there = {}, partner >= 0
    for method in methods:
        for name, alike in ALIKE.items():
            column = np.full(len(faces), np.nan)
            if there.any():
                column[there] = alike(one.maps[method][there, 1], one.maps[method][partner[there], 1])
            values[method, name] = column
    return values


def recovery_of_faces(
    faces: pd.DataFrame, files: Mapping[str, str], regions: Regions, name: str, changed: float
) -> RegionTruths:
    """Which regions of each face changed; recognised or not, for a map explains the face's own class.

    Parameters
    ----------
    faces : DataFrame
        FACE.
    files : mapping of str to path
        changes (stack of change maps) and truth (its index).
    regions : Regions
        The region set.
    name : str
        Its name.
    changed : float
        Grey levels above which a region counts as changed.

    Returns
    -------
    RegionTruths
        amount and changed of every face with a twin.
    """
    twins = Counterfactuals(files["truth"], faces["sample_id"], files["changes"])
    rows = faces[twins.has_twin(faces["sample_id"])].reset_index(names="at")
    rows = rows.assign(recognised=1, network=TRAINED, target=rows["label"])

    def _of(line: MapRow, of_set: Regions) -> dict[str, np.ndarray]:
        amount = region_changes(twins.change(line.sample_id), of_set[line.sample_id], len(of_set.names))
        return {"amount": amount, "changed": np.where(np.isfinite(amount), amount > changed, np.nan)}

    return RegionTruths(RECOVERY, rows, {name: regions}, _of)


def use_of_faces(faces: pd.DataFrame, use: pd.DataFrame, boxes: Regions) -> RegionTruths:
    """What the network uses of each face.

    Parameters
    ----------
    faces : DataFrame
        FACE.
    use : DataFrame
        set_networks.USE of this network.
    boxes : Regions
        The published boxes.

    Returns
    -------
    RegionTruths
        Falls of the logit of the face's own class; 0 for a region that shows no sign.
    """
    falls = use.pivot_table(index=["fold", "sample_id"], columns="region", values="logit").fillna(0.0)
    falls = falls.reindex(columns=boxes.names, fill_value=0.0)
    rows = faces[pd.MultiIndex.from_frame(faces[["fold", "sample_id"]]).isin(falls.index)].reset_index(names="at")
    rows = rows.assign(recognised=1, network=TRAINED, target=rows["label"])

    def _of(line: MapRow, of_set: Regions) -> dict[str, np.ndarray]:
        return {"logit": falls.loc[(line.fold, line.sample_id)].to_numpy()}

    return RegionTruths(IN_USE, rows, {PAPER: boxes}, _of)


def against_truth(
    truths: RegionTruths,
    functions: Mapping[str, Callable],
    maps: Mapping[str, np.ndarray],
    policy: Mapping[str, Mapping],
    faces: int,
) -> dict[tuple[str, str], np.ndarray]:
    """Measures of every method, control and prior against what is known of the regions.

    Parameters
    ----------
    truths : RegionTruths
        Of one region set; its rows have `at`, their places among all faces.
    functions : mapping of str to callable
        The measures.
    maps : mapping of str to ndarray
        Method or control -> [n, 2, s, s].
    policy : mapping
        One policy of coefficients, by its name.
    faces : int
        n, the number of all faces.

    Returns
    -------
    dict
        (method, measure) -> [n]; NaN for a face without a truth.
    """
    values: dict[tuple[str, str], np.ndarray] = {}
    (regions,) = truths.sets.values()
    signs = [one["sign"] for one in policy.values()]
    priors = {name: prior_coefficients(truths, signs, by_class) for name, by_class in PRIORS.items()}
    for line in truths.rows.itertuples():
        truth = truths.of(line, regions)
        of_maps = {
            name: image_coefficients(stack[line.at], regions[line.sample_id], len(regions.names), policy)[0]
            for name, stack in maps.items()
        }
        of_priors = {name: of(line, regions) for name, of in priors.items()}
        for name, coefficients in {**of_maps, **of_priors}.items():
            for measure, (value,) in measured(functions, coefficients, truth, signs).items():
                values.setdefault((name, measure), np.full(faces, np.nan))[line.at] = value
    return values


def use_similarity(faces: pd.DataFrame, use: pd.DataFrame, others: Sequence[pd.DataFrame]) -> np.ndarray:
    """Whether networks use the same regions: correlation of the falls over the regions that a face shows signs in.

    Parameters
    ----------
    faces : DataFrame
        FACE.
    use : DataFrame
        set_networks.USE of one network.
    others : sequence of DataFrame
        Of other networks.

    Returns
    -------
    ndarray
        [n], mean over the others; NaN for a face with fewer than three such regions.
    """

    def _wide(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
        pivot = table.pivot_table(index=["fold", "sample_id"], columns="region", values="logit")
        return pivot.reindex(index=pd.MultiIndex.from_frame(faces[["fold", "sample_id"]]), columns=columns).to_numpy()

    columns = sorted(set(use["region"]))
    if not columns:
        return np.full(len(faces), np.nan)
    own = _wide(use, columns)
    return np.mean([coefficient_correlation(own, _wide(other, columns)) for other in others], axis=0)


def long_values(
    faces: pd.DataFrame, recognised: np.ndarray, values: Mapping[str, Mapping[tuple[str, str], np.ndarray]]
) -> pd.DataFrame:
    """The table of all measures.

    Parameters
    ----------
    faces : DataFrame
        FACE, n lines.
    recognised : ndarray of int
        [n].
    values : mapping
        Group -> (method, measure) -> [n].

    Returns
    -------
    DataFrame
        VALUES, without lines that have no value.
    """
    parts = [
        faces.assign(recognised=recognised, method=method, group=group, measure=measure, value=column)
        for group, measures in values.items()
        for (method, measure), column in measures.items()
    ]
    return pd.concat(parts, ignore_index=True)[VALUES].dropna(subset="value")


def _recognised(paths: Sequence[str], folds: Sequence[str], faces: pd.DataFrame) -> np.ndarray:
    """Which faces their fold's network gives the right class [n]."""
    text = ["sample_id", "label", "predicted"]
    answers = pd.concat([read_table(path, text, text).assign(fold=f) for path, f in zip(paths, folds, strict=True)])
    right = (answers["label"] == answers["predicted"]).astype(int)
    right.index = pd.MultiIndex.from_frame(answers[["fold", "sample_id"]])
    return right.loc[pd.MultiIndex.from_frame(faces[["fold", "sample_id"]])].to_numpy()


def write_face_values(
    inputs: Mapping[str, str | Sequence[str]],
    output: str,
    *,
    whole: Sequence[Mapping[str, Sequence[str]]],
    own: int,
    folds: Sequence[str],
    methods: Sequence[str],
    controls: Sequence[str],
    region_set: str,
    policy: Mapping[str, Mapping],
    changed: float,
) -> None:
    """Write all measures of one training of a set, face by face.

    Parameters
    ----------
    inputs : mapping
        maps and indices (for each method those of each fold), predictions (of each fold), samples, faces
        (faces/index.csv), sets (resources/regions.yaml), regions and boxes (stacks of the region set and of the
        published one); where the truth is known also changes, truth and use; control_maps and control_indices.
    output : path
        VALUES.
    whole : sequence of mapping
        Of each training of the whole set: maps, indices, and use ("" where the truth is not known).
    own : int
        Which of these is the training itself, from 0; -1 for another set.
    folds, methods, controls : sequence of str
        In the order of the paths.
    region_set : str
        Name of the region set.
    policy : mapping
        One policy of coefficients, by its name.
    changed : float
        Grey levels above which a region counts as changed.
    """
    samples = load_samples(str(inputs["samples"]), ())
    files = {name: str(path) for name, path in inputs.items() if isinstance(path, str)}
    regions = Regions(files["regions"], files["faces"], region_ids(files["sets"], region_set))
    one = open_maps(inputs, folds, methods, samples)
    others = [open_maps(paths, folds, methods, samples) for k, paths in enumerate(whole) if k != own]
    values = {SIMILARITY: similarities(one, others, methods, regions, policy)}
    if own == 0:
        floor = of_other_faces(one, methods)
        values[OTHER_FACES] = floor
    if files.get("use"):
        text = ["fold", "sample_id", "label", "region"]
        use = read_table(files["use"], USE, text)
        used_by = [read_table(str(paths["use"]), USE, text) for k, paths in enumerate(whole) if k != own]
        values[SIMILARITY][NETWORK, "regions"] = use_similarity(one.faces, use, used_by)
        paths = {"maps": inputs["control_maps"], "indices": inputs["control_indices"]}
        known = open_maps(paths, folds, controls, samples)
        at = _rows_of(one.faces, known.faces)
        maps = {**one.maps, **{name: stack[at] for name, stack in known.maps.items()}}
        boxes = Regions(files["boxes"], files["faces"], region_ids(files["sets"], PAPER))
        count = len(one.faces)
        recovery = recovery_of_faces(one.faces, files, regions, region_set, changed)
        values[RECOVERY] = against_truth(recovery, RECOVERED, maps, policy, count)
        values[IN_USE] = against_truth(use_of_faces(one.faces, use, boxes), USED, maps, policy, count)
    recognised = _recognised(list(inputs["predictions"]), folds, one.faces)
    write_table(long_values(one.faces, recognised, values), output)
