"""How maps are stored (config saliency.format), and that they are deleted where they are not kept (saliency.keep)."""

import re

import numpy as np
import pandas as pd
import pytest

SMOKE = "config/studies/smoke.yaml"
MAPS = re.compile(r"/(saliency|untrained|shuffled)/[^/,\s]*\.np[yz]")
ELSE = ("_pictures.npy", "_signs.npz", "_sums.npz")


@pytest.mark.parametrize("stored", ["float32", "float16"])
def test_all_rules_name_maps_by_their_format(workdir, stored):
    place = workdir(f"stored-{stored}")
    study = place.folder / "stored.yaml"
    study.write_text(f"saliency: {{format: {stored}}}\n")
    done = place.snakemake("-n", "all", "evaluation", "contact_sheet", "syndrome_maps", studies=(SMOKE, str(study)))
    named = {found[0] for found in MAPS.finditer(done.stdout) if not found[0].endswith(ELSE)}
    assert {name.split("/")[1] for name in named} >= {"saliency", "untrained"}
    assert {name.rsplit(".")[-1] for name in named} == {{"float32": "npy", "float16": "npz"}[stored]}


def test_tables_of_packed_maps_are_those_of_float32_and_maps_that_are_not_kept_are_deleted(workdir, copy_smoke):
    """The smoke study's maps made again in few bytes, read, and deleted; asked for again, they are planned again."""
    place = workdir("kept")
    copy_smoke(place.folder)
    study = place.folder / "kept.yaml"
    study.write_text("saliency: {format: float16, keep: coefficients}\nfigures: {figure5: {methods: [GradCam]}}\n")
    studies, network = (SMOKE, str(study)), place.folder / "results/smoke/resnet18_morph"
    place.snakemake("region_coefficients", studies=(SMOKE,))
    coefficients, tables = network.glob("coefficients/*.csv"), network.glob("tables/table[234]*.csv")
    exact = [*coefficients, *tables, network / "figures/figure6.svg"]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in exact}
    of_sets = {path: pd.read_csv(path) for path in network.glob("coefficients/*/*.csv")}
    assert len(of_sets) == 8 and len(exact) > 8
    targets = ("region_coefficients", "table2", "table3", "table4", "figure5", "figure6")
    place.snakemake(*targets, studies=studies)
    assert all(path.read_bytes() == content for path, (content, _) in before.items())
    again = {path.name for path, (_, time) in before.items() if path.stat().st_mtime_ns > time}
    assert again >= {"GradCam.csv", "Occlusion.csv", "table3.csv", "table4.csv", "figure6.svg"}
    # Further sets are computed from the rounded maps: each value is off by 2^-10 of itself at most, and so is the
    # minimum that a coefficient in minmax is counted from. So a small coefficient may change by somewhat more.
    for path, old in of_sets.items():
        new, absolute = pd.read_csv(path), old["policy"].str.startswith("absolute")
        np.testing.assert_allclose(new[absolute]["coefficient"], old[absolute]["coefficient"], rtol=2**-9)
        assert not new["coefficient"].equals(old["coefficient"])
    assert len(list(network.glob("fold-*/saliency/*_sums.npz"))) == 8
    assert not [path for path in network.glob("fold-*/saliency/*.npz") if not path.name.endswith("_sums.npz")]
    assert list(network.glob("fold-*/saliency/GradCam.csv"))  # which images were explained, and for which class
    assert place.planned(*targets, studies=studies) == {}
    assert place.planned("contact_sheet", studies=studies)["saliency"] > 0
