"""config saliency.format: all rules that make or read maps name the same files."""

import re

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
