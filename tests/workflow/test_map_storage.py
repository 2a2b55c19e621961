"""How maps are stored (config saliency.format), and that they are deleted where they are not kept (saliency.keep)."""

import re

import numpy as np
import pandas as pd
import pytest

SMOKE = "config/studies/smoke.yaml"
MAPS = re.compile(r"/(saliency|untrained|shuffled)/[^/,\s]*\.np[yz]")
ELSE = ("_pictures.npy", "_signs.npz")


@pytest.mark.parametrize("stored", ["float32", "float16"])
def test_all_rules_name_maps_by_their_format(workdir, stored):
    place = workdir(f"stored-{stored}")
    study = place.folder / "stored.yaml"
    study.write_text(f"saliency: {{format: {stored}}}\n")
    done = place.snakemake("-n", "all", "evaluation", "contact_sheet", "syndrome_maps", studies=(SMOKE, str(study)))
    named = {found[0] for found in MAPS.finditer(done.stdout) if not found[0].endswith(ELSE)}
    assert {name.split("/")[1] for name in named} >= {"saliency", "untrained"}
    assert {name.rsplit(".")[-1] for name in named} == {{"float32": "npy", "float16": "npz"}[stored]}


def test_maps_that_are_not_kept_are_read_and_deleted(workdir, copy_smoke):
    """The smoke study's maps made again in few bytes, read, and deleted; asked for again, they are planned again."""
    place = workdir("kept")
    copy_smoke(place.folder)
    study = place.folder / "kept.yaml"
    study.write_text("saliency: {format: float16, keep: coefficients}\nfigures: {figure5: {methods: [GradCam]}}\n")
    studies, network = (SMOKE, str(study)), place.folder / "results/smoke/resnet18_morph"
    before = {path.name: pd.read_csv(path) for path in (network / "coefficients").glob("*.csv")}
    place.snakemake("region_coefficients", "figure5", studies=studies)
    for name, old in before.items():
        new = pd.read_csv(network / "coefficients" / name)
        absolute = new["policy"].str.startswith("absolute")
        np.testing.assert_allclose(new[absolute]["coefficient"], old[absolute]["coefficient"], rtol=1e-3)
        assert not new["coefficient"].equals(old["coefficient"])  # they are of rounded maps
        assert list(network.glob(f"fold-*/saliency/{name}"))  # which images were explained, and for which class
    assert len(before) == 4 and not list(network.glob("fold-*/saliency/*.npz"))
    assert place.planned("region_coefficients", "figure5", studies=studies) == {}
    assert place.planned("contact_sheet", studies=studies)["saliency"] > 0
