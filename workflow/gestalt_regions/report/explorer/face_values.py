"""Numbers by region of every face: coefficients, drops of the answer, and the values that a method itself gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_array, read_pieces, read_table
from gestalt_regions.report.explorer.method_maps import Maps, agreed
from gestalt_regions.report.explorer.script_data import rounded
from gestalt_regions.report.explorer.sprites import sheet, write_webp
from gestalt_regions.saliency.explanation import read_fold_values

KEYS = ["sample_id", "fold", "target", "region", "policy"]
DROPS = ["sample_id", "target", "predicted", "way", "region"]
PHOTO = 85  # quality of pictures


def coefficients(path: Path, samples: set[str], maps: Maps) -> dict[str, dict[str, dict[str, float]]]:
    """Region coefficients of one method: of several networks, the mean over those whose maps are averaged.

    Parameters
    ----------
    path : Path
        coefficients/{method}.csv.
    samples : set of str
        Sample ids that are shown.
    maps : Maps
        Of the method.

    Returns
    -------
    dict
        Sample id -> policy -> region -> coefficient.
    """
    pieces = [
        piece[piece["sample_id"].isin(samples)] for piece in read_pieces(path, [*KEYS, "coefficient"], strings=KEYS)
    ]
    table = pd.concat(pieces)
    target = {sample: agreed(maps.places[sample])[0].target for sample in samples if sample in maps.places}
    table = table[table["sample_id"].map(target) == table["target"]]
    means = table.groupby(["sample_id", "policy", "region"], sort=False)["coefficient"].mean()
    told: dict[str, dict[str, dict[str, float]]] = {}
    for (sample, policy, region), value in means.items():
        told.setdefault(sample, {}).setdefault(policy, {})[region] = value
    return told


def drops(
    folder: Path, folds: Sequence[str], samples: set[str], targets: Mapping[str, str]
) -> dict[str, dict[str, dict[str, list[float]]]]:
    """By how much the answer falls without a region.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.
    folds : sequence of str
        The folds.
    samples : set of str
        Sample ids that are shown.
    targets : mapping
        Sample id -> the class whose maps are shown.

    Returns
    -------
    dict
        Sample id -> way -> region -> [drop of the logit, of the probability] of that class: the mean over the networks
        that predict it.
    """
    tables = [read_table(folder / f"fold-{fold}" / "drops.csv", DROPS, strings=DROPS) for fold in folds]
    table = pd.concat(tables)
    table = table[(table["target"] == table["predicted"]) & table["sample_id"].isin(samples)]
    table = table[table["sample_id"].map(targets) == table["target"]]
    means = table.groupby(["sample_id", "way", "region"], sort=False)[["logit", "probability"]].mean()
    told: dict[str, dict[str, dict[str, list[float]]]] = {}
    for (sample, way, region), logit, share in means.itertuples():
        told.setdefault(sample, {}).setdefault(way, {})[region] = [logit, share]
    return told


class PicturedMethod:
    """What a method gives beside maps: a value of each region, and the face without it.

    Parameters
    ----------
    folder : Path
        results/{cohort}/{model}.
    method : str
        Its name.
    maps : Maps
        Its maps.
    """

    def __init__(self, folder: Path, method: str, maps: Maps) -> None:
        self.maps, self.method = maps, method
        paths = {fold: folder / f"fold-{fold}" / "saliency" / method for fold in maps.paths}
        values = read_fold_values([f"{path}_values.csv" for path in paths.values()], list(paths))
        values = values[values["sample_id"].isin(list(maps.places))]
        self.values = dict(tuple(values.groupby(["fold", "sample_id"], sort=False)))
        self.pictures = {fold: read_array(f"{path}_pictures.npy") for fold, path in paths.items()}

    def write(self, number: int, sample: str, data: Path) -> dict[str, object] | None:
        """Write the pictures of one face.

        Parameters
        ----------
        number : int
            Of the face.
        sample : str
            Its sample id.
        data : Path
            The folder of the model's data in the site.

        Returns
        -------
        dict or None
            towards, networks, fold (of the pictures), names (of the pictures), values: [region, value, low, high] of
            each region. low and high are the interval of one network, or the extremes of several. None without a map.
        """
        if sample not in self.maps.places:
            return None
        used = agreed(self.maps.places[sample])
        tables = [self.values[place.fold, sample] for place in used]
        first, pictures = tables[0], self.pictures[used[0].fold][used[0].row]
        names = first["region"].tolist()[: len(pictures)]
        write_webp(sheet(list(pictures), len(pictures)), data / self.method / f"{number}.webp", PHOTO)
        stacked = np.array([table["value"].to_numpy(float) for table in tables])
        low, high = first["low"].to_numpy(float), first["high"].to_numpy(float)
        if len(tables) > 1:
            low, high = stacked.min(axis=0), stacked.max(axis=0)
        lines = zip(first["region"], stacked.mean(axis=0), low, high, strict=True)
        return {
            "towards": first["towards"].iloc[0],
            "networks": len(used),
            "fold": used[0].fold,
            "names": names,
            "values": [[region, *(rounded(value, 4) for value in numbers)] for region, *numbers in lines],
        }
