"""The examples of docs/contribute: each is put where its page says, in a copy of the repository, and really used."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
STUDY = """
saliency: {methods: {FlippedGradient: {weight: 0.5}}}
models: {tiny: {backbone: tiny_net, recipe: quick, options: {}}}
faces: {detector: cascade}
evaluation: {methods: [FlippedGradient, GradCam]}
coefficients: {sets: [paper, segments, fine, halves]}
"""


class Copy:
    """A copy of the repository's tracked files with all examples in it."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
        for name in filter(None, tracked.split("\0")):
            if (root / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / name, folder / name)
        (folder / "results").mkdir(exist_ok=True)
        for page in (root / "docs/contribute").glob("*.md"):
            example = re.search(r'--8<-- "(docs/contribute/examples/.+)"', page.read_text())
            if example is None:
                continue
            (place,) = re.findall(r"\*\*Where it goes\.\*\*.*?`([\w/.]+)`", page.read_text())
            with open(folder / place, "a", encoding="utf-8") as stream:
                stream.write(("\n" if place.endswith("yaml") else "") + (root / example[1]).read_text())

    def python(self, code: str) -> str:
        """Run code with the copy's own package and the tests' helpers; returns what it prints."""
        path = os.pathsep.join(map(str, (self.folder / "workflow", TESTS / "unit")))
        return self._run([sys.executable, "-c", code], PYTHONPATH=path)

    def snakemake(self, *arguments: str) -> str:
        """Run the copy's workflow; returns all it prints."""
        return self._run([str(Path(sys.executable).parent / "snakemake"), "--cores", "1", *arguments])

    def _run(self, command: list[str], **environment: str) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout


@pytest.fixture(scope="module")
def copy(root, tmp_path_factory) -> Copy:
    return Copy(root, tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="module")
def planned(copy) -> str:
    """A dry run of a study that names every example."""
    (copy.folder / "mine.yaml").write_text(STUDY)
    configs = ("config/config.yaml", "config/studies/smoke.yaml", "mine.yaml")
    return copy.snakemake("--dry-run", "tables", "evaluation", "region_coefficients", "--configfile", *configs)


def test_every_page_has_its_example_and_every_example_its_page(root):
    folder = root / "docs/contribute"
    examples = {path.stem for path in (folder / "examples").iterdir() if path.suffix in (".py", ".yaml")}
    assert examples == {page.stem for page in folder.glob("*.md")} - {"index"} and len(examples) == 7
    for name in examples:
        text = (folder / f"{name}.md").read_text()
        assert all(f"**{part}.**" in text for part in ("Where it goes", "Config", "Command", "What appears"))


def test_a_method_is_in_the_tables_and_in_the_evaluation(copy, planned):
    for model in ("tiny", "resnet18_morph"):
        place = f"results/smoke/{model}"
        assert f"{place}/fold-1/saliency/FlippedGradient.npy" in planned
        assert f"{place}/coefficients/FlippedGradient.csv" in planned
        assert re.search(rf"{place}/evaluation/\S*FlippedGradient", planned)
    printed = copy.python("""
import torch
from torch import nn
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
torch.manual_seed(0)
first, pool = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU()), nn.AdaptiveAvgPool2d(1)
stages = {"first": first, "pool": nn.Sequential(pool, nn.Flatten())}
network = StagedNetwork(stages, ["first"], 4, 2).eval()
x, target = torch.rand(2, 3, 16, 16), torch.tensor([0, 1])
run = load_methods()["FlippedGradient"].run
plain, even = (run(Explainer(network, 8), x, target, [1, 2], weight=weight) for weight in (0.0, 0.5))
mirrored = run(Explainer(network, 8), x.flip(-1), target, [1, 2], weight=0.5).flip(-1)
print(even.shape == x.shape, torch.allclose(even, mirrored, atol=1e-7), not torch.allclose(even, plain))
""")
    assert printed.split() == ["True"] * 3


def test_a_network_is_built_and_learns(copy, planned):
    assert "results/smoke/tiny/fold-1/predictions.csv" in planned
    printed = copy.python("""
import numpy as np, torch
from torch import nn
from gestalt_regions.models.backbones import backbone, builder
network, preprocess = builder("tiny_net")(2, 0.0, "", {})
assert preprocess.size == backbone("tiny_net").size
crops = np.random.default_rng(0).integers(0, 256, (12, 112, 112, 3)).astype(np.float32)
x = (torch.from_numpy(crops).permute(0, 3, 1, 2) - 127.5) / 127.5
labels = torch.arange(12) % 2
x[labels == 1] += 1
optimiser, losses = torch.optim.SGD(network.parameters(), 0.1), []
for _ in range(2):
    for part in range(0, 12, 4):
        loss = nn.functional.cross_entropy(network(x[part:part + 4]), labels[part:part + 4])
        optimiser.zero_grad(); loss.backward(); optimiser.step()
    losses.append(float(nn.functional.cross_entropy(network(x), labels)))
print(network(x).shape == (12, 2), losses[1] < losses[0])
""")
    assert printed.splitlines()[-1] == "True True"


