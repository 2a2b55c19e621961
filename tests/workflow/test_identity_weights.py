"""A model that starts from identities: the weights of its part are built before it, from whatever the config names."""

from __future__ import annotations

import pytest

EYES = "models: {eyes: {backbone: deepgestalt, recipe: quick, options: {part: eyes, weights: identities}}}\n"
ONE = "results/simulated/eyes/fold-1/predictions.csv"
FIRST = {"identity_people", "identity_faces", "identity_train"}


@pytest.fixture(scope="module")
def place(workdir):
    """Configs of simulated people, and of people in a folder; nothing is run."""
    place = workdir("identities")
    (place.folder / "faces/somebody").mkdir(parents=True)
    (place.folder / "simulated.yaml").write_text(EYES)
    (place.folder / "folder.yaml").write_text("identities: {kind: folder, path: faces, people: 0, shards: 3}\n")
    return place


def test_weights_of_simulated_people_are_built_first(place):
    planned = place.planned(ONE, studies=("simulated.yaml",))
    assert {rule: planned[rule] for rule in FIRST | {"train"}} == {
        "identity_people": 2,
        "identity_faces": 2,
        "identity_train": 1,
        "train": 1,
    }


def test_people_of_a_folder_need_no_simulator(place):
    planned = place.planned(ONE, studies=("simulated.yaml", "folder.yaml"))
    assert planned["identity_faces"] == 3 and planned["identity_train"] == 1 and "identity_people" not in planned
    done = place.snakemake(ONE, "--dry-run", studies=("simulated.yaml", "folder.yaml"))
    assert "results/identities/people-all/eyes/weights.safetensors" in done.stdout + done.stderr


def test_other_models_need_no_identities(place):
    assert not FIRST & set(place.planned("results/simulated/resnet18_morph/fold-1/predictions.csv", "all"))