def test_a_detector_finds_the_astronaut(copy, planned):
    shard = planned[planned.index("detecting, aligning and parsing shard 1") :]
    assert "scrfd" not in shard[:600]
    printed = copy.python("""
import skimage.data
from gestalt_regions.faces.detect import choose_face, make_detector
detector = make_detector("cascade", "", 0.5, 1, "cpu")
rules = dict(several="largest", comparable_area=0.5, min_eye_distance=20)
face = choose_face(detector, skimage.data.astronaut(), sizes=[256], **rules)
print(*face.points[:2].round().astype(int).ravel())
""")
    left, left_y, right, right_y = map(int, printed.split())
    assert 180 < left < 225 < right < 270 and 80 < left_y == right_y < 130  # her eyes


def test_a_region_set_has_maps_and_coefficients(copy, planned):
    assert "faces/regions_halves_112.npy" in planned
    assert "results/smoke/tiny/coefficients/halves/FlippedGradient.csv" in planned
    printed = copy.python("""
import numpy as np
from gestalt_regions.faces.align import template
from gestalt_regions.faces.parse import LABELS
from gestalt_regions.faces.region_maps import region_set_map
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.regions.sets import load_sets, region_ids
labels = np.zeros((112, 112), np.uint8)
labels[10:102, 6:106] = LABELS.index("skin")
halves = load_sets("resources/regions.yaml", LABELS)["halves"]["regions"]
regions = region_set_map(labels, template(112), halves, LABELS)
ids = region_ids("resources/regions.yaml", "halves")
print(list(ids), [round(float((regions == i).sum() / (labels > 0).sum()), 1) for i in ids.values()])
""")
    assert printed.strip() == "['left_half', 'right_half'] [0.5, 0.5]"


def test_a_measure_scores_maps(copy, planned):
    assert "results/smoke/tiny/evaluation/scores.csv" in planned
    printed = copy.python("""
import numpy as np
from gestalt_regions.evaluation.measure_registry import described, per_image
game = per_image("pixels")["pointing_game"]
changed = np.array([True, True, False, False])
print(game(np.array([0., 3, 1, 0]), changed), game(np.array([1., 0, 2, 0]), changed), game(np.ones(4), changed))
print("pointing_game" in described(["pixels"]))
""")
    assert printed.split() == ["1.0", "0.0", "0.5", "True"]


def test_an_analysis_is_a_target_and_writes_its_tables(copy, planned):
    assert "results/smoke/tiny/tables/region_medians.csv" in planned
    printed = copy.python("""
from pathlib import Path
from simulated_inputs import LABELS, METHODS, write_study
import pandas as pd
from gestalt_regions.statistics.analyses.analysis_registry import write_analysis
base = write_study(Path("made_up"))
files = {"samples": base / "samples.csv", "coefficients": [base / f"net/coefficients/{name}.csv" for name in METHODS]}
settings = {"variants": {"corrected": {"policy": {"rq1": "absolute_raw"}}}, "covariates": []}
write_analysis("region_medians", files=files, csv="medians.csv", tex="medians.tex", settings=settings, seed=1)
table = pd.read_csv("medians.csv")
print(len(table) == len(METHODS) * len(LABELS) * 3, (table["median"] > 0).all(), table["simulated"].all())
print("Simulated cohort" in Path("medians.tex").read_text())
""")
    assert printed.split() == ["True"] * 4


def test_a_reader_makes_samples_of_three_photographs(copy):
    data = copy.folder / "data"
    data.mkdir(exist_ok=True)
    for name in ("a", "b", "c"):
        (data / f"{name}.jpg").touch()
    (data / "list.tsv").write_text("image\tlabel\tsubject_id\na.jpg\tNS\tp1\nb.jpg\tNS\tp1\nc.jpg\tKS\tp2\n")
    (copy.folder / "read.yaml").write_text(
        "cohort: {kind: text_list, name: mine, text_list: {list: data/list.tsv}}\nfolds: {n: 2}\n"
    )
    copy.snakemake("results/mine/samples.csv", "--configfile", "config/config.yaml", "read.yaml")
    lines = (copy.folder / "results/mine/samples.csv").read_text().splitlines()
    assert lines[0].startswith("sample_id,image,label,subject_id,kin_group,split")
    assert [line.split(",")[0] for line in lines[1:]] == ["a", "b", "c"] and lines[2].split(",")[3:6] == [
        "p1",
        "p1",
        "folds",
    ]
    assert (copy.folder / "results/mine/hpo_annotations.csv").read_text().startswith("sample_id,")
